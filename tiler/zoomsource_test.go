package tiler

import (
	"fmt"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
)

// stepped has a point for each zoom, which only that zoom shows.
type stepped struct{}

func (stepped) Layers() []Layer {
	return []Layer{{Name: "steps", Kind: spatial.Points, MaxZoom: MaxZoom, Fields: []string{"zoom"}}}
}

func (s stepped) Visit(layer string, window spatial.Box, visit func(*Feature) bool) {
	for z := range uint8(MaxZoom + 1) {
		s.VisitZoom(layer, z, window, visit)
	}
}

func (stepped) VisitZoom(_ string, z uint8, _ spatial.Box, visit func(*Feature) bool) {
	visit(&Feature{ID: uint64(z) + 1, At: spatial.At(121.5, 31.2), Values: []string{fmt.Sprint(z)}})
}

func TestASourceThatDiffersByZoomIsAskedByZoom(t *testing.T) {
	for _, z := range []uint8{0, 7, MaxZoom} {
		id, _ := At(spatial.At(121.5, 31.2), z)
		b, _, err := Encode(nil, stepped{}, []string{"steps"}, id, Options{})
		if err != nil {
			t.Fatal(err)
		}
		tile, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		var ids []uint64
		for _, f := range tile.Layers[0].Features {
			ids = append(ids, f.ID)
		}
		if !slices.Equal(ids, []uint64{uint64(z) + 1}) {
			t.Errorf("zoom %d has the features %v", z, ids)
		}
	}
}
