package stats

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// Performance is what a unit reached: Good of N cases, where Expected were to be
// had by cases of the same kinds in the whole city. Expected of 0 is N times the
// city's share.
type Performance struct {
	N        int
	Good     int
	Expected float64
}

// Ranked is a unit among the others.
type Ranked struct {
	Share    float64  `json:"-"` // NaN without cases
	Interval Interval `json:"interval"`
	// Adjusted is the share as it would be with the city's mix of cases.
	Adjusted float64 `json:"-"`
	// Limits95 and Limits998 are the funnel's: where a unit of N cases lies by
	// chance alone, widened by what units differ anyway.
	Limits95  Interval `json:"limits_95"`
	Limits998 Interval `json:"limits_998"`
	// Outside is -1 below the wider funnel, 1 above, 0 within.
	Outside int `json:"outside"`
	// Rank by Adjusted, 1 is best; RankInterval is where the true one lies with 95 %:
	// overlapping ones tell no better from worse. 0 without cases.
	Rank         int      `json:"rank"`
	RankInterval Interval `json:"rank_interval"`
}

// Ranking is the units of a city side by side.
type Ranking struct {
	Share float64 `json:"-"` // of all, NaN without cases
	// Dispersion is φ: 1 where units differ as by chance, above where by more.
	Dispersion float64  `json:"dispersion"`
	Units      []Ranked `json:"units"`
	Seed       uint64   `json:"seed"`
	Rounds     int      `json:"rounds"`
}

var rankMethod = Method{
	ID: "funnel-ranks",
	Chinese: "公平排名：按案件构成校正的按期率；漏斗图界限为 p̄ ± z√(φ·p̄(1−p̄)/n)，小样本用精确二项分位，φ 为超离散系数（缩尾 10%）；" +
		"名次区间：按各单位件数与全市单位间差异（贝塔—二项，固定种子）反复抽取各单位的真实按期率，区间重叠即不可分高下。",
	English: "Fair ranking: shares adjusted for the mix of cases; funnel limits p̄ ± z√(φ·p̄(1−p̄)/n), for small n exact binomial quantiles, " +
		"φ the over-dispersion (z-scores winsorised at 10 %), a unit of harder cases has wider ones; rank intervals by draws with a stated seed of the " +
		"units' true shares, given what each reached and how much units differ (beta-binomial): where they overlap nobody is better.",
}

// RankMethod returns the method of [Rank] in words.
func RankMethod() Method { return rankMethod }

// rankRounds is how often the units' true shares are drawn for the rank intervals.
const rankRounds = 1000

// Rank puts the units side by side (Spiegelhalter, Statistics in Medicine 24,
// 2005).
func Rank(units []Performance, seed uint64) (*Ranking, error) {
	return RankContext(context.Background(), units, seed) // which does not end
}

// RankContext is [Rank] that stops with the context's error when that ends.
func RankContext(ctx context.Context, units []Performance, seed uint64) (*Ranking, error) {
	n, good := 0, 0
	for i, u := range units {
		if u.N < 0 || u.Good < 0 || u.Good > u.N || !(u.Expected >= 0) || u.Expected > float64(u.N) {
			return nil, fmt.Errorf("unit %d: %d of %d with %g expected", i, u.Good, u.N, u.Expected)
		}
		n, good = n+u.N, good+u.Good
	}
	out := &Ranking{Share: float64(good) / float64(n), Dispersion: 1, Units: make([]Ranked, len(units)), Seed: seed, Rounds: rankRounds}
	adjusted := make([]float64, len(units))
	for i, u := range units {
		r := &out.Units[i]
		r.Share = float64(u.Good) / float64(u.N)
		r.Interval = WilsonInterval(u.Good, u.N, 0.95)
		adjusted[i] = adjust(u, u.Good, out.Share)
		r.Adjusted = adjusted[i]
	}
	out.Dispersion = dispersion(units, out.Share)
	for i, u := range units {
		r := &out.Units[i]
		if u.N == 0 {
			continue
		}
		r.Limits95, r.Limits998 = u.funnel(out.Share, 0.95, out.Dispersion), u.funnel(out.Share, 0.998, out.Dispersion)
		switch {
		case r.Adjusted < r.Limits998.Low:
			r.Outside = -1
		case r.Adjusted > r.Limits998.High:
			r.Outside = 1
		}
	}
	for i, rank := range ranksOf(adjusted) {
		out.Units[i].Rank = rank
	}
	return out, out.rankIntervals(ctx, units, seed)
}

// adjust is the share that a unit would have with the city's mix; NaN without
// cases.
func adjust(u Performance, good int, city float64) float64 {
	if u.Expected == 0 {
		return float64(good) / float64(u.N)
	}
	return min(1, float64(good)/u.Expected*city)
}

// mean is the share that its cases would have in the whole city: less than the
// city's where they are hard.
func (u *Performance) mean(city float64) float64 {
	if u.Expected == 0 {
		return city
	}
	return u.Expected / float64(u.N)
}

// z is how many standard deviations of chance the unit is off what was expected; NaN
// where chance has no part.
func (u *Performance) z(city float64) float64 {
	mean := u.mean(city)
	sd := math.Sqrt(mean * (1 - mean) * float64(u.N))
	if !(sd > 0) {
		return math.NaN()
	}
	return (float64(u.Good) - mean*float64(u.N)) / sd
}

