package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// refusal is a request that cannot be answered, and what is said about it.
type refusal struct {
	target   string
	status   int
	code     string
	location string // of the first of errors[]; "" for none
}

func TestBadPositionsAreRefusedWithTheParameterAtFault(t *testing.T) {
	t.Parallel()
	const malformed, outOfRange = "malformed", "coordinate-out-of-range"
	const at = "lon=114.305&lat=34.785"
	d := open(t, townPlan{})
	for _, call := range []string{"/v1/geocode?", "/v1/nearest?layer=components&", "/v1/crs/convert?to=wgs84&"} {
		plain := call == "/v1/geocode?"
		tooLong := refusal{"lon=1e999&lat=34", 400, malformed, "lon"} // huma reads no number too large for a float64
		if plain {
			tooLong.code, tooLong.location = outOfRange, "lon,lat"
		}
		for _, c := range []refusal{
			{"lat=34.785", 400, malformed, "lon"},
			{"lon=114.3", 400, malformed, "lat"},
			{"lon=&lat=34.785", 400, malformed, "lon"},
			{"lon=abc&lat=34.785", 400, malformed, "lon"},
			{"lon=114.3&lat=34,785", 400, malformed, "lat"},
			{"lon=%00&lat=34.785", 400, malformed, "lon"},
			{"lon=" + strings.Repeat("9", 5000) + "x&lat=34", 400, malformed, "lon"},
			{"lon=NaN&lat=34.785", 400, outOfRange, "lon,lat"},
			{"lon=114.3&lat=nan", 400, outOfRange, "lon,lat"},
			{"lon=Inf&lat=34.785", 400, outOfRange, "lon,lat"},
			{"lon=114.3&lat=-Infinity", 400, outOfRange, "lon,lat"},
			tooLong,
			{"lon=181&lat=34.785", 400, outOfRange, "lon,lat"},
			{"lon=114.3&lat=90.0001", 400, outOfRange, "lon,lat"},
			{"lon=34.785&lat=114.305", 400, outOfRange, "lon,lat"},
			{"lon=499000&lat=3850000", 400, outOfRange, "lon,lat"},
			{at + "&crs=mars", 400, "crs-unknown", "crs"},
			{at + "&crs=epsg:4555", 400, "crs-unknown", "crs"},
			{at + "&crs=" + strings.Repeat("x", 3000), 400, "crs-unknown", "crs"},
			{"lon=500000&lat=3850000&crs=epsg:4526", 400, outOfRange, "lon,lat"},
			{at + "&crs=epsg:4547", 400, outOfRange, "lon,lat"},
			{"lon=1&" + at, 400, malformed, "lon"},
			{at + "&crs=wgs84&crs=wgs84", 400, malformed, "crs"},
			{at + "&colour=red", 400, malformed, "colour"},
			{at + "&LON=1", 400, malformed, "LON"},
			{at + "&crs=%zz", 400, malformed, "query"},
			{at + ";crs=wgs84", 400, malformed, "query"},
		} {
			c.target = call + c.target
			d.refuses(t, c)
		}
	}
	for _, c := range []refusal{
		{at + "&at=yesterday", 400, malformed, "at"},
		{at + "&at=2026-13-01", 400, malformed, "at"},
		{at + "&at=2026-01-01T00:00:00", 400, malformed, "at"},
		{at + "&at=1e9", 400, malformed, "at"},
		{at + "&boundary=yes", 400, malformed, "boundary"},
		{"lon=34.785&lat=114.305", 400, outOfRange, "lon,lat"},
	} {
		c.target = "/v1/geocode?" + c.target
		d.refuses(t, c)
	}
	if p := d.get(t, "/v1/geocode?lon=34.785&lat=114.305").problem(t); !strings.Contains(p.Detail, "swapped") {
		t.Errorf("swapped axes: %s", p.Detail)
	}
	if p := d.get(t, "/v1/geocode?lon=500000&lat=3850000&crs=epsg:4526").problem(t); !strings.Contains(p.Detail, "4547") {
		t.Errorf("easting without its zone: %s", p.Detail)
	}
}

