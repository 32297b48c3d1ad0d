package grids

import (
	"testing"
	"time"
)

// rowID names a row among all of a city.
type rowID struct {
	layer Layer
	fid   int64
}

// drawn lists the rows of a snapshot that can be edited, by what they are now.
func drawn(s *Snapshot) map[rowID]int64 {
	out := map[rowID]int64{}
	for _, l := range []Layer{Components, Zones, Resources} {
		for i := range s.All(l) {
			out[rowID{l, s.Feature(l, i).FID}] = s.RowVersion(l, i)
		}
	}
	return out
}

func TestLive_AFollowerIsToldOfWhatDiffersBeforeAnyReaderHasIt(t *testing.T) {
	r := newRand(t, 31)
	book := newBook(t, r)
	now := date("2026-06-01")
	live := NewLive(snapshot(t, book.copied(), now))
	var told []Change
	coming := 0
	live.Follow(Follower{
		Coming: func(c *Change) {
			coming++
			if _, serial := live.Served(); serial != c.Serial-1 {
				t.Errorf("serial %d is served when %d is coming", serial, c.Serial)
			}
		},
		Published: func(c *Change) {
			if s, serial := live.Served(); serial != c.Serial || s.City.Version != c.Version || s.City.Epoch != c.Epoch {
				t.Errorf("serial %d of version %d is served when %d of %d is published", serial, s.City.Version, c.Serial, c.Version)
			}
			told = append(told, *c)
		},
	})
	rows := 0
	for round := range 120 {
		now = now.Add(time.Minute)
		var edits []Edit
		for range 1 + r.IntN(6) {
			edits = append(edits, book.edit(r, now))
		}
		before := live.Current()
		if err := live.Apply(now, edits...); err != nil {
			t.Fatal(err)
		}
		if len(told) != round+1 || coming != len(told) {
			t.Fatalf("round %d: told %d times, %d before", round, len(told), coming)
		}
		c := told[round]
		if c.Whole != !before.Span.Holds(now) {
			t.Fatalf("round %d: whole %v, the rows held in %v", round, c.Whole, before.Span)
		}
		if !c.Whole {
			rows += compareChange(t, &c, before, live.Current())
		}
		if round%10 == 9 {
			_, serial := live.Served()
			rebuild := live.Begin()
			rebuild.Fold()
			rebuild.End()
			if _, after := live.Served(); after != serial || len(told) != round+1 {
				t.Errorf("a fold changed the serial from %d to %d", serial, after)
			}
		}
	}
	if rows < 100 {
		t.Errorf("only %d rows were compared", rows)
	}
	live.Publish(snapshot(t, book.copied(), now))
	if c := told[len(told)-1]; !c.Whole || c.Rows != nil {
		t.Errorf("of a city published whole it was told %+v", c)
	}
}

// compareChange holds what was told against all rows of both snapshots.
func compareChange(t *testing.T, c *Change, before, after *Snapshot) (rows int) {
	t.Helper()
	was, is := drawn(before), drawn(after)
	want := map[rowID]bool{}
	for id, v := range is {
		if old, there := was[id]; !there || old != v {
			want[id] = true
		}
	}
	for id := range was {
		if _, there := is[id]; !there {
			want[id] = true
		}
	}
	for _, row := range c.Rows {
		var id rowID
		for _, f := range []*Feature{row.Before, row.After} {
			if f != nil {
				id = rowID{row.Layer, f.FID}
			}
		}
		if !want[id] {
			t.Errorf("%v is told and no other, or told twice", id)
		}
		delete(want, id)
		if _, there := was[id]; there != (row.Before != nil) {
			t.Errorf("%v: it was there: %v, told %v", id, there, row.Before)
		}
		if _, there := is[id]; there != (row.After != nil) {
			t.Errorf("%v: it is there: %v, told %v", id, there, row.After)
		}
		rows++
	}
	for id := range want {
		t.Errorf("%v is another and was not told", id)
	}
	return rows
}

func TestLive_WhenTheDayBringsOtherRowsEverythingMayBeAnother(t *testing.T) {
	r := newRand(t, 32)
	book := newBook(t, r)
	now := date("2026-06-01")
	book.city.Components[3].Valid.To = MomentOf(now.Add(time.Hour))
	live := NewLive(snapshot(t, book.copied(), now))
	var told []Change
	live.Follow(Follower{Coming: func(*Change) {}, Published: func(c *Change) { told = append(told, *c) }})
	for _, at := range []time.Time{now.Add(time.Minute), now.Add(2 * time.Hour)} {
		c := book.city.Components[5]
		book.version++
		if err := live.Apply(at, Edit{Version: book.version, Component: &c}); err != nil {
			t.Fatal(err)
		}
	}
	if len(told) != 2 || told[0].Whole || !told[1].Whole {
		t.Errorf("%+v", told)
	}
}
