package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

// townFile writes the made-up town and returns it with its path.
func townFile(t *testing.T) (string, *grids.City) {
	t.Helper()
	city, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "town.gpkg")
	if err := cityfile.Create(t.Context(), path, city); err != nil {
		t.Fatal(err)
	}
	return path, city
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestGeocodeAddsTheChainAndABrokenRowCostsOnlyItself(t *testing.T) {
	path, city := townFile(t)
	cell := city.Cells[7]
	var in bytes.Buffer
	fmt.Fprintf(&in, "id,lon,lat,note\n")
	fmt.Fprintf(&in, "1,%.7f,%.7f,井盖\n", cell.At.Lon(), cell.At.Lat())
	fmt.Fprintf(&in, "2,x,%.7f,no number\n", cell.At.Lat())
	fmt.Fprintf(&in, "3,%.7f,%.7f,swapped\n", cell.At.Lat(), cell.At.Lon())
	fmt.Fprintf(&in, "4,%.7f\n", cell.At.Lon())
	fmt.Fprintf(&in, "5,121.5,31.2,elsewhere\n")
	for _, gzipped := range []bool{false, true} {
		source := filepath.Join(t.TempDir(), "in.csv")
		body := in.Bytes()
		if gzipped {
			source += ".gz"
			var z bytes.Buffer
			w := gzip.NewWriter(&z)
			if _, err := w.Write(body); err != nil || w.Close() != nil {
				t.Fatal(err)
			}
			body = z.Bytes()
		}
		if err := os.WriteFile(source, body, 0o644); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "out.csv")
		cmd := geocodeCmd{In: source, Out: out, City: path, CRS: "cgcs2000", Lon: "lon", Lat: "lat"}
		if err := cmd.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(out)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(rows[0], ","); got != "id,lon,lat,note,status,cell,zone,community,street,district,error" {
			t.Errorf("header %s", got)
		}
		want := []string{"inside", cell.Code, cell.Zone, cell.Community, cell.Community[:9], cell.Community[:6], ""}
		if got := rows[1][4:]; strings.Join(got, ",") != strings.Join(want, ",") {
			t.Errorf("row 1: %v, want %v", got, want)
		}
		for i, message := range map[int]string{2: "is no number", 3: "swapped", 4: "2 fields, the header has 4"} {
			if got := rows[i][len(rows[i])-1]; !strings.Contains(got, message) {
				t.Errorf("row %d: error %q, want %q", i, got, message)
			}
		}
		if rows[5][4] != "outside" || rows[5][5] != "" {
			t.Errorf("row 5: %v", rows[5])
		}
	}
}

func TestGeocodeNamesWhatIsWrongWithItsInput(t *testing.T) {
	path, _ := townFile(t)
	for name, c := range map[string]struct{ text, crs, want string }{
		"empty file":         {"", "cgcs2000", "it is empty"},
		"no such column":     {"a,b\n1,2\n", "cgcs2000", `no column "lon" for the longitude; there are a, b`},
		"unknown crs":        {"lon,lat\n1,2\n", "mars", "unknown coordinate reference system"},
		"city without grid":  {"lon,lat\n1,2\n", "city", "no grid of its own"},
		"not a gzip at all!": {"lon,lat\n1,2\n", "cgcs2000", "gzip"},
	} {
		file := "in.csv"
		if name == "not a gzip at all!" {
			file = "in.csv.gz"
		}
		out := filepath.Join(t.TempDir(), "out.csv")
		cmd := geocodeCmd{In: write(t, file, c.text), Out: out, City: path, CRS: c.crs, Lon: "lon", Lat: "lat"}
		err := cmd.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(out), "*")); len(left) > 0 {
			t.Errorf("%s: left behind %v", name, left)
		}
	}
}

// freePort returns an address nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// getJSON asks until the server answers and the answer satisfies ok.
func getJSON(t *testing.T, url string, ok func(map[string]any) bool) map[string]any {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	var last string
	for time.Now().Before(deadline) {
		resp, err := http.Get(url)
		if err == nil {
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			last = string(body)
			var v map[string]any
			if json.Unmarshal(body, &v) == nil && ok(v) {
				return v
			}
		} else {
			last = err.Error()
		}
		time.Sleep(20 * time.Millisecond) // a poll, not a guess: the deadline decides
	}
	t.Fatalf("%s: last answer %s", url, last)
	return nil
}

