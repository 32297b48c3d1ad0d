package cases_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/storetest"
	"github.com/wanmi-gis/wanmi/spatial"
)

// live appends n cases at places of their own.
func live(b *testing.B, s cases.Store, n int) {
	b.Helper()
	turns := make(chan int, n)
	for k := range n {
		turns <- k
	}
	close(turns)
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for k := range turns {
				r := storetest.Report(time.Now().Add(-time.Duration(k) * time.Second))
				r.Report.At = spatial.At(storetest.Corner.Lon()+float64(k%100)/1e5, storetest.Corner.Lat()+float64(k/100)/1e5)
				if _, err := s.Append(b.Context(), r); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// BenchmarkBoard is what an event costs the board, from its entry in the feed to
// the new view, and what a case takes of memory, with 3,000 live cases.
func BenchmarkBoard(b *testing.B) {
	const n = 3000
	city, _ := opened(b, created(b), cases.Options{})
	live(b, city, n)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	began := time.Now()
	board, err := cases.NewBoard(b.Context(), city)
	if err != nil {
		b.Fatal(err)
	}
	filled := time.Since(began)
	each := float64(heap()-before) / n
	var ids []cases.ID
	board.View().Newest(func(c *cases.Live) bool { ids = append(ids, c.ID); return true })
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		id := ids[i%n]
		r := cases.Request{Case: id, Kind: cases.Register, Actor: cases.Actor{ID: "li", Role: cases.Operator}}
		if i >= n {
			r = storetest.Report(time.Now())
		}
		if _, err := city.Append(b.Context(), r); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := board.Sync(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(each, "B/case")
	b.ReportMetric(float64(filled.Microseconds())/n, "µs/case-filled")
	runtime.KeepAlive(board)
}

// BenchmarkBoardBatch is the same where 100 events come at once.
func BenchmarkBoardBatch(b *testing.B) {
	city, _ := opened(b, created(b), cases.Options{})
	board, err := cases.NewBoard(b.Context(), city)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		live(b, city, 100)
		b.StartTimer()
		if err := board.Sync(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/100, "µs/event")
}
