package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids/stats"
)

// near reports what differs by more than 1e-9 of its size. The expected values
// of this file were computed with R 4.2.2; each says by which call.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) {
		t.Errorf("%s: %.12g, want %.12g", what, got, want)
	}
}

func TestTheBinomialTestIsThatOfR(t *testing.T) {
	for _, c := range []struct { // binom.test(k, n, p)$p.value
		k, n int
		p    float64
		want float64
	}{
		{3, 20, 0.4, 0.022427038142},
		{12, 15, 1.0 / 3, 0.000285108823968},
		{0, 7, 0.25, 0.204040527344},
		{500, 1100, 0.5, 0.00281954499144},
		{5, 5, 0.9, 1},
	} {
		near(t, "p", stats.BinomialTest(c.k, c.n, c.p), c.want)
	}
}

// TestTheBinomialTestIsTheSumOfWhatIsNoMoreProbable holds the search for the two
// tails against a sum over all outcomes.
func TestTheBinomialTestIsTheSumOfWhatIsNoMoreProbable(t *testing.T) {
	for n := 1; n <= 40; n++ {
		for _, share := range []float64{0.01, 0.25, 0.5, 1.0 / 3, 0.77, 0.999} {
			prob := make([]float64, n+1)
			for k := range prob {
				ways := 1.0
				for i := range k {
					ways *= float64(n-i) / float64(i+1)
				}
				prob[k] = ways * math.Pow(share, float64(k)) * math.Pow(1-share, float64(n-k))
			}
			for k := range prob {
				want := 0.0
				for _, p := range prob {
					if p <= prob[k]*(1+1e-7) {
						want += p
					}
				}
				if got := stats.BinomialTest(k, n, share); math.Abs(got-min(1, want)) > 1e-9 {
					t.Fatalf("%d of %d at %g: %.12g, want %.12g", k, n, share, got, want)
				}
			}
		}
	}
}

func TestIntervalsAreThoseOfR(t *testing.T) {
	for _, c := range []struct {
		what string
		got  stats.Interval
		want [2]float64
	}{
		{"poisson.test(0)", stats.PoissonInterval(0, 0.95), [2]float64{0, 3.68887945411}},
		{"poisson.test(7)", stats.PoissonInterval(7, 0.95), [2]float64{2.81436305152, 14.4226753617}},
		{"poisson.test(1234)", stats.PoissonInterval(1234, 0.95), [2]float64{1166.10171852, 1304.82037053}},
		{"binom.test(3,20)", stats.BinomialInterval(3, 20, 0.95), [2]float64{0.0320709371855, 0.378926826545}},
		{"binom.test(0,7)", stats.BinomialInterval(0, 7, 0.95), [2]float64{0, 0.409616397225}},
		{"prop.test(3,20)", stats.WilsonInterval(3, 20, 0.95), [2]float64{0.0523687458962, 0.360418864741}},
		{"prop.test(98,100)", stats.WilsonInterval(98, 100, 0.95), [2]float64{0.929988209271, 0.99449803245}},
	} {
		near(t, c.what+" low", c.got.Low, c.want[0])
		near(t, c.what+" high", c.got.High, c.want[1])
	}
}

func TestAdjustedChancesAreThoseOfR(t *testing.T) {
	p := []float64{0.01, 0.02, 0.03, math.NaN(), 0.04, 0.8, 0.001}
	bh := []float64{0.03, 0.04, 0.045, math.NaN(), 0.048, 0.8, 0.006} // p.adjust(p, "BH")
	holm := []float64{0.05, 0.08, 0.09, math.NaN(), 0.09, 0.8, 0.006}
	q, h := stats.Adjust(p), stats.Holm(p)
	for i := range p {
		if math.IsNaN(p[i]) {
			if !math.IsNaN(q[i]) || !math.IsNaN(h[i]) {
				t.Errorf("what was not tested has q %g and %g", q[i], h[i])
			}
			continue
		}
		near(t, "BH", q[i], bh[i])
		near(t, "Holm", h[i], holm[i])
	}
}

func TestEmpiricalBayesIsMarshalls(t *testing.T) {
	counts, base := []int{4, 0, 12, 30, 7, 5}, []float64{10, 5, 100, 120, 20, 0}
	rates, city, err := stats.EmpiricalBayes(counts[:5], base[:5])
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the city's rate", city, 0.207843137255)
	for i, want := range []float64{0.236661530237, 0.190994237536, 0.151777301927, 0.23647606162, 0.244921789543} {
		near(t, "shrunk", rates[i].Shrunk, want)
	}
	for i, want := range []float64{0.1499732696, 0.0810654609121, 0.638249464668, 0.679199601225, 0.260829140232} {
		near(t, "trust", rates[i].Trust, want)
	}
	for i, want := range []float64{1.22886548525, -0.977226272508, -1.15889632203, 0.573731258334, 1.19891226316} {
		near(t, "standardised", stats.Moran(counts[:5], base[:5])[i], want)
	}
	// An area without a base counts for nobody and has no rate.
	with, _, err := stats.EmpiricalBayes(counts, base)
	if err != nil || with[2].Shrunk != rates[2].Shrunk || !math.IsNaN(with[5].Raw) || !with[5].Wide {
		t.Errorf("%+v, %v", with[5], err)
	}
	if _, _, err := stats.EmpiricalBayes(counts, []float64{1, 2, 3, 4, 5, math.NaN()}); err == nil {
		t.Error("a base of NaN was taken")
	}
}

