package spatial

import (
	"cmp"
	"slices"
)

// Gaps are found from the borders: around every vertex the wedges between the
// edges there are gone through, each edge taking the areas it bounds in or out
// of the set of those that hold the wedge. Of a wedge that none holds one side
// leads into the vertex and the other out of it, with the wedge to the left:
//
//	    in \    /  held       from vertex to vertex that makes rings around what
//	        \  /              nothing holds. A ring that runs counter-clockwise is
//	   none  v  none          the outer border of such a place: a gap. The others
//	        / \              run around the tiling as a whole or an island in a gap.
//	   out /    \
//
// Every ring is made of borders, which areas hold, so that what no area holds
// within one is shut off: a gap found is always one.

// way is a piece of border from a vertex to the next, seen along it.
type way struct{ from, to Coord }

// findGaps returns the rings around enclosed places that no area holds.
func (r *raster) findGaps() []*Shape {
	v := r.v
	cuts := map[way][]Coord{} // the vertices in the middle of an edge, by its ends
	r.eachVertex(func(b *border, c Coord) {
		for e := range b.each {
			if e.a != c && e.b != c && e.touches(c) {
				cuts[way{e.a, e.b}] = append(cuts[way{e.a, e.b}], c)
			}
		}
	})
	next := map[way]Coord{}
	var starts []way
	var star []spoke
	r.eachVertex(func(b *border, c Coord) {
		star = starAt(b, c, cuts, star[:0])
		set := v.walk(b, c)
		for k, s := range star {
			if set ^= s.mask; set == 0 {
				in := way{star[(k+1)%len(star)].to, c}
				next[in] = s.to
				starts = append(starts, in)
			}
		}
	})
	var out []*Shape
	for _, start := range starts {
		if ring := follow(next, start); len(ring) > 2 && doubleArea(ring) > 0 {
			s := &Shape{Kind: Polygons, Coords: ring, Ends: []uint32{uint32(len(ring))}, Shells: []uint32{0}, Box: EmptyBox()}
			for _, c := range ring {
				s.Box = s.Box.Extend(c)
			}
			out = append(out, s)
		}
	}
	return out
}

// follow takes the ring through start out of next, or what there is of it: where
// borders cross off the lattice it does not close, and is none.
func follow(next map[way]Coord, start way) (ring []Coord) {
	for at := start; ; {
		to, ok := next[at]
		if !ok {
			return nil
		}
		delete(next, at)
		ring = append(ring, at.to)
		if at = (way{at.to, to}); at == start {
			return ring
		}
	}
}

// eachVertex visits every vertex once, with the bucket it lies in. Vertices in
// buckets too crowded for a word of bits are left out.
func (r *raster) eachVertex(visit func(b *border, c Coord)) {
	var seen []Coord
	var b border
	v, side := r.v, int64(1)<<r.v.shift
	for k, code := range r.v.buckets {
		if code > firstOther {
			continue
		}
		b = v.border(code)
		west, south := v.x0+int64(k)%r.v.wide*side, v.y0+int64(k)/r.v.wide*side
		seen = seen[:0]
		for e := range b.each {
			for _, c := range [...]Coord{e.a, e.b} {
				x, y := int64(c.X)-west, int64(c.Y)-south
				if x >= 0 && x < side && y >= 0 && y < side && !slices.Contains(seen, c) {
					seen = append(seen, c)
					visit(&b, c)
				}
			}
		}
	}
}

// spoke is one direction in which borders leave a vertex: the next vertex that
// way, and the areas that are bounded there.
type spoke struct {
	to   Coord
	mask uint32
}

// starAt appends the spokes of c in counter-clockwise order, from a little
// north of east on, where the border rule moves c to. Directions in which the
// borders cancel out are left out.
func starAt(b *border, c Coord, cuts map[way][]Coord, star []spoke) []spoke {
	for e := range b.each {
		if !e.touches(c) || e.a == e.b {
			continue
		}
		middle := cuts[way{e.a, e.b}]
		for _, end := range [...]Coord{e.a, e.b} {
			if end == c {
				continue
			}
			to := end
			for _, m := range middle {
				if m != c && sameWay(c, m, to) && reach(c, m) < reach(c, to) {
					to = m
				}
			}
			star = append(star, spoke{to, e.mask})
		}
	}
	slices.SortFunc(star, func(s, t spoke) int { return turnwise(c, s.to, t.to) })
	n := 0
	for _, s := range star {
		if n > 0 && turnwise(c, star[n-1].to, s.to) == 0 {
			star[n-1].mask ^= s.mask // the next vertex is the same
			continue
		}
		star[n] = s
		n++
	}
	return slices.DeleteFunc(star[:n], func(s spoke) bool { return s.mask == 0 })
}

// turnwise orders directions from c by their angle in (0, 2π] from east.
func turnwise(c, p, q Coord) int {
	half := func(d Coord) int {
		if d.Y > c.Y || (d.Y == c.Y && d.X < c.X) {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(half(p), half(q)), cmp.Compare(0, cross(c, p, q)))
}

func sameWay(c, p, q Coord) bool { return turnwise(c, p, q) == 0 }

// reach orders positions in one direction from c.
func reach(c, p Coord) int64 {
	dx, dy := int64(p.X)-int64(c.X), int64(p.Y)-int64(c.Y)
	return max(dx, -dx) + max(dy, -dy)
}

// markGaps tells the empty buckets that lie in a gap. Neighbours without a
// border between them lie in the same, so one of each run is asked.
func (r *raster) markGaps() {
	v := r.v
	if v.gaps.Len() == 0 {
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
			if v.inGap(Coord{int32(v.x0 + int64(x)<<v.shift), int32(v.y0 + y<<v.shift)}) {
				row[x] = bucketGap
			}
		}
	}
}
