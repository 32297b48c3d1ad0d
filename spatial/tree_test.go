package spatial

import (
	"math"
	"slices"
	"sync"
	"testing"
)

func TestTree_SearchFindsWhatMeetsTheWindow(t *testing.T) {
	r := newRand(t, 21)
	for _, n := range []int{0, 1, 7, 64, 65, 3000} {
		var tree Tree[int32]
		boxes := make([]Box, n)
		for i := range boxes {
			c := Coord{r.Int32N(1000), r.Int32N(1000)}
			boxes[i] = Box{c, c}.Extend(Coord{c.X + r.Int32N(30), c.Y + r.Int32N(30)})
			tree.Insert(boxes[i], int32(i))
		}
		if tree.Len() != n {
			t.Fatalf("%d of %d", tree.Len(), n)
		}
		for range 200 {
			c := Coord{r.Int32N(1100) - 50, r.Int32N(1100) - 50}
			w := Box{c, c}.Extend(Coord{c.X + r.Int32N(100), c.Y + r.Int32N(100)})
			var want, got []int32
			for i, b := range boxes {
				if b.Meets(w) {
					want = append(want, int32(i))
				}
			}
			tree.Search(w, func(i int32) bool { got = append(got, i); return true })
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("%d boxes, %v: %v, want %v", n, w, got, want)
			}
			seen := 0
			tree.Search(w, func(int32) bool { seen++; return seen < 2 })
			if seen != min(2, len(want)) {
				t.Fatalf("went on after the visitor had enough: %d", seen)
			}
		}
	}
}

// TestTree_NearestVisitsAllByDistance has many values on one spot and many at
// equal distances around it.
func TestTree_NearestVisitsAllByDistance(t *testing.T) {
	r := newRand(t, 22)
	for _, lat := range []int32{0, 347886000, -600000000, 850000000} {
		var tree Tree[int32]
		var at []Coord
		for range 1500 {
			c := Coord{1143488000 + 100*(r.Int32N(41)-20), lat + 100*(r.Int32N(41)-20)}
			at = append(at, c)
			tree.Insert(Box{c, c}, int32(len(at)-1))
		}
		for range 20 {
			c := Coord{1143488000 + 50*(r.Int32N(120)-60), lat + 50*(r.Int32N(120)-60)}
			dist := func(i int32) float64 { return DistanceM(c, at[i]) }
			want := make([]float64, len(at))
			for i := range at {
				want[i] = dist(int32(i))
			}
			slices.Sort(want)
			n, seen := 0, make([]bool, len(at))
			tree.Nearest(c, dist, func(i int32, d float64) bool {
				if d != want[n] || d != dist(i) || seen[i] {
					t.Fatalf("%v, number %d: %d at %v m, want %v m (seen %v)", c, n, i, d, want[n], seen[i])
				}
				seen[i] = true
				n++
				return true
			})
			if n != len(at) {
				t.Fatalf("%d of %d visited", n, len(at))
			}
			n = 0
			tree.Nearest(c, dist, func(int32, float64) bool { n++; return n < 5 })
			if n != 5 {
				t.Fatalf("went on after the visitor had enough: %d", n)
			}
		}
	}
}

// TestTree_NearestLooksAtFew guards the tree's shape: one whose boxes overlap
// finds the same, a hundred times as slowly.
func TestTree_NearestLooksAtFew(t *testing.T) {
	r := newRand(t, 26)
	const n = 30_000
	box := Box{kaifeng, Coord{kaifeng.X + 1_000_000, kaifeng.Y + 800_000}} // 9 km square
	at := make([]Coord, n)
	for i := range at {
		at[i] = somewhere(r, box)
	}
	slices.SortFunc(at, func(a, b Coord) int { return int(HilbertKey(box, a)) - int(HilbertKey(box, b)) })
	var tree Tree[int32]
	for i, c := range at {
		tree.Insert(Box{c, c}, int32(i))
	}
	looked := 0
	const asked = 500
	for range asked {
		c := somewhere(r, box)
		tree.Nearest(c, func(i int32) float64 { looked++; return DistanceM(c, at[i]) }, func(int32, float64) bool { return false })
	}
	t.Logf("%d of %d looked at for the nearest", looked/asked, n)
	if looked/asked > 300 { // a leaf holds 64
		t.Errorf("%d of %d values were looked at for the nearest", looked/asked, n)
	}
}

