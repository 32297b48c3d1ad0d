//go:build gdal

package importers

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// ogrLamps are the five components in a file of ogr2ogr's making.
func ogrLamps(t *testing.T, mapping, name string, args ...string) *plot {
	t.Helper()
	features, _ := lamps()
	p := newPlot(t, mapping, map[string]string{"lamps.geojson": collection(features...)})
	p.program(t, "ogr2ogr", append(args, name, "lamps.geojson")...)
	return p
}

func TestOGRGivesTheSameCity(t *testing.T) {
	features, _ := lamps()
	want := newPlot(t, lampMapping("lamps.geojson", ""), map[string]string{"lamps.geojson": collection(features...)}).city(t)
	for name, args := range map[string][]string{
		"lamps.gdb": {"-f", "OpenFileGDB"},
		"lamps.tab": {"-f", "MapInfo File", "-lco", "ENCODING=UTF-8"},
		"lamps.mif": {"-f", "MapInfo File", "-lco", "ENCODING=UTF-8"},
		"lamps.kml": {"-f", "LIBKML"},
		"lamps.kmz": {"-f", "LIBKML"},
	} {
		mapping := lampMapping(name, "")
		if strings.Contains(name, ".km") {
			mapping = strings.Replace(mapping, "name: name", "name: Name", 1) // as OGR calls what KML calls name
		}
		got := ogrLamps(t, mapping, name, args...).city(t)
		if len(got.Components) != len(want.Components) {
			t.Fatalf("%s: %d components", name, len(got.Components))
		}
		for i, c := range got.Components {
			w := want.Components[i]
			if c.Code != w.Code || c.Name != w.Name || c.State != w.State || c.Attributes != w.Attributes || spatial.DistanceM(c.At, w.At) > 0.01 {
				t.Errorf("%s: %+v, want %+v", name, c, w)
			}
		}
	}
}

// A drawing has no columns but its own, and names no coordinate system.
func TestOGRReadsADrawing(t *testing.T) {
	mapping := head + cellsLayer + "  components:\n    - file: lamps.dxf\n      fields: {code: {template: \"L{#:3}\"}, name: Layer, category: {value: \"0101\"}}\n      keep: []\n"
	city := ogrLamps(t, mapping, "lamps.dxf", "-f", "DXF", "-select", "").city(t)
	if len(city.Components) != 5 || city.Components[4].Code != "L005" || city.Components[4].Name != "0" || spatial.DistanceM(city.Components[4].At, spatial.At(114.3009, 34.7003)) > 0.01 {
		t.Errorf("%+v", city.Components)
	}
}

// drawnCircle is one circle of 0.0005 degrees.
const drawnCircle = "0\nSECTION\n2\nENTITIES\n0\nCIRCLE\n8\npond\n10\n114.3005\n20\n34.7005\n40\n0.0003\n0\nENDSEC\n0\nEOF\n"

func TestOGRMakesLinesOfCurvesAndTellsOfWhatItLeavesOut(t *testing.T) {
	mapping := head + cellsLayer + "  base_water:\n    - file: ponds.dxf\n      fields: {name: Layer}\n      keep: []\n"
	city := newPlot(t, mapping, map[string]string{"ponds.dxf": drawnCircle}).city(t)
	ponds := city.Base[grids.BaseWater]
	if len(ponds) != 1 || ponds[0].Name != "pond" || ponds[0].Shape == nil || len(ponds[0].Shape.Coords) < 30 {
		t.Errorf("%+v", ponds)
	}
}

