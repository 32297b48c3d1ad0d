package demo

import (
	"cmp"
	"slices"
)

// A blockCut is a street that could divide a block.
type blockCut struct {
	a, b    cutEnd
	between []pt
	class   class
	score   int64
}

// A cutEnd is where it meets the block's border: in a vertex or within an edge.
type cutEnd struct {
	onVertex bool
	vertex   int32
	edge     edge
	at       pt
}

// Distances along a block's border in centimetres.
const (
	// meetCm is how far a new street moves to meet one from the other side.
	meetCm = 2_600
	// cornerCm is how near to a corner no street may come otherwise.
	cornerCm = 3_400
)

// A mood is how choosy the division of a block is. Most blocks are divided in
// the first; odd ones (a spandrel at the ring road) need the later.
type mood struct {
	aside    int64 // how far from the middle a street may lie, thousandths
	smallest int64 // share of the smaller part, percent
	clear    int64 // centimetres from a corner
	turned   bool  // lengthwise
}

func moods() []mood {
	return []mood{
		{aside: 120, smallest: 38, clear: cornerCm},
		{aside: 250, smallest: 34, clear: cornerCm * 2 / 3},
		{aside: 150, smallest: 34, clear: cornerCm * 2 / 3, turned: true},
		{aside: 350, smallest: 28, clear: cornerCm / 3},
	}
}

// bestCut tries streets across the longer side of the block and returns the
// best: equal, compact parts, right angles, crossings rather than offsets.
func (p *plan) bestCut(f int32) (best blockCut, ok bool) {
	ring := p.points(f)
	along, from, length := longSide(ring)
	class := p.classFor(p.faces[f].kind, area2(ring)/2)
	for i, m := range moods() {
		for range p.design.tries + i*p.design.more {
			at := from.add(along.to(length * p.between(500-m.aside, 500+m.aside) / 1000))
			across := along.left()
			if m.turned {
				at = from.add(along.to(length / 2)).add(across.to(length * p.between(-m.aside, m.aside) / 3000))
				across = along
			}
			slant := p.slant(p.faces[f].kind)
			c, fits := p.tryCut(f, ring, m, class, at, across.add(across.left().times(slant, 1000)))
			if fits && (!ok || c.score > best.score) {
				best, ok = c, true
			}
		}
		if ok {
			break
		}
	}
	if !ok && p.design.scale > 0 {
		return p.diagonal(f, class)
	}
	return best, ok
}

// diagonal divides a block from vertex to vertex into parts as compact as can
// be: what the spandrels and tongues beside ring roads are left with.
func (p *plan) diagonal(f int32, class class) (best blockCut, ok bool) {
	vs, ring := p.faces[f].ring, p.points(f)
	whole, n := area2(ring), len(ring)
	for i := range n {
		size := int64(0) // of the part between i and j
		for j := i + 2; j < n && (i > 0 || j < n-1); j++ {
			size += ring[j-1].sub(ring[i]).cross(ring[j].sub(ring[i]))
			if min(size, whole-size) < max(whole/6, 2*p.design.leastCm2*11/10) {
				continue
			}
			left, right := ring[i:j+1], slices.Concat(ring[j:], ring[:i+1])
			score := min(compactness(left), compactness(right)) + 200*min(size, whole-size)/whole
			if score <= best.score || !p.fits(f, []pt{ring[i], ring[j]}) {
				continue
			}
			best, ok = blockCut{
				a:     cutEnd{onVertex: true, vertex: vs[i], at: ring[i]},
				b:     cutEnd{onVertex: true, vertex: vs[j], at: ring[j]},
				class: class, score: score,
			}, true
		}
	}
	return best, ok
}

