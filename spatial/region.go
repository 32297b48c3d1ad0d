package spatial

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// Region is a polygon made ready to be asked many times: which side of its
// border a position lies on, and whether a shape meets it. Polygons come with
// their border: what lies on it is met.
//
//	ys[3] ─────────────────────    the latitudes of all vertices cut the edges
//	         /     \      node 2   into slabs; a segment tree over the slabs keeps
//	ys[2] ──/───────\──────────    each edge in the O(log n) nodes that it spans
//	       /    /\   \    node 3   whole, sorted from west to east: no edge crosses
//	ys[1] /────/──\───\────────    another, so one order holds in all of a node
//
// A position costs one binary search in each node above its slab, O(log² n)
// whatever the polygon looks like: 0.15 µs at 1,000 vertices, 0.4 µs at 10,000
// (BenchmarkRegion).
type Region struct {
	shape *Shape
	edges []regionEdge
	level []levelEdge // the level edges, by latitude, then from west to east
	// reach[i] is the easternmost end of the level edges up to i at its latitude.
	reach []int32

	ys   []int32 // latitudes of the vertices, ascending, each once
	size int     // leaves of the tree, a power of two; node 1 is its root
	// spans[starts[n]:starts[n+1]] are the edges of node n.
	spans  []span
	starts []int32
	// west[n] and east[n] bound the edges of node n and all below it.
	west, east []int32
}

// regionEdge is an edge that is not level, lower end first. With shells
// counter-clockwise and holes clockwise, turn is what the winding number
// changes by from its western to its eastern side: the polygon lies to the
// left, so -1 where the ring runs north.
type regionEdge struct {
	lo, hi  Coord
	turn    int8
	polygon int32
}

// levelEdge is an edge along a parallel, western end first; turn is what the
// winding number changes by from its southern to its northern side.
type levelEdge struct {
	a, b    Coord
	turn    int8
	polygon int32
}

// span is an edge in a node. sum is the winding number east of it as far as the
// node's edges know: that of their turns from the west up to and with this one.
type span struct {
	lo, hi Coord
	edge   int32
	sum    int32
}

// NewRegion prepares a shape of polygons and judges it: rings may touch
// themselves and each other, and polygons of one shape may share borders, but
// none may cross or overlap another or itself, and holes lie in their shell.
// What is wrong is a *[PolygonError], which has the place.
//
// It takes O(n log² n): 25 ms for 10,000 vertices.
func NewRegion(s *Shape) (*Region, error) {
	if s == nil || s.Kind != Polygons {
		return nil, ErrUnsupported
	}
	g := &Region{shape: s}
	g.addEdges()
	g.plant()
	if err := g.sortSpans(); err != nil {
		return nil, err
	}
	if err := g.judge(); err != nil {
		return nil, err
	}
	return g, nil
}

// Box returns the box of the polygons.
func (g *Region) Box() Box { return g.shape.Box }

// Shape returns the polygons.
func (g *Region) Shape() *Shape { return g.shape }

// addEdges takes the edges out of the rings, each the right way round.
func (g *Region) addEdges() {
	s := g.shape
	g.edges = make([]regionEdge, 0, len(s.Coords))
	for i := range s.Shells {
		from, to := s.Rings(i)
		for r := from; r < to; r++ {
			ring := s.Part(r)
			flip := (signOf(ring) > 0) != (r == from)
			a := ring[len(ring)-1]
			for _, b := range ring {
				p, q := a, b
				if flip {
					p, q = b, a
				}
				g.addEdge(p, q, int32(i))
				a = b
			}
		}
	}
	slices.SortFunc(g.level, func(e, f levelEdge) int {
		return cmp.Or(cmp.Compare(e.a.Y, f.a.Y), cmp.Compare(e.a.X, f.a.X), cmp.Compare(e.b.X, f.b.X))
	})
	g.reach = make([]int32, len(g.level))
	for i, e := range g.level {
		g.reach[i] = e.b.X
		if i > 0 && g.level[i-1].a.Y == e.a.Y {
			g.reach[i] = max(e.b.X, g.reach[i-1])
		}
	}
	g.ys = make([]int32, 0, len(s.Coords))
	for _, c := range s.Coords {
		g.ys = append(g.ys, c.Y)
	}
	slices.Sort(g.ys)
	g.ys = slices.Compact(g.ys)
}

// addEdge adds the edge from p to q, to whose left the polygon lies.
func (g *Region) addEdge(p, q Coord, polygon int32) {
	switch {
	case p.Y < q.Y:
		g.edges = append(g.edges, regionEdge{p, q, -1, polygon})
	case p.Y > q.Y:
		g.edges = append(g.edges, regionEdge{q, p, 1, polygon})
	case p.X < q.X: // the polygon lies north
		g.level = append(g.level, levelEdge{p, q, 1, polygon})
	default:
		g.level = append(g.level, levelEdge{q, p, -1, polygon})
	}
}

