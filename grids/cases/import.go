package cases

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// Past is one case of bulk history: its report and what followed, in order. The
// events need no Seq. They are stored in one blob, which has no place for media,
// members, decisions and attributes.
type Past struct {
	Report   Draft
	Reporter Actor
	Events   []Event
}

// Progress is told how many cases of an import are done.
type Progress func(done int)

// progressEvery is after how many cases Progress is told.
const progressEvery = 1000

// maxFaults is how many faulty cases an import lists before it gives up.
const maxFaults = 100

// RowFault is what is wrong with one case of an import.
type RowFault struct {
	Row int // from 1
	Err error
}

func (f RowFault) Error() string { return fmt.Sprintf("row %d: %v", f.Row, f.Err) }

// Unwrap gives the fault itself.
func (f RowFault) Unwrap() error { return f.Err }

// Faulty is an import that stored nothing, and why.
type Faulty struct {
	Faults []RowFault
	Rows   int // that were read
}

func (f *Faulty) Error() string {
	lines := make([]string, 0, len(f.Faults))
	for _, x := range f.Faults {
		lines = append(lines, x.Error())
	}
	return fmt.Sprintf("%d of %d cases are at fault, nothing was stored:\n%s", len(f.Faults), f.Rows, strings.Join(lines, "\n"))
}

// Unwrap gives the faults.
func (f *Faulty) Unwrap() []error {
	out := make([]error, len(f.Faults))
	for i, x := range f.Faults {
		out[i] = x
	}
	return out
}

// FeedImport is the kind of an import's entry in the feed: there is one for all
// its cases.
const FeedImport = "cases"

// Import stores the cases of bulk history, all or none of them, and returns how
// many. An error that the sequence yields ends it. Faults in cases are collected
// in a *[Faulty]. The events are held against the case's way but not against
// rights, as other systems had their own. It takes the one writer for as long as
// it lasts: 70 µs of a processor for each case.
func (c *City) Import(ctx context.Context, list iter.Seq2[Past, error], progress Progress) (n int, err error) {
	im := &importing{
		City: c, ctx: context.WithoutCancel(ctx), now: whole(c.now()),
		known: map[grids.Layer]map[string]any{}, minors: map[Class]int64{}, actors: map[Actor]int64{},
	}
	_, err = c.file.Record(ctx, func(tx *sql.Tx, _ int64) (cityfile.Change, error) {
		im.tx = tx
		for p, err := range list {
			if err == nil {
				err = ctx.Err() // nothing is stored yet
			}
			if err != nil {
				return cityfile.Change{}, fmt.Errorf("row %d: %w", im.row+1, err)
			}
			if err := im.one(&p); err != nil {
				return cityfile.Change{}, err
			}
			if progress != nil && im.row%progressEvery == 0 {
				progress(im.row)
			}
		}
		if len(im.faults) > 0 {
			return cityfile.Change{}, &Faulty{im.faults, im.row}
		}
		body, err := json.Marshal(map[string]int{"imported": im.row})
		return cityfile.Change{Kind: FeedImport, Body: string(body), At: im.now}, err
	})
	if err != nil {
		return 0, fmt.Errorf("import cases: %w", err)
	}
	return im.row, nil
}

// importing is an import in the writer's transaction.
type importing struct {
	*City
	ctx    context.Context
	tx     *sql.Tx
	now    time.Time
	row    int
	faults []RowFault
	blob   []byte

	known  map[grids.Layer]map[string]any // rows by code
	minors map[Class]int64
	actors map[Actor]int64
}

// one stores a case, or notes its fault; only what ends the import is returned.
func (im *importing) one(p *Past) error {
	im.row++
	err := im.store(p)
	if err == nil {
		return nil
	}
	for _, ours := range []error{ErrInvalid, ErrExternal, ErrNumber, ErrBlob, errLog} {
		if !errors.Is(err, ours) {
			continue
		}
		if im.faults = append(im.faults, RowFault{im.row, err}); len(im.faults) >= maxFaults {
			return &Faulty{im.faults, im.row}
		}
		return nil
	}
	return fmt.Errorf("row %d: %w", im.row, err)
}

// errLog marks events that are no way a case can go.
var errLog = errors.New("the events do not follow each other")

// log makes the case's log of what was given, and the case it makes.
func (im *importing) log(p *Past) (*Case, []Event, error) {
	report := Event{Seq: 1, At: p.Report.ReportedAt, Kind: Report, Actor: p.Reporter, Details: Details{Report: &p.Report}}
	log := append(make([]Event, 0, len(p.Events)+1), report)
	log = append(log, p.Events...)
	for i := range log {
		log[i].Seq = i + 1
		if err := log[i].validate(); err != nil {
			return nil, nil, err
		}
		if log[i].At.After(im.now.Add(maxAhead)) {
			return nil, nil, invalid("at", log[i].At.Format(time.RFC3339), "in the future")
		}
		log[i].normal()
	}
	if len(p.Report.Attributes) > 0 || p.Report.Description != "" || p.Report.AccuracyM != 0 {
		return nil, nil, fmt.Errorf("%w: bulk history keeps no attributes, description and accuracy", ErrBlob)
	}
	id, err := im.pastID(log[0].At)
	if err != nil {
		return nil, nil, err
	}
	c, err := Fold(id, log)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errLog, err)
	}
	return c, log, nil
}

