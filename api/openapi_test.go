package api_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// now are the calls of the contract that exist.
var now = map[string]string{
	"/v1/geocode": "get post", "/v1/nearest": "get", "/v1/city": "get", "/v1/crs/convert": "get",
	"/v1/crs/detect": "post",
	"/v1/select":     "post",
	"/v1/search":     "get",
	"/v1/components": "post", "/v1/resources/{code}/position": "put", "/v1/changes": "get",
	"/v1/cells/{code}": "get", "/v1/zones/{code}": "get patch", "/v1/communities/{code}": "get", "/v1/streets/{code}": "get",
	"/v1/districts/{code}": "get", "/v1/components/{code}": "get patch", "/v1/units/{code}": "get", "/v1/addresses/{code}": "get",
	"/v1/check":            "get",
	"/v1/resources/{code}": "get",
	"/tiles.json":          "get", "/tiles/{layers}.json": "get", "/tiles/{layers}/{z}/{x}/{y}.mvt": "get",
	"/styles/{layers}.json": "get",
	"/basemaps.json":        "get", "/basemaps/{id}.json": "get",
	"/basemaps/{id}/{z}/{x}/{y}.{ext}": "get",
	"/fonts.json":                      "get",
	"/fonts/{stack}/{range}.pbf":       "get",
	"/sprites/{id}.{ext}":              "get",
	"/ogc":                             "get", "/ogc/conformance": "get", "/ogc/api": "get",
	"/ogc/tileMatrixSets": "get", "/ogc/tileMatrixSets/{tileMatrixSetId}": "get",
	"/ogc/tiles": "get", "/ogc/tiles/{tileMatrixSetId}": "get",
	"/ogc/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}": "get",
	"/ogc/collections": "get", "/ogc/collections/{collectionId}": "get",
	"/ogc/collections/{collectionId}/tiles":                                                    "get",
	"/ogc/collections/{collectionId}/tiles/{tileMatrixSetId}":                                  "get",
	"/ogc/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}": "get",
	"/v1/categories": "get",
	"/heat.json":     "get", "/heat/value": "get", "/heat/areas": "get",
	"/heat/{z}/{x}/{y}.png":            "get",
	"/heat/clusters/{z}/{x}/{y}.mvt":   "get",
	"/heat/facets":                     "get",
	"/heat/piles":                      "get",
	"/heat/export.csv":                 "get",
	"/heat/export.geojson":             "get",
	"/heat/export.tif":                 "get",
	"/heat/export.png":                 "get",
	"/wmts":                            "get",
	"/wmts/1.0.0/WMTSCapabilities.xml": "get",
	"/wmts/1.0.0/{layer}/{style}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.png": "get",
	"/v1/dispatch": "post",
	"/v1/cases":    "get post", "/v1/cases/{id}": "get", "/v1/cases/{id}/events": "post",
	"/v1/alarms":    "post",
	"/v1/ownership": "get post",
	"/v1/rulings":   "get post",
	"/v1/stream":    "get",
	"/healthz":      "get", "/readyz": "get",
	"/v1/dispatch/dry-run":             "post",
	"/v1/dispatch/dry-run/{id}":        "get delete",
	"/v1/dispatch/quality":             "get",
	"/v1/dispatch/map":                 "get",
	"/v1/dispatch/map/{layer}.geojson": "get",
	"/v1/stats/hotspots":               "post",
	"/v1/stats/compare":                "post",
	"/v1/stats/repeats":                "post",
	"/v1/stats/clock":                  "post",
	"/v1/stats/season":                 "post",
	"/v1/stats/rank":                   "post",
	"/v1/stats/appraisal":              "post",
	"/v1/stats/campaign":               "post",
	"/v1/stats/friction":               "post",
	"/v1/stats/sources":                "post",
	"/v1/stats/lemons":                 "post",
	"/v1/stats/jobs/{id}":              "get delete",
	"/v1/stats/jobs/{id}/events":       "get",
	"/v1/stats/layers/{id}.geojson":    "get",
}

func openAPI(t *testing.T, d *desk) object {
	t.Helper()
	r := d.get(t, "/openapi.json")
	var doc object
	if err := json.Unmarshal(r.body, &doc); err != nil || r.status != 200 {
		t.Fatalf("%d, %v", r.status, err)
	}
	return doc
}

func TestTheDescriptionNamesEveryCallAndItsErrors(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	doc := openAPI(t, d)
	if v := doc["openapi"].(string); !strings.HasPrefix(v, "3.1.") || doc["info"].(object)["title"] == "" {
		t.Errorf("openapi %v, info %v", v, doc["info"])
	}
	paths := doc["paths"].(object)
	ids := map[string]bool{}
	for path, methods := range now {
		for method := range strings.FieldsSeq(methods) {
			op, ok := paths[path].(object)[method].(object)
			if !ok {
				t.Errorf("%s %s is not described", method, path)
				continue
			}
			checkOperation(t, method+" "+path, path, op, ids)
		}
	}
	if len(paths) != len(now) {
		t.Errorf("%d paths are described, %d known", len(paths), len(now))
	}
}

