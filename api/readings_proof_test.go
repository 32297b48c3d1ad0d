//go:build proof

package api_test

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"github.com/wanmi-gis/wanmi/tiler"
)

// reading is a tile as a reader sees it: the features of each layer in order.
type reading map[string][]seen

// seen is a feature in a tile. The parts are lists of points, of lines or of
// rings, as readers differ in which rings make a polygon with which.
type seen struct {
	id    uint64
	kind  int // dimensions
	props map[string]string
	parts [][]orb.Point
}

// same reports whether two readers saw the same.
func (r reading) same(o reading) error {
	if len(r) != len(o) {
		return fmt.Errorf("%d layers and %d", len(r), len(o))
	}
	for layer, features := range r {
		if len(features) != len(o[layer]) {
			return fmt.Errorf("%s: %d features and %d", layer, len(features), len(o[layer]))
		}
		for i, f := range features {
			g := o[layer][i]
			if f.id != g.id || f.kind != g.kind || fmt.Sprint(f.props) != fmt.Sprint(g.props) {
				return fmt.Errorf("%s, feature %d: %v and %v", layer, i, f, g)
			}
			if !slices.EqualFunc(f.parts, g.parts, slices.Equal[[]orb.Point]) {
				return fmt.Errorf("%s, feature %d: drawn\n%v\nand\n%v", layer, i, f.parts, g.parts)
			}
		}
	}
	return nil
}

// ordered brings parts into an order of their own: rings, unclosed, from their
// least vertex, one way round.
func ordered(kind int, parts [][]orb.Point) [][]orb.Point {
	compare := func(p, q orb.Point) int { return cmp.Or(cmp.Compare(p[0], q[0]), cmp.Compare(p[1], q[1])) }
	if kind == 2 {
		for i, ring := range parts {
			if n := len(ring); n > 1 && ring[0] == ring[n-1] {
				ring = ring[:n-1]
			}
			least := 0
			for k, p := range ring {
				if compare(p, ring[least]) < 0 {
					least = k
				}
			}
			ring = slices.Concat(ring[least:], ring[:least])
			if n := len(ring); n > 2 && compare(ring[1], ring[n-1]) > 0 {
				slices.Reverse(ring[1:])
			}
			parts[i] = ring
		}
	}
	slices.SortFunc(parts, func(a, b []orb.Point) int { return slices.CompareFunc(a, b, compare) })
	return parts
}

// texts are values as a reader in JavaScript would write them.
func texts(values map[string]any) map[string]string {
	out := map[string]string{}
	for k, v := range values {
		out[k] = fmt.Sprint(v)
	}
	return out
}

// readByTiler is a tile as this project's own strict reader sees it.
func readByTiler(t *testing.T, body []byte) reading {
	t.Helper()
	tile, err := tiler.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	out := reading{}
	for i := range tile.Layers {
		l := &tile.Layers[i]
		for k := range l.Features {
			f := &l.Features[k]
			s := seen{id: f.ID, kind: int(f.Type) - 1, props: map[string]string{}}
			for n := 0; n < len(f.Tags); n += 2 {
				v := l.Values[f.Tags[n+1]].Any()
				s.props[l.Keys[f.Tags[n]]] = fmt.Sprint(v)
			}
			for _, part := range f.Parts {
				var ps []orb.Point
				for _, p := range part {
					ps = append(ps, orb.Point{float64(p.X), float64(p.Y)})
				}
				if s.kind == 0 {
					s.parts = append(s.parts, partsOf(orb.MultiPoint(ps))...)
				} else {
					s.parts = append(s.parts, ps)
				}
			}
			s.parts = ordered(s.kind, s.parts)
			out[l.Name] = append(out[l.Name], s)
		}
	}
	return out
}

