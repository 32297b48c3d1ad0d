package check_test

import (
	"math"
	"slices"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// plantSeams plants n of each kind of defect in how cells meet.
func (p *planter) plantSeams(n int) {
	code := func(i int) string { return p.city.Cells[i].Code }
	half := func(a, b spatial.Coord) float64 { return p.lengthM(a, b)/2 + 1 }

	p.place("a gap of 0.3 m", n, p.both(0.3, anyTwo, func(a, b, m spatial.Coord, l, _ int) {
		p.insert(l, a, b, m)
		p.expect("cell-gap", m, half(a, b), code(l))
	}))
	p.place("an overlap of 0.1 m", n, p.both(-0.1, anyTwo, func(a, b, m spatial.Coord, l, _ int) {
		p.insert(l, a, b, m)
		p.expect("cell-overlap", m, half(a, b), code(l))
	}))
	p.place("a T-junction 1 cm off", n, func(a, b spatial.Coord) bool {
		around := p.at[a]
		if len(around) != 3 || !p.free(around...) || p.atRim(a) {
			return false
		}
		c := around[p.r.IntN(3)]
		ring := slices.Clone(p.city.Cells[c].Shape.Coords)
		off := []spatial.Coord{{X: 1}, {X: -1}, {Y: 1}, {Y: -1}}[p.r.IntN(4)]
		k := slices.Index(ring, a)
		ring[k] = spatial.Coord{X: a.X + off.X, Y: a.Y + off.Y}
		p.city.Cells[c].Shape = polygon(ring)
		p.expect("edge-near-miss", a, 0.1, "")
		p.take(around...)
		return true
	})
	p.place("a vertex that the neighbour lacks", n, p.both(0, anyTwo, func(a, b, _ spatial.Coord, l, _ int) {
		m, ok := onEdge(a, b)
		if !ok {
			p.kinds[p.kind]--
			return
		}
		p.insert(l, a, b, m)
		p.expect("edge-unmatched", m, 0.1, code(l))
	}))
	p.place("a rim that falls short of the district", n, p.rim(0.6, func(a, b, m spatial.Coord, l int) {
		p.insert(l, a, b, m)
		p.expect("cell-gap", m, half(a, b), code(l))
	}))
	p.place("a cell that reaches beyond the district", n, p.rim(-0.6, func(a, b, m spatial.Coord, l int) {
		p.insert(l, a, b, m)
		p.expect("cell-outside", m, half(a, b), code(l))
	}))
}

// plantShapes plants n of each kind of defect in single cells.
func (p *planter) plantShapes(n int) {
	code := func(i int) string { return p.city.Cells[i].Code }
	p.place("a bow-tie", n, p.bowTie)
	p.place("a cell that is missing", n, func(a, b spatial.Coord) bool {
		c, _ := p.sides(a, b)
		if !p.free(c) {
			return false
		}
		p.gone[grids.Cells][c] = true
		p.expectIn("cell-gap", p.city.Cells[c].Shape, "")
		p.take(c)
		return true
	})
	p.place("a cell drawn twice", n, func(a, b spatial.Coord) bool {
		c, _ := p.sides(a, b)
		if !p.free(c) {
			return false
		}
		p.take(c)
		twin := p.appended(c, p.city.Cells[c].Shape)
		p.expectIn("cell-overlap", twin.Shape, twin.Code)
		return true
	})
	p.place("a cell without a polygon", n, func(a, b spatial.Coord) bool {
		c, _ := p.sides(a, b)
		if !p.free(c) {
			return false
		}
		p.take(c)
		x := &p.city.Cells[c]
		p.expectIn("cell-gap", x.Shape, "")
		p.expect("shape-missing", x.At, 0.1, x.Code)
		x.Shape = nil
		return true
	})
	p.place("a hole", n, func(a, b spatial.Coord) bool {
		c, _ := p.sides(a, b)
		x := &p.city.Cells[c]
		if !p.free(c) || !p.deep(c, x.At, 8, spatial.Coord{}, spatial.Coord{}) {
			return false
		}
		hole := p.square(x.At, 2)
		x.Shape = polygon(x.Shape.Coords, hole)
		x.AreaM2 -= 16
		p.expect("cell-hole", x.At, 3, x.Code)
		p.take(c)
		return true
	})
	p.place("a cell in two parts", n, p.twoParts)
	p.place("a sliver", n, p.both(1, anyTwo, func(a, b, _ spatial.Coord, l, _ int) {
		a2, b2 := p.beside(a, b, 3, 1), p.beside(a, b, p.lengthM(a, b)-3, 1)
		if !p.deep(l, a2, 1, a, b) || !p.deep(l, b2, 1, a, b) {
			p.kinds[p.kind]--
			return
		}
		p.insert(l, a, b, a2, b2)
		strip := p.appended(l, polygon([]spatial.Coord{a, b, b2, a2}))
		p.expectIn("cell-sliver", strip.Shape, strip.Code)
		p.expectIn("cell-area-band", strip.Shape, strip.Code)
	}))
	p.place("a vertex twice", n, p.both(0, alike, func(a, b, _ spatial.Coord, l, r int) {
		// The next position of the lattice towards b.
		d := spatial.Coord{X: a.X + sign(b.X-a.X), Y: a.Y}
		if abs(b.Y-a.Y) > abs(b.X-a.X) {
			d = spatial.Coord{X: a.X, Y: a.Y + sign(b.Y-a.Y)}
		}
		p.insert(l, a, b, d)
		p.insert(r, a, b, d)
		p.expect("duplicate-vertex", a, 0.1, code(l))
		p.expect("duplicate-vertex", a, 0.1, code(r))
	}))
	p.place("a spike", n, p.both(4, alike, func(a, b, tip spatial.Coord, l, r int) {
		l2 := p.lengthM(a, b) / 2
		m1, m2 := p.beside(a, b, l2-0.025, 0), p.beside(a, b, l2+0.025, 0)
		p.insert(l, a, b, m1, tip, m2)
		p.insert(r, a, b, m1, tip, m2)
		p.expect("spike", tip, 0.1, code(l))
		p.expect("spike", tip, 0.1, code(r))
	}))
}

// plantBorders plants defects at the borders of divisions and zones.
func (p *planter) plantBorders(n int) {
	chain := p.chains()
	across := func(level int) func(l, r *grids.Cell) bool {
		return func(l, r *grids.Cell) bool {
			p, q := chain[l.Community], chain[r.Community]
			return l.Community != r.Community && (level > 1 || p[0] == q[0]) && (level < 2 || p[0] != q[0]) &&
				(level > 2 || p[1] == q[1]) && (level < 3 || p[1] != q[1])
		}
	}
	// The cell on the right takes 3 m off the one on the left, so that the cells
	// tile as before.
	for level, rule := range []string{1: "cell-across-community", 2: "cell-across-street", 3: "cell-across-district"} {
		if rule == "" || (level == 3 && len(p.city.Districts) < 2) {
			continue
		}
		p.place(rule, n, p.both(3, across(level), func(a, b, m spatial.Coord, l, r int) {
			p.insert(l, a, b, m)
			p.insert(r, a, b, m)
			within := p.lengthM(a, b)/2 + 1
			p.expect(rule, m, within, p.city.Cells[r].Code)
			if p.city.Cells[l].Zone != p.city.Cells[r].Zone {
				p.expect("zone-not-union", m, within, p.city.Cells[r].Code)
			}
		}))
	}
	p.place("a cell recorded in the community beside", n, p.both(0, across(1), func(_, _, _ spatial.Coord, l, r int) {
		c := &p.city.Cells[l]
		c.Community = p.city.Cells[r].Community
		p.expectIn("cell-elsewhere", c.Shape, c.Code)
		p.expect("code-chain", c.At, 0.1, c.Code)
	}))
	p.place("a cell recorded in the zone beside", n, p.both(0, func(l, r *grids.Cell) bool { return l.Zone != r.Zone }, func(_, _, _ spatial.Coord, l, r int) {
		c := &p.city.Cells[l]
		c.Zone = p.city.Cells[r].Zone
		p.expectIn("zone-not-union", c.Shape, c.Code)
	}))
	between := func(l, r *grids.Cell) bool { return l.Community != r.Community }
	community := func(code string) *grids.Community {
		return &p.city.Communities[slices.IndexFunc(p.city.Communities, func(c grids.Community) bool { return c.Code == code })]
	}
	zone := func(code string) *grids.Zone {
		return &p.city.Zones[slices.IndexFunc(p.city.Zones, func(z grids.Zone) bool { return z.Code == code })]
	}
	p.place("a gap between communities", n, p.both(1, between, func(a, b, m spatial.Coord, l, _ int) {
		c := community(p.city.Cells[l].Community)
		c.Shape = inserted(c.Shape, a, b, m)
		p.expect("division-gap", m, p.lengthM(a, b)/2+1, c.Code)
	}))
	p.place("communities that overlap", n, p.both(-1, between, func(a, b, m spatial.Coord, l, _ int) {
		c := community(p.city.Cells[l].Community)
		c.Shape = inserted(c.Shape, a, b, m)
		p.expect("division-overlap", m, p.lengthM(a, b)/2+1, c.Code)
	}))
	p.place("a community that reaches into the next street", n, p.both(2, across(2), func(a, b, m spatial.Coord, l, r int) {
		from, into := community(p.city.Cells[l].Community), community(p.city.Cells[r].Community)
		from.Shape, into.Shape = inserted(from.Shape, a, b, m), inserted(into.Shape, a, b, m)
		within := p.lengthM(a, b)/2 + 1
		p.expect("division-across", m, within, into.Code)
		p.expect("cell-across-street", m, within, p.city.Cells[l].Code)
	}))
	zones := func(l, r *grids.Cell) bool { return l.Zone != r.Zone }
	p.place("zones that overlap", n, p.both(-1, zones, func(a, b, m spatial.Coord, l, _ int) {
		z := zone(p.city.Cells[l].Zone)
		z.Shape = inserted(z.Shape, a, b, m)
		p.expect("division-overlap", m, p.lengthM(a, b)/2+1, z.Code)
	}))
	p.place("a zone that leaves out a strip", n, p.both(1, zones, func(a, b, m spatial.Coord, l, _ int) {
		z := zone(p.city.Cells[l].Zone)
		z.Shape = inserted(z.Shape, a, b, m)
		p.expect("zone-not-union", m, p.lengthM(a, b)/2+1, p.city.Cells[l].Code)
	}))
	p.place("a border between zones moved", n, p.both(2, zones, func(a, b, m spatial.Coord, l, r int) {
		y, z := zone(p.city.Cells[l].Zone), zone(p.city.Cells[r].Zone)
		y.Shape, z.Shape = inserted(y.Shape, a, b, m), inserted(z.Shape, a, b, m)
		p.expect("zone-not-union", m, p.lengthM(a, b)/2+1, p.city.Cells[l].Code)
	}))
}

// shapeNear tells whether the border of s comes within m metres of c.
func (p *planter) shapeNear(s *spatial.Shape, c spatial.Coord, m float64) bool {
	return s.DistanceM(c) < m
}

// farM is how far a position lies from a cell's border.
func (p *planter) farM(cell int, c spatial.Coord) float64 {
	return p.city.Cells[cell].Shape.DistanceM(c)
}

// square is a ring around c with sides of twice half.
func (p *planter) square(c spatial.Coord, half float64) []spatial.Coord {
	x, y := int32(half/p.mx), int32(half/p.my)
	return []spatial.Coord{{X: c.X - x, Y: c.Y - y}, {X: c.X + x, Y: c.Y - y}, {X: c.X + x, Y: c.Y + y}, {X: c.X - x, Y: c.Y + y}}
}

// atRim tells whether a vertex lies on the city's outer border.
func (p *planter) atRim(v spatial.Coord) bool {
	for _, c := range p.at[v] {
		ring := p.city.Cells[c].Shape.Coords
		k := slices.Index(ring, v)
		before, after := ring[(k+len(ring)-1)%len(ring)], ring[(k+1)%len(ring)]
		if _, r := p.sides(before, v); r < 0 {
			return true
		}
		if _, r := p.sides(v, after); r < 0 {
			return true
		}
	}
	return false
}

// rim offers edges of the city's outer border.
func (p *planter) rim(leftM float64, plant func(a, b, m spatial.Coord, l int)) func(a, b spatial.Coord) bool {
	return func(a, b spatial.Coord) bool {
		l, r := p.sides(a, b)
		if r >= 0 || !p.free(l) || !p.middling(a, b) {
			return false
		}
		m := p.beside(a, b, p.lengthM(a, b)/2, leftM)
		if leftM > 0 && !p.deep(l, m, 1, a, b) {
			return false
		}
		plant(a, b, m, l)
		p.take(l)
		return true
	}
}

// bowTie swaps two vertices of a cell so that two edges cross once.
func (p *planter) bowTie(a, b spatial.Coord) bool {
	c, _ := p.sides(a, b)
	x := &p.city.Cells[c]
	if !p.free(c) || len(x.Shape.Coords) < 5 {
		return false
	}
	ring := slices.Clone(x.Shape.Coords)
	n := len(ring)
	k := slices.Index(ring, a)
	at := func(i int) spatial.Coord { return ring[(k+i)%n] }
	ring[k], ring[(k+1)%n] = ring[(k+1)%n], ring[k]
	// Before a and after b, the two edges beside the swap, cross.
	cross, ok := crossing(at(n-1), at(0), at(1), at(2))
	if !ok {
		return false
	}
	x.Shape = polygon(ring)
	p.expect("shape-invalid", cross, 1, x.Code)
	p.used[c] = true
	p.take(p.at[a]...)
	return true
}

// crossing is where two edges cross in the middle of both, well away from their
// ends.
func crossing(a, b, c, d spatial.Coord) (spatial.Coord, bool) {
	rx, ry := float64(b.X-a.X), float64(b.Y-a.Y)
	sx, sy := float64(d.X-c.X), float64(d.Y-c.Y)
	det := rx*sy - ry*sx
	if det == 0 {
		return spatial.Coord{}, false
	}
	qx, qy := float64(c.X-a.X), float64(c.Y-a.Y)
	t, u := (qx*sy-qy*sx)/det, (qx*ry-qy*rx)/det
	if t < 0.1 || t > 0.9 || u < 0.1 || u > 0.9 {
		return spatial.Coord{}, false
	}
	return spatial.Coord{X: a.X + int32(math.Round(t*rx)), Y: a.Y + int32(math.Round(t*ry))}, true
}

// twoParts joins two small cells of a community and zone that do not touch.
func (p *planter) twoParts(a, b spatial.Coord) bool {
	c, _ := p.sides(a, b)
	x := &p.city.Cells[c]
	if !p.free(c) {
		return false
	}
	for o := range p.city.Cells {
		y := &p.city.Cells[o]
		if o == c || y.Shape == nil || !p.free(o) || !alike(x, y) || x.AreaM2+y.AreaM2 > 24_000 || x.Shape.Box.Meets(y.Shape.Box) {
			continue
		}
		p.take(c, o)
		parts := polygon(x.Shape.Coords, y.Shape.Coords)
		parts.Shells = []uint32{0, 1}
		x.Shape = parts
		x.AreaM2 += y.AreaM2
		p.gone[grids.Cells][o] = true
		p.expect("cell-parts", x.At, 0.1, x.Code)
		return true
	}
	return false
}

// chains gives the street and district of each community.
func (p *planter) chains() map[string][2]string {
	district := map[string]string{}
	for i := range p.city.Streets {
		district[p.city.Streets[i].Code] = p.city.Streets[i].Parent
	}
	out := map[string][2]string{}
	for i := range p.city.Communities {
		c := &p.city.Communities[i]
		out[c.Code] = [2]string{c.Parent, district[c.Parent]}
	}
	return out
}

// onEdge is a position of the lattice in the middle of an edge, exactly.
func onEdge(a, b spatial.Coord) (spatial.Coord, bool) {
	dx, dy := b.X-a.X, b.Y-a.Y
	g := gcd(abs(dx), abs(dy))
	if g < 2 {
		return spatial.Coord{}, false
	}
	k := g / 2
	return spatial.Coord{X: a.X + dx/g*k, Y: a.Y + dy/g*k}, true
}

func gcd(a, b int32) int32 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func abs(v int32) int32 { return max(v, -v) }

func sign(v int32) int32 { return max(min(v, 1), -1) }
