//go:build peers

package api

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/planar"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// agreeOnSums holds wanmi's and PostGIS's sums in a tile against those counted
// over all components, and the features of those who write every one. It
// returns the number of squares along the tile's side that wanmi chose.
func agreeOnSums(t *testing.T, snap *grids.Snapshot, db *postGIS, node *nodePeers, id tiler.ID) (side int) {
	t.Helper()
	body, err := encodeUncached(nil, snap, []string{"components"}, id)
	if err != nil {
		t.Fatal(err)
	}
	got := readSums(t, body)
	side = got.Side()
	want, single := CountSums(snap, id, side)
	sameSums(t, "wanmi", id, got, want)
	if body, err = db.sums(t.Context(), id, side); err != nil {
		t.Fatal(err)
	}
	sameSums(t, "postgis", id, readSums(t, body), want)

	if body, err = db.tile(t.Context(), pointsStatement, id); err != nil {
		t.Fatal(err)
	}
	if n := len(pointsIn(t, body, 0)); n != single {
		t.Errorf("%v: postgis writes %d points, the city has %d", id, n, single)
	}
	m, err := node.tile("points", id)
	if err != nil {
		t.Fatal(err)
	}
	// geojson-vt rounds to the nearest unit, and points of the buffer are there.
	if most, least := len(pointsIn(t, m.Body, 0)), len(pointsIn(t, m.Body, 1)); single > most || single < least {
		t.Errorf("%v: geojson-vt writes %d to %d points, the city has %d", id, least, most, single)
	}
	t.Logf("%v: %d components in %d of %d² squares: wanmi, PostGIS and a count agree", id, got.Total(), len(got), side)
	return side
}

func orbLayers(t *testing.T, body []byte) map[string][]*geojson.Feature {
	t.Helper()
	layers, err := mvt.Unmarshal(body)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]*geojson.Feature{}
	for _, l := range layers {
		out[l.Name] = l.Features
	}
	return out
}

func readSums(t *testing.T, body []byte) SquareSums {
	t.Helper()
	out := SquareSums{}
	for _, f := range orbLayers(t, body)["components"] {
		p, ok := f.Geometry.(orb.Point)
		if !ok {
			t.Fatalf("%v is no point", f.Geometry)
		}
		at := Square{int(p[0]), int(p[1])}
		if out[at] != nil {
			t.Fatalf("%v twice", at)
		}
		out[at] = map[string]int{}
		for name, n := range f.Properties {
			if name == "count" || strings.HasPrefix(name, "count_") {
				out[at][name] = int(numeral(n))
			}
		}
	}
	return out
}

func numeral(v any) float64 {
	switch n := v.(type) {
	case float64:
		return n
	case uint64:
		return float64(n)
	case int64:
		return float64(n)
	}
	return math.NaN()
}

func sameSums(t *testing.T, whose string, id tiler.ID, got, want SquareSums) {
	t.Helper()
	if got.Total() != want.Total() {
		t.Errorf("%v: %s counts %d components, there are %d", id, whose, got.Total(), want.Total())
	}
	if !maps.EqualFunc(got, want, maps.Equal[map[string]int]) {
		t.Errorf("%v: %s has other sums in %d squares, %d are due", id, whose, len(got), len(want))
		for at, counts := range want {
			if !maps.Equal(counts, got[at]) {
				t.Fatalf("%v: %s: %v, want %v", at, whose, got[at], counts)
			}
		}
	}
}

// pointsIn are the points of the components in a tile that are at least margin
// units inside of it.
func pointsIn(t *testing.T, body []byte, margin float64) (ps []orb.Point) {
	t.Helper()
	for _, f := range orbLayers(t, body)["components"] {
		if p, ok := f.Geometry.(orb.Point); ok && min(p[0], p[1]) >= margin && max(p[0], p[1]) <= tiler.Extent-margin {
			ps = append(ps, p)
		}
	}
	return ps
}

// agreeOnFeatures holds wanmi's tile of cells and components against PostGIS's:
// the same features with the same attributes, where one may lack what is next
// to nothing or lies at the rim, positions within a unit, borders within one
// and what wanmi simplifies by.
func agreeOnFeatures(t *testing.T, snap *grids.Snapshot, db *postGIS, node *nodePeers, id tiler.ID) (n int) {
	t.Helper()
	body, err := encodeUncached(nil, snap, []string{"cells", "components"}, id)
	if err != nil {
		t.Fatal(err)
	}
	mine := orbLayers(t, body)
	if body, err = db.tile(t.Context(), mixedStatement, id); err != nil {
		t.Fatal(err)
	}
	theirs := orbLayers(t, body)
	for _, layer := range []string{"cells", "components"} {
		n += agreeOnLayer(t, id, layer, mine[layer], theirs[layer])
	}
	points := 0
	for _, f := range mine["components"] {
		if _, ok := f.Geometry.(orb.Point); ok {
			points++
		}
	}
	m, err := node.tile("mixed", id)
	if err != nil {
		t.Fatal(err)
	}
	if most, least := len(pointsIn(t, m.Body, 0)), len(pointsIn(t, m.Body, 1)); points > most || points < least {
		t.Errorf("%v: geojson-vt writes %d to %d points, wanmi %d", id, least, most, points)
	}
	return n
}

