package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// filteredRoutes are those of heat that take a filter, each with what makes it a good
// question; a route that is added must be added here.
var filteredRoutes = map[string]string{
	"/heat.json":                     "/heat.json?",
	"/heat/{z}/{x}/{y}.png":          "/heat/12/3348/1626.png?",
	"/heat/clusters/{z}/{x}/{y}.mvt": "/heat/clusters/12/3348/1626.mvt?",
	"/heat/value":                    "/heat/value?lon=114.305&lat=34.785&",
	"/heat/areas":                    "/heat/areas?by=hex&",
	"/heat/facets":                   "/heat/facets?",
	"/heat/piles":                    "/heat/piles?",
	"/heat/export.csv":               "/heat/export.csv?by=cell&",
	"/heat/export.geojson":           "/heat/export.geojson?by=cell&",
	"/heat/export.tif":               "/heat/export.tif?",
	"/heat/export.png":               "/heat/export.png?width=400&height=400&lang=en&",
}

// jobRoutes are those of statistics that take no question.
var jobRoutes = map[string]string{
	"/v1/stats/jobs/{id}":           "/v1/stats/jobs/none",
	"/v1/stats/jobs/{id}/events":    "/v1/stats/jobs/none/events",
	"/v1/stats/layers/{id}.geojson": "/v1/stats/layers/none.geojson",
}

// badFilters are what no route of heat may take, with the refusal.
func badFilters() map[string]refusal {
	different := make([]string, 10_000)
	for i := range different {
		different[i] = fmt.Sprintf("%05d", i)
	}
	return map[string]refusal{
		"from=2026-02-01&to=2026-01-01":                       {"", 422, "not-possible", "to"},
		"from=2026-01-01&to=2026-01-01":                       {"", 422, "not-possible", "to"},
		"from=1900-01-01&to=2026-01-01":                       {"", 422, "not-possible", "to"},
		"from=2026-01-32":                                     {"", 400, "malformed", "from"},
		"bandwidth_m=0.1":                                     {"", 422, "not-possible", "bandwidth_m"},
		"bandwidth_m=1000000":                                 {"", 422, "not-possible", "bandwidth_m"},
		"bandwidth_m=NaN":                                     {"", 400, "malformed", "bandwidth_m"},
		"bandwidth_m=-Inf":                                    {"", 400, "malformed", "bandwidth_m"},
		"kind=event&category=9999":                            {"", 422, "category-unknown", "category"},
		"category=01":                                         {"", 422, "not-possible", "category"},
		"kind=event&category=" + strings.Join(different, ","): {"", 400, "too-many", "category"},
		"zone=" + strings.Join(different, ","):                {"", 400, "too-many", "zone"},
		"weekday=NaN":                                         {"", 400, "malformed", "weekday"},
		"mode=sources&source=patrol":                          {"", 400, "malformed", "source"},
		"nonsense=1":                                          {"", 400, "malformed", "nonsense"},
	}
}

