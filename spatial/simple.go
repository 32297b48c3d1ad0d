package spatial

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"github.com/paulmach/orb"
)

// PolygonError says what is wrong with a polygon, and where.
type PolygonError struct {
	Reason string
	At     orb.Point // in degrees
}

// Error implements error.
func (e *PolygonError) Error() string {
	return fmt.Sprintf("%s near %.7f,%.7f", e.Reason, e.At[0], e.At[1])
}

// What a region's judgement may find.
const (
	crossesItself = "the border crosses itself or that of another polygon"
	alongItself   = "the border runs along itself"
	overlaps      = "polygons overlap"
	strayHole     = "a hole is not inside its polygon, or lies over another hole"
)

// How edges are found to cross, without comparing each with each:
//
//  1. In a node all edges span the same latitudes. Sorted by where they enter it
//     in the south, two neighbours leave it in the other order or none do.
//  2. Of two edges in different nodes the shorter ends within the node of the
//     longer. The first edge of that node that it would cross is a neighbour of
//     the place where it ends.
//  3. Level edges are compared with those that pass between their ends.
//
// What is left may meet at vertices. There, and everywhere, the polygons are
// sound if to the left of each edge the winding number is 1 and to its right 0,
// or 1 where two polygons share it; that can change only at vertices that lie
// on the edge, each of which is the end of another edge, so that it is enough
// to look at both ends of every edge.

// sortSpans sorts every node from west to east and sums its turns up.
func (g *Region) sortSpans() error {
	for n := 1; n < 2*g.size; n++ {
		list := g.node(n)
		if len(list) == 0 {
			continue
		}
		south, north := g.latitudes(n)
		g.sortFrom(list, south, north)
		sum := int32(0)
		for i := range list {
			if i > 0 && g.compareAt(&list[i-1], &list[i], north) > 0 {
				return crossing(&list[i-1], &list[i])
			}
			sum += int32(g.edges[list[i].edge].turn)
			list[i].sum = sum
		}
	}
	return nil
}

// latitudes returns those between which node n lies.
func (g *Region) latitudes(n int) (south, north int32) {
	height := bits.Len(uint(g.size)) - bits.Len(uint(n))
	first := n<<height - g.size
	last := min(first+1<<height, len(g.ys)-1)
	return g.ys[min(first, last)], g.ys[last]
}

// sortFrom sorts by where edges enter in the south, then by where they leave.
func (g *Region) sortFrom(list []span, south, north int32) {
	if len(list) < 2 {
		return
	}
	slices.SortFunc(list, func(e, f span) int {
		return cmp.Or(g.compareAt(&e, &f, south), g.compareAt(&e, &f, north), cmp.Compare(e.edge, f.edge))
	})
}

// surelyApart is more than the rounding of longitudeAt, 2e-6 quanta, twice.
const surelyApart = 1e-3

// compareAt compares the longitudes of two edges at latitude y, which both
// reach. Exact: where floating point cannot tell, in 128 bits.
func (g *Region) compareAt(e, f *span, y int32) int {
	if d := longitudeAt(e.lo, e.hi, y) - longitudeAt(f.lo, f.hi, y); d > surelyApart || d < -surelyApart {
		return cmp.Compare(d, 0)
	}
	// The longitude from the western end of the box is num/height: both are
	// whole, and num ≤ 2·(1.8e9)² < 2^63 as no shape is wider or higher.
	num := func(s *span) (num, height uint64) {
		h := int64(s.hi.Y) - int64(s.lo.Y)
		x := int64(s.lo.X) - int64(g.shape.Box.Min.X)
		return uint64(x*h + (int64(y)-int64(s.lo.Y))*(int64(s.hi.X)-int64(s.lo.X))), uint64(h)
	}
	p, ph := num(e)
	q, qh := num(f)
	hi1, lo1 := bits.Mul64(p, qh)
	hi2, lo2 := bits.Mul64(q, ph)
	return cmp.Or(cmp.Compare(hi1, hi2), cmp.Compare(lo1, lo2))
}

// longitudeAt is where the edge is at latitude y, in quanta, to 2e-6 of one.
func longitudeAt(lo, hi Coord, y int32) float64 {
	t := float64(int64(y)-int64(lo.Y)) / float64(int64(hi.Y)-int64(lo.Y))
	return float64(lo.X) + float64(t*float64(int64(hi.X)-int64(lo.X)))
}

// judge finds what sortSpans did not.
func (g *Region) judge() error {
	if err := g.judgeLevels(); err != nil {
		return err
	}
	for i := range g.edges {
		e := &g.edges[i]
		if err := g.neighbours(e, e.lo, g.slabFrom(e.lo.Y)); err != nil {
			return err
		}
		if err := g.neighbours(e, e.hi, g.slabFrom(e.hi.Y)-1); err != nil {
			return err
		}
	}
	for i := range g.edges {
		e := &g.edges[i]
		if err := g.judgeEnd(e, e.lo, g.slabFrom(e.lo.Y), 1); err != nil {
			return err
		}
		if err := g.judgeEnd(e, e.hi, g.slabFrom(e.hi.Y)-1, -1); err != nil {
			return err
		}
	}
	return nil
}

// neighbours compares the edge with those beside its end in the nodes that
// have the end within, above slab k.
func (g *Region) neighbours(e *regionEdge, end Coord, k int) error {
	for n := k + g.size; n > 0; n >>= 1 {
		list := g.node(n)
		if len(list) == 0 {
			continue
		}
		if south, north := g.latitudes(n); end.Y <= south || end.Y >= north {
			continue
		}
		west, _ := slices.BinarySearchFunc(list, 0, func(s span, _ int) int { return turn(s.lo, s.hi, end) })
		east := west
		for east < len(list) && turn(list[east].lo, list[east].hi, end) == 0 {
			east++
		}
		for _, i := range [...]int{west - 1, east} {
			if i >= 0 && i < len(list) && properlyCross(e.lo, e.hi, list[i].lo, list[i].hi) {
				return crossing(&span{lo: e.lo, hi: e.hi}, &list[i])
			}
		}
	}
	return nil
}

