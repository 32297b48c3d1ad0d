package stats_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/stats"
)

// drawn is the two-sided chance of a neighbourhood's sum by dealing out the same
// counts again and again.
func drawn(r *rand.Rand, counts []float64, m int, sum float64, rounds int) float64 {
	deck := append([]float64(nil), counts...)
	above, below := 0, 0
	for range rounds {
		s := 0.0
		for i := range m { // the first steps of a shuffle
			j := i + r.IntN(len(deck)-i)
			deck[i], deck[j] = deck[j], deck[i]
			s += deck[i]
		}
		if s >= sum {
			above++
		}
		if s <= sum {
			below++
		}
	}
	return min(1, 2*float64(min(above, below))/float64(rounds))
}

// TestChancesOfManyCasesAreThoseOfDealing has sums that have no bin each: counts in
// the thousands, counts that are no whole numbers, one neighbourhood of 70 areas.
func TestChancesOfManyCasesAreThoseOfDealing(t *testing.T) {
	t.Parallel()
	const side, rounds = 14, 4000
	cities := map[string]func(r *rand.Rand) float64{
		"thousands":     func(r *rand.Rand) float64 { return math.Round(3000 + 100*r.NormFloat64()) },
		"no whole ones": func(r *rand.Rand) float64 { return r.ExpFloat64() * 0.01 },
	}
	for name, draw := range cities {
		r := rand.New(rand.NewPCG(21, 4))
		counts := make([]float64, side*side)
		for i := range counts {
			counts[i] = draw(r)
		}
		pairs := make([][2]int32, 0, 70)
		for j := range 70 { // a river along which many lie
			pairs = append(pairs, [2]int32{0, int32(50 + 2*j)})
		}
		beside := joined(torus(side, side), pairs)
		spots, err := stats.HotSpots(counts, beside)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range []int{0, 17, 95, 190} {
			h := &spots[i]
			want := drawn(r, counts, h.Areas, h.Around, rounds)
			if math.Abs(h.P-want) > 4*2*math.Sqrt(0.25/rounds)+0.02*want {
				t.Errorf("%s: area %d of %d: p %.4f, drawn %.4f", name, i, h.Areas, h.P, want)
			}
		}
	}
}

func joined(n *stats.Neighbours, pairs [][2]int32) *stats.Neighbours {
	for i := range n.Len() {
		for _, j := range n.Of(i) {
			pairs = append(pairs, [2]int32{int32(i), j})
		}
	}
	return stats.NewNeighbours(n.Len(), pairs)
}

// TestTheMostThatCanBeAroundHasAChance: the nine fullest areas side by side are one
// of all ways in which nine can be drawn, however the sums are rounded.
func TestTheMostThatCanBeAroundHasAChance(t *testing.T) {
	t.Parallel()
	const side = 14
	ways := 1.0
	for i := range 9 {
		ways *= float64(side*side-i) / float64(9-i)
	}
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 2))
		counts := make([]float64, side*side)
		for i := range counts {
			counts[i] = math.Round(3000 + 100*r.NormFloat64())
		}
		for y := 5; y < 8; y++ {
			for x := 5; x < 8; x++ {
				counts[y*side+x] = math.Round(9000 + 1000*r.Float64())
			}
		}
		spots, err := stats.HotSpots(counts, torus(side, side))
		if err != nil {
			t.Fatal(err)
		}
		if p := spots[6*side+6].P * ways / 2; math.Abs(p-1) > 1e-6 {
			t.Errorf("seed %d: p is %g times that of one way of all", seed, p)
		}
	}
}

// TestAPileDoesNotTurnMoreIntoLess: with a pile of cases in one area nearly all
// others are below the mean, also where more lie together than in nearly all draws.
func TestAPileDoesNotTurnMoreIntoLess(t *testing.T) {
	t.Parallel()
	const side, all = 60, 1
	r := rand.New(rand.NewPCG(1, 2))
	counts := make([]float64, side*side)
	for range 300 {
		counts[r.IntN(len(counts))]++
	}
	for y := 40; y < 43; y++ {
		for x := 40; x < 43; x++ {
			counts[y*side+x] += 4
		}
	}
	counts[0] = 100_000
	spots, err := stats.HotSpots(counts, torus(side, side))
	if err != nil {
		t.Fatal(err)
	}
	h := &spots[41*side+41]
	if h.Z > 0 || !h.Hot(all) || h.Cold(all) {
		t.Errorf("hot %v, cold %v: %+v", h.Hot(all), h.Cold(all), *h)
	}
	// What has as much is beside the pile: nine neighbourhoods of 3,600 are.
	if want := 2 * 9.0 / (side * side); math.Abs(h.P/want-1) > 1e-6 {
		t.Errorf("p %g, by hand %g", h.P, want)
	}
}

func TestHotSpotsAndRanksEndWithTheirContext(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := stats.HotSpotsContext(ctx, []float64{1, 2, 3}, stats.NewNeighbours(3, nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	if _, err := stats.RankContext(ctx, []stats.Performance{{N: 3, Good: 1}}, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("ranks ended with %v", err)
	}
}

// TestNoChanceIsNothing: a chance too small for a number is the least there is.
func TestNoChanceIsNothing(t *testing.T) {
	t.Parallel()
	times := make([]int64, 5000)
	for i := range times {
		times[i] = at(2025, 3, 3, 9, 0, 0)
	}
	from := at(2025, 3, 3, 0, 0, 0)
	clock := stats.NewClockFace(times, timeAt(from), timeAt(from+86400), kaifeng)
	campaign, err := stats.Assess(stats.Counts{Before: 1e8, After: 1e6}, stats.Counts{}, stats.Counts{Before: 1e8, After: 1e8})
	if err != nil {
		t.Fatal(err)
	}
	for what, p := range map[string]float64{
		"binomial": stats.BinomialTest(2000, 2000, 0.01), "hypergeometric": stats.HypergeometricTest(5000, 5000, 10_000, 1_000_000),
		"Rayleigh's": clock.P, "of a campaign": campaign.P,
	} {
		if !(p > 0 && p < 1e-200) {
			t.Errorf("%s: p = %g", what, p)
		}
	}
}
