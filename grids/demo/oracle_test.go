package demo

import (
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// The oracle: plain integer geometry on the lattice, written apart from the
// package and from package spatial, brute force where that is simplest.

type side struct{ a, b spatial.Coord }

// ringsOf returns the rings of a shape and which of them is a shell.
func ringsOf(s *spatial.Shape) (rings [][]spatial.Coord) {
	from := uint32(0)
	for _, end := range s.Ends {
		rings = append(rings, s.Coords[from:end])
		from = end
	}
	return rings
}

func sidesOf(ring []spatial.Coord) []side {
	out := make([]side, len(ring))
	for i := range ring {
		out[i] = side{ring[i], ring[(i+1)%len(ring)]}
	}
	return out
}

// doubled is twice the signed area of a ring.
func doubled(ring []spatial.Coord) int64 {
	var sum int64
	for _, s := range sidesOf(ring) {
		// Relative to the first vertex, so that the products stay small.
		ax, ay := int64(s.a.X-ring[0].X), int64(s.a.Y-ring[0].Y)
		bx, by := int64(s.b.X-ring[0].X), int64(s.b.Y-ring[0].Y)
		sum += ax*by - ay*bx
	}
	return sum
}

// shapeArea adds the rings with their signs: shells run counter-clockwise and
// holes clockwise, which validity checks.
func shapeArea(s *spatial.Shape) int64 {
	var sum int64
	for _, r := range ringsOf(s) {
		sum += doubled(r)
	}
	return sum
}

func orient(a, b, c spatial.Coord) int {
	d := int64(b.X-a.X)*int64(c.Y-a.Y) - int64(b.Y-a.Y)*int64(c.X-a.X)
	switch {
	case d > 0:
		return 1
	case d < 0:
		return -1
	}
	return 0
}

// onSide tells whether p lies on the closed segment.
func onSide(p spatial.Coord, s side) bool {
	return p.X >= min(s.a.X, s.b.X) && p.X <= max(s.a.X, s.b.X) &&
		p.Y >= min(s.a.Y, s.b.Y) && p.Y <= max(s.a.Y, s.b.Y) && orient(s.a, s.b, p) == 0
}

func sidesMeet(s, t side) bool {
	if orient(s.a, s.b, t.a)*orient(s.a, s.b, t.b) < 0 && orient(t.a, t.b, s.a)*orient(t.a, t.b, s.b) < 0 {
		return true
	}
	return onSide(s.a, t) || onSide(s.b, t) || onSide(t.a, s) || onSide(t.b, s)
}

// inside is the even-odd rule; a position on the border is not inside.
func inside(p spatial.Coord, s *spatial.Shape) bool {
	odd := false
	for _, r := range ringsOf(s) {
		for _, e := range sidesOf(r) {
			if onSide(p, e) {
				return false
			}
			if (e.a.Y > p.Y) != (e.b.Y > p.Y) && (orient(e.a, e.b, p) > 0) == (e.b.Y > e.a.Y) {
				odd = !odd
			}
		}
	}
	return odd
}

// checkValid reports a polygon whose rings cross or touch themselves along
// more than a vertex, are too small, or run the wrong way.
func checkValid(t *testing.T, code string, s *spatial.Shape) {
	t.Helper()
	for i, ring := range ringsOf(s) {
		if len(ring) < 3 {
			t.Errorf("%s ring %d has %d vertices", code, i, len(ring))
			return
		}
		if shell := slices.Contains(s.Shells, uint32(i)); (doubled(ring) > 0) != shell {
			t.Errorf("%s ring %d runs the wrong way", code, i)
		}
		sides := sidesOf(ring)
		for j := range sides {
			if sides[j].a == sides[j].b {
				t.Errorf("%s ring %d repeats vertex %d", code, i, j)
			}
			for k := j + 1; k < len(sides); k++ {
				if k == j+1 || j == 0 && k == len(sides)-1 {
					continue // neighbours share a vertex
				}
				if sidesMeet(sides[j], sides[k]) {
					t.Errorf("%s ring %d: sides %d and %d meet", code, i, j, k)
				}
			}
		}
	}
}

// features lists every row of every layer but the units.
func features(c *grids.City) map[grids.Layer][]*grids.Feature {
	out := map[grids.Layer][]*grids.Feature{}
	add := func(l grids.Layer, f *grids.Feature) { out[l] = append(out[l], f) }
	for i := range c.Districts {
		add(grids.Districts, &c.Districts[i].Feature)
	}
	for i := range c.Streets {
		add(grids.Streets, &c.Streets[i].Feature)
	}
	for i := range c.Communities {
		add(grids.Communities, &c.Communities[i].Feature)
	}
	for i := range c.Zones {
		add(grids.Zones, &c.Zones[i].Feature)
	}
	for i := range c.Cells {
		add(grids.Cells, &c.Cells[i].Feature)
	}
	for i := range c.Components {
		add(grids.Components, &c.Components[i].Feature)
	}
	for i := range c.Addresses {
		add(grids.Addresses, &c.Addresses[i].Feature)
	}
	for i := range c.Resources {
		add(grids.Resources, &c.Resources[i].Feature)
	}
	for _, l := range grids.BaseLayers() {
		for i := range c.Base[l] {
			add(l, &c.Base[l][i].Feature)
		}
	}
	return out
}
