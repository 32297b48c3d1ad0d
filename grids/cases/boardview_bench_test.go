package cases

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/spatial"
)

// crowd is a board of n cases of a city, all due in the same second; one in thirty
// lies at one place.
func crowd(n int) (*Board, []*Live) {
	rnd := rand.New(rand.NewPCG(23, 12))
	list := make([]*Live, n)
	for i := range list {
		c := liveCase(rnd, int64(i+1))
		c.State, c.Lit, c.ReportedAt = Opened, Green, viewDay.Add(time.Duration(i)*time.Second)
		c.YellowAt, c.ClosedAt, c.DueAt = time.Time{}, time.Time{}, viewDay
		c.At = spatial.Coord{X: rnd.Int32N(2_000_000), Y: rnd.Int32N(2_000_000)}
		if i%30 == 0 {
			c.At = spatial.Coord{X: 1_000_000, Y: 1_000_000}
		}
		list[i] = c
	}
	b := new(Board)
	view := viewOf(list)
	view.Serial = 1
	b.view.Store(view)
	return b, list
}

// BenchmarkTurn is what it costs that all lamps of a board turn in one second.
func BenchmarkTurn(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000, 834_666} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			board, _ := crowd(n)
			before := board.View()
			for b.Loop() {
				board.view.Store(before)
				board.turn(viewDay.Add(time.Hour))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/case")
		})
	}
}

// BenchmarkChange is what the change of one case costs, and 512 together, with the
// look at the clock after it.
func BenchmarkChange(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000, 834_666} {
		for _, together := range []int{1, stepsAtOnce} {
			b.Run(fmt.Sprintf("%d of %d", together, n), func(b *testing.B) {
				board, list := crowd(n)
				rnd := rand.New(rand.NewPCG(23, 13))
				b.ReportAllocs()
				for b.Loop() {
					view, c := board.View().draft(), new(BoardChange)
					for range together {
						k := rnd.IntN(n)
						after := *list[k]
						after.DueAt = after.DueAt.Add(time.Second)
						view.put(list[k], &after)
						c.tell(nil, list[k], &after)
						list[k] = &after
					}
					board.publish(view, c)
					board.turn(viewDay)
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(together), "µs/case")
			})
		}
	}
}

// BenchmarkWindow is a tile's look at 600 by 600 m of 20 by 20 km.
func BenchmarkWindow(b *testing.B) {
	for _, n := range []int{1000, 100_000, 834_666} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			board, _ := crowd(n)
			rnd, found := rand.New(rand.NewPCG(23, 14)), 0
			for b.Loop() {
				at := spatial.Coord{X: rnd.Int32N(1_940_000), Y: rnd.Int32N(900_000)}
				w := spatial.Box{Min: at, Max: spatial.Coord{X: at.X + 60_000, Y: at.Y + 60_000}}
				board.View().Window(w, func(*Live) bool { found++; return true })
			}
			b.ReportMetric(float64(found)/float64(b.N), "cases")
		})
	}
}
