package stats_test

import (
	"math"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids/stats"
)

// The expected values of this file are what this script prints (R 4.2.2), to nine
// digits and more:
//
//	before <- c(40,35,50,0,30,3); after <- c(40,90,50,0,22,0); share <- 0.4
//	p <- sapply(seq_along(before), function(i) { n <- before[i]+after[i]
//	     if (n == 0) NA else binom.test(after[i], n, share)$p.value })
//	p; p.adjust(p, "BH"); after/before*(1-share)/share
//
//	r <- 300/731                    # cases a day; months of 80 in 62 and 20 in 57
//	poisson.test(80)$conf.int/62/r; poisson.test(20)$conf.int/57/r
//
//	N <- c(1000,800,900,500,700); G <- c(982,786,760,491,687); s <- sum(G)/sum(N)
//	z <- (G/N-s)/sqrt(s*(1-s)/N); phi <- max(1, mean(z^2)); s; phi
//	s - qnorm(.975)*sqrt(phi*s*(1-s)/900)
//
//	prop.test(30, 60, correct=FALSE)$conf.int
//	median(c(40,41,42,55.5,38)) - median(c(10,11,12,9.5))

func TestTwoPeriodsAreComparedAsByR(t *testing.T) {
	got, err := stats.Compare([]int{40, 35, 50, 0, 30, 3}, []int{40, 90, 50, 0, 22, 0}, 0.4)
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	p := []float64{8.62443766051e-02, 6.08536162904e-13, 5.18820208735e-02, nan, 7.77743209521e-01, 0.28}
	q := []float64{1.43740627675e-01, 3.04268081452e-12, 1.29705052184e-01, nan, 7.77743209521e-01, 0.35}
	ratio := []float64{1.5, 3.85714285714, 1.5, nan, 1.1, 0}
	for i := range got {
		if math.IsNaN(p[i]) {
			if !math.IsNaN(got[i].P) || !math.IsNaN(got[i].Q) || !math.IsNaN(got[i].Ratio) {
				t.Errorf("nothing in both periods: %+v", got[i])
			}
			continue
		}
		near(t, "p", got[i].P, p[i])
		near(t, "q", got[i].Q, q[i])
		near(t, "ratio", got[i].Ratio, ratio[i])
	}
	// Of a very small p the digits count, not the distance.
	if r := got[1].P / p[1]; math.Abs(r-1) > 1e-9 {
		t.Errorf("p %g, want %g", got[1].P, p[1])
	}
}

func TestTheIntervalsOfMonthsAreThoseOfR(t *testing.T) {
	var times []int64
	for y := 2023; y < 2025; y++ {
		for m := time.January; m <= time.December; m++ {
			for i := range 10 {
				times = append(times, at(y, m, 1+i, 12, 0, 0))
			}
		}
		for i := range 30 {
			times = append(times, at(y, time.July, 1+i%28, 9, 0, 0))
		}
	}
	from := time.Date(2023, 1, 1, 0, 0, 0, 0, kaifeng)
	s := stats.NewSeason(times, from, from.AddDate(2, 0, 0), kaifeng)
	near(t, "July low", s.Months[6].Interval.Low, 2.49306467613)
	near(t, "July high", s.Months[6].Interval.High, 3.91308721243)
	near(t, "February low", s.Months[1].Interval.Low, 0.522238351867)
	near(t, "February high", s.Months[1].Interval.High, 1.320432996892)
}

func TestTheFunnelOfUnitsThatDifferIsThatOfR(t *testing.T) {
	got, err := stats.Rank([]stats.Performance{{N: 1000, Good: 982}, {N: 800, Good: 786}, {N: 900, Good: 760}, {N: 500, Good: 491}, {N: 700, Good: 687}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "share", got.Share, 0.950256410256)
	near(t, "dispersion", got.Dispersion, 55.427041846721)
	near(t, "low", got.Units[2].Limits95.Low, 0.844507317018)
	near(t, "high", got.Units[2].Limits95.High, 1)
}

func TestFrictionIsThatOfR(t *testing.T) {
	list := make([]stats.Handled, 0, 60)
	for _, h := range []float64{40, 41, 42, 55.5, 38} {
		list = append(list, stats.Handled{Border: [2]int32{1, 2}, Again: true, Hours: h})
	}
	for _, h := range []float64{10, 11, 12, 9.5} {
		list = append(list, stats.Handled{Border: [2]int32{1, 2}, Hours: h})
	}
	for len(list) < 60 { // still open
		list = append(list, stats.Handled{Border: [2]int32{1, 2}, Again: len(list) < 34, Hours: math.NaN()})
	}
	got := stats.FindFriction(list, 5)
	if len(got) != 1 || got[0].Again.K != 30 || got[0].Again.N != 60 {
		t.Fatalf("%+v", got)
	}
	near(t, "extra hours", got[0].ExtraHours, 30.5)
	near(t, "low", got[0].Again.Interval.Low, 0.377350242416)
	near(t, "high", got[0].Again.Interval.High, 0.622649757584)
	if got[0].Interval.Low > 30.5 || got[0].Interval.High < 30.5 || got[0].Interval.Low == got[0].Interval.High {
		t.Errorf("%+v", got[0].Interval)
	}
}

// TestTheDispersionDrawsTheOutermostIn: of 20 units the two outermost on each side are
// drawn to the third.
//
//	G <- c(50,100,70,…); s <- sum(G)/2000; z <- sort((G/100-s)/sqrt(s*(1-s)/100))
//	z[1:2] <- z[3]; z[19:20] <- z[18]; mean(z^2)
func TestTheDispersionDrawsTheOutermostIn(t *testing.T) {
	t.Parallel()
	for want, good := range map[float64][]int{
		1:              {50, 100, 88, 92, 90, 91, 89, 93, 87, 90, 95, 85, 90, 92, 88, 91, 89, 90, 94, 86}, // but for two as by chance
		8.330302543326: {50, 100, 70, 99, 90, 81, 89, 98, 87, 75, 95, 85, 97, 92, 78, 91, 99, 70, 94, 86},
	} {
		var units []stats.Performance
		for _, n := range good {
			units = append(units, stats.Performance{N: 100, Good: n})
		}
		got, err := stats.Rank(units, 1)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "dispersion", got.Dispersion, want)
	}
}

// TestAWideIntervalSpansTenTimes: poisson.test(3) has 0.619 to 8.77, poisson.test(4)
// 1.09 to 10.2.
func TestAWideIntervalSpansTenTimes(t *testing.T) {
	t.Parallel()
	rates, _, err := stats.EmpiricalBayes([]int{0, 3, 4}, []float64{7, 7, 7})
	if err != nil {
		t.Fatal(err)
	}
	for i, wide := range []bool{true, true, false} {
		if rates[i].Wide != wide {
			t.Errorf("%+v", rates[i])
		}
	}
}

// TestRatesThatDifferLessThanByChanceAreStandardised: a + b/n is below 0 for the large
// base, whose variance is b/n then.
//
//	b <- sum(e)/sum(n); a <- sum(n*(e/n-b)^2)/sum(n)-b/mean(n); v <- a+b/n
//	v[v<=0] <- (b/n)[v<=0]; (e/n-b)/sqrt(v)
func TestRatesThatDifferLessThanByChanceAreStandardised(t *testing.T) {
	t.Parallel()
	got := stats.Moran([]int{10, 9, 11, 1004}, []float64{10, 10, 10, 1000})
	for i, want := range []float64{-0.012489485936606, -0.334093748804220, 0.309114776931008, 0.003677073951863} {
		near(t, "z", got[i], want)
	}
}
