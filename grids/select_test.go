package grids

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geos"

	"github.com/wanmi-gis/wanmi/spatial"
)

// selectTown is the made-up town with states and units, and streets as lines
// among the background.
func selectTown(t testing.TB, r *rand.Rand) *Snapshot {
	c := newTown(t, r)
	for i := range c.Components {
		row := &c.Components[i]
		row.Category = []string{"0101", "0102", "0118", "0201"}[r.IntN(4)]
		row.State = []string{"", "完好", "破损"}[r.IntN(3)]
		row.Owner, row.Maintainer, row.Authority = fmt.Sprintf("U%d", r.IntN(5)), fmt.Sprintf("U%d", r.IntN(5)), ""
	}
	for i := range 30 {
		at := somewhere(r).Point()
		line := orb.LineString{at}
		for range 1 + r.IntN(4) {
			at = orb.Point{at[0] + (r.Float64()-0.5)*2e-3, at[1] + (r.Float64()-0.5)*2e-3}
			line = append(line, at)
		}
		s, err := spatial.FromOrb(line)
		if err != nil {
			t.Fatal(err)
		}
		c.Base[BaseRoads] = append(c.Base[BaseRoads], Base{Feature: Feature{FID: int64(10_000 + i), Code: fmt.Sprint("road", i), Shape: s, At: s.Representative()}})
	}
	return snapshot(t, c, time.Now())
}

// oracle says by other means whether a feature is in an extent.
type oracle func(f *Feature) bool

// randomRegion is a region in or around the town: a cell, several cells that
// share borders, a concave star, one with a hole, or a sliver.
func randomRegion(t testing.TB, r *rand.Rand, s *Snapshot) (*spatial.Region, *spatial.Shape) {
	var g orb.Geometry
	m := somewhere(r).Point()
	switch r.IntN(5) {
	case 0:
		g = s.City.Cells[r.IntN(len(s.City.Cells))].Shape.Orb()
	case 1:
		var cells orb.MultiPolygon
		for _, i := range r.Perm(len(s.City.Cells))[:2+r.IntN(30)] {
			cells = append(cells, s.City.Cells[i].Shape.Orb().(orb.Polygon))
		}
		g = cells
	case 2:
		var star orb.Ring
		for k := range 9 {
			d := []float64{0.0005, 0.003}[k%2]
			star = append(star, orb.Point{m[0] + d*[]float64{1, .7, 0, -.7, -1, -.7, 0, .7, .9}[k], m[1] + d*[]float64{0, .7, 1, .7, 0, -.7, -1, -.7, -.1}[k]})
		}
		g = orb.Polygon{append(star, star[0])}
	case 3:
		ring := func(d float64) orb.Ring {
			return orb.Ring{{m[0] - d, m[1] - d}, {m[0] + d, m[1] - d}, {m[0] + d, m[1] + d}, {m[0] - d, m[1] + d}, {m[0] - d, m[1] - d}}
		}
		g = orb.Polygon{ring(0.004), ring(0.001 + 0.002*r.Float64())}
	default:
		g = orb.Polygon{{m, {m[0] + 0.01, m[1] + 0.005}, {m[0] + 0.01, m[1] + 0.0050001}, m}}
	}
	shape, err := spatial.FromOrb(g)
	if err != nil {
		t.Fatal(err)
	}
	region, err := spatial.NewRegion(shape)
	if err != nil {
		t.Fatalf("%v: %v", g, err)
	}
	return region, shape
}

// inGEOS reads a shape into GEOS, in quanta.
func inGEOS(t testing.TB, ctx *geos.Context, s *spatial.Shape) *geos.Geom {
	t.Helper()
	pairs := func(part []spatial.Coord, closed bool) (out [][]float64) {
		for _, c := range part {
			out = append(out, []float64{float64(c.X), float64(c.Y)})
		}
		if closed {
			out = append(out, out[0])
		}
		return out
	}
	var parts []*geos.Geom
	switch s.Kind {
	case spatial.Points:
		return ctx.NewPointFromXY(float64(s.Coords[0].X), float64(s.Coords[0].Y))
	case spatial.Lines:
		for i := range s.Ends {
			parts = append(parts, ctx.NewLineString(pairs(s.Part(i), false)))
		}
	default:
		for i := range s.Shells {
			from, to := s.Rings(i)
			var rings [][][]float64
			for k := from; k < to; k++ {
				rings = append(rings, pairs(s.Part(k), true))
			}
			parts = append(parts, ctx.NewPolygon(rings))
		}
	}
	return ctx.NewCollection(geos.TypeIDGeometryCollection, parts)
}