// pastID makes an id of the time of the report.
func (im *importing) pastID(at time.Time) (id ID, err error) {
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16)
	if _, err := io.ReadFull(im.ids.random, id[6:]); err != nil {
		return id, fmt.Errorf("make the id of a case: %w", err)
	}
	return id, nil
}

func (im *importing) store(p *Past) error {
	c, log, err := im.log(p)
	if err != nil {
		return err
	}
	if im.blob, err = appendHistory(im.blob[:0], log, im); err != nil {
		return err
	}
	category, err := im.minor(Class{c.Kind, c.Category})
	if err != nil {
		return err
	}
	if err := im.codes.condition(im.ctx, im.tx, &p.Report); err != nil {
		return err
	}
	var rows [4]any
	for i, of := range [...]struct {
		field string
		layer grids.Layer
		code  string
	}{
		{"unit", grids.Units, c.Unit},
		{"cell", grids.Cells, c.Cell},
		{"zone", grids.Zones, c.Zone},
		{"component", grids.Components, c.Component},
	} {
		if rows[i], err = im.number(of.field, of.layer, of.code); err != nil {
			return err
		}
	}
	if err := im.free(c); err != nil {
		return err
	}
	res, err := im.tx.ExecContext(im.ctx, insertCase, cityfile.PointBlob(c.At), c.ID[:], textOrNull(c.Number), kindNumber(c.Kind), category,
		textOrNull(c.Condition), sourceNumber(c.Source), stateNumber(c.State), rows[0], rows[1], rows[2], rows[3],
		c.ReportedAt.Unix(), unixOrNull(c.DueAt), unixOrNull(c.ClosedAt), onTime(c), c.Version)
	if err != nil {
		return err
	}
	fid, err := res.LastInsertId()
	if err != nil {
		return err
	}
	if c.ExternalID != "" {
		if _, err := im.tx.ExecContext(im.ctx, "INSERT INTO case_external (source_system, external_id, case_fid) VALUES (?, ?, ?)", c.System, c.ExternalID, fid); err != nil {
			return err
		}
	}
	_, err = im.tx.ExecContext(im.ctx, "INSERT INTO history (case_fid, events) VALUES (?, ?)", fid, im.blob)
	return err
}

// free looks whether the case's number and external id are nobody's.
func (im *importing) free(c *Case) error {
	if err := numberFree(im.ctx, im.tx, c.Number); err != nil {
		return err
	}
	if c.ExternalID == "" {
		return nil
	}
	id, err := externalCase(im.ctx, im.tx, c.System, c.ExternalID)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return &ExternalTaken{id}
}

func (im *importing) minor(k Class) (int64, error) {
	if id, ok := im.minors[k]; ok {
		return id, nil
	}
	id, err := im.codes.category(im.ctx, im.tx, k.Kind, k.Code)
	if err == nil {
		im.minors[k] = id
	}
	return id, err
}

// number is the row of a code, asked once.
func (im *importing) number(field string, layer grids.Layer, code string) (any, error) {
	rows := im.known[layer]
	if rows == nil {
		rows = map[string]any{}
		im.known[layer] = rows
	}
	if fid, ok := rows[code]; ok {
		return fid, nil
	}
	fid, err := im.codes.numberOf(im.ctx, im.tx, field, layer, code)
	if err == nil {
		rows[code] = fid
	}
	return fid, err
}

// actor and unit are the numbers of the blobs.
func (im *importing) actor(a Actor) (int64, error) {
	if id, ok := im.actors[a]; ok {
		return id, nil
	}
	var id int64
	err := im.tx.QueryRowContext(im.ctx, `INSERT INTO case_actors (actor, role, unit) VALUES (?, ?, ?)
		ON CONFLICT (actor, role, unit) DO UPDATE SET actor = excluded.actor RETURNING id`, a.ID, string(a.Role), a.Unit).Scan(&id)
	if err == nil {
		im.actors[a] = id
	}
	return id, err
}

func (im *importing) unit(code string) (int64, error) {
	fid, err := im.number("unit", grids.Units, code)
	if err != nil {
		return 0, err
	}
	n, ok := fid.(int64)
	if !ok {
		return 0, invalid("unit", code, "it is needed")
	}
	return n, nil
}
