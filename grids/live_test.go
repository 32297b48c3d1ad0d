package grids

import (
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/spatial"
)

// yearly is a town whose cell 0 is renewed every year.
func yearly(t testing.TB, seed uint64, version int64) *City {
	t.Helper()
	c := newTown(t, newRand(t, seed))
	c.Version = version
	first := c.Cells[0]
	for y := 2020; y < 2026; y++ {
		next := first
		next.Valid = Between(date("2020-01-01").AddDate(y-2020, 0, 0), date("2020-01-01").AddDate(y-2019, 0, 0))
		next.FID = int64(10_000 + y)
		c.Cells = append(c.Cells, next)
	}
	c.Cells[0].Valid.To = MomentOf(date("2020-01-01"))
	return c
}

func TestLive_AsOfAnswersFromTheRightYearAndKeepsIt(t *testing.T) {
	l := NewLive(snapshot(t, yearly(t, 1, 1), date("2025-06-01")))
	if l.Current().City.Version != 1 {
		t.Fatal("another city")
	}
	for y := 2019; y < 2027; y++ {
		at := date("2020-06-01").AddDate(y-2020, 0, 0)
		s, err := l.AsOf(at)
		if err != nil {
			t.Fatal(err)
		}
		if !s.Span.Holds(at) {
			t.Fatalf("%v answered by %v", at, s.Span)
		}
		if (s == l.Current()) != (y == 2025) {
			t.Errorf("%d is the current one: %v", y, s == l.Current())
		}
		again, err := l.AsOf(at.AddDate(0, 3, 0))
		if err != nil || again != s {
			t.Errorf("%d was built twice (%v)", y, err)
		}
		if len(l.past) > maxPast {
			t.Fatalf("%d snapshots are kept", len(l.past))
		}
		i := s.Find(Cells, s.City.Cells[0].Code)
		wantFID := int64(10_000 + y)
		if cell := s.City.Cells[i]; y >= 2020 && y <= 2025 && !hasFID(s, wantFID) {
			t.Errorf("%d: cell %s is row %d", y, cell.Code, cell.FID)
		}
	}
	first, err := l.AsOf(date("2022-06-01"))
	if err != nil {
		t.Fatal(err)
	}
	for y := range maxPast { // pushes 2022 out
		if _, err := l.AsOf(date("2019-06-01").AddDate(y, 0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if again, err := l.AsOf(date("2022-06-01")); err != nil || again == first {
		t.Error("more snapshots are kept than said")
	}
}

func hasFID(s *Snapshot, fid int64) bool {
	for i := range s.City.Cells {
		if s.City.Cells[i].FID == fid {
			return true
		}
	}
	return false
}

func TestLive_AsOfFailsWhereNoCellHolds(t *testing.T) {
	c := newTown(t, newRand(t, 2))
	for i := range c.Cells {
		c.Cells[i].Valid.From = MomentOf(date("2024-01-01"))
	}
	l := NewLive(snapshot(t, c, date("2025-01-01")))
	if s, err := l.AsOf(date("2023-01-01")); err == nil {
		t.Errorf("answered by %v", s.Span)
	}
	if len(l.past) != 0 {
		t.Error("the failure was kept")
	}
}

// TestLive_EveryAnswerIsOfOneVersion publishes under readers; run it with -race.
func TestLive_EveryAnswerIsOfOneVersion(t *testing.T) {
	const versions = 6
	cities := make([]*City, versions)
	for v := range cities {
		cities[v] = yearly(t, uint64(v), int64(v))
		cities[v].Name = cities[v].Cells[0].Name
		for i := range cities[v].Cells { // every row says which version it is of
			cities[v].Cells[i].FID = int64(v)
		}
	}
	now := date("2025-06-01")
	l := NewLive(snapshot(t, cities[0], now))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for g := range 3 {
		wg.Go(func() {
			r := newRand(t, uint64(50+g))
			seen := int64(0)
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				s := l.Current()
				if n%20 == 0 {
					at := date("2019-06-01").AddDate(r.IntN(8), 0, 0)
					past, err := l.AsOf(at)
					if err != nil {
						t.Errorf("%v: %v", at, err)
						return
					}
					if !past.Span.Holds(at) || past.City.Version < seen {
						t.Errorf("%v: version %d after %d, span %v", at, past.City.Version, seen, past.Span)
						return
					}
					s = past
				}
				seen = max(seen, s.City.Version)
				p := s.Locate(somewhere(r))
				s.Nearest(Components, p.At, 3, 200, nil)
				s.Window(Cells, spatial.Box{Min: p.At, Max: p.At}.Grow(1000))
				if p.Cell != spatial.None && s.City.Cells[p.Cell].FID != s.City.Version {
					t.Errorf("version %d answers with a row of %d", s.City.Version, s.City.Cells[p.Cell].FID)
					return
				}
			}
		})
	}
	for v := 1; v < versions; v++ {
		for y := range 3 { // also while the past is being built
			if _, err := l.AsOf(date("2019-06-01").AddDate(y, 0, 0)); err != nil {
				t.Error(err)
			}
		}
		l.Publish(snapshot(t, cities[v], now))
	}
	close(stop)
	wg.Wait()
	for _, s := range l.past {
		if s.whole != l.Current().whole {
			t.Error("a snapshot of a city that is no longer served is kept")
		}
	}
}

func TestLive_PublishForgetsThePast(t *testing.T) {
	a, b := yearly(t, 1, 1), yearly(t, 2, 2)
	l := NewLive(snapshot(t, a, date("2025-06-01")))
	old, err := l.AsOf(date("2022-06-01"))
	if err != nil {
		t.Fatal(err)
	}
	l.Publish(snapshot(t, b, date("2025-06-01")))
	s, err := l.AsOf(date("2022-06-01").Add(time.Hour))
	if err != nil || s == old || s.City.Version != 2 {
		t.Errorf("the old city answers: %v", err)
	}
}

// TestLive_AQuestionUnderWayKeepsItsVersion asks as a reader does that took the
// snapshot just before it was replaced.
func TestLive_AQuestionUnderWayKeepsItsVersion(t *testing.T) {
	a, b := yearly(t, 1, 1), yearly(t, 2, 2)
	l := NewLive(snapshot(t, a, date("2025-06-01")))
	old := l.Current()
	l.Publish(snapshot(t, b, date("2025-06-01")))
	if _, err := l.AsOf(date("2022-06-01")); err != nil {
		t.Fatal(err)
	}
	s, err := l.asOf(old, date("2022-06-01"))
	if err != nil || s.City.Version != 1 || !s.Span.Holds(date("2022-06-01")) {
		t.Errorf("version %d, %v", s.City.Version, err)
	}
	if len(l.past) != 1 || l.past[0].City.Version != 2 {
		t.Error("a snapshot of a city that is no longer served is kept")
	}
}

func TestLive_WhatIsToBeServedIsPreparedBefore(t *testing.T) {
	s := snapshot(t, newTown(t, newRand(t, 3)), date("2025-06-01"))
	live := NewLive(s)
	var done []*Snapshot
	live.Prepare(func(s *Snapshot) {
		if s == live.Current() {
			t.Error("it is served already")
		}
		done = append(done, s)
	})
	r := live.Begin()
	defer r.End()
	anew, err := NewSnapshot(s.Whole(), date("2025-06-01"))
	if err != nil {
		t.Fatal(err)
	}
	r.Prepare(anew)
	r.Publish(anew, s.City.Version+1)
	moved := *live.Current().Component(0)
	moved.At.X++
	if err := live.Apply(date("2025-06-01"), Edit{Version: s.City.Version + 2, Component: &moved}); err != nil {
		t.Fatal(err)
	}
	fold := live.Begin()
	defer fold.End()
	fold.Fold()
	if len(done) != 2 || done[0] != anew {
		t.Errorf("%d were prepared", len(done))
	}
}
