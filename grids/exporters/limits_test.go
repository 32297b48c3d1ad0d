package exporters_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/grids/exporters"
)

func town(t *testing.T) *grids.City {
	t.Helper()
	c, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatAFormatCannotHoldIsAFaultAndNothingIsWritten(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		enc  batch.Encoding
		name string
		want string
	}{
		"a text too long for a Shapefile":    {"a.shp", batch.UTF8, strings.Repeat("长", 90), "error text-too-long: [cells] (CODE): name has 270 bytes, a Shapefile holds 254 — export as GeoPackage"},
		"the same text in GBK fits":          {"a.shp", batch.GB18030, strings.Repeat("长", 90), ""},
		"a character that GBK lacks":         {"a.shp", batch.GB18030, "𠀀", "error not-in-encoding: [cells] (CODE): name has a character that is not in GBK — export in another encoding"},
		"a character that GBK lacks, in CSV": {"a.csv", batch.GB18030, "𠀀", "error not-in-encoding: [cells] (CODE): the row has a character that is not in GBK — export as UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			city, dir := town(t), t.TempDir()
			city.Cells[3].Name = c.name
			_, report, err := exporters.Export(t.Context(), filepath.Join(dir, c.file), city, exporters.Options{Layers: []grids.Layer{grids.Cells}, Encoding: c.enc})
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			want := strings.Replace(c.want, "CODE", city.Cells[3].Code, 1)
			if !errors.Is(err, exporters.ErrFaults) || len(report.Faults) != 1 || report.Faults[0].String() != want {
				t.Errorf("%v\n%v\nwant %s", err, report.Faults, want)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestColumnsWithLongNamesAreToldUnderTheirShortOnes(t *testing.T) {
	city := town(t)
	city.Cells[0].Attributes = `{"建筑面积平方米":1,"建筑面积平方":2,"Code":"x","geom":"y"}`
	for enc, want := range map[batch.Encoding][]string{
		batch.UTF8:    {"column 建筑面积平方 is called 建筑面: a Shapefile has names of 10 bytes", "column 建筑面积平方米 is called 建筑面1: a Shapefile has names of 10 bytes"},
		batch.GB18030: {"column 建筑面积平方 is called 建筑面积平: a Shapefile has names of 10 bytes", "column 建筑面积平方米 is called 建筑面积1: a Shapefile has names of 10 bytes"},
	} {
		_, report, err := exporters.Export(t.Context(), filepath.Join(t.TempDir(), "a.shp"), city, exporters.Options{Layers: []grids.Layer{grids.Cells}, Encoding: enc})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range report.Faults {
			got = append(got, f.Reason)
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%v\n%s", enc, strings.Join(got, "\n"))
		}
	}
}

func TestWhatIsAskedWronglyIsRefused(t *testing.T) {
	city := town(t)
	for want, c := range map[string]struct {
		file string
		o    exporters.Options
	}{
		`format "dxf" is not written; there are gpkg, geojson, shp, csv`: {"a.dxf", exporters.Options{}},
		"no layer \"roads\"":                     {"a.shp", exporters.Options{Layers: []grids.Layer{"roads"}}},
		"layer cells is named twice":             {"a.shp", exporters.Options{Layers: []grids.Layer{"cells", "cells"}}},
		"the city has no row in ownership_areas": {"a.shp", exporters.Options{Layers: []grids.Layer{"ownership_areas"}}},
		"unknown coordinate reference system":    {"a.shp", exporters.Options{CRS: "epsg:2237"}},
		"no such file or directory":              {"none/a.shp", exporters.Options{}},
	} {
		if _, _, err := exporters.Export(t.Context(), filepath.Join(t.TempDir(), c.file), city, c.o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	city.Offset = false
	if _, _, err := exporters.Export(t.Context(), filepath.Join(t.TempDir(), "a.csv"), city, exporters.Options{CRS: "gcj02"}); err == nil || !strings.Contains(err.Error(), "does not allow") {
		t.Errorf("%v", err)
	}
}

func TestATableHasThePlaceAndTheShape(t *testing.T) {
	city := town(t)
	for enc, head := range map[batch.Encoding]string{batch.UTF8: "\ufeffcode,name,", batch.GB18030: "code,name,"} {
		path := filepath.Join(t.TempDir(), "a.csv")
		if _, report, err := exporters.Export(t.Context(), path, city, exporters.Options{Layers: []grids.Layer{grids.Cells}, Encoding: enc}); err != nil {
			t.Fatal(err, report.Faults)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text, ok := enc.Text(b)
		if rows := strings.Count(text, "\n"); !ok || !strings.HasPrefix(string(b), head) || rows != len(city.Cells)+1 || strings.Count(text, "POLYGON((") != len(city.Cells) {
			t.Errorf("%d rows\n%.200s", rows, text)
		}
		if !strings.Contains(text, city.Cells[0].Name) {
			t.Errorf("%s is missing", city.Cells[0].Name)
		}
	}
}

func TestATableOfPointsIsReadAgainAsItWas(t *testing.T) {
	city, dir := town(t), t.TempDir()
	layers := []grids.Layer{grids.Cells, grids.Resources}
	for _, o := range []exporters.Options{
		{Format: exporters.GeoJSON, Layers: layers[:1]}, {Format: exporters.CSV, Layers: layers[1:], Encoding: batch.GB18030, CRS: "epsg:4547"},
	} {
		if _, report, err := exporters.Export(t.Context(), filepath.Join(dir, "out."+string(o.Format)), city, o); err != nil {
			t.Fatal(err, report.Faults)
		}
	}
	mapping := mappingOf(t, city, layers, func(l grids.Layer) []string {
		return map[grids.Layer][]string{grids.Cells: {"out.geojson"}, grids.Resources: {"out.csv"}}[l]
	}, "", func(c string) string { return c })
	mapping = strings.Replace(mapping, "file: out.csv\n", "file: out.csv\n      crs: epsg:4547\n      lon: lon\n      lat: lat\n", 1)
	mapping = strings.Replace(mapping, "\nlayers:", "\ncrs: cgcs2000\nlayers:", 1)
	mapping = strings.NewReplacer("community: community, ", "", "zone: zone, ", "").Replace(mapping)
	same(t, again(t, dir, mapping), city, layers[1:], true)
}
