package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// selected is the answer of POST /v1/select as the contract has it.
type selected struct {
	Counts map[string]struct {
		N          int
		Categories map[string]int
	}
	AreaM2      float64 `json:"area_m2"`
	LengthM     float64 `json:"length_m"`
	CityVersion int64   `json:"city_version"`
	Next        string
	Features    *struct {
		Type     string
		Features []row
	}
}

// codes are those of the page.
func (s *selected) codes() (out []string) {
	for _, f := range s.Features.Features {
		out = append(out, f.Properties["layer"].(string)+" "+f.Properties["code"].(string))
	}
	return out
}

// question makes a body.
func question(tb testing.TB, geometry any, more object) string {
	tb.Helper()
	body := object{"geometry": geometry}
	maps.Copy(body, more)
	return string(asJSON(tb, body))
}

// in writes positions in another system.
func inSystem(tb testing.TB, d *desk, name string, g orb.Geometry) orb.Geometry {
	tb.Helper()
	var sys crs.System = d.snap.City.Grid
	if name != "city" {
		var err error
		if sys, err = crs.Parse(name); err != nil {
			tb.Fatal(err)
		}
	}
	move := func(ps []orb.Point) []orb.Point {
		out := slices.Clone(ps)
		for i, p := range out {
			out[i][0], out[i][1] = sys.FromCGCS2000(p[0], p[1])
		}
		return out
	}
	switch g := g.(type) {
	case orb.Point:
		return move([]orb.Point{g})[0]
	case orb.LineString:
		return orb.LineString(move(g))
	case orb.Polygon:
		out := orb.Polygon{}
		for _, r := range g {
			out = append(out, move(r))
		}
		return out
	case orb.MultiPolygon:
		out := orb.MultiPolygon{}
		for _, p := range g {
			out = append(out, inSystem(tb, d, name, p).(orb.Polygon))
		}
		return out
	}
	tb.Fatalf("%T", g)
	return nil
}

// TestASelectionIsWhatASearchThroughAllFeaturesFinds asks in every system, in
// small pages, and compares with every feature in turn.
func TestASelectionIsWhatASearchThroughAllFeaturesFinds(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{version: 17})
	doc := openAPI(t, d)
	response := doc["paths"].(object)["/v1/select"].(object)["post"].(object)["responses"].(object)["200"].(object)
	r := rand.New(rand.NewPCG(9, 9))
	layers := []string{"addresses", "components", "resources", "base_roads", "base_buildings"}
	hits := 0
	for round := range 60 {
		sys := []string{"cgcs2000", "wgs84", "gcj02", "bd09", "epsg:4547", "city"}[round%6]
		var geometry object
		var in func(f *grids.Feature) bool
		var area, length float64
		switch round % 4 {
		case 0, 1: // a cell, or two that share a border; features lie off the borders
			g := d.snap.City.Cells[r.IntN(30)].Shape.Orb()
			if round%4 == 1 {
				g = orb.MultiPolygon{g.(orb.Polygon), d.snap.City.Cells[31+r.IntN(5)].Shape.Orb().(orb.Polygon)}
			}
			s := shape(t, g)
			moved := inSystem(t, d, sys, g)
			geometry = object{"type": moved.GeoJSONType(), "coordinates": moved, "bbox": []float64{1, 2, 3, 4}}
			area = s.AreaM2()
			in = func(f *grids.Feature) bool { return meets(s, f.Geometry()) }
		case 2:
			at, radius := somewhere(r), 50+r.Float64()*300
			geometry = object{"type": "Circle", "center": inSystem(t, d, sys, at.Point()), "radius_m": radius}
			area = math.Pi * radius * radius
			in = func(f *grids.Feature) bool {
				side := spatial.Outside
				if f.Shape != nil {
					side, _ = f.Shape.Contains(at)
				}
				return side != spatial.Outside || f.Geometry().DistanceM(at) <= radius
			}
		default:
			line := orb.LineString{somewhere(r).Point(), somewhere(r).Point(), somewhere(r).Point()}
			radius := 10 + r.Float64()*100
			s := shape(t, line)
			geometry = object{"type": "Buffer", "line": inSystem(t, d, sys, line), "radius_m": radius}
			length = s.LengthM()
			corridor := spatial.NewCorridor(s, radius) // tested against all pairs of edges in package spatial
			in = func(f *grids.Feature) bool { return corridor.Meets(f.Geometry()) }
		}
		var want []string
		counts := map[string]int{}
		for _, l := range layers {
			for i := range int32(d.snap.Count(grids.Layer(l))) {
				if f := d.snap.Feature(grids.Layer(l), i); in(f) {
					want = append(want, l+" "+f.Code)
					counts[l]++
				}
			}
		}
		hits += len(want)
		var got []string
		more := object{"crs": sys, "layers": layers, "limit": 1 + r.IntN(12)}
		for {
			reply := d.post(t, "/v1/select", question(t, geometry, more))
			var a selected
			reply.read(t, &a)
			conforms(t, "select", doc, response, reply)
			for _, l := range layers {
				sum := 0
				for _, n := range a.Counts[l].Categories {
					sum += n
				}
				if a.Counts[l].N != counts[l] || (l == "components" && sum != counts[l]) {
					t.Fatalf("%v: %s: %+v, want %d", geometry, l, a.Counts[l], counts[l])
				}
			}
			// A coordinate moved to another system and back is off by a quantum at most.
			if a.CityVersion != 17 || math.Abs(a.AreaM2-area) > 1e-4*area+0.01 || math.Abs(a.LengthM-length) > 0.05 {
				t.Fatalf("%v: area %v of %v, length %v of %v, version %d", geometry, a.AreaM2, area, a.LengthM, length, a.CityVersion)
			}
			got = append(got, a.codes()...)
			if a.Next == "" {
				break
			}
			more["cursor"] = a.Next
		}
		if !slices.Equal(got, want) {
			t.Fatalf("round %d, %s: %v\nfound %v\nwant  %v", round, sys, geometry, got, want)
		}
	}
	if hits < 500 {
		t.Errorf("%d hits: the test has lost its point", hits)
	}
}

