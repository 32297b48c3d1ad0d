package cases_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cases"
)

// openCases are n cases that nobody closed, as an import of another system's open
// ones leaves them: every third dispatched and due, one in thirty at one position.
func openCases(random *rand.Rand, n int) iter.Seq2[cases.Past, error] {
	return func(yield func(cases.Past, error) bool) {
		pile := past(random, 0).Report.At
		for i := range n {
			p := past(random, i)
			if p.Events = p.Events[:3]; i%3 > 0 {
				p.Events = nil
			}
			if i%30 == 0 {
				p.Report.At = pile
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

func heapBytes() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// BenchmarkBoardFill is what it costs to read the live cases of a file, and what one
// takes of memory.
func BenchmarkBoardFill(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000, 834_666} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			city, _ := opened(b, created(b), cases.Options{})
			if got, err := city.Import(b.Context(), openCases(rand.New(rand.NewPCG(23, 11)), n), nil); got != n || err != nil {
				b.Fatal(got, err)
			}
			before := heapBytes()
			board, err := cases.NewBoard(b.Context(), city)
			if err != nil {
				b.Fatal(err)
			}
			each, began := float64(heapBytes()-before)/float64(n), processorTime(b)
			for b.Loop() {
				if _, err := cases.NewBoard(b.Context(), city); err != nil { // the store keeps it
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((processorTime(b)-began).Microseconds())/float64(b.N)/float64(n), "cpu-µs/case")
			b.ReportMetric(each, "B/case")
			if board.View().Len() != n {
				b.Fatal(board.View().Len())
			}
		})
	}
}

// BenchmarkBoardImport is what it costs to take in an import of 1,000 open cases
// beside those that are there.
func BenchmarkBoardImport(b *testing.B) {
	const each = 1000
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			city, _ := opened(b, created(b), cases.Options{})
			rnd, next := rand.New(rand.NewPCG(23, 15)), 0
			open := func(n int) {
				list := func(yield func(cases.Past, error) bool) {
					for p := range openCases(rnd, n) {
						p.Report.Number = fmt.Sprint(next)
						if next++; !yield(p, nil) {
							return
						}
					}
				}
				if _, err := city.Import(b.Context(), list, nil); err != nil {
					b.Fatal(err)
				}
			}
			open(n)
			board, err := cases.NewBoard(b.Context(), city)
			if err != nil {
				b.Fatal(err)
			}
			var used time.Duration
			for b.Loop() {
				b.StopTimer()
				open(each)
				b.StartTimer()
				began := processorTime(b)
				if err := board.Sync(b.Context()); err != nil {
					b.Fatal(err)
				}
				used += processorTime(b) - began
			}
			b.ReportMetric(float64(used.Microseconds())/float64(b.N)/1000, "cpu-ms/import")
		})
	}
}
