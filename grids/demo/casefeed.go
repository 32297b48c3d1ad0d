package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// Desk is where a live feed brings its cases: a store, or what stands before it.
type Desk interface {
	// Append takes a report or a step of a case.
	Append(ctx context.Context, r cases.Request) (cases.Receipt, error)
	// Get returns a case as it stands.
	Get(ctx context.Context, id cases.ID) (*cases.Case, []cases.Event, error)
	// List returns cases.
	List(ctx context.Context, q cases.Query) (cases.Page, error)
}

// A Feed makes the cases of a made-up city go on: it reports new ones and brings
// the open ones on their way, step by step, each by somebody who may. What people
// do to the cases meanwhile it goes on from. It is safe for one goroutine.
type Feed struct {
	*History
	desk    Desk
	now     func() time.Time
	chance  dice
	open    []cases.ID
	most    int
	serial  int64
	session string
}

// NewFeed makes a feed; now says what it is like, by month and hour.
func (h *History) NewFeed(ctx context.Context, desk Desk, now func() time.Time) (*Feed, error) {
	begun := now()
	f := &Feed{
		History: h, desk: desk, now: now, most: h.LiveCount() * 5 / 4, session: begun.UTC().Format("20060102150405"),
		chance: dice{rand.New(rand.NewPCG(h.seed, uint64(begun.UnixNano())))},
	}
	var live []cases.State
	for _, s := range cases.States() {
		if !s.Over() {
			live = append(live, s)
		}
	}
	q := cases.Query{States: live, Limit: f.most}
	page, err := desk.List(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("begin the live feed: %w", err)
	}
	for i := range page.Cases {
		f.open = append(f.open, page.Cases[i].ID)
	}
	return f, nil
}

// reportEvery is how many events there are for each new report: a little more
// than a case has, and where there are few cases a little less.
const reportEvery, reportSooner = 10, 5

// Step makes one event, if it finds one to make. A case that somebody else
// brought on meanwhile is no error.
func (f *Feed) Step(ctx context.Context) error {
	every := int64(reportEvery)
	if len(f.open) < f.LiveCount() {
		every = reportSooner
	}
	if len(f.open) == 0 || len(f.open) < f.most && f.chance.between(1, every) == 1 {
		return f.report(ctx)
	}
	const tries = 20
	for range tries {
		if len(f.open) == 0 {
			return nil
		}
		i := f.chance.between(0, int64(len(f.open)-1))
		done, stepped, err := f.bring(ctx, f.open[i])
		if done {
			f.open[i] = f.open[len(f.open)-1]
			f.open = f.open[:len(f.open)-1]
		}
		if err != nil || stepped {
			return err
		}
	}
	return nil
}

// Run makes events at a rate until the context ends: perSecond is above 0.
// Failed is told of what goes wrong.
func (f *Feed) Run(ctx context.Context, perSecond float64, failed func(error)) {
	const least = time.Millisecond
	tick := time.NewTicker(max(time.Duration(float64(time.Second)/perSecond), least))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			// A step that is begun is not abandoned when a turn ends.
			if err := f.Step(context.WithoutCancel(ctx)); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}
}

// report reports a new case, as one of a day like this.
func (f *Feed) report(ctx context.Context) error {
	now := f.now().Truncate(time.Second)
	source := cases.Patrol
	if f.chance.percent(liveFromPublic) {
		source = cases.Public
	}
	// The same date of a year that the history has.
	const commonYear = 365
	s := f.slot(f.chance, (now.In(f.cal.Zone()).YearDay()-1)%commonYear, source)
	s.at = now
	p := f.way(f.chance, &s, false)
	f.serial++
	p.Report.System, p.Report.ExternalID = HistorySystem, fmt.Sprintf("feed-%s-%d", f.session, f.serial)
	p.Report.Description = f.describe(&s)
	got, err := f.desk.Append(ctx, cases.Request{Kind: cases.Report, Actor: p.Reporter, Details: cases.Details{Report: &p.Report}})
	if err != nil {
		return fmt.Errorf("live feed: report: %w", err)
	}
	f.open = append(f.open, got.ID)
	return nil
}

// neglected is one of how many cases that are seldom brought on, and so come to
// be late.
const neglected, seldom = 16, 12

