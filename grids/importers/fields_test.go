package importers

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// components imports one GeoJSON file of components under the fields and the
// lines that follow them.
func components(t *testing.T, fields, more string, features ...string) []grids.Component {
	t.Helper()
	mapping := head + cellsLayer + "  components:\n    - file: things.geojson\n      fields: {category: {value: \"0101\"}, " + fields + "}\n" + more
	return newPlot(t, mapping, map[string]string{"things.geojson": collection(features...)}).city(t).Components
}

func here(props string) string { return point(props, 114.3005, 34.7005) }

func TestNumbersThatAreCodesKeepTheirDigits(t *testing.T) {
	for value, want := range map[string]string{
		`"0101"`:                 "0101",
		`101`:                    "101",
		`1.0`:                    "1",
		`1.50`:                   "1.50",
		`12345678901234567890`:   "12345678901234567890",
		`990101001001001.0`:      "990101001001001",
		`"1.0"`:                  "1.0",
		`true`:                   "true",
		`" padded "`:             "padded",
		`["a",1]`:                `["a",1]`,
		`{"b":1,"a":2}`:          `{"a":2,"b":1}`,
		`123456789012345678.000`: "123456789012345678",
	} {
		if got := components(t, "code: c", "", here(`{"c":`+value+`}`))[0].Code; got != want {
			t.Errorf("%s is the code %q, want %q", value, got, want)
		}
	}
}

func TestFieldsComeFromColumnsValuesTemplatesAndMaps(t *testing.T) {
	got := components(t, `code: {template: "X-{#:5}-{a}"}, name: {template: "{a} / {b}"}, state: {column: a, map: {p: 完好, q: ""}, default: 丢失},
        owner: {column: b, default: 市政}, source: {value: 普查}, placed_on: {column: none, default: "2020"}, cell: {column: a, map: {p: P}}`, "",
		here(`{"a":"p","b":null}`), here(`{"a":"q","b":"B"}`), here(`{"a":"r","b":" "}`), here(`{"a":"s"}`))
	for i, want := range []string{
		"X-00001-p|p /|完好|市政|普查|2020|P",
		"X-00002-q|q / B||B|普查|2020|q",
		"X-00003-r|r /|丢失|市政|普查|2020|r",
		"X-00004-s|s /|丢失|市政|普查|2020|s",
	} {
		c := got[i]
		if line := strings.Join([]string{c.Code, c.Name, c.State, c.Owner, c.Source, c.PlacedOn, c.Cell}, "|"); line != want {
			t.Errorf("row %d\ngot  %s\nwant %s", i+1, line, want)
		}
	}
}

func TestATemplateOfTheRecordsNumberCountsTheSkippedOnesToo(t *testing.T) {
	got := components(t, `code: {template: "{#}"}`, "      where: {k: [\"1\", b]}\n", here(`{"k":1}`), here(`{"k":"a"}`), here(`{"k":"b"}`), here(`{"z":1}`))
	if len(got) != 2 || got[0].Code != "1" || got[1].Code != "3" {
		t.Errorf("%+v", got)
	}
}

