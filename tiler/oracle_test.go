package tiler

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/planar"
)

// orbLayer makes the layer by orb's own projection and clipping.
func orbLayer(features []*Feature, fields []string, name string, id ID) *mvt.Layer {
	l := &mvt.Layer{Name: name, Version: 2, Extent: Extent}
	for _, f := range features {
		var g orb.Geometry = f.At.Point()
		if f.Shape != nil {
			g = f.Shape.Orb()
		}
		gf := geojson.NewFeature(g)
		gf.ID = f.ID
		for i, v := range f.Values {
			if v != "" {
				gf.Properties[fields[i]] = v
			}
		}
		l.Features = append(l.Features, gf)
	}
	l.ProjectToTile(maptile.New(id.X, id.Y, maptile.Zoom(id.Z)))
	l.Clip(orb.Bound{Min: orb.Point{-Buffer, -Buffer}, Max: orb.Point{Extent + Buffer, Extent + Buffer}})
	return l
}

// TestOrbDecodesWhatWasEncoded compares every feature of many tiles with what
// orb's decoder reads, and that with what orb's projection and clipping make of
// the same feature. orb rounds before it clips and this package after; both
// round down, so away from the window's limits vertices are the same but for
// float rounding, and from z 21 on for the world grid's unit.
func TestOrbDecodesWhatWasEncoded(t *testing.T) {
	town := newTown(t, 21, 12)
	rnd := rand.New(rand.NewPCG(21, 21))
	compared := 0
	for round := range 150 {
		id := town.tile(rnd, uint8(round%(MaxZoom+1)))
		body, _, err := Encode(nil, town, town.names(), id, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := mvt.Unmarshal(body)
		if err != nil {
			t.Fatalf("%v: %v", id, err)
		}
		mine := map[string]map[uint64]*geojson.Feature{}
		for _, l := range got {
			if l.Version != 2 || l.Extent != Extent {
				t.Fatalf("version %d extent %d", l.Version, l.Extent)
			}
			mine[l.Name] = map[uint64]*geojson.Feature{}
			for _, f := range l.Features {
				mine[l.Name][uint64(f.ID.(float64))] = f
			}
		}
		for _, l := range town.layers {
			want := orbLayer(town.shapes[l.Name], l.Fields, l.Name, id)
			for _, w := range want.Features {
				w.Geometry = withoutDegenerate(w.Geometry)
				g := mine[l.Name][w.ID.(uint64)]
				if !agree(t, id, g, w) {
					t.Fatalf("%v layer %s feature %v:\n%v\nwant\n%v", id, l.Name, w.ID, g, w.Geometry)
				}
				if g != nil {
					compared++
				}
			}
		}
	}
	if compared < 5_000 {
		t.Errorf("only %d features compared", compared)
	}
	t.Logf("%d features compared", compared)
}

func agree(t *testing.T, id ID, got, want *geojson.Feature) bool {
	t.Helper()
	quantum := 1.0
	if id.Z > worldZoom {
		quantum = float64(uint(1) << (id.Z - worldZoom))
	}
	var inside []orb.Point // of orb's points, those in the tile proper
	if want.Geometry != nil && want.Geometry.Dimensions() == 0 {
		for _, p := range vertices(want.Geometry) {
			if p[0] >= 0 && p[1] >= 0 && p[0] < Extent && p[1] < Extent {
				inside = append(inside, p)
			}
		}
		if got == nil {
			for _, p := range inside { // on the tile's edge: the other tile's
				if p[0] > quantum && p[1] > quantum && p[0] < Extent-quantum && p[1] < Extent-quantum {
					return false
				}
			}
			return true
		}
		return sameProperties(got, want) && near(vertices(got.Geometry), inside, quantum)
	}
	var mine, size float64
	if got != nil {
		if !sameProperties(got, want) {
			return false
		}
		mine, _ = measure(got.Geometry)
	}
	theirs := 0.0
	if want.Geometry != nil {
		theirs, size = measure(want.Geometry)
	}
	if got == nil {
		return theirs <= 4*quantum*(size+4) // nothing, or a sliver at the limit
	}
	if want.Geometry == nil {
		return mine <= 4*quantum*(3*Extent)
	}
	slack := size + float64(len(vertices(want.Geometry))) + grazing(got.Geometry) + grazing(want.Geometry)
	if math.Abs(mine-theirs) > 2*quantum*slack {
		t.Logf("measure %v, orb's %v", mine, theirs)
		return false
	}
	return near(away(vertices(got.Geometry)), vertices(want.Geometry), quantum) &&
		near(away(vertices(want.Geometry)), vertices(got.Geometry), quantum)
}

// withoutDegenerate drops what orb keeps and the specification forbids: rings
// without area and lines without length.
func withoutDegenerate(g orb.Geometry) orb.Geometry {
	switch g := g.(type) {
	case orb.Polygon:
		return withoutDegenerate(orb.MultiPolygon{g})
	case orb.MultiPolygon:
		var out orb.MultiPolygon
		for _, p := range g {
			if planar.Area(p) == 0 { // also where holes leave nothing
				continue
			}
			var rings orb.Polygon
			for _, r := range p {
				if planar.Area(r) != 0 {
					rings = append(rings, r)
				}
			}
			out = append(out, rings)
		}
		if out == nil {
			return nil
		}
		return out
	case orb.LineString:
		return withoutDegenerate(orb.MultiLineString{g})
	case orb.MultiLineString:
		var out orb.MultiLineString
		for _, l := range g {
			if planar.Length(l) > 0 {
				out = append(out, l)
			}
		}
		if out == nil {
			return nil
		}
		return out
	}
	return g
}

func sameProperties(a, b *geojson.Feature) bool {
	if len(a.Properties) != len(b.Properties) {
		return false
	}
	for k, v := range a.Properties {
		if b.Properties[k] != v {
			return false
		}
	}
	return true
}

// near reports whether each of ps is within a quantum of one of qs.
func near(ps, qs []orb.Point, quantum float64) bool {
next:
	for _, p := range ps {
		for _, q := range qs {
			if math.Abs(p[0]-q[0]) <= quantum && math.Abs(p[1]-q[1]) <= quantum {
				continue next
			}
		}
		return false
	}
	return true
}

// away keeps the vertices that no clipping made: off the window's limits.
func away(ps []orb.Point) []orb.Point {
	const margin = 5
	var out []orb.Point
	for _, p := range ps {
		if min(p[0], p[1]) > -Buffer+margin && max(p[0], p[1]) < Extent+Buffer-margin {
			out = append(out, p)
		}
	}
	return out
}

// measure is the area of polygons with their border's length, or the length of
// lines with the number of their vertices.
func measure(g orb.Geometry) (m, size float64) {
	if g.Dimensions() == 2 {
		return math.Abs(planar.Area(g)), planar.Length(g)
	}
	return planar.Length(g), float64(len(vertices(g)))
}

// grazing is how far the ends of lines may slide along the window's limits for
// each unit that a vertex moves, together: far where an edge crosses at an
// acute angle.
func grazing(g orb.Geometry) (far float64) {
	var lines orb.MultiLineString
	switch g := g.(type) {
	case orb.LineString:
		lines = orb.MultiLineString{g}
	case orb.MultiLineString:
		lines = g
	}
	for _, l := range lines {
		for _, edge := range [][2]orb.Point{{l[0], l[1]}, {l[len(l)-1], l[len(l)-2]}} {
			for axis, at := range edge[0] {
				if at == -Buffer || at == Extent+Buffer {
					far += planar.Distance(edge[0], edge[1]) / max(1, math.Abs(at-edge[1][axis]))
				}
			}
		}
	}
	return far
}

func vertices(g orb.Geometry) (ps []orb.Point) {
	switch g := g.(type) {
	case orb.Point:
		return []orb.Point{g}
	case orb.MultiPoint:
		return g
	case orb.LineString:
		return g
	case orb.Ring:
		return g
	case orb.MultiLineString:
		for _, l := range g {
			ps = append(ps, l...)
		}
	case orb.Polygon:
		for _, r := range g {
			ps = append(ps, r...)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			ps = append(ps, vertices(p)...)
		}
	}
	return ps
}
