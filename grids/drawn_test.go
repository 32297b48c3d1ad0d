package grids

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/spatial"
)

// everywhere is a window around all.
var everywhere = spatial.Box{
	Min: spatial.Coord{X: math.MinInt32, Y: math.MinInt32}, Max: spatial.Coord{X: math.MaxInt32, Y: math.MaxInt32},
}

func TestSnapshot_IndexedRowsWithTheEditsAreAllRows(t *testing.T) {
	r := newRand(t, 71)
	book := newBook(t, r)
	now := date("2026-06-01")
	live := NewLive(snapshot(t, book.copied(), now))
	for round := range 40 {
		now = now.Add(time.Minute)
		if err := live.Apply(now, book.edit(r, now)); err != nil {
			t.Fatal(err)
		}
		if round == 25 {
			rebuild := live.Begin()
			rebuild.Fold()
			rebuild.End()
		}
		s := live.Current()
		for _, l := range []Layer{Components, Resources, Cells} {
			var rows []int32
			feature := s.IndexedFeature(l)
			gone := s.Replaced(l)
			for i := range s.Indexed(l) {
				if feature(i) != s.Feature(l, i) {
					t.Fatalf("round %d %s: row %d is two", round, l, i)
				}
				if gone == nil || !gone(i) {
					rows = append(rows, i)
				}
			}
			rows = append(rows, s.EditedWindow(l, everywhere)...)
			all := slices.Sorted(s.All(l))
			slices.Sort(rows)
			if !slices.Equal(rows, all) {
				t.Fatalf("round %d %s: %d rows, want %d", round, l, len(rows), len(all))
			}
			at := somewhere(r)
			w := spatial.Box{Min: at, Max: at}.Grow(int32(r.IntN(20_000)))
			shapes := slices.DeleteFunc(s.Window(l, w), func(i int32) bool { return s.Feature(l, i).Shape == nil })
			if got := s.ShapesWindow(l, w); !slices.Equal(got, shapes) {
				t.Fatalf("round %d %s: shapes %v, want %v", round, l, got, shapes)
			}
			for _, i := range s.EditedWindow(l, w) {
				if !s.Feature(l, i).Box().Meets(w) || i < s.Indexed(l) {
					t.Fatalf("round %d %s: row %d is no edited one of the window", round, l, i)
				}
			}
		}
	}
}

func TestSnapshot_DeriveWorksOnceForAllThatShareAnIndex(t *testing.T) {
	r := newRand(t, 72)
	book := newBook(t, r)
	now := date("2026-06-01")
	live := NewLive(snapshot(t, book.copied(), now))
	worked := 0
	derive := func() int {
		n := live.Current().Derive(Components, func() any {
			worked++
			return worked
		})
		return n.(int)
	}
	for range 5 {
		c := book.city.Components[r.IntN(100)].Patched(ComponentPatch{})
		book.version++
		if err := live.Apply(now, Edit{Version: book.version, Component: &c}); err != nil {
			t.Fatal(err)
		}
		if derive() != 1 {
			t.Fatal("the work of another index")
		}
	}
	rebuild := live.Begin()
	rebuild.Fold()
	rebuild.End()
	for range 2 {
		if derive() != 2 || worked != 2 {
			t.Errorf("worked %d times", worked)
		}
	}
}

func TestSieve_ItsPartsTogetherAreTheFilter(t *testing.T) {
	r := newRand(t, 73)
	for _, byGeometry := range []bool{false, true} {
		c := newTown(t, r)
		if byGeometry {
			for i := range c.Zones {
				c.Zones[i].Shape = c.Cells[i*3].Shape
			}
			c.ZonesByGeometry = true
		}
		s := snapshot(t, c, date("2026-06-01"))
		kept := 0
		for _, f := range []Filter{
			{Category: []string{"01"}},
			{Category: []string{"0103"}},
			{Zone: "Z1"},
			{Community: s.City.Communities[1].Code},
			{Street: s.City.Streets[0].Code, State: ""},
			{District: s.City.Districts[0].Code, Zone: "Z0"},
			{Unit: "nobody"},
		} {
			keep, err := f.of(s, Components)
			if err != nil {
				t.Fatal(err)
			}
			v, err := s.Sieve(Components, &f)
			if err != nil {
				t.Fatal(err)
			}
			cells := v.Cells()
			if (cells == nil) != (byGeometry && f.Zone != "") {
				t.Errorf("%+v: cells decide: %v", f, cells != nil)
			}
			for i := range s.All(Components) {
				row := s.Component(i)
				p := s.Locate(row.At)
				want := len(f.Category) == 0 || f.Category[0] == row.Category[:len(f.Category[0])]
				want = want && f.Unit == ""
				for _, w := range []struct {
					code  string
					layer Layer
					is    int32
				}{{f.Zone, Zones, p.Zone}, {f.Community, Communities, p.Community}, {f.Street, Streets, p.Street}, {f.District, Districts, p.District}} {
					if w.code != "" {
						want = want && p.Status == StatusInside && w.is != spatial.None && s.Feature(w.layer, w.is).Code == w.code
					}
				}
				parts := v.Row(i) && (!v.Chained() || v.Place(row.At))
				if cells != nil && v.Chained() && (p.Status == StatusInside && cells[p.Cell]) != v.Place(row.At) {
					t.Fatalf("%+v: cell %d says otherwise than its place", f, p.Cell)
				}
				if keep(i) != want || parts != want {
					t.Fatalf("%+v: row %d is kept %v, by parts %v, want %v", f, i, keep(i), parts, want)
				}
				if want {
					kept++
				}
			}
		}
		if kept < 300 {
			t.Errorf("only %d rows were kept", kept)
		}
	}
	if v, err := snapshot(t, newTown(t, r), date("2026-06-01")).Sieve(Components, &Filter{}); v != nil || err != nil {
		t.Errorf("an empty filter: %v, %v", v, err)
	}
}
