package importers

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAMappingThatIsWrongIsRefusedWithTheKeyOrTheLine(t *testing.T) {
	cells := func(more string) string { return head + cellsLayer + more }
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"empty":                         {" \n\t\n", []string{"the file is empty"}},
		"only a comment":                {"# nothing\n", []string{"city.code is missing", "city.name is missing", "city.scheme is missing: cjt214, gbt30428.2-2013, gbt47678.5-2026, or the city's own", "city.time_zone is missing, for example Asia/Shanghai", "layers.cells is missing"}},
		"a list":                        {"- a\n", []string{"[1:1]"}},
		"no YAML":                       {"city: {\n", []string{"[1:"}},
		"tabs":                          {"city:\n\tcode: 1\n", []string{"[2:"}},
		"an unknown key at the top":     {head + cellsLayer + "layres: {}\n", []string{`[14:1] unknown field "layres"`}},
		"an unknown key in city":        {"city:\n  code: \"1\"\n  naem: x\n", []string{`[3:3] unknown field "naem"`}},
		"an unknown key in a file":      {cells("      feilds: {}\n"), []string{`[14:7] unknown field "feilds"`}},
		"an unknown key in a value":     {head + "layers:\n  cells:\n    - file: cells.geojson\n      fields:\n        code: code\n        name:\n          colum: x\n", []string{`[16:11] unknown field "colum"`}},
		"an unknown key in crs":         {strings.Replace(head, "crs: cgcs2000", "crs: {tm: {lon0: 114, k: 1}, afine: []}", 1) + cellsLayer, []string{"[6:", `unknown field "afine"`}},
		"an unknown key in a join":      {cells("      join: [{file: a.geojson, key: a, no: b}]\n"), []string{"[14:", `unknown field "no"`}},
		"a tag":                         {head + "layers:\n  cells: !cells\n", []string{"tags (!name) are not read"}},
		"an alias":                      {"a: &a [x]\nb: [*a, *a]\n", []string{"[2:5] aliases (*name) are not read; write the part out"}},
		"a key twice":                   {"city:\n  code: \"1\"\n  code: \"2\"\n", []string{"[3:3]", `"code" already defined at [2:3]`}},
		"an unknown layer":              {head + cellsLayer + "  cels: [{file: x.geojson, fields: {code: a}}]\n", []string{"layers.cels: unknown layer; there are addresses, base_buildings, ", "zones"}},
		"an unknown layer without file": {head + cellsLayer + "  cels: []\n", []string{"layers.cels: unknown layer"}},
		"an unknown field":              {strings.Replace(cells(""), "{code: code}", "{code: code, owner: x}", 1), []string{`layers.cells[0]: cells.geojson: unknown field "owner"; cells has code, name, valid_from, valid_to, community, zone, land_use`}},
		"no code":                       {strings.Replace(cells(""), "{code: code}", "{name: x}", 1), []string{`layers.cells[0]: cells.geojson: no field code; where the file has none, number the records with {template: "X-{#:5}"}`}},
		"a field without source":        {strings.Replace(cells(""), "{code: code}", "{code: }", 1), []string{"field code: a field has exactly one of column, value and template"}},
		"a field of only a map":         {strings.Replace(cells(""), "{code: code}", "{code: code, name: {map: {a: b}}}", 1), []string{"field name: a field has exactly one of column, value and template"}},
		"a field with two sources":      {strings.Replace(cells(""), "{code: code}", "{code: {column: a, value: b}}", 1), []string{"field code: a field has exactly one of column, value and template"}},
		"a template left open":          {strings.Replace(cells(""), "{code: code}", `{code: {template: "X-{a"}}`, 1), []string{`field code: template "X-{a": { without }`}},
		"a template of nothing":         {strings.Replace(cells(""), "{code: code}", `{code: {template: "X-{}"}}`, 1), []string{"{} names no column"}},
		"a template with odd digits":    {strings.Replace(cells(""), "{code: code}", `{code: {template: "X-{#:a}"}}`, 1), []string{"{#:a}, want {#} or {#:5}, at most 12 digits"}},
		"a template with 99 digits":     {strings.Replace(cells(""), "{code: code}", `{code: {template: "X-{#:99}"}}`, 1), []string{"{#:99}, want {#} or {#:5}, at most 12 digits"}},
		"no file":                       {strings.Replace(cells(""), "file: cells.geojson", `file: ""`, 1), []string{"layers.cells[0]: file is missing"}},
		"an unknown format by name":     {strings.Replace(cells(""), "cells.geojson", "cells.dwg", 1), []string{"cells.dwg: unknown format; there are geojson, ndjson, csv, xlsx, shp (also zipped), gpkg"}},
		"an unknown format by key":      {cells("      format: shapefile\n"), []string{"cells.geojson: unknown format; there are geojson, ndjson, csv, xlsx, shp (also zipped), gpkg"}},
		"an unknown crs for all":        {strings.Replace(cells(""), "crs: cgcs2000", "crs: beijing54", 1), []string{`layers.cells[0]: cells.geojson: crs "beijing54": unknown coordinate reference system; accepted: cgcs2000`}},
		"an unknown crs for a file":     {cells("      crs: epsg:9999\n"), []string{`cells.geojson: crs "epsg:9999": unknown coordinate reference system`}},
		"no crs at all":                 {strings.Replace(cells(""), "crs: cgcs2000\n", "", 1), []string{"cells.geojson: no crs: name one for the file or, beside city, for all"}},
		"crs city without a grid":       {cells("      crs: city\n"), []string{"this city's configuration has no grid of its own"}},
		"a flat grid":                   {strings.Replace(cells(""), "crs: cgcs2000", "crs: {tm: {lon0: 114, k: 1}, affine: [1, 1, 0, 1, 1, 0]}", 1), []string{"singular"}},
		"a flat grid of the city":       {strings.Replace(cells(""), "crs: cgcs2000", "  grid: {tm: {lon0: 114, k: 1}, affine: [1, 1, 0, 1, 1, 0]}\ncrs: cgcs2000", 1), []string{"city.grid: ", "singular"}},
		"a table without coordinates":   {strings.Replace(cells(""), "cells.geojson", "cells.csv", 1), []string{"cells.csv: a table needs lon and lat, the names of its coordinate columns, or join"}},
		"a table with lon only":         {strings.Replace(cells("      lon: x\n"), "cells.geojson", "cells.csv", 1), []string{"cells.csv: a table needs lon and lat"}},
		"a join without key":            {cells("      join: [{file: a.geojson, on: b}]\n"), []string{"cells.geojson: join needs file, key and on"}},
		"a join with a table":           {cells("      join: [{file: a.csv, key: a, on: b}]\n"), []string{"cells.geojson: join a.csv: places come from a file with geometry (geojson, ndjson, shp, gpkg)"}},
		"a join in an unknown crs":      {cells("      join: [{file: a.geojson, key: a, on: b, crs: x}]\n"), []string{`cells.geojson: join a.geojson: crs "x": unknown`}},
		"a time zone of no place":       {strings.Replace(cells(""), "Asia/Shanghai", "Asia/Nowhere", 1), []string{"city.time_zone: unknown time zone Asia/Nowhere"}},
		"the machine's time zone":       {strings.Replace(cells(""), "Asia/Shanghai", "Local", 1), []string{"city.time_zone: Local is another zone on another machine"}},
		"a negative distance":           {strings.Replace(cells(""), "  name: 试验市", "  name: a\n  near_m: -1", 1), []string{"city.near_m is negative"}},
		"a distance that is none":       {strings.Replace(cells(""), "  name: 试验市", "  name: a\n  near_m: .nan", 1), []string{"city.near_m is no length"}},
		"a date without offset":         {cells("valid_from: 2026-01-01\n"), []string{"valid_from: parsing time"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "city.yaml")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			m, err := ReadMapping(path)
			if m != nil || !errors.Is(err, ErrMapping) || !strings.Contains(err.Error(), path) {
				t.Fatalf("mapping %v, %v", m, err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got  %v\nwant %s", err, want)
				}
			}
		})
	}
}

