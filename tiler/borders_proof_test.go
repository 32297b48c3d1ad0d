//go:build proof

package tiler

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twpayne/go-geos"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/importers"
	"github.com/wanmi-gis/wanmi/spatial"
)

// areaLayers are the layers that share borders and the zooms from which the
// server draws their polygons.
var areaLayers = []struct {
	layer   grids.Layer
	kind    BorderKind
	minZoom uint8
}{
	{grids.Districts, DistrictBorder, 6},
	{grids.Streets, StreetBorder, 8},
	{grids.Communities, CommunityBorder, 9},
	{grids.Zones, ZoneBorder, 8},
	{grids.Cells, CellBorder, 12},
}

// borderedCity makes a source of a city's areas as the server draws them.
func borderedCity(t *testing.T, snap *grids.Snapshot) *bordered {
	t.Helper()
	b := &bordered{town: &town{shapes: map[string][]*Feature{}, trees: map[string]*spatial.Tree[int]{}}}
	var layers []AreaLayer
	for _, l := range areaLayers {
		var features []*Feature
		for i := range int32(snap.Count(l.layer)) {
			f := snap.Feature(l.layer, i)
			features = append(features, &Feature{Shape: f.Shape, At: f.At, Values: []string{f.Code, f.Name}})
		}
		b.addLayer(Layer{Name: string(l.layer), Kind: spatial.Polygons, Fields: []string{"code", "name", MeshField}}, features)
		layer := AreaLayer{Name: string(l.layer), Kind: l.kind}
		for _, f := range features {
			layer.Features = append(layer.Features, *f)
		}
		layers = append(layers, layer)
	}
	start := cpuTime(t)
	b.borders = NewBorders(layers...)
	t.Logf("%d arcs, %d vertices, %.1f MB, built in %v of processor time", len(b.borders.arcs), len(b.borders.vertices),
		float64(b.borders.size())/1e6, (cpuTime(t) - start).Round(time.Millisecond))
	return b
}

// cambridge imports the real city.
func cambridge(t *testing.T) *grids.Snapshot {
	t.Helper()
	data := os.Getenv("WANMI_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "shared", "data")
	}
	m, err := importers.ReadMapping(filepath.Join("..", "grids", "testdata", "cambridge", "city.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	c, report, err := importers.Import(context.Background(), m, importers.Options{Dir: filepath.Join(data, "cambridge-ma")})
	if err != nil || c == nil {
		t.Fatalf("the proof needs the data of Cambridge (WANMI_DATA names the folder above): %v, %v", err, report)
	}
	snap, err := grids.NewSnapshot(c, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

// judgeViews judges random views of each layer at each of its zooms; the two
// lowest of cells, whose tiles hold thousands, a tenth as often as the others.
func judgeViews(t *testing.T, b *bordered, perLayer int) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(196431, 2))
	for _, l := range areaLayers {
		name := string(l.layer)
		if len(b.shapes[name]) == 0 {
			t.Logf("%s: none", name)
			continue
		}
		g := geos.NewContext()
		judged, worst := 0, 0.0
		for i := range perLayer {
			z := l.minZoom + uint8(i%int(19-l.minZoom))
			if l.kind == CellBorder && z < l.minZoom+2 && i%10 != 0 {
				z += 2 + uint8(i%5)
			}
			id := b.view(rnd, name, z)
			judged += b.tilesThePlane(t, name, id, g)
			worst = max(worst, b.keepsTheBound(t, name, id, g)/boundUnits(z))
		}
		t.Logf("%s: %d views from zoom %d to 18, %d polygons: no gap and no overlap wider than a unit, borders up to %.2f of the bound off",
			name, perLayer, l.minZoom, judged, worst)
	}
}

func views() int {
	if testing.Short() {
		return 100
	}
	return 1000
}

func TestProof_TheDemoCitysPolygonsTileEveryView(t *testing.T) {
	_, snap := demoCity(t)
	judgeViews(t, borderedCity(t, snap), views())
}

func TestProof_CambridgesPolygonsTileEveryView(t *testing.T) {
	judgeViews(t, borderedCity(t, cambridge(t)), views())
}

// The mesh of the whole city at zoom 10 has every arc and stays within 40 KB.
func TestProof_TheMeshOfTheDemoCityIsSmall(t *testing.T) {
	_, snap := demoCity(t)
	b := borderedCity(t, snap)
	b.meshBelow = 12
	for z := uint8(8); z < 12; z++ {
		id, _ := At(snap.Box(grids.Cells).Center(), z)
		mesh, _, err := Encode(nil, b, []string{string(grids.Cells)}, id, Options{})
		if err != nil {
			t.Fatal(err)
		}
		box, seen := id.Box(0), 0
		for i := range snap.City.Cells {
			if snap.City.Cells[i].Shape.Box.Meets(box) {
				seen++
			}
		}
		start := cpuTime(t)
		for range 50 {
			mesh, _, _ = Encode(mesh[:0], b, []string{string(grids.Cells)}, id, Options{})
		}
		packed := len(Gzip(nil, mesh, GzipLevel))
		t.Logf("%v: %d of %d cells in it, %d bytes, gzip %d, %v of processor time", id, seen, len(snap.City.Cells), len(mesh), packed, (cpuTime(t)-start)/50)
		if packed > 40<<10 {
			t.Errorf("%v: %d bytes", id, packed)
		}
	}
}

// Where zones are unions of cells, their border is drawn of the cells' edges.
func TestProof_TheDemoCitysZonesAreDrawnOfCellBorders(t *testing.T) {
	_, snap := demoCity(t)
	b := borderedCity(t, snap)
	rnd := rand.New(rand.NewPCG(196432, 3))
	edges := 0
	for i := range 200 {
		id := b.view(rnd, string(grids.Zones), uint8(12+i%7))
		cells := steps(b.drawn(t, string(grids.Cells), id))
		for _, l := range areaLayers[:4] {
			for s := range steps(b.drawn(t, string(l.layer), id)) {
				if edges++; cells[s] == 0 {
					t.Fatalf("%v: edge %v of %s is no cell's", id, s, strings.ToLower(string(l.layer)))
				}
			}
		}
	}
	t.Logf("%d edges of zones and divisions, each a cell's too", edges)
}

func TestProof_TilesOfSharedBordersPassTheChecker(t *testing.T) {
	_, snap := demoCity(t)
	for name, b := range map[string]*bordered{"demo": borderedCity(t, snap), "cambridge": borderedCity(t, cambridge(t))} {
		b.meshBelow = 12
		rnd := rand.New(rand.NewPCG(196433, 4))
		features := 0
		for i := range 2000 {
			id := b.view(rnd, string(grids.Cells), uint8(8+i%11))
			body, stats, err := Encode(nil, b, b.names(), id, Options{})
			if err != nil || stats.Dropped > 0 {
				t.Fatalf("%v: %v, %d dropped", id, err, stats.Dropped)
			}
			for _, f := range Check(body) {
				t.Fatalf("%s %v: %v", name, id, f)
			}
			if _, err := decodeStrict(body); err != nil {
				t.Fatalf("%s %v: %v", name, id, err)
			}
			features += stats.Features
		}
		t.Logf("%s: 2000 tiles, %d features without a fault", name, features)
	}
}
