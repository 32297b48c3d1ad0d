package api_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image/png"
	"math"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/heatmap"
	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
)

// warm is a boardroom whose cases are in columns.
type warm struct {
	*boardroom
	heat *heatmap.Heat
	all  []cases.Summary
}

// openHeat opens a town with n cases in it and some outside, the server of which may
// never come to read them.
func openHeat(tb testing.TB, n int, reads bool) *warm {
	tb.Helper()
	return openHeatWith(tb, n, reads, nil, "")
}

// openPatrolled is openHeat with a table of patrol hours, "" for none.
func openPatrolled(tb testing.TB, n int, reads bool, hours string) *warm {
	tb.Helper()
	return openHeatWith(tb, n, reads, nil, hours)
}

// openHeatWith has fonts besides, for pictures.
func openHeatWith(tb testing.TB, n int, reads bool, fonts *glyphs.Fonts, hours string) *warm {
	tb.Helper()
	store, err := cityfile.Open(tb.Context(), newTownFile(tb))
	if err != nil {
		tb.Fatal(err)
	}
	keeper, err := cityfile.NewKeeper(tb.Context(), store, time.Now)
	if err != nil {
		tb.Fatal(err)
	}
	city, err := cases.NewCity(tb.Context(), store, cases.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	board, err := cases.NewBoard(tb.Context(), city)
	if err != nil {
		tb.Fatal(err)
	}
	b := &boardroom{&office{&desk{nil, keeper.Live().Current(), keeper.Live()}, "", keeper}, city, board, "", nil}
	b.fill(tb, rand.New(rand.NewPCG(8, 1)), n)
	for i := range 5 { // where no cell is
		r := b.report(i)
		r.Report.Cell, r.Report.Zone, r.Report.At = "", "", spatial.Coord{X: townWest - 5*townPitch, Y: townSouth}
		b.do(tb, r)
	}
	if err := board.Sync(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	if !reads {
		stop()
	}
	o := heatmap.Options{Live: keeper.Live(), Cases: city, Board: board, Log: quiet()}
	if hours != "" {
		if o.Patrol, err = heatmap.ReadPatrolHours(strings.NewReader(hours), keeper.Live().Current()); err != nil {
			tb.Fatal(err)
		}
	}
	h := heatmap.New(ctx, o)
	tb.Cleanup(func() {
		stop()
		h.Wait()
		if err := keeper.Close(); err != nil {
			tb.Error(err)
		}
	})
	options := api.Options{Keeper: keeper, Board: board, Heat: h, Log: quiet()}
	if fonts != nil {
		options.Letters = api.NewLetters(fonts)
	}
	b.Handler = api.New(options)
	w := &warm{boardroom: b, heat: h}
	if reads {
		select {
		case <-h.Ready():
		case <-tb.Context().Done():
			tb.Fatal("the cases were not read")
		}
	}
	w.reread(tb)
	return w
}

// reread takes all cases from the store.
func (w *warm) reread(tb testing.TB) {
	tb.Helper()
	page, err := w.city.List(tb.Context(), cases.Query{Limit: 10_000})
	if err != nil {
		tb.Fatal(err)
	}
	w.all = page.Cases
}

// sync brings the columns up to what was appended.
func (w *warm) sync(tb testing.TB) {
	tb.Helper()
	if err := w.board.Sync(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	if err := w.heat.Sync(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	w.reread(tb)
}

func heatOf[T any](tb testing.TB, w *warm, target string) T {
	tb.Helper()
	r := w.get(tb, target)
	var out T
	if err := json.Unmarshal(r.body, &out); err != nil || r.status != 200 {
		tb.Fatalf("%s: %d, %v: %s", target, r.status, err, r.body)
	}
	return out
}

// density is the definition: a sum over the cases, each divided by how much of its
// kernel lies in a cell, in float64 and without a lattice.
func (w *warm) density(list []cases.Summary, at spatial.Coord, sigma float64) float64 {
	plane := w.snap.City.Plane
	held := func(c spatial.Coord) (sum float64) {
		g := spatial.NewGaussian(c, sigma)
		for i := range w.snap.City.Cells {
			sum += g.Over(w.snap.City.Cells[i].Shape)
		}
		return sum
	}
	e0, n0 := plane.Forward(at.Lon(), at.Lat())
	sum := 0.0
	for i := range list {
		if list[i].Cell == "" {
			continue
		}
		e, n := plane.Forward(list[i].At.Lon(), list[i].At.Lat())
		if r2 := (e-e0)*(e-e0) + (n-n0)*(n-n0); r2 <= 16*sigma*sigma {
			sum += math.Exp(-r2/(2*sigma*sigma)) / (2 * math.Pi * sigma * sigma) / (1 - math.Exp(-8))
		}
	}
	return sum / held(at) * 1e6
}

// heatFilters are filters with the same judged word by word.
func (w *warm) heatFilters(rnd *rand.Rand) []struct {
	words url.Values
	keep  func(c *cases.Summary) bool
} {
	from := time.Now().Add(-70 * time.Hour).Truncate(time.Second).In(cst)
	to := from.Add(50 * time.Hour)
	zone := w.snap.City.Zones[rnd.IntN(3)].Code
	class := w.all[rnd.IntN(len(w.all))]
	return []struct {
		words url.Values
		keep  func(c *cases.Summary) bool
	}{
		{url.Values{}, func(*cases.Summary) bool { return true }},
		{url.Values{"from": {from.Format(time.RFC3339)}, "to": {to.Format(time.RFC3339)}}, func(c *cases.Summary) bool {
			return !c.ReportedAt.Before(from) && c.ReportedAt.Before(to)
		}},
		{url.Values{"kind": {"event"}, "source": {"public,sensor"}}, func(c *cases.Summary) bool {
			return c.Kind == grids.EventKind && (c.Source == cases.Public || c.Source == cases.Sensor)
		}},
		{url.Values{"zone": {zone}, "status": {"reported,dispatched"}}, func(c *cases.Summary) bool {
			return c.Zone == zone && (c.State == cases.Reported || c.State == cases.Dispatched)
		}},
		{url.Values{"kind": {string(class.Kind)}, "category": {class.Category[:2]}}, func(c *cases.Summary) bool {
			return c.Kind == class.Kind && strings.HasPrefix(c.Category, class.Category[:2])
		}},
		{url.Values{"hour": {"22-9"}, "weekday": {"1-5"}, "unit": {"U1"}}, func(c *cases.Summary) bool {
			at := c.ReportedAt.In(cst)
			return (at.Hour() >= 22 || at.Hour() < 9) && at.Weekday() >= 1 && at.Weekday() <= 5 && c.Unit == "U1"
		}},
		{url.Values{"community": {"990104001002"}, "district": {"990104"}}, func(c *cases.Summary) bool {
			n := w.snap.Find(grids.Cells, c.Cell)
			return n != spatial.None && w.snap.City.Cells[n].Community == "990104001002"
		}},
		{url.Values{"unit": {"U3"}}, func(c *cases.Summary) bool { return c.Unit == "U3" }}, // who has none
	}
}

// TestHeatOverHTTPIsTheDensityOfTheCasesInTheStore: n, the value at places by the
// definition, the tile's pixel, the shares, the areas and the clusters, under filters
// that are judged word by word.
func TestHeatOverHTTPIsTheDensityOfTheCasesInTheStore(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 250, true)
	rnd := rand.New(rand.NewPCG(3, 3))
	for _, f := range w.heatFilters(rnd) {
		var kept []cases.Summary
		located := int64(0)
		for i := range w.all {
			if c := &w.all[i]; f.keep(c) {
				kept = append(kept, *c)
				if c.Cell != "" {
					located++
				}
			}
		}
		words := f.words.Encode()
		d := heatOf[heatmap.HeatDescription](t, w, "/heat.json?"+words)
		if l := &d.Legend; l.N != located || l.ExcludedN != int64(len(kept))-located || l.BandwidthM != 150 || l.Units != "cases/km²" {
			t.Fatalf("%s: %+v of %d cases, %d in cells", words, l, len(kept), located)
		}
		w.checkAreas(t, words, kept)
		w.checkClusters(t, words, len(kept))
		for range 3 {
			at := w.snap.City.Cells[rnd.IntN(len(w.snap.City.Cells))].At
			v := heatOf[heatmap.HeatValue](t, w, "/heat/value?"+words+"&"+lonLat(at))
			want := w.density(kept, at, 150)
			if math.Abs(*v.Value-want) > 0.01*d.Legend.Max+1e-9 || math.Abs(*v.Sum-want) > 1e-3*want+1e-9 {
				t.Errorf("%s at %v: %g and %g, by the definition %g of %g", words, at, *v.Value, *v.Sum, want, d.Legend.Max)
			}
			w.checkPixel(t, &d, at)
			shares := 0.0
			for _, s := range v.Shares {
				shares += s.Share
			}
			if v.Reached > 0 && math.Abs(shares-1) > 1e-9 || v.Place.Cell == nil {
				t.Errorf("%s: the shares are %g, the place %+v", words, shares, v.Place)
			}
			for _, c := range v.Cases {
				if c.Case.ID == "" || c.Weight <= 0 {
					t.Errorf("%+v", c)
				}
			}
		}
	}
}

// TestTheDomainHasTheBreaksOfEachScaleAndNumberOfClasses so that a map can change
// both without asking.
func TestTheDomainHasTheBreaksOfEachScaleAndNumberOfClasses(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 120, true)
	whole := heatOf[heatmap.HeatDescription](t, w, "/heat.json")
	p := whole.Domain.Percentiles
	if len(p) != 101 || !slices.IsSorted(p) || p[0] <= 0 || p[100] > whole.Legend.Max {
		t.Errorf("percentiles %v, the most is %g", p, whole.Legend.Max)
	}
	for scale, all := range whole.Domain.Breaks {
		if len(all) != 8 {
			t.Errorf("%s: %d numbers of classes", scale, len(all))
		}
		for i, breaks := range all {
			one := heatOf[heatmap.HeatDescription](t, w, fmt.Sprintf("/heat.json?scale=%s&classes=%d", scale, i+2))
			if !slices.Equal(breaks, one.Legend.Breaks) {
				t.Errorf("%s, %d classes: %v, alone %v", scale, i+2, breaks, one.Legend.Breaks)
			}
		}
	}
	if len(whole.Domain.Breaks) != 5 {
		t.Errorf("the scales are %v", whole.Domain.Breaks)
	}
	if none := heatOf[heatmap.HeatDescription](t, w, "/heat.json?unit=U3"); len(none.Domain.Percentiles) != 0 || none.Legend.N != 0 {
		t.Errorf("of no case: %v", none.Domain)
	}
}

// TestADescriptionTellsTheModesAndAreasThatThereAre as the refusal of others does.
func TestADescriptionTellsTheModesAndAreasThatThereAre(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 20, true)
	d := heatOf[heatmap.HeatDescription](t, w, "/heat.json")
	for target, values := range map[string][]string{"/heat.json?mode=guess": d.Modes, "/heat/areas?by=guess": d.Areas} {
		r := w.get(t, target)
		if want := "there are " + strings.Join(values, ", "); r.status != 400 || !bytes.Contains(r.body, []byte(want)) {
			t.Errorf("%s: %d %s, the description has %q", target, r.status, r.body, values)
		}
	}
	for _, word := range d.Filter {
		if r := w.get(t, "/heat.json?"+word+"="); bytes.Contains(r.body, []byte("unknown parameter")) {
			t.Errorf("%s: %s", word, r.body)
		}
	}
	if len(d.Filter) < 13 {
		t.Errorf("words of the filter: %q", d.Filter)
	}
}

// checkPixel holds the tile at a place to the value at the middle of the pixel.
func (w *warm) checkPixel(t *testing.T, d *heatmap.HeatDescription, at spatial.Coord) {
	t.Helper()
	const z = 15
	tile := maptile.At(at.Point(), z)
	target := strings.NewReplacer("{z}", "15", "{x}", fmt.Sprint(tile.X), "{y}", fmt.Sprint(tile.Y)).Replace(d.Tiles[0])
	_, path, _ := strings.Cut(target, "/heat/")
	r := w.get(t, "/heat/"+path)
	if r.status == 204 && d.Legend.Max == 0 {
		return
	}
	img, err := png.Decode(bytes.NewReader(r.body))
	if err != nil || r.status != 200 || r.header.Get("ETag") == "" {
		t.Fatalf("%s: %d, %v", target, r.status, err)
	}
	f := maptile.Fraction(at.Point(), z)
	px, py := int((f[0]-float64(tile.X))*256), int((f[1]-float64(tile.Y))*256)
	red, green, blue, _ := img.At(px, py).RGBA()
	k := d.Legend.Decode
	got := float64(red>>8)*k.R + float64(green>>8)*k.G + float64(blue>>8)*k.B - k.Shift
	n := math.Exp2(z)
	lon := (float64(tile.X)+(float64(px)+0.5)/256)/n*360 - 180
	lat := math.Atan(math.Sinh(math.Pi*(1-2*(float64(tile.Y)+(float64(py)+0.5)/256)/n))) * 180 / math.Pi
	_, words, _ := strings.Cut(target, "?")
	v := heatOf[heatmap.HeatValue](t, w, "/heat/value?"+words+fmt.Sprintf("&lon=%.9f&lat=%.9f", lon, lat))
	if math.Abs(got-*v.Value) > d.Legend.Quantum {
		t.Errorf("%s pixel %d, %d: %g, the value is %g, the quantum %g", target, px, py, got, *v.Value, d.Legend.Quantum)
	}
}

// checkAreas counts by area from the store.
func (w *warm) checkAreas(t *testing.T, words string, kept []cases.Summary) {
	t.Helper()
	for _, by := range []string{"cell", "zone", "community", "street", "district"} {
		want := map[string]int64{}
		for i := range kept {
			n := w.snap.Find(grids.Cells, kept[i].Cell)
			if n == spatial.None {
				want[""]++
				continue
			}
			zone, community, street, district := w.snap.Chain(n)
			want[map[string]string{
				"cell": kept[i].Cell, "zone": w.snap.City.Zones[zone].Code, "community": w.snap.City.Communities[community].Code,
				"street": w.snap.City.Streets[street].Code, "district": w.snap.City.Districts[district].Code,
			}[by]]++
		}
		got := heatOf[heatmap.HeatAreas](t, w, "/heat/areas?by="+by+"&"+words)
		sum := got.Rest
		for _, a := range got.Areas {
			sum += a.N
			if a.N != want[a.Code] || math.Abs(a.PerKM2*a.KM2-float64(a.N)) > 1e-9 || a.Low > a.PerKM2 || a.High < a.PerKM2 || a.Name == "" {
				t.Errorf("%s by %s: %+v, not %d", words, by, a, want[a.Code])
			}
		}
		if got.N != int64(len(kept)) || sum != got.N || got.Rest != want[""] {
			t.Errorf("%s by %s: n %d, rest %d, sum %d of %d", words, by, got.N, got.Rest, sum, len(kept))
		}
		r := w.get(t, "/heat/export.csv?bom=true&by="+by+"&"+words)
		table, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(r.body), "\ufeff"))).ReadAll()
		if err != nil || r.status != 200 || !bytes.HasPrefix(r.body, []byte("\ufeff")) {
			t.Fatalf("%d, %v", r.status, err)
		}
		inTable := 0
		for _, row := range table[1:] {
			n, err := strconv.Atoi(row[2])
			if err != nil {
				t.Fatal(err)
			}
			inTable += n
		}
		if inTable != len(kept) {
			t.Errorf("%s by %s: the table has %d cases of %d", words, by, inTable, len(kept))
		}
	}
}

