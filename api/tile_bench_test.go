package api_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// BenchmarkPointTileHTTP asks for tiles of a town with 200,000 components, not
// cached: sums, under filters too, and single features.
func BenchmarkPointTileHTTP(b *testing.B) {
	city := town(b, townPlan{})
	rnd := rand.New(rand.NewPCG(70, 70))
	few := len(city.Components)
	for n := range 200_000 {
		c := city.Components[rnd.IntN(few)]
		c.FID, c.Code, c.Shape, c.At = int64(1000+n), fmt.Sprintf("990104%s%06d", c.Category, n), nil, somewhere(rnd)
		c.Name = fmt.Sprint("部件", rnd.IntN(30_000))
		city.Components = append(city.Components, c)
	}
	snap, err := grids.NewSnapshot(city, townNow)
	if err != nil {
		b.Fatal(err)
	}
	d := deskOf(snap)
	for _, c := range []struct {
		name  string
		zoom  uint8
		query string
	}{
		{"z10", 10, ""},
		{"z10 category", 10, "?category=0101,02"},
		{"z10 zone", 10, "?zone=" + snap.City.Zones[0].Code},
		{"z16", 16, ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			target := tileURL("components", d.middle(c.zoom)) + c.query
			body := d.get(b, target).body
			benchmark(b, d, target)
			b.ReportMetric(float64(len(body)), "tile-bytes")
			b.ReportMetric(float64(len(tiler.Gzip(nil, body, tiler.GzipLevel))), "gzip-bytes")
		})
	}
}
