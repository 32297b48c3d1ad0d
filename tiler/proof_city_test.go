//go:build proof

package tiler

import (
	"math/rand/v2"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
)

// demoCity makes a source of the made-up city: every layer, from the zooms at
// which the server draws it.
func demoCity(t *testing.T) (*town, *grids.Snapshot) {
	t.Helper()
	city, err := demo.City(demo.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	snap, err := grids.NewSnapshot(city, city.Cells[0].Valid.From.Time())
	if err != nil {
		t.Fatal(err)
	}
	source := &town{shapes: map[string][]*Feature{}, trees: map[string]*spatial.Tree[int]{}}
	minZoom := map[grids.Layer]uint8{
		grids.Cells: 12, grids.Components: 14, grids.Addresses: 15, grids.BaseBuildings: 14, grids.BaseRoads: 11, grids.BaseGreen: 10,
	}
	for _, l := range grids.MapLayers() {
		var features []*Feature
		kind := spatial.Points
		for i := range int32(snap.Count(l)) {
			f := snap.Feature(l, i)
			if f.Shape != nil {
				kind = f.Shape.Kind
			}
			features = append(features, &Feature{ID: uint64(i) + 1, Shape: f.Shape, At: f.At, Values: []string{f.Code, f.Name}})
		}
		source.addLayer(Layer{Name: string(l), Kind: kind, MinZoom: minZoom[l], MaxZoom: 18, Fields: []string{"code", "name"}}, features)
	}
	return source, snap
}

func TestProof_TilesOfTheDemoCityPassTheCheckerAndBothReaders(t *testing.T) {
	source, snap := demoCity(t)
	const checked, perJudged = 2000, 10
	rnd := rand.New(rand.NewPCG(196430, 1))
	var tiles []judgedTile
	features, all := 0, 0
	components := snap.City.Components
	for i := range checked {
		id, _ := At(components[rnd.IntN(len(components))].At, uint8(8+i%11))
		body, stats, err := Encode(nil, source, source.names(), id, Options{})
		if err != nil || body == nil {
			t.Fatalf("%v: %d bytes, %v", id, len(body), err)
		}
		if stats.Dropped > 0 {
			t.Errorf("%v: %d features dropped", id, stats.Dropped)
		}
		for _, f := range Check(body) {
			t.Fatalf("%v: %v", id, f)
		}
		all += stats.Features
		if i%perJudged == i/perJudged%perJudged && id.Z >= 12 { // every zoom in turn
			tiles = append(tiles, judgedTile{id, body})
			features += stats.Features
		}
	}
	t.Logf("%d tiles, %d features without a fault; %d tiles, %d features for the readers", checked, all, len(tiles), features)
	bothReadersAgree(t, source, tiles, features)
}