func TestLemonsHaveThePosteriorOfTheGammaDistribution(t *testing.T) {
	counts, years := []int{0, 1, 0, 2, 9, 1, 0, 3}, []float64{5, 5, 5, 5, 5, 5, 5, 2}
	got, err := stats.FindLemons(counts, years, 2, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "shape", got.Shape, 0.600516068496)
	near(t, "rate", got.Rate, 1.3886934084)
	if len(got.List) != 2 || got.List[0].Index != 4 || got.List[1].Index != 7 {
		t.Fatalf("%+v", got.List)
	}
	// pgamma(2*m, shape+count, rate+years, lower.tail=FALSE)
	near(t, "P of the worst", got.List[0].P, 0.927233211468)
	near(t, "P of the second", got.List[1].P, 0.57852255682)
	same, err := stats.FindLemons([]int{2, 2, 2}, []float64{1, 1, 1}, 2, 0)
	if err != nil || len(same.List) != 0 {
		t.Errorf("components that do not differ: %+v, %v", same, err)
	}
}

func TestTheCampaignsRatioAndDisplacement(t *testing.T) {
	got, err := stats.Assess(stats.Counts{Before: 80, After: 40}, stats.Counts{Before: 60, After: 70}, stats.Counts{Before: 100, After: 95})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ratio", got.Ratio, 0.526315789474)
	near(t, "low", got.Interval.Low, 0.328249007032)
	near(t, "high", got.Interval.High, 0.843896871932)
	near(t, "p", got.P, 0.00770916831878)
	near(t, "displacement", got.Displacement, -0.361111111111)
	if got.Corrected {
		t.Error("nothing was 0")
	}
	// What did not gain has displaced nothing.
	lost, err := stats.Assess(stats.Counts{Before: 40, After: 80}, stats.Counts{Before: 60, After: 70}, stats.Counts{Before: 100, After: 95})
	if err != nil || !math.IsNaN(lost.Displacement) || lost.Ratio < 2 {
		t.Errorf("a target that lost: %+v, %v", lost, err)
	}
	// (0.5/8.5)/(8.5/8.5): a 0 after is corrected as one before is.
	gone, err := stats.Assess(stats.Counts{Before: 8}, stats.Counts{Before: 8, After: 8}, stats.Counts{Before: 8, After: 8})
	if err != nil || !gone.Corrected {
		t.Errorf("with none after: %+v, %v", gone, err)
	}
	near(t, "ratio of none after", gone.Ratio, 0.5/8.5)
	none, err := stats.Assess(stats.Counts{Before: 8}, stats.Counts{}, stats.Counts{Before: 8, After: 8})
	if err != nil || !none.Corrected || math.IsInf(none.Interval.High, 0) || math.IsNaN(none.Ratio) {
		t.Errorf("with nothing left: %+v, %v", none, err)
	}
}

// TestTheReboundsFalseAlarmsAreAsFarApartAsPromised draws counts that never rise.
func TestTheReboundsFalseAlarmsAreAsFarApartAsPromised(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 11))
	const mean, runs = 4.0, 3000
	watch, err := stats.NewWatch(mean, 1.5, 52)
	if err != nil || watch.Between < 52 || watch.Between > 80 {
		t.Fatalf("%+v, %v", watch, err)
	}
	total := 0
	for range runs {
		counts := make([]int, 2000)
		for i := range counts { // Knuth's way of drawing
			for p := r.Float64(); p > math.Exp(-mean); p *= r.Float64() {
				counts[i]++
			}
			if i > 0 && i%200 == 0 && watch.Look(counts[:i]).Alarm >= 0 {
				break
			}
		}
		got := watch.Look(counts)
		if got.Alarm < 0 {
			t.Fatal("no alarm in 2,000 weeks")
		}
		total += got.Alarm + 1
	}
	if drawn := float64(total) / runs; math.Abs(drawn-watch.Between) > 4*watch.Between/math.Sqrt(runs) {
		t.Errorf("false alarms %.1f weeks apart, computed %.1f", drawn, watch.Between)
	}
	if at := (&stats.Watch{Reference: 1, Limit: 3}).Look([]int{1, 4, 9}); at.Alarm != 1 || at.Sums[1] != 3 {
		t.Errorf("the limit itself is no alarm: %+v", at)
	}
	if rise := watch.Look([]int{4, 3, 5, 4, 9, 10, 8}); rise.Alarm < 4 {
		t.Errorf("a rise in week 4: %+v", rise)
	}
	for _, bad := range [][3]float64{{0, 2, 52}, {math.NaN(), 2, 52}, {4, 1, 52}, {4, 2, 0}, {1e9, 2, 52}, {4, 2, 1e9}} {
		if _, err := stats.NewWatch(bad[0], bad[1], bad[2]); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
	// The largest mean still has a limit.
	if w, err := stats.NewWatch(100, 2, 1000); err != nil || w.Between < 1000 {
		t.Errorf("a mean of 100: %+v, %v", w, err)
	}
}