func checkOperation(t *testing.T, name, path string, op object, ids map[string]bool) {
	t.Helper()
	id, _ := op["operationId"].(string)
	if id == "" || ids[id] || op["summary"] == nil {
		t.Errorf("%s: operationId %q, summary %v", name, id, op["summary"])
	}
	ids[id] = true
	responses := op["responses"].(object)
	fallback, ok := responses["default"].(object)
	if !ok {
		t.Errorf("%s: no default error", name)
	} else if _, ok := fallback["content"].(object)["application/problem+json"]; !ok && !strings.HasPrefix(path, "/wmts") { // which has OGC's
		t.Errorf("%s: its error is %v", name, fallback)
	}
	var done object
	for _, status := range []string{"200", "201", "202", "204"} { // of what makes, begins or removes something
		if r, ok := responses[status].(object); ok && done == nil {
			done = r
		}
	}
	if done["description"] == nil {
		t.Errorf("%s: responses %v", name, responses)
	}
	inPath := 0
	params, _ := op["parameters"].([]any)
	for _, p := range params {
		p := p.(object)
		if p["in"] == "path" {
			inPath++
			if p["required"] != true || !strings.Contains(path, "{"+p["name"].(string)+"}") {
				t.Errorf("%s: %v", name, p)
			}
		}
		if p["schema"] == nil {
			t.Errorf("%s: %v has no schema", name, p)
		}
		if p["in"] == "query" && p["description"] == nil {
			t.Errorf("%s: nothing is said of %v", name, p["name"])
		}
	}
	if inPath != strings.Count(path, "{") {
		t.Errorf("%s: %d path parameters", name, inPath)
	}
}

func TestEveryReferenceOfTheDescriptionLeadsSomewhere(t *testing.T) {
	t.Parallel()
	doc := openAPI(t, open(t, townPlan{}))
	schemas := doc["components"].(object)["schemas"].(object)
	refs := 0
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case object:
			if ref, ok := v["$ref"].(string); ok {
				refs++
				if name, ok := strings.CutPrefix(ref, "#/components/schemas/"); !ok || schemas[name] == nil {
					t.Errorf("%s leads nowhere", ref)
				}
			}
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(doc)
	if refs < 10 {
		t.Errorf("%d references", refs)
	}
}

func TestAnswersAreWhatTheDescriptionSays(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{overlap: true})
	doc := openAPI(t, d)
	inside, border := d.snap.City.Cells[20].At, d.snap.City.Cells[5].Shape.Coords[1]
	cell, component := d.snap.City.Cells[0].Code, d.snap.City.Components[0].Code
	for target, path := range map[string]string{
		"/v1/geocode?" + lonLat(inside):                                       "/v1/geocode",
		"/v1/geocode?boundary=true&" + lonLat(inside):                         "/v1/geocode",
		"/v1/geocode?accuracy_m=300&" + lonLat(inside):                        "/v1/geocode",
		"/v1/geocode?" + lonLat(border):                                       "/v1/geocode",
		"/v1/geocode?" + lonLat(d.snap.City.Cells[1].At):                      "/v1/geocode", // overlaps
		"/v1/geocode?lon=0&lat=0":                                             "/v1/geocode",
		"/v1/nearest?layer=components&radius_m=500&" + lonLat(inside):         "/v1/nearest",
		"/v1/nearest?layer=components&category=cjt214:0102&" + lonLat(inside): "/v1/nearest",
		"/v1/categories":               "/v1/categories",
		"/v1/categories?scheme=cjt214": "/v1/categories",
		"/v1/categories?scheme=none":   "/v1/categories",
		"/v1/city":                     "/v1/city",
		"/v1/crs/convert?to=city,wgs84&" + lonLat(inside): "/v1/crs/convert",
		"/v1/cells/" + cell:                        "/v1/cells/{code}",
		"/v1/units/U1":                             "/v1/units/{code}",
		"/v1/components/" + component:              "/v1/components/{code}",
		"/v1/cells/nothing":                        "/v1/cells/{code}",
		"/v1/geocode?lon=x":                        "/v1/geocode",
		"/v1/geocode?address=%E9%97%A8%E7%89%8C7":  "/v1/geocode",
		"/v1/geocode?address=%E9%97%A8%E7%89%8C99": "/v1/geocode",
		"/v1/geocode?address=":                     "/v1/geocode",
		"/v1/search?q=9901&" + lonLat(inside):      "/v1/search",
		"/v1/search?q=U1":                          "/v1/search",
		"/v1/search?q=%E9%97%A8%E7%89%8C":          "/v1/search",
		"/v1/search?q=114.3051,34.7851":            "/v1/search",
		"/v1/search?q=":                            "/v1/search",
		"/tiles/cells/31/0/0.mvt":                  "/tiles/{layers}/{z}/{x}/{y}.mvt",

		"/v1/nearest?layer=x&lon=1&lat=2&radius_m=-1&k=0&category=0&a": "/v1/nearest",
	} {
		r := d.get(t, target)
		responses := doc["paths"].(object)[path].(object)["get"].(object)["responses"].(object)
		response, ok := responses[fmt.Sprint(r.status)].(object)
		if !ok {
			response = responses["default"].(object)
		}
		conforms(t, target, doc, response, r)
	}
	batch := d.post(t, "/v1/geocode", fmt.Sprintf(`{"border":true,"accuracy_m":20,"points":[[%.7f,%.7f],[0,0],[200,0]]}`, inside.Lon(), inside.Lat()))
	conforms(t, "batch", doc, doc["paths"].(object)["/v1/geocode"].(object)["post"].(object)["responses"].(object)["200"].(object), batch)
}