// longSide returns the direction of the smallest rectangle around the ring
// along its longer side, where it starts and how long it is. The rectangle is
// tried along every edge of the ring.
func longSide(ring []pt) (along, from pt, length int64) {
	smallest := int64(-1)
	u := ring[len(ring)-1]
	for _, v := range ring {
		dir := v.sub(u).to(10_000)
		u = v
		side := dir.left()
		lo, hi := ring[0].dot(dir), ring[0].dot(dir)
		low, high := ring[0].dot(side), ring[0].dot(side)
		for _, q := range ring {
			d, s := q.dot(dir), q.dot(side)
			lo, hi, low, high = min(lo, d), max(hi, d), min(low, s), max(high, s)
		}
		// Back to centimetres: dir has length 10,000.
		lo, hi, low, high = lo/10_000, hi/10_000, low/10_000, high/10_000
		if a := (hi - lo) * (high - low); smallest < 0 || a < smallest {
			smallest = a
			along, from, length = dir, dir.times(lo, 10_000).add(side.times((low+high)/2, 10_000)), hi-lo
			if high-low > hi-lo {
				along, length = side, high-low
				from = side.times(low, 10_000).add(dir.times((lo+hi)/2, 10_000))
			}
		}
	}
	return along, from, length
}

// tryCut lays a street through a point in a direction and judges it.
func (p *plan) tryCut(f int32, ring []pt, m mood, class class, at, across pt) (blockCut, bool) {
	far := across.to(200_000)
	vs := p.faces[f].ring
	var hits []crossroad
	for i := range ring {
		j := (i + 1) % len(ring)
		if q, along, ok := crossing(at.sub(far), at.add(far), ring[i], ring[j]); ok {
			hits = append(hits, crossroad{along: along, edge: edge{vs[i], vs[j]}, at: q})
		}
	}
	slices.SortStableFunc(hits, func(a, b crossroad) int { return cmp.Compare(a.along, b.along) })
	widest := -1
	for i := 0; i+1 < len(hits); i += 2 {
		if widest < 0 || hits[i+1].along-hits[i].along > hits[widest+1].along-hits[widest].along {
			widest = i
		}
	}
	if widest < 0 {
		return blockCut{}, false
	}
	var c blockCut
	var ok bool
	bonus := int64(0)
	for i, end := range [...]*cutEnd{&c.a, &c.b} {
		var met bool
		if *end, met, ok = p.settle(f, hits[widest+i], m.clear); !ok {
			return c, false
		}
		if met {
			bonus += 120
		}
	}
	if c.a.at == c.b.at || (!c.a.onVertex && !c.b.onVertex && c.a.edge == c.b.edge) {
		return c, false
	}
	area := area2(ring) / 2
	c.class = class
	c.between = p.sway(c.a.at, c.b.at, p.faces[f].kind)
	path := slices.Concat([]pt{c.a.at}, c.between, []pt{c.b.at})
	if !p.fits(f, path) {
		return c, false
	}
	left, right := p.parts(f, c, path)
	if min(area2(left), area2(right))/2 < max(area*m.smallest/100, p.design.leastCm2*11/10) {
		return c, false
	}
	balance := 1000 * min(area2(left), area2(right)) / max(area2(left), area2(right))
	c.score = bonus + balance/4 + compactness(left) + compactness(right) +
		p.straightOn(vs, ring, c.a, c.b.at) + p.straightOn(vs, ring, c.b, c.a.at)
	return c, true
}

// slant is how far a street may lean: much in the old town, little where
// streets were planned.
func (p *plan) slant(k faceKind) int64 {
	usual := p.between(-60, 60)
	switch k {
	case oldTown:
		return p.between(-260, 260)
	case newDistrict, works:
		return usual / 4
	}
	return usual
}

// classFor gives streets to large blocks and lanes to small ones. In a city the
// smallest are divided by the walls of courtyards, and water by nothing.
func (p *plan) classFor(k faceKind, area int64) class {
	const m2 = 10_000
	streets, walls, share := int64(30_000*m2), int64(0), int64(0)
	if k == oldTown {
		streets = 40_000 * m2
	}
	if p.design.scale > 0 {
		switch k {
		case riverbed, lakebed:
			return noRoad
		case promenade:
			return lane
		case lakePark:
			if area < 90_000*m2 {
				return noRoad
			}
			return lane
		case oldTown:
			streets, walls, share = 48_000*m2, 20_000*m2, 22
		case newDistrict: // walled estates between wide streets
			streets, walls, share = 110_000*m2, 62_000*m2, 82
		case works:
			streets, walls, share = 90_000*m2, 45_000*m2, 66
		case outskirts:
			streets, walls, share = 120_000*m2, 30_000*m2, 15
		case newTown:
			streets, walls, share = 56_000*m2, 32_000*m2, 55
		}
	}
	switch {
	case area > streets:
		return street
	case area < walls && p.percent(share):
		return wall
	}
	return lane
}

