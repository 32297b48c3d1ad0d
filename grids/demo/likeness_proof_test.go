//go:build proof

package demo

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// TestProof_StreetsAndBlocksAreLikeThoseOfCambridge prints the table.
func TestProof_StreetsAndBlocksAreLikeThoseOfCambridge(t *testing.T) {
	city, err := furnished()
	if err != nil {
		t.Fatal(err)
	}
	realStreets, realBlocks := cambridge(t)
	rows := []struct {
		what string
		of   []float64
	}{
		{"streets of the city", segmentLengths(city)},
		{"streets of Cambridge", realStreets},
		{"blocks of the city", blockAreas(city)},
		{"blocks of Cambridge", realBlocks},
	}
	t.Logf("%-22s %7s %9s %9s %9s %9s %9s", "m, m²", "count", "p10", "median", "mean", "p90", "skewness")
	var all []spread
	for _, r := range rows {
		s := spreadOf(r.of)
		all = append(all, s)
		t.Logf("%-22s %7d %9.1f %9.1f %9.1f %9.1f %9.2f", r.what, s.n, s.p10, s.median, s.mean, s.p90, s.skewness)
	}
	for i := 0; i < len(all); i += 2 {
		made, found := all[i], all[i+1]
		for _, r := range []float64{made.median / found.median, made.mean / found.mean} {
			if r < 1.0/3 || r > 3 {
				t.Errorf("%s: not of one order with %s", rows[i].what, rows[i+1].what)
			}
		}
		if made.skewness <= 0 || found.skewness <= 0 || made.mean < made.median != (found.mean < found.median) {
			t.Errorf("%s: not skewed as %s", rows[i].what, rows[i+1].what)
		}
	}
}

// spread describes a distribution.
type spread struct {
	n                                int
	p10, median, mean, p90, skewness float64
}

func spreadOf(values []float64) spread {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	s := spread{n: n, p10: v[n/10], median: v[n/2], p90: v[n*9/10]}
	for _, x := range v {
		s.mean += x / float64(n)
	}
	var m2, m3 float64
	for _, x := range v {
		d := x - s.mean
		m2 += d * d / float64(n)
		m3 += d * d * d / float64(n)
	}
	s.skewness = m3 / math.Pow(m2, 1.5)
	return s
}

// segmentLengths cuts the roads where three or more stretches meet.
func segmentLengths(c *grids.City) []float64 {
	degree := map[spatial.Coord]int{}
	for _, r := range c.Base[grids.BaseRoads] {
		cs := r.Shape.Coords
		for i, p := range cs {
			if degree[p]++; i > 0 && i < len(cs)-1 {
				degree[p]++
			}
		}
	}
	var out []float64
	for _, r := range c.Base[grids.BaseRoads] {
		if r.Class == "railway" {
			continue
		}
		length := 0.0
		cs := r.Shape.Coords
		for i := 1; i < len(cs); i++ {
			length += metresBetween(cs[i-1], cs[i])
			if degree[cs[i]] >= 3 || i == len(cs)-1 {
				out = append(out, length)
				length = 0
			}
		}
	}
	return out
}

// blockAreas joins the cells between which there is no road and no shore.
func blockAreas(c *grids.City) []float64 {
	barrier := map[side]bool{}
	for _, l := range []grids.Layer{grids.BaseRoads, grids.BaseWater} {
		for _, b := range c.Base[l] {
			for _, part := range ringsOf(b.Shape) {
				for _, e := range sidesOf(part) {
					barrier[e], barrier[side{e.b, e.a}] = true, true
				}
			}
		}
	}
	owner := map[side]int{}
	for i := range c.Cells {
		for _, e := range sidesOf(c.Cells[i].Shape.Coords) {
			owner[e] = i
		}
	}
	seen := make([]bool, len(c.Cells))
	var out []float64
	for i := range c.Cells {
		if seen[i] || c.Cells[i].LandUse == useWater {
			continue
		}
		seen[i] = true
		queue, area := []int{i}, 0.0
		for len(queue) > 0 {
			x := queue[0]
			queue = queue[1:]
			area += c.Cells[x].AreaM2
			for _, e := range sidesOf(c.Cells[x].Shape.Coords) {
				if j, ok := owner[side{e.b, e.a}]; ok && !barrier[e] && !seen[j] {
					seen[j] = true
					queue = append(queue, j)
				}
			}
		}
		out = append(out, area)
	}
	return out
}

// cambridge reads the lengths of the street segments and the areas of the
// census blocks that have land.
func cambridge(t *testing.T) (streets, blocks []float64) {
	t.Helper()
	const metresLat, latitude = 111_080.0, 42.375
	metresLon := 111_320.0 * math.Cos(latitude*math.Pi/180)
	for _, f := range readGeoJSON(t, "cambridge-ma/base/TRANS_Centerlines.geojson.gz") {
		var line [][2]float64
		if f.Geometry.Type != "LineString" || json.Unmarshal(f.Geometry.Coordinates, &line) != nil {
			continue
		}
		length := 0.0
		for i := 1; i < len(line); i++ {
			length += math.Hypot((line[i][0]-line[i-1][0])*metresLon, (line[i][1]-line[i-1][1])*metresLat)
		}
		streets = append(streets, length)
	}
	for _, f := range readGeoJSON(t, "cambridge-ma/coverage/DEMOGRAPHICS_Blocks2020.geojson.gz") {
		var rings [][][2]float64
		if f.Geometry.Type != "Polygon" || f.Properties.Land <= 0 || json.Unmarshal(f.Geometry.Coordinates, &rings) != nil {
			continue
		}
		sum := 0.0
		for i := range rings[0] {
			a, b := rings[0][i], rings[0][(i+1)%len(rings[0])]
			sum += (a[0]-rings[0][0][0])*(b[1]-rings[0][0][1]) - (b[0]-rings[0][0][0])*(a[1]-rings[0][0][1])
		}
		blocks = append(blocks, math.Abs(sum)/2*metresLon*metresLat)
	}
	if len(streets) < 1_000 || len(blocks) < 500 {
		t.Fatalf("Cambridge has %d streets and %d blocks", len(streets), len(blocks))
	}
	return streets, blocks
}

type geoFeature struct {
	Geometry struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	} `json:"geometry"`
	Properties struct {
		Land float64 `json:"ALAND20"`
	} `json:"properties"`
}

func readGeoJSON(t *testing.T, name string) []geoFeature {
	t.Helper()
	dir := os.Getenv("WANMI_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(fmt.Errorf("data to compare with: %w", err))
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Features []geoFeature `json:"features"`
	}
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all.Features
}
