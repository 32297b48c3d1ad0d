package importers

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
)

// plot is a folder of source files with a mapping, made for one test.
type plot struct {
	dir string
	// mapping is the text of city.yaml.
	mapping string
}

// head is the top of every mapping of these tests; its lines are counted where
// a message names one.
const head = `city:
  code: "990100"
  name: 试验市
  scheme: t
  time_zone: Asia/Shanghai
crs: cgcs2000
categories:
  - {kind: component, code: "01", name: 公用}
  - {kind: component, code: "0101", major: "01", name: 井盖}
`

// cellsLayer maps two.geojson.
const cellsLayer = `layers:
  cells:
    - file: cells.geojson
      fields: {code: code}
`

// cell is a square cell of 100 m or so; x and y count squares.
func cell(code string, x, y int) string {
	return polygon(code, [][2]float64{at(x, y), at(x+1, y), at(x+1, y+1), at(x, y+1), at(x, y)})
}

// at is a corner of the squares.
func at(x, y int) [2]float64 { return [2]float64{114.3 + float64(x)/1000, 34.7 + float64(y)/1000} }

func polygon(code string, ring [][2]float64) string {
	points := make([]string, len(ring))
	for i, p := range ring {
		points[i] = fmt.Sprintf("[%.7f,%.7f]", p[0], p[1])
	}
	return feature(fmt.Sprintf(`{"code":%q}`, code), fmt.Sprintf(`{"type":"Polygon","coordinates":[[%s]]}`, strings.Join(points, ",")))
}

func point(props string, lon, lat float64) string {
	return feature(props, fmt.Sprintf(`{"type":"Point","coordinates":[%.9f,%.9f]}`, lon, lat))
}

func feature(props, geometry string) string {
	return fmt.Sprintf(`{"type":"Feature","properties":%s,"geometry":%s}`, props, geometry)
}

func collection(features ...string) string {
	return "{\"type\":\"FeatureCollection\",\"features\":[\n" + strings.Join(features, ",\n") + "\n]}\n"
}

// newPlot writes the files; two cells side by side are there unless files has
// its own cells.geojson.
func newPlot(t testing.TB, mapping string, files map[string]string) *plot {
	t.Helper()
	p := &plot{t.TempDir(), mapping}
	p.write(t, "cells.geojson", collection(cell("990101001001001", 0, 0), cell("990101001001002", 1, 0)))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		p.write(t, name, files[name])
	}
	p.write(t, "city.yaml", mapping)
	return p
}

func (p *plot) write(t testing.TB, name, text string) {
	t.Helper()
	if strings.HasSuffix(name, ".gz") {
		text = gzipped(t, text)
	}
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// imported runs the import and expects it to begin.
func (p *plot) imported(t testing.TB) (*grids.City, *grids.Report) {
	t.Helper()
	m, err := ReadMapping(filepath.Join(p.dir, "city.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	city, report, err := Import(t.Context(), m, Options{Dir: p.dir})
	if err != nil {
		t.Fatal(err)
	}
	return city, report
}

// city runs the import and expects a city without errors.
func (p *plot) city(t testing.TB) *grids.City {
	t.Helper()
	city, report := p.imported(t)
	if city == nil {
		t.Fatalf("no city:\n%s", lines(report))
	}
	return city
}

// lines is the whole report, one line a fault.
func lines(r *grids.Report) string {
	var b strings.Builder
	for _, f := range r.Faults {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}

// without leaves out the faults of one severity.
func without(r *grids.Report, s grids.Severity) (out []string) {
	for _, f := range r.Faults {
		if f.Severity != s {
			out = append(out, f.String())
		}
	}
	return out
}