// TestSelect_FindsWhatTheOraclesFind compares counts and pages with GEOS for
// polygons, and with the distance to every feature for discs and corridors.
func TestSelect_FindsWhatTheOraclesFind(t *testing.T) {
	r := newRand(t, 81)
	s := selectTown(t, r)
	ctx := geos.NewContext()
	layers := append(MapLayers(), OwnershipAreas)
	found := map[Layer]int{}
	for range 90 {
		var e Extent
		var in oracle
		switch r.IntN(3) {
		case 0:
			region, shape := randomRegion(t, r, s)
			theirs := inGEOS(t, ctx, shape)
			// GEOS intersects collections part by part.
			e, in = region, func(f *Feature) bool { return theirs.Intersects(inGEOS(t, ctx, f.Geometry())) }
		case 1:
			center, radius := somewhere(r), 300*r.Float64()
			if r.IntN(2) == 0 { // through a component
				center = s.City.Components[r.IntN(600)].At
				ruler := spatial.RulerAt(center)
				radius = ruler.DistanceM(s.City.Components[r.IntN(600)].At)
			}
			ruler := spatial.RulerAt(center)
			e, in = spatial.NewDisc(center, radius), func(f *Feature) bool { return f.distanceM(center, &ruler) <= radius }
		default:
			a, b, c := somewhere(r), somewhere(r), somewhere(r)
			line, err := spatial.FromOrb(orb.LineString{a.Point(), b.Point(), c.Point()})
			if err != nil {
				t.Fatal(err)
			}
			radius := 100 * r.Float64()
			corridor := spatial.NewCorridor(line, radius)
			e, in = corridor, func(f *Feature) bool {
				if f.Shape == nil {
					return line.DistanceM(f.At) <= radius
				}
				return corridor.Meets(f.Shape) // compared with all pairs of edges in package spatial
			}
		}
		asked := []Layer{}
		for _, k := range r.Perm(len(layers))[:1+r.IntN(len(layers))] {
			asked = append(asked, layers[k])
		}
		var want []Found
		for _, l := range asked {
			for i := range int32(s.Count(l)) {
				if in(s.Feature(l, i)) {
					want = append(want, Found{l, i})
					found[l]++
				}
			}
		}
		compareSelection(t, r, s, e, asked, want)
	}
	t.Log(found)
	for _, l := range []Layer{Cells, Components, Addresses, Resources, BaseRoads, BaseWater} {
		if found[l] < 5 {
			t.Errorf("%s: found %d times, the test has lost its point", l, found[l])
		}
	}
}

