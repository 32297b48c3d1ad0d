package demo

import (
	"container/heap"
	"fmt"
)

// divideBlocks divides every borough into its cells.
func (p *plan) divideBlocks() error {
	faces := make([][]int32, len(p.boroughs))
	for f := range int32(len(p.faces)) {
		b := p.faces[f].borough
		faces[b] = append(faces[b], f)
	}
	for i := range p.boroughs {
		if err := p.divideBorough(&p.boroughs[i], faces[i]); err != nil {
			return err
		}
	}
	for f := range int32(len(p.faces)) {
		ring := p.points(f)
		if a := area2(ring) / 2; a < p.design.leastCm2 || a > p.design.mostCm2 {
			return fmt.Errorf("block %d has %d m²: %w", f, a/10_000, errPlan)
		}
		p.hearts = append(p.hearts, heart(ring))
	}
	return nil
}

// divideBorough halves the block that is largest for its part of the town until
// there are as many faces as cells. Sizes so stay within about 2.5 to 1 in each
// part without any of them being planned.
func (p *plan) divideBorough(b *borough, faces []int32) error {
	n := len(faces)
	ends := map[int32]int32{} // vertex → the line that ends there
	stuck := map[int32]bool{}
	largest := &byWeight{}
	for _, f := range faces {
		heap.Push(largest, weighedFace{f, p.weighed(f)})
	}
	for n < b.cells {
		if largest.Len() == 0 {
			return fmt.Errorf("only %d blocks: %w", n, errPlan)
		}
		top := heap.Pop(largest).(weighedFace)
		f := top.face
		if stuck[f] || top.weight != p.weighed(f) {
			continue // no longer so: see below
		}
		if b.park < 0 && p.suitsPark(f) {
			b.park = f
			p.faces[f].kind = lakePark
			continue
		}
		c, ok := p.bestCut(f)
		if !ok {
			stuck[f] = true // it stays as large as it is
			continue
		}
		a, b := p.halve(f, c, ends)
		n++
		// A vertex put into a border changes the size of the face across, too.
		for _, v := range [...]int32{a, b} {
			for _, x := range p.arms[v] {
				if x.left >= 0 && p.faces[x.left].borough == p.faces[f].borough {
					heap.Push(largest, weighedFace{x.left, p.weighed(x.left)})
				}
			}
		}
	}
	if b.park < 0 {
		return fmt.Errorf("no block for the lake: %w", errPlan)
	}
	return nil
}

// weighedFace is a face with its size as compared with others.
type weighedFace struct {
	face   int32
	weight int64
}

// byWeight is a heap with the heaviest on top, of equals the first.
type byWeight []weighedFace

func (h *byWeight) Len() int { return len(*h) }

func (h *byWeight) Less(i, j int) bool {
	a, b := (*h)[i], (*h)[j]
	return a.weight > b.weight || a.weight == b.weight && a.face < b.face
}

func (h *byWeight) Swap(i, j int) { (*h)[i], (*h)[j] = (*h)[j], (*h)[i] }
func (h *byWeight) Push(x any)    { *h = append(*h, x.(weighedFace)) }

func (h *byWeight) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}

// suitsPark tells whether the lake can lie in the block: it is then left whole.
func (p *plan) suitsPark(f int32) bool {
	ring := p.points(f)
	a := area2(ring) / 2 / 10_000
	return p.faces[f].kind == newTown && a > 15_000 && a < 24_000 && compactness(ring) > 600
}

// weighed is the size of a face as compared with others: the old town is
// divided finer, the outskirts and the river less.
func (p *plan) weighed(f int32) int64 {
	a := area2(p.points(f)) / 2
	if p.design.scale > 0 {
		return a * cityWeight(p.faces[f].kind) / 100
	}
	switch p.faces[f].kind {
	case oldTown:
		return a * 2
	case outskirts:
		return a * 9 / 10
	case riverbed:
		return a * 8 / 10
	case promenade:
		return a
	case lakePark:
		return 0
	}
	return a * 11 / 10
}

// cityWeight is the same for a city, in percent. Water comes out at about twice
// the mean, which leaves the dry cells the more.
func cityWeight(k faceKind) int64 {
	switch k {
	case oldTown:
		return 145
	case newDistrict:
		return 100
	case works, outskirts:
		return 88
	case riverbed, lakebed:
		return 58
	case promenade, lakePark:
		return 80
	}
	return 112
}

// halve divides a face by the cut and gives the new street to a line: that of
// the street which it continues on the other side, or one of its own. It
// returns the ends of the street.
func (p *plan) halve(f int32, c blockCut, ends map[int32]int32) (a, b int32) {
	l := int32(-1)
	if c.class == noRoad {
		l = 0
	}
	for _, e := range [...]cutEnd{c.a, c.b} {
		if old, ok := ends[e.vertex]; e.onVertex && ok && l < 0 && p.continues(old, c.class) {
			l = old
			delete(ends, e.vertex)
		}
	}
	vertex := func(e cutEnd) int32 {
		if e.onVertex {
			return e.vertex
		}
		return p.insert(e.edge, e.at)
	}
	if l < 0 {
		l = int32(len(p.lines))
		k := p.faces[f].kind
		p.lines = append(p.lines, line{class: c.class, old: k == oldTown, rural: k == outskirts})
	}
	a, b = vertex(c.a), vertex(c.b) // never on one edge: see tryCut
	if p.lines[l].off == 0 {
		p.lines[l].off = p.rootOf(a, b)
	}
	for _, v := range [...]int32{a, b} {
		if c.class > noRoad && p.degree(v) == 2 { // a new side street: it may go on across
			ends[v] = l
		}
	}
	right := p.split(f, a, b, c.between, l)
	if c.class >= street {
		p.faces[f].quarter, p.faces[right].quarter = f, right
	}
	return a, b
}

// rootOf is the line that a lane between two vertices is called after: a street
// if it meets one. Were it the largest road, ring roads would have hundreds.
func (p *plan) rootOf(vs ...int32) int32 {
	rank := func(l int32) int {
		switch p.lines[l].class {
		case street:
			return 3
		case lane:
			return 2
		case arterial:
			return 1
		}
		return 0
	}
	best := int32(0)
	for _, v := range vs {
		for _, a := range p.arms[v] {
			if rank(a.line) > rank(best) {
				best = a.line
			}
		}
	}
	return best
}

// continues tells whether a street of the class can be the continuation of the
// line: roads of roads, walls of walls.
func (p *plan) continues(old int32, c class) bool {
	o := p.lines[old].class
	return o <= c && (o >= lane) == (c >= lane)
}
