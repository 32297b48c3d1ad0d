package stats

import (
	"context"
	"fmt"
	"math"
)

var scatteredMethod = Method{
	ID: "two-periods-beta-binomial",
	Chinese: "两时段比较：给定某网格两期合计，后期件数在两期强度之比不变时服从二项分布，概率为后期时长（或件数）所占比例；精确双侧检验（取概率不大于观测值的全部结果之和）。" +
		"各网格件数的离散程度（scatter）大于独立案件时（成串上报），改用同等离散的贝塔—二项分布，取较小一侧尾概率的两倍。多重检验用 Benjamini-Hochberg。",
	English: "Two periods: given an area's total, the later count is binomial with the later period's share of time (or of all cases) if nothing changed. " +
		"Exact two-sided test (the sum over all outcomes that are no more probable than the one seen). Where areas' counts scatter more than those of single cases " +
		"(scatter above 1: cases come in bursts), twice the smaller tail of the beta-binomial distribution that scatters as much. False discovery rate by Benjamini-Hochberg.",
}

// ScatteredMethod returns the method of [CompareScattered] in words.
func ScatteredMethod() Method { return scatteredMethod }

// Scatter is how many times as much areas' counts differ from one period to another
// as those of cases that come each by itself, which is 1: the variance of a count
// over its mean. Above, cases come in bursts, as ten reports of one fallen tree, and
// a test of single cases takes each burst for a change: [CompareScattered] does not.
//
// It is found by moments, the areas held against the change of all together, under
// the assumption that an area of n cases in both periods has a beta-binomial count
// in the later one with as much as n/(scatter−1) cases would tell before. It is 1 of
// fewer than 30 areas with two cases or more: they are too few to tell.
func Scatter(before, after []int) float64 {
	all, later := 0.0, 0.0
	for i := range before {
		all, later = all+float64(before[i]+after[i]), later+float64(after[i])
	}
	share := later / all
	if !(share > 0 && share < 1) {
		return 1
	}
	var totals []float64
	beyond := 0.0
	for i := range before {
		if n := float64(before[i] + after[i]); n > 1 {
			off := float64(after[i]) - n*share
			totals = append(totals, n)
			beyond += float64(off*off)/(n*share*(1-share)) - 1
		}
	}
	const leastAreas = 30
	if len(totals) < leastAreas || beyond <= 0 {
		return 1
	}
	// expected is what beyond is on average, which grows with the scatter.
	expected := func(scatter float64) float64 {
		sum := 0.0
		for _, n := range totals {
			sum += (n - 1) / (n/(scatter-1) + 1)
		}
		return sum
	}
	const steps = 40
	low, high := 1.0, mostScatter
	for range steps {
		middle := (low + high) / 2
		if expected(middle) < beyond {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// mostScatter is more than any city's.
const mostScatter = 1000.0

// CompareScattered is [Compare] where counts scatter more than those of single cases
// ([Scatter]): P is twice the smaller tail of the beta-binomial distribution. Of a
// scatter of 1 it is Compare's.
func CompareScattered(ctx context.Context, before, after []int, share, scatter float64) ([]Change, error) {
	if !(scatter >= 1 && scatter <= mostScatter) {
		return nil, fmt.Errorf("a scatter of %g; 1 to %g", scatter, mostScatter)
	}
	out, err := Compare(before, after, share)
	if err != nil || scatter == 1 {
		return out, err
	}
	p := make([]float64, len(out))
	for i := range out {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if c := &out[i]; c.Before+c.After > 0 {
			c.P = betaBinomialTest(c.After, c.Before+c.After, share, scatter)
		}
		p[i] = out[i].P
	}
	for i, q := range Adjust(p) {
		out[i].Q = q
	}
	return out, nil
}

// betaBinomialTest is twice the smaller tail of k of n.
func betaBinomialTest(k, n int, share, scatter float64) float64 {
	a, b := float64(n)*share/(scatter-1), float64(n)*(1-share)/(scatter-1)
	at := math.Exp(logChoose(n, k) + logBeta(float64(k)+a, float64(n-k)+b) - logBeta(a, b))
	// From one outcome to the next by their ratio, on either side.
	above, term := at, at
	for i := k; i < n && term > 0; i++ {
		term *= float64(n-i) / float64(i+1) * (float64(i) + a) / (float64(n-i-1) + b)
		above += term
	}
	below, term := at, at
	for i := k; i > 0 && term > 0; i-- {
		term *= float64(i) / float64(n-i+1) * (float64(n-i) + b) / (float64(i-1) + a)
		below += term
	}
	return never0(min(1, 2*min(above, below)))
}

func logBeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}
