package importers

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
)

// heard is what a reader tells, one line a record or fault.
func heard(read func(r io.Reader, row func(*record), fault func(*recordError)) error, text string) (out []string) {
	err := read(strings.NewReader(text), func(r *record) {
		out = append(out, fmt.Sprintf("%d %v", r.number, r.geometry))
	}, func(e *recordError) {
		line := fmt.Sprintf("%d %s: %v", e.number, e.rule, e.reason)
		if e.hint != "" {
			line += " — " + e.hint
		}
		out = append(out, line)
	})
	if err != nil {
		out = append(out, "error: "+err.Error())
	}
	return out
}

func TestGeoJSONThatIsBrokenIsToldWithItsFeature(t *testing.T) {
	a, b := inside("A"), inside("B")
	const p = "[114.3005 34.7005]"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"sound":                    {collection(a, b), []string{"1 " + p, "2 " + p}},
		"sound with other members": {`{"type":"FeatureCollection","crs":{"a":[1]},"features":[` + a + `],"bbox":[1,2],"x":null}`, []string{"1 " + p}},
		"broken at feature 3":      {collection(a, b, `{"type":"Feature",,}`, a), []string{"1 " + p, "2 " + p, "3 broken-json: invalid character ',' looking for beginning of object key string (byte ~) — nothing after this feature was read"}},
		"a feature of another type": {collection(a, `{"type":"Point"}`, b), []string{
			"1 " + p, `2 broken-geometry: type is "Point", want Feature`, "3 " + p,
		}},
		"a number for a feature": {collection(a, `7`, b), []string{"1 " + p, "2 broken-json: json: cannot unmarshal number ~", "3 " + p}},
		"null for a feature":     {collection(`null`), []string{`1 broken-geometry: type is "", want Feature`}},
		"cut within a feature":   {collection(a, b)[:len(collection(a, b))-40], []string{"1 " + p, "2 broken-json: unexpected EOF (byte ~) — nothing after this feature was read"}},
		"cut between features":   {strings.TrimSuffix(collection(a, b), "\n]}\n"), []string{"1 " + p, "2 " + p, "2 broken-json: after this feature: ~EOF (byte ~) — the file may be cut short"}},
		"cut after a comma":      {strings.TrimSuffix(collection(a, b), "\n]}\n") + ",", []string{"1 " + p, "2 " + p, "3 broken-json: ~EOF (byte ~) — nothing after this feature was read"}},
		"cut before its end":     {strings.TrimSuffix(collection(a), "}\n"), []string{"1 " + p, "1 broken-json: after this feature: ~EOF (byte ~) — the file may be cut short"}},
		"two collections":        {collection(a) + collection(b), []string{"1 " + p, "1 broken-json: after this feature: the file goes on after the collection; newline-delimited GeoJSON is format ndjson (byte ~) — the file may be cut short"}},
		"features twice":         {`{"features":[` + a + `],"features":[` + b + `]}`, []string{"1 " + p, "1 broken-json: after this feature: a second member features (byte ~) — the file may be cut short"}},
		"the wrong type before":  {`{"type":"Topology","features":[` + a + `]}`, []string{`error: not GeoJSON: type is "Topology", want "FeatureCollection"`}},
		"the wrong type behind":  {`{"features":[` + a + `],"type":"Topology"}`, []string{"1 " + p, `1 broken-json: after this feature: type is "Topology", want "FeatureCollection" (byte ~) — the file may be cut short`}},
		"one feature":            {a, []string{`error: not GeoJSON: type is "Feature", want "FeatureCollection"`}},
		"an array":               {"[" + a + "]", []string{"error: not GeoJSON: begins with [, want an object"}},
		"no JSON":                {"code,lon,lat", []string{"error: not GeoJSON: invalid character 'c' looking for beginning of value"}},
		"features no array":      {`{"features":{}}`, []string{"error: features is no array ({~"}},
		"no features":            {`{"type":"FeatureCollection"}`, []string{"error: no member features: not a feature collection"}},
		"no feature":             {`{"type":"FeatureCollection","features":[]}`, []string{"error: the feature collection has no feature"}},
	} {
		t.Run(name, func(t *testing.T) { expect(t, &plot{}, heard(readGeoJSON, c.text), c.want) })
	}
}