func TestBadQuestionsForFeaturesAreRefused(t *testing.T) {
	t.Parallel()
	const near = "/v1/nearest?lon=114.305&lat=34.785&layer="
	d := open(t, townPlan{})
	for _, c := range []refusal{
		{"/v1/cells/nothing", 404, "not-found", "code"},
		{"/v1/units/nothing", 404, "not-found", "code"},
		{"/v1/cells/a/b/c", 404, "not-found", "code"},
		{"/v1/cells/%E4%B8%AD%F0%9F%98%80", 404, "not-found", "code"},
		{"/v1/cells/%FF%FE", 404, "not-found", "code"},
		{"/v1/cells/%00", 404, "not-found", "code"},
		{"/v1/cells/..%2F..%2Fetc%2Fpasswd", 404, "not-found", "code"},
		{"/v1/cells/%27%20OR%201=1--", 404, "not-found", "code"},
		{"/v1/cells/" + strings.Repeat("9", 129), 400, "malformed", "code"},
		{"/v1/cells/" + strings.Repeat("9", 9000), 400, "malformed", "code"},
		{"/v1/cells/x?at=never", 400, "malformed", "at"},
		{"/v1/cells/x?colour=red", 400, "malformed", "colour"},
		{"/v1/cells/x?at=2026-01-01&at=2027-01-01", 400, "malformed", "at"},
		{"/v1/cells/", 404, "not-found", "path"},
		{"/v1/planets/x", 404, "not-found", "path"},
		{"/v1/city?verbose=1", 400, "malformed", "verbose"},
		{near + "components&k=0", 400, "malformed", "k"},
		{near + "components&k=101", 400, "malformed", "k"},
		{near + "components&k=-1", 400, "malformed", "k"},
		{near + "components&k=1000000000", 400, "malformed", "k"},
		{near + "components&k=99999999999999999999", 400, "malformed", "k"},
		{near + "components&k=1.5", 400, "malformed", "k"},
		{near + "components&k=many", 400, "malformed", "k"},
		{near + "components&radius_m=0", 400, "malformed", "radius_m"},
		{near + "components&radius_m=-1", 400, "malformed", "radius_m"},
		{near + "components&radius_m=NaN", 400, "malformed", "radius_m"},
		{near + "components&radius_m=Inf", 400, "malformed", "radius_m"},
		{near + "components&radius_m=50000.1", 400, "malformed", "radius_m"},
		{near + "components&radius_m=1e300", 400, "malformed", "radius_m"},
		{near + "components&radius_m=wide", 400, "malformed", "radius_m"},
		{near + "components&category=9999", 422, "category-unknown", "category"},
		{near + "components&category=%27", 422, "category-unknown", "category"},
		{near + "components&category=gbt30428.2-2013:9999", 422, "category-unknown", "category"},
		{near + "components&category=gbt47678.5-2026:01055", 422, "category-unknown", "category"},
		{near + "components&category=planets:0101", 422, "category-unknown", "category"},
		{near + "components&category=" + strings.Repeat("9", 129), 400, "malformed", "category"},
		{near + "addresses&category=0101", 400, "malformed", "category"},
		{"/v1/categories?scheme=planets", 422, "category-unknown", "scheme"},
		{"/v1/categories?kind=planet", 400, "malformed", "kind"},
		{near + "cells", 400, "malformed", "layer"},
		{near + "", 400, "malformed", "layer"},
		{"/v1/nearest?lon=114.305&lat=34.785", 400, "malformed", "layer"},
		{"/v1/crs/convert?lon=114.3&lat=34.8", 400, "malformed", "to"},
		{"/v1/crs/convert?lon=114.3&lat=34.8&to=moon", 400, "crs-unknown", "to"},
		{"/v1/crs/convert?lon=114.3&lat=34.8&to=wgs84,", 400, "crs-unknown", "to"},
		{"/v1/crs/convert?lon=114.3&lat=34.8&to=" + strings.Repeat("wgs84,", 50), 400, "malformed", "to"},
		{"/v1/crs/convert?lon=114.3&lat=89&to=epsg:3857", 400, "coordinate-out-of-range", "to"},
		{"/v1/crs/convert?lon=-60&lat=34.8&to=epsg:4547", 400, "coordinate-out-of-range", "to"},
	} {
		d.refuses(t, c)
	}
	for _, ok := range []string{near + "components&k=1", near + "components&k=100", near + "components&radius_m=50000", near + "addresses&radius_m=0.001"} {
		if r := d.get(t, ok); r.status != http.StatusOK {
			t.Errorf("%s: %d %.200s", ok, r.status, r.body)
		}
	}
}

// refuses checks one refusal, and that nothing is given away.
func (d *desk) refuses(t *testing.T, c refusal) {
	t.Helper()
	d.refused(t, d.get(t, c.target), c)
}

func (d *desk) refused(t *testing.T, r reply, c refusal) {
	t.Helper()
	p := r.problem(t)
	where := ""
	if len(p.Errors) > 0 {
		where = p.Errors[0].Location
	}
	if p.Status != c.status || p.Code != c.code || where != c.location {
		t.Errorf("%.120s: %d %s %q, want %d %s %q: %.300s", c.target, p.Status, p.Code, where, c.status, c.code, c.location, r.body)
	}
	if len(r.body) > 1500 {
		t.Errorf("%.120s: the refusal has %d bytes", c.target, len(r.body))
	}
}

