package importers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
)

// things maps one file of components besides the cells.
func things(file string) string {
	coordinates := ""
	if strings.Contains(file, ".csv") {
		coordinates = "      lon: lon\n      lat: lat\n"
	}
	return head + cellsLayer + "  components:\n    - file: " + file + "\n" + coordinates +
		"      fields: {code: code, category: {value: \"0101\"}}\n"
}

// inside is a point in the first cell.
func inside(code string) string { return point(fmt.Sprintf(`{"code":%q}`, code), 114.3005, 34.7005) }

func TestBadDataIsToldWithPlaceReasonAndHint(t *testing.T) {
	const ok = "code,lon,lat\nC1,114.3005,34.7005\n"
	bowTie := polygon("990101001001002", [][2]float64{at(1, 0), at(2, 1), at(2, 0), at(1, 1), at(1, 0)})
	good := cell("990101001001001", 0, 0)
	for name, c := range map[string]struct {
		mapping string // things(things.csv) when empty
		files   map[string]string
		want    []string // the report without its notes
	}{
		"lon and lat swapped in China": {
			files: map[string]string{"things.csv": ok + "C2,34.7005,114.3005\n"},
			want:  []string{"error coordinate-out-of-range: things.csv [components] feature 3 (C2): vertex 1: crs cgcs2000: coordinate out of range: lat 114.3005 is not within ±90: lon and lat look swapped"},
		},
		"NaN and Infinity": {
			files: map[string]string{"things.csv": ok + "C2,NaN,34.7\nC3,114.3,-Inf\n"},
			want: []string{
				"error coordinate-out-of-range: things.csv [components] feature 3 (C2): vertex 1: crs cgcs2000: coordinate out of range: lon is NaN, not a number of this world",
				"error coordinate-out-of-range: things.csv [components] feature 4 (C3): vertex 1: crs cgcs2000: coordinate out of range: lat is -Inf, not a number of this world",
			},
		},
		"metres given as degrees": {
			files: map[string]string{"things.csv": ok + "C2,527531.2,3841234.5\n"},
			want:  []string{"error coordinate-out-of-range: things.csv [components] feature 3 (C2): vertex 1: crs cgcs2000: coordinate out of range: lon 527531.2, lat 3.8412345e+06 look like metres, not degrees: name their plane system (or epsg:3857)"},
		},
		"degrees given as metres": {
			mapping: strings.Replace(things("things.csv"), "      lon: lon", "      crs: epsg:4547\n      lon: lon", 1),
			files:   map[string]string{"things.csv": ok},
			want:    []string{"error coordinate-out-of-range: things.csv [components] feature 2 (C1): vertex 1: crs epsg:4547: coordinate out of range: ~look like degrees~"},
		},
		"a row without a number": {
			files: map[string]string{"things.csv": ok + "C2,abc,34.7\nC3,114.3,\n"},
			want: []string{
				`error broken-coordinate: things.csv [components] feature 3: column lon: "abc" is no number`,
				"warning no-coordinate: things.csv [components] feature 4: column lat is empty — the row has no place and is left out",
			},
		},
		"a table without the column lon": {
			files: map[string]string{"things.csv": "code,x,lat\nC1,1,2\n"},
			want:  []string{`error unreadable-file: things.csv [components]: no column "lon" (lon); there are code, x, lat`},
		},
		"a row with a field too few": {
			files: map[string]string{"things.csv": ok + "C2,114.3005\nC3,114.3005,34.7005,9\n"},
			want: []string{
				"error broken-csv: things.csv [components] feature 3: 2 fields, the header has 3",
				"error broken-csv: things.csv [components] feature 4: 4 fields, the header has 3",
			},
		},
		"quotes in the wrong place": {
			files: map[string]string{"things.csv": ok + "a\"b,114.3,34.7\nC3,114.3005,34.7005\n\"C4,1,2\n"},
			want: []string{
				`error broken-csv: things.csv [components] feature 3: bare " in non-quoted-field`,
				`error broken-csv: things.csv [components] feature 5: extraneous or missing " in quoted-field`,
			},
		},
		"a table with one row in GBK": {
			files: map[string]string{"things.csv": "code,lon,lat\n灯1,114.3005,34.7005\n\xbe\xae\xb8\xc7,114.3005,34.7005\n灯2,114.3005,34.7005\n"},
			want:  []string{"error mixed-encoding: things.csv [components] feature 3: the line is in gb18030, the file in utf-8 — save the whole file in one encoding"},
		},
		"a table in GBK with one row in UTF-8": {
			files: map[string]string{"things.csv": "code,lon,lat\n\xbe\xae\xb8\xc7,114.3005,34.7005\n\xb5\xc6,114.3005,34.7005\n灯2,114.3005,34.7005\n"},
			want:  []string{"error mixed-encoding: things.csv [components] feature 4: the line is in utf-8, the file in gb18030 — save the whole file in one encoding"},
		},
		"a table in UTF-8 that the mapping says is GBK": {
			mapping: things("things.csv") + "      encoding: gbk\n",
			files:   map[string]string{"things.csv": "code,lon,lat\n灯1,114.3005,34.7005\n"},
			want:    []string{"error mixed-encoding: things.csv [components] feature 2: the line is in utf-8, the file in gb18030 — save the whole file in one encoding"},
		},
		"bytes that are no text": {
			files: map[string]string{"things.csv": "code,lon,lat\nA\xff\xff,114.3005,34.7005\n"},
			want:  []string{"error mixed-encoding: things.csv [components] feature 2: the line has bytes that are no gb18030 text — save the file as UTF-8"},
		},
		"a table in UTF-16": {
			files: map[string]string{"things.csv": "\xff\xfec\x00o\x00"},
			want:  []string{"error unreadable-file: things.csv [components]: ~it is UTF-16; save it as UTF-8"},
		},
		"a collection with a name in GBK among UTF-8": {
			mapping: things("things.geojson"), files: map[string]string{"things.geojson": collection(inside("灯"), inside(strings.Repeat("灯", 30_000)), strings.Replace(inside("X"), "X", "\xbe\xae\xb8\xc7", 1))},
			want: []string{`error broken-geometry: things.geojson [components] feature 3: the text of "code" has bytes that are not of the file's encoding`},
		},
		"codes that a spreadsheet made numbers of": {
			files: map[string]string{"things.csv": "code,lon,lat\n0101,114.3005,34.7005\n102,114.3005,34.7005\n103,114.3005,34.7005\n1.10101E+14,114.3005,34.7005\n"},
			want: []string{
				"error number-as-code: things.csv [components] feature 5 (1.10101E+14): a number with a power of ten, not a code: a spreadsheet took the code for a number, and its last digits may be gone — format the column as text in the spreadsheet and enter the codes again",
				"error leading-zero-lost: things.csv [components] feature 3 (102): 2 codes have 3 digits, those that begin with 0 have 4 — format the column as text in the spreadsheet and enter the codes again",
			},
		},
		"a category that lost its zero": {
			mapping: strings.Replace(things("things.csv"), `"0101"}}`, `"101"}}`, 1), files: map[string]string{"things.csv": ok},
			want: []string{`error unknown-category: [components] (C1): component category "101" is not in scheme t — there is 0101: the leading zero was lost, format the column as text in the spreadsheet`},
		},
		"a table of a header only": {
			files: map[string]string{"things.csv": "code,lon,lat\n"},
			want:  []string{"error unreadable-file: things.csv [components]: the table has a header and no row"},
		},
		"an empty file": {
			files: map[string]string{"things.csv": ""},
			want:  []string{"error empty-file: things.csv [components]: the file is empty"},
		},
		"an empty file, gzipped": {
			mapping: things("things.csv.gz"), files: map[string]string{"things.csv.gz": ""},
			want: []string{"error empty-file: things.csv.gz [components]: the file is empty"},
		},
		"a missing file": {
			want: []string{"error unreadable-file: things.csv [components]: stat DIR/things.csv: no such file or directory"},
		},
		"a missing column": {
			files: map[string]string{"things.csv": "id,lon,lat\n1,114.3005,34.7005\n"},
			want: []string{
				"error missing-code: things.csv [components] feature 2: the record has no code",
				`error missing-field: things.csv [components]: no column "code" for field code — columns here: id`,
			},
		},
		"a record without code": {
			files: map[string]string{"things.csv": ok + " ,114.3005,34.7005\n"},
			want:  []string{"error missing-code: things.csv [components] feature 3: the record has no code"},
		},
		"a code's template with a hole": {
			mapping: strings.Replace(things("things.csv"), "{code: code, ", `{code: {template: "X-{code}"}, `, 1),
			files:   map[string]string{"things.csv": ok + ",114.3005,34.7005\n"},
			want:    []string{"error missing-code: things.csv [components] feature 3: the record has no code"},
		},
		"a column of where that is not there": {
			mapping: things("things.csv") + "      where: {kind: [lamp]}\n",
			files:   map[string]string{"things.csv": ok},
			want: []string{
				`error missing-field: things.csv [components]: no column "kind" for where kind — columns here: code`,
				"warning no-record: things.csv [components]: no record passes where",
			},
		},
		"one code in two files": {
			mapping: things("things.csv") + "    - file: more.geojson\n      fields: {code: code, category: {value: \"0101\"}}\n",
			files:   map[string]string{"things.csv": ok, "more.geojson": collection(inside("C0"), inside("C1"))},
			want:    []string{"error duplicate-code: more.geojson [components] feature 2 (C1): the code was seen already in things.csv feature 2"},
		},
		"two cells with one code": {
			files: map[string]string{"things.csv": ok, "cells.geojson": collection(good, cell("990101001001001", 1, 0))},
			want:  []string{"error duplicate-code: cells.geojson [cells] feature 2 (990101001001001): the code was seen already in cells.geojson feature 1"},
		},
		"a bow-tie": {
			files: map[string]string{"things.csv": ok, "cells.geojson": collection(good, bowTie)},
			want:  []string{"error invalid-geometry: cells.geojson [cells] feature 2 (990101001001002): invalid geometry: Self-intersection at 114.3015000,34.7005000"},
		},
		"a cell that is a line": {
			files: map[string]string{"things.csv": ok, "cells.geojson": collection(good, feature(`{"code":"L"}`, `{"type":"LineString","coordinates":[[114.3,34.7],[114.4,34.7]]}`))},
			want:  []string{"error wrong-geometry: cells.geojson [cells] feature 2 (L): a line, cells are polygons"},
		},
		"a polygon without area": {
			files: map[string]string{"things.csv": ok, "cells.geojson": collection(good, polygon("D", [][2]float64{at(1, 0), at(2, 0), at(3, 0), at(1, 0)}))},
			want:  []string{"error broken-geometry: cells.geojson [cells] feature 2 (D): geometry collapses on the 1e-7 degree lattice"},
		},
		"a cell without geometry": {
			files: map[string]string{"things.csv": ok, "cells.geojson": collection(good, feature(`{"code":"N"}`, "null"))},
			want:  []string{"error no-geometry: cells.geojson [cells] feature 2 (N): the record has no geometry"},
		},
		"a collection of geometries": {
			mapping: things("things.geojson"), files: map[string]string{"things.geojson": collection(feature(`{"code":"G"}`, `{"type":"GeometryCollection","geometries":[]}`))},
			want: []string{`error broken-geometry: things.geojson [components] feature 1: geometry: type "GeometryCollection" is none of points, lines and polygons`},
		},
		"positions with too few or no numbers": {
			mapping: things("things.geojson"), files: map[string]string{"things.geojson": collection(
				feature(`{"code":"1"}`, `{"type":"Point","coordinates":[114.3]}`),
				feature(`{"code":"2"}`, `{"type":"Point","coordinates":[null,34.7]}`),
				feature(`{"code":"3"}`, `{"type":"Point","coordinates":[]}`),
				feature(`{"code":"4"}`, `{"type":"Point","coordinates":["114.3","34.7"]}`),
				feature(`{"code":"5"}`, `{"type":"Point"}`),
				feature(`{"code":"6"}`, `{"type":"Polygon","coordinates":[[114.3,34.7],[114.4,34.7]]}`),
				feature(`{"code":"7"}`, `{"type":"Point","coordinates":[1e999,34.7]}`),
			)},
			want: []string{
				"error broken-geometry: things.geojson [components] feature 1: Point: ~",
				`error broken-geometry: things.geojson [components] feature 2: Point: coordinates do not fit at "null,34.7]"`,
				`error broken-geometry: things.geojson [components] feature 3: Point: coordinates do not fit at "]"`,
				`error broken-geometry: things.geojson [components] feature 4: Point: coordinates do not fit at "\"114.3\",\"34.7\"]"`,
				"error broken-geometry: things.geojson [components] feature 5: Point: coordinates are missing",
				`error broken-geometry: things.geojson [components] feature 6: Polygon: ~`,
				`error broken-geometry: things.geojson [components] feature 7: Point: coordinates do not fit at "1e999,34.7]"`,
			},
		},
		"a category that is not in the scheme": {
			mapping: strings.Replace(things("things.csv"), `"0101"}}`, `"0199"}}`, 1), files: map[string]string{"things.csv": ok},
			want: []string{`error unknown-category: [components] (C1): component category "0199" is not in scheme t — map it to one of the scheme, or add it to categories`},
		},
		"a category twice": {
			mapping: strings.Replace(things("things.csv"), "  - {kind: component, code: \"01\",", "  - {kind: component, code: \"0101\", name: x}\n  - {kind: component, code: \"01\",", 1),
			files:   map[string]string{"things.csv": ok},
			want:    []string{"error duplicate-category: (0101): category component 0101 occurs twice in scheme t"},
		},
		"a category of no kind": {
			mapping: strings.Replace(things("things.csv"), "kind: component, code: \"01\"", "kind: thing, code: \"01\"", 1), files: map[string]string{"things.csv": ok},
			want: []string{`error unknown-kind: (01): category kind "thing"; there are component and event`},
		},
		"a category equal to none": {
			mapping: strings.Replace(things("things.csv"), "name: 井盖", `name: 井盖, equivalent: "gb:0102"`, 1), files: map[string]string{"things.csv": ok},
			want: []string{`error unknown-category: (0101): equivalent "gb:0102" is no category known here — written as scheme:code, for example gbt30428.2-2013:0137`},
		},
		"units twice and without code": {
			mapping: things("things.csv") + "units: [{code: U, name: a}, {code: U, name: b}, {name: c}]\n", files: map[string]string{"things.csv": ok},
			want: []string{
				"error duplicate-code: [units] feature 2 (U): an earlier unit has the same code",
				"error missing-code: [units] feature 3: the unit has no code",
			},
		},
		"dates that are none, and in the wrong order": {
			mapping: strings.Replace(things("things.csv"), "code: code,", "code: code, valid_from: from, valid_to: to,", 2),
			files:   map[string]string{"things.csv": "code,lon,lat,from,to\nC1,114.3005,34.7005,1.2.2026,x\nC2,114.3005,34.7005,2026-02-01,2026-01-01\nC3,114.3005,34.7005,2026-02-01,2026-02-01\n"},
			want: []string{
				`error broken-date: things.csv [components] feature 2 (C1): valid_from "1.2.2026" — write 2026-01-31 or RFC 3339`,
				"error broken-date: things.csv [components] feature 3 (C2): valid_to is not after valid_from",
				"error broken-date: things.csv [components] feature 4 (C3): valid_to is not after valid_from",
			},
		},
		"a layer in another place": {
			mapping: things("things.csv") + "  streets: [{file: s.geojson, fields: {code: code}}]\n",
			files:   map[string]string{"things.csv": ok, "s.geojson": collection(polygon("S", [][2]float64{{117, 34}, {117.1, 34}, {117.1, 34.1}, {117, 34}}))},
			want:    []string{"error far-away: [streets]: all 1 rows lie more than 10 km away from the cells — is the crs of the file right?"},
		},
		"no cell at all": {
			mapping: head + strings.Replace(cellsLayer, "{code: code}", "{code: code}\n      where: {code: [none]}", 1),
			want: []string{
				"warning no-record: cells.geojson [cells]: no record passes where",
				"error no-cells: [cells]: no cell was read",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.mapping == "" {
				c.mapping = things("things.csv")
			}
			p := newPlot(t, c.mapping, c.files)
			city, report := p.imported(t)
			if city != nil {
				t.Error("a city came back")
			}
			expect(t, p, without(report, grids.Note), c.want)
		})
	}
}

