package cases

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// store writes the event and the case's row as it stands after it.
func (w *writing) store(tx *sql.Tx, before, after *Case, e *Event, cityVersion int64) error {
	unit, err := w.codes.numberOf(w.ctx, tx, "unit", grids.Units, after.Unit)
	if err != nil {
		return err
	}
	if w.isNew {
		if err := w.codes.condition(w.ctx, tx, e.Report); err != nil {
			return err
		}
		if after.FID, err = w.codes.insert(w.ctx, tx, after); err != nil {
			return err
		}
	} else {
		after.FID = before.FID
		if after.Number != before.Number {
			if err := numberFree(w.ctx, tx, after.Number); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(w.ctx, `UPDATE cases SET number = ?, state = ?, unit = ?, yellow_at = ?, due_at = ?, closed_at = ?, on_time = ?, version = ? WHERE fid = ?`,
			textOrNull(after.Number), stateNumber(after.State), unit, unixOrNull(after.YellowAt), unixOrNull(after.DueAt), unixOrNull(after.ClosedAt), onTime(after), after.Version, after.FID); err != nil {
			return err
		}
	}
	return insertEvent(w.ctx, tx, after.FID, e, cityVersion)
}

// numberFree looks whether the city's number is no case's.
func numberFree(ctx context.Context, tx *sql.Tx, number string) error {
	if number == "" {
		return nil
	}
	var taken bool
	if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM cases WHERE number = ?)", number).Scan(&taken); err != nil {
		return err
	}
	if taken {
		return fmt.Errorf("%w: %.80q", ErrNumber, number)
	}
	return nil
}