func TestOGRKeepsNumbersAndTellsMissingFromZero(t *testing.T) {
	p := newPlot(t, head+cellsLayer, map[string]string{"things.geojson": collection(
		point(`{"code":"A","n":12345678901234,"r":4.5,"on":"2026/01/31 08:30:00"}`, 114.3005, 34.7005),
		point(`{"code":"B","n":null,"r":null,"on":null}`, 114.3006, 34.7005),
		feature(`{"code":"C","n":0,"r":0,"on":null}`, "null"),
	)})
	p.program(t, "ogr2ogr", "-f", "OpenFileGDB", "things.gdb", "things.geojson")
	var rows []*record
	var faults []*recordError
	err := readOGR(t.Context(), filepath.Join(p.dir, "things.gdb"), "things", func(r *record) { rows = append(rows, r) }, func(e *recordError) { faults = append(faults, e) })
	if err != nil || len(rows) != 2 || len(faults) != 1 || faults[0].rule != "no-geometry" || faults[0].number != 3 {
		t.Fatalf("%v: %d rows, faults %v", err, len(rows), faults)
	}
	for i, want := range []map[string]any{{"n": "12345678901234", "r": "4.5", "on": "2026-01-31T08:30:00Z"}, {"n": "", "r": "", "on": ""}} {
		for name, text := range want {
			if got := rows[i].props[name]; got != text {
				t.Errorf("record %d: %s is %v, want %v", i+1, name, got, text)
			}
		}
	}
}

func TestOGRLeavesATimeWithoutZoneToTheCity(t *testing.T) {
	p := newPlot(t, head+cellsLayer, map[string]string{"things.geojson": collection(
		point(`{"code":"A","on":"2026/01/31 08:30:00","day":"2026/01/31"}`, 114.3005, 34.7005),
	)})
	p.program(t, "ogr2ogr", "-f", "MapInfo File", "things.tab", "things.geojson")
	read := 0
	err := readOGR(t.Context(), filepath.Join(p.dir, "things.tab"), "", func(r *record) {
		if read++; r.props["on"] != "2026-01-31T08:30:00" || r.props["day"] != "2026-01-31" {
			t.Errorf("%v", r.props)
		}
	}, func(e *recordError) { t.Error(e) })
	if err != nil || read != 1 {
		t.Errorf("%d records: %v", read, err)
	}
}

func TestOGRRefusesWhatIsNoFileAndWhatGrowsTooLarge(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("doc.kml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 4*ratioFromBytes)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	p := newPlot(t, head+cellsLayer, map[string]string{"bomb.kmz": b.String(), "bomb.gdb.zip": b.String()})
	for _, name := range []string{"bomb.kmz", "bomb.gdb.zip"} {
		if _, _, err := openOGR(t.Context(), filepath.Join(p.dir, name), ""); !errors.Is(err, ErrBomb) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"/vsicurl/http://localhost/a.kml", "/vsizip/a.zip/a.kml"} {
		if _, _, err := openOGR(t.Context(), name, ""); err == nil || !strings.Contains(err.Error(), "of this machine") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := openOGR(t.Context(), filepath.Join(p.dir, "none.kml"), ""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestOGRNamesWhatItCannotRead(t *testing.T) {
	p := newPlot(t, head+cellsLayer, map[string]string{
		"broken.kml": "<kml><Document><Placemark>", "text.dxf": "hello", "bomb.kmz": "PK",
	})
	p.program(t, "ogr2ogr", "-f", "OpenFileGDB", "two.gdb", "cells.geojson", "-nln", "first")
	p.program(t, "ogr2ogr", "-f", "OpenFileGDB", "-update", "two.gdb", "cells.geojson", "-nln", "second")
	none := func(*record) { t.Error("a record of a broken file") }
	for _, c := range []struct{ file, table, want string }{
		{"broken.kml", "", "GDAL"},
		{"text.dxf", "", "GDAL"},
		{"bomb.kmz", "", "zip"},
		{"cells.geojson", "", "GDAL"}, // a driver that is not named
		{"two.gdb", "", "several layers, name one as table: first, second"},
		{"two.gdb", "third", `no layer "third"; there are first, second`},
	} {
		err := readOGR(t.Context(), filepath.Join(p.dir, c.file), c.table, none, func(*recordError) {})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v", c.file, c.table, err)
		}
	}
}