func TestTheFaultsOfAMappingComeAllAtOnceInOneOrder(t *testing.T) {
	text := "city: {time_zone: Mars/Base}\nlayers:\n  zones: [{file: z.shp}]\n  cells: [{file: c.shp}, {file: d.geojson}]\n  towns: []\n  addresses: [{file: a.geojson, crs: cgcs2000, fields: {b: x, a: y, c: z}}]\n"
	_, err := parseMapping([]byte(text))
	want := []string{"city.code", "city.name", "city.scheme", "city.time_zone", "layers.addresses[0]: a.geojson: unknown field \"a\"", "layers.cells[0]", "layers.cells[1]", "layers.towns", "layers.zones[0]"}
	got := strings.Split(err.Error(), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d faults, want %d:\n%v", len(got), len(want), err)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("fault %d: %s, want %s", i, got[i], want[i])
		}
	}
	for range 30 {
		if _, again := parseMapping([]byte(text)); again.Error() != err.Error() {
			t.Fatalf("another time it says\n%v\nthan\n%v", again, err)
		}
	}
}

func TestAMappingMayHaveFourMegabytesAndNoByteMore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "city.yaml")
	text := head + cellsLayer + "# "
	for size, want := range map[int]string{maxMappingBytes: "", maxMappingBytes + 1: "4194305 bytes, at most 4194304 are read"} {
		if err := os.WriteFile(path, []byte(text+strings.Repeat("x", size-len(text))), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadMapping(path)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestAMissingMappingIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.yaml")
	if _, err := ReadMapping(path); !errors.Is(err, ErrMapping) || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
}

func TestTheCitysGridIsTheOneAllFilesAreIn(t *testing.T) {
	text := strings.Replace(head, "crs: cgcs2000", "crs: {tm: {lon0: 114.3, x0: 5000, y0: -3000000, k: 1}}", 1) + cellsLayer + "      crs: city\n"
	m, err := parseMapping([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if m.grid() == nil || m.grid().TM.X0 != 5000 {
		t.Errorf("grid %+v", m.grid())
	}
}

func FuzzMapping(f *testing.F) {
	for _, name := range []string{"cambridge", "sanfrancisco"} {
		b, err := os.ReadFile(filepath.Join("..", "testdata", name, "city.yaml"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, text := range []string{
		"", head, head + cellsLayer, "a: &a [*a]", "x: &x {y: *x}", "crs: {tm: {lon0: .nan}}", "crs: 4547",
		head + "layers: {cells: [{file: a.csv, lon: x, lat: y, fields: {code: {template: '{#:12}{a}', map: {a: b}, default: c}}}]}",
		head + "layers: {cells: [null, {fields: {code: null}}]}", "layers: {? [a] : b}", head + "layers:\n  cells: !cells\n", "city: !!binary aGk=", "\xff\xfe", "--- a\n--- b\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<14 {
			return // size is bounded elsewhere; what matters here is shape
		}
		m, err := parseMapping(b)
		if err != nil {
			return
		}
		if m.City.Code == "" || len(m.Layers) == 0 {
			t.Fatalf("accepted: %+v", m)
		}
		for _, files := range m.Layers {
			for i := range files {
				if _, err := files[i].format(); err != nil {
					t.Fatal(err)
				}
				if _, err := m.system(files[i].CRS); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
