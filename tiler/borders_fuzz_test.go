package tiler

import (
	"testing"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
)

// FuzzBorders draws whatever polygons the bytes make, two a vertex on a small
// grid so that they touch, cross and repeat, and reads the tile.
func FuzzBorders(f *testing.F) {
	f.Add([]byte{0, 0, 32, 0, 32, 32, 0, 32, 255, 32, 0, 64, 0, 64, 32, 32, 32})                      // neighbours
	f.Add([]byte{0, 0, 64, 0, 64, 64, 255, 16, 16, 32, 16, 32, 32, 16, 32, 255, 0, 0, 64, 64, 64, 0}) // inside, across
	f.Add([]byte{0, 0, 32, 32, 32, 0, 0, 32, 255, 32, 0, 32, 32, 32, 16, 33, 16})                     // a bow tie, a spike
	f.Fuzz(func(t *testing.T, data []byte) {
		var features []Feature
		var ring orb.Ring
		done := func() {
			if len(ring) > 2 {
				if s, err := spatial.FromOrb(orb.Polygon{append(ring, ring[0])}); err == nil {
					features = append(features, Feature{ID: uint64(len(features) + 1), Shape: s, Values: []string{"v"}})
				}
			}
			ring = nil
		}
		for i := 0; i+1 < len(data) && i < 2000; i += 2 {
			if data[i] == 0xff {
				i--
				done()
				continue
			}
			c := spatial.Coord{X: 1_143_000_000 + int32(data[i])*300, Y: 347_000_000 + int32(data[i+1])*300}
			ring = append(ring, c.Point())
		}
		done()
		b := &bordered{town: &town{layers: []Layer{{Name: "l", MaxZoom: MaxZoom, Fields: []string{"a"}}}}}
		b.borders = NewBorders(AreaLayer{Name: "l", Kind: CellBorder, Features: features})
		for z := uint8(0); z <= MaxZoom; z += 2 {
			for _, b.meshBelow = range []uint8{0, MaxZoom + 1} {
				id, _ := At(spatial.Coord{X: 1_143_010_000, Y: 347_010_000}, z)
				body, stats, err := Encode(nil, b, []string{"l"}, id, Options{})
				if err != nil {
					t.Fatal(err)
				}
				tile, err := Decode(body)
				if err != nil {
					t.Fatalf("%v: %v", id, err)
				}
				if n := len(tile.Layers); n > 0 && len(tile.Layers[0].Features) != stats.Features {
					t.Fatalf("%v: %d features of %d", id, len(tile.Layers[0].Features), stats.Features)
				}
			}
		}
	})
}
