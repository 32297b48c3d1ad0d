package stats_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/wanmi-gis/wanmi/grids/stats"
)

// TestScatteredChancesAreThoseOfTheBetaBinomial: the values are R's of
//
//	p <- function(k, n, s, phi) { a <- n*s/(phi-1); b <- n*(1-s)/(phi-1)
//	  d <- exp(lchoose(n, 0:n) + lbeta(0:n+a, n-0:n+b) - lbeta(a, b))
//	  min(1, 2*min(sum(d[1:(k+1)]), sum(d[(k+1):(n+1)]))) }
func TestScatteredChancesAreThoseOfTheBetaBinomial(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		k, n                 int
		share, scatter, want float64
	}{
		{0, 1, 0.5, 2, 1},
		{3, 20, 0.4, 1.5, 0.0772943118218},
		{40, 52, 0.5, 2.5, 0.0136824696617},
		{0, 3, 0.25, 5, 1},
		{700, 1000, 0.5, 3, 6.4204350272e-14},
		{5, 5, 0.9, 2, 1},
		{90, 100, 0.3, 1.1, 1.57946890538e-32},
		{7, 14, 0.5, 4, 1},
	} {
		got, err := stats.CompareScattered(context.Background(), []int{c.n - c.k}, []int{c.k}, c.share, c.scatter)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got[0].P/c.want-1) > 1e-8 {
			t.Errorf("%d of %d at %g, scatter %g: p %.12g, want %.12g", c.k, c.n, c.share, c.scatter, got[0].P, c.want)
		}
	}
}

// bursts are counts whose variance is scatter times their mean.
func bursts(r *rand.Rand, mean, scatter float64) int {
	if scatter > 1 {
		mean = distuv.Gamma{Alpha: mean / (scatter - 1), Beta: 1 / (scatter - 1), Src: r}.Rand()
	}
	return int(distuv.Poisson{Lambda: mean, Src: r}.Rand())
}

// TestBurstsAreNoChanges: of areas whose cases come in bursts, as those of real cities
// do, a test of single cases finds a change in every city; this one in few, and the
// areas that have four times as many it still finds.
func TestBurstsAreNoChanges(t *testing.T) {
	t.Parallel()
	const runs, areas, changed, mean = 15, 600, 3, 30
	for _, scatter := range []float64{1, 2.5} {
		r := rand.New(rand.NewPCG(7, 10))
		cities, held, told := 0, 0, 0.0
		for range runs {
			before, after := make([]int, areas), make([]int, areas)
			for i := range before {
				more := 1.0
				if i < changed {
					more = 4
				}
				before[i], after[i] = bursts(r, mean, scatter), bursts(r, mean*more, scatter)
			}
			found := stats.Scatter(before, after)
			told += found / runs
			got, err := stats.CompareScattered(context.Background(), before, after, 0.5, found)
			if err != nil {
				t.Fatal(err)
			}
			none := true
			for i := range got {
				switch {
				case got[i].Q > 0.05:
				case i < changed:
					held++
				default:
					none = false
				}
			}
			if !none {
				cities++
			}
		}
		if cities > 4 { // 5 % are 1, and those that change let some more in
			t.Errorf("scatter %g: %d of %d cities have a change that is none", scatter, cities, runs)
		}
		if held < runs*changed/2 {
			t.Errorf("scatter %g: %d of %d changes were found", scatter, held, runs*changed)
		}
		if told < scatter-0.1 || told > scatter+0.4 { // some of it is the change
			t.Errorf("a scatter of %g is told as %.2f", scatter, told)
		}
	}
}

func TestTheScatterOfFewIsThatOfSingleCases(t *testing.T) {
	t.Parallel()
	few, other := make([]int, 29), make([]int, 29)
	for i := range few {
		few[i], other[i] = 100*(i%2), 100*(1-i%2)
	}
	for what, got := range map[string]float64{
		"none": stats.Scatter(nil, nil), "few": stats.Scatter(few, other), "nothing before": stats.Scatter(make([]int, 40), make([]int, 40)),
		"only one period": stats.Scatter(slices.Concat(few, few), make([]int, 58)),
	} {
		if got != 1 {
			t.Errorf("%s: %g", what, got)
		}
	}
	if got := stats.Scatter(slices.Concat(few, few), slices.Concat(other, other)); got < 10 || math.IsInf(got, 0) {
		t.Errorf("all in one period or the other: %g", got)
	}
	for _, bad := range []float64{0.5, math.NaN(), math.Inf(1), 1e9} {
		if _, err := stats.CompareScattered(context.Background(), few, other, 0.5, bad); err == nil {
			t.Errorf("a scatter of %g was taken", bad)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := stats.CompareScattered(ctx, few, other, 0.5, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	same, err := stats.CompareScattered(context.Background(), []int{3}, []int{9}, 0.5, 1)
	exact, err2 := stats.Compare([]int{3}, []int{9}, 0.5)
	if err != nil || err2 != nil || same[0] != exact[0] {
		t.Errorf("a scatter of 1: %+v, exact %+v", same, exact)
	}
}
