package demo

import "fmt"

// unlay is the inverse of lay, to a few centimetres.
func (f frame) unlay(p pt) pt {
	d := 1_000_000 + f.slope*f.slope
	x := (p.x*1000 + p.y*f.slope) * 1000 / d
	y := (p.y*1000 - p.x*f.slope) * 1000 / d
	return pt{x, y}
}

// A river is one run of water through the site.
type river struct {
	name  word
	rings [][]int32 // shell first
}

// sketchCity draws outline, boroughs, rivers and the roads of a city.
func sketchCity(d dice, want design) (*plan, error) {
	p := &plan{dice: d, design: want, frame: frame{slope: d.between(-110, 110)}}
	l := layOut(want.scale)
	p.outlineCity(l)
	p.graph = newGraph(p.outline)
	p.bound(l)
	for row := range l.rows {
		p.rivers = append(p.rivers, river{})
		if err := p.drawRow(l, row); err != nil {
			return nil, err
		}
	}
	for i := range p.boroughs {
		p.sketchBorough(int32(i))
	}
	for f := range int32(len(p.faces)) {
		p.faces[f].quarter = f
	}
	for _, l := range p.lakes { // a lake and its park go to one community
		for _, f := range l.faces {
			p.faces[f].quarter = l.park
		}
	}
	p.shareCells()
	return p, nil
}

// A lattice says how boroughs stand in rows. Rows with fewer boroughs are
// lower, so that all have the same area.
type lattice struct {
	rows   []int // boroughs in each, from the south
	first  []int // number of the first of a row
	w, h   int64 // half extents of the whole
	bottom []int64
}

// layOut puts n boroughs into rows.
func layOut(n int) lattice {
	rows := int(isqrt(int64(n)))
	l := lattice{w: stdHalfX, h: stdHalfY}
	if n > 1 {
		// As large as n boroughs, a third wider than high.
		l.w = isqrt(stdHalfX * stdHalfY * 4 / 3 * int64(n))
		l.h = stdHalfX * stdHalfY * int64(n) / l.w
	}
	first := 0
	for r := range rows {
		k := (n*(r+1))/rows - (n*r)/rows
		l.rows = append(l.rows, k)
		l.first = append(l.first, first)
		l.bottom = append(l.bottom, -l.h+2*l.h*int64(first)/int64(n))
		first += k
	}
	l.bottom = append(l.bottom, l.h)
	return l
}

// outlineCity draws the outline: that of the town for one borough, a rectangle
// with broken corners for more.
func (p *plan) outlineCity(l lattice) {
	var shape []pt
	if len(l.rows) == 1 && l.rows[0] == 1 {
		for _, q := range outlineShape() {
			q = p.jitter(q, 25)
			shape = append(shape, p.lay(pt{q.x * l.w / 1000, q.y * l.h / 1000}))
		}
	} else {
		const step, r = 260_000, 24_000
		cut := min(l.w, l.h) / 6
		side := func(from, to pt) {
			n := max(to.sub(from).length()/step, 1)
			for k := range n {
				shape = append(shape, p.lay(p.jitter(from.add(to.sub(from).times(k, n)), r)))
			}
		}
		corners := []pt{{cut - l.w, -l.h}, {l.w - cut, -l.h}, {l.w, cut - l.h}, {l.w, l.h - cut}, {l.w - cut, l.h}, {cut - l.w, l.h}, {-l.w, l.h - cut}, {-l.w, cut - l.h}}
		for i, c := range corners {
			side(c, corners[(i+1)%len(corners)])
		}
	}
	outline := paced(smooth(shape, true, 2), true, 2*paceCm)
	const fine = 1 << 12
	size := isqrt(meanCellCm2 * int64(p.design.cells) * 2 / (area2(outline) / fine) * fine)
	for i := range outline {
		outline[i] = outline[i].times(size, fine)
	}
	p.outline = outline
}

