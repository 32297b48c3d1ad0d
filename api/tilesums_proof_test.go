//go:build proof

package api_test

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/tiler"
)

// TestProof_ACitysSumsAreExactAndSmall counts the demo city at all zooms of
// sums, tile by tile, before and after thousands of edits, and holds each tile
// to the size that is promised; the edited city's tiles are those of a city
// built anew.
func TestProof_ACitysSumsAreExactAndSmall(t *testing.T) {
	city, err := demo.City(demo.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range city.Components { // as if stored
		city.Components[i].FID = int64(i + 1)
	}
	now := city.Cells[0].Valid.From.Time()
	snap, err := grids.NewSnapshot(city, now)
	if err != nil {
		t.Fatal(err)
	}
	d := deskOf(snap)
	d.countTheCity(t)
	const seed = 607
	edits := 4000
	if testing.Short() {
		edits = 400
	}
	rnd := rand.New(rand.NewPCG(seed, seed))
	for n := range edits {
		i := int32(rnd.IntN(int(snap.Indexed(grids.Components))))
		c, other := snap.Component(i), snap.Component(int32(rnd.IntN(int(snap.Indexed(grids.Components)))))
		at, category := other.At, other.Category
		changed := c.Patched(grids.ComponentPatch{At: &at, Category: &category})
		if err := d.live.Apply(now, grids.Edit{Version: snap.City.Version + int64(n) + 1, Component: &changed}); err != nil {
			t.Fatal(err)
		}
	}
	d.snap = d.live.Current()
	d.countTheCity(t)
	whole := *d.snap.Whole()
	whole.Components = slices.Clone(whole.Components)
	anew, err := grids.NewSnapshot(&whole, now)
	if err != nil {
		t.Fatal(err)
	}
	built := deskOf(anew)
	compared := 0
	for n := range 400 {
		id, _ := tiler.At(d.snap.Component(int32(rnd.IntN(1000)*100)).At, uint8(8+n%11))
		target := tileURL("components", id)
		got, want := d.get(t, target), built.get(t, target)
		if !bytes.Equal(got.body, want.body) {
			t.Fatalf("%s: %d bytes, anew %d", target, len(got.body), len(want.body))
		}
		compared += len(got.body)
	}
	t.Logf("seed %d: %d edits, %d bytes of tiles are those of the city built anew", seed, edits, compared)
}

// countTheCity adds up all tiles of the zooms of sums.
func (d *desk) countTheCity(t *testing.T) {
	t.Helper()
	const most = 100_000 // bytes as sent
	for z := uint8(8); z < 14; z++ {
		want := map[tiler.ID]int64{}
		for i := range d.snap.All(grids.Components) {
			id, _ := tiler.At(d.snap.Component(i).At, z)
			want[id]++
		}
		largest, total := 0, int64(0)
		for id, n := range want {
			r := d.get(t, tileURL("components", id))
			if r.status != http.StatusOK || -sum(decodeOrb(t, r.body)["components"]) != n {
				t.Fatalf("%v: %d, not %d features", id, r.status, n)
			}
			largest = max(largest, len(tiler.Gzip(nil, r.body, tiler.GzipLevel)))
			total += n
		}
		t.Logf("z%d: %d tiles, %d components, the largest %d bytes by gzip", z, len(want), total, largest)
		if largest > most {
			t.Errorf("z%d: %d bytes", z, largest)
		}
	}
}