// dispersion is the mean square of the units' z-scores, the outermost tenth on
// each side drawn in, and at least 1.
func dispersion(units []Performance, share float64) float64 {
	var z []float64
	for i := range units {
		if v := units[i].z(share); v == v {
			z = append(z, v)
		}
	}
	if len(z) < 3 {
		return 1
	}
	slices.Sort(z)
	cut := len(z) / 10
	sum := 0.0
	for i := range z {
		v := z[min(max(i, cut), len(z)-1-cut)]
		sum += float64(v * v)
	}
	return max(1, sum/float64(len(z)))
}

// exactBelow is how many cases of the rarer outcome make the normal limits good.
const exactBelow = 10

// funnel returns where the unit's adjusted share lies at the level by chance: that of
// hard cases scatters more.
func (u *Performance) funnel(city, level, phi float64) Interval {
	mean := u.mean(city)
	out := funnel(u.N, mean, level, phi)
	if mean > 0 {
		out.Low, out.High = min(1, out.Low/mean*city), min(1, out.High/mean*city)
	}
	return out
}

// funnel returns where a unit of n cases lies at the level by chance.
func funnel(n int, share, level, phi float64) Interval {
	rare := float64(n) * min(share, 1-share)
	if rare >= exactBelow || phi > 1 {
		z := mathext.NormalQuantile(1 - (1-level)/2)
		half := z * math.Sqrt(phi*share*(1-share)/float64(n))
		return Interval{max(0, share-half), min(1, share+half)}
	}
	tail := (1 - level) / 2
	low := searchUp(0, n, func(k int) bool { return binomialAtMost(k, n, share) > tail })
	high := searchUp(0, n, func(k int) bool { return binomialAtMost(k, n, share) >= 1-tail })
	return Interval{float64(low) / float64(n), float64(high) / float64(n)}
}

// binomialAtMost is the chance of at most k of n.
func binomialAtMost(k, n int, share float64) float64 {
	if k >= n {
		return 1
	}
	return mathext.RegIncBeta(float64(n-k), float64(k+1), 1-share)
}

// ranksOf gives 1 to the highest, equal ranks to equals, 0 to NaN.
func ranksOf(values []float64) []int {
	ranks, order := make([]int, len(values)), make([]int, 0, len(values))
	for i, v := range values {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[b], values[a]) })
	for k, i := range order {
		if ranks[i] = k + 1; k > 0 && values[order[k-1]] == values[i] {
			ranks[i] = ranks[order[k-1]]
		}
	}
	return ranks
}

// rankIntervals draws the units' true shares again and again, as likely as they are
// given what each reached and how much the units of this city differ beyond chance
// (beta-binomial; Goldstein and Spiegelhalter, J. R. Stat. Soc. A 159, 1996). To draw
// from what each reached alone would count its luck twice: of units that are all alike
// 78 % of the intervals would hold the true rank.
func (r *Ranking) rankIntervals(ctx context.Context, units []Performance, seed uint64) error {
	source := rand.New(rand.NewPCG(seed, 0x72616e6b))
	all := make([][]int, len(units))
	again := make([]float64, len(units))
	prior := priorCases(units, r.Share)
	for range rankRounds {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for i := range units {
			again[i] = math.NaN()
			if u := &units[i]; u.N > 0 {
				mean := min(max(u.mean(r.Share), leastPriorShare), 1-leastPriorShare)
				share := betaDraw(source, prior*mean+float64(u.Good), prior*(1-mean)+float64(u.N-u.Good))
				again[i] = share / mean
			}
		}
		for i, rank := range ranksOf(again) {
			all[i] = append(all[i], rank)
		}
	}
	for i := range units {
		slices.Sort(all[i])
		r.Units[i].RankInterval = Interval{float64(all[i][rankRounds*25/1000]), float64(all[i][rankRounds*975/1000-1])}
	}
	return nil
}

const (
	// A unit of which nothing else is known counts as if it had reached what
	// was expected of so many cases: one at least, and very many where units are alike.
	leastPriorCases = 1
	mostPriorCases  = 1e7
	leastPriorShare = 1e-4 // for nobody is anything certain
)

// priorCases is how many cases tell as much as that a unit is one of this city, by
// moments: z² of a unit of n is on average 1 + (n−1)/(prior+1).
func priorCases(units []Performance, share float64) float64 {
	beyond, cases := 0.0, 0.0
	for i := range units {
		if z := units[i].z(share); z == z {
			beyond, cases = beyond+float64(z*z)-1, cases+float64(units[i].N-1)
		}
	}
	if !(beyond > 0) || cases == 0 {
		return mostPriorCases
	}
	return min(max(cases/beyond-1, leastPriorCases), mostPriorCases)
}

// betaDraw draws from the beta distribution, by two gamma draws.
func betaDraw(r *rand.Rand, a, b float64) float64 {
	x, y := gammaDraw(r, a), gammaDraw(r, b)
	return x / (x + y)
}

// gammaDraw draws from the gamma distribution of a shape and rate 1 (Marsaglia and
// Tsang, ACM Trans. Math. Software 26, 2000).
func gammaDraw(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gammaDraw(r, shape+1) * math.Pow(1-r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + float64(c*x)
		if v <= 0 {
			continue
		}
		v = float64(v * v * v)
		if u := 1 - r.Float64(); math.Log(u) < float64(x*x/2)+d-float64(d*v)+float64(d*math.Log(v)) {
			return d * v
		}
	}
}
