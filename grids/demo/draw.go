package demo

import (
	"cmp"
	"slices"
)

// A stroke is how a line of a sketch is drawn.
type stroke struct {
	line
	path   []pt
	closed bool
	// may says which faces the line may divide; it ends where it would have to
	// leave them.
	may func(f int32) bool
}

const (
	// junctionCm is how near a line must come to a crossing to go through it:
	// two crossings side by side leave a block too small to be a cell.
	junctionCm = 2_500
	// leastPartCm2 is the least that a line leaves of a face on either side: no
	// stretch is drawn that would cut off less.
	leastPartCm2 = 4_500 * 10_000
)

// draw divides the faces that the line passes and may divide. Where a stretch
// does not fit it is left out, as streets in real cities end: only what is
// there counts. It returns how many faces were divided.
func (g *graph) draw(s stroke) (divided int) {
	g.lines = append(g.lines, s.line)
	id := int32(len(g.lines) - 1)
	path := s.path
	if s.closed {
		path = append(append([]pt(nil), path...), path[0])
	}
	hits := g.meetings(path, s.may)
	if len(hits) < 2 {
		return 0
	}
	vs := g.verticesAt(hits)
	n := len(hits)
	for i := range n {
		j := (i + 1) % n
		if j == 0 && !s.closed || vs[i] == vs[j] {
			continue
		}
		if g.dividedBy(vs[i], vs[j], stretch(path, hits[i], hits[j]), id, s.may) {
			divided++
		}
	}
	return divided
}

// meetings lists the crossings of a path with the borders of the faces it may
// divide, in the path's order.
func (g *graph) meetings(path []pt, may func(f int32) bool) []crossroad {
	whole := boxOf(path)
	var hits []crossroad
	for f := range int32(len(g.faces)) {
		if !may(f) {
			continue
		}
		box := g.boxOfFace(f)
		if !box.meets(whole) {
			continue
		}
		for i := 1; i < len(path); i++ {
			if !boxOf(path[i-1 : i+1]).meets(box) {
				continue
			}
			g.eachEdge(f, func(e edge) {
				if other, ok := g.across(e); ok && other < f && may(other) {
					return // seen from the other side
				}
				if at, along, ok := crossing(path[i-1], path[i], g.at[e.from], g.at[e.to]); ok {
					hits = append(hits, crossroad{i - 1, along, e, at})
				}
			})
		}
	}
	slices.SortStableFunc(hits, func(a, b crossroad) int {
		return cmp.Or(cmp.Compare(a.segment, b.segment), cmp.Compare(a.along, b.along))
	})
	return hits
}

// verticesAt puts a vertex at each crossing, or takes the one that is there.
func (g *graph) verticesAt(hits []crossroad) []int32 {
	via := map[edge]int32{} // an edge that is no more → the vertex in it
	vs := make([]int32, len(hits))
	for i, h := range hits {
		e := h.edge
		for {
			w, gone := via[e.undirected()]
			if !gone {
				break
			}
			first, second := edge{e.from, w}, edge{w, e.to}
			if e = first; toSegment(h.at, g.at[second.from], g.at[second.to]) < toSegment(h.at, g.at[first.from], g.at[first.to]) {
				e = second
			}
		}
		vs[i] = -1
		best := int64(junctionCm)
		for _, v := range [...]int32{e.from, e.to} {
			d := h.at.sub(g.at[v]).length()
			if d < best && (d < snapCm || g.degree(v) > 2) {
				vs[i], best = v, d
			}
		}
		if vs[i] < 0 {
			vs[i] = g.insert(e, h.at)
			via[e.undirected()] = vs[i]
		}
	}
	return vs
}

// dividedBy splits the face in which the line from a to b over the points runs,
// if there is one that may be divided.
func (g *graph) dividedBy(a, b int32, between []pt, l int32, may func(f int32) bool) bool {
	line := slices.Concat([]pt{g.at[a]}, between, []pt{g.at[b]})
	for _, x := range g.arms[a] {
		f := x.left
		if f < 0 || !may(f) || indexOf(g.faces[f].ring, b) < 0 || !g.fits(f, line) {
			continue
		}
		part := slices.Concat(g.positions(span(g.faces[f].ring, b, a)), line[:len(line)-1])
		size := area2(part)
		if size < 2*leastPartCm2 || area2(g.points(f))-size < 2*leastPartCm2 {
			continue
		}
		g.split(f, a, b, between, l)
		return true
	}
	return false
}

// A box is the extent of something on the plan.
type box struct{ lo, hi pt }

func boxOf(points []pt) box {
	b := box{points[0], points[0]}
	for _, p := range points[1:] {
		b = b.with(p)
	}
	return b
}

func (b box) with(p pt) box {
	return box{pt{min(b.lo.x, p.x), min(b.lo.y, p.y)}, pt{max(b.hi.x, p.x), max(b.hi.y, p.y)}}
}

func (b box) meets(o box) bool {
	return b.lo.x <= o.hi.x && o.lo.x <= b.hi.x && b.lo.y <= o.hi.y && o.lo.y <= b.hi.y
}

func (g *graph) boxOfFace(f int32) box {
	ring := g.faces[f].ring
	b := box{g.at[ring[0]], g.at[ring[0]]}
	for _, v := range ring[1:] {
		b = b.with(g.at[v])
	}
	return b
}
