package spatial

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// bruteNearest looks at every point.
func bruteNearest(points []Coord, c Coord, k int, radiusM float64, keep func(int32) bool) (out []Neighbour) {
	ruler := RulerAt(c)
	for i, p := range points {
		if d := ruler.DistanceM(p); d <= radiusM && (keep == nil || keep(int32(i))) {
			out = append(out, Neighbour{int32(i), d})
		}
	}
	slices.SortFunc(out, func(a, b Neighbour) int {
		return cmp.Or(cmp.Compare(a.DistanceM, b.DistanceM), cmp.Compare(a.Index, b.Index))
	})
	return out[:min(len(out), max(k, 0))]
}

// pointClouds are points in all the ways a city has them, and worse.
func pointClouds(r *rand.Rand) map[string][]Coord {
	cloud := func(n int, at func() Coord) (out []Coord) {
		for range n {
			out = append(out, at())
		}
		return out
	}
	near := func(n int32) Coord { return Coord{kaifeng.X + r.Int32N(n), kaifeng.Y + r.Int32N(n)} }
	return map[string][]Coord{
		"none":          nil,
		"one":           {kaifeng},
		"all on a spot": cloud(50, func() Coord { return kaifeng }),
		"a line north":  cloud(300, func() Coord { return Coord{kaifeng.X, kaifeng.Y + r.Int32N(100_000)} }),
		"a line east":   cloud(300, func() Coord { return Coord{kaifeng.X + r.Int32N(100_000), kaifeng.Y} }),
		"anywhere":      cloud(3000, func() Coord { return near(100_000) }),
		"a coarse raster with many ties": cloud(2000, func() Coord {
			return Coord{kaifeng.X + 1000*r.Int32N(30), kaifeng.Y + 1000*r.Int32N(30)}
		}),
		"a crowd and one far off":               append(cloud(500, func() Coord { return near(50) }), Coord{kaifeng.X + 900_000, kaifeng.Y - 900_000}),
		"three around longitude and latitude 0": {{-7, -7}, {7, 7}, {-3, 5}},
		"south and west":                        cloud(500, func() Coord { return Coord{-r.Int32N(80_000), -r.Int32N(80_000)} }),
	}
}

func TestPointSet_NearestAreTheFirstOfAllByDistanceThenIndex(t *testing.T) {
	r := newRand(t, 41)
	ties := 0
	for name, points := range pointClouds(r) {
		s := NewPointSet(points)
		if s.Len() != len(points) {
			t.Fatalf("%s: %d points", name, s.Len())
		}
		box := Box{kaifeng, kaifeng}
		if len(points) > 0 {
			box = s.box
		}
		for n := range 400 {
			c := somewhere(r, box.Grow(60_000))
			if n%3 == 0 && len(points) > 0 {
				c = points[r.IntN(len(points))]
			}
			k := []int{-1, 0, 1, 1, 2, 5, 10, 100, 5000}[r.IntN(9)]
			radius := []float64{-1, 0, 3, 50, 800, math.Inf(1), math.NaN()}[r.IntN(7)]
			var keep func(int32) bool
			if r.IntN(2) == 0 {
				keep = func(i int32) bool { return i%7 == 3 }
			}
			want := bruteNearest(points, c, k, radius, keep)
			first := Neighbour{-7, -7}
			got := s.Nearest([]Neighbour{first}, c, k, radius, keep)
			if got[0] != first || !slices.Equal(got[1:], want) {
				t.Fatalf("%s: %d within %v m of %v: %v, want %v", name, k, radius, c, got[1:], want)
			}
			for i := 1; i < len(want); i++ {
				if want[i].DistanceM == want[i-1].DistanceM {
					ties++
				}
			}
		}
	}
	if ties < 1000 {
		t.Errorf("%d ties: the test has lost its point", ties)
	}
}

func TestPointSet_WindowHasAllPointsInIt(t *testing.T) {
	r := newRand(t, 42)
	for name, points := range pointClouds(r) {
		s := NewPointSet(points)
		for range 300 {
			box := Box{kaifeng, kaifeng}.Union(s.box).Grow(1000)
			w := EmptyBox().Extend(somewhere(r, box)).Extend(somewhere(r, box))
			if len(points) > 0 && r.IntN(3) == 0 { // points on the window's border
				w = EmptyBox().Extend(points[r.IntN(len(points))]).Extend(points[r.IntN(len(points))])
			}
			var want, got []int32
			for i, p := range points {
				if w.Holds(p) {
					want = append(want, int32(i))
				}
			}
			s.Search(w, func(i int32) bool {
				got = append(got, i)
				return true
			})
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("%s in %v: %v, want %v", name, w, got, want)
			}
			n := 0
			s.Search(w, func(int32) bool {
				n++
				return n < 2
			})
			if n != min(2, len(want)) {
				t.Fatalf("%s: %d visits after a stop at 2", name, n)
			}
		}
		s.Search(EmptyBox(), func(int32) bool {
			t.Fatal("an empty window has a point")
			return false
		})
	}
}

func TestPointSet_TakesSixteenBytesAPointAndASearchAllocatesNothing(t *testing.T) {
	r := newRand(t, 43)
	var points []Coord
	for range 20_000 {
		points = append(points, Coord{kaifeng.X + r.Int32N(400_000), kaifeng.Y + r.Int32N(300_000)})
	}
	s := NewPointSet(points)
	if per := float64(s.Bytes()) / float64(len(points)); per > 16.01 {
		t.Errorf("%v bytes a point", per)
	}
	out := make([]Neighbour, 0, 10)
	if n := testing.AllocsPerRun(200, func() { out = s.Nearest(out[:0], points[7], 10, 500, nil) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
