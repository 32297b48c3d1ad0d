package cases_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/storetest"
)

// appendAll has clients bring cases from report to closing until n events are
// appended.
func appendAll(b testing.TB, s cases.Store, clients, n int) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				got, err := s.Append(b.Context(), storetest.Report(time.Now()))
				if err != nil {
					b.Error(err)
					return
				}
				for _, r := range storetest.Way(got.ID) {
					if left.Add(-1) < 0 {
						return
					}
					if _, err := s.Append(b.Context(), r); err != nil {
						b.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkAppend(b *testing.B) {
	for name, clients := range map[string]int{"one client": 1, "64 clients": 64} {
		b.Run(name, func(b *testing.B) {
			s, _ := opened(b, created(b), cases.Options{})
			b.ResetTimer()
			appendAll(b, s, clients, b.N)
		})
	}
}