// simplifiedUnits is how far a border may be from the one stored at zoom 14, in
// units of a tile, rounding included (tiler.BorderToleranceM).
const simplifiedUnits = 4.1

func agreeOnLayer(t *testing.T, id tiler.ID, layer string, mine, theirs []*geojson.Feature) (n int) {
	t.Helper()
	a, b := byID(t, mine), byID(t, theirs)
	for _, fid := range slices.Concat(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b))) {
		f, g := a[fid], b[fid]
		if f == nil || g == nil {
			if one := cmpNil(f, g); !negligible(one.Geometry) {
				t.Fatalf("%v %s %v is in one tile only: %v", id, layer, fid, one.Geometry)
			}
			continue
		}
		n++
		for name, v := range f.Properties {
			if g.Properties[name] != v {
				t.Fatalf("%v %s %v: %v, PostGIS %v", id, layer, fid, f.Properties, g.Properties)
			}
		}
		if p, ok := f.Geometry.(orb.Point); ok {
			if q, ok := g.Geometry.(orb.Point); !ok || math.Abs(p[0]-q[0]) > 1 || math.Abs(p[1]-q[1]) > 1 {
				t.Fatalf("%v %s %v: %v, PostGIS %v", id, layer, fid, f.Geometry, g.Geometry)
			}
			continue
		}
		if far := max(farthest(f.Geometry, g.Geometry), farthest(g.Geometry, f.Geometry)); far > 1+simplifiedUnits {
			t.Fatalf("%v %s %v: %v units apart:\n%v\nPostGIS\n%v", id, layer, fid, far, f.Geometry, g.Geometry)
		}
	}
	return n / 2
}

func cmpNil(f, g *geojson.Feature) *geojson.Feature {
	if f == nil {
		return g
	}
	return f
}

func byID(t *testing.T, features []*geojson.Feature) map[float64]*geojson.Feature {
	t.Helper()
	out := map[float64]*geojson.Feature{}
	for _, f := range features {
		id := numeral(f.ID)
		if out[id] != nil {
			t.Fatalf("%v twice", id)
		}
		out[id] = f
	}
	return out
}

// negligible is what rounding makes nothing of: less than two units wide, or
// within two units of the window's rim, where clipping leaves nothing. Points
// may be two units beyond the tile's edge, as PostGIS compares in float32, which
// is a metre here.
func negligible(g orb.Geometry) bool {
	if p, ok := g.(orb.Point); ok {
		return min(p[0], p[1]) <= 0 || max(p[0], p[1]) >= tiler.Extent
	}
	b := g.Bound()
	const rim = tiler.Buffer - 2
	width, height := b.Max[0]-b.Min[0], b.Max[1]-b.Min[1]
	outside := b.Max[0] <= -rim || b.Max[1] <= -rim || b.Min[0] >= tiler.Extent+rim || b.Min[1] >= tiler.Extent+rim
	if outside || max(width, height) <= 2 {
		return true
	}
	return g.Dimensions() == 2 && math.Abs(planar.Area(g)) <= 2*planar.Length(g)
}

// farthest is how far a vertex of g off the window's rim is from the lines or
// borders of h.
func farthest(g, h orb.Geometry) (far float64) {
	const rim = tiler.Buffer - 5
	lines := linesOf(h)
	for _, l := range linesOf(g) {
		for _, p := range l {
			if min(p[0], p[1]) > -rim && max(p[0], p[1]) < tiler.Extent+rim {
				far = max(far, planar.DistanceFrom(lines, p))
			}
		}
	}
	return far
}

func linesOf(g orb.Geometry) (out orb.MultiLineString) {
	switch g := g.(type) {
	case orb.LineString:
		out = orb.MultiLineString{g}
	case orb.MultiLineString:
		out = g
	case orb.Polygon:
		for _, r := range g {
			out = append(out, orb.LineString(r))
		}
	case orb.MultiPolygon:
		for _, p := range g {
			out = append(out, linesOf(p)...)
		}
	}
	return out
}
