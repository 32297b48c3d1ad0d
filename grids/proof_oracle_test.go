//go:build proof

package grids_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/twpayne/go-geos"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// edges yields edges, some perhaps more than once.
type edges = func(yield func(a, b spatial.Coord) bool)

// side decides by the border rule in int64, along a ray to the north: the point
// moved by ε east and ε² north has an edge above it when the edge spans x+ε and
// passes above the point, or through it and rises.
func side(s *spatial.Shape, c spatial.Coord) (on, holds bool) {
	if !s.Box.Holds(c) {
		return false, false
	}
	return sideOf(edgesOf(s), c)
}

func sideOf(all edges, c spatial.Coord) (on, holds bool) {
	for w, e := range all {
		if w.X > e.X {
			w, e = e, w
		}
		dx, dy := int64(e.X)-int64(w.X), int64(e.Y)-int64(w.Y)
		above := dy*(int64(c.X)-int64(w.X)) - dx*(int64(c.Y)-int64(w.Y)) // > 0: the edge passes above c
		if above == 0 && c.X >= w.X && c.X <= e.X && c.Y >= min(w.Y, e.Y) && c.Y <= max(w.Y, e.Y) {
			on = true
		}
		if w.X <= c.X && c.X < e.X && (above > 0 || (above == 0 && dy > 0)) {
			holds = !holds
		}
	}
	return on, holds
}

// outline is a cell's edges by the columns they reach into, for cells of many
// thousand: a position needs those of its own column.
type outline struct {
	shape   *spatial.Shape
	width   int32 // of a column
	columns [][][2]spatial.Coord
}

func newOutline(s *spatial.Shape) outline {
	o := outline{shape: s, width: (s.Box.Max.X-s.Box.Min.X)/int32(len(s.Coords)/16+1) + 1}
	o.columns = make([][][2]spatial.Coord, (s.Box.Max.X-s.Box.Min.X)/o.width+1)
	for a, b := range edgesOf(s) {
		for k := (min(a.X, b.X) - s.Box.Min.X) / o.width; k <= (max(a.X, b.X)-s.Box.Min.X)/o.width; k++ {
			o.columns[k] = append(o.columns[k], [2]spatial.Coord{a, b})
		}
	}
	return o
}

// side is that of the shape.
func (o *outline) side(c spatial.Coord) (on, holds bool) {
	if !o.shape.Box.Holds(c) {
		return false, false
	}
	return sideOf(o.near(c, 0), c)
}

// distance is that of the shape where it is at most so many quanta, else perhaps
// more than it is.
func (o *outline) distance(c spatial.Coord, reach int32) (metres, quanta float64) {
	return distanceOf(o.near(c, reach), c)
}

// near yields the edges of the columns within reach of c; no edge twice where
// that is one column.
func (o *outline) near(c spatial.Coord, reach int32) edges {
	last := int32(len(o.columns)) - 1
	from, to := max(c.X-reach-o.shape.Box.Min.X, 0)/o.width, (c.X+reach-o.shape.Box.Min.X)/o.width
	return func(yield func(a, b spatial.Coord) bool) {
		for k := min(from, last); k <= min(to, last); k++ {
			for _, e := range o.columns[k] {
				if !yield(e[0], e[1]) {
					return
				}
			}
		}
	}
}

// brute looks at every cell whose box is near a position, by exact arithmetic
// and by GEOS.
type brute struct {
	s        *grids.Snapshot
	ctx      *geos.Context
	geoms    []*geos.PrepGeom
	outlines []outline // of the cells

	// The cells by the squares that their boxes meet, from the city's
	// south-western corner, wide in a row.
	from    spatial.Coord
	wide    int32
	squares [][]int32
}

// squareShift makes squares of 16,384 quanta: 180 m, a few cells.
const squareShift = 14