// meets says whether two shapes share a position, by brute force.
func meets(s, o *spatial.Shape) bool {
	for _, c := range o.Coords {
		if side, _ := s.Contains(c); side != spatial.Outside {
			return true
		}
	}
	for _, c := range s.Coords {
		if side, _ := o.Contains(c); side != spatial.Outside {
			return true
		}
	}
	edges := func(s *spatial.Shape) (out [][2]orb.Point) {
		for i := range s.Ends {
			part := s.Part(i)
			for k := range part {
				if k > 0 || s.Kind == spatial.Polygons {
					out = append(out, [2]orb.Point{part[(k+len(part)-1)%len(part)].Point(), part[k].Point()})
				}
			}
		}
		return out
	}
	turn := func(a, b, c orb.Point) float64 { return (b[0]-a[0])*(c[1]-a[1]) - (b[1]-a[1])*(c[0]-a[0]) }
	for _, e := range edges(s) {
		for _, f := range edges(o) {
			if turn(e[0], e[1], f[0])*turn(e[0], e[1], f[1]) < 0 && turn(f[0], f[1], e[0])*turn(f[0], f[1], e[1]) < 0 {
				return true
			}
		}
	}
	return false
}

func TestASelectionCountsByCategoryAndFilters(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	everything := object{"type": "Polygon", "coordinates": orb.Polygon{{{114, 34}, {115, 34}, {115, 35}, {114, 35}, {114, 34}}}}
	ask := func(more object) (a selected) {
		d.post(t, "/v1/select", question(t, everything, more)).read(t, &a)
		return a
	}
	all := ask(nil)
	want := map[string]int{}
	for i := range d.snap.City.Components {
		want[d.snap.City.Components[i].Category]++
	}
	if got := all.Counts["components"]; len(all.Counts) != 1 || got.N != 300 || fmt.Sprint(got.Categories) != fmt.Sprint(want) || len(all.Features.Features) != 100 || all.Next == "" {
		t.Errorf("%+v, want %v", all.Counts, want)
	}
	one := d.snap.City.Components[0].Category
	for name, c := range map[string]struct {
		more object
		n    int
	}{
		"a category":             {object{"filter": object{"category": []string{one}}}, want[one]},
		"a major":                {object{"filter": object{"category": []string{one[:2]}}}, 300},
		"two categories":         {object{"filter": object{"category": []string{one, one}}}, want[one]},
		"a state":                {object{"filter": object{"state": "完好"}}, 300},
		"no such state":          {object{"filter": object{"state": "破损"}}, 0},
		"a unit":                 {object{"filter": object{"unit": "U1"}}, 300},
		"another day":            {object{"at": "2026-01-02"}, 300},
		"counts only":            {object{"counts_only": true}, 300},
		"an empty filter":        {object{"filter": object{}}, 300},
		"components, said twice": {object{"layers": []string{"components", "components"}}, 300},
	} {
		if a := ask(c.more); a.Counts["components"].N != c.n || (a.Features == nil) != (c.more["counts_only"] == true) {
			t.Errorf("%s: %+v, want %d", name, a.Counts, c.n)
		}
	}
	in := 0
	for i := range d.snap.City.Components {
		if p := d.snap.Locate(d.snap.City.Components[i].At); p.Status == grids.StatusInside && p.Zone == 1 {
			in++
		}
	}
	if a := ask(object{"filter": object{"zone": "Z2"}}); a.Counts["components"].N != in || in == 0 {
		t.Errorf("in zone Z2: %+v, want %d", a.Counts, in)
	}
	if a := ask(object{"layers": []string{"ownership_areas", "cells", "districts"}, "limit": 10_000}); a.Counts["cells"].N != 36 || a.Counts["districts"].N != 1 || len(a.Features.Features) != 37 || a.Counts["ownership_areas"].Categories != nil {
		t.Errorf("%+v", a.Counts)
	}
}

