//go:build proof

package detect

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
)

// demoCity is the made-up city, with a grid of its own.
func demoCity(t *testing.T) *grids.Snapshot {
	t.Helper()
	city, err := demo.City(demo.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return withGrid(t, city)
}

// TestProof_TheSystemOfTheDemoCitysComponentsIsFound is "Done 4" of the engine:
// a thousand sets, each with 200 to 1,000 components, GPS noise of 0, 5 or 10 m
// and up to 3 % wrong codes.
func TestProof_TheSystemOfTheDemoCitysComponentsIsFound(t *testing.T) {
	s := demoCity(t)
	sets := 1000
	if testing.Short() {
		sets = 150
	}
	const seed = 20_260_104
	r := rand.New(rand.NewPCG(seed, seed))
	list, table := moves(t, s), newConfusion()
	start := time.Now()
	for i := range sets {
		m, kind := list[i%len(list)], kinds[r.IntN(len(kinds))]
		n, sigmaM, wrong := 200+r.IntN(801), float64(5*r.IntN(3)), 0.03*r.Float64()
		v := components(t, s, r, kind, n).shake(r, sigmaM).confuse(r, wrong)
		f, err := Detect(t.Context(), s, v.as(m))
		if err != nil {
			t.Fatal(err)
		}
		table.add(t, m, fmt.Sprintf("%d by %s, σ %g m, %.1f %% wrong", n, kind, sigmaM, wrong*100), f)
	}
	t.Logf("seed %d, %d sets in %v", seed, sets, time.Since(start))
	table.log(t, list)
	if n := table.total(table.cannotTell); n*100 > sets {
		t.Errorf("%d of %d sets: cannot tell", n, sets)
	}
}

// TestProof_NoiseHasNoSystem holds for all kinds of expectation, and for points
// all over the city as for points in a rectangle far around it.
func TestProof_NoiseHasNoSystem(t *testing.T) {
	s := demoCity(t)
	sets := 200
	if testing.Short() {
		sets = 40
	}
	const seed = 20_260_105
	r := rand.New(rand.NewPCG(seed, seed))
	list, box := moves(t, s), s.Box(grids.Cells).Bound()
	west, south, wide, high := box.Min[0], box.Min[1], box.Max[0]-box.Min[0], box.Max[1]-box.Min[1]
	for i := range sets {
		kind, m := kinds[i%len(kinds)], list[r.IntN(len(list))]
		rows := noise(s, r, kind, 200+r.IntN(801))
		for k := range rows {
			if i%2 == 1 {
				rows[k].X, rows[k].Y = west+1.5*wide*(r.Float64()-1./6), south+1.5*high*(r.Float64()-1./6)
			}
			rows[k].X, rows[k].Y = m.write(rows[k].X, rows[k].Y)
		}
		f, err := Detect(t.Context(), s, rows)
		if err != nil {
			t.Fatal(err)
		}
		if f.Verdict != nil {
			t.Errorf("noise by %s written as %s: %s, %s", kind, m, f.Verdict, f.Reason)
		}
	}
	t.Logf("seed %d: %d sets of noise, all: cannot tell", seed, sets)
}

// lujiazui reads the places and makes a city of squares of 100 m around them.
func lujiazui(t *testing.T) (*grids.Snapshot, []orb.Point) {
	t.Helper()
	data := os.Getenv("WANMI_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(data, "cn-city-osm", "shanghai_pois.geojson.gz"))
	if err != nil {
		t.Fatalf("the proof needs the places of Lujiazui: set WANMI_DATA to the folder that has cn-city-osm (%v)", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Features []struct {
			Geometry struct{ Coordinates orb.Point }
		}
	}
	if err := json.NewDecoder(z).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	var places []orb.Point
	box := spatial.EmptyBox()
	for _, f := range doc.Features {
		places = append(places, f.Geometry.Coordinates)
		box = box.Extend(spatial.At(f.Geometry.Coordinates[0], f.Geometry.Coordinates[1]))
	}
	if len(places) != 494 {
		t.Fatalf("%d places, want 494", len(places))
	}
	return squareCity(t, box), places
}

// TestProof_TheSystemOfTheLujiazuiPlacesIsFound moves 494 real places into each
// system; the expected cells are a grid of 100 m made from the true points.
func TestProof_TheSystemOfTheLujiazuiPlacesIsFound(t *testing.T) {
	s, places := lujiazui(t)
	v := &survey{}
	for _, p := range places {
		at := s.Locate(spatial.At(p[0], p[1]))
		if at.Cell == spatial.None {
			t.Fatalf("%v is in no cell", p)
		}
		v.lon, v.lat = append(v.lon, p[0]), append(v.lat, p[1])
		v.rows = append(v.rows, Row{Cell: s.City.Cells[at.Cell].Code})
	}
	list, table := moves(t, s), newConfusion()
	for _, m := range list {
		f, err := Detect(t.Context(), s, v.as(m))
		if err != nil {
			t.Fatal(err)
		}
		table.add(t, m, "Lujiazui", f)
	}
	t.Logf("%d places, %d cells", len(places), len(s.City.Cells))
	table.log(t, list)
	if n := table.total(table.cannotTell); n > 0 {
		t.Errorf("cannot tell of %d moves", n)
	}
}