// judgeLines runs a judge over URLs and returns its lines.
func judgeLines(t *testing.T, urls []string, program string, args ...string) (lines [][]byte) {
	t.Helper()
	judge := exec.CommandContext(t.Context(), program, args...)
	judge.Dir, judge.Stdin = "judges", strings.NewReader(strings.Join(urls, "\n")+"\n")
	judge.Env = append(os.Environ(), "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1")
	var complaint bytes.Buffer
	judge.Stderr = &complaint
	out, err := judge.Output()
	if err != nil || complaint.Len() > 0 {
		t.Fatalf("%s %v: %v\n%s", program, args, err, complaint.Bytes())
	}
	r := bufio.NewReaderSize(bytes.NewReader(out), 1<<16)
	for line, err := r.ReadBytes('\n'); err == nil; line, err = r.ReadBytes('\n') {
		lines = append(lines, line)
	}
	if len(lines) != len(urls) {
		t.Fatalf("%s read %d tiles of %d", program, len(lines), len(urls))
	}
	return lines
}

// readByMapbox reads tiles with @mapbox/vector-tile.
func readByMapbox(t *testing.T, urls []string) (all []reading) {
	t.Helper()
	if err := installJudges(); err != nil {
		t.Fatal(err)
	}
	for _, line := range judgeLines(t, urls, "node", "geometry.mjs") {
		var layers map[string][]struct {
			ID         uint64
			Type       int
			Properties map[string]any
			Parts      [][]orb.Point
		}
		if err := json.Unmarshal(line, &layers); err != nil {
			t.Fatal(err)
		}
		r := reading{}
		for name, features := range layers {
			for _, f := range features {
				kind := f.Type - 1
				r[name] = append(r[name], seen{f.ID, kind, texts(f.Properties), ordered(kind, f.Parts)})
			}
		}
		all = append(all, r)
	}
	return all
}

// readByGDAL reads tiles with GDAL's MVT driver, in one process of Python.
func readByGDAL(t *testing.T, ids []tiler.ID, urls []string) (all []reading) {
	t.Helper()
	for i, line := range judgeLines(t, urls, "/usr/bin/python3", "geometry.py") {
		var layers map[string][]struct {
			ID         uint64
			Properties map[string]any
			WKB        string
		}
		if err := json.Unmarshal(line, &layers); err != nil {
			t.Fatal(err)
		}
		r := reading{}
		for name, features := range layers {
			for _, f := range features {
				b, err := hex.DecodeString(f.WKB)
				if err != nil {
					t.Fatal(err)
				}
				g, err := wkb.Unmarshal(b)
				if err != nil {
					t.Fatal(err)
				}
				kind := g.Dimensions()
				parts := partsOf(g)
				for _, part := range parts {
					for k, p := range part {
						part[k] = unitOf(t, ids[i], p)
					}
				}
				r[name] = append(r[name], seen{f.ID, kind, texts(f.Properties), ordered(kind, parts)})
			}
		}
		all = append(all, r)
	}
	return all
}

func partsOf(g orb.Geometry) (parts [][]orb.Point) {
	switch g := g.(type) {
	case orb.Point:
		return [][]orb.Point{{g}}
	case orb.MultiPoint:
		for _, p := range g {
			parts = append(parts, []orb.Point{p})
		}
	case orb.LineString:
		return [][]orb.Point{g}
	case orb.MultiLineString:
		for _, l := range g {
			parts = append(parts, l)
		}
	case orb.Polygon:
		for _, r := range g {
			parts = append(parts, r)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			parts = append(parts, partsOf(p)...)
		}
	}
	return parts
}

// unitOf takes a position from metres of EPSG:3857 to the tile's units. What is
// not whole then, GDAL did not read from the tile.
func unitOf(t *testing.T, id tiler.ID, p orb.Point) orb.Point {
	t.Helper()
	const half = math.Pi * 6378137
	units := float64(uint(tiler.Extent)<<id.Z) / (2 * half)
	x := (p[0]+half)*units - float64(id.X)*tiler.Extent
	y := (half-p[1])*units - float64(id.Y)*tiler.Extent
	unit := orb.Point{math.Round(x), math.Round(y)}
	if off := max(math.Abs(x-unit[0]), math.Abs(y-unit[1])); off > 0.01 {
		t.Fatalf("%v: %v is %v units off the grid", id, p, off)
	}
	return unit
}