// expect compares the lines of a report; a ~ in what is wanted stands for any
// text.
func expect(t *testing.T, p *plot, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d faults, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for i := range want {
		rest := got[i]
		for n, piece := range strings.Split(strings.ReplaceAll(want[i], "DIR", p.dir), "~") {
			at := strings.Index(rest, piece)
			if at < 0 || n == 0 && at > 0 {
				t.Errorf("fault %d\ngot  %s\nwant %s", i, got[i], want[i])
				break
			}
			rest = rest[at+len(piece):]
		}
		if !strings.Contains(want[i], "~") && got[i] != strings.ReplaceAll(want[i], "DIR", p.dir) {
			t.Errorf("fault %d\ngot  %s\nwant %s", i, got[i], want[i])
		}
	}
}

func TestUnknownCodesAboveAreErrors(t *testing.T) {
	mapping := head + `layers:
  districts: [{file: d.geojson, fields: {code: code}}]
  streets: [{file: s.geojson, fields: {code: code, parent: {value: D9}}}]
  communities: [{file: c.geojson, fields: {code: code, parent: {value: S9}}}]
  zones: [{file: z.geojson, fields: {code: code, street: {value: S9}}}]
  cells: [{file: cells.geojson, fields: {code: code, community: {value: M9}, zone: {value: Z9}}}]
`
	p := newPlot(t, mapping, map[string]string{
		"d.geojson": collection(cell("D1", 0, 0)), "s.geojson": collection(cell("S1", 0, 0)),
		"c.geojson": collection(cell("M1", 0, 0)), "z.geojson": collection(cell("Z1", 0, 0)),
	})
	city, report := p.imported(t)
	if city != nil {
		t.Error("a city came back")
	}
	expect(t, p, without(report, grids.Note), []string{
		`error unknown-code: [streets] (S1): parent "D9" does not exist`,
		`error unknown-code: [communities] (M1): parent "S9" does not exist`,
		`error unknown-code: [cells] (990101001001001): parent "M9" does not exist`,
		`error unknown-code: [cells] (990101001001002): parent "M9" does not exist`,
		`error unknown-code: [zones] (Z1): parent "S9" does not exist`,
		`error unknown-code: [cells] (990101001001001): zone "Z9" does not exist`,
		`error unknown-code: [cells] (990101001001002): zone "Z9" does not exist`,
	})
}