func TestBadBatchesAreRefusedWhole(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	many := func(n int) string { return `{"points":[` + strings.Repeat("[0,0],", n-1) + "[0,0]]}" }
	nested := func(n int) string { return `{"points":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}` }
	for _, c := range []struct {
		body           string
		status         int
		code, location string
	}{
		{``, 400, "malformed", "body"},
		{`points`, 400, "malformed", "body"},
		{`{"points":[[114.3,34.8]]`, 400, "malformed", "body"},
		{`{"points":[[114.3,34.8]]}{}`, 400, "malformed", "body"},
		{`{"points":[[NaN,34.8]]}`, 400, "malformed", "body"},
		{`{"points":[[Infinity,34.8]]}`, 400, "malformed", "body"},
		{`{"points":[[114.3,34.8],]}`, 400, "malformed", "body"},
		{`[[114.3,34.8]]`, 400, "malformed", "body"},
		{`"points"`, 400, "malformed", "body"},
		{`null`, 400, "malformed", "points"},
		{`{}`, 400, "malformed", "points"},
		{`{"points":null}`, 400, "malformed", "points"},
		{`{"points":7}`, 400, "malformed", "points"},
		{`{"points":"x"}`, 400, "malformed", "points"},
		{`{"points":{}}`, 400, "malformed", "points"},
		{`{"crs":7,"points":[]}`, 400, "malformed", "crs"},
		{`{"border":"yes","points":[]}`, 400, "malformed", "border"},
		{`{"at":false,"points":[]}`, 400, "malformed", "at"},
		{`{"colour":"red","points":[]}`, 400, "malformed", "colour"},
		{`{"at":"soon","points":[]}`, 400, "malformed", "at"},
		{`{"crs":"mars","points":[]}`, 400, "crs-unknown", "crs"},
		{many(100_001), 400, "too-many", "points"},
		{nested(15_000), 400, "malformed", "body"},
		{nested(16), 400, "malformed", "body"},
		{`{"points":[],"x":` + strings.Repeat(`{"a":`, 5000) + `1` + strings.Repeat(`}`, 5000) + `}`, 400, "malformed", "body"},
		{strings.Repeat("[", 1_000_000), 400, "malformed", "body"},
		{`{"points":[]}` + strings.Repeat(" ", 8<<20), 413, "too-large", "body"},
	} {
		d.refused(t, d.post(t, "/v1/geocode", c.body), refusal{fmt.Sprintf("%.60s", c.body), c.status, c.code, c.location})
	}
	for name, body := range map[string]string{
		"100,000 points": many(100_000), "15 deep": nested(15), "brackets in text": `{"crs":"","at":"","points":["[[[[[[[[[[[[[[[[[[[[\\\"[["]}`,
		"exactly 8 MB": `{"points":[]}` + strings.Repeat(" ", 8<<20-13),
	} {
		if r := d.post(t, "/v1/geocode", body); r.status != http.StatusOK {
			t.Errorf("%s: %d %.200s", name, r.status, r.body)
		}
	}
}

func TestABatchOfAnotherKindIsRefused(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for _, kind := range []string{"text/plain", "application/xml", "multipart/form-data; boundary=x", "application/json; =", "nonsense"} {
		r := d.ask(t, http.MethodPost, "/v1/geocode", `{"points":[]}`, "Content-Type", kind)
		d.refused(t, r, refusal{kind, http.StatusUnsupportedMediaType, "unsupported-media-type", "Content-Type"})
	}
	for _, kind := range []string{"", "application/json", "Application/JSON; charset=utf-8"} {
		if r := d.ask(t, http.MethodPost, "/v1/geocode", `{"points":[]}`, "Content-Type", kind); r.status != http.StatusOK {
			t.Errorf("%q: %d", kind, r.status)
		}
	}
	d.refused(t, d.post(t, "/v1/geocode?crs=wgs84", `{"points":[]}`), refusal{"query", 400, "malformed", "crs"})
}

func TestMethodsAndPathsThatDoNotExistAreProblems(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for _, call := range []string{
		"DELETE /v1/geocode", "PUT /v1/city", "POST /tiles.json", "PATCH /tiles/cells/14/13391/6506.mvt",
		"POST /healthz", "DELETE /", "BREW /v1/city", "POST /v1/cells/x",
	} {
		method, target, _ := strings.Cut(call, " ")
		r := d.ask(t, method, target, "")
		d.refused(t, r, refusal{call, http.StatusMethodNotAllowed, "method-not-allowed", ""})
		if !strings.Contains(r.header.Get("Allow"), "GET") {
			t.Errorf("%s: Allow %q", call, r.header.Get("Allow"))
		}
	}
	for _, target := range []string{"/v1", "/v1/", "/v2/city", "/nothing", "/v1/geocode/", "/openapi", "/docs", "/schemas/City.json", "/%00"} {
		d.refuses(t, refusal{target, http.StatusNotFound, "not-found", "path"})
	}
}
