package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/check/report"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// documentOf runs the check and reads its document.
func documentOf(t *testing.T, cmd checkCmd) (doc report.Report, err error) {
	t.Helper()
	dir := t.TempDir()
	cmd.JSON, cmd.HTML, cmd.GPKG, cmd.Lang = filepath.Join(dir, "f.json"), filepath.Join(dir, "f.html"), filepath.Join(dir, "f.gpkg"), "en"
	err = cmd.Run(t.Context())
	b, readErr := os.ReadFile(cmd.JSON)
	if readErr != nil {
		t.Fatalf("%v; the check: %v", readErr, err)
	}
	if jsonErr := json.Unmarshal(b, &doc); jsonErr != nil {
		t.Fatal(jsonErr)
	}
	if page, readErr := os.ReadFile(cmd.HTML); readErr != nil || !bytes.Contains(page, []byte("<!doctype html>")) {
		t.Errorf("the page: %v", readErr)
	}
	if inspectErr := cityfile.Inspect(cmd.GPKG); inspectErr != nil {
		t.Error(inspectErr)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	return doc, err
}

func TestCheckFindsTheWrongRecordedCellsOfACityFileAndLeavesItAlone(t *testing.T) {
	path, city := townFile(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	wrong := map[string]bool{}
	for i := range city.Components {
		c := &city.Components[i]
		if p := snap.Locate(c.At); p.Status == grids.StatusInside && city.Cells[p.Cell].Code != c.Cell {
			wrong[c.Code] = true
		}
	}
	doc, err := documentOf(t, checkCmd{City: path})
	if err != nil {
		t.Errorf("a sound city: %v", err)
	}
	if !doc.Checked || doc.City.Code != city.Code || doc.Counts.Error != 0 || doc.Source != filepath.Base(path) {
		t.Errorf("%+v", doc)
	}
	found := 0
	for _, f := range doc.Findings {
		if f.Rule != "component-cell" {
			continue
		}
		if found++; !wrong[f.Features[0].Code] {
			t.Errorf("%+v is right", f)
		}
	}
	if found == 0 {
		t.Errorf("none of %d wrong recorded cells was found", len(wrong))
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the city file was changed (%v)", err)
	}
	if left, _ := filepath.Glob(path + "-*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestCheckOfAMappingTellsTheFaultsOfItsFiles(t *testing.T) {
	dir := t.TempDir()
	square := func(code string, x float64) string {
		return fmt.Sprintf(`{"type":"Feature","properties":{"code":%q},"geometry":{"type":"Polygon","coordinates":[[[%[2]v,34],[%[3]v,34],[%[3]v,34.001],[%[2]v,34.001],[%[2]v,34]]]}}`,
			code, x, x+0.001)
	}
	for name, text := range map[string]string{
		"city.yaml": `
city: {code: "410204", name: 试验城, scheme: cjt214, time_zone: Asia/Shanghai}
crs: cgcs2000
layers:
  cells:
    - {file: cells.geojson, fields: {code: code}}
`,
		"cells.geojson": `{"type":"FeatureCollection","features":[` + square("A", 114) + "," + square("A", 114.001) + `]}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := documentOf(t, checkCmd{City: filepath.Join(dir, "city.yaml")})
	if !errors.Is(err, errReported) {
		t.Errorf("two cells with one code: %v", err)
	}
	if doc.Checked || doc.City.Name != "试验城" || doc.Counts.Error != 1 || len(doc.Findings) != 1 {
		t.Fatalf("%+v", doc)
	}
	if f := doc.Findings[0]; f.Rule != "import-duplicate-code" || f.File != "cells.geojson" || f.Record != 2 || f.Features[0].Code != "A" {
		t.Errorf("%+v", f)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.gpkg")); len(left) > 0 {
		t.Errorf("written: %v", left)
	}
}

func TestCheckSaysWhatItCannotDo(t *testing.T) {
	path, _ := townFile(t)
	for name, c := range map[string]struct {
		cmd  checkCmd
		want string
	}{
		"no date":      {checkCmd{City: path, At: "yesterday"}, "--at yesterday"},
		"no city file": {checkCmd{City: write(t, "text.gpkg", strings.Repeat("hello ", 100))}, "text.gpkg"},
		"no mapping":   {checkCmd{City: write(t, "city.yaml", "nonsense: [")}, "city.yaml"},
		"over a city":  {checkCmd{City: path, GPKG: path, Lang: "en"}, "is a city file"},
		"no folder":    {checkCmd{City: path, JSON: filepath.Join(t.TempDir(), "none", "f.json"), Lang: "en"}, "f.json"},
	} {
		if err := c.cmd.Run(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestTheCheckSpeaksTheLanguageOfTheTerminal(t *testing.T) {
	for _, c := range []struct {
		flag string
		env  map[string]string
		want report.Lang
	}{
		{"", map[string]string{"LANG": "zh_CN.UTF-8"}, report.Chinese},
		{"", map[string]string{"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, report.English},
		{"", map[string]string{"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN"}, report.Chinese},
		{"en", map[string]string{"LANG": "zh_CN.UTF-8"}, report.English},
		{"", nil, report.English},
	} {
		if got := (&checkCmd{Lang: c.flag}).lang(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%q %v: %s", c.flag, c.env, got)
		}
	}
}

func TestProgressIsALineOnATerminalAndRareElsewhere(t *testing.T) {
	var b bytes.Buffer
	quiet := &telling{w: &b, last: time.Now()}
	quiet.now("cell-gap")
	if b.Len() > 0 {
		t.Errorf("%q at once", b.String())
	}
	quiet.last = quiet.last.Add(-progressEvery)
	quiet.now("cell-overlap")
	quiet.now("cell-hole")
	quiet.end()
	if b.String() != "cell-overlap\n" {
		t.Errorf("%q", b.String())
	}
	b.Reset()
	terminal := &telling{w: &b, terminal: true}
	terminal.now("a")
	terminal.now("b")
	terminal.end()
	if b.String() != "\ra\x1b[K\rb\x1b[K\r\x1b[K" {
		t.Errorf("%q", b.String())
	}
}
