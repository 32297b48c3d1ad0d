package grids

import (
	"cmp"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/spatial"
)

func TestSnapshot_FindCountAndFeatureNameTheSameRows(t *testing.T) {
	s := snapshot(t, newTown(t, newRand(t, 11)), time.Time{})
	for _, l := range MapLayers() {
		n := s.Count(l)
		if n == 0 {
			t.Errorf("%s is empty", l)
		}
		box := spatial.EmptyBox()
		for i := range int32(n) {
			f := s.Feature(l, i)
			box = box.Union(f.Box())
			if got := s.Find(l, f.Code); got != i {
				t.Errorf("%s %s is row %d, found %d", l, f.Code, i, got)
			}
			if g := f.Geometry(); g.Box != f.Box() || len(g.Ends) == 0 {
				t.Errorf("%s %s: geometry %v", l, f.Code, g)
			}
			for _, no := range []string{f.Code + "x", f.Code[:len(f.Code)-1]} {
				if k := s.Find(l, no); k != spatial.None && s.Feature(l, k).Code != no {
					t.Errorf("%s: %q found as row %d", l, no, k)
				}
			}
		}
		if s.Box(l) != box {
			t.Errorf("%s: box %v, want %v", l, s.Box(l), box)
		}
		if s.Find(l, "") != spatial.None || s.Find(l, "\xff") != spatial.None {
			t.Errorf("%s finds what it has not", l)
		}
	}
	if s.Count(Units) != 5 || s.Count("none") != 0 || !s.Box("none").Empty() || s.Find("none", "x") != spatial.None ||
		s.Window("none", s.Box(Cells)) != nil || s.Nearest("none", spatial.Coord{}, 1, 1, nil) != nil {
		t.Error("units, or a layer that is none")
	}
	if u := s.Unit("U3"); u == nil || u.Name != "unit 3" || s.Unit("U") != nil || s.Unit("") != nil {
		t.Errorf("unit %v", u)
	}
	if s.Catalogue.Find(ComponentKind, "0102") == nil {
		t.Error("the catalogue is not of the city's scheme")
	}
}

func TestSnapshot_WindowHasAllBoxesThatMeetItInOrder(t *testing.T) {
	r := newRand(t, 12)
	s := snapshot(t, newTown(t, r), time.Time{})
	for range 400 {
		a, b := somewhere(r), somewhere(r)
		w := spatial.EmptyBox().Extend(a).Extend(b)
		if r.IntN(3) == 0 {
			w = spatial.Box{Min: a, Max: a}.Grow(r.Int32N(2000))
		}
		for _, l := range []Layer{Cells, Components, BaseRoads} {
			var want []int32
			for i := range int32(s.Count(l)) {
				if s.Feature(l, i).Box().Meets(w) {
					want = append(want, i)
				}
			}
			slices.SortFunc(want, func(x, y int32) int { return cmp.Compare(s.Feature(l, x).FID, s.Feature(l, y).FID) })
			if got := s.Window(l, w); !slices.Equal(got, want) {
				t.Fatalf("%s in %v: %v, want %v", l, w, got, want)
			}
		}
	}
}

func TestSnapshot_NearestAreTheFirstOfAllByDistanceThenCode(t *testing.T) {
	r := newRand(t, 13)
	s := snapshot(t, newTown(t, r), time.Time{})
	ties := 0
	for n := range 1500 {
		c := somewhere(r)
		if n%3 == 0 {
			c = s.City.Components[r.IntN(len(s.City.Components))].At
		}
		l := []Layer{Components, Cells, Addresses}[r.IntN(3)]
		k, radius := r.IntN(12), []float64{0, 5, 60, 400, math.Inf(1)}[r.IntN(5)]
		var keep func(int32) bool
		if r.IntN(2) == 0 {
			keep = func(i int32) bool { return i%3 != 0 }
		}
		var want []Neighbour
		ruler := spatial.RulerAt(c)
		for i := range int32(s.Count(l)) {
			f := s.Feature(l, i)
			d := ruler.DistanceM(f.At) // package spatial compares it with DistanceM
			if f.Shape != nil {
				d = f.Shape.DistanceM(c)
				if side, _ := f.Shape.Contains(c); side != spatial.Outside {
					d = 0
				}
			}
			if d <= radius && (keep == nil || keep(i)) {
				want = append(want, Neighbour{Index: i, DistanceM: d})
			}
		}
		slices.SortStableFunc(want, func(a, b Neighbour) int { return cmp.Compare(a.DistanceM, b.DistanceM) })
		if k > 0 && len(want) > k && want[k].DistanceM == want[k-1].DistanceM {
			ties++
		}
		if len(want) > k {
			want = want[:k]
		}
		if got := s.Nearest(l, c, k, radius, keep); !slices.Equal(got, want) {
			t.Fatalf("%d %s within %v m of %v: %v, want %v", k, l, radius, c, got, want)
		}
	}
	if ties < 50 {
		t.Errorf("%d ties at the end: the test has lost its point", ties)
	}
	if got := s.Nearest(Components, s.City.Cells[0].At, -1, 100, nil); got != nil {
		t.Errorf("k = -1: %v", got)
	}
}

// TestSnapshot_TheOrderOfRowsShowsInNoAnswer asks the same of the city as it is
// and with every layer shuffled.
func TestSnapshot_TheOrderOfRowsShowsInNoAnswer(t *testing.T) {
	r := newRand(t, 14)
	town := newTown(t, r)
	mix := shuffled(town, r)
	a, b := snapshot(t, town, time.Time{}), snapshot(t, mix, time.Time{})
	var ask []spatial.Coord
	for i := range a.City.Cells {
		ask = append(ask, a.City.Cells[i].Shape.Coords...)
	}
	for range 1500 {
		ask = append(ask, somewhere(r))
	}
	for _, c := range ask {
		p, q := a.Locate(c), b.Locate(c)
		if asText(t, p) != asText(t, q) {
			t.Fatalf("%v: %+v and %+v", c, p, q)
		}
		if p.Status == StatusInside {
			m, across := a.Border(p)
			if n, other := b.Border(q); m != n || across != other {
				t.Fatalf("%v: border %v, %d and %v, %d", c, m, across, n, other)
			}
		}
		for _, l := range []Layer{Components, BaseGreen} {
			w := spatial.Box{Min: c, Max: c}.Grow(4000)
			if x, y := a.Window(l, w), b.Window(l, w); !slices.Equal(x, y) {
				t.Fatalf("%s around %v: %v and %v", l, c, x, y)
			}
			if x, y := a.Nearest(l, c, 5, 300, nil), b.Nearest(l, c, 5, 300, nil); !slices.Equal(x, y) {
				t.Fatalf("%s near %v: %v and %v", l, c, x, y)
			}
		}
	}
}
