package cases

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// City is the store in a city's file.
type City struct {
	file    *cityfile.Store
	machine *Machine
	ids     *Generator
	now     func() time.Time
	zone    *time.Location
	codes   codes
	few     int // fewCases
}

var _ Store = (*City)(nil)

// Options are what a store asks besides its file. The zero value has the usual
// rights and no clock of deadlines.
type Options struct {
	Machine Machine
	// Now and Random are time.Now and crypto/rand.Reader unless set.
	Now    func() time.Time
	Random io.Reader
}

// NewCity returns the store of the cases in a city's file, which stays the
// caller's to close.
func NewCity(ctx context.Context, file *cityfile.Store, o Options) (*City, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	c := &City{file: file, machine: &o.Machine, ids: NewGenerator(o.Now, o.Random), now: o.Now, zone: file.Zone(), few: fewCases}
	if err := file.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT value FROM wanmi_meta WHERE key = 'scheme'").Scan(&c.codes.scheme)
	}); err != nil {
		return nil, fmt.Errorf("open the cases of %s: %w", file.Path(), err)
	}
	return c, nil
}

// repeated ends a request that was done before.
type repeated struct{ answer string }

func (*repeated) Error() string { return "the request was done before" }

// Append adds one event. See [Store].
func (c *City) Append(ctx context.Context, r Request) (Receipt, error) {
	at := whole(c.now())
	e, err := r.event(at)
	if err != nil {
		return Receipt{}, err
	}
	then, err := r.thenEvents(at)
	if err != nil {
		return Receipt{}, err
	}
	w := &writing{City: c, Request: r, event: e, then: then}
	if r.Case == (ID{}) {
		if r.Case, err = c.ids.Next(); err != nil {
			return Receipt{}, err
		}
		w.Case, w.isNew = r.Case, true
	}
	// The writer does not stop half way when the client leaves.
	w.ctx = context.WithoutCancel(ctx)
	_, err = c.file.RecordAll(ctx, w.apply)
	if before, ok := errors.AsType[*repeated](err); ok {
		return receiptOf(before.answer)
	}
	if err != nil {
		if w.isNew {
			return Receipt{}, fmt.Errorf("report a case: %w", err)
		}
		return Receipt{}, fmt.Errorf("%s of case %s: %w", r.Kind, r.Case, err)
	}
	return w.receipt, nil
}

// receiptOf reads a receipt that was kept under a key.
func receiptOf(kept string) (Receipt, error) {
	var out Receipt
	if err := json.Unmarshal([]byte(kept), &out); err != nil {
		// The key and hash are those of a write of another kind.
		return Receipt{}, ErrKeyReused
	}
	out.Repeated = true
	return out, nil
}

// writing is one request in the writer's transaction.
type writing struct {
	*City
	Request
	ctx     context.Context
	event   *Event
	then    []*Event
	isNew   bool
	receipt Receipt
}

