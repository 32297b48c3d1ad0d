package api_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/planar"

	"github.com/wanmi-gis/wanmi/api/heatmap"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// TestHexagonsCountEachCaseOnce: by the outlines that are exported, point by point,
// under filters that are judged word by word.
func TestHexagonsCountEachCaseOnce(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 250, true)
	rnd := rand.New(rand.NewPCG(4, 3))
	for k, f := range w.heatFilters(rnd) {
		width := []float64{60, 200, 900}[k%3]
		words := fmt.Sprintf("by=hex&hex_m=%g&", width) + f.words.Encode()
		got := heatOf[heatmap.HeatAreas](t, w, "/heat/areas?"+words)
		outlines := w.outlines(t, words)
		whole := width * width * math.Sqrt(3) / 2 / 1e6
		want := map[string]int64{}
		n, rest := int64(0), int64(0)
		for i := range w.all {
			c := &w.all[i]
			if !f.keep(c) {
				continue
			}
			if n++; c.Cell == "" {
				rest++
				continue
			}
			in := ""
			for code, ring := range outlines {
				if planar.RingContains(ring, c.At.Point()) {
					if in != "" {
						t.Fatalf("%v lies in %s and %s", c.At, in, code)
					}
					in = code
				}
			}
			want[in]++
		}
		sum, km2 := got.Rest, 0.0
		for _, a := range got.Areas {
			sum, km2 = sum+a.N, km2+a.KM2
			if a.N != want[a.Code] || math.Abs(*a.Inside*whole-a.KM2) > 1e-9 || *a.Inside > 1 || a.Middle == nil || outlines[a.Code] == nil {
				t.Fatalf("%s: %+v, not %d", words, a, want[a.Code])
			}
			if math.Abs(a.PerKM2*a.KM2-float64(a.N)) > 1e-9 || a.Low > a.PerKM2 || a.High < a.PerKM2 || a.Unsure != (a.N <= 3) ||
				math.Abs(a.Per30Days-a.PerKM2*30/got.Period.Days) > 1e-9*a.PerKM2 {
				t.Errorf("%s: %+v", words, a)
			}
		}
		if got.N != n || sum != n || got.Rest != rest || math.Abs(got.Hex.AreaKM2-whole) > 1e-12 {
			t.Errorf("%s: n %d, rest %d, sum %d; want %d and %d; %+v", words, got.N, got.Rest, sum, n, rest, got.Hex)
		}
		cells := 0.0
		for i := range w.snap.City.Cells {
			cells += w.snap.City.Cells[i].Shape.AreaM2() / 1e6
		}
		if math.Abs(km2-cells) > 1e-5*cells || math.Abs(got.City.KM2-km2) > 1e-9 {
			t.Errorf("%s: %g km² in hexagons, %g in cells", words, km2, cells)
		}
		w.checkTable(t, words, n)
	}
}

// outlines reads the exported hexagons.
func (w *warm) outlines(t *testing.T, words string) map[string]orb.Ring {
	t.Helper()
	r := w.get(t, "/heat/export.geojson?"+words)
	all, err := geojson.UnmarshalFeatureCollection(r.body)
	if err != nil || r.status != 200 {
		t.Fatalf("%d, %v", r.status, err)
	}
	out := map[string]orb.Ring{}
	for _, f := range all.Features {
		ring := f.Geometry.(orb.Polygon)[0]
		if len(ring) != 7 || ring[0] != ring[6] || f.Properties["n"] == nil {
			t.Errorf("%v %v", ring, f.Properties)
		}
		out[f.ID.(string)] = ring
	}
	return out
}

