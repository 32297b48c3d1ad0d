package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

func TestExportWritesLayersAndRefusesTheCityItself(t *testing.T) {
	path, city := townFile(t)
	dir := t.TempDir()
	cmd := exportCmd{City: path, Layers: []string{"cells", "streets"}, Out: filepath.Join(dir, "a.shp"), CRS: "epsg:4547", Encoding: "gbk"}
	if err := cmd.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a-cells.shp", "a-cells.dbf", "a-cells.prj", "a-cells.cpg", "a-cells.shx", "a-streets.shp"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	self := exportCmd{City: path, Out: path, CRS: "cgcs2000", Encoding: "utf-8"}
	if err := self.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "is the city file itself") {
		t.Errorf("%v", err)
	}
	if again, err := cityfile.Read(t.Context(), path); err != nil || len(again.Cells) != len(city.Cells) {
		t.Errorf("the city file: %v", err)
	}
	for _, bad := range []exportCmd{
		{City: path, Out: filepath.Join(dir, "b.shp"), CRS: "x", Encoding: "utf-8"},
		{City: path, Out: filepath.Join(dir, "b.shp"), CRS: "cgcs2000", Encoding: "big5"},
	} {
		if err := bad.Run(t.Context()); err == nil {
			t.Errorf("%+v was done", bad)
		}
	}
}

func TestImportBringsAFileUpToDate(t *testing.T) {
	dir := t.TempDir()
	cells := func(name string, n int) {
		var features []string
		for i := range n {
			x := 114.3 + float64(i)/1000
			features = append(features, fmt.Sprintf(`{"type":"Feature","properties":{"code":"99010100100100%d","name":%q},"geometry":{"type":"Polygon","coordinates":[[[%.3f,34.7],[%.3f,34.7],[%.3f,34.701],[%.3f,34.701],[%.3f,34.7]]]}}`,
				i, name, x, x+0.001, x+0.001, x, x))
		}
		text := `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + "]}"
		if err := os.WriteFile(filepath.Join(dir, "cells.geojson"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mapping := filepath.Join(dir, "city.yaml")
	text := "city: {code: \"990101\", name: 城, scheme: cjt214, time_zone: Asia/Shanghai}\ncrs: cgcs2000\nlayers: {cells: [{file: cells.geojson, fields: {code: code, name: name}}]}\n"
	if err := os.WriteFile(mapping, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "city.gpkg")
	cells("一", 2)
	if err := (&importCmd{Mapping: mapping, Out: out}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	cells("二", 3)
	if err := (&importCmd{Mapping: mapping, Update: out}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	city, err := cityfile.Read(t.Context(), out)
	if err != nil || len(city.Cells) != 3 || city.Cells[0].Name != "二" || city.Version != 2 || city.Cells[0].FID != 1 {
		t.Errorf("%v %+v", err, city)
	}
	for _, c := range []importCmd{{Mapping: mapping}, {Mapping: mapping, Out: out, Update: out}} {
		if err := c.Run(t.Context()); err == nil || errors.Is(err, errReported) {
			t.Errorf("%v", err)
		}
	}
}