func TestACursorIsGoodForOneQuestionAndOneVersion(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{version: 4})
	circle := object{"type": "Circle", "center": d.snap.City.Cells[14].At.Point(), "radius_m": 700}
	var first selected
	d.post(t, "/v1/select", question(t, circle, object{"limit": 3})).read(t, &first)
	for name, body := range map[string]string{
		"nonsense":        question(t, circle, object{"cursor": "nonsense"}),
		"too long":        question(t, circle, object{"cursor": first.Next + "AAAA"}),
		"not base64":      question(t, circle, object{"cursor": strings.Repeat("ä", 14)}),
		"another radius":  question(t, object{"type": "Circle", "center": circle["center"], "radius_m": 701}, object{"cursor": first.Next}),
		"another layer":   question(t, circle, object{"cursor": first.Next, "layers": []string{"cells"}}),
		"another filter":  question(t, circle, object{"cursor": first.Next, "filter": object{"state": "x"}}),
		"another polygon": question(t, object{"type": "Polygon", "coordinates": d.snap.City.Cells[14].Shape.Orb()}, object{"cursor": first.Next}),
	} {
		d.refused(t, d.post(t, "/v1/select", body), refusal{name, http.StatusBadRequest, "malformed", "cursor"})
	}
	// The limit may change from page to page.
	var next selected
	d.post(t, "/v1/select", question(t, circle, object{"cursor": first.Next, "limit": 2})).read(t, &next)
	if len(next.Features.Features) != 2 || next.codes()[0] <= first.codes()[2] {
		t.Errorf("%v after %v", next.codes(), first.codes())
	}
	d.live.Publish(snapshot(t, townPlan{version: 5}))
	d.refused(t, d.post(t, "/v1/select", question(t, circle, object{"cursor": first.Next})),
		refusal{"another version", http.StatusPreconditionFailed, "version-mismatch", "cursor"})
}