func conforms(t *testing.T, target string, doc, response object, r reply) {
	t.Helper()
	media, ok := response["content"].(object)[r.header.Get("Content-Type")].(object)
	if !ok {
		t.Errorf("%s: %s is not described", target, r.header.Get("Content-Type"))
		return
	}
	var v any
	if err := json.Unmarshal(r.body, &v); err != nil {
		t.Fatal(err)
	}
	s := schemas{doc["components"].(object)["schemas"].(object)}
	for _, fault := range s.faults("answer", media["schema"].(object), v) {
		t.Errorf("%s: %s", target, fault)
	}
}

// schemas judges values by the part of JSON Schema that the description uses.
type schemas struct{ named object }

func (s schemas) faults(where string, schema object, v any) (out []string) {
	fault := func(format string, args ...any) {
		out = append(out, where+": "+fmt.Sprintf(format, args...))
	}
	if ref, ok := schema["$ref"].(string); ok {
		return s.faults(where, s.named[strings.TrimPrefix(ref, "#/components/schemas/")].(object), v)
	}
	if choices, ok := schema["oneOf"].([]any); ok {
		fits := 0
		for _, choice := range choices {
			if len(s.faults(where, choice.(object), v)) == 0 {
				fits++
			}
		}
		if fits != 1 {
			fault("fits %d of %d choices", fits, len(choices))
		}
	}
	types, _ := schema["type"].([]any)
	if one, ok := schema["type"].(string); ok {
		types = []any{one}
	}
	kind := map[bool]string{true: "integer", false: "number"}
	is := "null"
	switch v := v.(type) {
	case string:
		is = "string"
	case bool:
		is = "boolean"
	case float64:
		is = kind[v == math.Trunc(v) && slices.Contains(types, any("integer"))]
	case []any:
		is = "array"
		for i, inner := range v {
			if items, ok := schema["items"].(object); ok {
				out = append(out, s.faults(fmt.Sprintf("%s[%d]", where, i), items, inner)...)
			}
		}
	case object:
		is = "object"
		out = append(out, s.members(where, schema, v)...)
	}
	if types != nil && !slices.Contains(types, any(is)) {
		fault("%v is %s, not %v", v, is, types)
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, v) {
		fault("%v is none of %v", v, enum)
	}
	return out
}

func (s schemas) members(where string, schema, v object) (out []string) {
	properties, _ := schema["properties"].(object)
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := v[name.(string)]; !ok {
			out = append(out, fmt.Sprintf("%s: no %v", where, name))
		}
	}
	for name, inner := range v {
		if p, ok := properties[name].(object); ok {
			out = append(out, s.faults(where+"."+name, p, inner)...)
		} else if more, ok := schema["additionalProperties"].(object); ok {
			out = append(out, s.faults(where+"."+name, more, inner)...)
		} else if schema["additionalProperties"] == false {
			out = append(out, fmt.Sprintf("%s: %s is not described", where, name))
		}
	}
	return out
}

func TestNoAnswerPointsToASchema(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for _, target := range []string{"/v1/city", "/v1/units/U1", "/v1/units/none", "/v1/crs/convert?lon=1&lat=2&to=wgs84"} {
		if r := d.get(t, target); r.header.Get("Link") != "" || strings.Contains(string(r.body), "$schema") {
			t.Errorf("%s: Link %q, %s", target, r.header.Get("Link"), r.body)
		}
	}
}
