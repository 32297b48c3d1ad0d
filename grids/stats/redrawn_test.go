package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestARedrawnMedianIsThatOfRedrawnValues holds the quick draw against drawing all
// values again: each value, or middle of two, is as often the median.
func TestARedrawnMedianIsThatOfRedrawnValues(t *testing.T) {
	t.Parallel()
	const rounds = 40_000
	r := rand.New(rand.NewPCG(5, 2))
	for _, n := range []int{1, 2, 5, 6, 13, 20} {
		values := make([]float64, n)
		for i := range values {
			values[i] = float64(i * i)
		}
		quick, slow := make([]float64, rounds), make([]float64, rounds)
		again := make([]float64, n)
		for k := range rounds {
			quick[k] = redrawnMedian(values, r)
			for i := range again {
				again[i] = values[r.IntN(n)]
			}
			slow[k] = Median(again)
		}
		slices.Sort(quick)
		slices.Sort(slow)
		// Kolmogorov and Smirnov: 1.95 of √(2/rounds) at 0.1 %.
		most, i, j := 0.0, 0, 0
		for i < rounds && j < rounds {
			v := min(quick[i], slow[j])
			for i < rounds && quick[i] == v {
				i++
			}
			for j < rounds && slow[j] == v {
				j++
			}
			most = max(most, math.Abs(float64(i-j))/rounds)
		}
		if most > 1.95*math.Sqrt(2.0/rounds) {
			t.Errorf("of %d values: the distributions are %.4f apart", n, most)
		}
	}
}

func BenchmarkFrictionOfManyCases(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	list := make([]Handled, 100_000)
	for i := range list {
		list[i] = Handled{Border: [2]int32{0, int32(1 + i%3)}, Again: r.IntN(4) == 0, Hours: r.ExpFloat64() * 24}
	}
	for b.Loop() {
		FindFriction(list, 1)
	}
}