func TestABrokenLineOfNDJSONCostsOnlyItself(t *testing.T) {
	a := inside("A")
	const p = "[114.3005 34.7005]"
	expect(t, &plot{}, heard(readNDJSON, a+"\n\n{\n"+a+" "+a+"\n7\n"+a+"]\n  "+a+"  \r\n"), []string{
		"1 " + p, "3 broken-json: unexpected EOF", "4 broken-json: text after the feature: one line is one feature",
		"5 broken-json: json: cannot unmarshal number ~", "6 broken-json: text after the feature: one line is one feature", "7 " + p,
	})
	expect(t, &plot{}, heard(readNDJSON, "\n \n"), []string{"error: the file is empty"})
}

func TestAnErrorOfTheDiskIsNoFaultOfTheText(t *testing.T) {
	broken := fmt.Errorf("%w: disk", errStream)
	for name, read := range map[string]func(io.Reader, func(*record), func(*recordError)) error{
		"geojson": readGeoJSON, "ndjson": readNDJSON,
		"csv": func(r io.Reader, row func(*record), fault func(*recordError)) error {
			return readCSV(r, "", "", row, fault)
		},
	} {
		text := map[string]string{"geojson": collection(inside("A"))[:100], "ndjson": inside("A")[:20], "csv": "a,b\n1,2\n3"}[name]
		err := read(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), func(*record) {}, func(e *recordError) { t.Errorf("%s: %v", name, e) })
		if err == nil || !strings.Contains(err.Error(), "disk") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The decoder of orb is the oracle for what is sound.
func TestGeometriesAreReadAsByAnotherDecoder(t *testing.T) {
	for _, text := range []string{
		`{"type":"Point","coordinates":[1,2]}`,
		`{"coordinates":[ 1.5e2 , -2E-1 ,3,4 ] ,"type":"Point"}`,
		`{"type":"MultiPoint","coordinates":[[1,2],[3,4,5]]}`,
		`{"type":"MultiPoint","coordinates":[]}`,
		"{\"type\":\"LineString\",\"coordinates\":[[0,0]\n,\t[1 ,1]\r]}",
		`{"type":"MultiLineString","coordinates":[[[0,0],[1,1]],[[2,2],[3,3]]]}`,
		`{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]],[[1,1],[2,2],[2,1],[1,1]]]}`,
		`{"type":"MultiPolygon","coordinates":[[[[0,0],[9,0],[9,9],[0,0]]],[[[1,1],[2,2],[2,1],[1,1]]]]}`,
	} {
		want, err := geojson.UnmarshalGeometry([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeGeometry(json.RawMessage(text))
		if err != nil || !orb.Equal(got, want.Geometry()) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

func FuzzGeoJSON(f *testing.F) {
	features, _ := lamps()
	for _, text := range []string{
		"", "{", "[]", "null", collection(features...), collection(cell("1", 0, 0)), collection(feature("null", "null")),
		`{"features":[{"type":"Feature","id":1,"geometry":{"type":"MultiPolygon","coordinates":[[[[1,2,3],[4,5e3]]]]}}],"x":1}`,
		`{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[null]}}]}`,
		`{"features":[{"type":"Feature","geometry":{"type":"LineString","coordinates":` + strings.Repeat("[", 50) + `}}]}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, read := range []func(io.Reader, func(*record), func(*recordError)) error{readGeoJSON, readNDJSON} {
			n, last := 0, 0
			err := read(strings.NewReader(text), func(r *record) {
				n++
				last = r.number
				if r.props == nil {
					t.Fatal("no properties")
				}
				if r.geometry != nil {
					r.geometry.Bound()
				}
				if _, err := r.attributes(nil, nil); err != nil {
					t.Fatal(err)
				}
			}, func(e *recordError) {
				n++
				if e.number < last || e.rule == "" || e.reason == nil {
					t.Fatalf("%+v after record %d", e, last)
				}
			})
			if err == nil && n == 0 {
				t.Fatal("nothing was read and nothing said")
			}
			if n > 2*len(text)+2 {
				t.Fatalf("%d records and faults of %d bytes", n, len(text))
			}
		}
	})
}