const insertCase = `INSERT INTO cases (geom, id, number, kind, category, condition, source, state, unit, cell, zone, component,
	reported_at, due_at, closed_at, on_time, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// insert writes the row of a new case, with its external id.
func (c codes) insert(ctx context.Context, tx *sql.Tx, k *Case) (fid int64, err error) {
	category, err := c.category(ctx, tx, k.Kind, k.Category)
	if err != nil {
		return 0, err
	}
	var rows [4]any
	for i, of := range [...]struct {
		field string
		layer grids.Layer
		code  string
	}{
		{"unit", grids.Units, k.Unit},
		{"cell", grids.Cells, k.Cell},
		{"zone", grids.Zones, k.Zone},
		{"component", grids.Components, k.Component},
	} {
		if rows[i], err = c.numberOf(ctx, tx, of.field, of.layer, of.code); err != nil {
			return 0, err
		}
	}
	if err := numberFree(ctx, tx, k.Number); err != nil {
		return 0, err
	}
	res, err := tx.ExecContext(ctx, insertCase, cityfile.PointBlob(k.At), k.ID[:], textOrNull(k.Number), kindNumber(k.Kind), category,
		textOrNull(k.Condition), sourceNumber(k.Source), stateNumber(k.State), rows[0], rows[1], rows[2], rows[3],
		k.ReportedAt.Unix(), unixOrNull(k.DueAt), unixOrNull(k.ClosedAt), onTime(k), k.Version)
	if err != nil {
		return 0, err
	}
	if fid, err = res.LastInsertId(); err != nil || k.ExternalID == "" {
		return fid, err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO case_external (source_system, external_id, case_fid) VALUES (?, ?, ?)", k.System, k.ExternalID, fid)
	return fid, err
}

// insertEvent writes one event; its media have rows of their own.
func insertEvent(ctx context.Context, tx *sql.Tx, fid int64, e *Event, cityVersion int64) error {
	d := e.Details
	d.Media = nil
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO case_events (case_fid, seq, at, kind, actor, role, unit, body, city_version)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, fid, e.Seq, e.At.Unix(), string(e.Kind), e.Actor.ID, string(e.Actor.Role), e.Actor.Unit, bodyText(body), cityVersion); err != nil {
		return err
	}
	for i, m := range e.Media {
		sum, err := hex.DecodeString(m.SHA256)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO media (case_fid, seq, place, stage, url, sha256, taken_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
			fid, e.Seq, i, m.Stage, m.URL, sum, unixOrNull(m.TakenAt)); err != nil {
			return err
		}
	}
	return nil
}

// bodyText is the body as it is stored: most steps have none.
func bodyText(body []byte) string {
	if string(body) == "{}" {
		return ""
	}
	return string(body)
}

// load reads a case's row, of which only the numbers that the log does not have
// are filled, and its log.
func (c codes) load(ctx context.Context, tx *sql.Tx, id ID) (*Case, []Event, error) {
	k := &Case{Summary: Summary{ID: id}}
	err := tx.QueryRowContext(ctx, "SELECT fid, version FROM cases WHERE id = ?", id[:]).Scan(&k.FID, &k.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, ErrNotFound
	}
	if err != nil {
		return nil, nil, err
	}
	events, err := readEvents(ctx, tx, k.FID)
	if err != nil {
		return nil, nil, err
	}
	if len(events) < k.Version { // what is missing at the beginning is bulk history
		old, err := c.history(ctx, tx, k.FID)
		if err != nil {
			return nil, nil, err
		}
		events = append(old, events...)
	}
	if len(events) != k.Version {
		return nil, nil, fmt.Errorf("the log has %d events, the row says %d", len(events), k.Version)
	}
	return k, events, nil
}

func readEvents(ctx context.Context, tx *sql.Tx, fid int64) ([]Event, error) {
	rows, err := tx.QueryContext(ctx, "SELECT seq, at, kind, actor, role, unit, body FROM case_events WHERE case_fid = ? ORDER BY seq", fid)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Event
	for rows.Next() {
		var e Event
		var at int64
		var body []byte
		if err := rows.Scan(&e.Seq, &at, &e.Kind, &e.Actor.ID, &e.Actor.Role, &e.Actor.Unit, &body); err != nil {
			return nil, err
		}
		if len(body) > 0 {
			if err := json.Unmarshal(body, &e.Details); err != nil {
				return nil, fmt.Errorf("event %d: %w", e.Seq, err)
			}
		}
		e.At = unix(at)
		out = append(out, e)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return out, readMedia(ctx, tx, fid, out)
}

// readMedia brings the media to their events.
func readMedia(ctx context.Context, tx *sql.Tx, fid int64, events []Event) error {
	rows, err := tx.QueryContext(ctx, "SELECT seq, stage, url, sha256, taken_at FROM media WHERE case_fid = ? ORDER BY seq, place", fid)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int
		var m Media
		var sum []byte
		var taken sql.NullInt64
		if err := rows.Scan(&seq, &m.Stage, &m.URL, &sum, &taken); err != nil {
			return err
		}
		m.SHA256 = hex.EncodeToString(sum)
		if taken.Valid {
			m.TakenAt = unix(taken.Int64)
		}
		for i := range events {
			if events[i].Seq == seq {
				events[i].Media = append(events[i].Media, m)
			}
		}
	}
	return rows.Err()
}

func externalCase(ctx context.Context, tx *sql.Tx, system, externalID string) (id ID, err error) {
	var raw []byte
	err = tx.QueryRowContext(ctx, `SELECT c.id FROM case_external x JOIN cases c ON c.fid = x.case_fid
		WHERE x.source_system = ? AND x.external_id = ?`, system, externalID).Scan(&raw)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return id, ErrNotFound
	case err != nil:
		return id, err
	}
	return idOf(raw)
}

func idOf(raw []byte) (id ID, err error) {
	if len(raw) != len(id) {
		return id, fmt.Errorf("%w: %d bytes", ErrID, len(raw))
	}
	return ID(raw), nil
}

func unix(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

func unixOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// onTime is whether a closed case was in time, nothing where it is not closed or
// has no limit.
func onTime(c *Case) any {
	if c.State != Closed || c.DueAt.IsZero() {
		return nil
	}
	return c.OnTime
}
