package api_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

// BenchmarkEdit moves components of the demo city (196,000 of them) through the
// handler, each write durable: fsync and folds are in the figures.
func BenchmarkEdit(b *testing.B) {
	city, err := demo.City(demo.Options{Seed: 1, Scale: 1})
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "city.gpkg")
	if err := cityfile.Create(b.Context(), path, city); err != nil {
		b.Fatal(err)
	}
	o := reopen(b, path)
	var codes []string
	for i := range o.snap.All(grids.Components) {
		if c := o.snap.Component(i); c.Shape == nil {
			codes = append(codes, c.Code)
		}
	}
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("%d writers", writers), func(b *testing.B) {
			took := make([][]time.Duration, writers)
			var wg sync.WaitGroup
			b.ResetTimer()
			for w := range writers {
				wg.Go(func() {
					r := rand.New(rand.NewPCG(uint64(w), uint64(b.N)))
					for i := w; i < b.N; i += writers {
						at := city.Cells[r.IntN(len(city.Cells))].At
						start := time.Now()
						o.write(b, http.MethodPatch, "/v1/components/"+codes[r.IntN(len(codes))],
							fmt.Sprintf(`{"lon":%.7f,"lat":%.7f}`, at.Lon(), at.Lat())).written(b, http.StatusOK)
						took[w] = append(took[w], time.Since(start))
					}
				})
			}
			wg.Wait()
			all := slices.Concat(took...)
			slices.Sort(all)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "edits/s")
			b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
		})
	}
}