// TestBadSelectionsAreRefusedWithTheMemberAtFault has every way in which a
// question can be wrong.
func TestBadSelectionsAreRefusedWithTheMemberAtFault(t *testing.T) {
	t.Parallel()
	const malformed, invalid, off = "malformed", "polygon-invalid", "coordinate-out-of-range"
	d := open(t, townPlan{noGrid: true, noOffset: true})
	polygon := func(rings string) string { return `{"geometry":{"type":"Polygon","coordinates":` + rings + `}}` }
	with := func(more string) string {
		return `{"geometry":{"type":"Circle","center":[114.3,34.8],"radius_m":100}` + more + `}`
	}
	const square = `[[114.3,34.8],[114.31,34.8],[114.31,34.81],[114.3,34.81],[114.3,34.8]]`
	for _, c := range []struct {
		body           string
		status         int
		code, location string
	}{
		{`{}`, 400, malformed, "geometry"},
		{`null`, 400, malformed, "geometry"},
		{`{"geometry":null}`, 400, malformed, "geometry"},
		{`{"geometry":7}`, 400, malformed, "geometry"},
		{`{"geometry":{}}`, 400, malformed, "geometry.type"},
		{`{"geometry":{"type":"LineString","coordinates":[[1,2],[3,4]]}}`, 400, malformed, "geometry.type"},
		{`{"geometry":{"type":"Feature","geometry":{}}}`, 400, malformed, "geometry"},
		{`{"geometry":{"type":"Polygon"}}`, 400, malformed, "geometry.coordinates"},
		{`{"geometry":{"type":"Polygon","coordinates":null}}`, 400, malformed, "geometry.coordinates"},
		{`{"geometry":{"type":"Polygon","center":[1,2],"radius_m":5}}`, 400, malformed, "geometry.center"},
		{`{"geometry":{"type":"Polygon","coordinates":[` + square + `],"radius_m":5}}`, 400, malformed, "geometry.radius_m"},
		{polygon(`7`), 400, malformed, "geometry.coordinates"},
		{polygon(`"x"`), 400, malformed, "geometry.coordinates"},
		{polygon(`{"a":[1]}`), 400, malformed, "geometry.coordinates"},
		{polygon(`[]`), 400, malformed, "geometry.coordinates"},
		{polygon(`[[]]`), 400, malformed, "geometry.coordinates[0]"},
		{polygon(square), 400, malformed, "geometry.coordinates"},
		{polygon(`[[` + square + `]]`), 400, malformed, "geometry.coordinates"},
		{polygon(`[[[[[1,2]]]]]`), 400, malformed, "geometry.coordinates[0][0][0]"},
		{polygon(`[[[114.3,34.8],[114.31],[114.31,34.81],[114.3,34.8]]]`), 400, malformed, "geometry.coordinates[0][1]"},
		{polygon(`[[[114.3,34.8],[114.31,null],[114.31,34.81],[114.3,34.8]]]`), 400, malformed, "geometry.coordinates[0][1]"},
		{polygon(`[[[114.3,34.8],null,[114.31,34.81],[114.3,34.8]]]`), 400, malformed, "geometry.coordinates[0][1]"},
		{polygon(`[[[114.3,34.8],[114.31,"34.8"],[114.31,34.81],[114.3,34.8]]]`), 400, malformed, "geometry.coordinates[0][1]"},
		{polygon(`[[[114.3,34.8],[[114.31,34.8]],[114.31,34.81],[114.3,34.8]]]`), 400, malformed, "geometry.coordinates[0][1]"},
		{polygon(`[[[114.3,34.8],[114.31,34.8],[114.31,34.81],[114.3,34.81]]]`), 422, invalid, "geometry.coordinates[0]"},
		{polygon(`[[[114.3,34.8],[114.31,34.8],[114.3,34.8]]]`), 422, invalid, "geometry.coordinates[0]"},
		{polygon(`[` + square + `,[[114.302,34.802],[114.303,34.803],[114.302,34.803]]]`), 422, invalid, "geometry.coordinates[1]"},
		{`{"geometry":{"type":"MultiPolygon","coordinates":[[` + square + `],[[[1,2],[3,4],[5,6],[7,8]]]]}}`, 422, invalid, "geometry.coordinates[1][0]"},
		{polygon(`[[[114.3,34.8],[114.31,34.81],[114.31,34.8],[114.3,34.81],[114.3,34.8]]]`), 422, invalid, "geometry.coordinates"},
		{polygon(`[` + square + `,[[114.4,34.8],[114.41,34.8],[114.41,34.81],[114.4,34.8]]]`), 422, invalid, "geometry.coordinates"},
		{polygon(`[[[114.3,34.8],[114.31,34.8],[114.32,34.8],[114.3,34.8]]]`), 422, invalid, "geometry.coordinates"},
		{`{"geometry":{"type":"MultiPolygon","coordinates":[[` + square + `],[` + square + `]]}}`, 422, invalid, "geometry.coordinates"},
		{polygon(`[[[-180,-90],[180,-90],[180,90],[-180,90],[-180,-90]]]`), 422, invalid, "geometry.coordinates"},
		{polygon(`[[[114.3,34.8],[181,34.8],[114.31,34.81],[114.3,34.8]]]`), 400, off, "geometry.coordinates[0][1]"},
		{polygon(`[[[114.3,34.8],[114.31,34.8],[114.31,90.5],[114.3,34.8]]]`), 400, off, "geometry.coordinates[0][2]"},
		{polygon(`[[[114.3,34.8],[114.31,34.8],[1e999,34],[114.3,34.8]]]`), 400, off, "geometry.coordinates[0][2]"},
		{`{"crs":"epsg:4547",` + polygon(`[` + square + `]`)[1:], 400, off, "geometry.coordinates[0][0]"},
		{`{"crs":"mars",` + polygon(`[` + square + `]`)[1:], 400, "crs-unknown", "crs"},
		{`{"crs":"gcj02",` + polygon(`[` + square + `]`)[1:], 422, "not-possible", "crs"},
		{`{"geometry":{"type":"Circle","center":[114.3,34.8]}}`, 400, malformed, "geometry.radius_m"},
		{`{"geometry":{"type":"Circle","center":[[114.3,34.8]],"radius_m":1}}`, 400, malformed, "geometry.center"},
		{`{"geometry":{"type":"Circle","center":[114.3],"radius_m":1}}`, 400, malformed, "geometry.center"},
		{`{"geometry":{"type":"Circle","center":[34.8,114.3],"radius_m":1}}`, 400, off, "geometry.center"},
		{`{"geometry":{"type":"Circle","coordinates":[114.3,34.8],"radius_m":1}}`, 400, malformed, "geometry.coordinates"},
		{`{"geometry":{"type":"Buffer","line":[[114.3,34.8]],"radius_m":1}}`, 422, "not-possible", "geometry.line"},
		{`{"geometry":{"type":"Buffer","line":[[114.3,34.8],[114.3,34.8]],"radius_m":1}}`, 422, "not-possible", "geometry.line"},
		{`{"geometry":{"type":"Buffer","line":[[-100,34.8],[100,34.8]],"radius_m":1}}`, 422, "not-possible", "geometry.line"},
		{`{"geometry":{"type":"Buffer","line":[[114.3,34.8],[200,34.8]],"radius_m":1}}`, 400, off, "geometry.line[1]"},
		{with(`,"colour":"red"`), 400, malformed, "colour"},
		{with(`,"layers":[]`), 400, malformed, "layers"},
		{with(`,"layers":["cells","units"]`), 400, malformed, "layers[1]"},
		{with(`,"layers":"cells"`), 400, malformed, "layers"},
		{with(`,"limit":0`), 400, malformed, "limit"},
		{with(`,"limit":10001`), 400, malformed, "limit"},
		{with(`,"limit":-1`), 400, malformed, "limit"},
		{with(`,"limit":1000000000`), 400, malformed, "limit"},
		{with(`,"limit":1e40`), 400, malformed, "limit"},
		{with(`,"at":"soon"`), 400, malformed, "at"},
		{with(`,"filter":7`), 400, malformed, "filter"},
		{with(`,"filter":{"colour":"red"}`), 400, malformed, "colour"},
		{with(`,"filter":{"category":"0118"}`), 400, malformed, "filter.category"},
		{with(`,"filter":{"category":["9999"]}`), 422, "category-unknown", "filter.category"},
		{with(`,"filter":{"category":[""]}`), 422, "category-unknown", "filter.category"},
		{with(`,"filter":{"category":[` + strings.Repeat(`"01",`, 50) + `"01"]}`), 400, "too-many", "filter.category"},
		{with(`,"filter":{"zone":"nowhere"}`), 422, "not-possible", "filter.zone"},
		{with(`,"layers":["cells"],"filter":{"category":["01"]}`), 400, malformed, "filter.category"},
		{with(`,"layers":["base_roads"],"filter":{"zone":"Z1"}`), 400, malformed, "filter.zone"},
	} {
		name := c.body[max(0, len(c.body)-100):]
		d.refused(t, d.post(t, "/v1/select", c.body), refusal{name, c.status, c.code, c.location})
	}
	for _, r := range []string{"0", "-1", "50000.1", "1e300"} {
		body := strings.Replace(with(""), `"radius_m":100`, `"radius_m":`+r, 1)
		d.refused(t, d.post(t, "/v1/select", body), refusal{r, 400, malformed, "geometry.radius_m"})
	}
	for _, r := range []string{"NaN", "Infinity", "-Inf"} { // no JSON
		body := strings.Replace(with(""), `"radius_m":100`, `"radius_m":`+r, 1)
		d.refused(t, d.post(t, "/v1/select", body), refusal{r, 400, malformed, "body"})
	}
	p := d.post(t, "/v1/select", polygon(`[[[114.3,34.8],[114.32,34.82],[114.32,34.8],[114.3,34.82],[114.3,34.8]]]`)).problem(t)
	if !strings.Contains(p.Detail, "crosses itself") || p.Errors[0].Value != "114.3100000,34.8100000" {
		t.Errorf("a bow tie: %+v", p)
	}
	d.refused(t, d.ask(t, http.MethodPost, "/v1/select", with(""), "Content-Type", "text/plain"),
		refusal{"text/plain", 415, "unsupported-media-type", "Content-Type"})
	d.refused(t, d.post(t, "/v1/select?limit=1", with("")), refusal{"query", 400, malformed, "limit"})
}

