package stats

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Counts of cases before and after.
type Counts struct {
	Before int `json:"before"`
	After  int `json:"after"`
}

// Campaign is what a clean-up (专项整治) changed in its target, held against a
// control that had none, and in the ring around the target.
type Campaign struct {
	// Ratio is the target's change over the control's: 0.6 is 40 % less.
	Ratio    float64  `json:"ratio"`
	Interval Interval `json:"interval"` // 95 %
	P        float64  `json:"p"`        // two-sided, normal in the logarithm
	// Displacement is Bowers and Johnson's weighted quotient: below -1 more was
	// displaced into the ring than was gained, from -1 to 0 some was, above 0 the
	// ring gained too. NaN where the target did not gain.
	Displacement float64 `json:"-"`
	// Corrected says that a count was 0 and half a case was added to each.
	Corrected bool `json:"corrected"`
}

var campaignMethod = Method{
	ID: "before-after-control",
	Chinese: "整治前后：RR = (目标后/前)/(对照后/前)，区间 exp(ln RR ± 1.96√(1/A₁+1/A₀+1/C₁+1/C₀))，有零时各加 0.5；" +
		"因案件多而选中的区域，不整治也会回落（均值回归），宜以选定之后的时段为“前”；" +
		"转移用加权转移商 WDQ；反弹用泊松 CUSUM，界值按在控平均链长（马尔可夫链）确定。",
	English: "Before and after: RR = (target after/before)/(control after/before), interval exp(ln RR ± 1.96√(1/A₁+1/A₀+1/C₁+1/C₀)), half a case added " +
		"to each where one is 0. A target that was chosen for its many cases falls without any campaign, too, as chance does not choose it again: let before " +
		"begin after the choice. Displacement by the weighted quotient WDQ; rebound by a Poisson CUSUM whose limit follows from the wanted mean time " +
		"between false alarms (Markov chain).",
}

// CampaignMethod returns the method of [Assess] and [Watch] in words.
func CampaignMethod() Method { return campaignMethod }

// Assess compares target, ring and control (Bowers and Johnson, J. Quantitative
// Criminology 19, 2003). Periods may have other lengths: the control has the same.
func Assess(target, ring, control Counts) (Campaign, error) {
	var out Campaign
	v := [6]float64{}
	for i, c := range [3]Counts{target, ring, control} {
		if c.Before < 0 || c.After < 0 {
			return out, errors.New("a count below 0")
		}
		v[2*i], v[2*i+1] = float64(c.Before), float64(c.After)
		out.Corrected = out.Corrected || c.Before == 0 || c.After == 0
	}
	if out.Corrected {
		for i := range v {
			v[i] += 0.5
		}
	}
	a0, a1, b0, b1, c0, c1 := v[0], v[1], v[2], v[3], v[4], v[5]
	out.Ratio = a1 / a0 / (c1 / c0)
	sd := math.Sqrt(1/a1 + 1/a0 + 1/c1 + 1/c0)
	log := math.Log(out.Ratio)
	z := distuv.UnitNormal.Quantile(0.975)
	out.Interval = Interval{math.Exp(log - z*sd), math.Exp(log + z*sd)}
	out.P = never0(math.Erfc(math.Abs(log/sd) / math.Sqrt2))
	out.Displacement = math.NaN()
	if gained := a1/c1 - a0/c0; gained < 0 {
		out.Displacement = (b1/c1 - b0/c0) / gained
	}
	return out, nil
}

// Watch waits for a target to come back after its campaign (反弹): a CUSUM for a
// rise of the mean.
type Watch struct {
	// Reference is taken off every period's count.
	Reference float64 `json:"reference"`
	Limit     float64 `json:"limit"`
	// Between is how many periods pass between false alarms where nothing changed.
	Between float64 `json:"between_false_alarms"`
}

// Rebound is what a watch saw.
type Rebound struct {
	Sums []float64 `json:"sums"`
	// Alarm is the index of the first period that reached the limit, -1 for none.
	Alarm int `json:"alarm"`
}

const (
	// The sum goes in steps: leastGrid of them to a case, or as many more as make
	// the reference leastReference steps, which it is then told to 6 %. For rare
	// cases it would be 0 otherwise, and the sum never fall.
	leastGrid      = 4
	leastReference = 8
	cusumStates    = 800 // at most

	maxWatchedMean = 200.0 // a period
	maxBetween     = 1e4   // periods
	finestGrid     = 256
)

// NewWatch watches for a rise from mean cases a period to times the mean. The
// limit is the least at which false alarms are at least atLeast periods apart on
// average.
func NewWatch(mean, times, atLeast float64) (*Watch, error) {
	return NewWatchContext(context.Background(), mean, times, atLeast)
}

// NewWatchContext is NewWatch that stops with the context's error when that ends.
func NewWatchContext(ctx context.Context, mean, times, atLeast float64) (*Watch, error) {
	if !(mean > 0) || !(times > 1) || !(atLeast >= 1) || mean*times > maxWatchedMean || atLeast > maxBetween {
		return nil, fmt.Errorf("a mean of %g above 0, rising %g times, above 1 and up to %g in all; false alarms %g periods apart, 1 to %g",
			mean, times, maxWatchedMean, atLeast, maxBetween)
	}
	// The reference value of the optimal test between the two means.
	best := mean * (times - 1) / math.Log(times)
	grid := leastGrid
	for best*float64(grid) < leastReference && grid < finestGrid {
		grid *= 2
	}
	for ; ; grid /= 2 {
		shift := max(1, int(math.Round(best*float64(grid))))
		steps := searchUp(1, cusumStates, func(n int) bool { return ctx.Err() != nil || runLength(n, grid, shift, mean) >= atLeast })
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		w := &Watch{float64(shift) / float64(grid), float64(steps) / float64(grid), runLength(steps, grid, shift, mean)}
		if w.Between >= atLeast || grid == leastGrid {
			return w, nil
		}
	}
}

// Look runs the watch over the counts of the periods.
func (w *Watch) Look(counts []int) Rebound {
	out := Rebound{Alarm: -1, Sums: make([]float64, len(counts))}
	sum := 0.0
	for i, n := range counts {
		sum = max(0, sum+float64(n)-w.Reference)
		out.Sums[i] = sum
		if sum >= w.Limit && out.Alarm < 0 {
			out.Alarm = i
		}
	}
	return out
}

// runLength is the mean number of periods until the sum, begun at 0, a case of so many
// steps, of which each period takes shift, reaches so many states (Brook and Evans, Biometrika 59, 1972).
func runLength(states, grid, shift int, mean float64) float64 {
	poisson := distuv.Poisson{Lambda: mean}
	a, ones := mat.NewDense(states, states, nil), mat.NewVecDense(states, nil)
	for i := range states {
		ones.SetVec(i, 1)
		a.Set(i, i, 1)
		for n := 0; ; n++ {
			to := max(0, i+n*grid-shift)
			if to >= states {
				break
			}
			a.Set(i, to, a.At(i, to)-poisson.Prob(float64(n)))
		}
	}
	var length mat.VecDense
	err := length.SolveVec(a, ones)
	if l := length.AtVec(0); err == nil && l >= 1 && l < 1e12 {
		return l
	}
	return math.Inf(1) // alarms so rare that the system is singular to double precision
}
