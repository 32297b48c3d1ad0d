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

// side decides by the border rule in int64, along a ray to the north: the point
// moved by ε east and ε² north has an edge above it when the edge spans x+ε and
// passes above the point, or through it and rises.
func side(s *spatial.Shape, c spatial.Coord) (on, holds bool) {
	if !s.Box.Holds(c) {
		return false, false
	}
	for i := range s.Ends {
		ring := s.Part(i)
		a := ring[len(ring)-1]
		for _, b := range ring {
			w, e := a, b
			a = b
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
	}
	return on, holds
}

// brute is every cell looked at.
type brute struct {
	s     *grids.Snapshot
	ctx   *geos.Context
	geoms []*geos.Geom
}

func newBrute(s *grids.Snapshot, shapes func(yield func(*spatial.Shape) bool)) *brute {
	b := &brute{s: s, ctx: geos.NewContext()}
	for shape := range shapes {
		b.geoms = append(b.geoms, geosShape(b.ctx, shape))
	}
	return b
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
	touch   int32   // the first cell on whose border it lies
	nearest int32   // when nothing holds or touches it: the nearest within reach
	metres  float64
	quanta  float64
}

func (b *brute) ask(c spatial.Coord, reach spatial.Box) answer {
	a := answer{touch: spatial.None, nearest: spatial.None, metres: math.Inf(1), quanta: math.Inf(1)}
	for i := range b.s.City.Cells {
		on, holds := side(b.s.City.Cells[i].Shape, c)
		if holds {
			a.holding = append(a.holding, int32(i))
		}
		if on && a.touch == spatial.None {
			a.touch = int32(i)
		}
	}
	if len(a.holding) > 0 || a.touch != spatial.None {
		return a
	}
	for i := range b.s.City.Cells {
		shape := b.s.City.Cells[i].Shape
		if !shape.Box.Meets(reach) {
			continue
		}
		if d, q := distance(shape, c); d < a.metres {
			a.nearest, a.metres, a.quanta = int32(i), d, q
		}
	}
	return a
}

// distance is that from c to the nearest edge in metres and in quanta, in
// plain float64 with the radii of curvature at c.
func distance(s *spatial.Shape, c spatial.Coord) (metres, quanta float64) {
	const a, f = 6378137.0, 1 / 298.257222101
	const e2 = f * (2 - f)
	sin, cos := math.Sincos(c.Lat() * math.Pi / 180)
	w := 1 - e2*sin*sin
	mx, my := a/math.Sqrt(w)*cos*math.Pi/180e7, a*(1-e2)/(w*math.Sqrt(w))*math.Pi/180e7
	metres, quanta = math.Inf(1), math.Inf(1)
	for i := range s.Ends {
		ring := s.Part(i)
		p := ring[len(ring)-1]
		for _, q := range ring {
			px, py, qx, qy := float64(p.X-c.X), float64(p.Y-c.Y), float64(q.X-c.X), float64(q.Y-c.Y)
			metres = min(metres, toSegment(px*mx, py*my, qx*mx, qy*my))
			quanta = min(quanta, toSegment(px, py, qx, qy))
			p = q
		}
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
func (b *brute) checkPlace(t *testing.T, c spatial.Coord, counts map[string]int) grids.Place {
	t.Helper()
	nearM := b.s.City.NearM
	reachX := int32(nearM/70_000*1e7) + 2 // generous below 50° of latitude
	a := b.ask(c, spatial.Box{Min: c, Max: c}.Grow(reachX))
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
	case a.touch != spatial.None:
		counts["on the rim"]++
		if p.Status != grids.StatusInside || p.Fault != "" || p.Cell != a.touch {
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
	return p
}

// checkGEOS compares the cells that GEOS says contain c with brute force; on a
// border GEOS contains in none.
func (b *brute) checkGEOS(t *testing.T, c spatial.Coord) (onBorder bool) {
	t.Helper()
	point := b.ctx.NewPointFromXY(float64(c.X), float64(c.Y))
	for i := range b.s.City.Cells {
		shape := b.s.City.Cells[i].Shape
		if !shape.Box.Holds(c) {
			continue
		}
		on, holds := side(shape, c)
		onBorder = onBorder || on
		if got := b.geoms[i].Contains(point); got != (holds && !on) {
			t.Fatalf("%.7f %.7f: GEOS says %v of cell %s, exact arithmetic %v (on the border: %v)",
				c.Lon(), c.Lat(), got, b.s.City.Cells[i].Code, holds, on)
		}
	}
	return onBorder
}
