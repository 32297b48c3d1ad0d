package demo

import (
	"cmp"
	"fmt"
	"slices"
)

// A crossroad is where a line being drawn crosses an edge of the graph.
type crossroad struct {
	segment int   // of the line
	along   int64 // position on the segment
	edge    edge
	at      pt
}

const (
	// snapCm is how near to a vertex a crossing moves onto it; more would bend
	// the arterials visibly.
	snapCm = 150
	// stepCm is the least distance between the other vertices of a line.
	stepCm = 1000
	// offCm is how far a line stays off the border of the face it divides.
	offCm = 200
)

// cut draws a line right through the graph, dividing every face it passes. An
// open line starts and ends outside, a closed one anywhere.
func (g *graph) cut(path []pt, closed bool, l line) error {
	g.lines = append(g.lines, l)
	id := int32(len(g.lines) - 1)
	if closed {
		path = append(append([]pt(nil), path...), path[0])
	}
	hits := g.crossroads(path)
	if len(hits) < 2 {
		return fmt.Errorf("%s meets %d edges: %w", l.name, len(hits), errPlan)
	}
	seen := map[edge]bool{}
	vs := make([]int32, len(hits))
	for i, h := range hits {
		if seen[h.edge.undirected()] {
			return fmt.Errorf("%s crosses one edge twice: %w", l.name, errPlan)
		}
		seen[h.edge.undirected()] = true
		switch {
		case h.at.sub(g.at[h.edge.from]).length() < snapCm:
			vs[i] = h.edge.from
		case h.at.sub(g.at[h.edge.to]).length() < snapCm:
			vs[i] = h.edge.to
		default:
			vs[i] = g.insert(h.edge, h.at)
		}
	}
	n := len(hits)
	for i := range n {
		j := (i + 1) % n
		if j == 0 && !closed || vs[i] == vs[j] {
			continue
		}
		if err := g.chord(vs[i], vs[j], stretch(path, hits[i], hits[j]), id); err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
	}
	return nil
}

// crossroads lists the crossings of a path with the graph in the path's order.
func (g *graph) crossroads(path []pt) []crossroad {
	var hits []crossroad
	for f := range g.faces {
		g.eachEdge(int32(f), func(e edge) {
			if other, ok := g.across(e); ok && other < int32(f) {
				return // seen from the other side
			}
			for i := 1; i < len(path); i++ {
				if at, along, ok := crossing(path[i-1], path[i], g.at[e.from], g.at[e.to]); ok {
					hits = append(hits, crossroad{i - 1, along, e, at})
				}
			}
		})
	}
	slices.SortStableFunc(hits, func(a, b crossroad) int {
		return cmp.Or(cmp.Compare(a.segment, b.segment), cmp.Compare(a.along, b.along))
	})
	return hits
}

// stretch returns the points of the path between two crossings, leaving out
// those too near to them; a closed path may run over its start.
func stretch(path []pt, from, to crossroad) []pt {
	var out []pt
	add := func(i, j int) {
		for _, p := range path[i:j] {
			if p.sub(from.at).length() > stepCm && p.sub(to.at).length() > stepCm {
				out = append(out, p)
			}
		}
	}
	if from.segment <= to.segment {
		add(from.segment+1, to.segment+1)
	} else {
		add(from.segment+1, len(path)-1)
		add(0, to.segment+1)
	}
	return out
}

// chord splits the face in which the line from a to b over the points runs.
func (g *graph) chord(a, b int32, between []pt, l int32) error {
	line := slices.Concat([]pt{g.at[a]}, between, []pt{g.at[b]})
	for f := range g.faces {
		ring := g.faces[f].ring
		if indexOf(ring, a) < 0 || indexOf(ring, b) < 0 {
			continue
		}
		if g.fits(int32(f), line) {
			g.split(int32(f), a, b, between, l)
			return nil
		}
	}
	return fmt.Errorf("no face for a stretch of %d m: %w", lengthOf(line)/100, errPlan)
}

// fits tells whether a line between two vertices of the face runs inside it
// and stays clear of its border.
func (g *graph) fits(f int32, line []pt) bool {
	ring := g.points(f)
	a, b := line[0], line[len(line)-1]
	if !within(middle(line[0], line[1]), ring) {
		return false
	}
	for i := 1; i < len(line); i++ {
		u := ring[len(ring)-1]
		for _, v := range ring {
			if touches(line[i-1], line[i], u, v, a, b) {
				return false
			}
			u = v
		}
	}
	for i := 1; i+1 < len(line); i++ {
		u := ring[len(ring)-1]
		for _, v := range ring {
			if nearSegment(line[i], u, v, offCm) {
				return false
			}
			u = v
		}
	}
	return true
}

// touches tells whether p–q and u–v have a point in common besides the ends a
// and b of the chord, where they meet by design.
func touches(p, q, u, v, a, b pt) bool {
	if max(p.x, q.x) < min(u.x, v.x) || min(p.x, q.x) > max(u.x, v.x) || max(p.y, q.y) < min(u.y, v.y) || min(p.y, q.y) > max(u.y, v.y) {
		return false
	}
	if p == u || p == v || q == u || q == v {
		// They meet in a or b; only folding back onto one another is a fault.
		shared, end, other := p, q, u
		if q == u || q == v {
			shared, end = q, p
		}
		if other == shared {
			other = v
		}
		if shared != a && shared != b {
			return true
		}
		return turn(shared, end, other) == 0 && end.sub(shared).dot(other.sub(shared)) > 0
	}
	if _, _, ok := crossing(p, q, u, v); ok {
		return true
	}
	for _, w := range [...]pt{p, q} {
		if turn(u, v, w) == 0 && toSegment(w, u, v) == 0 {
			return true
		}
	}
	for _, w := range [...]pt{u, v} {
		if turn(p, q, w) == 0 && toSegment(w, p, q) == 0 {
			return true
		}
	}
	return false
}