func TestSelectionsThatAreUnusualAreAnswered(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for name, geometry := range map[string]string{
		"a clockwise ring":     `{"type":"Polygon","coordinates":[[[114.3,34.78],[114.3,34.79],[114.31,34.79],[114.31,34.78],[114.3,34.78]]]}`,
		"heights":              `{"type":"Polygon","coordinates":[[[114.3,34.78,5],[114.31,34.78,6],[114.31,34.79,1e9],[114.3,34.78,5]]]}`,
		"white space":          "{\"type\":\"Polygon\",\"coordinates\":[ [\n[ 114.3 , 34.78 ] ,[114.31,\t34.78],[114.31,34.79],[114.3,34.78]\r]]}",
		"half the globe":       `{"type":"Polygon","coordinates":[[[0,-90],[180,-90],[180,90],[0,90],[0,-90]]]}`,
		"somewhere else":       `{"type":"Circle","center":[0,0],"radius_m":50000}`,
		"the pole":             `{"type":"Circle","center":[0,90],"radius_m":50000}`,
		"a millimetre":         `{"type":"Circle","center":[114.3,34.78],"radius_m":0.001}`,
		"a line there, back":   `{"type":"Buffer","line":[[114.3,34.78],[114.31,34.79],[114.3,34.78]],"radius_m":5}`,
		"exponents":            `{"type":"Circle","center":[1.143e2,3478e-2],"radius_m":5E1}`,
		"around half of it":    `{"type":"Buffer","line":[[0,0],[179,0]],"radius_m":50000}`,
		"bbox, as GeoJSON has": `{"type":"Circle","center":[114.3,34.78],"radius_m":5,"bbox":[1,2,3,4]}`,
	} {
		if r := d.post(t, "/v1/select", `{"geometry":`+geometry+`}`); r.status != http.StatusOK {
			t.Errorf("%s: %d %.300s", name, r.status, r.body)
		}
	}
	if _, err := geojson.UnmarshalGeometry([]byte(`{"type":"Polygon","coordinates":[[[1,2],[3,4],[5,6],[1,2]]]}`)); err != nil {
		t.Error(err)
	}
}

