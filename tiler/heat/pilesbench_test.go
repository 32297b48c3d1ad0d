package heat

import (
	"fmt"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// BenchmarkPiles finds piles, counts positions, counts without piles and counts the
// places of a tile of the deepest zoom but some.
func BenchmarkPiles(b *testing.B) {
	t := newTown(b, 21, 95, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	var middles []spatial.Coord
	for _, s := range t.shapes {
		middles = append(middles, s.Representative())
	}
	for _, n := range benchSizes {
		b.Run(fmt.Sprintf("cases=%d", n), func(b *testing.B) {
			v := t.table(b, t.rows(5, n)).View()
			all := t.compile(b, Filter{})
			var piles *Piles
			var err error
			b.Run("piles", func(b *testing.B) {
				byCPU(b, func() { piles, err = v.Piles(b.Context(), NewPileRule(middles)) })
			})
			if err != nil {
				b.Fatal(err)
			}
			b.Run("places", func(b *testing.B) { byCPU(b, func() { _, err = v.Places(b.Context(), all) }) })
			b.Run("count", func(b *testing.B) { byCPU(b, func() { _, err = v.Count(b.Context(), all) }) })
			b.Run("count-without", func(b *testing.B) { byCPU(b, func() { _, err = v.Count(b.Context(), all.Without(piles)) }) })
			id, _ := tiler.At(t.center, 14)
			for _, places := range []bool{false, true} {
				k := Clusters{Places: places}
				b.Run(fmt.Sprintf("clusters-z14-places=%t", places), func(b *testing.B) {
					byCPU(b, func() { _, err = k.Count(b.Context(), v, all, id) })
				})
			}
			if err != nil || len(piles.List) == 0 {
				b.Errorf("%d piles, %v", len(piles.List), err)
			}
		})
	}
}
