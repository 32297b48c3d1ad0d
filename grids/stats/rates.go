package stats

import (
	"fmt"
	"math"
)

// Rate is an area's cases over what could have had them: components, km of road,
// patrol hours.
type Rate struct {
	Count int     `json:"count"`
	Base  float64 `json:"base"`
	// Raw is Count/Base, Shrunk Marshall's empirical Bayes estimate, which trusts
	// a small base less and pulls it towards the city's rate; NaN without a base.
	Raw    float64 `json:"-"`
	Shrunk float64 `json:"-"`
	// Trust is how much of Shrunk is the area's own, 0 to 1.
	Trust float64 `json:"trust"`
	// Excess is Count over what the city's rate would give; NaN without a base.
	Excess float64 `json:"-"`
	// Interval is the exact one of Raw at 95 %; Wide marks one that spans more than
	// wideInterval times, which says nothing.
	Interval Interval `json:"-"`
	Wide     bool     `json:"wide"`
}

const (
	rateLevel    = 0.95
	wideInterval = 10
)

var ratesMethod = Method{
	ID: "empirical-bayes-marshall",
	Chinese: "比率：案件数/基数（同类部件数、道路公里、巡查工时）；Marshall 经验贝叶斯收缩（小基数向全市均值收缩）；" +
		"95% 区间为精确泊松区间，区间上下限相差十倍以上的标为不可靠。",
	English: "Rates: cases over their base (components of the class, km of road, patrol hours); Marshall's empirical Bayes estimate pulls " +
		"small bases towards the city's rate. Intervals are exact Poisson at 95 %; one that spans more than ten times is marked as telling nothing.",
}

// RatesMethod returns the method of [EmpiricalBayes] in words.
func RatesMethod() Method { return ratesMethod }

// EmpiricalBayes returns the rate of each area (Marshall, Applied Statistics 40,
// 1991): r̂ = w·y + (1−w)·m with w = v/(v + m/nᵢ), m = Σe/Σn, v = Σn(y−m)²/Σn − m/n̄,
// 0 if negative. Areas without a base have none and do not count.
func EmpiricalBayes(counts []int, base []float64) (rates []Rate, city float64, err error) {
	if len(counts) != len(base) {
		return nil, 0, fmt.Errorf("%d counts, %d bases", len(counts), len(base))
	}
	cases, all, areas := 0.0, 0.0, 0
	for i, n := range base {
		if counts[i] < 0 || !(n >= 0) || math.IsInf(n, 1) {
			return nil, 0, fmt.Errorf("area %d: %d cases over a base of %g", i, counts[i], n)
		}
		if n > 0 {
			cases, all, areas = cases+float64(counts[i]), all+n, areas+1
		}
	}
	rates = make([]Rate, len(counts))
	if all > 0 {
		city = cases / all
	}
	variance := 0.0
	for i, n := range base {
		if n > 0 {
			y := float64(counts[i]) / n
			variance += float64(n * (y - city) * (y - city))
		}
	}
	if areas > 0 {
		variance = max(0, variance/all-city/(all/float64(areas)))
	}
	for i, n := range base {
		rates[i] = rateOf(counts[i], n, city, variance)
	}
	return rates, city, nil
}

func rateOf(count int, base, city, variance float64) Rate {
	none := math.NaN()
	r := Rate{Count: count, Base: base, Raw: none, Shrunk: none, Excess: none, Interval: Interval{none, none}, Wide: true}
	if base == 0 {
		return r
	}
	r.Raw = float64(count) / base
	if within := variance + city/base; within > 0 {
		r.Trust = variance / within
	}
	r.Shrunk = float64(r.Trust*r.Raw) + float64((1-r.Trust)*city)
	if city > 0 {
		r.Excess = float64(count) / (city * base)
	}
	exact := PoissonInterval(count, rateLevel)
	r.Interval = Interval{exact.Low / base, exact.High / base}
	r.Wide = exact.High > wideInterval*exact.Low
	return r
}

// Moran standardises rates whose bases differ for maps of likeness (Assunção and
// Reis, Statistics in Medicine 18, 1999): z = (y−b)/√v with v = a + b/nᵢ, or b/nᵢ
// where that is not positive. NaN without a base.
func Moran(counts []int, base []float64) []float64 {
	cases, all, areas := 0.0, 0.0, 0.0
	for i, n := range base {
		if n > 0 {
			cases, all, areas = cases+float64(counts[i]), all+n, areas+1
		}
	}
	b, spread := cases/all, 0.0
	for i, n := range base {
		if n > 0 {
			y := float64(counts[i]) / n
			spread += float64(n * (y - b) * (y - b))
		}
	}
	a := spread/all - b/(all/areas)
	z := make([]float64, len(base))
	for i, n := range base {
		v := a + b/n
		if v <= 0 {
			v = b / n
		}
		if z[i] = (float64(counts[i])/n - b) / math.Sqrt(v); n == 0 {
			z[i] = math.NaN()
		}
	}
	return z
}
