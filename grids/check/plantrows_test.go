package check_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// plantCodes plants defects in codes, references and dates of cells.
func (p *planter) plantCodes(n int) {
	one := func(kind string, plant func(c int, x *grids.Cell)) {
		p.place(kind, n, func(a, b spatial.Coord) bool {
			c, _ := p.sides(a, b)
			if p.used[c] || p.taken[p.city.Cells[c].Code] {
				return false
			}
			p.used[c] = true
			plant(c, &p.city.Cells[c])
			return true
		})
	}
	// recode gives a cell a code, unless another has it already.
	recode := func(c int, code, rule string) {
		if p.taken[code] {
			p.kinds[p.kind]--
			return
		}
		p.taken[code] = true
		p.rename(c, code)
		p.expect(rule, p.city.Cells[c].At, 0.1, code)
	}
	one("a cell of a zone that does not exist", func(_ int, x *grids.Cell) {
		x.Zone = "Z999"
		p.expect("orphan", x.At, 0.1, x.Code)
	})
	one("a cell of a community that does not exist", func(_ int, x *grids.Cell) {
		x.Community = "990101099099"
		p.expect("orphan", x.At, 0.1, x.Code)
	})
	one("a code of 14 digits", func(c int, x *grids.Cell) {
		recode(c, x.Code[:14], "code-format")
	})
	one("a code with a letter", func(c int, x *grids.Cell) {
		recode(c, x.Code[:14]+"O", "code-format")
	})
	one("a code with the digits of another community", func(c int, x *grids.Cell) {
		other := p.city.Communities[p.r.IntN(3)].Code
		if other == x.Community {
			other = p.city.Communities[4].Code
		}
		recode(c, fmt.Sprintf("%s9%02d", other, p.kinds[p.kind]), "code-chain")
	})
	one("a recorded area that is wrong", func(_ int, x *grids.Cell) {
		x.AreaM2 *= 1.1
		p.expect("cell-area-recorded", x.At, 0.1, x.Code)
	})
	one("a retired number in use again", func(_ int, x *grids.Cell) {
		old := *x
		old.Valid = grids.Between(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
		p.expect("code-reused", x.At, 0.1, x.Code)
		p.city.Cells = append(p.city.Cells, old)
	})
	one("a row that ends before it begins", func(_ int, x *grids.Cell) {
		odd := *x
		odd.Code = fmt.Sprintf("%s8%02d", x.Community, p.kinds[p.kind])
		odd.Valid = grids.Between(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		p.expect("validity-reversed", x.At, 0.1, odd.Code)
		p.city.Cells = append(p.city.Cells, odd)
	})
	one("a serial 000", func(c int, x *grids.Cell) {
		recode(c, x.Community+"000", "serial-range")
	})
	p.swapSerials(n)
	p.sameCode(n)
}

// swapSerials swaps two cells of a community that stand far apart, one swap in a
// community.
func (p *planter) swapSerials(n int) {
	done := map[string]bool{}
	from := p.city.Communities[0].Valid.From // later numbers are appended, in no order
	p.place("swapped serials", n, func(a, b spatial.Coord) bool {
		c, _ := p.sides(a, b)
		x := &p.city.Cells[c]
		if p.used[c] || done[x.Community] {
			return false
		}
		for o := range p.city.Cells {
			y := &p.city.Cells[o]
			north, west := float64(x.At.Y-y.At.Y)*p.my, float64(y.At.X-x.At.X)*p.mx
			if y.Community != x.Community || p.used[o] || north < 300 || west < 0 || p.gone[grids.Cells][o] || y.Valid.From != from {
				continue
			}
			done[x.Community], p.used[c], p.used[o] = true, true, true
			xCode, yCode := x.Code, y.Code
			inX, inY := p.byCell[xCode], p.byCell[yCode]
			x.Code, y.Code = yCode, xCode
			for _, i := range inX {
				p.city.Components[i].Cell = yCode
			}
			for _, i := range inY {
				p.city.Components[i].Cell = xCode
			}
			// The place is where the lower serial now stands: in the south.
			p.expect("serial-order", y.At, 0.1, xCode)
			return true
		}
		return false
	})
}

// sameCode gives a cell the code of the next serial.
func (p *planter) sameCode(n int) {
	p.place("a code used twice", n, func(a, b spatial.Coord) bool {
		c, _ := p.sides(a, b)
		if c+1 >= len(p.city.Cells) || p.used[c] || p.used[c+1] {
			return false
		}
		x, y := &p.city.Cells[c], &p.city.Cells[c+1]
		if x.Community != y.Community || len(x.Code) != 15 || x.Code >= y.Code {
			return false
		}
		p.used[c], p.used[c+1] = true, true
		p.rename(c, y.Code)
		p.expect("duplicate-code", y.At, 0.1, y.Code)
		return true
	})
}

// plantComponents plants defects in components and ownership areas.
func (p *planter) plantComponents(n int) {
	one := func(kind string, plant func(x *grids.Component) bool) {
		p.kind = kind
		for tries := 0; p.kinds[kind] < n && tries < 100_000; tries++ {
			i := p.r.IntN(len(p.city.Components))
			x := &p.city.Components[i]
			if p.gone[grids.Components][i] || p.taken[x.Code] || x.Shape != nil || x.Code == "" {
				continue
			}
			if plant(x) {
				p.taken[x.Code] = true
				p.kinds[kind]++
			}
		}
		if p.kinds[kind] < n {
			p.t.Errorf("%s: found %d places of %d", kind, p.kinds[kind], n)
		}
	}
	traits := func(kind, rule string, change func(*grids.ComponentTraits)) {
		one(kind, func(x *grids.Component) bool {
			*x = x.With(change)
			p.expect(rule, x.At, 0.1, x.Code)
			return true
		})
	}
	traits("a unit that does not exist", "unit-unknown", func(t *grids.ComponentTraits) { t.Maintainer = "U-NONE" })
	traits("a state that is none", "state-unknown", func(t *grids.ComponentTraits) { t.State = "好" })
	traits("an accuracy class that is none", "accuracy-unknown", func(t *grids.ComponentTraits) { t.AccuracyClass = "D" })
	traits("a category that does not exist", "category-unknown", func(t *grids.ComponentTraits) { t.Category = "9999" })
	dates := func(kind string, change func(x *grids.Component)) {
		one(kind, func(x *grids.Component) bool {
			change(x)
			p.expect("date-impossible", x.At, 0.1, x.Code)
			return true
		})
	}
	dates("a date in the future", func(x *grids.Component) { x.ChangedOn = "2031-05-01" })
	dates("a date of 1753", func(x *grids.Component) { x.PlacedOn = "1/1/1753" })
	dates("a thirtieth of February", func(x *grids.Component) { x.PlacedOn = "2020-02-30" })
	dates("changed before it was placed", func(x *grids.Component) { x.PlacedOn, x.ChangedOn = "2019-04-01", "2018-04-01" })
	coded := func(kind, rule string, change func(code string) string) {
		one(kind, func(x *grids.Component) bool {
			x.Code = change(x.Code)
			p.expect(rule, x.At, 0.1, x.Code)
			return true
		})
	}
	coded("a component code of another category", "component-code", func(c string) string { return c[:6] + "9998" + c[10:] })
	coded("a component code of another division", "component-code", func(c string) string { return "990999" + c[6:] })
	coded("a component without a code", "code-missing", func(string) string { return "" })
	one("a component recorded in a cell that does not exist", func(x *grids.Component) bool {
		x.Cell = "990101001001998"
		p.expect("orphan", x.At, 0.1, x.Code)
		return true
	})
	box := spatial.EmptyBox()
	for i := range p.city.Districts {
		box = box.Union(p.city.Districts[i].Shape.Box)
	}
	one("a component outside the city", func(x *grids.Component) bool {
		x.At = spatial.Coord{X: box.Max.X + int32(300/p.mx) + p.r.Int32N(1000), Y: x.At.Y}
		p.expect("component-outside", x.At, 0.1, x.Code)
		return true
	})
	one("a component 12 m outside its cell", func(x *grids.Component) bool {
		c := slices.IndexFunc(p.city.Cells, func(c grids.Cell) bool { return c.Code == x.Cell })
		if c < 0 || p.used[c] {
			return false
		}
		ring := p.city.Cells[c].Shape.Coords
		for k, a := range ring {
			b := ring[(k+1)%len(ring)]
			_, right := p.sides(a, b)
			if right < 0 || p.used[right] || !p.middling(a, b) {
				continue
			}
			to := p.beside(a, b, p.lengthM(a, b)/2, -12)
			if p.deep(right, to, 1, a, b) && p.farM(c, to) > 10.5 {
				x.At = to
				p.expect("component-cell", to, 0.1, x.Code)
				return true
			}
		}
		return false
	})
	p.plantAreas(n)
}

// plantAreas plants a small area inside another of the same classes, and one
// that crosses itself.
func (p *planter) plantAreas(n int) {
	areas := len(p.city.OwnershipAreas)
	if areas == 0 {
		return
	}
	p.kind = "an ownership area inside another of its class"
	for tries := 0; p.kinds[p.kind] < n && tries < 10_000; tries++ {
		x := p.city.OwnershipAreas[p.r.IntN(areas)]
		ring := p.square(x.At, 3)
		if p.taken[x.Code] || slices.ContainsFunc(ring, func(c spatial.Coord) bool { return !holds(x.Shape, c) }) || p.shapeNear(x.Shape, x.At, 5) {
			continue
		}
		p.taken[x.Code] = true
		y := x
		y.Code, y.Shape = x.Code+"-2", polygon(ring)
		p.city.OwnershipAreas = append(p.city.OwnershipAreas, y)
		p.expect("ownership-overlap", x.At, 5, y.Code)
		p.kinds[p.kind]++
	}
	p.kind = "a building that crosses itself"
	buildings := p.city.Base[grids.BaseBuildings]
	for tries := 0; p.kinds[p.kind] < n && tries < 10_000; tries++ {
		x := &buildings[p.r.IntN(len(buildings))]
		if x.Shape.Kind != spatial.Polygons || len(x.Shape.Coords) != 4 || p.taken[x.Code] {
			continue
		}
		p.taken[x.Code] = true
		r := slices.Clone(x.Shape.Coords)
		r[1], r[2] = r[2], r[1]
		x.Shape = polygon(r)
		p.expectIn("shape-invalid", polygon(p.square(x.Shape.Box.Center(), 20)), x.Code)
		p.kinds[p.kind]++
	}
}