// settle moves an end onto a street that arrives from the other side if one is
// near. It refuses ends just beside a corner: two crossings that nearly meet
// look like a mistake.
func (p *plan) settle(f int32, h crossroad, clearCm int64) (end cutEnd, met, ok bool) {
	end = cutEnd{edge: h.edge, at: h.at}
	ring := p.faces[f].ring
	nearest := int64(meetCm)
	for i, v := range ring {
		d := p.at[v].sub(h.at).length()
		if d > max(clearCm, meetCm) || p.degree(v) < 3 {
			continue
		}
		prev, next := p.at[ring[(i+len(ring)-1)%len(ring)]], p.at[ring[(i+1)%len(ring)]]
		if !nearlyStraight(prev, p.at[v], next) {
			if d < clearCm {
				return end, false, false // a corner of this block
			}
			continue
		}
		if d < nearest {
			nearest, met = d, true
			end.onVertex, end.vertex, end.at = true, v, p.at[v]
		}
	}
	if met {
		return end, true, true
	}
	for _, v := range [...]int32{h.edge.from, h.edge.to} {
		if p.at[v].sub(h.at).length() < stepCm && p.degree(v) == 2 {
			end.onVertex, end.vertex, end.at = true, v, p.at[v]
		}
	}
	return end, false, true
}

// nearlyStraight tells whether a line bends by less than about 35° at b.
func nearlyStraight(a, b, c pt) bool {
	u, v := b.sub(a).to(1000), c.sub(b).to(1000)
	return u.dot(v) > 820_000
}

// sway returns the points of a street between its ends: nearly straight, crooked
// in the old town, straight where streets were planned.
func (p *plan) sway(a, b pt, k faceKind) []pt {
	ab := b.sub(a)
	l := ab.length()
	n := max((l+paceCm/2)/paceCm, 1)
	bow, wobble := p.between(-20, 20), int64(30)
	if k == newDistrict || k == works {
		bow, wobble = 0, 0
	}
	if k == oldTown {
		bow, wobble = p.between(-70, 70), 260
	}
	out := make([]pt, 0, n)
	for i := int64(1); i < n; i++ {
		off := l*bow/1000*4*i*(n-i)/(n*n) + p.between(-wobble, wobble)
		out = append(out, a.add(ab.times(i, n)).add(ab.left().to(off)))
	}
	return out
}

// parts returns the rings that the cut would make.
func (p *plan) parts(f int32, c blockCut, path []pt) (left, right []pt) {
	ring := p.faces[f].ring
	start := func(e cutEnd) int { // the first ring vertex at or after the end
		if e.onVertex {
			return indexOf(ring, e.vertex)
		}
		return indexOf(ring, e.edge.to)
	}
	walk := func(from, to cutEnd) []pt {
		out := []pt{from.at}
		i, j := start(from), start(to)
		for ; i != j; i = (i + 1) % len(ring) {
			if q := p.at[ring[i]]; q != from.at {
				out = append(out, q)
			}
		}
		return append(out, to.at)
	}
	left = walk(c.b, c.a)
	left = append(left, path[1:len(path)-1]...)
	right = walk(c.a, c.b)
	for i := len(path) - 2; i > 0; i-- {
		right = append(right, path[i])
	}
	return left, right
}

// compactness is 1000·4πA/P²: 1000 for a circle, 785 for a square, 628 for a
// block of 1 by 2.7.
func compactness(ring []pt) int64 {
	round := lengthOf(ring) + ring[0].sub(ring[len(ring)-1]).length()
	return 6283 * (area2(ring) / 100) / (round / 10 * (round / 10))
}

// straightOn is up to 150 for an end that meets the border at a right angle.
func (p *plan) straightOn(vs []int32, ring []pt, e cutEnd, other pt) int64 {
	var along pt
	if e.onVertex {
		i, n := indexOf(vs, e.vertex), len(ring)
		along = ring[(i+1)%n].sub(ring[(i+n-1)%n])
	} else {
		along = p.at[e.edge.to].sub(p.at[e.edge.from])
	}
	sin := along.to(1000).cross(other.sub(e.at).to(1000)) / 1000
	return 150 * sin * sin / 1_000_000
}
