package osm

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Why an area cannot be drawn.
var (
	errNoRing  = errors.New("its ways make no ring")
	errAbsent  = errors.New("none of its ways is in the file")
	errTooMany = fmt.Errorf("more than %d rings or %d vertices", spatial.MaxRings, spatial.MaxVertices)
)

// chain is a way of a multipolygon: ids of nodes, from end to end.
type chain []int64

func (c chain) closed() bool { return len(c) > 3 && c[0] == c[len(c)-1] }

// ringsOf joins ways at their ends to closed rings, without the repeated last
// node. Ways that close no ring are left over: their number is returned.
//
// A walk goes from way to way; as soon as it comes to a node where it was before,
// what lies between is a ring and leaves the walk. So rings that touch in a node
// come apart, whatever way the walk takes there:
//
//	    ┌───┐
//	┌───x───┘     x joins four ends; two rings, never one that
//	└───┘         crosses itself
func ringsOf(ways []chain) (rings []chain, left int) {
	type end struct {
		way  int
		tail bool
	}
	at := map[int64][]end{}
	used := make([]bool, len(ways))
	for i, w := range ways {
		switch {
		case w.closed():
			rings, used[i] = append(rings, w[:len(w)-1]), true
		case len(w) < 2 || w[0] == w[len(w)-1]:
			used[i] = true // a point
		default:
			at[w[0]] = append(at[w[0]], end{i, false})
			at[w[len(w)-1]] = append(at[w[len(w)-1]], end{i, true})
		}
	}
	// next takes an unused way at a node, turned so that it begins there.
	next := func(node int64) (chain, bool) {
		ends := at[node]
		for len(ends) > 0 {
			e := ends[0]
			ends = ends[1:]
			at[node] = ends
			if used[e.way] {
				continue
			}
			used[e.way] = true
			w := ways[e.way]
			if e.tail {
				w = slices.Clone(w)
				slices.Reverse(w)
			}
			return w, true
		}
		return nil, false
	}
	for i, w := range ways {
		if used[i] {
			continue
		}
		walk, starts := []chain{}, []int64{w[0]}
		was := map[int64]int{w[0]: 0} // a node, and how many ways of the walk lie before it
		for len(starts) > 0 {
			node := starts[len(starts)-1]
			w, ok := next(node)
			if !ok {
				// A dead end: the way here leads nowhere, what came before may.
				delete(was, node)
				starts = starts[:len(starts)-1]
				if len(walk) > 0 {
					walk, left = walk[:len(walk)-1], left+1
				}
				continue
			}
			walk = append(walk, w)
			to := w[len(w)-1]
			from, again := was[to]
			if !again {
				was[to] = len(walk)
				starts = append(starts, to)
				continue
			}
			rings = append(rings, joined(walk[from:]))
			walk = walk[:from]
			for _, n := range starts[from+1:] {
				delete(was, n)
			}
			starts = starts[:from+1]
		}
	}
	return rings, left
}

// joined is the ring of ways that follow each other.
func joined(ways []chain) chain {
	var ring chain
	for _, w := range ways {
		ring = append(ring, w[:len(w)-1]...)
	}
	return ring
}