func TestLowerBound_IsBelowEveryDistanceInTheBox(t *testing.T) {
	r := newRand(t, 23)
	closest := math.Inf(1)
	for range 60_000 {
		span := int32(math.Pow(10, 1+r.Float64()*5.3)) // to 0.2 degrees
		c := At(r.Float64()*340-170, r.Float64()*176-88)
		near := func() Coord { return Coord{c.X + r.Int32N(2*span+1) - span, c.Y + r.Int32N(2*span+1) - span} }
		b := EmptyBox().Extend(near()).Extend(near())
		if r.IntN(4) == 0 {
			b = Box{b.Min, b.Min}
		}
		q := somewhere(r, b)
		from := boundFrom(c, b)
		bound, d := from.distanceM(b.Min.pair(), b.Max.pair()), DistanceM(c, q)
		if bound > d {
			t.Fatalf("%v to %v: bound %v m, but %v is at %v m", c, b, bound, q, d)
		}
		s := &Shape{Kind: Points, Coords: []Coord{q}, Ends: []uint32{1}, Box: Box{q, q}}
		if d := s.DistanceM(c); bound > d {
			t.Fatalf("%v to %v: bound %v m, but the shape %v is at %v m", c, b, bound, q, d)
		}
		if math.Abs(c.Lat()) < 55 {
			if g := geodesicM(c, q); bound > g {
				t.Fatalf("%v to %v: bound %v m, but the geodesic to %v has %v m", c, b, bound, q, g)
			}
		}
		if b.Holds(c) != (bound == 0) {
			t.Fatalf("%v to %v: bound %v m", c, b, bound)
		}
		if b.Min == b.Max && d > 0 && math.Abs(c.Lat()) < 40 && span < 10_000 {
			closest = min(closest, bound/d)
		}
	}
	if closest < 0.98 {
		t.Errorf("the bound is only %v of the distance: a search would visit too much", closest)
	}
}

func TestHilbertKey_VisitsEveryPositionOnceByStepsOfOne(t *testing.T) {
	const n = 256
	box := Box{Coord{-32768, -32768}, Coord{32767, 32767}} // one position a cell of the curve
	at := make(map[uint32]Coord, n*n)
	for x := int32(-32768); x < -32768+n; x++ {
		for y := int32(-32768); y < -32768+n; y++ {
			k := HilbertKey(box, Coord{x, y})
			if other, taken := at[k]; taken {
				t.Fatalf("%v and %v have the key %d", other, Coord{x, y}, k)
			}
			at[k] = Coord{x, y}
		}
	}
	// A corner of 2^k × 2^k is the curve's first stretch.
	for k := range uint32(n*n - 1) {
		a, ok := at[k]
		b, ok2 := at[k+1]
		if !ok || !ok2 {
			t.Fatalf("no position has the key %d", k)
		}
		if step := max(a.X-b.X, b.X-a.X) + max(a.Y-b.Y, b.Y-a.Y); step != 1 {
			t.Fatalf("keys %d and %d are %d apart", k, k+1, step)
		}
	}
}

func TestHilbertKey_AnswersForAnyBox(t *testing.T) {
	r := newRand(t, 24)
	globe := Box{Coord{-1800000000, -900000000}, Coord{1800000000, 900000000}}
	for range 10_000 {
		c := randCoord(r)
		HilbertKey(globe, c)
		HilbertKey(EmptyBox(), c)
		if k := HilbertKey(Box{c, c}, c); k != 0 {
			t.Fatalf("the only position of a box has the key %d", k)
		}
	}
}

func TestTreeAndAreas_AreReadByManyAtOnce(t *testing.T) {
	til := newTiling(newRand(t, 25), 5, 5, kaifeng, false)
	areas := NewAreas(til.shapes)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			r := newRand(t, uint64(100+g))
			for range 2000 {
				c := somewhere(r, areas.Box().Grow(5))
				i, _ := areas.Locate(c)
				areas.Nearest(c, 10)
				if i != None {
					areas.Border(i, c)
				}
			}
		})
	}
	wg.Wait()
}
