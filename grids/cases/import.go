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
	// Row is the case's place in its source, by which faults name it; 0 counts.
	Row int `json:",omitempty"`
}

// Progress is told how many cases of an import are done.
type Progress func(done int)

// progressEvery is after how many cases Progress is told.
const progressEvery = 1000

// maxFaults is how many faulty cases an import lists; the rest is counted.
const maxFaults = 100

// RowFault is what is wrong with one case of an import. A sequence of cases may
// yield one as its error, where a case could not even be read.
type RowFault struct {
	Row int // from 1
	Err error
}

func (f RowFault) Error() string { return fmt.Sprintf("row %d: %v", f.Row, f.Err) }

// Unwrap gives the fault itself.
func (f RowFault) Unwrap() error { return f.Err }

// Faulty is an import that was refused for faults in its cases.
type Faulty struct {
	Faults []RowFault // the first of them
	Count  int        // of all
	Rows   int        // that were read
	Stored int        // by batches before
}

func (f *Faulty) Error() string {
	lines := make([]string, 0, len(f.Faults))
	for _, x := range f.Faults {
		lines = append(lines, x.Error())
	}
	if more := f.Count - len(f.Faults); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("%d of %d cases are at fault, %s:\n%s", f.Count, f.Rows, f.outcome(), strings.Join(lines, "\n"))
}

