package stats

import (
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
	// Rank by Adjusted, 1 is best; RankInterval is where it lies in 95 % of
	// repetitions of the year: overlapping ones tell no better from worse. 0
	// without cases.
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
		"名次区间由固定种子的自助法给出，区间重叠即不可分高下。",
	English: "Fair ranking: shares adjusted for the mix of cases; funnel limits p̄ ± z√(φ·p̄(1−p̄)/n), for small n exact binomial quantiles, " +
		"φ the over-dispersion (z-scores winsorised at 10 %); rank intervals by a bootstrap with a stated seed: where they overlap nobody is better.",
}

// RankMethod returns the method of [Rank] in words.
func RankMethod() Method { return rankMethod }

// rankRounds is how often the year is repeated for the rank intervals.
const rankRounds = 1000

// Rank puts the units side by side (Spiegelhalter, Statistics in Medicine 24,
// 2005).
func Rank(units []Performance, seed uint64) (*Ranking, error) {
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
		r.Limits95, r.Limits998 = funnel(u.N, out.Share, 0.95, out.Dispersion), funnel(u.N, out.Share, 0.998, out.Dispersion)
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
	out.rankIntervals(units, seed)
	return out, nil
}

// adjust is the share that a unit would have with the city's mix; NaN without
// cases.
func adjust(u Performance, good int, city float64) float64 {
	if u.Expected == 0 {
		return float64(good) / float64(u.N)
	}
	return min(1, float64(good)/u.Expected*city)
}

// dispersion is the mean square of the units' z-scores, the outermost tenth on
// each side drawn in, and at least 1.
func dispersion(units []Performance, share float64) float64 {
	var z []float64
	for _, u := range units {
		if sd := math.Sqrt(share * (1 - share) / float64(u.N)); u.N > 0 && sd > 0 {
			z = append(z, (adjust(u, u.Good, share)-share)/sd)
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
	ranks := make([]int, len(values))
	for i, v := range values {
		if math.IsNaN(v) {
			continue
		}
		ranks[i] = 1
		for _, w := range values {
			if w > v {
				ranks[i]++
			}
		}
	}
	return ranks
}

func (r *Ranking) rankIntervals(units []Performance, seed uint64) {
	source := rand.New(rand.NewPCG(seed, 0x72616e6b))
	all := make([][]int, len(units))
	again := make([]float64, len(units))
	for range rankRounds {
		for i, u := range units {
			// As likely as seen, but for nobody certain: Jeffreys' half on both sides.
			p := (float64(u.Good) + 0.5) / (float64(u.N) + 1)
			again[i] = adjust(u, binomialDraw(source, u.N, p), r.Share)
		}
		for i, rank := range ranksOf(again) {
			all[i] = append(all[i], rank)
		}
	}
	for i := range units {
		slices.Sort(all[i])
		r.Units[i].RankInterval = Interval{float64(all[i][rankRounds*25/1000]), float64(all[i][rankRounds*975/1000-1])}
	}
}

// binomialDraw draws how many of n happen at a chance of p: by the gaps between
// them where they are rare, for many by the normal distribution.
func binomialDraw(r *rand.Rand, n int, p float64) int {
	if p > 0.5 {
		return n - binomialDraw(r, n, 1-p)
	}
	if mean := float64(n) * p; mean > 1000 {
		return min(n, max(0, int(math.Round(mean+float64(r.NormFloat64()*math.Sqrt(mean*(1-p)))))))
	}
	if p <= 0 {
		return 0
	}
	k, at := 0, 0
	for step := math.Log1p(-p); ; k++ {
		gap := math.Log(1-r.Float64()) / step
		if gap >= float64(n-at) {
			return k
		}
		at += int(gap) + 1
	}
}
