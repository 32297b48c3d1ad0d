package tiler

import (
	"math"

	"github.com/wanmi-gis/wanmi/spatial"
)

// toleranceUnits is how far simplification may move a border, in tile units: a
// quarter of a pixel of a tile drawn 512 pixels wide. With the grid's rounding
// (√2 at most) it stays below half a pixel.
const toleranceUnits = 2

// maxLevel is given to vertices that no zoom draws.
const maxLevel = MaxZoom + 1

// BorderToleranceM is the distance in metres on the ground that drawn borders
// keep to at a zoom and latitude:
//
//	(39,135.8 / 2ᶻ + 0.056) · cos latitude
//
// half a pixel of a tile drawn 512 pixels wide, for simplification and the
// grid's rounding, and two joinUnits for borders that were joined. It is 19 m
// at z 11, 2.4 m at z 14 and 21 cm at z 18 on the equator.
func BorderToleranceM(z uint8, at spatial.Coord) float64 {
	const equatorM = 2 * math.Pi * 6378137
	perTile := math.Ldexp(equatorM, -int(z))
	joined := math.Ldexp(equatorM, -32) * 2 * joinUnits
	return (perTile/1024 + joined) * math.Cos(at.Lat()*math.Pi/180)
}

// toleranceAt is the tolerance of simplification at zoom z in world units.
func toleranceAt(z uint8) float64 { return math.Ldexp(toleranceUnits, worldZoom-int(z)) }

// levelOf is the first zoom at which an error is too large.
func levelOf(err float64) uint8 {
	for z := range uint8(maxLevel) {
		if err > toleranceAt(z) {
			return z
		}
	}
	return maxLevel
}

// coarsest is the zoom at which simplification ends; districts begin at 6.
const coarsest = 6

// simplifier takes vertices out of arcs, always the one whose loss moves its
// border least. What is left at any time is what some zoom draws, so the sets
// of vertices of the zooms are nested.
//
// A vertex goes only if the triangle with its neighbours holds no other vertex
// and its neighbours are not joined by another arc already: then no line
// crosses the new edge that did not cross the two old ones (a straight line
// cannot enter and leave a triangle by one side), and no two arcs become one.
type simplifier struct {
	b            *Borders
	net          *network
	before, next []int32   // by vertex of the arcs: those left beside it
	moved        []float64 // by vertex: how far the edge that begins there is from the border
	arcOf        []int32   // by vertex
	inner        []int32   // by arc: how many inner vertices are left
	gone         []bool    // by number
	straight     map[uint64]bool
	queue        lossQueue
	blocked      []int32
	found        []int32
}

// simplify gives each vertex its level.
func (b *Borders) simplify(net *network) {
	s := newSimplifier(b, net)
	floor, z := 0.0, uint8(MaxZoom)
	for {
		l, ok := s.queue.pop()
		for z > coarsest && (!ok || l.err > toleranceAt(z)) {
			z-- // what blocked a vertex may be gone by the next zoom
			if len(s.blocked) > 0 {
				if ok {
					s.queue.push(l)
				}
				s.unblock()
				l, ok = s.queue.pop()
			}
		}
		if !ok || l.err > toleranceAt(coarsest) {
			return
		}
		if l.err != s.queue.current[l.vertex] {
			continue // its neighbours have changed since
		}
		s.queue.current[l.vertex] = none
		if !s.mayGo(l.vertex) {
			s.blocked = append(s.blocked, l.vertex)
			continue
		}
		floor = max(floor, l.err)
		s.remove(l, levelOf(floor))
	}
}

func newSimplifier(b *Borders, net *network) *simplifier {
	n := len(b.vertices)
	s := &simplifier{
		b: b, net: net, before: make([]int32, n), next: make([]int32, n), moved: make([]float64, n), arcOf: make([]int32, n),
		inner: make([]int32, len(b.arcs)), gone: make([]bool, len(net.positions)), straight: map[uint64]bool{},
	}
	for i := range s.gone {
		s.gone[i] = true // until an arc has it: joined ones
	}
	s.queue.current = make([]float64, n)
	for i, a := range b.arcs {
		s.inner[i] = int32(a.to - a.from - 2)
		s.noteStraight(int32(i))
		for v := a.from; v < a.to; v++ {
			s.before[v], s.next[v], s.arcOf[v] = int32(v)-1, int32(v)+1, int32(i)
			s.gone[net.numbers[v]] = false
			s.queue.current[v] = none
		}
	}
	for _, a := range b.arcs {
		for v := a.from + 1; v+1 < a.to; v++ {
			s.weigh(int32(v))
		}
	}
	return s
}