// checkClusters adds up the clusters of the tiles that hold the cases.
func (w *warm) checkClusters(t *testing.T, words string, n int) {
	t.Helper()
	for _, z := range []maptile.Zoom{0, 9, 13, 16} {
		tiles := map[maptile.Tile]bool{}
		for i := range w.all {
			tiles[maptile.At(w.all[i].At.Point(), z)] = true
		}
		sum, kinds := 0, 0
		for id := range tiles {
			r := w.get(t, fmt.Sprintf("/heat/clusters/%d/%d/%d.mvt?%s", id.Z, id.X, id.Y, words))
			if r.status == 204 {
				continue
			}
			layers, err := mvt.Unmarshal(r.body)
			if err != nil || r.status != 200 {
				t.Fatalf("%v: %d, %v", id, r.status, err)
			}
			for _, f := range layers[0].Features {
				if _, isPoint := f.Geometry.(orb.Point); !isPoint {
					t.Errorf("%v", f.Geometry)
				}
				count := func(name string) int {
					v, _ := f.Properties[name].(float64)
					return int(v)
				}
				sum += count("count")
				kinds += count("count_component") + count("count_event")
			}
		}
		if sum != n || kinds != n {
			t.Errorf("%s at zoom %d: %d and %d of %d cases", words, z, sum, kinds, n)
		}
	}
}
