package demo

import "slices"

// A house is the outline of one building.
type house struct {
	ring  []pt
	cell  int32
	class string
}

// A style is how a block is built up. Lengths run along the block, in
// centimetres.
type style struct {
	class             string
	length, longest   int64
	depth, deepest    int64
	gapAside, gapBack int64
	empty             int64 // percent of the lots
	winged            int64 // percent of the houses with an L for a plan
}

// styleFor returns how cells of a use are built up; ok is false where they are not.
func styleFor(use string, k faceKind) (s style, ok bool) {
	if use == useTrade && k == oldTown {
		return style{"commercial", 1100, 2600, 1000, 1500, 250, 700, 7, 35}, true
	}
	if use == useHomes && k == newDistrict {
		return style{"residential", 3000, 6000, 1250, 1450, 900, 2100, 5, 0}, true
	}
	switch use {
	case useHomes:
		return style{"residential", 2200, 5000, 1150, 1350, 900, 1700, 7, 0}, true
	case useOldTown:
		return style{"residential", 850, 1500, 750, 1150, 160, 330, 10, 35}, true
	case useTrade:
		return style{"commercial", 1800, 4400, 1500, 2600, 700, 1300, 8, 30}, true
	case useIndustry:
		return style{"industrial", 3000, 7200, 1900, 3200, 1200, 1800, 18, 15}, true
	case useSchool, useHospital, useOffice:
		return style{"public", 2400, 5600, 1400, 1700, 1600, 2400, 20, 40}, true
	case useWarehouse:
		return style{"industrial", 5200, 9600, 2400, 3600, 1300, 1900, 10, 0}, true
	case useVillage:
		return style{"rural", 1000, 1500, 800, 1050, 420, 800, 14, 25}, true
	case useFields:
		return style{"rural", 900, 1600, 700, 900, 2200, 3000, 88, 0}, true
	}
	return style{}, false
}

// setback is how far houses stand off a line of the class.
func (c class) setback(old bool) int64 {
	switch c {
	case arterial:
		return 1500
	case street:
		return 950
	case lane:
		if old {
			return 460
		}
		return 620
	case wall:
		if old {
			return 230
		}
		return 480
	case rail:
		return 2400
	case bank:
		return 1300
	}
	return 500
}

// build fills the cells with houses, in the order of the cells. Lots left empty
// for cars are yards.
func (p *plan) build(uses []string) (houses, yards []house) {
	for f, use := range uses {
		if s, ok := styleFor(use, p.faces[f].kind); ok {
			h, y := p.buildBlock(int32(f), s)
			houses = append(houses, h...)
			if s.class != "residential" && s.class != "rural" {
				yards = append(yards, y...)
			}
		}
	}
	return houses, yards
}

// buildBlock sets rows of houses into a block, square to its longer side and
// facing as near to the south as that allows.
func (p *plan) buildBlock(f int32, s style) (houses, yards []house) {
	l := p.lotOf(f)
	u, _, _ := longSide(l.ring)
	if max(u.x, -u.x) < max(u.y, -u.y) {
		u = u.left()
	}
	v := u.left()
	lo, hi := reach(l.ring, u)
	low, high := reach(l.ring, v)
	for y := low + 300; y < high; {
		depth := p.between(s.depth, s.deepest)
		r := row{lot: l, style: s, cell: f, u: u, v: v, ul: u.length(), vl: v.length(), y: y, depth: depth}
		h, yd := r.fill(p.dice, lo+p.between(300, 700), hi)
		houses, yards = append(houses, h...), append(yards, yd...)
		if len(h)+len(yd) == 0 {
			y += 250 // still in the setback
			continue
		}
		y += depth + s.gapBack + p.between(0, s.gapBack/6)
	}
	return houses, yards
}

// A row is a line of houses of one depth, at y along v.
type row struct {
	lot
	style
	cell   int32
	u, v   pt
	ul, vl int64 // their lengths
	y      int64
	depth  int64
}

// fill sets houses from x to the end of the row, each as long as chance has it
// or, where that does not fit, as short as the style allows.
func (r row) fill(d dice, x, end int64) (houses, yards []house) {
	for x < end {
		length := d.between(r.style.length, r.longest)
		box := r.box(x, length)
		if !r.holds(box) {
			length = r.style.length
			if box = r.box(x, length); !r.holds(box) {
				x += 250
				continue
			}
		}
		switch {
		case d.percent(r.empty):
			yards = append(yards, house{box, r.cell, r.class})
		case d.percent(r.winged):
			houses = append(houses, house{wing(box, d.between(0, 3)), r.cell, r.class})
		default:
			houses = append(houses, house{box, r.cell, r.class})
		}
		x += length + r.gapAside + d.between(0, r.gapAside/2)
	}
	return houses, yards
}

// box is the rectangle in the row from x on.
func (r row) box(x, length int64) []pt {
	o := r.u.times(x, r.ul).add(r.v.times(r.y, r.vl))
	a, d := r.u.times(length, r.ul), r.v.times(r.depth, r.vl)
	return []pt{o, o.add(a), o.add(a).add(d), o.add(d)}
}

// reach is the extent of the ring in a direction, in centimetres.
func reach(ring []pt, dir pt) (lo, hi int64) {
	l := dir.length()
	lo, hi = ring[0].dot(dir)/l, ring[0].dot(dir)/l
	for _, q := range ring {
		d := q.dot(dir) / l
		lo, hi = min(lo, d), max(hi, d)
	}
	return lo, hi
}

// wing takes a quarter off the rectangle at one of its corners.
func wing(box []pt, corner int64) []pt {
	r := slices.Concat(box[corner:], box[:corner])
	a, b, d := r[0], r[1], r[3]
	part := func(from, to pt) pt { return from.add(to.sub(from).times(45, 100)) }
	ab, ad := part(a, b), part(a, d)
	return []pt{ab, b, r[2], d, ad, ab.add(ad).sub(a)}
}

// A lot is a block with the setback of each of its edges.
type lot struct {
	ring []pt
	back []int64 // of the edge that ends at the vertex
}

func (p *plan) lotOf(f int32) lot {
	l := lot{ring: p.points(f)}
	vs := p.faces[f].ring
	for i, v := range vs {
		c := p.classOf(edge{vs[(i+len(vs)-1)%len(vs)], v})
		l.back = append(l.back, c.setback(p.faces[f].kind == oldTown))
	}
	return l
}

// holds tells whether the box lies in the lot and keeps all its setbacks.
func (l lot) holds(box []pt) bool {
	for _, q := range box {
		if !within(q, l.ring) {
			return false
		}
		a := l.ring[len(l.ring)-1]
		for i, b := range l.ring {
			if nearSegment(q, a, b, l.back[i]) {
				return false
			}
			a = b
		}
	}
	// The lot may have a corner that points at the middle of a wall.
	for i, q := range l.ring {
		back := max(l.back[i], l.back[(i+1)%len(l.back)])
		a := box[len(box)-1]
		for _, b := range box {
			if nearSegment(q, a, b, back) {
				return false
			}
			a = b
		}
	}
	return true
}
