package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/stats"
)

func TestTheFunnelIsExactForFewCases(t *testing.T) {
	// Units of 12 and 400 cases, and others that make the city's share 0.95 and 0.9.
	r, err := stats.Rank([]stats.Performance{{N: 12, Good: 12}, {N: 988, Good: 938}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	// qbinom(c(.025,.975,.001,.999), 12, .95)/12
	near(t, "low", r.Units[0].Limits95.Low, 0.833333333333)
	near(t, "high", r.Units[0].Limits95.High, 1)
	near(t, "wide low", r.Units[0].Limits998.Low, 0.666666666667)
	r, err = stats.Rank([]stats.Performance{{N: 400, Good: 360}, {N: 600, Good: 540}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "low of many", r.Units[0].Limits95.Low, 0.870600540232)
	near(t, "high of many", r.Units[0].Limits95.High, 0.929399459768)
}

func TestUnitsThatChanceSetsApartAreNotRankedApart(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	outside, all, apart := 0, 0, 0
	for run := range 60 {
		units := make([]stats.Performance, 30)
		for i := range units {
			n := 20 + r.IntN(400)
			units[i] = stats.Performance{N: n}
			for range n {
				if r.Float64() < 0.95 {
					units[i].Good++
				}
			}
		}
		got, err := stats.Rank(units, uint64(run))
		if err != nil {
			t.Fatal(err)
		}
		all += len(units)
		best, worst := 0.0, math.Inf(1)
		for _, u := range got.Units {
			if u.Outside != 0 {
				outside++
			}
			best, worst = max(best, u.RankInterval.Low), min(worst, u.RankInterval.High)
		}
		if best > worst {
			apart++
		}
	}
	// Of 1,800 units 0.2 % lie outside by chance; the limits are rounded outwards.
	if outside > 12 {
		t.Errorf("%d of %d units outside a funnel of 99.8 %%", outside, all)
	}
	t.Logf("%d of %d units outside; some units apart in %d of 60 cities", outside, all, apart)
}

func TestABadUnitIsOutsideAndLast(t *testing.T) {
	units := []stats.Performance{{N: 1000, Good: 982}, {N: 800, Good: 786}, {N: 900, Good: 760}, {N: 0}, {N: 500, Good: 491}, {N: 700, Good: 687}}
	got, err := stats.Rank(units, 3)
	if err != nil {
		t.Fatal(err)
	}
	if u := got.Units[2]; u.Rank != 5 || u.RankInterval != (stats.Interval{Low: 5, High: 5}) {
		t.Errorf("the bad unit: %+v", u)
	}
	if u := got.Units[3]; u.Rank != 0 || !math.IsNaN(u.Share) {
		t.Errorf("a unit without cases: %+v", u)
	}
	again, err := stats.Rank(units, 3)
	if err != nil || again.Units[0] != got.Units[0] {
		t.Errorf("the same seed gave other ranks: %v", err)
	}
	for _, bad := range []stats.Performance{{N: 1, Good: 2}, {N: -1}, {N: 3, Good: 1, Expected: math.NaN()}, {N: 3, Good: 1, Expected: 4}} {
		if _, err := stats.Rank([]stats.Performance{bad}, 1); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func TestAHarderMixIsMadeUpFor(t *testing.T) {
	// Both units are as good as the city with each kind: 0.99 of the easy, 0.8 of
	// the hard; one has the hard ones.
	units := []stats.Performance{{N: 1000, Good: 990, Expected: 990}, {N: 1000, Good: 800, Expected: 800}}
	got, err := stats.Rank(units, 1)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got.Units[0].Adjusted-got.Units[1].Adjusted) > 1e-12 || got.Units[1].Outside != 0 {
		t.Errorf("%+v", got.Units)
	}
}

func TestTheAppraisalsSharesAreOverWhatTheyShouldBe(t *testing.T) {
	a := stats.Appraise(&stats.Work{
		Dispatched: 200, Accurate: 190, Due: 120, OnTime: 118, Opened: 150, Closed: 125, Reworked: 5, Extended: 10, Recurred: 3,
		HandlingS: 7200 * 40, Handled: 40, Surveyed: 0,
	})
	near(t, "accuracy", *a.Accuracy.Share, 0.95)
	near(t, "on time", *a.OnTime.Share, 118.0/120)
	near(t, "closed", *a.Closed.Share, 125.0/150)
	near(t, "rework", *a.Rework.Share, 0.04)
	near(t, "extended", *a.Extension.Share, 0.08)
	near(t, "came back", *a.Recurrence.Share, 0.024)
	near(t, "hours", *a.HandlingH, 2)
	watched := stats.Appraise(&stats.Work{Closed: 125, Recurred: 3, Unwatched: 25})
	near(t, "came back of those watched", *watched.Recurrence.Share, 0.03)
	if a.Satisfaction.Share != nil || a.Satisfaction.Interval != (stats.Interval{Low: 0, High: 1}) {
		t.Errorf("nobody was asked: %+v", a.Satisfaction)
	}
}

func TestTheWorstBorderIsFirst(t *testing.T) {
	var list []stats.Handled
	add := func(border [2]int32, again bool, hours float64, n int) {
		for i := range n {
			list = append(list, stats.Handled{Border: border, Again: again, Hours: hours + float64(i%3)})
		}
	}
	add([2]int32{1, 2}, true, 40, 30)
	add([2]int32{1, 2}, false, 10, 30)
	add([2]int32{3, 4}, true, 12, 1) // all of one: little is known
	add([2]int32{5, 6}, false, 12, 100)
	list = append(list, stats.Handled{Border: [2]int32{5, 6}, Again: true, Hours: math.NaN()})
	got := stats.FindFriction(list, 7)
	if len(got) != 3 || got[0].Border != [2]int32{1, 2} || got[0].ExtraHours != 30 || got[0].Interval.Low > 30 || got[0].Interval.High < 30 {
		t.Errorf("%+v", got)
	}
	if last := got[2]; last.Border != [2]int32{5, 6} || last.Again.K != 1 || !math.IsNaN(last.ExtraHours) {
		t.Errorf("%+v", last)
	}
}

func TestNothingChangedWhereNothingDid(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	found := 0
	const runs = 300
	for range runs {
		before, after := make([]int, 300), make([]int, 300)
		for range 3000 {
			if i := r.IntN(300); r.Float64() < 0.4 {
				after[i]++
			} else {
				before[i]++
			}
		}
		got, err := stats.Compare(before, after, 0.4)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if got[i].Q <= 0.05 {
				found++
				break
			}
		}
	}
	// 5 % of the runs, and two standard errors.
	if share := float64(found) / runs; share > 0.05+2*math.Sqrt(0.05*0.95/runs) {
		t.Errorf("a change was found in %.1f %% of the runs", 100*share)
	}
}

func TestAChangedAreaIsFoundAndEqualPeriodsAreEqual(t *testing.T) {
	before, after := []int{40, 35, 50, 0, 30}, []int{40, 90, 50, 0, 30}
	got, err := stats.Compare(before, after, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	if got[1].Q > 0.001 || got[0].Ratio != 1 || got[0].P != 1 || !math.IsNaN(got[3].P) {
		t.Errorf("%+v", got)
	}
	for _, share := range []float64{0, 1, math.NaN()} {
		if _, err := stats.Compare(before, after, share); err == nil {
			t.Errorf("a share of %g was taken", share)
		}
	}
	if _, err := stats.Compare(before, after[:2], 0.5); err == nil {
		t.Error("other areas were taken")
	}
}
