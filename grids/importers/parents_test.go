package importers

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
)

// block is a polygon of squares from x0,y0 to x1,y1 in tenths of a cell.
func block(code string, x0, y0, x1, y1 int) string {
	c := func(x, y int) [2]float64 { return [2]float64{114.3 + float64(x)/10000, 34.7 + float64(y)/10000} }
	return polygon(code, [][2]float64{c(x0, y0), c(x1, y0), c(x1, y1), c(x0, y1), c(x0, y0)})
}

const chain = head + `layers:
  districts: [{file: d.geojson, fields: {code: code}}]
  streets: [{file: s.geojson, fields: {code: code}}]
  communities: [{file: c.geojson, fields: {code: code}}]
  zones: [{file: z.geojson, fields: {code: code}}]
  cells: [{file: cells.geojson, fields: {code: code}}]
`

// quarter is a city of two cells with all that lies above them.
func quarter(zones ...string) map[string]string {
	return map[string]string{
		"d.geojson": collection(block("D", 0, 0, 20, 10)),
		"s.geojson": collection(block("S1", 0, 0, 10, 10), block("S2", 10, 0, 20, 10)),
		"c.geojson": collection(block("C2", 10, 0, 20, 10), block("C1", 0, 0, 10, 10)),
		"z.geojson": collection(zones...),
	}
}

func TestParentsAreThoseWithTheLargestPart(t *testing.T) {
	files := quarter(block("Z1", 0, 0, 20, 10))
	files["c.geojson"] = collection(block("C1", 0, 0, 13, 10), block("C2", 13, 0, 20, 10))
	files["cells.geojson"] = collection(cell("K1", 0, 0), cell("K2", 1, 0), cell("K3", 9, 9))
	city, report := newPlot(t, chain, files).imported(t)
	if city == nil {
		t.Fatal(lines(report))
	}
	var got []string
	for _, c := range city.Cells {
		got = append(got, c.Code+":"+c.Community+":"+c.Zone)
	}
	for _, c := range city.Communities {
		got = append(got, c.Code+":"+c.Parent)
	}
	for _, s := range city.Streets {
		got = append(got, s.Code+":"+s.Parent)
	}
	got = append(got, city.Zones[0].Street)
	if want := "K1:C1:Z1 K2:C2:Z1 K3:: C1:S1 C2:S2 S1:D S2:D S1"; strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	expect(t, &plot{}, without(report, grids.Note), []string{
		"warning split-by-parent: [communities] (C1): only 76.9 % of it lies in its parent — the largest part decides",
		"warning split-by-parent: [cells] (K2): only 70.0 % of it lies in its parent — the largest part decides",
		"warning no-parent: [cells] (K3): lies in nothing of the layer above — its chain ends here",
		"warning split-by-parent: [zones] (Z1): only 50.0 % of it lies in its parent — the largest part decides",
	})
	if want := "note parents-by-geometry: [cells]: 2 of 3 got their parent by the largest overlap, 1 of them lie across a border of it"; !strings.Contains(lines(report), want) {
		t.Errorf("%s", lines(report))
	}
}

func TestAParentThatIsWrittenIsNotOverruled(t *testing.T) {
	mapping := strings.Replace(chain, "cells.geojson, fields: {code: code}", "cells.geojson, fields: {code: code, community: {value: C2}, zone: {value: Z1}}", 1)
	city := newPlot(t, mapping, quarter(block("Z1", 0, 0, 20, 10))).city(t)
	for _, c := range city.Cells {
		if c.Community != "C2" || c.Zone != "Z1" {
			t.Errorf("%s: community %s, zone %s", c.Code, c.Community, c.Zone)
		}
	}
	if city.ZonesByGeometry || city.Zones[0].Street == "" {
		t.Errorf("zones by geometry %t, street %q", city.ZonesByGeometry, city.Zones[0].Street)
	}
}