// bound divides the outline into boroughs by wide roads.
func (p *plan) bound(l lattice) {
	all := func(int32) bool { return true }
	out := l.w + l.w/3
	for r := 1; r < len(l.rows); r++ {
		p.draw(stroke{line: line{class: arterial}, path: p.straight(pt{-out, l.bottom[r]}, pt{out, l.bottom[r]}), may: all})
	}
	for f := range int32(len(p.faces)) { // the row for now
		y := p.unlay(heart(p.points(f))).y
		for r := range l.rows {
			if y > l.bottom[r] {
				p.faces[f].borough = int32(r)
			}
		}
	}
	names := &pool{}
	if len(l.rows) > 1 || l.rows[0] > 1 {
		names = newPool(p.dice)
	}
	for r, n := range l.rows {
		mid := (l.bottom[r] + l.bottom[r+1]) / 2
		in := func(f int32) bool { return p.faces[f].borough == int32(r) }
		for c := range n {
			x := -l.w + 2*l.w*int64(c)/int64(n)
			half := pt{l.w / int64(n), (l.bottom[r+1] - l.bottom[r]) / 2}
			p.boroughs = append(p.boroughs, borough{
				flipX: p.toss(), flipY: r%2 == 1, river: r, word: names.pair(), origin: pt{x + half.x, mid}, half: half, park: -1,
			})
			if c > 0 {
				lo, hi := l.bottom[r]-l.h/20, l.bottom[r+1]+l.h/20
				p.draw(stroke{line: line{class: arterial}, path: p.straight(pt{x, lo}, pt{x, hi}), may: in})
			}
		}
	}
	for f := range p.faces {
		ring := p.points(int32(f))
		for i := range p.boroughs {
			if within(p.lay(p.boroughs[i].origin), ring) {
				p.faces[f].borough = int32(i)
			}
		}
	}
}

// straight is a road from one position to another, not yet turned.
func (p *plan) straight(a, b pt) []pt {
	return paced([]pt{p.lay(a), p.lay(b)}, false, 2*paceCm)
}

// drawRow draws what runs through all boroughs of a row: the river, the
// railway and the roads from west to east.
func (p *plan) drawRow(l lattice, row int) error {
	in := func(f int32) bool {
		b := int(p.faces[f].borough)
		return b >= l.first[row] && b < l.first[row]+l.rows[row]
	}
	if err := p.drawRiverThrough(l, row, in); err != nil {
		return err
	}
	for _, y := range [...]int64{0, northY, southY} {
		p.draw(stroke{line: line{class: arterial}, path: p.westEast(l, row, y, 2_000, 0), may: in})
	}
	p.draw(stroke{line: line{class: rail, name: "铁路", pinyin: "tie lu"}, path: p.westEast(l, row, railY, 2_500, 0), may: in})
	return nil
}

// westEast is a line through a row of boroughs at y of their sketch, swinging
// by up to so much to both sides.
func (p *plan) westEast(l lattice, row int, y, r, swing int64) []pt {
	var through []pt
	first := &p.boroughs[l.first[row]]
	last := &p.boroughs[l.first[row]+l.rows[row]-1]
	from, to := first.origin.x-first.half.x-150_000, last.origin.x+last.half.x+150_000
	side := int64(1)
	for x := from; x <= to; {
		q := pt{x, y + hubY}
		if swing > 0 {
			q.y += side * p.between(swing/3, swing)
			side = -side
		}
		if first.flipY {
			q.y = -q.y
		}
		q.y = first.origin.y + q.y*first.half.y/stdHalfY
		through = append(through, p.lay(p.jitter(q, r)))
		x += 90_000
		if swing != 0 {
			x += p.between(-25_000, 60_000)
		}
	}
	return paced(smooth(through, false, 3), false, 2*paceCm)
}

// drawRiverThrough cuts out a river bed with a promenade and a road on both of
// its sides.
func (p *plan) drawRiverThrough(l lattice, row int, in func(f int32) bool) error {
	course := p.westEast(l, row, riverY, 4_000, 27_000)
	half, strip := p.between(3_800, 4_600), p.between(4_600, 5_400)
	lines := [4][]pt{}
	for i, off := range [...]int64{half + strip, half, -half, -half - strip} {
		lines[i] = beside(course, off)
		class := bank
		if i == 0 || i == 3 {
			class = street
		}
		if p.draw(stroke{line: line{class: class}, path: lines[i], may: in}) < l.rows[row] {
			return fmt.Errorf("river of row %d: %w", row, errPlan)
		}
	}
	for f := range p.faces {
		if !in(int32(f)) {
			continue
		}
		ring := p.points(int32(f))
		for i := range course {
			switch {
			case within(course[i], ring):
				p.faces[f].kind = riverbed
			case within(middle(lines[0][i], lines[1][i]), ring), within(middle(lines[2][i], lines[3][i]), ring):
				p.faces[f].kind = promenade
			default:
				continue
			}
			break
		}
	}
	return nil
}
