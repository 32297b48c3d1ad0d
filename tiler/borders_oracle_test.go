package tiler

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/twpayne/go-geos"

	"github.com/wanmi-gis/wanmi/spatial"
)

// What is drawn of shared borders, judged by GEOS and by plain distances
// against the polygons as stored, which are projected here by the textbook's
// formulas in float64.

// unitsOf gives a position in units of the tile.
func unitsOf(id ID, c spatial.Coord) [2]float64 {
	n := math.Ldexp(Extent, int(id.Z))
	lat := c.Lat() * math.Pi / 180
	return [2]float64{
		(c.Lon()+180)/360*n - float64(id.X)*Extent,
		(1-math.Asinh(math.Tan(lat))/math.Pi)/2*n - float64(id.Y)*Extent,
	}
}

// boundUnits is BorderToleranceM in tile units.
func boundUnits(z uint8) float64 {
	metresPerUnit := 2 * math.Pi * 6378137 / math.Ldexp(Extent, int(z))
	return BorderToleranceM(z, spatial.Coord{}) / metresPerUnit
}

// storedRings are the rings of a shape in tile units.
func storedRings(id ID, s *spatial.Shape) (rings [][][2]float64) {
	for i := range s.Ends {
		var ring [][2]float64
		for _, c := range s.Part(i) {
			ring = append(ring, unitsOf(id, c))
		}
		rings = append(rings, ring)
	}
	return rings
}

func drawnRings(f featureDoc) (rings [][][2]float64) {
	for _, p := range f.parts {
		var ring [][2]float64
		for _, u := range p {
			ring = append(ring, [2]float64{float64(u.x), float64(u.y)})
		}
		rings = append(rings, ring)
	}
	return rings
}

// farthest is how far the part of rings from inside the tile's square is from
// the other rings at most, by steps of half a unit where that matters.
func farthest(from, to [][][2]float64) (far float64) {
	for _, ring := range from {
		for i, p := range ring {
			q := ring[(i+1)%len(ring)]
			n := min(int(math.Hypot(q[0]-p[0], q[1]-p[1])*2)+1, 64)
			for k := range n {
				t := float64(k) / float64(n)
				x, y := p[0]+t*(q[0]-p[0]), p[1]+t*(q[1]-p[1])
				if x >= 0 && y >= 0 && x <= Extent && y <= Extent {
					far = max(far, toRings(x, y, to, far))
				}
			}
		}
	}
	return far
}

// toRings is the distance to the nearest edge, or anything up to enough.
func toRings(x, y float64, rings [][][2]float64, enough float64) float64 {
	best := math.Inf(1)
	for _, ring := range rings {
		for i, p := range ring {
			q := ring[(i+1)%len(ring)]
			dx, dy := q[0]-p[0], q[1]-p[1]
			t := 0.0
			if d := dx*dx + dy*dy; d > 0 {
				t = min(max(((x-p[0])*dx+(y-p[1])*dy)/d, 0), 1)
			}
			if best = min(best, math.Hypot(p[0]+t*dx-x, p[1]+t*dy-y)); best <= enough {
				return best
			}
		}
	}
	return best
}

// keepsTheBound compares every feature that meets the tile with what is drawn
// of it and returns the largest distance. One that is not drawn must have no
// place in the tile that is further than the bound from its border.
func (b *bordered) keepsTheBound(tb testing.TB, layer string, id ID, g *geos.Context) (worst float64) {
	tb.Helper()
	drawn := b.drawn(tb, layer, id)
	bound := boundUnits(id.Z)
	window := id.Box(0)
	for _, f := range b.shapes[layer] {
		if f.Shape == nil || !f.Shape.Box.Meets(window) {
			continue
		}
		stored := storedRings(id, f.Shape)
		d, ok := drawn[f.ID]
		if !ok {
			rest := geosStored(g, id, f.Shape).Buffer(-bound, 4).Intersection(g.NewGeomFromBounds(0, 0, Extent, Extent))
			// The halves of one that crosses itself may cancel out in a tile.
			if _, whole := (&bordered{town: b.town, borders: NewBorders()}).drawn(tb, layer, id)[f.ID]; whole && !rest.IsEmpty() {
				tb.Fatalf("%v %s %d is not drawn though %v is inside", id, layer, f.ID, rest.ToWKT())
			}
			continue
		}
		rings := drawnRings(d)
		there, back := farthest(stored, rings), farthest(rings, stored)
		if worst = max(worst, there, back); max(there, back) > bound {
			tb.Fatalf("%v %s %d: border as stored is %.2f units off the drawn one, that %.2f off, bound %.2f\nstored %v\ndrawn %v",
				id, layer, f.ID, there, back, bound, stored, rings)
		}
	}
	return worst
}

// closedRing is for GEOS.
func closedRing(ring [][2]float64) (out [][]float64) {
	for _, p := range ring {
		out = append(out, []float64{p[0], p[1]})
	}
	return append(out, out[0])
}