func newBrute(s *grids.Snapshot, shapes func(yield func(*spatial.Shape) bool)) *brute {
	b := &brute{s: s, ctx: geos.NewContext()}
	for shape := range shapes {
		b.geoms = append(b.geoms, geosShape(b.ctx, shape).Prepare())
	}
	box := s.Box(grids.Cells)
	b.from, b.wide = box.Min, (box.Max.X-box.Min.X)>>squareShift+1
	b.squares = make([][]int32, b.wide*((box.Max.Y-box.Min.Y)>>squareShift+1))
	for i := range s.City.Cells {
		b.outlines = append(b.outlines, newOutline(s.City.Cells[i].Shape))
		for q := range b.squaresOf(s.City.Cells[i].Shape.Box) {
			*q = append(*q, int32(i))
		}
	}
	return b
}

// squaresOf yields the squares that a box meets.
func (b *brute) squaresOf(box spatial.Box) func(yield func(*[]int32) bool) {
	return func(yield func(*[]int32) bool) {
		high := int32(len(b.squares)) / b.wide
		for y := max((box.Min.Y-b.from.Y)>>squareShift, 0); y <= min((box.Max.Y-b.from.Y)>>squareShift, high-1); y++ {
			for x := max((box.Min.X-b.from.X)>>squareShift, 0); x <= min((box.Max.X-b.from.X)>>squareShift, b.wide-1); x++ {
				if !yield(&b.squares[y*b.wide+x]) {
					return
				}
			}
		}
	}
}

// near lists the cells whose boxes meet the box, ascending.
func (b *brute) near(box spatial.Box) (cells []int32) {
	for q := range b.squaresOf(box) {
		for _, i := range *q {
			if b.s.City.Cells[i].Shape.Box.Meets(box) {
				cells = append(cells, i)
			}
		}
	}
	slices.Sort(cells)
	return slices.Compact(cells)
}

func cellShapes(s *grids.Snapshot) func(func(*spatial.Shape) bool) {
	return func(yield func(*spatial.Shape) bool) {
		for i := range s.City.Cells {
			if !yield(s.City.Cells[i].Shape) {
				return
			}
		}
	}
}

func zoneShapes(s *grids.Snapshot) func(func(*spatial.Shape) bool) {
	return func(yield func(*spatial.Shape) bool) {
		for i := range s.City.Zones {
			if !yield(s.City.Zones[i].Shape) {
				return
			}
		}
	}
}

// geosShape makes the geometry in lattice units, as exact as the shape.
func geosShape(ctx *geos.Context, s *spatial.Shape) *geos.Geom {
	parts := make([]*geos.Geom, len(s.Shells))
	for i := range s.Shells {
		from, to := s.Rings(i)
		var rings [][][]float64
		for r := from; r < to; r++ {
			part := s.Part(r)
			var ring [][]float64
			for _, c := range append(slices.Clone(part), part[0]) {
				ring = append(ring, []float64{float64(c.X), float64(c.Y)})
			}
			rings = append(rings, ring)
		}
		parts[i] = ctx.NewPolygon(rings)
	}
	return ctx.NewCollection(geos.TypeIDMultiPolygon, parts)
}

// answer is what brute force says of a position.
type answer struct {
	holding []int32 // cells that hold it by the border rule
	border  []int32 // cells on whose border it lies
	nearest int32   // when nothing holds or touches it: the nearest within reach
	metres  float64
	quanta  float64
}

func (b *brute) ask(c spatial.Coord, reach int32) answer {
	a := answer{nearest: spatial.None, metres: math.Inf(1), quanta: math.Inf(1)}
	for _, i := range b.near(spatial.Box{Min: c, Max: c}) {
		on, holds := b.outlines[i].side(c)
		if holds {
			a.holding = append(a.holding, i)
		}
		if on {
			a.border = append(a.border, i)
		}
	}
	if len(a.holding) > 0 || len(a.border) > 0 {
		return a
	}
	for _, i := range b.near(spatial.Box{Min: c, Max: c}.Grow(reach)) {
		if d, q := b.outlines[i].distance(c, reach); d < a.metres {
			a.nearest, a.metres, a.quanta = i, d, q
		}
	}
	return a
}

// distance is that from c to the nearest edge in metres and in quanta, in
// plain float64 with the radii of curvature at c.
func distance(s *spatial.Shape, c spatial.Coord) (metres, quanta float64) {
	return distanceOf(edgesOf(s), c)
}

