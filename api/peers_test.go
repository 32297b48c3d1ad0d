//go:build peers

package api

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"

	"github.com/wanmi-gis/wanmi/api/peers"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/demo/demofile"
	"github.com/wanmi-gis/wanmi/tiler"
)

// maker makes tiles; the name is how the table calls it.
type maker struct {
	name string
	tile func(id tiler.ID) (peers.Made, error)
}

const (
	peerTiles = 40 // at most, of a zoom
)

// TestPeers_MakeTheSameTilesSlower lets wanmi and others make the same tiles of
// the demo city by turns, after it has shown that they say the same. It prints
// lines as benchmarks do, one a round and maker, for .ci/benchtable; speed is
// not judged here.
//
// wanmi's tiles come from the source, without its cache, and PostGIS's over a
// socket from a prepared statement. At zoom 10 "postgis" makes the same sums as
// wanmi, "postgis-points" and geojson-vt write every component.
func TestPeers_MakeTheSameTilesSlower(t *testing.T) {
	snap := demoSnapshot(t)
	db := startPostGIS(t, snap)
	node := startNodePeers(t, snap)
	if want := snap.Count(grids.Components); node.sum != want {
		t.Errorf("supercluster's clusters have %d components, the city %d", node.sum, want)
	}
	ask := func(statement string) func(tiler.ID) (peers.Made, error) {
		return func(id tiler.ID) (peers.Made, error) {
			return db.Measured(func() ([]byte, error) { return db.tile(t.Context(), statement, id) })
		}
	}
	askNode := func(maker string) func(tiler.ID) (peers.Made, error) {
		return func(id tiler.ID) (peers.Made, error) { return node.tile(maker, id) }
	}
	encode := func(layers ...string) func(tiler.ID) (peers.Made, error) {
		var buf []byte
		return func(id tiler.ID) (peers.Made, error) {
			return peers.Measured(func() (b []byte, err error) {
				buf, err = encodeUncached(buf[:0], snap, layers, id)
				return buf, err
			})
		}
	}

	low := tilesWithContent(snap, 10)
	sides := map[tiler.ID]int{}
	for _, id := range low {
		sides[id] = agreeOnSums(t, snap, db, node, id)
	}
	sums := func(id tiler.ID) (peers.Made, error) {
		return db.Measured(func() ([]byte, error) { return db.sums(t.Context(), id, sides[id]) })
	}
	race(t, "TileZ10Components", low, []maker{
		{"wanmi", encode("components")},
		{"postgis", sums},
		{"postgis-points", ask(pointsStatement)},
		{"geojson-vt", askNode("points")},
		{"supercluster", askNode("clusters")},
	})
	race(t, "TileZ10CellBorders", low, []maker{{"wanmi", encode("cells")}})

	high := tilesWithContent(snap, 14)
	features := 0
	for _, id := range high {
		features += agreeOnFeatures(t, snap, db, node, id)
	}
	t.Logf("zoom 14: %d tiles with %d features agree", len(high), features)
	race(t, "TileZ14CellsAndComponents", high, []maker{
		{"wanmi", encode("cells", "components")},
		{"postgis", ask(mixedStatement)},
		{"geojson-vt", askNode("mixed")},
		{"orb", func(id tiler.ID) (peers.Made, error) {
			return peers.Measured(func() ([]byte, error) { return orbTile(snap, id) })
		}},
	})
}

// encodeUncached makes a tile from the source, as the server does when it is not
// in its cache.
func encodeUncached(dst []byte, snap *grids.Snapshot, layers []string, id tiler.ID) ([]byte, error) {
	dst, _, err := tiler.Encode(dst, tileSource{snap: snap}, layers, id, tiler.Options{})
	return dst, err
}

// demoSnapshot is the demo city as it is served.
func demoSnapshot(tb testing.TB) *grids.Snapshot {
	tb.Helper()
	city, err := cityfile.Read(tb.Context(), demofile.Path(tb, ".."))
	if err != nil {
		tb.Fatal(err)
	}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		tb.Fatal(err)
	}
	return snap
}

