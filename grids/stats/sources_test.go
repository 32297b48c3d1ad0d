package stats_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/stats"
)

// TestSourcesByHand: of 10 reports 3 are the public's; an area with 4 of them has
// 35, 105, 63 or 7 of the 210 ways to be dealt 0, 1, 2 or 3 of these. R's
// fisher.test(matrix(c(3, 0, 1, 6), 2)) has 0.03333 for the last.
func TestSourcesByHand(t *testing.T) {
	t.Parallel()
	for k, want := range map[int]float64{0: 42.0 / 210, 1: 1, 2: 105.0 / 210, 3: 7.0 / 210} {
		got, err := stats.Sources([]int{k, 3 - k}, []int{4 - k, 3 + k}, 3, 10)
		if err != nil {
			t.Fatal(err)
		}
		s := got[0]
		if math.Abs(s.P-want) > 1e-12 || math.Abs(s.Expected-1.2) > 1e-12 {
			t.Errorf("%d of 4: p %g, want %g; expected %g", k, s.P, want, s.Expected)
		}
		// What is not in the first area is in the second: one says what the other does.
		if math.Abs(got[1].P-want) > 1e-12 || math.Abs(s.Q-want) > 1e-12 {
			t.Errorf("%d of 4: the rest has p %g, q %g", k, got[1].P, s.Q)
		}
		if ratio := float64(k) / 3 / (float64(4-k) / 7); math.Abs(s.Ratio-ratio) > 1e-12 {
			t.Errorf("ratio %g, want %g", s.Ratio, ratio)
		}
	}
	none, err := stats.Sources([]int{0, 1}, []int{0, 2}, 1, 3)
	if err != nil || !math.IsNaN(none[0].P) || !math.IsNaN(none[0].Q) || !math.IsNaN(none[0].Ratio) {
		t.Errorf("an area without a report: %+v, %v", none, err)
	}
	for _, bad := range [][2][]int{{{1}, {}}, {{-1}, {2}}, {{4}, {0}}, {{0}, {8}}} {
		if got, err := stats.Sources(bad[0], bad[1], 3, 10); err == nil {
			t.Errorf("%v is %v", bad, got)
		}
	}
	if _, err := stats.Sources(nil, nil, 5, 4); err == nil {
		t.Error("more public reports than reports")
	}
}

// TestTheHypergeometricTestCountsWays in whole numbers.
func TestTheHypergeometricTestCountsWays(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(2, 26))
	ways := func(n, marked, all, i int) *big.Int {
		x := new(big.Int).Binomial(int64(marked), int64(i))
		return x.Mul(x, new(big.Int).Binomial(int64(all-marked), int64(n-i)))
	}
	for range 2000 {
		all := 1 + rnd.IntN(120)
		marked, n := rnd.IntN(all+1), rnd.IntN(all+1)
		least, most := max(0, n-(all-marked)), min(n, marked)
		k := least + rnd.IntN(most-least+1)
		sum, seen := new(big.Int), ways(n, marked, all, k)
		for i := least; i <= most; i++ {
			if w := ways(n, marked, all, i); w.Cmp(seen) <= 0 {
				sum.Add(sum, w)
			}
		}
		want, _ := new(big.Rat).SetFrac(sum, new(big.Int).Binomial(int64(all), int64(n))).Float64()
		if got := stats.HypergeometricTest(k, n, marked, all); math.Abs(got-want) > 1e-9 {
			t.Fatalf("%d of %d, %d of %d marked: %g, want %g", k, n, marked, all, got, want)
		}
	}
	// Of millions too, where the logarithms are large: against the normal's 4 standard
	// deviations, 6.3e-5.
	const n, marked, all = 100_000, 3_000_000, 10_000_000
	mean, spread := float64(n)*marked/all, math.Sqrt(float64(n)*0.3*0.7*(1-float64(n)/all))
	if p := stats.HypergeometricTest(int(mean+4*spread), n, marked, all); p < 5.5e-5 || p > 7e-5 {
		t.Errorf("four deviations off: p %g", p)
	}
}

// TestAPlantedPlaceOfThePublicIsFound and no other, in a city whose public reports 1 %
// of the cases.
func TestAPlantedPlaceOfThePublicIsFound(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 26))
	const areas, planted = 2000, 77
	public, patrol := make([]int, areas), make([]int, areas)
	sum, all := 0, 0
	for i := range public {
		share := 0.01
		if i == planted {
			share = 0.2
		}
		for range 10 + rnd.IntN(60) {
			if rnd.Float64() < share {
				public[i]++
			} else {
				patrol[i]++
			}
		}
		sum, all = sum+public[i], all+public[i]+patrol[i]
	}
	got, err := stats.Sources(public, patrol, sum, all)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if (got[i].Q <= 0.05) != (i == planted) {
			t.Errorf("area %d: %+v", i, got[i])
		}
	}
}