// TestNoRouteOfHeatTakesBadInput: each is refused with the word at fault, before any
// work, and a request that is given up ends.
func TestNoRouteOfHeatTakesBadInput(t *testing.T) {
	t.Parallel()
	w := openHeatWith(t, 30, true, debianFonts(), "")
	for path := range described(t, w.desk, "/heat") {
		target, known := filteredRoutes[path]
		if !known {
			t.Errorf("%s is not among the routes that are tried with bad input", path)
			continue
		}
		if r := w.get(t, target+"kind=event"); r.status != 200 && r.status != 204 {
			t.Errorf("%s: a good question has %d %s", path, r.status, r.body)
		}
		for query, want := range badFilters() {
			want.target = path + " " + query[:min(60, len(query))]
			w.refused(t, w.get(t, target+query), want)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		out := httptest.NewRecorder()
		w.ServeHTTP(out, httptest.NewRequestWithContext(ctx, http.MethodGet, target+"hour=3-4", http.NoBody))
		if out.Code != http.StatusRequestTimeout {
			t.Errorf("%s: given up it has %d %s", path, out.Code, out.Body)
		}
	}
	for query, want := range map[string]refusal{
		"by=hex&hex_m=0.1":  {"", 422, "not-possible", "hex_m"},
		"by=hex&hex_m=1e6":  {"", 422, "not-possible", "hex_m"},
		"by=hex&hex_m=NaN":  {"", 422, "not-possible", "hex_m"},
		"by=hex&hex_m=wide": {"", 400, "malformed", "hex_m"},
		"by=cell&hex_m=200": {"", 400, "malformed", "hex_m"},
		"by=hexagon":        {"", 400, "malformed", "by"},
	} {
		for _, path := range []string{"/heat/areas?", "/heat/export.csv?", "/heat/export.geojson?"} {
			want.target = path + query
			w.refused(t, w.get(t, path+query), want)
		}
	}
}

// described are the paths of the description that begin so, with their methods.
func described(tb testing.TB, d *desk, prefix string) map[string]map[string]any {
	tb.Helper()
	var doc struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal(d.get(tb, "/openapi.json").body, &doc); err != nil {
		tb.Fatal(err)
	}
	for path := range doc.Paths {
		if !strings.HasPrefix(path, prefix) {
			delete(doc.Paths, path)
		}
	}
	if len(doc.Paths) < 8 {
		tb.Fatalf("%d paths begin with %s", len(doc.Paths), prefix)
	}
	return doc.Paths
}

// TestNoStatisticTakesBadInput: likewise.
func TestNoStatisticTakesBadInput(t *testing.T) {
	t.Parallel()
	b := openCensus(t, censusPlan{cases: 100})
	different := make([]string, 10_000)
	for i := range different {
		different[i] = fmt.Sprintf("%05d", i)
	}
	bad := map[string]refusal{
		`{"filter":{"from":"2025-02-01","to":"2025-01-01"}}`:               {"", 400, "malformed", "filter.from"},
		`{"filter":{"from":"1925-01-01","to":"2025-01-01"}}`:               {"", 400, "malformed", "filter.from"},
		`{"filter":{"from":"NaN"}}`:                                        {"", 400, "malformed", "filter.from"},
		`{"bandwidth_m":0.1}`:                                              {"", 400, "malformed", "bandwidth_m"},
		`{"alpha":NaN}`:                                                    {"", 400, "malformed", "body"},
		`{"filter":{"kind":"component","category":"9999"}}`:                {"", 422, "category-unknown", "filter.category"},
		`{"filter":{"category":"0102"}}`:                                   {"", 400, "malformed", "filter.kind"},
		`{"filter":{"zone":"` + strings.Join(different, ",") + `"}}`:       {"", 400, "malformed", "filter.zone"},
		`{"filter":{"zone":"` + strings.Join(different[:500], ",") + `"}}`: {"", 400, "too-many", "filter.zone"},
		`{"filter":{"nonsense":"1"}}`:                                      {"", 400, "malformed", "filter.nonsense"},
		`[]`:                                                               {"", 400, "malformed", "body"},
	}
	for path, methods := range described(t, b.desk, "/v1/stats") {
		if target, known := jobRoutes[path]; known {
			b.refused(t, b.get(t, target), path, 404, "not-found", "id")
			b.refused(t, b.get(t, target+"?x=1"), path, 400, "malformed", "x")
			continue
		}
		if methods["post"] == nil {
			t.Errorf("%s is not among the routes that are tried with bad input", path)
			continue
		}
		name := strings.TrimPrefix(path, "/v1/stats/")
		good := map[string]string{
			"compare":  `"before":{"from":"2021-01-01","to":"2022-01-01"},"after":{"from":"2022-01-01","to":"2023-01-01"}`,
			"campaign": `"start":"2025-06-01","area":` + b.square(3),
		}[name]
		if asked := asks[json.RawMessage](t, b, name, `{`+good+`}`); len(asked.Result) < 3 {
			t.Errorf("%s: %+v", name, asked)
		}
		for body, want := range bad {
			// What else is asked is right.
			if good != "" && strings.HasPrefix(body, "{") {
				body = `{` + good + `,` + body[1:]
			}
			b.refused(t, b.post(t, path, body), path+" "+body[:min(150, len(body))], want.status, want.code, want.location)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, path, strings.NewReader(`{`+good+`}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Prefer", "wait=20")
		r.Header.Set("Authorization", "Bearer "+commandToken)
		out := httptest.NewRecorder()
		b.ServeHTTP(out, r)
		if out.Code != http.StatusRequestTimeout && out.Code != http.StatusOK { // it may be quicker
			t.Errorf("%s: given up it has %d %s", path, out.Code, out.Body)
		}
	}
}

// square is the box of a cell as GeoJSON.
func (b *census) square(cell int) string {
	box := b.snap.City.Cells[cell].Shape.Box
	w, s, e, n := box.Min.Lon(), box.Min.Lat(), box.Max.Lon(), box.Max.Lat()
	return fmt.Sprintf(`{"type":"Polygon","coordinates":[[[%.7f,%.7f],[%.7f,%.7f],[%.7f,%.7f],[%.7f,%.7f],[%.7f,%.7f]]]}`, w, s, e, s, e, n, w, n, w, s)
}