func TestSwappedCoordinatesWestOfGreenwichAreFarAway(t *testing.T) {
	west := [][2]float64{{-71.1, 42.3}, {-71.0, 42.3}, {-71.0, 42.4}, {-71.1, 42.4}, {-71.1, 42.3}}
	p := newPlot(t, things("things.csv"), map[string]string{
		"cells.geojson": collection(polygon("W", west)),
		"things.csv":    "code,lon,lat\nC1,42.35,-71.05\nC2,10,10\nC3,-71.05,42.35\nC4,-70.95,42.35\n",
	})
	city, report := p.imported(t)
	if city != nil {
		t.Error("a city came back")
	}
	expect(t, p, without(report, grids.Note), []string{
		"error far-away: [components] (C1): at 42.3500000,-71.0500000 no cell holds it — lon and lat look swapped",
		"error far-away: [components] (C2): at 10.0000000,10.0000000 no cell holds it — is the crs of the file right?",
		"warning outside-cells: [components] (C4): at -70.9500000,42.3500000 no cell holds it",
	})
}

func TestACityWithWarningsOnlyComesBack(t *testing.T) {
	p := newPlot(t, things("things.csv"), map[string]string{"things.csv": "code,lon,lat\nC1,114.3005,34.7005\nC2,114.31,34.7\nC3,,\n"})
	city, report := p.imported(t)
	if city == nil || len(city.Components) != 2 || report.Count(grids.Warning) != 2 || report.Count(grids.Error) != 0 {
		t.Errorf("%s", lines(report))
	}
}