func distanceOf(all edges, c spatial.Coord) (metres, quanta float64) {
	const a, f = 6378137.0, 1 / 298.257222101
	const e2 = f * (2 - f)
	sin, cos := math.Sincos(c.Lat() * math.Pi / 180)
	w := 1 - e2*sin*sin
	mx, my := a/math.Sqrt(w)*cos*math.Pi/180e7, a*(1-e2)/(w*math.Sqrt(w))*math.Pi/180e7
	metres, quanta = math.Inf(1), math.Inf(1)
	for p, q := range all {
		px, py, qx, qy := float64(p.X-c.X), float64(p.Y-c.Y), float64(q.X-c.X), float64(q.Y-c.Y)
		metres = min(metres, toSegment(px*mx, py*my, qx*mx, qy*my))
		quanta = min(quanta, toSegment(px, py, qx, qy))
	}
	return metres, quanta
}

// toSegment is the distance of the origin from a segment.
func toSegment(px, py, qx, qy float64) float64 {
	dx, dy := qx-px, qy-py
	l := dx*dx + dy*dy
	if l == 0 {
		return math.Hypot(px, py)
	}
	t := min(max(-(px*dx+py*dy)/l, 0), 1)
	return math.Hypot(px+t*dx, py+t*dy)
}

// checkPlace compares Locate with brute force; counts has what was seen.
func (b *brute) checkPlace(t *testing.T, c spatial.Coord, counts map[string]int) (grids.Place, answer) {
	t.Helper()
	nearM := b.s.City.NearM
	a := b.ask(c, int32(nearM/70_000*1e7)+2) // generous below 50° of latitude
	p := b.s.Locate(c)
	fail := func(want string) {
		t.Helper()
		t.Fatalf("%.7f %.7f: %+v, want %s (%+v)", c.Lon(), c.Lat(), p, want, a)
	}
	switch {
	case len(a.holding) > 1:
		counts["overlap"]++
		if p.Status != grids.StatusInside || p.Fault != grids.FaultOverlap || !slices.Equal(append([]int32{p.Cell}, p.Also...), a.holding) {
			fail("an overlap")
		}
	case len(a.holding) == 1:
		counts["inside"]++
		if p.Status != grids.StatusInside || p.Fault != "" || p.Cell != a.holding[0] {
			fail("inside")
		}
	case len(a.border) > 0:
		counts["on the rim"]++
		if p.Status != grids.StatusInside || p.Fault != "" || p.Cell != a.border[0] {
			fail("the first on whose border it is")
		}
	case a.quanta <= spatial.SnapQuanta:
		counts["rounded off the border"]++
		if d, q := distance(b.s.City.Cells[max(p.Cell, 0)].Shape, c); p.Status != grids.StatusInside || p.Fault != "" || q > spatial.SnapQuanta {
			fail(fmt.Sprintf("snapped, it is %v m off", d))
		}
	case a.metres <= nearM:
		counts["near"]++
		if p.Status != grids.StatusNear || p.Cell != a.nearest || math.Abs(p.DistanceM-a.metres) > 1e-6 {
			fail("near")
		}
	default:
		counts["outside"]++
		if p.Status != grids.StatusOutside || p.Cell != spatial.None {
			fail("outside")
		}
	}
	return p, a
}

// checkGEOS compares the cells that GEOS says contain or cover c with brute
// force: on a border it is covered and not contained.
func (b *brute) checkGEOS(t *testing.T, c spatial.Coord, a answer) {
	t.Helper()
	point := b.ctx.NewPointFromXY(float64(c.X), float64(c.Y))
	for _, i := range b.near(spatial.Box{Min: c, Max: c}) {
		on, holds := slices.Contains(a.border, i), slices.Contains(a.holding, i)
		if got := b.geoms[i].Contains(point); got != (holds && !on) || (on && !b.geoms[i].Covers(point)) {
			t.Fatalf("%.7f %.7f: GEOS says %v of cell %s, exact arithmetic %v (on the border: %v)",
				c.Lon(), c.Lat(), got, b.s.City.Cells[i].Code, holds, on)
		}
	}
}