func (w *writing) apply(tx *sql.Tx, cityVersion int64) ([]cityfile.Change, error) {
	key := cmp.Or(w.KeyOwner, w.Actor.ID) + "\n" + w.Key
	if w.Key != "" {
		switch answer, found, err := cityfile.Answered(w.ctx, tx, key, w.Hash, w.event.At); {
		case err != nil:
			return nil, err
		case found:
			return nil, &repeated{answer}
		}
	}
	before, err := w.stands(tx)
	if err != nil {
		return nil, err
	}
	entries := make([]cityfile.Change, 0, 1+len(w.then))
	after, last := before, w.event
	for i := range 1 + len(w.then) {
		if i > 0 {
			last, w.isNew = w.then[i-1], false
		}
		if after, err = w.step(tx, after, last, cityVersion, &entries); err != nil {
			if i > 0 {
				err = &ThenError{i - 1, err}
			}
			return nil, err
		}
	}
	w.receipt = Receipt{ID: w.Case, Version: after.Version}
	if w.Answer != nil {
		if w.receipt.Answer, err = w.Answer(after, last); err != nil {
			return nil, err
		}
	}
	if w.Key != "" {
		kept, err := json.Marshal(w.receipt)
		if err != nil {
			return nil, err
		}
		if err := cityfile.KeepAnswer(w.ctx, tx, key, w.Hash, string(kept), w.event.At); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// step does one event and adds its entry of the feed.
func (w *writing) step(tx *sql.Tx, before *Case, e *Event, cityVersion int64, entries *[]cityfile.Change) (*Case, error) {
	if before.Version >= maxEvents {
		return nil, ErrTooMany
	}
	after, err := w.machine.Next(before, e)
	if err != nil {
		return nil, err
	}
	if err := w.store(tx, before, after, e, cityVersion); err != nil {
		return nil, err
	}
	told, err := entry(before, after, e)
	*entries = append(*entries, told)
	return after, err
}

// stands returns the case as it stands, empty for a new one.
func (w *writing) stands(tx *sql.Tx) (*Case, error) {
	if w.isNew {
		return &Case{Summary: Summary{ID: w.Case}}, w.free(tx)
	}
	stored, events, err := w.codes.load(w.ctx, tx, w.Case)
	if err != nil {
		return nil, err
	}
	c, err := foldOnto(stored, events)
	switch {
	case err != nil:
		return nil, err
	case w.Version != 0 && w.Version != c.Version:
		return nil, &VersionMismatch{w.Version, c.Version}
	}
	return c, nil
}

// free looks whether the external id is in no case.
func (w *writing) free(tx *sql.Tx) error {
	d := w.event.Report
	if d.ExternalID == "" {
		return nil
	}
	id, err := externalCase(w.ctx, tx, d.System, d.ExternalID)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return &ExternalTaken{id}
}

// Told is the body of a case's entry in the feed.
type Told struct {
	FID   int64     `json:"fid"`
	Seq   int       `json:"seq"`
	Event EventKind `json:"event"`
	Was   State     `json:"was,omitempty"`
	State State     `json:"state"`
	Unit  string    `json:"unit,omitempty"`
	Actor Actor     `json:"actor"`
	// Number and the times are the case's after the event, so that with what never
	// changes in a case the entry says all that lists have.
	Number   string    `json:"number,omitempty"`
	YellowAt time.Time `json:"yellow_at,omitzero"`
	DueAt    time.Time `json:"due_at,omitzero"`
	ClosedAt time.Time `json:"closed_at,omitzero"`
	OnTime   bool      `json:"on_time,omitempty"`
	// Case comes with the report: where it is and of what kind.
	Case *Summary `json:"case,omitempty"`
	// Alarm is a sensor's that the event brought, as it came.
	Alarm json.RawMessage `json:"alarm,omitempty"`
}

// FeedKind is the kind of a case's entry in the feed; its key is the case's id.
const FeedKind = "case"

func entry(before, after *Case, e *Event) (cityfile.Change, error) {
	told := Told{
		FID: after.FID, Seq: e.Seq, Event: e.Kind, Was: before.State, State: after.State, Unit: after.Unit, Actor: e.Actor,
		Number: after.Number, YellowAt: after.YellowAt, DueAt: after.DueAt, ClosedAt: after.ClosedAt, OnTime: after.OnTime, Alarm: e.Alarm,
	}
	if e.Kind == Report {
		told.Case = &after.Summary
	}
	body, err := json.Marshal(told)
	return cityfile.Change{Kind: FeedKind, Key: after.ID.String(), Body: string(body), At: e.At}, err
}

// Get returns the case and its log. See [Store].
func (c *City) Get(ctx context.Context, id ID) (out *Case, events []Event, err error) {
	err = c.file.View(ctx, func(tx *sql.Tx) error {
		var stored *Case
		if stored, events, err = c.codes.load(ctx, tx, id); err != nil {
			return err
		}
		out, err = foldOnto(stored, events)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read case %s: %w", id, err)
	}
	return out, events, nil
}

// Find returns the case with an external id. See [Store].
func (c *City) Find(ctx context.Context, system, externalID string) (id ID, err error) {
	err = c.file.View(ctx, func(tx *sql.Tx) error {
		id, err = externalCase(ctx, tx, system, externalID)
		return err
	})
	return id, err
}

// Feed returns what happened after the cursor. See [Store].
func (c *City) Feed(ctx context.Context, after cityfile.Cursor, limit int) ([]cityfile.Entry, cityfile.Cursor, error) {
	return c.file.Feed(ctx, after, limit)
}

// foldOnto folds the log and takes from the row only what the log does not have.
func foldOnto(stored *Case, events []Event) (*Case, error) {
	c, err := Fold(stored.ID, events)
	if err != nil {
		return nil, err
	}
	c.FID = stored.FID
	return c, nil
}