func TestAnImportEndsWithItsContext(t *testing.T) {
	p := newPlot(t, things("things.csv"), map[string]string{"things.csv": "code,lon,lat\n" + strings.Repeat("C,114.3005,34.7005\n", 100_000)})
	m, err := ReadMapping(filepath.Join(p.dir, "city.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	city, _, err := Import(ctx, m, Options{Dir: p.dir, Progress: func(file string, records int) {
		if file == "cells.geojson" {
			leave()
		} else if records > 10_000 {
			t.Errorf("%s: %d records were read after the end", file, records)
		}
	}})
	if city != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	leave2, cancel := context.WithCancel(t.Context())
	cancel()
	if city, _, err := Import(leave2, m, Options{Dir: p.dir}); city != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestBombsAreRefusedWithoutBeingUnpacked(t *testing.T) {
	const unpacked = 16 << 20
	feature := inside("C")
	for name, c := range map[string]struct{ start, filler string }{
		"things.geojson.gz": {`{"type":"FeatureCollection","features":[`, strings.Repeat(" ", 4096)},
		"things.ndjson.gz":  {"", strings.Repeat(feature[:len(feature)-1]+strings.Repeat(" ", 400)+"}\n", 8)},
		"things.csv.gz":     {"code,lon,lat\n", strings.Repeat(strings.Repeat(" ", 200)+",,\n", 20)},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlot(t, things(name), nil)
			bomb(t, filepath.Join(p.dir, name), c.start, c.filler, unpacked)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			city, report := p.imported(t)
			runtime.ReadMemStats(&after)
			if city != nil || len(report.Faults) == 0 {
				t.Fatal("a city came back")
			}
			last := report.Faults[len(report.Faults)-1].String()
			if !strings.HasPrefix(last, "error compressed-bomb: "+name+" [components]: ") || !strings.HasSuffix(last, "the compressed file grows too large") {
				t.Errorf("%s", last)
			}
			if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 32<<20 {
				t.Errorf("the heap grew by %d MB", grown>>20)
			}
		})
	}
}