// checkTable adds up the exported table.
func (w *warm) checkTable(t *testing.T, words string, n int64) {
	t.Helper()
	r := w.get(t, "/heat/export.csv?"+words)
	table, err := csv.NewReader(strings.NewReader(string(r.body))).ReadAll()
	if err != nil || r.status != 200 || table[0][2] != "n" {
		t.Fatalf("%d, %v", r.status, err)
	}
	sum := int64(0)
	for _, row := range table[1:] {
		v, err := strconv.ParseInt(row[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += v
	}
	if sum != n {
		t.Errorf("%s: the table has %d cases of %d", words, sum, n)
	}
}

// TestRatesOfAreasAreOverWhatLiesInThem: components counted and roads measured in
// steps of a metre, each by the cell that holds it.
func TestRatesOfAreasAreOverWhatLiesInThem(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 200, true)
	components, km := map[string]float64{}, map[string]float64{}
	class := w.snap.City.Components[0].Category[:2]
	cell := func(at spatial.Coord) string {
		if p := w.snap.Locate(at); p.Cell != spatial.None {
			return w.snap.City.Cells[p.Cell].Code
		}
		return ""
	}
	for i := range w.snap.All(grids.Components) {
		if c := w.snap.Component(i); strings.HasPrefix(c.Category, class) {
			components[cell(c.At)]++
		}
	}
	for i := range w.snap.City.Base[grids.BaseRoads] {
		line := w.snap.City.Base[grids.BaseRoads][i].Shape.Coords
		for k := 1; k < len(line); k++ {
			a, b := line[k-1].Point(), line[k].Point()
			perLon, perLat := crs.MetresPerDegree((a[1] + b[1]) / 2)
			length := math.Hypot((b[0]-a[0])*perLon, (b[1]-a[1])*perLat)
			n := math.Ceil(length)
			for s := range int(n) {
				f := (float64(s) + 0.5) / n
				km[cell(spatial.At(a[0]+f*(b[0]-a[0]), a[1]+f*(b[1]-a[1])))] += length / n / 1000
			}
		}
	}
	for _, by := range []string{"cell", "hex"} {
		got := heatOf[heatmap.HeatAreas](t, w, "/heat/areas?kind=component&category="+class+"&by="+by)
		all := heatOf[heatmap.HeatAreas](t, w, "/heat/areas?by="+by)
		things, roads, beside, rated := 0.0, 0.0, int64(0), 0
		for _, a := range got.Areas {
			if r := a.PerComponent; r != nil {
				things += r.Base
				if math.Abs(r.Raw*r.Base-float64(a.N)) > 1e-9 || r.Low > r.Raw || r.High < r.Raw || r.Unsure != (a.N <= 3) {
					t.Errorf("%+v of %d", r, a.N)
				}
			}
			if by == "cell" && (a.PerComponent == nil) != (components[a.Code] == 0) || a.PerComponent != nil && by == "cell" && a.PerComponent.Base != components[a.Code] {
				t.Errorf("%s: %+v, want %g", a.Code, a.PerComponent, components[a.Code])
			}
		}
		for _, a := range all.Areas {
			if r := a.PerRoadKM; r != nil {
				roads += r.Base
				rated++
				beside += a.N
				if by == "cell" && math.Abs(r.Base-km[a.Code]) > 0.02 { // a piece of 10 m at each border
					t.Errorf("%s: %g km of road, want %g", a.Code, r.Base, km[a.Code])
				}
			}
		}
		var wantThings, wantRoads float64
		for code := range components {
			if code != "" {
				wantThings += components[code]
			}
		}
		for code := range km {
			if code != "" {
				wantRoads += km[code]
			}
		}
		if things != wantThings || things == 0 || math.Abs(roads-wantRoads) > 0.01*wantRoads || rated < 5 {
			t.Errorf("by %s: %g of %g components, %g of %g km in %d areas", by, things, wantThings, roads, wantRoads, rated)
		}
		if all.City.PerRoadKM == nil || math.Abs(*all.City.PerRoadKM*roads-float64(beside)) > 1e-6*float64(beside) || all.Basis.Chinese == "" {
			t.Errorf("by %s: %+v", by, all.City)
		}
	}
	events := heatOf[heatmap.HeatAreas](t, w, "/heat/areas?kind=event&by=cell")
	for _, a := range events.Areas {
		if a.PerComponent != nil || a.PerHour != nil {
			t.Fatalf("%+v", a)
		}
	}
}
