package stats_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/wanmi-gis/wanmi/grids/stats"
)

func reached(r *rand.Rand, n int, p float64) int {
	return int(distuv.Binomial{N: float64(n), P: p, Src: r}.Rand())
}

// TestHardCasesPutNobodyOutsideTheFunnel: units that are as good as the city with each
// kind of case, three of which have nearly only the hard ones, whose share scatters
// more. With limits by the city's share alone 14 % of these were outside.
func TestHardCasesPutNobodyOutsideTheFunnel(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	shares := [2]float64{0.99, 0.6}
	outside := 0
	const runs, hard = 30, 3
	for run := range runs {
		var units [37]stats.Performance
		var of [37][2]int
		var n, good [2]float64
		for i := range units {
			u := &units[i]
			part := r.Float64() * r.Float64() * r.Float64()
			if i < hard {
				part = 0.9
			}
			u.N = 200 + r.IntN(1000)
			of[i][1] = int(float64(u.N) * part)
			of[i][0] = u.N - of[i][1]
			for k, p := range shares {
				got := reached(r, of[i][k], p)
				u.Good += got
				n[k], good[k] = n[k]+float64(of[i][k]), good[k]+float64(got)
			}
		}
		for i := range units {
			units[i].Expected = float64(of[i][0])*good[0]/n[0] + float64(of[i][1])*good[1]/n[1]
		}
		got, err := stats.Rank(units[:], uint64(run))
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range got.Units[:hard] {
			if u.Outside != 0 {
				outside++
			}
		}
	}
	if outside > 2 { // of 90 at 0.2 %
		t.Errorf("%d of %d units with hard cases are outside", outside, runs*hard)
	}
}

// TestTheLimitsOfHardCasesAreThoseOfR: 180 of 200 cases of a unit were expected where
// the city has 0.95: 0.95/0.9 times the limits of 0.9.
func TestTheLimitsOfHardCasesAreThoseOfR(t *testing.T) {
	t.Parallel()
	got, err := stats.Rank([]stats.Performance{{N: 200, Good: 180, Expected: 180}, {N: 1800, Good: 1720, Expected: 1720}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	// 0.95/0.9*(0.9-qnorm(.975)*sqrt(0.9*0.1/200))
	near(t, "low", got.Units[0].Limits95.Low, 0.9061130455623)
	near(t, "high", got.Units[0].Limits95.High, 0.9938869544377)
	near(t, "dispersion", got.Dispersion, 1)
}

// TestRankIntervalsHoldTheTrueRank: 95 % of them, whether units are alike or not. Drawn
// from what each reached alone they held 78 % of those of units that are alike.
func TestRankIntervalsHoldTheTrueRank(t *testing.T) {
	t.Parallel()
	for _, spread := range []float64{0.001, 0.03} {
		r := rand.New(rand.NewPCG(7, 8))
		held, all := 0, 0
		for run := range 12 {
			var units [37]stats.Performance
			type unit struct {
				number int
				share  float64
			}
			var order []unit
			for i := range units {
				p := min(0.999, max(0.01, 0.9+spread*r.NormFloat64()))
				units[i].N = 100 + r.IntN(800)
				units[i].Good = reached(r, units[i].N, p)
				order = append(order, unit{i, p})
			}
			slices.SortFunc(order, func(a, b unit) int { return cmp.Compare(b.share, a.share) })
			got, err := stats.Rank(units[:], uint64(run))
			if err != nil {
				t.Fatal(err)
			}
			for k, of := range order {
				if in := got.Units[of.number].RankInterval; float64(k+1) >= in.Low && float64(k+1) <= in.High {
					held++
				}
				all++
			}
		}
		if share := float64(held) / float64(all); share < 0.93 {
			t.Errorf("shares that differ by %g: %.1f %% of the intervals hold the rank", spread, 100*share)
		}
	}
}

// TestFewCasesHaveNoIntervalOfExtraHours: the bootstrap of one case has no width.
func TestFewCasesHaveNoIntervalOfExtraHours(t *testing.T) {
	t.Parallel()
	for again := 1; again < 7; again++ {
		var list []stats.Handled
		for i := range 20 {
			list = append(list, stats.Handled{Border: [2]int32{1, 2}, Again: i < again, Hours: float64(10 + i%7)})
		}
		got := stats.FindFriction(list, 1)[0]
		if math.IsNaN(got.ExtraHours) || math.IsNaN(got.Interval.Low) != (again < 5) || math.IsNaN(got.Interval.High) != (again < 5) {
			t.Errorf("%d dispatched again: %+v", again, got)
		}
	}
}

// TestEveryDayOfAYearCountsOnce: also where clocks go forward at midnight, and where
// the period begins in the middle of a day.
func TestEveryDayOfAYearCountsOnce(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo", "America/Santiago", "Asia/Shanghai", "UTC"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, hour := range []int{0, 9, 12, 18} {
			from := time.Date(2016, 1, 1, hour, 0, 0, 0, zone)
			to := time.Date(2017, 1, 1, hour, 0, 0, 0, zone)
			days := 0
			for _, n := range stats.NewClockFace(nil, from, to, zone).Days {
				days += n
			}
			season := stats.NewSeason(nil, from, to, zone)
			if days != 366 || season.Months[1].Days != 29 || season.Months[9].Days != 31 {
				t.Errorf("%s from %d:00: %d days, %d in February, %d in October", name, hour, days, season.Months[1].Days, season.Months[9].Days)
			}
		}
	}
}

// TestAWatchOverRareCasesForgets: its reference is not rounded to 0, or the sum would
// only grow, and the alarm come with nothing changed.
func TestAWatchOverRareCasesForgets(t *testing.T) {
	t.Parallel()
	for _, mean := range []float64{0.02, 0.05, 0.125, 0.4, 1.3} {
		w, err := stats.NewWatch(mean, 2, 104)
		if err != nil {
			t.Fatal(err)
		}
		if best := mean / math.Ln2; math.Abs(w.Reference/best-1) > 0.15 || w.Between < 104 || w.Between > 400 {
			t.Errorf("mean %g: %+v, the best reference is %.3f", mean, *w, best)
		}
		if seen := w.Look([]int{3, 0, 0, 0, 0, 0, 0, 0}); seen.Sums[7] >= seen.Sums[0] {
			t.Errorf("mean %g: after seven periods without a case the sum is %g, it was %g", mean, seen.Sums[7], seen.Sums[0])
		}
	}
}