// tilesWithContent are tiles of a zoom with components in them, each once, the
// fuller ones likelier.
func tilesWithContent(snap *grids.Snapshot, z uint8) (ids []tiler.ID) {
	rnd := rand.New(rand.NewPCG(10, uint64(z)))
	for range 20 * peerTiles {
		f := snap.Feature(grids.Components, int32(rnd.IntN(snap.Count(grids.Components))))
		if id, ok := tiler.At(f.At, z); ok && !slices.Contains(ids, id) && len(ids) < peerTiles {
			ids = append(ids, id)
		}
	}
	return ids
}

// race lets the makers make the tiles by turns, tile by tile, each round begun
// by another one, after a round that does not count.
func race(t *testing.T, task string, ids []tiler.ID, makers []maker) {
	t.Helper()
	for round := range peers.Rounds + 1 {
		total, zipped := make([]peers.Made, len(makers)), make([]int, len(makers))
		for _, id := range ids {
			for i := range makers {
				k := (i + round) % len(makers)
				m, err := makers[k].tile(id)
				if err != nil || len(m.Body) == 0 {
					t.Fatalf("%s, %s: %v: %d bytes, %v", task, makers[k].name, id, len(m.Body), err)
				}
				total[k].Wall += m.Wall
				total[k].CPU += m.CPU
				if round > 0 {
					zipped[k] += len(tiler.Gzip(nil, m.Body, tiler.GzipLevel))
				}
			}
		}
		if round == 0 {
			continue
		}
		n := len(ids)
		for k, m := range makers {
			fmt.Printf("Benchmark%s/%s\t%d\t%d ns/op\t%d cpu-ns/op\t%d gzip-B/op\n",
				task, m.name, n, int(total[k].Wall)/n, int(total[k].CPU)/n, zipped[k]/n)
		}
	}
}

// attribute is a column of a row as tiles have it.
type attribute struct{ name, text string }

// rowOf is what the peers write of a component or cell, the same as wanmi.
func rowOf(snap *grids.Snapshot, l grids.Layer, i int32) []attribute {
	if l == grids.Cells {
		c := &snap.City.Cells[i]
		return []attribute{{"code", c.Code}, {"name", c.Name}, {"zone", c.Zone}, {"community", c.Community}}
	}
	c := snap.Component(i)
	return []attribute{
		{"code", c.Code},
		{"name", c.Name},
		{"category", c.Category},
		{"major", snap.Catalogue.Find(grids.ComponentKind, c.Category).Major},
		{"state", c.State},
	}
}

func geometryOf(f *grids.Feature) orb.Geometry {
	if f.Shape == nil {
		return f.At.Point()
	}
	return f.Shape.Orb()
}

// orbTile makes a tile of cells and components with paulmach/orb; which ones
// are in it wanmi's index says.
func orbTile(snap *grids.Snapshot, id tiler.ID) ([]byte, error) {
	var layers mvt.Layers
	for _, l := range []grids.Layer{grids.Cells, grids.Components} {
		layer := &mvt.Layer{Name: string(l), Version: 2, Extent: tiler.Extent}
		for _, i := range snap.Window(l, id.Box(tiler.Buffer)) {
			f := snap.Feature(l, i)
			g := geojson.NewFeature(geometryOf(f))
			g.ID = f.FID
			for _, v := range rowOf(snap, l, i) {
				g.Properties[v.name] = v.text
			}
			layer.Features = append(layer.Features, g)
		}
		layers = append(layers, layer)
	}
	layers.ProjectToTile(maptile.New(id.X, id.Y, maptile.Zoom(id.Z)))
	layers.Clip(orb.Bound{Min: orb.Point{-tiler.Buffer, -tiler.Buffer}, Max: orb.Point{tiler.Extent + tiler.Buffer, tiler.Extent + tiler.Buffer}})
	layers.RemoveEmpty(0, 0)
	return mvt.Marshal(layers)
}