// polygonsOf sorts rings into shells and their holes by what lies in what: the
// outermost are shells, what lies in a shell is a hole, what lies in a hole is a
// shell again. Roles are not asked: where they are wrong this is right. The rings
// of holes may only be holes: where the shell around them is missing they are not
// drawn.
func polygonsOf(rings, holeRings [][]spatial.Coord) (*spatial.Shape, error) {
	type ring struct {
		spatial.Shape
		double float64 // area
		parent int     // −1: none
		depth  int
		hole   bool
	}
	var all []ring
	vertices := 0
	for i, cs := range slices.Concat(rings, holeRings) {
		if cs = merged(cs); len(cs) < 3 {
			continue
		}
		r := ring{Shape: spatial.Shape{
			Kind: spatial.Polygons, Coords: cs, Ends: []uint32{uint32(len(cs))}, Shells: []uint32{0}, Box: boxOf(cs),
		}, parent: -1, hole: i >= len(rings)}
		if r.double = doubleArea(cs); r.double == 0 {
			continue
		}
		all, vertices = append(all, r), vertices+len(cs)
	}
	switch {
	case len(all) == 0:
		return nil, errNoRing
	case len(all) > spatial.MaxRings || vertices > spatial.MaxVertices:
		return nil, errTooMany
	}
	slices.SortStableFunc(all, func(a, b ring) int { return cmp.Compare(b.double, a.double) })
	for i := range all {
		for j := i - 1; j >= 0; j-- { // the smallest that holds it is the parent
			if holds(&all[j].Shape, &all[i].Shape) {
				all[i].parent, all[i].depth = j, all[j].depth+1
				break
			}
		}
	}
	s := &spatial.Shape{Kind: spatial.Polygons, Box: spatial.EmptyBox()}
	add := func(r *ring) {
		s.Coords = append(s.Coords, r.Coords...)
		s.Ends = append(s.Ends, uint32(len(s.Coords)))
		s.Box = s.Box.Union(r.Box)
	}
	holes := map[int][]int{}
	for i := range all {
		if all[i].depth%2 == 1 {
			holes[all[i].parent] = append(holes[all[i].parent], i)
		}
	}
	for i := range all {
		if all[i].depth%2 == 0 && !all[i].hole {
			s.Shells = append(s.Shells, uint32(len(s.Ends)))
			add(&all[i])
			for _, h := range holes[i] {
				add(&all[h])
			}
		}
	}
	switch {
	case len(s.Shells) == 0:
		return nil, errNoRing
	case wide(s.Box):
		return nil, spatial.ErrTooWide
	}
	return s, nil
}

// holds reports whether the ring inner lies in the other. Vertices on the border
// say nothing; where all are there, the middles of edges are asked.
func holds(outer, inner *spatial.Shape) bool {
	if !outer.Box.Holds(inner.Box.Min) || !outer.Box.Holds(inner.Box.Max) {
		return false
	}
	for _, c := range inner.Coords {
		if side, _ := outer.Contains(c); side != spatial.OnBorder {
			return side == spatial.Inside
		}
	}
	for i, c := range inner.Coords {
		n := inner.Coords[(i+1)%len(inner.Coords)]
		middle := spatial.Coord{X: int32((int64(c.X) + int64(n.X)) / 2), Y: int32((int64(c.Y) + int64(n.Y)) / 2)}
		if side, _ := outer.Contains(middle); side != spatial.OnBorder {
			return side == spatial.Inside
		}
	}
	return false
}

// merged drops repeated neighbours, also across the ring's start, in place.
func merged(cs []spatial.Coord) []spatial.Coord {
	cs = slices.Compact(cs)
	for len(cs) > 1 && cs[0] == cs[len(cs)-1] {
		cs = cs[:len(cs)-1]
	}
	return cs
}

func boxOf(cs []spatial.Coord) spatial.Box {
	b := spatial.EmptyBox()
	for _, c := range cs {
		b = b.Extend(c)
	}
	return b
}

// wide reports whether a box is wider than a spatial.Shape may be.
func wide(b spatial.Box) bool {
	const half = 1_800_000_000
	return int64(b.Max.X)-int64(b.Min.X) > half
}

// doubleArea is twice a ring's area in square quanta.
func doubleArea(ring []spatial.Coord) float64 {
	sum, o := 0.0, ring[0]
	for i := 1; i+1 < len(ring); i++ {
		ax, ay := float64(ring[i].X)-float64(o.X), float64(ring[i].Y)-float64(o.Y)
		bx, by := float64(ring[i+1].X)-float64(o.X), float64(ring[i+1].Y)-float64(o.Y)
		sum += float64(ax*by) - float64(ay*bx)
	}
	return max(sum, -sum)
}
