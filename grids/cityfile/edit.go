package cityfile

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// Why an edit is refused.
var (
	ErrNoRow     = errors.New("there is no such row")
	ErrExists    = errors.New("the code is taken")
	ErrKeyReused = errors.New("the key was used for another request")
	ErrNoSerial  = errors.New("all serial numbers are given out")
)

// Actor is who edits.
type Actor struct {
	ID   string `json:"id"`
	Role string `json:"role"`
	Unit string `json:"unit"`
}

// Edit asks for one change of a component, zone or resource, or for a new
// component.
type Edit struct {
	Layer grids.Layer
	// Code names the row that holds now, or the new component. New components
	// without one get Prefix and the next serial number.
	Code   string
	New    bool
	Prefix string
	Actor  Actor
	// Key, if any, makes the edit safe to repeat: the answer is kept, and given
	// again where Hash, of all that was asked, is the same.
	Key, Hash string

	// Change makes the change in the row as the file has it, which is the
	// callee's own; Version is that of the last edit. An error refuses the
	// edit. At is its time.
	Change func(row *grids.Edit, at time.Time) error
	// Answer writes the answer for the row as it will stand.
	Answer func(row *grids.Edit) (string, error)
}

// replayed ends an edit that was done before.
type replayed struct{ answer string }

func (*replayed) Error() string { return "the edit was done before" }

// editing is one edit in the writer's transaction.
type editing struct {
	Edit
	ctx    context.Context
	at     time.Time
	answer string
	r      *request
}

// apply does the edit: either all of it is in the transaction, or an error
// takes it out again.
func (e *editing) apply(tx *sql.Tx, version int64) (Change, error) {
	if err := e.lookup(tx); err != nil {
		return Change{}, err
	}
	before, err := e.read(tx)
	if err != nil {
		return Change{}, err
	}
	after := single(before)
	if err := e.Change(&after, e.at); err != nil {
		return Change{}, err
	}
	set, was, err := e.write(tx, &before, &after)
	if err != nil {
		return Change{}, err
	}
	after.Version = version
	l, f := after.Row()
	if _, err := tx.ExecContext(e.ctx, "INSERT OR REPLACE INTO row_version (layer, fid, version) VALUES (?, ?, ?)", l, f.FID, version); err != nil {
		return Change{}, err
	}
	if e.answer, err = e.Answer(&after); err != nil {
		return Change{}, err
	}
	if e.Key != "" {
		if err := KeepAnswer(e.ctx, tx, e.key(), e.Hash, e.answer, e.at); err != nil {
			return Change{}, err
		}
	}
	e.r.edit, e.r.moved = &after, set["geom"] != nil
	body, err := json.Marshal(struct {
		Actor Actor          `json:"actor"`
		FID   int64          `json:"fid"`
		Set   map[string]any `json:"set"`
		Was   map[string]any `json:"was,omitempty"`
	}{e.Actor, f.FID, set, was})
	return Change{Kind: strings.TrimSuffix(string(l), "s"), Key: f.Code, Body: string(body), At: e.at}, err
}

// key is the edit's key among those of all actors.
func (e *editing) key() string { return e.Actor.ID + "\n" + e.Key }

// lookup looks whether the edit was done before.
func (e *editing) lookup(tx *sql.Tx) error {
	if e.Key == "" {
		return nil
	}
	answer, found, err := Answered(e.ctx, tx, e.key(), e.Hash, e.at)
	if err != nil || !found {
		return err
	}
	return &replayed{answer}
}

// read returns the row as the file has it, with the version of its last edit.
func (e *editing) read(tx *sql.Tx) (grids.Edit, error) {
	if e.New {
		code, err := e.newCode(tx)
		return grids.Edit{Component: &grids.Component{Feature: grids.Feature{Code: code}, ComponentTraits: &grids.ComponentTraits{}}}, err
	}
	var city grids.City
	rows := newLayerReader(e.Layer, &shapeReader{}, &textBlock{})
	if err := rows.rows(e.ctx, tx, &city, "WHERE code = ?", e.Code); err != nil {
		return grids.Edit{}, err
	}
	city.Sort()
	for i := range tableOf(e.Layer).count(&city) {
		row := rowOf(&city, e.Layer, i)
		if _, f := row.Row(); !f.Valid.Holds(e.at) {
			continue
		}
		_, f := row.Row()
		err := tx.QueryRowContext(e.ctx, "SELECT coalesce(max(version), 1) FROM row_version WHERE layer = ? AND fid = ?", e.Layer, f.FID).Scan(&row.Version)
		return row, err
	}
	return grids.Edit{}, ErrNoRow
}

// newCode returns the code of a new component: no row of any time has it.
func (e *editing) newCode(tx *sql.Tx) (string, error) {
	if e.Code == "" {
		return nextSerial(e.ctx, tx, e.Prefix)
	}
	var n int
	if err := tx.QueryRowContext(e.ctx, "SELECT count(*) FROM components WHERE code = ?", e.Code).Scan(&n); err != nil {
		return "", err
	}
	if n > 0 {
		return "", ErrExists
	}
	return e.Code, nil
}

// serialDigits is how many digits of a component's code count within its
// division and category.
const serialDigits = 6