// noteStraight remembers the ends of an arc without inner vertices.
func (s *simplifier) noteStraight(i int32) {
	if a := &s.b.arcs[i]; s.inner[i] == 0 {
		s.straight[edgeKey(s.net.numbers[a.from], s.net.numbers[a.to-1])] = true
	}
}

// exactSpan is up to how many stored vertices the error of an edge is measured;
// beyond, it is bounded by the sum of the steps that led there, so that long
// borders cost no more than n log n.
const exactSpan = 48

// edgeError is how far the edge that would replace v is from the border.
func (s *simplifier) edgeError(v int32) (far float64) {
	u, w := s.before[v], s.next[v]
	p, q := s.b.vertices[u], s.b.vertices[w]
	if w-u > exactSpan {
		return max(s.moved[u], s.moved[v]) + segmentDistance(s.b.vertices[v], p, q)
	}
	for k := u + 1; k < w; k++ {
		far = max(far, segmentDistance(s.b.vertices[k], p, q))
	}
	return far
}

// lonely is what errors count for on an arc with polygons on one side only.
// Where it is not the rim, another polygon's border runs beside it that should
// be the same and is not: drawn a quarter of the tolerance off at most, the two
// keep within a unit of each other as far as they did.
const lonely = 4

func (s *simplifier) weight(arc int32) float64 {
	if s.b.arcs[arc].sides != 3 {
		return lonely
	}
	return 1
}

func (s *simplifier) weigh(v int32) {
	err := s.edgeError(v) * s.weight(s.arcOf[v])
	s.queue.current[v] = err
	s.queue.push(loss{err, v})
}

// mayGo reports whether the vertex can be taken out as described above.
func (s *simplifier) mayGo(v int32) bool {
	u, w, left := s.before[v], s.next[v], s.inner[s.arcOf[v]]
	a := &s.b.arcs[s.arcOf[v]]
	first, last := s.net.numbers[a.from], s.net.numbers[a.to-1]
	if (first == last && left <= 2) || (left == 1 && s.straight[edgeKey(first, last)]) {
		return false
	}
	return !s.occupied(u, v, w)
}

// occupied reports whether the triangle holds another vertex.
func (s *simplifier) occupied(u, v, w int32) bool {
	p, q, r := s.b.vertices[u], s.b.vertices[v], s.b.vertices[w]
	turned := turn(p, q, r)
	if turned == 0 && along(p, r, q) >= 0 && along(r, p, q) >= 0 {
		return false
	}
	i, k, j := s.net.numbers[u], s.net.numbers[v], s.net.numbers[w]
	around := stripAround(p, r, segmentDistance(q, p, r))
	s.found = s.net.tree.near(s.found[:0], &around)
	for _, n := range s.found {
		if s.gone[n] || n == i || n == j || n == k {
			continue
		}
		if o := s.net.positions[n]; inTriangle(o, p, q, r) {
			return true
		}
	}
	return false
}

// inTriangle includes the border.
func inTriangle(o, p, q, r worldPoint) bool {
	a, b, c := turn(p, q, o), turn(q, r, o), turn(r, p, o)
	return (a >= 0 && b >= 0 && c >= 0) || (a <= 0 && b <= 0 && c <= 0)
}

func (s *simplifier) remove(l loss, level uint8) {
	v := l.vertex
	u, w := s.before[v], s.next[v]
	s.b.levels[v] = level
	s.gone[s.net.numbers[v]] = true
	s.next[u], s.before[w] = w, u
	a := s.arcOf[v]
	s.moved[u] = l.err / s.weight(a)
	s.inner[a]--
	s.noteStraight(a)
	if uint32(u) > s.b.arcs[a].from {
		s.weigh(u)
	}
	if uint32(w)+1 < s.b.arcs[a].to {
		s.weigh(w)
	}
}

// unblock gives the vertices that had to stay another chance.
func (s *simplifier) unblock() {
	for _, v := range s.blocked {
		if s.queue.current[v] == none && !s.gone[s.net.numbers[v]] {
			s.weigh(v)
		}
	}
	s.blocked = s.blocked[:0]
}

// segmentDistance is how far v is from the segment, with each step rounded by
// itself so that it is the same everywhere.
func segmentDistance(v, p, q worldPoint) float64 {
	at, length := along(p, q, v), along(p, q, q)
	switch {
	case at <= 0 || length == 0:
		return distance(v, p)
	case at >= length:
		return distance(v, q)
	}
	return math.Abs(float64(turn(p, q, v))) / math.Sqrt(float64(length))
}

func distance(p, q worldPoint) float64 { return math.Sqrt(float64(along(p, q, q))) }