func TestTheLimitOfAnUnpackedFileIsHeldToTheByte(t *testing.T) {
	for size, fails := range map[int]bool{1000: false, 1001: true} {
		s := &stream{ctx: t.Context(), r: strings.NewReader(strings.Repeat("x", size)), limit: 1000}
		n := 0
		var err error
		for buf := make([]byte, 64); err == nil; {
			var k int
			k, err = s.Read(buf)
			n += k
		}
		if errors.Is(err, ErrBomb) != fails || n > 1000 {
			t.Errorf("%d bytes: %d read, %v", size, n, err)
		}
	}
}

func TestATruncatedGzipFileIsCalledSo(t *testing.T) {
	rows := "code,lon,lat\n"
	for i := range 2000 {
		rows += fmt.Sprintf("C%d,114.30%03d,34.7005\n", i*7919%2000, i%1000)
	}
	features := make([]string, 2000)
	for i := range features {
		features[i] = inside(fmt.Sprintf("C%d", i*7919%2000))
	}
	for name, text := range map[string]string{
		"things.csv.gz": rows, "things.geojson.gz": collection(features...), "things.ndjson.gz": strings.Join(features, "\n"),
	} {
		whole := gzipped(t, text)
		for _, n := range []int{1, 9, 10, len(whole) / 2, len(whole) - 9, len(whole) - 8, len(whole) - 1} {
			p := newPlot(t, things(name), nil)
			if err := os.WriteFile(filepath.Join(p.dir, name), []byte(whole[:n]), 0o600); err != nil {
				t.Fatal(err)
			}
			city, report := p.imported(t)
			if city != nil || !strings.Contains(lines(report), "error unreadable-file: "+name) || !strings.Contains(lines(report), "EOF") {
				t.Errorf("%s, %d of %d bytes: %s", name, n, len(whole), lines(report))
			}
		}
		bad := []byte(whole)
		bad[len(bad)-6] ^= 1 // the checksum
		p := newPlot(t, things(name), nil)
		if err := os.WriteFile(filepath.Join(p.dir, name), bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if city, report := p.imported(t); city != nil || !strings.Contains(lines(report), "the file is damaged or cut short: gzip: invalid checksum") {
			t.Errorf("%s with a wrong checksum: %s", name, lines(report))
		}
	}
}
