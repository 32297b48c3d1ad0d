package spatial

import "slices"

// Gaps are found from the borders: around every junction, which is a vertex or a
// crossing of two borders, the wedges between the edges there are gone through,
// each edge taking the areas it bounds in or out of the set of those that hold
// the wedge. Of a wedge that none holds one side leads into the junction and the
// other out of it, with the wedge to the left:
//
//	    in \    /  held       from junction to junction that makes rings around what
//	        \  /              nothing holds. A ring that runs counter-clockwise is
//	   none  v  none          the outer border of such a place: a gap. The others
//	        / \              run around the tiling as a whole or an island in a gap.
//	   out /    \
//
// All of it is exact, also where borders cross off the lattice, see junction.

// gaps are the rings around the places that no area holds and that are shut off
// from the outside. Islands in them need no ring: what is held is not asked for.
type gaps struct {
	tree  Tree[int32]
	rings [][]rung
}

// rung is a piece of a ring: of the edge a-b what lies between two latitudes.
// A position of the lattice is north of a junction when it is north of or level
// with the next whole latitude, so that whole numbers are all that a ring has to
// keep of junctions off the lattice to decide for every position exactly.
type rung struct {
	line
	low, high int32
}

// holds reports whether c, moved by the border rule's steps, is within a ring.
func (g *gaps) holds(c Coord) (odd bool) {
	g.tree.Search(Box{c, c}, func(i int32) bool {
		for _, p := range g.rings[i] {
			if p.low <= c.Y && c.Y < p.high && eastOf(p.a, p.b, c) {
				odd = !odd
			}
		}
		return !odd
	})
	return odd
}

// add takes a counter-clockwise ring. One that no latitude of the lattice passes
// through holds no position.
func (g *gaps) add(ring []step) {
	box := EmptyBox()
	var rungs []rung
	from := ring[len(ring)-1].to
	for _, s := range ring {
		box = box.Extend(s.to.Coord)
		p := rung{s.line, from.level(), s.to.level()}
		if p.low > p.high {
			p.low, p.high = p.high, p.low
		}
		if p.low < p.high {
			rungs = append(rungs, p)
		}
		from = s.to
	}
	if len(rungs) > 0 {
		g.tree.Insert(box, int32(len(g.rings)))
		g.rings = append(g.rings, slices.Clip(rungs))
	}
}

// way leads along a border from a junction to the next.
type way struct{ from, to junction }

// step is where a way goes on: to the next junction, along an edge from a toward b.
type step struct {
	to junction
	line
}

// findGaps returns the gaps. Only around what no area holds are there ways, so
// that of a tiling little more is gone along than its outer border.
func (r *raster) findGaps() (g gaps) {
	f := gapFinder{r: r, cuts: map[line][]junction{}}
	next, starts := f.ways()
	for _, w := range starts {
		if ring := follow(next, w); runsLeft(ring) {
			g.add(ring)
		}
	}
	return g
}

// follow takes the ring through start out of next. What does not close is none:
// that happens only to shapes on two sides of the globe, whose products overflow.
func follow(next map[way]step, start way) (ring []step) {
	for at := start; ; {
		s, ok := next[at]
		if !ok {
			return nil
		}
		delete(next, at)
		ring = append(ring, s)
		if at = (way{at.to, s.to}); at == start {
			return ring
		}
	}
}

// runsLeft reports whether a ring runs counter-clockwise: it then turns left
// whenever it comes by its westernmost junction, of several the southernmost. One
// that runs around something from outside turns right there once.
func runsLeft(ring []step) bool {
	if len(ring) < 3 {
		return false
	}
	west := ring[0].to
	for _, s := range ring {
		if s.to.compare(west) < 0 {
			west = s.to
		}
	}
	in := ring[len(ring)-1]
	for _, out := range ring {
		if in.to == west && in.bend(out.line) <= 0 {
			return false
		}
		in = out
	}
	return true
}

// bend is positive where the direction of m is to the left of that of l.
func (l line) bend(m line) int64 {
	return (int64(l.b.X)-int64(l.a.X))*(int64(m.b.Y)-int64(m.a.Y)) - (int64(l.b.Y)-int64(l.a.Y))*(int64(m.b.X)-int64(m.a.X))
}

// markGaps tells the empty buckets that lie in a gap. Neighbours without a
// border between them lie in the same, so one of each run is asked.
func (r *raster) markGaps() {
	v := r.v
	if len(v.gaps.rings) == 0 {
		return
	}
	for y := range r.v.high {
		row := r.v.buckets[y*r.v.wide : (y+1)*r.v.wide]
		for x := range row {
			if row[x] != bucketNone {
				continue
			}
			if x > 0 && row[x-1] == bucketGap {
				row[x] = bucketGap
				continue
			}
			if x > 0 && row[x-1] == bucketNone {
				continue
			}
			if v.gaps.holds(Coord{int32(v.x0 + int64(x)<<v.shift), int32(v.y0 + y<<v.shift)}) {
				row[x] = bucketGap
			}
		}
	}
}
