package stats

import (
	"fmt"
	"math"
)

// Change is how an area's count changed from one period to another.
type Change struct {
	Before int `json:"before"`
	After  int `json:"after"`
	// Ratio is the rate after over the rate before; 0 and +Inf where one is 0, NaN
	// where both are.
	Ratio float64 `json:"-"`
	// P is exact and two-sided, Q that held against all areas; both NaN where
	// there was no case in either period.
	P float64 `json:"-"`
	Q float64 `json:"-"`
}

var compareMethod = Method{
	ID: "two-periods-exact-binomial",
	Chinese: "两时段比较：给定某网格两期合计，后期件数在两期强度之比不变时服从二项分布，概率为后期时长（或件数）所占比例；" +
		"精确双侧检验（取概率不大于观测值的全部结果之和），多重检验用 Benjamini-Hochberg。",
	English: "Two periods: given an area's total, the later count is binomial with the later period's share of time (or of all cases) " +
		"if nothing changed. Exact two-sided test (the sum over all outcomes that are no more probable than the one seen), false discovery rate by Benjamini-Hochberg.",
}

// CompareMethod returns the method of [Compare] in words.
func CompareMethod() Method { return compareMethod }

// Compare tells for each area whether its rate changed. share is the part of the
// cases that the later period has where nothing changed: T₂/(T₁+T₂) by the lengths
// of the periods, or N₂/(N₁+N₂) to ask which areas changed against the city.
func Compare(before, after []int, share float64) ([]Change, error) {
	if len(before) != len(after) {
		return nil, fmt.Errorf("%d areas before, %d after", len(before), len(after))
	}
	if !(share > 0 && share < 1) {
		return nil, fmt.Errorf("the later period's share is %g; above 0 and below 1", share)
	}
	out, p := make([]Change, len(before)), make([]float64, len(before))
	for i := range out {
		if before[i] < 0 || after[i] < 0 {
			return nil, fmt.Errorf("area %d: a count below 0", i)
		}
		out[i] = Change{Before: before[i], After: after[i], P: math.NaN()}
		if n := before[i] + after[i]; n > 0 {
			out[i].P = BinomialTest(after[i], n, share)
		}
		out[i].Ratio = float64(after[i]) / float64(before[i]) * (1 - share) / share
		p[i] = out[i].P
	}
	for i, q := range Adjust(p) {
		out[i].Q = q
	}
	return out, nil
}

// BinomialTest is the exact two-sided p of k of n at a chance of share: the sum
// over all outcomes that are no more probable than k.
func BinomialTest(k, n int, share float64) float64 {
	return twoSided(k, 0, n, int(float64(n+1)*share), func(i int) float64 { return binomialLog(i, n, share) })
}

// twoSided sums the chances of all outcomes from least to most that are no more
// probable than k, where the logarithm of the chance falls off from the mode.
func twoSided(k, least, most, mode int, logChance func(int) float64) float64 {
	// As probable counts as no more probable, also after rounding.
	limit := logChance(k) + 1e-7
	mode = max(least, min(most, mode))
	// Both sides fall off from the mode: each has a first outcome that counts.
	left := searchUp(least, mode, func(i int) bool { return logChance(i) > limit })
	right := searchUp(mode, most+1, func(i int) bool { return logChance(i) <= limit })
	if k <= mode {
		left = max(left, k+1)
	}
	if k >= mode {
		right = min(right, k)
	}
	p := 0.0
	for i := left - 1; i >= least; i-- {
		t := math.Exp(logChance(i))
		if p += t; t < p*1e-17 {
			break
		}
	}
	for i := max(right, left); i <= most; i++ {
		t := math.Exp(logChance(i))
		if p += t; t < p*1e-17 {
			break
		}
	}
	return never0(min(1, p))
}

// searchUp returns the first number of [from, to) that fits, where none before it
// does and all after it do; to where none does.
func searchUp(from, to int, fits func(int) bool) int {
	for from < to {
		if mid := int(uint(from+to) >> 1); fits(mid) {
			to = mid
		} else {
			from = mid + 1
		}
	}
	return from
}

func binomialLog(k, n int, share float64) float64 {
	return logChoose(n, k) + float64(k)*math.Log(share) + float64(n-k)*math.Log1p(-share)
}
