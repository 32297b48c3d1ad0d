package demo

import (
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// mergings is how often corners are merged: a crossing may have more than one
// short edge.
const mergings = 3

// merge makes one corner of two that lie the wrong way round: where an edge is
// shorter than its roads are wide, the corners at its ends pass each other. The
// one farther off its crossing stays.
func (l *land) merge() {
	for f := range l.g.faces {
		ring := l.g.faces[f].ring
		for i, v := range ring {
			u, w := ring[(i+1)%len(ring)], ring[(i+2)%len(ring)]
			fan, _ := l.armsOf(v)
			if l.reach(fan[l.armTo(v, u)]) == 0 {
				continue
			}
			a, b := l.after(v, u), l.after(u, w)
			if a == v || b == u || a == b || l.at[b].sub(l.at[a]).dot(l.g.at[u].sub(l.g.at[v])) > 0 {
				continue
			}
			if l.at[a].sub(l.g.at[v]).length() < l.at[b].sub(l.g.at[u]).length() {
				l.replace(v, a, b)
			} else {
				l.replace(u, b, a)
			}
		}
	}
}

// replace puts another corner in all wedges at v that have the old one.
func (l *land) replace(v, old, by int32) {
	_, wedge := l.armsOf(v)
	for i := range wedge {
		if wedge[i] == old {
			wedge[i] = by
		}
	}
}

// How corners that cross one another are moved towards their crossings: half
// of the way each round, at first only those whose edges cross, then all of
// their ring, but no nearer than leastCornerCm.
const (
	localRounds, allRounds = 3, 14
	leastCornerCm          = 20
)

// divide strings the rings together and mends those that cross themselves:
// between short edges and acute corners a road's land can be wider than there
// is room. What cannot be mended is nobody's.
func (l *land) divide(s *site) {
	lines := make([]int32, len(s.lines))
	for r := range s.streets {
		vs := s.streets[r].vertices
		lines[s.lineOf(edge{vs[0], vs[1]})] = int32(r)
	}
	for range mergings {
		l.merge()
	}
	l.stringUp(s, lines)
	moved := make([]bool, len(l.at))
	for round := range allRounds {
		bad := map[int32]bool{}
		l.eachRing(func(ring *[]int32) {
			if round > 0 && !l.touches(*ring, moved) {
				return
			}
			faults := l.faults(*ring)
			if len(faults) > 0 && round >= localRounds {
				faults = *ring
			}
			for _, v := range faults {
				bad[v] = true
			}
		})
		if len(bad) == 0 {
			break
		}
		clear(moved)
		for v := range bad {
			o := l.at[l.of[v]]
			if way := l.at[v].sub(o); way.length() > leastCornerCm {
				l.at[v] = o.add(way.times(1, 2))
			}
			moved[v] = true
		}
	}
	l.eachRing(func(ring *[]int32) {
		if l.touches(*ring, moved) && len(l.faults(*ring)) > 0 {
			*ring = nil
		}
	})
	l.coords = make([]spatial.Coord, len(l.at))
	for v, p := range l.at {
		l.coords[v] = p.coord()
	}
	l.index(len(s.faces))
}

// eachRing visits the rings that there are.
func (l *land) eachRing(visit func(ring *[]int32)) {
	for f := range l.blocks {
		if len(l.blocks[f]) > 0 {
			visit(&l.blocks[f])
		}
	}
	for i := range l.pieces {
		if len(l.pieces[i].ring) > 0 {
			visit(&l.pieces[i].ring)
		}
	}
}

func (l *land) touches(ring []int32, moved []bool) bool {
	return slices.ContainsFunc(ring, func(v int32) bool { return moved[v] })
}

// stringUp makes the rings of blocks, stretches and crossings.
func (l *land) stringUp(s *site, roadOf []int32) {
	l.blocks, l.pieces = make([][]int32, len(s.faces)), l.pieces[:0]
	for f := range s.faces {
		ring := s.faces[f].ring
		var r ringOf
		for i, v := range ring {
			l.addCorner(&r, v, ring[(i+len(ring)-1)%len(ring)], ring[(i+1)%len(ring)])
		}
		l.blocks[f] = r.close()
	}
	for r := range s.streets {
		vs := s.streets[r].vertices
		from := 0
		for i := 1; i < len(vs); i++ {
			if i == len(vs)-1 || l.roadsAt(vs[i]) != 2 {
				l.addStretch(s, int32(r), vs[from:i+1])
				from = i
			}
		}
	}
	for v := range int32(len(s.at)) {
		l.addCrossing(s, v, roadOf)
	}
}

// addCorner adds the corner of a block at v. Where that is v itself, a road
// may end across one of its two lines, with a vertex on it.
func (l *land) addCorner(r *ringOf, v, prev, next int32) {
	fan, wedge := l.armsOf(v)
	i, j := l.armTo(v, next), l.armTo(v, prev)
	if wedge[i] != v {
		r.add(wedge[i])
		return
	}
	if l.reach(fan[j]) == 0 {
		r.add(wedge[j])
	}
	r.add(v)
	if l.reach(fan[i]) == 0 {
		r.add(wedge[(i+len(fan)-1)%len(fan)])
	}
}

// A ringOf gathers vertices without repeating one.
type ringOf []int32

func (r *ringOf) add(vs ...int32) {
	for _, v := range vs {
		if n := len(*r); n == 0 || (*r)[n-1] != v {
			*r = append(*r, v)
		}
	}
}

// close returns the ring, nil where nothing is left of it.
func (r *ringOf) close() []int32 {
	ring := []int32(*r)
	for len(ring) > 1 && ring[0] == ring[len(ring)-1] {
		ring = ring[:len(ring)-1]
	}
	if len(ring) < 3 {
		return nil
	}
	return ring
}

// armTo is the place in v's fan of the arm to another vertex.
func (l *land) armTo(v, to int32) int {
	fan, _ := l.armsOf(v)
	return slices.IndexFunc(fan, func(a arm) bool { return a.to == to })
}

// after is the vertex on the left of the edge from v, at v.
func (l *land) after(v, to int32) int32 {
	_, wedge := l.armsOf(v)
	return wedge[l.armTo(v, to)]
}

// before is the vertex on the right of the edge from v, at v.
func (l *land) before(v, to int32) int32 {
	_, wedge := l.armsOf(v)
	return wedge[(l.armTo(v, to)+len(wedge)-1)%len(wedge)]
}

func (l *land) roadsAt(v int32) (n int) {
	fan, _ := l.armsOf(v)
	for _, a := range fan {
		if l.reach(a) > 0 {
			n++
		}
	}
	return n
}

// addStretch adds the land of a road from crossing to crossing: along its
// right edge and back along its left.
func (l *land) addStretch(s *site, road int32, vs []int32) {
	var r ringOf
	p := piece{road: road, district: -1}
	side := func(v, in, out int32) {
		r.add(in)
		if in != out { // the city ends here
			r.add(v, out)
		}
	}
	n := len(vs)
	end := func(v, in, out int32) {
		if l.roadsAt(v) == 1 {
			side(v, in, out)
			return
		}
		r.add(in, out)
	}
	for i := 0; i+1 < n; i++ {
		if i > 0 {
			side(vs[i], l.after(vs[i], vs[i-1]), l.before(vs[i], vs[i+1]))
		}
		for _, e := range [...]edge{{vs[i], vs[i+1]}, {vs[i+1], vs[i]}} {
			if f, ok := s.leftOf(e); ok {
				p.faces = append(p.faces, f)
				if p.district < 0 && !s.wet(f) {
					p.district = s.districtOf(f)
				}
			}
		}
	}
	end(vs[n-1], l.after(vs[n-1], vs[n-2]), l.before(vs[n-1], vs[n-2]))
	for i := n - 2; i > 0; i-- {
		side(vs[i], l.after(vs[i], vs[i+1]), l.before(vs[i], vs[i-1]))
	}
	end(vs[0], l.after(vs[0], vs[1]), l.before(vs[0], vs[1]))
	p.ring = r.close()
	l.addPiece(s, p)
}

// addCrossing adds what lies between the ends of the stretches at v; it goes
// to the largest road there.
func (l *land) addCrossing(s *site, v int32, roadOf []int32) {
	if l.roadsAt(v) < 2 {
		return
	}
	fan, wedge := l.armsOf(v)
	var r ringOf
	p := piece{road: -1, district: -1}
	for i, a := range fan {
		before := wedge[(i+len(fan)-1)%len(fan)]
		if l.reach(a) == 0 && before != wedge[i] { // the outline
			r.add(before, v)
		}
		r.add(wedge[i])
		if a.left >= 0 {
			p.faces = append(p.faces, a.left)
			if p.district < 0 && !s.wet(a.left) {
				p.district = s.districtOf(a.left)
			}
		}
		if l.reach(a) > 0 {
			if q := roadOf[a.line]; p.road < 0 || s.streets[q].class > s.streets[p.road].class || s.streets[q].class == s.streets[p.road].class && q < p.road {
				p.road = q
			}
		}
	}
	p.ring = r.close()
	l.addPiece(s, p)
}

func (l *land) addPiece(s *site, p piece) {
	if p.ring == nil || len(p.faces) == 0 {
		return
	}
	if p.district < 0 {
		p.district = s.districtOf(p.faces[0])
	}
	l.pieces = append(l.pieces, p)
}

// faults returns the vertices of the edges with which the ring touches itself,
// or all when it runs clockwise: none where it is simple, on the lattice.
func (l *land) faults(ring []int32) []int32 {
	ps := make([]pt, len(ring))
	for i, v := range ring {
		c := l.at[v].coord()
		ps[i] = pt{int64(c.X), int64(c.Y)}
	}
	o := ps[0]
	for i := range ps {
		ps[i] = ps[i].sub(o) // small products
	}
	var out []int32
	n := len(ps)
	for i := range ps {
		j, k := (i+1)%n, (i+2)%n
		if ps[i] == ps[j] || turn(ps[i], ps[j], ps[k]) == 0 && ps[j].sub(ps[i]).dot(ps[k].sub(ps[j])) < 0 {
			out = append(out, ring[i], ring[j], ring[k])
		}
		for k := i + 2; k < n; k++ {
			if m := (k + 1) % n; m != i && meet(ps[i], ps[j], ps[k], ps[m]) {
				out = append(out, ring[i], ring[j], ring[k], ring[m])
			}
		}
	}
	if len(out) == 0 && area2(ps) <= 0 {
		return ring
	}
	return out
}

// meet tells whether the closed segments a–b and c–d share a point.
func meet(a, b, c, d pt) bool {
	if max(a.x, b.x) < min(c.x, d.x) || max(c.x, d.x) < min(a.x, b.x) ||
		max(a.y, b.y) < min(c.y, d.y) || max(c.y, d.y) < min(a.y, b.y) {
		return false
	}
	c1, c2, d1, d2 := turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)
	return !(c1 > 0 && c2 > 0 || c1 < 0 && c2 < 0 || d1 > 0 && d2 > 0 || d1 < 0 && d2 < 0)
}