func TestWhatNoFieldUsesBecomesAttributes(t *testing.T) {
	for name, c := range map[string]struct{ more, feature, want string }{
		"all of it":             {"", here(`{"c":1,"z":"汉 <&>","a":12345678901234567890,"n":null,"e":"","l":[1,{"q":true}]}`), `{"a":12345678901234567890,"l":[1,{"q":true}],"z":"汉 \u003c\u0026\u003e"}`},
		"only what is kept":     {"      keep: [z, none, c]\n", here(`{"c":1,"z":2,"a":3}`), `{"c":1,"z":2}`},
		"nothing":               {"      keep: []\n", here(`{"c":1,"z":2}`), ""},
		"nothing left":          {"", here(`{"c":1}`), ""},
		"not the feature's id":  {"", strings.Replace(here(`{"c":1}`), `"Feature",`, `"Feature","id":7,`, 1), ""},
		"an id that is its own": {"", here(`{"c":1,"id":"7a"}`), `{"id":"7a"}`},
	} {
		if got := components(t, "code: c", c.more, c.feature)[0].Attributes; got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

func TestTheFeaturesIdIsAColumn(t *testing.T) {
	f := strings.Replace(here(`{}`), `"Feature",`, `"Feature","id":12345678901234567890,`, 1)
	if got := components(t, `code: {template: "F{id}"}`, "", f)[0].Code; got != "F12345678901234567890" {
		t.Errorf("code %s", got)
	}
}

func TestDatesAreInTheCitysZoneUnlessTheySayOtherwise(t *testing.T) {
	got := components(t, "code: c, valid_from: f, valid_to: t", "", here(`{"c":"1","f":"2026-01-01","t":"2026-06-01T00:00:00Z"}`), here(`{"c":"2"}`),
		here(`{"c":"1","f":"2026-06-01T08:00:00+08:00"}`))
	china := time.FixedZone("", 8*3600)
	first, second := got[0].Valid, got[1].Valid
	if !first.From.Time().Equal(time.Date(2026, 1, 1, 0, 0, 0, 0, china)) || !first.To.Time().Equal(time.Date(2026, 6, 1, 8, 0, 0, 0, china)) || !second.From.Time().Equal(first.To.Time()) || !second.To.IsZero() {
		t.Errorf("%+v", got)
	}
	if !got[2].Valid.From.IsZero() || !got[2].Valid.To.IsZero() {
		t.Errorf("open ends: %+v", got[2].Valid)
	}
}

func TestTheMappingsDateIsWhereRowsBegin(t *testing.T) {
	p := newPlot(t, head+cellsLayer+"valid_from: 2026-01-01T00:00:00+08:00\n", nil)
	if got := p.city(t).Cells[0].Valid.From.Time(); !got.Equal(time.Date(2025, 12, 31, 16, 0, 0, 0, time.UTC)) {
		t.Errorf("from %v", got)
	}
}

func TestAJoinGivesPlacesToRecordsWithoutCoordinates(t *testing.T) {
	// The places are in a plane, the first file that has the name counts.
	for _, door := range []string{"cgcs2000", "gcj02"} {
		mapping := head + cellsLayer + `  addresses:
    - file: names.csv
      crs: ` + door + `
      fields: {code: id, name: name, full: name}
      join:
        - {file: a.geojson, key: NAME, on: name}
        - {file: b.geojson, key: NAME, on: name}
`
		p := newPlot(t, mapping, map[string]string{
			"names.csv": "id,name\n1,North  Park\n2,Lake\n3,Nowhere\n4,\n",
			"a.geojson": collection(point(`{"NAME":" north park"}`, 114.3002, 34.7002), point(`{"NAME":"North Park"}`, 114.3007, 34.7007), point(`{"NAME":""}`, 114, 34), feature(`{"NAME":"Lake"}`, "null")),
			"b.geojson": collection(
				point(`{"NAME":"North Park"}`, 114.3009, 34.7009),
				feature(`{"NAME":"LAKE"}`, `{"type":"Polygon","coordinates":[[[114.3004,34.7004],[114.3006,34.7004],[114.3006,34.7006],[114.3004,34.7006],[114.3004,34.7004]]]}`),
			),
		})
		city, report := p.imported(t)
		if city == nil || len(city.Addresses) != 2 || report.Count(grids.Warning)+report.Count(grids.Error) != 0 {
			t.Fatalf("%s", lines(report))
		}
		for i, want := range []spatial.Coord{spatial.At(114.3002, 34.7002), spatial.At(114.3005, 34.7005)} {
			if d := spatial.DistanceM(city.Addresses[i].At, want); d > 0.02 {
				t.Errorf("%s: address %d is %.2f m off", door, i, d)
			}
		}
		if got := lines(report); strings.Count(got, "note no-place: names.csv [addresses] feature") != 2 {
			t.Errorf("%s", got)
		}
	}
}

func TestAJoinThatFailsIsTheFilesFault(t *testing.T) {
	for name, c := range map[string]struct{ file, text, key, want string }{
		"for a missing file":     {"none.geojson", "", "N", "error unreadable-file: names.csv [addresses]: join none.geojson: stat "},
		"for a broken feature":   {"a.geojson", collection(feature(`{"N":"x"}`, `{"type":"Point","coordinates":[1]}`)), "N", "error unreadable-file: names.csv [addresses]: join a.geojson: record 1: Point: coordinates do not fit"},
		"for metres":             {"a.geojson", collection(point(`{"N":"x"}`, 500000, 3800000)), "N", "join a.geojson: record 1: vertex 1: "},
		"for a column not there": {"a.geojson", collection(here(`{"M":"x"}`)), "N", `error unreadable-file: names.csv [addresses]: join a.geojson: no column "N" (key)`},
		"for a column not here":  {"a.geojson", collection(here(`{"N":"x"}`)), "N}, {file: a.geojson, key: N, on: none", `error missing-field: names.csv [addresses]: no column "none" for join on none — columns here: id, name`},
	} {
		mapping := head + cellsLayer + "  addresses:\n    - file: names.csv\n      fields: {code: id}\n      join: [{file: " + c.file + ", on: name, key: " + c.key + "}]\n"
		files := map[string]string{"names.csv": "id,name\n1,x\n"}
		if c.text != "" {
			files[c.file] = c.text
		}
		city, report := newPlot(t, mapping, files).imported(t)
		if city != nil || !strings.Contains(lines(report), c.want) {
			t.Errorf("%s:\ngot  %swant %s", name, lines(report), c.want)
		}
	}
}

func TestLayersWithoutCodesAreNumbered(t *testing.T) {
	mapping := head + cellsLayer + "  base_roads:\n    - {file: r.geojson, fields: {class: {value: road}}}\n    - {file: r.geojson, fields: {code: c}}\n"
	line := `{"type":"LineString","coordinates":[[114.3,34.7],[114.301,34.7]]}`
	dot := `{"type":"LineString","coordinates":[[114.3,34.7],[114.3,34.7]]}`
	city, report := newPlot(t, mapping, map[string]string{"r.geojson": collection(feature(`{"c":"R1"}`, line), feature(`{}`, line), feature(`{"c":"R2"}`, dot))}).imported(t)
	if city == nil {
		t.Fatal(lines(report))
	}
	var codes []string
	for _, b := range city.Base[grids.BaseRoads] {
		codes = append(codes, b.Code)
	}
	if got := fmt.Sprint(codes); got != "[R1 base_roads-1 base_roads-2 base_roads-5]" {
		t.Errorf("codes %s", got)
	}
	if n := strings.Count(lines(report), "warning vanished: r.geojson [base_roads]"); n != 2 {
		t.Errorf("%s", lines(report))
	}
}

func TestProgressIsToldAfterEachFile(t *testing.T) {
	features, _ := lamps()
	p := newPlot(t, lampMapping("lamps.geojson", ""), map[string]string{"lamps.geojson": collection(features...)})
	m, err := ReadMapping(filepath.Join(p.dir, "city.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	if _, _, err := Import(t.Context(), m, Options{Dir: p.dir, Progress: func(file string, n int) { told = append(told, fmt.Sprint(file, " ", n)) }}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(told, ", "); got != "cells.geojson 2, lamps.geojson 5" {
		t.Errorf("told %s", got)
	}
}
