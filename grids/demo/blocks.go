package demo

import "fmt"

// cellCount is how many cells the town has.
const cellCount = 200

// Sizes of a cell in square centimetres; a plan that leaves them is discarded.
const (
	minCellCm2 = 2_500 * 10_000
	maxCellCm2 = 25_000 * 10_000
)

// divideBlocks halves the block that is largest for its part of the town until
// there are as many faces as cells. Sizes so stay within about 2.5 to 1 in each
// part without any of them being planned.
func (p *plan) divideBlocks() error {
	stuck := map[int32]bool{}
	ends := map[int32]int32{} // vertex → the line that ends there
	for len(p.faces) < cellCount {
		largest, size := int32(-1), int64(0)
		for f := range int32(len(p.faces)) {
			if s := p.weighed(f); s > size && !stuck[f] {
				largest, size = f, s
			}
		}
		if largest < 0 {
			return fmt.Errorf("only %d blocks: %w", len(p.faces), errPlan)
		}
		if p.park < 0 && p.suitsPark(largest) {
			p.park = largest
			p.faces[largest].kind = lakePark
			continue
		}
		c, ok := p.bestCut(largest)
		if !ok {
			stuck[largest] = true
			continue
		}
		p.halve(largest, c, ends)
	}
	if p.park < 0 {
		return fmt.Errorf("no block for the lake: %w", errPlan)
	}
	for f := range int32(len(p.faces)) {
		if a := area2(p.points(f)) / 2; a < minCellCm2 || a > maxCellCm2 {
			return fmt.Errorf("block %d has %d m²: %w", f, a/10_000, errPlan)
		}
		p.hearts = append(p.hearts, heart(p.points(f)))
	}
	return nil
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

// halve divides a face by the cut and gives the new street to a line: that of
// the street which it continues on the other side, or one of its own.
func (p *plan) halve(f int32, c blockCut, ends map[int32]int32) {
	l := int32(-1)
	for _, e := range [...]cutEnd{c.a, c.b} {
		if old, ok := ends[e.vertex]; e.onVertex && ok && l < 0 && p.lines[old].class <= c.class {
			l = old
			delete(ends, e.vertex)
		}
	}
	if l < 0 {
		p.lines = append(p.lines, line{class: c.class, old: p.faces[f].kind == oldTown})
		l = int32(len(p.lines) - 1)
	}
	vertex := func(e cutEnd) int32 {
		if e.onVertex {
			return e.vertex
		}
		return p.insert(e.edge, e.at)
	}
	a, b := vertex(c.a), vertex(c.b) // never on one edge: see tryCut
	for _, v := range [...]int32{a, b} {
		if p.degree[v] == 2 { // a new side street: it may go on across
			ends[v] = l
		}
	}
	p.split(f, a, b, c.between, l)
}