func TestZonesAreLookedUpByGeometryWhereTheySplitCells(t *testing.T) {
	for name, c := range map[string]struct {
		zones      []string
		byGeometry bool
		note       string
		cells      string
	}{
		"unions of whole cells": {
			[]string{block("Z1", 0, 0, 10, 10), block("Z2", 10, 0, 20, 10)},
			false,
			"no cell is split between zones: a cell's row names its zone", "Z1 Z2",
		},
		"a cell cut in two": {
			[]string{block("Z1", 0, 0, 13, 10), block("Z2", 13, 0, 20, 10)},
			true,
			"1 of 2 cells are split between zones: zones are looked up by geometry", "Z1 Z2",
		},
		"a cell of no zone": {
			[]string{block("Z1", 0, 0, 10, 10)},
			false,
			"no cell is split between zones: a cell's row names its zone, also for the part of 1 cells that lies in no zone", "Z1 ",
		},
	} {
		files := quarter(c.zones...)
		city, report := newPlot(t, chain, files).imported(t)
		if city == nil {
			t.Fatalf("%s: %s", name, lines(report))
		}
		cells := city.Cells[0].Zone + " " + city.Cells[1].Zone
		if city.ZonesByGeometry != c.byGeometry || cells != c.cells || !strings.Contains(lines(report), "note zones-by: [zones]: "+c.note+"\n") {
			t.Errorf("%s: by geometry %t, cells of %q\n%s", name, city.ZonesByGeometry, cells, lines(report))
		}
	}
}

func TestTwoImportsGiveOneCityAndOneReport(t *testing.T) {
	// Faults of many kinds, so that an order taken from a map would show.
	files := quarter(block("Z1", 0, 0, 13, 10), block("Z2", 13, 0, 20, 10))
	features, _ := lamps()
	files["lamps.geojson"] = collection(append(features, point(`{"code":"far","name":"x","kind":"y","note":"z","height":"1"}`, 114.31, 34.7))...)
	files["bad.geojson"] = collection(inside("0001"), feature(`{}`, "null"), point(`{"code":"d","from":"x","to":"y"}`, 114.3, 34.7))
	good := chain + strings.TrimPrefix(lampMapping("lamps.geojson", ""), head+cellsLayer)
	bad := good + "    - {file: bad.geojson, fields: {code: code, name: n1, owner: n2, maintainer: n3, authority: n4, valid_from: from, valid_to: to, category: {value: x}}, where: {w1: [\"\"], w2: [\"\"]}}\n"
	for name, mapping := range map[string]string{"without errors": good, "with errors": bad} {
		p := newPlot(t, mapping, files)
		city, report := p.imported(t)
		if (city == nil) != (name == "with errors") {
			t.Fatalf("%s", lines(report))
		}
		for range 10 {
			again, second := p.imported(t)
			if !reflect.DeepEqual(city, again) {
				t.Fatalf("%s: two cities", name)
			}
			if lines(report) != lines(second) || fmt.Sprint(report.Summary()) != fmt.Sprint(second.Summary()) {
				t.Fatalf("%s: two reports:\n%s\n%s", name, lines(report), lines(second))
			}
		}
	}
}

func TestTheOrderOfTheRowsDoesNotShow(t *testing.T) {
	a := newPlot(t, chain, quarter(block("Z1", 0, 0, 10, 10), block("Z2", 10, 0, 20, 10)))
	files := quarter(block("Z2", 10, 0, 20, 10), block("Z1", 0, 0, 10, 10))
	files["cells.geojson"] = collection(cell("990101001001002", 1, 0), cell("990101001001001", 0, 0))
	b := newPlot(t, chain, files)
	if !reflect.DeepEqual(a.city(t), b.city(t)) {
		t.Error("two cities")
	}
}

func TestTheDefaultsOfACity(t *testing.T) {
	city := newPlot(t, head+cellsLayer, nil).city(t)
	if city.NearM != 30 || !city.Offset || city.Version != 1 || city.Epoch != "" || city.Grid != nil || city.TimeZone.String() != "Asia/Shanghai" || city.Plane.Lon0 != 114.301 {
		t.Errorf("%+v", city.Profile)
	}
	other := newPlot(t, strings.Replace(strings.Replace(head, "Asia/Shanghai", "America/New_York", 1), "name: 试验市", "name: x\n  near_m: 5.5\n  made_up: true", 1)+cellsLayer, nil).city(t)
	if other.NearM != 5.5 || other.Offset || !other.MadeUp {
		t.Errorf("%+v", other.Profile)
	}
	for _, scheme := range grids.NationalSchemes() {
		if len(grids.NewCatalogue(scheme, city.Categories).All()) == 0 {
			t.Errorf("no category of %s", scheme)
		}
	}
	if len(grids.NewCatalogue("t", city.Categories).All()) != 2 {
		t.Error("the city's own categories are missing")
	}
}

func TestTheMappingsOfTheRealCitiesAreAccepted(t *testing.T) {
	for _, name := range []string{"cambridge", "sanfrancisco"} {
		if _, err := ReadMapping(filepath.Join("..", "testdata", name, "city.yaml")); err != nil {
			t.Error(err)
		}
	}
}
