package tiler

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/planar"
)

// randomRing is a star-shaped ring whose reach is far below to far above the
// window, in vertex units of frame f.
func randomRing(rnd *rand.Rand, f *frame) []vertex {
	size := float64(f.hi) * []float64{0.01, 0.5, 2, 100}[rnd.IntN(4)]
	size = min(size, 1<<34)
	at := orb.Point{rnd.Float64() * float64(f.hi), rnd.Float64() * float64(f.hi)}
	ring := star(rnd, at, size)
	var out []vertex
	for _, p := range ring[:len(ring)-1] {
		out = append(out, vertex{int64(p[0]), int64(p[1])})
	}
	if rnd.IntN(2) == 0 {
		slices.Reverse(out)
	}
	return out
}

func orbRing(ring []vertex) orb.Ring {
	var r orb.Ring
	for _, v := range ring {
		r = append(r, orb.Point{float64(v[0]), float64(v[1])})
	}
	return append(r, r[0])
}

func TestAClippedRingIsTheIntersectionWithTheWindow(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 11))
	for range 20_000 {
		f := newFrame(ID{Z: uint8(rnd.IntN(MaxZoom + 1))})
		ring := randomRing(rnd, &f)
		window := orb.Bound{Min: orb.Point{float64(f.lo), float64(f.lo)}, Max: orb.Point{float64(f.hi), float64(f.hi)}}
		before := planar.Area(orbRing(ring))
		want := 0.0
		if c := clip.Ring(window, orbRing(ring)); c != nil {
			want = planar.Area(c)
		}
		got, _, _ := clipRing(&f, slices.Clone(ring), nil)
		area := 0.0
		for _, v := range got {
			if v[0] < f.lo || v[1] < f.lo || v[0] > f.hi || v[1] > f.hi {
				t.Fatalf("%v outside the window of %v", v, f.id)
			}
		}
		if len(got) > 0 {
			area = planar.Area(orbRing(got))
		}
		// A crossing is rounded by half a unit, along an edge no longer than
		// the window: eight edges, and float64 in planar.Area.
		slack := 8*float64(f.hi-f.lo) + 1e-12*max(before, -before)
		if abs(area) > abs(before)+slack || abs(area-want) > slack {
			t.Fatalf("%v: area %g of %g, orb's %g, slack %g\n%v", f.id, area, before, want, slack, ring)
		}
		again, _, _ := clipRing(&f, slices.Clone(got), nil)
		if !slices.Equal(again, got) {
			t.Fatalf("clipped again: %v, then %v", got, again)
		}
	}
}

func abs[T int64 | float64](v T) T { return max(v, -v) }

func TestAnEdgeIsCutAtTheSameVertexInBothDirections(t *testing.T) {
	rnd := rand.New(rand.NewPCG(12, 12))
	for range 100_000 {
		f := newFrame(ID{Z: uint8(rnd.IntN(MaxZoom + 1))})
		ring := randomRing(rnd, &f)
		a, b := ring[0], ring[1]
		sides := f.sides()
		from, to, entered, left, ok := clipEdge(&sides, a, b)
		from2, to2, entered2, left2, ok2 := clipEdge(&sides, b, a)
		if ok != ok2 || (ok && (from != to2 || to != from2 || entered != left2 || left != entered2)) {
			t.Fatalf("%v–%v: %v–%v and %v–%v", a, b, from, to, from2, to2)
		}
		if !ok {
			continue
		}
		// The ring has the same crossings.
		if cut, _, _ := clipRing(&f, slices.Clone(ring), nil); len(cut) > 0 && !(slices.Contains(cut, from) && slices.Contains(cut, to)) {
			t.Fatalf("%v–%v cut to %v–%v, not in %v", a, b, from, to, cut)
		}
	}
}

func TestACrossingIsTheNearestVertexUnit(t *testing.T) {
	s := side{axis: 0, limit: 100}
	for _, c := range []struct{ a, b, want vertex }{
		{vertex{0, 0}, vertex{200, 10}, vertex{100, 5}},
		{vertex{0, 0}, vertex{200, 11}, vertex{100, 6}},
		{vertex{0, 0}, vertex{200, -11}, vertex{100, -6}},
		{vertex{99, 7}, vertex{101, 7}, vertex{100, 7}},
		{vertex{100, 3}, vertex{50, 9}, vertex{100, 3}},
		{vertex{-1 << 34, -1 << 34}, vertex{1 << 34, 1 << 34}, vertex{100, 100}},
		{vertex{-1 << 34, 1 << 34}, vertex{1 << 34, -1 << 34}, vertex{100, -100}},
	} {
		if got := s.crossing(c.a, c.b); got != c.want {
			t.Errorf("%v–%v: %v, want %v", c.a, c.b, got, c.want)
		}
		if got := s.crossing(c.b, c.a); got != c.want {
			t.Errorf("%v–%v: %v, want %v", c.b, c.a, got, c.want)
		}
	}
}

func TestDroppingVerticesAlongTheLimitsKeepsTheArea(t *testing.T) {
	const lo, hi = -Buffer, Extent + Buffer
	area := func(us []unit) (a int64) {
		for i, u := range us {
			v := us[(i+1)%len(us)]
			a += int64(u.x)*int64(v.y) - int64(v.x)*int64(u.y)
		}
		return a
	}
	rnd := rand.New(rand.NewPCG(13, 13))
	for range 50_000 {
		var ring []unit
		for range 3 + rnd.IntN(9) {
			pick := func() int32 { return []int32{lo, hi, lo, hi, int32(rnd.IntN(3))}[rnd.IntN(5)] }
			ring = append(ring, unit{pick(), pick()})
		}
		before := area(ring)
		got := dropAlongLimits(slices.Clone(ring))
		if area(got) != before || len(got) > len(ring) {
			t.Fatalf("%v (area %d) became %v (%d)", ring, before, got, area(got))
		}
	}
	square := []unit{{lo, lo}, {0, lo}, {hi, lo}, {hi, 5}, {hi, 3}, {hi, hi}, {lo, hi}, {lo, 0}}
	if got := dropAlongLimits(square); len(got) != 4 {
		t.Errorf("a window with vertices along its sides became %v", got)
	}
}