func (f *Faulty) outcome() string {
	if f.Stored == 0 {
		return "nothing was stored"
	}
	return fmt.Sprintf("%d were stored before", f.Stored)
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
// cases of a commit.
const FeedImport = "cases"

// ImportOptions say how bulk history is stored. The zero value stores all cases
// or none of them.
type ImportOptions struct {
	Progress Progress
	// PassKnown passes over a case that was stored before the import: its external
	// id is known, or its number where it has no external id. Otherwise such a
	// case is at fault.
	PassKnown bool
	// SkipFaulty stores the others where some are at fault.
	SkipFaulty bool
	// Fault, if any, is told each fault when it is found, before the next case is
	// asked for.
	Fault func(RowFault)
	// Batch commits after so many cases, so that other writers get their turn; 0
	// commits once. What was committed stays when a later batch is at fault.
	Batch int
	// Pause is how long it waits after a batch. SQLite does not queue writers: one
	// that waits asks every 100 ms.
	Pause time.Duration
	// Try looks at all cases and stores none.
	Try bool
}

// Imported counts what became of the cases of an import.
type Imported struct {
	Rows   int // that were read
	Stored int // or would have been, of a try
	Known  int // that were stored before
	Faulty int
}

// Import stores the cases of bulk history, all or none of them, and returns how
// many. It is [City.ImportWith] without options.
func (c *City) Import(ctx context.Context, list iter.Seq2[Past, error], progress Progress) (n int, err error) {
	done, err := c.ImportWith(ctx, list, ImportOptions{Progress: progress})
	return done.Stored, err
}

// ImportWith stores the cases of bulk history. An error that the sequence yields
// ends it, unless it is a [RowFault]. Faults in cases are collected in a
// *[Faulty]. The events are held against the case's way but not against rights,
// as other systems had their own. It takes the one writer for as long as a batch
// lasts: some 60 µs of a processor for each case.
func (c *City) ImportWith(ctx context.Context, list iter.Seq2[Past, error], o ImportOptions) (done Imported, err error) {
	im := &importing{
		City: c, ImportOptions: o, ctx: context.WithoutCancel(ctx), now: whole(c.now()), first: -1,
		known: map[grids.Layer]map[string]any{}, minors: map[Class]int64{}, conditions: map[classCondition]bool{}, actors: map[Actor]int64{},
	}
	next, stop := iter.Pull2(list)
	defer stop()
	for first := true; !im.ended && err == nil; first = false {
		if !first && !wait(ctx, o.Pause) {
			err = fmt.Errorf("stopped after %d cases: %w", im.done.Rows, ctx.Err())
			break
		}
		im.stored = 0
		_, err = c.file.Record(ctx, func(tx *sql.Tx, _ int64) (cityfile.Change, error) { return im.batch(ctx, tx, next) })
		switch {
		case errors.Is(err, errNothing):
			err = nil
			clear(im.actors) // those that were new went with the batch
		case err == nil:
			im.done.Stored += im.stored
		}
	}
	if err != nil {
		return im.done, fmt.Errorf("import cases: %w", err)
	}
	return im.done, nil
}

// wait tells whether the time went by.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// errNothing undoes a batch that has nothing to commit.
var errNothing = errors.New("nothing to store")

// importing is an import; tx is the writer's transaction of one batch.
type importing struct {
	*City
	ImportOptions
	ctx    context.Context
	tx     *sql.Tx
	now    time.Time
	first  int64 // the last row of cases before the import; -1 until it is known
	last   int64 // the last row of cases now
	done   Imported
	stored int // in this batch
	ended  bool
	faults []RowFault
	blob   []byte

	known      map[grids.Layer]map[string]any // rows by code
	minors     map[Class]int64
	conditions map[classCondition]bool
	actors     map[Actor]int64
}

type classCondition struct {
	Class
	condition string
}

// batch stores cases until the batch or the list is full.
func (im *importing) batch(ctx context.Context, tx *sql.Tx, next func() (Past, error, bool)) (cityfile.Change, error) {
	im.tx = tx
	if err := im.count(); err != nil {
		return cityfile.Change{}, err
	}
	if im.first < 0 {
		im.first = im.last
	}
	for n := 0; im.Batch == 0 || n < im.Batch; n++ {
		p, err, more := next()
		if im.ended = !more; im.ended {
			break
		}
		if err := ctx.Err(); err != nil { // what this batch has is undone
			return cityfile.Change{}, fmt.Errorf("stopped after %d cases: %w", im.done.Rows, err)
		}
		if err := im.take(&p, err); err != nil {
			return cityfile.Change{}, err
		}
		if im.Progress != nil && im.done.Rows%progressEvery == 0 {
			im.Progress(im.done.Rows)
		}
	}
	switch {
	case im.done.Faulty > 0 && !im.SkipFaulty:
		return cityfile.Change{}, &Faulty{im.faults, im.done.Faulty, im.done.Rows, im.done.Stored}
	case im.Try:
		im.done.Stored += im.stored
		return cityfile.Change{}, errNothing
	case im.stored == 0:
		return cityfile.Change{}, errNothing
	}
	body, err := json.Marshal(map[string]int{"imported": im.stored})
	return cityfile.Change{Kind: FeedImport, Body: string(body), At: im.now}, err
}

// take stores a case, or notes its fault; only what ends the import is returned.
func (im *importing) take(p *Past, err error) error {
	if fault, ok := errors.AsType[RowFault](err); ok {
		im.done.Rows++
		im.fault(fault)
		return nil
	}
	if err != nil {
		return fmt.Errorf("row %d: %w", im.done.Rows+1, err)
	}
	im.done.Rows++
	if p.Row == 0 {
		p.Row = im.done.Rows
	}
	if err = im.store(p); err == nil {
		return nil
	}
	for _, ours := range []error{ErrInvalid, ErrExternal, ErrNumber, ErrBlob, errLog} {
		if !errors.Is(err, ours) {
			continue
		}
		// Known is asked last: of a table that is all new it is never asked, and a
		// known case stays one though its unit is gone.
		known, ferr := im.knows(&p.Report)
		switch {
		case ferr != nil:
			err = ferr
		case known:
			im.done.Known++
			return nil
		default:
			im.fault(RowFault{p.Row, err})
			return nil
		}
	}
	return fmt.Errorf("row %d: %w", p.Row, err)
}

func (im *importing) fault(f RowFault) {
	if im.done.Faulty++; len(im.faults) < maxFaults {
		im.faults = append(im.faults, f)
	}
	if im.Fault != nil {
		im.Fault(f)
	}
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
	if len(p.Report.Attributes) > 0 || p.Report.AccuracyM != 0 {
		return nil, nil, fmt.Errorf("%w: bulk history keeps no attributes and accuracy", ErrBlob)
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
	if err := im.condition(&p.Report); err != nil {
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
	if err := im.claim(c); err != nil {
		return err
	}
	res, err := im.tx.ExecContext(im.ctx, insertPast, cityfile.PointBlob(c.At), c.ID[:], textOrNull(c.Number), kindNumber(c.Kind), category,
		textOrNull(c.Condition), sourceNumber(c.Source), stateNumber(c.State), rows[0], rows[1], rows[2], rows[3],
		c.ReportedAt.Unix(), unixOrNull(c.DueAt), unixOrNull(c.ClosedAt), onTime(c), c.Version)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		// The number of the row is used up all the same.
		if err = errors.Join(err, im.disclaim(c), im.count()); err != nil {
			return err
		}
		return fmt.Errorf("%w: %.80q", ErrNumber, c.Number)
	}
	fid, err := res.LastInsertId()
	if err == nil && fid != im.last+1 {
		err = fmt.Errorf("row %d of cases where %d was to be", fid, im.last+1)
	}
	if err != nil {
		return err
	}
	im.last = fid
	if _, err = im.tx.ExecContext(im.ctx, "INSERT INTO history (case_fid, events) VALUES (?, ?)", fid, im.blob); err == nil {
		im.stored++
	}
	return err
}

// count finds the number that SQLite gave to a row of cases last.
func (im *importing) count() error {
	return im.tx.QueryRowContext(im.ctx, `SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'cases'), 0),
		(SELECT coalesce(max(fid), 0) FROM cases))`).Scan(&im.last)
}

// insertPast inserts nothing where the number is another case's. To ask beforehand
// would take a query, which costs more than the insert: database/sql starts a
// goroutine for each.
const insertPast = insertCase + " ON CONFLICT (number) WHERE number IS NOT NULL DO NOTHING"

// claim takes the external id for the row that comes next.
func (im *importing) claim(c *Case) error {
	if c.ExternalID == "" {
		return nil
	}
	res, err := im.tx.ExecContext(im.ctx, "INSERT INTO case_external (source_system, external_id, case_fid) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", c.System, c.ExternalID, im.last+1)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	id, err := externalCase(im.ctx, im.tx, c.System, c.ExternalID)
	if err != nil {
		return err
	}
	return &ExternalTaken{id}
}

// disclaim gives the external id back.
func (im *importing) disclaim(c *Case) error {
	if c.ExternalID == "" {
		return nil
	}
	_, err := im.tx.ExecContext(im.ctx, "DELETE FROM case_external WHERE source_system = ? AND external_id = ?", c.System, c.ExternalID)
	return err
}

// knows tells whether a case was stored before the import, where that counts.
func (im *importing) knows(d *Draft) (bool, error) {
	var fid int64
	var row *sql.Row
	switch {
	case !im.PassKnown:
		return false, nil
	case d.ExternalID != "":
		row = im.tx.QueryRowContext(im.ctx, "SELECT case_fid FROM case_external WHERE source_system = ? AND external_id = ?", d.System, d.ExternalID)
	case d.Number != "":
		row = im.tx.QueryRowContext(im.ctx, "SELECT fid FROM cases WHERE number = ?", d.Number)
	default:
		return false, nil
	}
	err := row.Scan(&fid)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil && fid <= im.first, err
}

// condition asks once whether a class has a condition.
func (im *importing) condition(d *Draft) error {
	k := classCondition{Class{d.Kind, d.Category}, d.Condition}
	if d.Condition == "" || im.conditions[k] {
		return nil
	}
	err := im.codes.condition(im.ctx, im.tx, d)
	if err == nil {
		im.conditions[k] = true
	}
	return err
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
