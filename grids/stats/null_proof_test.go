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

// dealtMany are counts whose sums have no bin each: a map takes half a second.
var dealtMany = map[string]func(r *rand.Rand) float64{
	"Poisson of mean 5,000":            func(r *rand.Rand) float64 { return distuv.Poisson{Lambda: 5000, Src: r}.Rand() },
	"counts that scatter by thousands": func(r *rand.Rand) float64 { return math.Floor(math.Exp(6 + 1.5*r.NormFloat64())) },
}

// TestProof_WhereThereIsNoPatternNothingIsFound: a map without any pattern may
// have a discovery in at most 6.5 % of the runs at a level of 5 %.
func TestProof_WhereThereIsNoPatternNothingIsFound(t *testing.T) {
	if testing.Short() {
		nothingIsFound(t, dealt, 200)
		return
	}
	nothingIsFound(t, dealt, 1000)
	nothingIsFound(t, dealtMany, 100)
}

func nothingIsFound(t *testing.T, dealt map[string]func(r *rand.Rand) float64, runs int) {
	t.Helper()
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

// TestProof_NoStatisticFindsWhatIsNot draws what has no pattern for each statistic
// that looks at many areas, months, units or borders: a run with any discovery may be
// one of 6.5 % where the level is 5 %, an interval of 95 % may miss in 6.5 % where it
// stands for itself.
func TestProof_NoStatisticFindsWhatIsNot(t *testing.T) {
	runs := 1000
	if testing.Short() {
		runs = 200
	}
	for _, k := range []struct {
		name string
		// found of how many: runs of one question, or intervals.
		run  func(t *testing.T, r *rand.Rand) (found, of int)
		most float64
	}{
		{"two periods of 300 areas", comparedAlike(10), 0.065},
		{"two periods of 300 areas with few cases", comparedAlike(0.3), 0.065},
		{"two periods of areas that differ", comparedAlike(13, 0.8), 0.065},
		{"units outside the funnel of 99.8 %", unitsAlike, 0.0065},
		{"months whose interval misses 1", monthsAlike, 0.065},
		// The bootstrap of medians of 25: its interval is known to be a little short.
		{"borders whose extra hours miss 0", bordersAlike, 0.08},
	} {
		t.Run(k.name, func(t *testing.T) {
			found, of := 0, 0
			for run := range runs {
				f, n := k.run(t, rand.New(rand.NewPCG(uint64(run), 44)))
				found, of = found+f, of+n
			}
			share := float64(found) / float64(of)
			fmt.Printf("%s: %d of %d (%.2f %%)\n", k.name, found, of, 100*share)
			if most := k.most + 2*math.Sqrt(k.most/float64(of)) - 2*math.Sqrt(k.most/1000); share > max(most, k.most) {
				t.Errorf("%.2f %%, at most %.2f", 100*share, 100*k.most)
			}
		})
	}
}

// comparedAlike deals cases to two periods of which the later has 40 %; the areas have
// the mean, or with a shape means that differ by a gamma distribution.
func comparedAlike(mean float64, shape ...float64) func(t *testing.T, r *rand.Rand) (found, of int) {
	return func(t *testing.T, r *rand.Rand) (int, int) {
		t.Helper()
		before, after := make([]int, 300), make([]int, 300)
		for i := range before {
			m := mean
			if len(shape) > 0 {
				m = distuv.Gamma{Alpha: shape[0], Beta: shape[0] / mean, Src: r}.Rand()
			}
			before[i] = int(distuv.Poisson{Lambda: m * 0.6, Src: r}.Rand())
			after[i] = int(distuv.Poisson{Lambda: m * 0.4, Src: r}.Rand())
		}
		got, err := stats.Compare(before, after, 0.4)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if got[i].Q <= 0.05 {
				return 1, 1
			}
		}
		return 0, 1
	}
}

func unitsAlike(t *testing.T, r *rand.Rand) (found, of int) {
	t.Helper()
	units := make([]stats.Performance, 30)
	for i := range units {
		n := 20 + r.IntN(400)
		units[i] = stats.Performance{N: n, Good: int(distuv.Binomial{N: float64(n), P: 0.95, Src: r}.Rand())}
	}
	got, err := stats.Rank(units, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got.Units {
		if got.Units[i].Outside != 0 {
			found++
		}
	}
	return found, len(units)
}

func monthsAlike(_ *testing.T, r *rand.Rand) (found, of int) {
	from := time.Date(2023, 1, 1, 0, 0, 0, 0, kaifeng)
	to := from.AddDate(2, 0, 0)
	times := make([]int64, 600)
	for i := range times {
		times[i] = from.Unix() + r.Int64N(to.Unix()-from.Unix())
	}
	s := stats.NewSeason(times, from, to, kaifeng)
	for _, m := range s.Months {
		if m.Interval.Low > 1 || m.Interval.High < 1 {
			found++
		}
	}
	return found, len(s.Months)
}

func bordersAlike(_ *testing.T, r *rand.Rand) (found, of int) {
	list := make([]stats.Handled, 0, 50)
	for i := range 50 {
		list = append(list, stats.Handled{Border: [2]int32{1, 2}, Again: i%2 == 0, Hours: 8 * r.ExpFloat64()})
	}
	f := stats.FindFriction(list, r.Uint64())[0]
	if f.Interval.Low > 0 || f.Interval.High < 0 {
		return 1, 1
	}
	return 0, 1
}

// TestProof_LemonsAreAsManyAsTheirChancesSay: of components whose rates are drawn from
// a gamma distribution, those said to be lemons with some chance are so as often.
func TestProof_LemonsAreAsManyAsTheirChancesSay(t *testing.T) {
	runs := 1000
	if testing.Short() {
		runs = 200
	}
	said, were, n := 0.0, 0, 0
	for run := range runs {
		r := rand.New(rand.NewPCG(uint64(run), 45))
		rates, counts, years := make([]float64, 400), make([]int, 400), make([]float64, 400)
		for i := range rates {
			rates[i] = distuv.Gamma{Alpha: 0.7, Beta: 1.4, Src: r}.Rand()
			years[i] = 1 + 4*r.Float64()
			counts[i] = int(distuv.Poisson{Lambda: rates[i] * years[i], Src: r}.Rand())
		}
		got, err := stats.FindLemons(counts, years, 2, 0.6)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range got.List {
			said, n = said+l.P, n+1
			if rates[l.Index] > 2*0.5 { // twice the mean of the distribution
				were++
			}
		}
	}
	share := float64(were) / float64(n)
	fmt.Printf("lemons: %d said with a mean chance of %.3f, %.3f were\n", n, said/float64(n), share)
	if math.Abs(share-said/float64(n)) > 0.03 || n < runs {
		t.Errorf("%d lemons: said %.3f, were %.3f", n, said/float64(n), share)
	}
}