// judgeEnd looks at the winding number on both sides of the edge just above
// (up 1) its lower or below (up -1) its upper end, in slab k.
func (g *Region) judgeEnd(e *regionEdge, end Coord, k, up int) error {
	west, shared, turns := int32(0), 0, int32(0)
	for n := k + g.size; n > 0; n >>= 1 {
		list := g.node(n)
		if len(list) == 0 {
			continue
		}
		// beside is negative for edges west of this one.
		beside := func(s span, _ int) int {
			if side := turn(s.lo, s.hi, end); side != 0 {
				return side
			}
			return -up * leans(e.lo, e.hi, s.lo, s.hi)
		}
		i, _ := slices.BinarySearchFunc(list, 0, beside)
		if i > 0 {
			west += list[i-1].sum
		}
		for ; i < len(list) && beside(list[i], 0) == 0; i++ {
			other := &g.edges[list[i].edge]
			if shared++; shared > 2 || (other != e && other.polygon == e.polygon) {
				return at(alongItself, end)
			}
			turns += int32(other.turn)
		}
	}
	return g.sound(west, west+turns, end)
}

// sound judges the winding numbers on the two sides of a border.
func (g *Region) sound(one, other int32, end Coord) error {
	low, high := min(one, other), max(one, other)
	switch {
	case high == 1 && low >= 0:
		return nil
	case high > 1 && len(g.shape.Shells) > 1:
		return at(overlaps, end)
	case low < 0 && len(g.shape.Ends) > len(g.shape.Shells):
		return at(strayHole, end)
	case high == low:
		return at(alongItself, end)
	}
	return at(crossesItself, end)
}

// judgeLevels judges the level edges: how they lie on each other, what is on
// their two sides, and what passes between their ends.
func (g *Region) judgeLevels() error {
	var before, longest *levelEdge // those at this latitude that reach farthest
	for i := range g.level {
		e := &g.level[i]
		if longest != nil && longest.a.Y != e.a.Y {
			before, longest = nil, nil
		}
		if before != nil && before.b.X > e.a.X { // three deep
			return at(alongItself, e.a)
		}
		if longest != nil && longest.b.X > e.a.X && longest.polygon == e.polygon {
			return at(alongItself, e.a)
		}
		switch {
		case longest == nil || e.b.X > longest.b.X:
			before, longest = longest, e
		case before == nil || e.b.X > before.b.X:
			before = e
		}
	}
	for i := range g.level {
		e := &g.level[i]
		k := g.slabFrom(e.a.Y)
		for _, end := range [...]Coord{e.a, e.b} {
			// A little inwards from the end: what goes through the western end is
			// west of that, what goes through the eastern end is not.
			south, north := g.windingBy(k-1, end, end == e.a), g.windingBy(k, end, end == e.a)
			if err := g.sound(south, north, end); err != nil {
				return err
			}
		}
		if err := g.passes(e, k); err != nil {
			return err
		}
	}
	return nil
}

// windingBy returns the winding number in slab k just west of c or, through
// being true, just east of it.
func (g *Region) windingBy(k int, c Coord, through bool) (winding int32) {
	if k < 0 || k >= len(g.ys)-1 {
		return 0
	}
	for n := k + g.size; n > 0; n >>= 1 {
		list := g.node(n)
		i, _ := slices.BinarySearchFunc(list, 0, func(s span, _ int) int { return turn(s.lo, s.hi, c) })
		for through && i < len(list) && turn(list[i].lo, list[i].hi, c) == 0 {
			i++
		}
		if i > 0 {
			winding += list[i-1].sum
		}
	}
	return winding
}

// passes looks for an edge that passes through the level edge between its ends.
// Level edges lie at most two deep, so that what begins on one and is passed
// over here is passed over at most twice.
func (g *Region) passes(e *levelEdge, k int) error {
	if k >= len(g.ys)-1 {
		return nil
	}
	for n := k + g.size; n > 0; n >>= 1 {
		list := g.node(n)
		i, _ := slices.BinarySearchFunc(list, 1, func(s span, _ int) int { return turn(s.lo, s.hi, e.a) - 1 })
		for ; i < len(list) && turn(list[i].lo, list[i].hi, e.b) < 0; i++ {
			if list[i].lo.Y < e.a.Y {
				x := longitudeAt(list[i].lo, list[i].hi, e.a.Y)
				return &PolygonError{crossesItself, orb.Point{x / perDegree, e.a.Lat()}}
			}
		}
	}
	return nil
}

func at(reason string, c Coord) error { return &PolygonError{reason, c.Point()} }

// crossing is the error for two edges that cross.
func crossing(e, f *span) error {
	ex, ey := float64(int64(e.hi.X)-int64(e.lo.X)), float64(int64(e.hi.Y)-int64(e.lo.Y))
	fx, fy := float64(int64(f.hi.X)-int64(f.lo.X)), float64(int64(f.hi.Y)-int64(f.lo.Y))
	dx, dy := float64(int64(f.lo.X)-int64(e.lo.X)), float64(int64(f.lo.Y)-int64(e.lo.Y))
	t := (float64(dx*fy) - float64(dy*fx)) / (float64(ex*fy) - float64(ey*fx))
	return &PolygonError{crossesItself, orb.Point{
		(float64(e.lo.X) + float64(t*ex)) / perDegree, (float64(e.lo.Y) + float64(t*ey)) / perDegree,
	}}
}