// bring makes the next step of a case.
func (f *Feed) bring(ctx context.Context, id cases.ID) (done, stepped bool, err error) {
	if id[len(id)-1]%neglected == 0 && f.chance.between(1, seldom) > 1 {
		return false, false, nil
	}
	c, _, err := f.desk.Get(ctx, id)
	if err != nil {
		return errors.Is(err, cases.ErrNotFound), false, err
	}
	if c.State.Over() {
		return true, false, nil
	}
	r := f.next(c)
	if r == nil {
		return false, false, nil
	}
	r.Case, r.Version = id, c.Version
	_, err = f.desk.Append(ctx, *r)
	switch {
	case errors.Is(err, cases.ErrVersion), errors.Is(err, cases.ErrNotAllowed):
		return false, false, nil // somebody was quicker, or it may not be here
	case err != nil:
		return false, false, fmt.Errorf("live feed: %w", err)
	}
	return r.Kind == cases.Close, true, nil
}

// next is what comes next for a case and who does it, or nil.
func (f *Feed) next(c *cases.Case) *cases.Request {
	at, ok := f.sceneOf(c)
	if !ok {
		return nil
	}
	do := func(kind cases.EventKind, by cases.Actor) *cases.Request {
		return &cases.Request{Kind: kind, Actor: by}
	}
	handler := f.handlerOf(c)
	switch c.State {
	case cases.Reported:
		return do(cases.Register, f.people.operator(f.chance))
	case cases.Registered:
		if c.Source == cases.Public {
			return do(cases.Verify, f.people.supervisor(f.chance, at.cell))
		}
		return do(cases.Open, f.people.operator(f.chance))
	case cases.Verified:
		return do(cases.Open, f.people.operator(f.chance))
	case cases.Opened, cases.Returned:
		if c.Level == cases.DistrictLevel {
			return f.send(c, &at, f.people.districtDispatcher(f.chance, c.Unit))
		}
		return f.send(c, &at, f.people.dispatcher(f.chance))
	case cases.Dispatched:
		switch {
		case c.Level == cases.DistrictLevel:
			return f.send(c, &at, f.people.districtDispatcher(f.chance, c.Unit))
		case f.chance.percent(returnedLive):
			r := do(cases.Return, handler)
			r.Note = pick(f.chance, returnNotes[:])
			return r
		}
		return do(cases.Accept, handler)
	case cases.Accepted:
		if f.chance.percent(heldLive) {
			r := do(cases.Hold, f.people.dispatcher(f.chance))
			r.Note = holdNote
			return r
		}
		return do(cases.Handle, handler)
	case cases.Handling:
		if c.Extensions == 0 && f.chance.percent(extendedLive) {
			return do(cases.Extend, f.people.dispatcher(f.chance))
		}
		return do(cases.Feedback, handler)
	case cases.Done:
		if f.chance.percent(reworkedLive) {
			return do(cases.Rework, f.people.supervisor(f.chance, at.cell))
		}
		return do(cases.Check, f.people.supervisor(f.chance, at.cell))
	case cases.Reworking:
		return do(cases.Handle, handler)
	case cases.Checked:
		return do(cases.Close, f.people.operator(f.chance))
	case cases.Held:
		return do(cases.Resume, f.people.dispatcher(f.chance))
	case cases.Disputed:
		r := do(cases.Rule, f.people.arbiter())
		r.Unit = f.people.unitOf(&at)
		return r
	}
	return nil
}

// How often what happens in the live feed, in percent.
const returnedLive, heldLive, extendedLive, reworkedLive = 5, 3, 3, 4

// send dispatches a case to its unit, after a return to another.
func (f *Feed) send(c *cases.Case, at *scene, by cases.Actor) *cases.Request {
	r := &cases.Request{Kind: cases.Dispatch, Actor: by}
	r.Level, r.Unit = cases.UnitLevel, f.people.unitOf(at)
	if c.State == cases.Returned && f.chance.toss() {
		r.Unit = f.people.unitOfCell(at.cell)
	}
	return r
}

// handlerOf is who has the case of its unit.
func (f *Feed) handlerOf(c *cases.Case) cases.Actor {
	for _, a := range c.Handled {
		if a.Unit == c.Unit && a.Role == cases.Handler {
			return a
		}
	}
	return f.people.handler(f.chance, c.Unit)
}

// sceneOf is where a case is, as the city stands that the feed was made for.
func (f *Feed) sceneOf(c *cases.Case) (scene, bool) {
	at := scene{c.At, f.snap.Find(grids.Cells, c.Cell), none}
	if at.cell == none {
		return at, false
	}
	if c.Component != "" {
		at.thing = f.snap.Find(grids.Components, c.Component)
	}
	return at, true
}
