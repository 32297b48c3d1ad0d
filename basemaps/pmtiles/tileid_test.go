package pmtiles

import (
	"math/rand/v2"
	"testing"

	"github.com/wanmi-gis/wanmi/tiler"
)

func TestTheFirstTilesHaveTheSpecificationsIDs(t *testing.T) {
	for id, want := range map[tiler.ID]uint64{
		{}:                        0,
		{Z: 1}:                    1,
		{Z: 1, Y: 1}:              2,
		{Z: 1, X: 1, Y: 1}:        3,
		{Z: 1, X: 1}:              4,
		{Z: 2}:                    5,
		{Z: 12, X: 3423, Y: 1763}: 19078479,
	} {
		if got := TileID(id); got != want {
			t.Errorf("%v: %d, want %d", id, got, want)
		}
	}
}

// A Hilbert curve visits each tile of a zoom once and steps to a neighbour: no
// other numbering that starts at the corner and nests does.
func TestEachZoomIsOneCurve(t *testing.T) {
	id := uint64(0)
	for z := range uint8(7) {
		var last tiler.ID
		seen := map[tiler.ID]bool{}
		for n := range 1 << (2 * z) {
			at, err := TileAt(id)
			if err != nil || at.Z != z || at.X>>z != 0 || at.Y>>z != 0 || seen[at] || TileID(at) != id {
				t.Fatalf("%d: %v, %v; back %d", id, at, err, TileID(at))
			}
			dx, dy := int(at.X)-int(last.X), int(at.Y)-int(last.Y)
			if n > 0 && dx*dx+dy*dy != 1 {
				t.Fatalf("%v comes after %v", at, last)
			}
			seen[at], last = true, at
			id++
		}
	}
	rnd := rand.New(rand.NewPCG(4, 4))
	for range 10_000 {
		z := uint8(rnd.IntN(tiler.MaxZoom + 1))
		want := tiler.ID{Z: z, X: rnd.Uint32N(1 << z), Y: rnd.Uint32N(1 << z)}
		if got, err := TileAt(TileID(want)); err != nil || got != want {
			t.Fatalf("%v comes back as %v, %v", want, got, err)
		}
		for _, child := range want.Children() {
			if z < tiler.MaxZoom && (TileID(child)-first(z+1))/4 != TileID(want)-first(z) {
				t.Fatalf("%v does not follow %v", child, want)
			}
		}
	}
}

func first(z uint8) uint64 { return TileID(tiler.ID{Z: z}) }

func FuzzTileAt(f *testing.F) {
	for _, id := range []uint64{0, 1, 4, 5, first(22), first(22)*4 + 1, 1 << 62, 1<<64 - 1} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id uint64) {
		at, err := TileAt(id)
		if err == nil && TileID(at) != id {
			t.Errorf("%d is %v, which is %d", id, at, TileID(at))
		}
		if limit := first(tiler.MaxZoom)*4 + 1; (err == nil) != (id < limit) {
			t.Errorf("%d: %v, the limit is %d", id, err, limit)
		}
	})
}