// nextSerial continues the highest serial number in use; gaps are numbers that
// were retired.
func nextSerial(ctx context.Context, tx *sql.Tx, prefix string) (string, error) {
	serial := strings.Repeat("[0-9]", serialDigits)
	var highest int
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(CAST(substr(code, ?) AS INTEGER)), 0) FROM components
		WHERE code >= ? AND code < ? AND code GLOB ?`,
		len(prefix)+1, prefix+"0", prefix+":", prefix+serial).Scan(&highest); err != nil {
		return "", err
	}
	code := fmt.Sprintf("%s%0*d", prefix, serialDigits, highest+1)
	if len(code) > len(prefix)+serialDigits {
		return "", fmt.Errorf("%w for %s", ErrNoSerial, prefix)
	}
	return code, nil
}

// write brings the row into the file and returns the columns that changed, with
// their values before.
func (e *editing) write(tx *sql.Tx, before, after *grids.Edit) (set, was map[string]any, err error) {
	l, f := after.Row()
	old, now := e.columns(before), e.columns(after)
	set, was = map[string]any{}, map[string]any{}
	var names []string
	var args []any
	for i, c := range now {
		if !e.New && reflect.DeepEqual(c.value, old[i].value) {
			continue
		}
		names, args = append(names, c.name), append(args, c.value)
		set[c.name], was[c.name] = c.value, old[i].value
		if c.name == "geom" {
			set[c.name], was[c.name] = place(after), place(before)
		}
	}
	if e.New {
		query := fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", l, strings.Join(names, ", "), strings.Repeat(", ?", len(names)-1))
		res, err := tx.ExecContext(e.ctx, query, args...)
		if err != nil {
			return nil, nil, err
		}
		f.FID, err = res.LastInsertId()
		return set, nil, err
	}
	if len(names) == 0 {
		return set, was, nil
	}
	query := fmt.Sprintf("UPDATE %s SET %s = ? WHERE fid = ?", l, strings.Join(names, " = ?, "))
	_, err = tx.ExecContext(e.ctx, query, append(args, f.FID)...)
	return set, was, err
}

// place is a row's point in the feed.
func place(e *grids.Edit) any {
	_, f := e.Row()
	return [2]float64{f.At.Lon(), f.At.Lat()}
}

// named is the value of a column.
type named struct {
	name  string
	value any
}

// columns lists all columns of a row but its number; its times are written in
// the zone of the edit's, which is the city's.
func (e *editing) columns(row *grids.Edit) []named {
	l, f := row.Row()
	t := tableOf(l)
	names, _ := t.columns()
	_, values := t.row(cityOf(row), 0)
	out := []named{
		{"geom", appendBlob(nil, f.Geometry())},
		{"code", f.Code},
		{"name", f.Name},
		{"valid_from", momentText(f.Valid.From, e.at.Location())},
		{"valid_to", momentText(f.Valid.To, e.at.Location())},
		{"attributes", f.Attributes},
	}
	for i, n := range names {
		out = append(out, named{n, values[i]})
	}
	return out
}

// cityOf is a city of one row.
func cityOf(e *grids.Edit) *grids.City {
	switch {
	case e.Component != nil:
		return &grids.City{Components: []grids.Component{*e.Component}}
	case e.Zone != nil:
		return &grids.City{Zones: []grids.Zone{*e.Zone}}
	}
	return &grids.City{Resources: []grids.Resource{*e.Resource}}
}

// rowOf returns row i of a layer that can be edited.
func rowOf(c *grids.City, l grids.Layer, i int) grids.Edit {
	switch l {
	case grids.Components:
		return grids.Edit{Component: &c.Components[i]}
	case grids.Zones:
		return grids.Edit{Zone: &c.Zones[i]}
	}
	return grids.Edit{Resource: &c.Resources[i]}
}

// single returns a copy of the row that may be changed.
func single(e grids.Edit) grids.Edit {
	l, _ := e.Row()
	out := rowOf(cityOf(&e), l, 0)
	out.Version = e.Version
	return out
}

// keptFor is how long answers are kept for repetition (api.md).
const keptFor = 30 * 24 * time.Hour

// keptTime is a time as the kept answers have it: text in one zone, which sorts.
func keptTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// purgeEvery is how often answers that are kept too long are looked for.
const purgeEvery = time.Hour

// tidy keeps up what depends on the rows of the batch: when the layers changed
// last and how far they reach. Now and then it forgets old answers.
func (s *Store) tidy(ctx context.Context, tx *sql.Tx, batch []*request) error {
	last := map[grids.Layer]time.Time{}
	for _, r := range batch {
		if r.err != nil || r.edit == nil {
			continue
		}
		l, f := r.edit.Row()
		last[l] = r.at
		if !r.moved {
			continue
		}
		b := f.Box().Bound()
		if _, err := tx.ExecContext(ctx, `UPDATE gpkg_contents SET
			min_x = min(coalesce(min_x, ?1), ?1), max_x = max(coalesce(max_x, ?2), ?2),
			min_y = min(coalesce(min_y, ?3), ?3), max_y = max(coalesce(max_y, ?4), ?4) WHERE table_name = ?5`,
			b.Min.Lon(), b.Max.Lon(), b.Min.Lat(), b.Max.Lat(), l); err != nil {
			return err
		}
	}
	for l, at := range last {
		if _, err := tx.ExecContext(ctx, "UPDATE gpkg_contents SET last_change = ? WHERE table_name = ?",
			at.UTC().Format("2006-01-02T15:04:05.000Z"), l); err != nil {
			return err
		}
	}
	return s.purge(ctx, tx, batch)
}

// purge forgets answers that were kept long enough.
func (s *Store) purge(ctx context.Context, tx *sql.Tx, batch []*request) error {
	for _, r := range batch {
		if r.err != nil || (r.edit == nil && !r.quiet) || r.at.Sub(s.purged) < purgeEvery {
			continue
		}
		s.purged = r.at
		if _, err := tx.ExecContext(ctx, "DELETE FROM idempotency WHERE at < ?", keptTime(r.at.Add(-keptFor))); err != nil {
			return err
		}
	}
	return nil
}
