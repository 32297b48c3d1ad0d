package api_test

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb/maptile"

	"github.com/wanmi-gis/wanmi/api/heatmap"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// TestALiveCaseIsInHeat with its new state, in the density, the clusters and the areas.
func TestALiveCaseIsInHeat(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 30, true)
	before := heatOf[heatmap.HeatDescription](t, w, "/heat.json").Legend.N
	r := w.report(7)
	id := w.do(t, r)
	w.sync(t)
	if got := heatOf[heatmap.HeatDescription](t, w, "/heat.json").Legend.N; got != before+1 {
		t.Errorf("%d cases after %d and one", got, before)
	}
	counted := func(state cases.State) int64 {
		return heatOf[heatmap.HeatAreas](t, w, "/heat/areas?by=district&status="+string(state)).N
	}
	reported, registered := counted(cases.Reported), counted(cases.Registered)
	w.step(t, id, cases.Register, officer)
	w.sync(t)
	if a, b := counted(cases.Reported), counted(cases.Registered); a != reported-1 || b != registered+1 {
		t.Errorf("reported %d, then %d; registered %d, then %d", reported, a, registered, b)
	}
	v := heatOf[heatmap.HeatValue](t, w, "/heat/value?bandwidth_m=50&"+lonLat(r.Report.At))
	var found bool
	for _, c := range v.Cases {
		found = found || c.Case.ID == id.String() && c.Case.State == cases.Registered
	}
	if !found {
		t.Errorf("the case is not among %+v", v.Cases)
	}
}

// TestHeatFollowsByItself what is appended, without anybody who asks for it.
func TestHeatFollowsByItself(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 20, true)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.board.Run(ctx, nil, func(err error) { t.Error(err) })
	}()
	defer func() { stop(); <-done }()
	const counts = "/heat/areas?by=district"
	before := heatOf[heatmap.HeatAreas](t, w, counts).N
	w.do(t, w.report(3))
	begin := time.Now()
	for heatOf[heatmap.HeatAreas](t, w, counts).N != before+1 {
		if t.Context().Err() != nil {
			t.Fatal("it did not come")
		}
	}
	t.Logf("a new case was counted after %v", time.Since(begin))
}

// TestTilesOfALegendStayReadableWhenCasesCome although the domain has grown.
func TestTilesOfALegendStayReadableWhenCasesCome(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 60, true)
	d := heatOf[heatmap.HeatDescription](t, w, "/heat.json")
	for range 3 {
		w.do(t, w.report(20))
	}
	w.sync(t)
	for n := range w.snap.City.Cells {
		if at := w.snap.City.Cells[n].At; n != 20 && n != 19 && n != 21 && n != 14 && n != 26 { // these may be above the legend's domain
			w.checkPixel(t, &d, at)
		}
	}
}

// TestADifferenceOfAPeriodWithItselfIsNothing and one with another is of both signs.
func TestADifferenceOfAPeriodWithItselfIsNothing(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 200, true)
	day := func(n int) string {
		return time.Now().Add(time.Duration(n) * 24 * time.Hour).In(cst).Format(time.DateOnly)
	}
	same := fmt.Sprintf("mode=difference&from=%s&to=%s&against_from=%s&against_to=%s", day(-3), day(-1), day(-3), day(-1))
	d := heatOf[heatmap.HeatDescription](t, w, "/heat.json?"+same)
	if d.Legend.Min != 0 || d.Legend.Max != 0 || d.Legend.N == 0 || d.Legend.N != d.Legend.Against.N {
		t.Errorf("%+v", d.Legend)
	}
	if r := w.get(t, "/heat/12/3348/1626.png?"+same); r.status != 204 {
		t.Errorf("a tile of nothing: %d", r.status)
	}
	other := heatOf[heatmap.HeatDescription](t, w, fmt.Sprintf("/heat.json?mode=difference&from=%s&to=%s", day(-2), day(0)))
	if l := other.Legend; l.Min >= 0 || l.Max <= 0 || l.Decode.Shift <= 0 || l.Against.Period.Days != 2 || !l.Against.Period.To.Equal(l.Period.From) {
		t.Errorf("%+v", l)
	}
	w.checkPixel(t, &other, w.snap.City.Cells[8].At)
	rate := heatOf[heatmap.HeatDescription](t, w, "/heat.json?mode=rate&kind=component")
	if l := rate.Legend; l.Units != "cases/component" || l.Max <= 0 || l.Against.N == 0 {
		t.Errorf("%+v", l)
	}
	road := heatOf[heatmap.HeatDescription](t, w, "/heat.json?mode=rate&per=road_km&kind=event")
	if l := road.Legend; l.Units != "cases/km" || l.Max <= 0 {
		t.Errorf("%+v", l)
	}
	value := heatOf[heatmap.HeatValue](t, w, "/heat/value?from="+day(-2)+"&"+lonLat(w.snap.City.Cells[8].At))
	if k := value.Compared; k == nil || k.N == 0 || k.P == nil || *k.P <= 0 || *k.P > 1 || k.RadiusM != 300 {
		t.Errorf("%+v", k)
	}
	shared := heatOf[heatmap.HeatValue](t, w, fmt.Sprintf("/heat/value?mode=difference&from=%s&to=%s&against_from=%s&against_to=%s&%s", day(-2), day(0), day(-4), day(-1), lonLat(w.snap.City.Cells[8].At)))
	if k := shared.Compared; k == nil || k.N == 0 || k.PreviousN == 0 || k.P != nil {
		t.Errorf("of periods that share a day: %+v", k)
	}
}

