package demo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// How many open cases a made-up city begins with, by what it has in a history.
const (
	leastLive, mostLive = 40, 320
	livePerHistory      = 3_000
)

// One of so many open cases is late already, and the reports go back so long,
// most of them of the last days.
const (
	liveLate  = 12
	liveHours = 9 * 24
)

// LiveCount is how many open cases the city begins with.
func (h *History) LiveCount() int { return min(max(h.Len()/livePerHistory, leastLive), mostLive) }

// Live makes the open cases that the city has now, in all states on their way,
// each brought there by the events of the last days. It does so once for a file;
// what a call that was ended left undone stays undone. The machine is that of
// the store which serves the cases.
func (h *History) Live(ctx context.Context, file *cityfile.Store, m *cases.Machine, now time.Time) (n int, err error) {
	asked, err := cases.NewCity(ctx, file, cases.Options{Machine: *m})
	if err != nil {
		return 0, err
	}
	_, err = asked.Find(ctx, HistorySystem, liveName(0))
	if !errors.Is(err, cases.ErrNotFound) {
		return 0, err // nil: they are there
	}
	list := h.open(now)
	next := make(chan int)
	faults := make([]error, len(list))
	var wait sync.WaitGroup
	for range liveWriters { // so that they share the commits
		wait.Go(func() {
			for i := range next {
				faults[i] = replay(ctx, file, m, &list[i])
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	wait.Wait()
	if err := errors.Join(faults...); err != nil {
		return 0, fmt.Errorf("make up open cases: %w", err)
	}
	return len(list), nil
}

// liveWriters is how many cases are brought on their way at the same time.
const liveWriters = 16

func liveName(i int) string { return fmt.Sprintf("live-%04d", i) }

// open makes cases that are open now: whole ways, cut off.
func (h *History) open(now time.Time) []cases.Past {
	dice := h.dice(diceLive, 0)
	var out []cases.Past
	const tries = 100
	for i := 0; i < tries*h.LiveCount() && len(out) < h.LiveCount(); i++ {
		day := int(dice.between(0, historyDays-1)) // whose month and weekday it is like
		source := cases.Patrol
		if dice.percent(liveFromPublic) {
			source = cases.Public
		}
		s := h.slot(dice, day, source)
		// The younger of two throws: more of the last hours.
		ago := min(dice.between(0, liveHours*3600), dice.between(0, liveHours*3600))
		s.at, s.late = now.Add(-time.Duration(ago)*time.Second).Truncate(time.Second), dice.between(1, liveLate) == 1
		p := h.way(dice, &s, true)
		end := 0
		for end < len(p.Events) && !p.Events[end].At.After(now) {
			end++
		}
		if closed := end > 0 && (p.Events[end-1].Kind == cases.Close || p.Events[end-1].Kind == cases.Survey); closed {
			continue
		}
		p.Events = p.Events[:end]
		p.Report.System, p.Report.ExternalID = HistorySystem, liveName(len(out))
		p.Report.Description = h.describe(&s)
		out = append(out, p)
	}
	return out
}

// liveFromPublic is the percentage of open cases from the public: more than of
// all, so that there are some to see.
const liveFromPublic = 8

// describe says what the case is about, and that it is made up.
func (h *History) describe(s *slot) string {
	c := &h.classes.all[s.class]
	name := c.Code
	if m := h.snap.Catalogue.Find(c.Kind, c.Code); m != nil {
		name = m.Name
	}
	return name + "（虚构案件）"
}

// replay brings a case on its way as if each step were done when it says.
func replay(ctx context.Context, file *cityfile.Store, m *cases.Machine, p *cases.Past) error {
	var at time.Time
	store, err := cases.NewCity(ctx, file, cases.Options{Machine: *m, Now: func() time.Time { return at }})
	if err != nil {
		return err
	}
	at = p.Report.ReportedAt
	got, err := store.Append(ctx, cases.Request{Kind: cases.Report, Actor: p.Reporter, Details: cases.Details{Report: &p.Report}})
	for i := 0; err == nil && i < len(p.Events); i++ {
		e := &p.Events[i]
		at = e.At
		_, err = store.Append(ctx, cases.Request{Case: got.ID, Kind: e.Kind, Actor: e.Actor, Details: e.Details})
	}
	return err
}