// compareSelection asks page by page and compares all that is answered.
func compareSelection(t *testing.T, r *rand.Rand, s *Snapshot, e Extent, asked []Layer, want []Found) {
	t.Helper()
	q := &Question{Extent: e, Layers: asked, Limit: 1 + r.IntN(60)}
	var got []Found
	for {
		sel, err := s.Select(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		for k, l := range asked {
			n, categories := 0, map[string]int{}
			for _, f := range want {
				if f.Layer == l {
					n++
					if l == Components {
						categories[s.City.Components[f.Index].Category]++
					}
				}
			}
			if c := sel.Counts[k]; c.N != n || (l == Components && asText(t, c.Categories) != asText(t, categories)) {
				t.Fatalf("%s: %+v, want %d %v", l, c, n, categories)
			}
		}
		if len(sel.Page) > q.Limit || (sel.Next != nil && len(sel.Page) < q.Limit) {
			t.Fatalf("a page of %d, limit %d", len(sel.Page), q.Limit)
		}
		got = append(got, sel.Page...)
		if sel.Next == nil {
			break
		}
		q.After = sel.Next
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%T: pages have %v, want %v", e, got, want)
	}
	counts, err := s.Select(context.Background(), &Question{Extent: e, Layers: asked})
	if err != nil || counts.Page != nil || counts.Next != nil {
		t.Fatalf("counts only: %+v, %v", counts, err)
	}
}

func TestSelect_FiltersByWhatTheRowsSay(t *testing.T) {
	r := newRand(t, 82)
	s := selectTown(t, r)
	all, err := spatial.FromOrb(orb.Polygon{{{114, 34}, {115, 34}, {115, 35}, {114, 35}, {114, 34}}})
	if err != nil {
		t.Fatal(err)
	}
	everywhere, err := spatial.NewRegion(all)
	if err != nil {
		t.Fatal(err)
	}
	place := func(l Layer, i int32) Place { return s.Locate(s.Feature(l, i).At) }
	within := func(l Layer, i, index int32) bool {
		return index != spatial.None && s.Feature(l, index).Code != "" && i == index
	}
	zone, community := s.City.Zones[1].Code, s.City.Communities[2].Code
	for name, c := range map[string]struct {
		layer  Layer
		filter Filter
		want   func(i int32) bool
	}{
		"a minor":  {Components, Filter{Category: []string{"0118"}}, func(i int32) bool { return s.City.Components[i].Category == "0118" }},
		"a major":  {Components, Filter{Category: []string{"01"}}, func(i int32) bool { return s.City.Components[i].Category < "02" }},
		"prefixes": {Components, Filter{Category: []string{"0102", "02"}}, func(i int32) bool { return slices.Contains([]string{"0102", "0201"}, s.City.Components[i].Category) }},
		"a state":  {Components, Filter{State: "破损"}, func(i int32) bool { return s.City.Components[i].State == "破损" }},
		"its unit": {Components, Filter{Unit: "U3"}, func(i int32) bool {
			return s.City.Components[i].Owner == "U3" || s.City.Components[i].Maintainer == "U3"
		}},
		"two words": {Components, Filter{Unit: "U3", State: "完好"}, func(i int32) bool {
			c := &s.City.Components[i]
			return c.State == "完好" && (c.Owner == "U3" || c.Maintainer == "U3")
		}},
		"a zone": {Components, Filter{Zone: zone}, func(i int32) bool {
			p := place(Components, i)
			return p.Status == StatusInside && within(Zones, 1, p.Zone)
		}},
		"community":  {Components, Filter{Community: community}, func(i int32) bool { p := place(Components, i); return p.Status == StatusInside && p.Community == 2 }},
		"cells":      {Cells, Filter{Street: s.City.Streets[1].Code}, func(i int32) bool { return s.chains[i].street == 1 }},
		"a district": {Cells, Filter{District: s.City.Districts[0].Code}, func(i int32) bool { return s.chains[i].district == 0 }},
		"car's unit": {Resources, Filter{Unit: "U9"}, func(int32) bool { return false }},
		"zone's":     {Zones, Filter{Unit: "U9"}, func(int32) bool { return false }},
		"area's":     {OwnershipAreas, Filter{Unit: "U9"}, func(int32) bool { return false }},
	} {
		var want []Found
		for i := range int32(s.Count(c.layer)) {
			if c.want(i) {
				want = append(want, Found{c.layer, i})
			}
		}
		sel, err := s.Select(context.Background(), &Question{Extent: everywhere, Layers: []Layer{c.layer}, Filter: c.filter, Limit: 10_000})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(sel.Page, want) || sel.Counts[0].N != len(want) {
			t.Errorf("%s: %d found, want %d", name, len(sel.Page), len(want))
		}
		if c.layer != Resources && c.layer != Zones && c.layer != OwnershipAreas && (len(want) == 0 || len(want) == s.Count(c.layer)) {
			t.Errorf("%s: %d of %d: the case has lost its point", name, len(want), s.Count(c.layer))
		}
	}
	for name, c := range map[string]struct {
		layer  Layer
		filter Filter
		want   FilterError
	}{
		"cells have no category": {Cells, Filter{Category: []string{"01"}}, FilterError{Word: "category"}},
		"no state of the houses": {BaseBuildings, Filter{State: "x"}, FilterError{Word: "state"}},
		"a category of nothing":  {Components, Filter{Category: []string{"01", "99"}}, FilterError{Word: "category", Category: true}},
		"an empty category":      {Components, Filter{Category: []string{""}}, FilterError{Word: "category", Category: true}},
		"a zone of nothing":      {Components, Filter{Zone: "nowhere"}, FilterError{Word: "zone", Unknown: true}},
	} {
		_, err := s.Select(context.Background(), &Question{Extent: everywhere, Layers: []Layer{c.layer}, Filter: c.filter})
		var got *FilterError
		if !errors.As(err, &got) || got.Word != c.want.Word || got.Category != c.want.Category || got.Unknown != c.want.Unknown {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSelect_StopsWhenNobodyWaits(t *testing.T) {
	r := newRand(t, 83)
	s := selectTown(t, r)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Select(gone, &Question{Extent: spatial.NewDisc(s.City.Cells[0].At, 1000), Layers: []Layer{Components}}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
