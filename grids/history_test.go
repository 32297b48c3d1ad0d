package grids

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestSort_IsByCodeThenStartThenNumberInEveryLayer(t *testing.T) {
	r := newRand(t, 2)
	want := newTown(t, rand.New(rand.NewPCG(1, 1)))
	want.Sort()
	// Three generations of every component.
	rows := want.Components
	want.Components = nil
	for _, c := range rows {
		for k, from := range []time.Time{{}, date("2024-01-01"), date("2024-01-01")} {
			c.Valid.From, c.FID = MomentOf(from), c.FID*10+int64(k)
			want.Components = append(want.Components, c)
		}
	}
	text := asText(t, want)
	for range 5 {
		got := shuffled(want, r)
		got.Sort()
		got.Categories = want.Categories // kept as given; the catalogue sorts its own
		if asText(t, got) != text {
			t.Fatal("the order of the rows shows")
		}
	}
}

// TestHoldingAt_CutsAndSpansLikeAskingEveryDay compares with Holds of every row
// at many times, and the span with the days at which the cut changes.
func TestHoldingAt_CutsAndSpansLikeAskingEveryDay(t *testing.T) {
	r := newRand(t, 3)
	day := func(n int) time.Time { return date("2024-01-01").AddDate(0, 0, n) }
	for range 60 {
		c := &City{Base: map[Layer][]Base{}}
		valid := func() (v Validity) {
			if r.IntN(3) > 0 {
				v.From = MomentOf(day(r.IntN(40)))
			}
			if r.IntN(3) > 0 {
				v.To = MomentOf(day(r.IntN(40)))
			}
			return v
		}
		for range r.IntN(4) {
			c.Cells = append(c.Cells, Cell{Feature: Feature{Valid: valid()}})
			c.Zones = append(c.Zones, Zone{Feature: Feature{Valid: valid()}})
			c.Units = append(c.Units, Unit{Valid: valid()})
			c.Base[BaseRoads] = append(c.Base[BaseRoads], Base{Feature: Feature{Valid: valid()}})
			c.Communities = append(c.Communities, Community{Division{Feature: Feature{Valid: valid()}}})
		}
		holds := func(at time.Time) (out []int) {
			n := 0
			add := func(v Validity) {
				if (v.From.IsZero() || v.From.Time().Compare(at) <= 0) && (v.To.IsZero() || v.To.Time().Compare(at) > 0) {
					out = append(out, n)
				}
				n++
			}
			for i := range c.Cells {
				add(c.Cells[i].Valid)
				add(c.Zones[i].Valid)
				add(c.Units[i].Valid)
				add(c.Base[BaseRoads][i].Valid)
				add(c.Communities[i].Valid)
			}
			return out
		}
		for n := -2; n < 43; n++ {
			at := day(n).Add(time.Duration(r.IntN(2)) * time.Hour)
			now, span := c.holdingAt(at)
			got := len(now.Cells) + len(now.Zones) + len(now.Units) + len(now.Base[BaseRoads]) + len(now.Communities)
			if want := len(holds(at)); got != want {
				t.Fatalf("%v: %d rows hold, want %d", at, got, want)
			}
			if !span.Holds(at) {
				t.Fatalf("%v is not in its own span %v", at, span)
			}
			for m := -3; m < 44; m++ {
				if span.Holds(day(m)) && asText(t, holds(day(m))) != asText(t, holds(at)) {
					t.Fatalf("%v: other rows hold on %v, in the span %v", at, day(m), span)
				}
			}
		}
	}
}

func TestHoldingAt_SharesLayersThatHoldWhole(t *testing.T) {
	c := newTown(t, newRand(t, 4))
	c.Cells[5].Valid.To = MomentOf(date("2025-01-01"))
	now, span := c.holdingAt(date("2025-06-01"))
	if &now.Components[0] != &c.Components[0] || len(now.Cells) != len(c.Cells)-1 {
		t.Error("a layer that holds whole was copied, or one that does not was not")
	}
	if span != Since(date("2025-01-01")) {
		t.Errorf("span %v", span)
	}
	if _, span := c.holdingAt(date("2024-06-01")); span != Between(time.Time{}, date("2025-01-01")) {
		t.Errorf("span before %v", span)
	}
	for _, at := range []struct {
		t    time.Time
		want bool
	}{{date("2024-12-31"), false}, {date("2025-01-01"), true}, {date("2025-01-02"), true}, {date("2025-02-01"), false}} {
		if got := Between(date("2025-01-01"), date("2025-02-01")).Holds(at.t); got != at.want {
			t.Errorf("%v: %v", at.t, got)
		}
	}
}

func TestNewSnapshot_NeedsACellThatHolds(t *testing.T) {
	c := newTown(t, newRand(t, 5))
	for i := range c.Cells {
		c.Cells[i].Valid.From = MomentOf(date("2025-01-01"))
	}
	if s, err := NewSnapshot(c, date("2024-12-31")); err == nil {
		t.Errorf("a city without cells is served: %v", s.Span)
	}
	snapshot(t, c, date("2025-01-01"))
}