var kaifeng = time.FixedZone("+08:00", 8*3600)

func at(y int, m time.Month, d, h, minute, second int) int64 {
	return time.Date(y, m, d, h, minute, second, 0, kaifeng).Unix()
}

func timeAt(s int64) time.Time { return time.Unix(s, 0).In(kaifeng) }

func TestTheFaceOfTheClock(t *testing.T) {
	var times []int64
	for _, h := range []float64{8.5, 9, 9.25, 10, 14, 15.5, 16, 9.75, 8, 20} {
		times = append(times, at(2025, 3, 3, int(h), int(math.Round((h-math.Floor(h))*60)), 0)) // a Monday
	}
	from, to := time.Date(2025, 3, 1, 0, 0, 0, 0, kaifeng), time.Date(2025, 4, 1, 0, 0, 0, 0, kaifeng)
	f := stats.NewClockFace(times, from, to, kaifeng)
	near(t, "mean hour", f.MeanHour, 11.3050495422)
	near(t, "concentration", f.Concentration, 0.583631855118)
	near(t, "Rayleigh's p", f.P, 0.0289286496671)
	if f.Counts[0][9] != 3 || f.Counts[0][20] != 1 || f.N != 10 || f.Unknown {
		t.Errorf("%+v", f)
	}
	if f.Days != [7]int{5, 4, 4, 4, 4, 5, 5} { // March 2025 begins on a Saturday
		t.Errorf("weekdays of March 2025: %v", f.Days)
	}
	for range 30 {
		times = append(times, at(2025, 3, 4, 0, 0, 0))
	}
	f = stats.NewClockFace(times, from, to, kaifeng)
	if !f.Unknown || f.Midnight != 30 || f.N != 10 || f.Counts[1][0] != 0 {
		t.Errorf("thirty at exactly midnight: %+v", f)
	}
	if e := stats.NewClockFace(nil, from, to, kaifeng); e.P != 1 || e.N != 0 || !math.IsNaN(e.MeanHour) {
		t.Errorf("nothing: %+v", e)
	}
	around := stats.NewClockFace([]int64{at(2025, 3, 3, 3, 0, 0), at(2025, 3, 3, 15, 0, 0)}, from, to, kaifeng)
	if around.P != 1 || around.Concentration != 0 || !math.IsNaN(around.MeanHour) {
		t.Errorf("two across from each other: %+v", around)
	}
}

// TestMidnightMeansUnknownOnlyWhereItIsMuchMore: ten cases at least, and three times as
// many as at other full hours.
func TestMidnightMeansUnknownOnlyWhereItIsMuchMore(t *testing.T) {
	from, to := time.Date(2025, 3, 1, 0, 0, 0, 0, kaifeng), time.Date(2025, 4, 1, 0, 0, 0, 0, kaifeng)
	for _, c := range []struct {
		midnight, other int // at each other full hour
		unknown         bool
	}{{9, 0, false}, {10, 0, true}, {150, 100, false}, {299, 100, false}, {300, 100, true}, {10, 3, false}, {9, 1, false}} {
		var times []int64
		for range c.midnight {
			times = append(times, at(2025, 3, 4, 0, 0, 0))
		}
		for h := 1; h < 24; h++ {
			for range c.other {
				times = append(times, at(2025, 3, 4, h, 0, 0))
			}
		}
		f := stats.NewClockFace(times, from, to, kaifeng)
		if f.Unknown != c.unknown || f.Midnight != c.midnight || f.Unknown == (f.Counts[1][0] > 0) {
			t.Errorf("%+v: %+v", c, f)
		}
		if f.MeanHour < 0 || f.MeanHour >= 24 {
			t.Errorf("%+v: the mean hour is %g", c, f.MeanHour)
		}
	}
}

func TestTheMonthsOfTheYear(t *testing.T) {
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
	times = append(times, at(2022, 12, 31, 23, 59, 59), at(2026, 1, 1, 0, 0, 0)) // a second before, and the first after
	s := stats.NewSeason(times, from, from.AddDate(2, 0, 0), kaifeng)
	// 300 cases in 731 days; July has 80 in 62.
	near(t, "July", s.Months[6].Index, 80.0/62/(300.0/731))
	near(t, "February", s.Months[1].Index, 20.0/57/(300.0/731))
	if s.OneYear || s.Months[6].Interval.Low < 1 || s.Months[1].Interval.High < s.Months[1].Index {
		t.Errorf("%+v", s)
	}
	if one := stats.NewSeason(times, from, from.AddDate(1, 0, 0), kaifeng); !one.OneYear {
		t.Error("one year is enough for a season")
	}
}