// FuzzSelectBody sends anything: an answer that holds together, or a problem.
func FuzzSelectBody(f *testing.F) {
	d := open(f, townPlan{})
	for _, seed := range []string{
		`{"geometry":{"type":"Polygon","coordinates":[[[114.3,34.78],[114.31,34.78],[114.31,34.79],[114.3,34.78]]]},"layers":["cells"]}`,
		`{"geometry":{"type":"MultiPolygon","coordinates":[[[[114.3,34.78],[114.31,34.78,3],[114.31,34.79],[114.3,34.78]]],[[[0,0],[1,0],[0,1],[0,0]]]]},"counts_only":true}`,
		`{"geometry":{"type":"Circle","center":[114.305,34.785],"radius_m":200},"filter":{"category":["01"],"zone":"Z1"},"limit":2}`,
		`{"geometry":{"type":"Buffer","line":[[114.3,34.78],[114.31,34.79]],"radius_m":50},"crs":"gcj02","at":"2031-01-01"}`,
		`{"geometry":{"type":"Polygon","coordinates":[[[114.3,34.8],[114.31,34.81],[114.31,34.8],[114.3,34.81],[114.3,34.8]]]}}`,
		`{"geometry":{"coordinates":[[[[[]]]]],"bbox":[1]},"cursor":"AAAA"}`, `{"geometry":{"type":"Polygon","coordinates":[[[1,2],`, `[[[[`, `{"limit":1e99}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := d.post(t, "/v1/select", string(body))
		if r.status >= 500 {
			t.Fatalf("%q: %d", body, r.status)
		}
		if r.status != http.StatusOK {
			r.shape(t)
			return
		}
		var a selected
		r.read(t, &a)
		sum := 0
		for _, c := range a.Counts {
			sum += c.N
		}
		var asked struct {
			Limit      *int `json:"limit"`
			Cursor     string
			CountsOnly bool `json:"counts_only"`
		}
		if json.Unmarshal(body, &asked) == nil && asked.Limit == nil && asked.Cursor == "" && !asked.CountsOnly &&
			(len(a.Features.Features) != min(sum, 100) || (a.Next != "") != (sum > 100)) {
			t.Fatalf("%q: %d of %d features, next %q", body, len(a.Features.Features), sum, a.Next)
		}
	})
}