// geosStored is a shape in tile units, made valid.
func geosStored(g *geos.Context, id ID, s *spatial.Shape) *geos.Geom {
	var parts []*geos.Geom
	for i := range s.Shells {
		from, to := s.Rings(i)
		var rings [][][]float64
		for r := from; r < to; r++ {
			var ring [][2]float64
			for _, c := range s.Part(r) {
				ring = append(ring, unitsOf(id, c))
			}
			rings = append(rings, closedRing(ring))
		}
		parts = append(parts, valid(g.NewPolygon(rings)))
	}
	return g.NewCollection(geos.TypeIDGeometryCollection, parts).UnaryUnion()
}

// geosDrawn is a drawn polygon: rings that turn the other way are holes.
func geosDrawn(g *geos.Context, f featureDoc) *geos.Geom {
	all := g.NewEmptyPolygon()
	for i, ring := range drawnRings(f) {
		p := valid(g.NewPolygon([][][]float64{closedRing(ring)}))
		if f.areas[i] < 0 {
			all = all.Difference(p)
		} else {
			all = all.Union(p)
		}
	}
	return all
}

func valid(p *geos.Geom) *geos.Geom {
	if p.IsValid() {
		return p
	}
	return p.MakeValidWithParams(geos.MakeValidLinework, geos.MakeValidDiscardCollapsed)
}

// tilesThePlane judges one layer of one tile: no two polygons share a place
// wider than a unit unless they do as stored, and what the layer covers as
// stored, the bound away from its rim, is covered but for what is no wider than
// a unit. It returns how many polygons were judged.
func (b *bordered) tilesThePlane(tb testing.TB, layer string, id ID, g *geos.Context) int {
	tb.Helper()
	const width = 1
	bound := boundUnits(id.Z)
	square := g.NewGeomFromBounds(0, 0, Extent, Extent)
	drawn := b.drawn(tb, layer, id)
	type piece struct {
		drawn  *geos.Geom
		stored *spatial.Shape
	}
	var pieces []piece
	var boxes spatial.Tree[int]
	var stored, all []*geos.Geom
	for _, f := range b.shapes[layer] {
		if f.Shape == nil || !f.Shape.Box.Meets(id.Box(0)) {
			continue
		}
		stored = append(stored, geosStored(g, id, f.Shape))
		if d, ok := drawn[f.ID]; ok {
			boxes.Insert(f.Shape.Box, len(pieces))
			pieces = append(pieces, piece{geosDrawn(g, d).Intersection(square), f.Shape})
			all = append(all, pieces[len(pieces)-1].drawn)
		}
	}
	for i, p := range pieces {
		boxes.Search(p.stored.Box, func(k int) bool {
			if k <= i {
				return true
			}
			both := p.drawn.Intersection(pieces[k].drawn)
			if both.Area() < 0.5 {
				return true
			}
			wide := both.Buffer(-width/2., 4)
			if wide.IsEmpty() {
				return true
			}
			already := geosStored(g, id, p.stored).Intersection(geosStored(g, id, pieces[k].stored)).Buffer(bound, 4)
			if rest := wide.Difference(already); !rest.IsEmpty() {
				tb.Fatalf("%v %s: two overlap by more than a unit at %v", id, layer, rest.ToWKT())
			}
			return true
		})
	}
	if len(stored) == 0 {
		return 0
	}
	// Stored polygons that leave hairlines between them cover those too.
	inner := g.NewCollection(geos.TypeIDGeometryCollection, stored).UnaryUnion().Intersection(square).Buffer(-bound-1e-3, 4)
	cover := g.NewEmptyPolygon()
	if len(all) > 0 {
		cover = g.NewCollection(geos.TypeIDGeometryCollection, all).UnaryUnion()
	}
	if gap := inner.Difference(cover).Buffer(-width/2., 4); !gap.IsEmpty() {
		tb.Fatalf("%v %s: a gap wider than a unit at %v", id, layer, gap.ToWKT())
	}
	return len(pieces)
}

// view is a random tile that shows something of the layer.
func (b *bordered) view(rnd *rand.Rand, layer string, z uint8) ID {
	fs := b.shapes[layer]
	s := fs[rnd.IntN(len(fs))].Shape
	id, _ := At(s.Coords[rnd.IntN(len(s.Coords))], z)
	return id
}

func TestPolygonsFromSharedBordersNeitherGapNorOverlapAndKeepTheBound(t *testing.T) {
	b := newLayeredTown(t, 61, 12)
	rnd := rand.New(rand.NewPCG(61, 61))
	g := geos.NewContext()
	judged, worst := 0, 0.0
	for round := range 28 {
		z := uint8(8 + round%14)
		for layer := range townKinds {
			id := b.view(rnd, layer, z)
			judged += b.tilesThePlane(t, layer, id, g)
			worst = max(worst, b.keepsTheBound(t, layer, id, g)/boundUnits(z))
		}
	}
	t.Logf("%d polygons, borders up to %.2f of the bound off", judged, worst)
	if judged < 500 || worst < 0.3 {
		t.Errorf("the test proves little: %d polygons, %.2f of the bound", judged, worst)
	}
}