// TestHeatHasPicturesTagsAndBandwidths that are found.
func TestHeatHasPicturesTagsAndBandwidths(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 100, true)
	d := heatOf[heatmap.HeatDescription](t, w, "/heat.json?style=inferno&scale=quantile&classes=5&bandwidth_m=auto&edge=mass&kernel=quartic")
	if len(d.Legend.Breaks) != 4 || d.Legend.BandwidthM < 20 || d.Legend.Edge != "mass" || d.Legend.RadiusM < 2.8*d.Legend.BandwidthM ||
		!strings.Contains(d.Tiles[0], "style=inferno") {
		t.Errorf("%+v", d)
	}
	id := maptile.At(w.snap.City.Cells[14].At.Point(), 14)
	tile := fmt.Sprintf("/heat/14/%d/%d.png", id.X, id.Y)
	coloured := w.get(t, tile+"?style=viridis")
	if coloured.status != 200 {
		t.Fatalf("%d", coloured.status)
	}
	if _, err := png.Decode(bytes.NewReader(coloured.body)); err != nil {
		t.Error(err)
	}
	if again := w.get(t, tile+"?style=viridis", "If-None-Match", coloured.header.Get("ETag")); again.status != 304 {
		t.Errorf("with its tag %d", again.status)
	}
	if far := w.get(t, "/heat/14/0/0.png"); far.status != 204 || w.get(t, "/heat/clusters/14/0/0.mvt").status != 204 {
		t.Errorf("far away %d", far.status)
	}
}

func TestHeatRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 10, true)
	many := strings.TrimSuffix(strings.Repeat("U1,", 10_000), ",")
	for query, want := range map[string]refusal{
		"from=2026-02-01&to=2026-01-01": {"", 422, "not-possible", "to"},
		"from=1900-01-01&to=2026-01-01": {"", 422, "not-possible", "to"},
		"from=yesterday":                {"", 400, "malformed", "from"},
		"bandwidth_m=0.1":               {"", 422, "not-possible", "bandwidth_m"},
		"bandwidth_m=1e6":               {"", 422, "not-possible", "bandwidth_m"},
		"bandwidth_m=NaN":               {"", 400, "malformed", "bandwidth_m"},
		"bandwidth_m=Inf":               {"", 400, "malformed", "bandwidth_m"},
		"bandwidth_m=":                  {"", 400, "malformed", "bandwidth_m"},
		"category=01":                   {"", 422, "not-possible", "category"},
		"kind=event&category=zz":        {"", 422, "category-unknown", "category"},
		"kind=thing":                    {"", 422, "not-possible", "kind"},
		"unit=nobody":                   {"", 422, "not-possible", "unit"},
		"zone=":                         {"", 400, "malformed", "zone"},
		"status=lost":                   {"", 422, "not-possible", "status"},
		"unit=" + many:                  {"", 400, "too-many", "unit"},
		"hour=25":                       {"", 400, "malformed", "hour"},
		"mode=heatmap":                  {"", 400, "malformed", "mode"},
		"mode=difference":               {"", 422, "not-possible", "from"},
		"against_from=2026-01-01":       {"", 400, "malformed", "against_from"},
		"mode=rate&kind=event":          {"", 422, "not-possible", "per"},
		"kernel=box":                    {"", 400, "malformed", "kernel"},
		"style=rainbow":                 {"", 400, "malformed", "style"},
		"classes=1":                     {"", 400, "malformed", "classes"},
		"quantum=0":                     {"", 400, "malformed", "quantum"},
		"shift=1":                       {"", 400, "malformed", "shift"},
		"size=512":                      {"", 400, "malformed", "size"},
		"radius=5":                      {"", 400, "malformed", "radius"},
		"bandwidth_m=auto&from=2000-01-01&to=2000-01-02": {"", 422, "not-possible", "bandwidth_m"},
	} {
		for _, path := range []string{"/heat.json", "/heat/12/3348/1626.png"} {
			want.target = query
			w.refused(t, w.get(t, path+"?"+query), want)
		}
	}
	for path, want := range map[string]refusal{
		"/heat/31/0/0.png":          {"", 400, "tile-out-of-range", "z"},
		"/heat/1/5/0.png":           {"", 400, "tile-out-of-range", "x"},
		"/heat/1/0/0.jpg":           {"", 404, "not-found", "y"},
		"/heat/clusters/1/0/0.png":  {"", 404, "not-found", "y"},
		"/heat/areas":               {"", 400, "malformed", "by"},
		"/heat/areas?by=planet":     {"", 400, "malformed", "by"},
		"/heat/value":               {"", 400, "malformed", "lon"},
		"/heat/value?lon=NaN&lat=1": {"", 400, "coordinate-out-of-range", "lon,lat"},
	} {
		want.target = path
		w.refused(t, w.get(t, path), want)
	}
}

// TestHeatSaysThatItIsNotReady before the cases were read, and that there are none in
// a server without.
func TestHeatSaysThatItIsNotReady(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 3, false)
	for _, path := range []string{"/heat.json", "/heat/1/0/0.png", "/heat/value?lon=114.3&lat=34.78", "/heat/areas?by=cell", "/heat/facets", "/heat/clusters/1/0/0.mvt"} {
		r := w.get(t, path)
		w.refused(t, r, refusal{path, 503, "not-ready", "heat"})
		if r.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", path)
		}
	}
	if r := w.get(t, "/readyz"); r.status != 200 {
		t.Errorf("readyz %d", r.status)
	}
	open(t, townPlan{}).refused(t, open(t, townPlan{}).get(t, "/heat.json"), refusal{"without", 404, "not-found", "heat"})
}

// TestARequestThatIsGivenUpIsAnsweredAtOnce and costs nothing.
func TestARequestThatIsGivenUpIsAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 10, true)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out := httptest.NewRecorder()
	w.ServeHTTP(out, httptest.NewRequestWithContext(ctx, http.MethodGet, "/heat/areas?by=cell", http.NoBody))
	if out.Code != http.StatusRequestTimeout {
		t.Errorf("%d %s", out.Code, out.Body)
	}
}

func FuzzHeatQuestion(f *testing.F) {
	w := openHeat(f, 20, true)
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, words := range w.heatFilters(rnd) {
		f.Add(words.words.Encode())
	}
	f.Add("mode=difference&from=2026-01-01&to=2026-01-02&bandwidth_m=1e1&style=viridis&scale=jenks")
	f.Add("quantum=1e-9&shift=5&hour=22-3")
	f.Add("mode=sources&bandwidth_m=400&edge=mass")
	f.Add("mode=rate&per=patrol_hour&from=2026-01-01")
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/heat/12/3348/1626.png", http.NoBody)
		r.URL.RawQuery = query
		out := httptest.NewRecorder()
		w.ServeHTTP(out, r)
		if out.Code >= 500 {
			t.Errorf("%s: %d %s", query, out.Code, out.Body)
		}
	})
}
