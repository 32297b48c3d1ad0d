package imagery

import (
	"errors"
	"math"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

func TestATilesBoxIsWhereTheMapHasIt(t *testing.T) {
	for z := uint8(0); z <= tiler.MaxZoom; z++ {
		for _, c := range []spatial.Coord{{X: 1_143_071_000, Y: 347_972_000}, {X: -700_000_000, Y: -330_000_000}, {X: 10, Y: 10}} {
			id, ok := tiler.At(c, z)
			if !ok {
				t.Fatal(c)
			}
			b := tileExtent(id).degrees()
			if c.Lon() < b[0]-1e-7 || c.Lon() > b[2]+1e-7 || c.Lat() < b[1]-1e-7 || c.Lat() > b[3]+1e-7 {
				t.Errorf("%v of %v is %v", id, c, b)
			}
		}
	}
	if e := tileExtent(tiler.ID{}); math.Abs(e.west+20037508.342789244) > 1e-6 || math.Abs(e.north-20037508.342789244) > 1e-6 {
		t.Errorf("%v", e)
	}
}

func TestTheOwnZoomIsTheNearestByRatio(t *testing.T) {
	for _, c := range []struct {
		metres float64
		want   uint8
	}{{0.2986, 19}, {0.2436, 19}, {0.22, 19}, {0.2, 20}, {resolution(7), 7}, {1e9, 0}, {1e-9, tiler.MaxZoom}} {
		if got := ownZoom(c.metres); got != c.want {
			t.Errorf("%g m: zoom %d, want %d", c.metres, got, c.want)
		}
	}
	if z := fitZoom(extent{0, 0, resolution(9) * tileSize, 10}); z != 9 {
		t.Errorf("fits at %d", z)
	}
}

func TestBlocksAreThoseThatMeetASheetEachOnce(t *testing.T) {
	town := tileExtent(tiler.ID{Z: 14, X: 13393, Y: 6501})
	sheets := []extent{town, {town.west + 10, town.south + 10, town.east + 900, town.north - 10}, {-2e7, -1.9e7, -1.99e7, -1.8e7}}
	for _, z := range []uint8{2, 14, 17, 18} {
		p, err := newPyramid(sheets, 1, &Options{MaxZoom: &z, MinZoom: new(uint8)})
		if err != nil {
			t.Fatal(err)
		}
		if p.root != z-min(z, blockZooms) || p.size() != tileSize<<(z-p.root) {
			t.Errorf("zoom %d: root %d, %d pixels", z, p.root, p.size())
		}
		got := map[tiler.ID]bool{}
		for _, id := range p.blocks {
			if got[id] {
				t.Errorf("%v twice", id)
			}
			got[id] = true
		}
		// By brute force, around each.
		n := 0
		for x := range uint32(1) << p.root {
			for y := range uint32(1) << p.root {
				id := tiler.ID{Z: p.root, X: x, Y: y}
				e := tileExtent(id)
				if sheets[0].meets(e) || sheets[1].meets(e) || sheets[2].meets(e) {
					n++
					if !got[id] {
						t.Errorf("%v is missing", id)
					}
				}
			}
			if p.root > 11 {
				n = len(got) // too many to go through
				break
			}
		}
		if n != len(got) {
			t.Errorf("zoom %d: %d blocks, want %d", z, len(got), n)
		}
	}
}

func TestZoomsThatCannotBeAreRefused(t *testing.T) {
	low, deep := uint8(3), uint8(22)
	world := []extent{square()}
	if _, err := newPyramid(world, 1, &Options{MinZoom: &deep, MaxZoom: &low}); !errors.Is(err, errZooms) {
		t.Error(err)
	}
	if _, err := newPyramid(world, 1, &Options{MaxZoom: &deep}); err == nil {
		t.Error("the world at zoom 22 is a list without end")
	}
}
