package heat

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geos"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// geosArea gives a band to GEOS as it is.
func geosArea(t *testing.T, g *geos.Context, areas orb.MultiPolygon) *geos.Geom {
	t.Helper()
	polygons := make([]*geos.Geom, 0, len(areas))
	for _, p := range areas {
		rings := make([][][]float64, 0, len(p))
		for _, r := range p {
			coords := make([][]float64, 0, len(r))
			for _, c := range r {
				coords = append(coords, []float64{c[0], c[1]})
			}
			rings = append(rings, coords)
		}
		polygons = append(polygons, g.NewPolygon(rings))
	}
	return g.NewCollection(geos.TypeIDMultiPolygon, polygons)
}

// withNumbers is a surface of numbers of one's own, on the town's lattice, 0 off it.
func (t *town) withNumbers(tb testing.TB, sigma float64, number func(i, j int) float32) *Surface {
	tb.Helper()
	s, err := t.ground(tb).Weigh(tb.Context(), nil, Options{Kernel: Kernel{BandwidthM: sigma}})
	if err != nil {
		tb.Fatal(err)
	}
	for k, on := range s.window.shown {
		if on {
			s.values.v[k] = number(k%s.window.NX, k/s.window.NX)
		}
	}
	return s
}

// TestBandsAreValidAndHoldTheirNumbers, by GEOS and by the surface: of densities, of
// noise, of numbers that are often a limit exactly, of both signs, of a plateau.
func TestBandsAreValidAndHoldTheirNumbers(t *testing.T) {
	t.Parallel()
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	density, err := town.ground(t).Density(t.Context(), v, town.compile(t, Filter{}), Options{Kernel: Kernel{BandwidthM: 120}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := density.Domain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(9, 9))
	for name, c := range map[string]struct {
		surface *Surface
		limits  []float64
	}{
		"a density in equal steps": {density, append(append([]float64{d.Max / 8000}, d.Breaks(Linear, 7)...), d.Max*1.001)},
		"a density in quantiles":   {density, append(append([]float64{d.Max / 1e6}, d.Breaks(Quantile, 32)...), d.Max*1.001)},
		"noise":                    {town.withNumbers(t, 400, func(int, int) float32 { return rnd.Float32() * 10 }), []float64{0.001, 2, 5, 5.0000001, 8, 11}},
		"whole numbers":            {town.withNumbers(t, 400, func(int, int) float32 { return float32(rnd.IntN(5)) }), []float64{0.5, 1, 2, 3, 4, 5}},
		"of both signs":            {town.withNumbers(t, 400, func(int, int) float32 { return float32(rnd.NormFloat64()) }), []float64{-5, -1, -0.5, -0.01, 0.01, 0.5, 1, 5}},
		"a plateau at a limit":     {town.withNumbers(t, 400, func(int, int) float32 { return 3 }), []float64{1, 2, 3, 4}},
		"none here and there": {town.withNumbers(t, 400, func(int, int) float32 {
			if rnd.IntN(9) == 0 {
				return float32(math.NaN())
			}
			return rnd.Float32()
		}), []float64{0.1, 0.5, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkBands(t, c.surface, c.limits)
		})
	}
}

func checkBands(t *testing.T, s *Surface, limits []float64) {
	t.Helper()
	bands, err := s.Bands(t.Context(), limits)
	if err != nil || len(bands) == 0 {
		t.Fatalf("%d bands, %v", len(bands), err)
	}
	g := geos.NewContext()
	shapes := make([]*geos.Geom, len(bands))
	for i := range bands {
		shapes[i] = geosArea(t, g, bands[i].Area)
		if !shapes[i].IsValid() {
			t.Fatalf("band %g to %g: %s", bands[i].Min, bands[i].Max, shapes[i].IsValidReason())
		}
		for _, p := range bands[i].Area {
			for r, ring := range p {
				if ring.Orientation() != map[bool]orb.Orientation{true: orb.CCW, false: orb.CW}[r == 0] {
					t.Errorf("ring %d runs the wrong way", r)
				}
			}
		}
	}
	for i := range shapes {
		for j := range i {
			if both := shapes[i].Intersection(shapes[j]).Area(); both > 1e-9*shapes[i].Area() {
				t.Errorf("bands %d and %d share %g square degrees", i, j, both)
			}
		}
	}
	// At nodes, where borders are not: which band holds it is what its number says.
	l := s.Lattice()
	prepared := make([]*geos.PrepGeom, len(shapes))
	for i := range shapes {
		prepared[i] = shapes[i].Prepare()
	}
	for k, v := range s.Values() {
		if k%7 != 0 {
			continue
		}
		number := float64(v)
		if v != v {
			number = 0
		}
		lon, lat := s.ground.plane.Inverse(l.At(k%l.NX, k/l.NX))
		at := g.NewPoint([]float64{lon, lat})
		for i := range bands {
			inside := number >= bands[i].Min && number < bands[i].Max
			if bands[i].Max < 0 { // of those below 0 the outer end is the one within
				inside = number > bands[i].Min && number <= bands[i].Max
			}
			if prepared[i].Contains(at) != inside {
				t.Fatalf("node %d has %g; in the band %g to %g: %t", k, number, bands[i].Min, bands[i].Max, !inside)
			}
		}
	}
}

// TestBandsFollowASmoothSurface: a place that a border passes has the border's number.
func TestBandsFollowASmoothSurface(t *testing.T) {
	t.Parallel()
	town := newTown(t, 7, 20, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	rows := []Row{{FID: 1, At: town.center, Cell: 0}}
	v := town.table(t, slices.Values(rows)).View()
	s, err := town.ground(t).Density(t.Context(), v, town.compile(t, Filter{}), Options{Kernel: Kernel{BandwidthM: 100}})
	if err != nil {
		t.Fatal(err)
	}
	peak := s.Value(town.center)
	bands, err := s.Bands(t.Context(), []float64{peak / 8, peak / 4, peak / 2, peak * 1.1})
	if err != nil || len(bands) != 3 {
		t.Fatalf("%d bands, %v", len(bands), err)
	}
	for i := range bands {
		for _, c := range bands[i].Area[0][0] { // the shell is at the lower limit
			if got := s.Value(spatial.At(c[0], c[1])); math.Abs(got-bands[i].Min) > 0.003*peak {
				t.Fatalf("on the border of %g there is %g", bands[i].Min, got)
			}
		}
		// The disc where a Gaussian is above a share q of its peak: r = σ·√(2·ln 1/q).
		want := math.Pi * 100 * 100 * 2 * math.Log(peak/bands[i].Min)
		if i < 2 {
			want -= math.Pi * 100 * 100 * 2 * math.Log(peak/bands[i].Max)
		}
		g := geos.NewContext()
		perLon, perLat := crs.MetresPerDegree(town.center.Lat())
		if got := geosArea(t, g, bands[i].Area).Area() * perLon * perLat; math.Abs(got-want) > 0.02*want {
			t.Errorf("band %d has %g m², not %g", i, got, want)
		}
	}
}

func TestBandsThatAreNotDrawn(t *testing.T) {
	t.Parallel()
	town := newTown(t, 7, 20, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	s := town.withNumbers(t, 100, func(i, j int) float32 { return float32(i + j) })
	for name, limits := range map[string][]float64{
		"0": {0, 1}, "none": {math.NaN()}, "falling": {2, 1}, "many": make([]float64, MaxLimits+1),
	} {
		if _, err := s.Bands(t.Context(), limits); !errors.Is(err, ErrBands) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Bands(ctx, []float64{1, 2}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if bands, err := s.Bands(t.Context(), []float64{1000, 2000}); err != nil || len(bands) != 0 {
		t.Errorf("%v, %v", bands, err)
	}
}

// TestInPlaneIsTheNumberAtThePlace of the same longitude and latitude.
func TestInPlaneIsTheNumberAtThePlace(t *testing.T) {
	t.Parallel()
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	s, err := town.ground(t).Density(t.Context(), v, town.compile(t, Filter{}), Options{Kernel: Kernel{BandwidthM: 60}})
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(4, 4))
	for range 2000 {
		at := spatial.At(114.31+(rnd.Float64()-0.5)*0.03, 34.79+(rnd.Float64()-0.5)*0.03)
		e, n := s.ground.plane.Forward(at.Lon(), at.Lat())
		if a, b := s.InPlane(e, n), s.Value(at); math.Abs(a-b) > 1e-3 {
			t.Fatalf("%v: %g and %g", at, a, b)
		}
	}
}

func BenchmarkBands(b *testing.B) {
	town := newTown(b, 31, 60, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	v := town.table(b, town.rows(37, 100_000)).View()
	s, err := town.ground(b).Density(b.Context(), v, town.compile(b, Filter{}), Options{Kernel: Kernel{BandwidthM: 50}})
	if err != nil {
		b.Fatal(err)
	}
	d, err := s.Domain(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	points := 0
	for b.Loop() {
		bands, err := s.Bands(b.Context(), append(append([]float64{d.Max / 8000}, d.Breaks(Linear, 7)...), d.Max*1.001))
		if err != nil {
			b.Fatal(err)
		}
		points = 0
		for i := range bands {
			for _, p := range bands[i].Area {
				for _, r := range p {
					points += len(r)
				}
			}
		}
	}
	b.ReportMetric(float64(points), "points")
	b.ReportMetric(float64(s.Lattice().Nodes()), "nodes")
}
