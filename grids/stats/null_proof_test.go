//go:build proof

package stats_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/wanmi-gis/wanmi/grids/stats"
)

// dealt are counts that have no pattern: each cell's is drawn by itself.
var dealt = map[string]func(r *rand.Rand) float64{
	"Poisson of mean 0.1": func(r *rand.Rand) float64 { return distuv.Poisson{Lambda: 0.1, Src: r}.Rand() },
	"Poisson of mean 1":   func(r *rand.Rand) float64 { return distuv.Poisson{Lambda: 1, Src: r}.Rand() },
	"Poisson of mean 13":  func(r *rand.Rand) float64 { return distuv.Poisson{Lambda: 13, Src: r}.Rand() },
	// A Poisson whose mean is drawn from a gamma: variance 13 + 13²/0.8.
	"negative binomial of mean 13": func(r *rand.Rand) float64 {
		return distuv.Poisson{Lambda: distuv.Gamma{Alpha: 0.8, Beta: 0.8 / 13, Src: r}.Rand(), Src: r}.Rand()
	},
}

// TestProof_WhereThereIsNoPatternNothingIsFound: a map without any pattern may
// have a discovery in at most 6.5 % of the runs at a level of 5 %.
func TestProof_WhereThereIsNoPatternNothingIsFound(t *testing.T) {
	runs := 1000
	if testing.Short() {
		runs = 200
	}
	beside := torus(99, 82)
	for name, draw := range dealt {
		t.Run(name, func(t *testing.T) {
			found := 0
			for run := range runs {
				r := rand.New(rand.NewPCG(uint64(run), 2026))
				counts := make([]float64, beside.Len())
				for i := range counts {
					counts[i] = draw(r)
				}
				spots, err := stats.HotSpots(counts, beside)
				if err != nil {
					t.Fatal(err)
				}
				for i := range spots {
					if spots[i].Q <= 0.05 {
						found++
						break
					}
				}
			}
			share := float64(found) / float64(runs)
			fmt.Printf("%s: %d of %d maps without a pattern have a discovery (%.1f %%)\n", name, found, runs, 100*share)
			// Of few runs the share is known to two standard errors.
			if most := 0.065 + 2*math.Sqrt(0.05*0.95/float64(runs)) - 2*math.Sqrt(0.05*0.95/1000); share > most {
				t.Errorf("%.1f %% of the runs have a discovery, at most %.1f", 100*share, 100*most)
			}
		})
	}
}

// TestProof_TestsOfOneFigureHoldTheirLevel draws what has no pattern for each test
// that gives one p: it may be below 5 % in at most 6.5 % of the runs.
func TestProof_TestsOfOneFigureHoldTheirLevel(t *testing.T) {
	runs := 20_000
	if testing.Short() {
		runs = 4000
	}
	day := time.Date(2025, 5, 1, 0, 0, 0, 0, kaifeng)
	poisson := func(r *rand.Rand, mean float64) int { return int(distuv.Poisson{Lambda: mean, Src: r}.Rand()) }
	tests := map[string]func(r *rand.Rand) float64{
		"Rayleigh's of 15 times": func(r *rand.Rand) float64 {
			times := make([]int64, 15)
			for i := range times {
				times[i] = day.Unix() + int64(r.IntN(86400))
			}
			return stats.NewClockFace(times, day, day.AddDate(0, 0, 1), kaifeng).P
		},
		"a campaign that did nothing": func(r *rand.Rand) float64 {
			c := func(mean float64) stats.Counts {
				return stats.Counts{Before: poisson(r, mean), After: poisson(r, mean/2)}
			}
			got, err := stats.Assess(c(40), c(60), c(90))
			if err != nil {
				t.Fatal(err)
			}
			return got.P
		},
		"the binomial test of few": func(r *rand.Rand) float64 {
			k := 0
			for range 9 {
				if r.Float64() < 0.3 {
					k++
				}
			}
			return stats.BinomialTest(k, 9, 0.3)
		},
		"midnight among full hours": func(r *rand.Rand) float64 {
			times := make([]int64, 240)
			for i := range times {
				times[i] = day.Unix() + 3600*int64(r.IntN(24))
			}
			if stats.NewClockFace(times, day, day.AddDate(0, 0, 1), kaifeng).Unknown {
				return 0
			}
			return 1
		},
	}
	for name, test := range tests {
		r, below := rand.New(rand.NewPCG(1, 2026)), 0
		for range runs {
			if test(r) <= 0.05 {
				below++
			}
		}
		share := float64(below) / float64(runs)
		fmt.Printf("%s: p ≤ 5 %% in %.2f %% of %d runs\n", name, 100*share, runs)
		if share > 0.065 {
			t.Errorf("%s: p ≤ 5 %% in %.2f %% of the runs", name, 100*share)
		}
	}
}