// signOf says which way a ring runs, positive for counter-clockwise, by the
// turn at its southernmost vertex, the westernmost of them: exact where an area
// might not fit into 64 bits. A ring that passes there twice is judged by the
// outermost way; one that folds back there, which is refused later, by none.
func signOf(ring []Coord) int {
	low := ring[0]
	for _, c := range ring {
		if c.Y < low.Y || (c.Y == low.Y && c.X < low.X) {
			low = c
		}
	}
	// All neighbours lie in the half plane from east (inclusive) over north to
	// west. The first of them from the east is on the outer rim of the ring.
	n, sign := len(ring), 0
	var first Coord
	for i, c := range ring {
		if c != low {
			continue
		}
		for step, next := range [...]Coord{ring[(i+1)%n], ring[(i+n-1)%n]} {
			if side := turn(low, first, next); sign == 0 || side < 0 {
				first, sign = next, 1-2*step
			}
		}
	}
	return sign
}

// plant lays out the tree and puts every edge into its nodes, unsorted.
func (g *Region) plant() {
	slabs := max(len(g.ys)-1, 1)
	g.size = 1 << bits.Len(uint(slabs-1))
	nodes := 2 * g.size
	g.starts = make([]int32, nodes+1)
	g.west, g.east = make([]int32, nodes), make([]int32, nodes)
	for n := range g.west {
		g.west[n], g.east[n] = math.MaxInt32, math.MinInt32
	}
	for i := range g.edges {
		e := &g.edges[i]
		g.nodesOf(e, func(n int) {
			g.starts[n+1]++
			g.west[n] = min(g.west[n], e.lo.X, e.hi.X)
			g.east[n] = max(g.east[n], e.lo.X, e.hi.X)
		})
	}
	for n := g.size - 1; n > 0; n-- {
		g.west[n] = min(g.west[n], g.west[2*n], g.west[2*n+1])
		g.east[n] = max(g.east[n], g.east[2*n], g.east[2*n+1])
	}
	for n := range nodes {
		g.starts[n+1] += g.starts[n]
	}
	g.spans = make([]span, g.starts[nodes])
	next := slices.Clone(g.starts)
	for i := range g.edges {
		e := &g.edges[i]
		g.nodesOf(e, func(n int) {
			g.spans[next[n]] = span{lo: e.lo, hi: e.hi, edge: int32(i)}
			next[n]++
		})
	}
}

// nodesOf visits the nodes that the edge spans and whose parents it does not.
func (g *Region) nodesOf(e *regionEdge, visit func(n int)) {
	from, to := g.slabFrom(e.lo.Y)+g.size, g.slabFrom(e.hi.Y)+g.size
	for ; from < to; from, to = from>>1, to>>1 {
		if from&1 == 1 {
			visit(from)
			from++
		}
		if to&1 == 1 {
			to--
			visit(to)
		}
	}
}

// slabFrom returns the slab that begins at latitude y, or the one y lies in.
func (g *Region) slabFrom(y int32) int {
	k, exact := slices.BinarySearch(g.ys, y)
	if !exact {
		k--
	}
	return k
}

// node returns the edges of a node, from west to east.
func (g *Region) node(n int) []span { return g.spans[g.starts[n]:g.starts[n+1]] }

// Side returns which side of the border c lies on. Exact.
func (g *Region) Side(c Coord) Side {
	if !g.shape.Box.Holds(c) {
		return Outside
	}
	k, vertex := slices.BinarySearch(g.ys, c.Y)
	if !vertex {
		k--
	}
	winding, on := int32(0), false
	if k < len(g.ys)-1 {
		winding, on = g.windingWest(k, c)
	}
	if vertex && !on {
		// At the latitude of a vertex the slab below may end on c, and only
		// there level edges lie.
		if k > 0 {
			_, on = g.windingWest(k-1, c)
		}
		on = on || g.onLevel(c)
	}
	switch {
	case on:
		return OnBorder
	case winding > 0:
		return Inside
	}
	return Outside
}

// Holds reports whether c is in the region or on its border.
func (g *Region) Holds(c Coord) bool { return g.Side(c) != Outside }

// windingWest returns the winding number just west of c in slab k, whose
// latitudes c is among, and whether an edge goes through c.
func (g *Region) windingWest(k int, c Coord) (winding int32, on bool) {
	for n := k + g.size; n > 0; n >>= 1 {
		list := g.node(n)
		if len(list) == 0 || c.X < g.west[n] {
			continue
		}
		// The first edge that c is not east of.
		lo, hi := 0, len(list)
		for lo < hi {
			m := int(uint(lo+hi) >> 1)
			if turn(list[m].lo, list[m].hi, c) < 0 {
				lo = m + 1
			} else {
				hi = m
			}
		}
		on = on || lo < len(list) && turn(list[lo].lo, list[lo].hi, c) == 0
		if lo > 0 {
			winding += list[lo-1].sum
		}
	}
	return winding, on
}

// onLevel reports whether a level edge goes through c.
func (g *Region) onLevel(c Coord) bool {
	i, _ := slices.BinarySearchFunc(g.level, c, func(e levelEdge, c Coord) int {
		return cmp.Or(cmp.Compare(e.a.Y, c.Y), cmp.Compare(e.a.X, c.X))
	})
	if i < len(g.level) && g.level[i].a == c {
		return true
	}
	return i > 0 && g.level[i-1].a.Y == c.Y && g.reach[i-1] >= c.X
}