func noRules(*grids.City) ([]byte, error) { return nil, nil }

func TestServeNoticesWhatAnotherProgramWritesAndLeavesOneFile(t *testing.T) {
	path, city := townFile(t)
	listen := freePort(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, path, at(listen), noRules) }()

	code := city.Components[0].Code
	url := "http://" + listen + "/v1/components/" + code
	state := func(want string) func(map[string]any) bool {
		return func(v map[string]any) bool {
			p, _ := v["properties"].(map[string]any)
			return p["state"] == want
		}
	}
	first := getJSON(t, url, state(city.Components[0].State))
	if v := first["city_version"]; v != 1.0 {
		t.Errorf("city_version %v, want 1", v)
	}
	// GDAL writes beside the server, as desktop GIS does.
	sql := fmt.Sprintf("UPDATE components SET state = '移除' WHERE code = '%s'", code)
	if out, err := exec.Command("ogrinfo", "-q", path, "-sql", sql).CombinedOutput(); err != nil {
		t.Fatalf("ogrinfo: %v\n%s", err, out)
	}
	second := getJSON(t, url, state("移除"))
	if v, _ := second["city_version"].(float64); v < 2 {
		t.Errorf("city_version %v after the edit, want it raised", v)
	}
	// A broken edit keeps the old city serving.
	broken := "UPDATE wanmi_meta SET value = 'nowhere/land' WHERE key = 'time_zone'"
	if out, err := exec.Command("ogrinfo", "-q", path, "-sql", broken).CombinedOutput(); err != nil {
		t.Fatalf("ogrinfo: %v\n%s", err, out)
	}
	deadline := time.Now().Add(2 * watchEvery)
	for time.Now().Before(deadline) {
		getJSON(t, url, state("移除"))
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("serve: %v", err)
	}
	for _, companion := range []string{"-wal", "-shm", "-journal"} {
		if _, err := os.Stat(path + companion); err == nil {
			t.Errorf("%s is left behind", companion)
		}
	}
}

func at(listen string) *config.Config {
	told := config.Default()
	told.Listen = listen
	return told
}

func TestServeSaysWhichFileItCannotServe(t *testing.T) {
	for name, text := range map[string]string{"empty.gpkg": "", "text.gpkg": strings.Repeat("hello ", 100)} {
		path := write(t, name, text)
		err := serve(t.Context(), path, at("127.0.0.1:0"), noRules)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	path, _ := townFile(t)
	if err := serve(t.Context(), path, at("127.0.0.1:99999"), noRules); err == nil || !strings.Contains(err.Error(), "99999") {
		t.Errorf("impossible port: %v", err)
	}
}

func TestImportWritesNothingWhenTheDataHaveErrors(t *testing.T) {
	dir := t.TempDir()
	mapping := `
city: {code: "1", name: X, scheme: cjt214, time_zone: Asia/Shanghai}
crs: cgcs2000
layers:
  cells:
    - {file: cells.geojson, fields: {code: code}}
`
	square := func(code string, x float64) string {
		return fmt.Sprintf(`{"type":"Feature","properties":{"code":%q},"geometry":{"type":"Polygon","coordinates":[[[%[2]v,34],[%[3]v,34],[%[3]v,34.001],[%[2]v,34.001],[%[2]v,34]]]}}`,
			code, x, x+0.001)
	}
	cells := func(features ...string) {
		body := `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
		if err := os.WriteFile(filepath.Join(dir, "cells.geojson"), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	yaml := filepath.Join(dir, "city.yaml")
	if err := os.WriteFile(yaml, []byte(mapping), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "city.gpkg")
	cells(square("A", 114), square("A", 114.001))
	if err := (&importCmd{Mapping: yaml, Out: out}).Run(t.Context()); err == nil {
		t.Error("two cells with one code were imported")
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written")
	}
	cells(square("A", 114), square("B", 114.001))
	if err := (&importCmd{Mapping: yaml, Out: out}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	city, err := cityfile.Read(t.Context(), out)
	if err != nil || len(city.Cells) != 2 {
		t.Errorf("%v, %v", city, err)
	}
}
