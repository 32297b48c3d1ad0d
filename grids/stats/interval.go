package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// PoissonInterval is Garwood's exact interval for the mean of a Poisson count at a
// level such as 0.95 (Biometrika 28, 1936): the quantiles of χ² with 2n and 2n+2
// degrees of freedom, halved.
func PoissonInterval(count int, level float64) Interval {
	tail := (1 - level) / 2
	out := Interval{High: mathext.GammaIncRegInv(float64(count+1), 1-tail)}
	if count > 0 {
		out.Low = mathext.GammaIncRegInv(float64(count), tail)
	}
	return out
}

// BinomialInterval is Clopper and Pearson's exact interval for the share that k of
// n tells of.
func BinomialInterval(k, n int, level float64) Interval {
	tail := (1 - level) / 2
	out := Interval{0, 1}
	if k > 0 {
		out.Low = mathext.InvRegIncBeta(float64(k), float64(n-k+1), tail)
	}
	if k < n {
		out.High = mathext.InvRegIncBeta(float64(k+1), float64(n-k), 1-tail)
	}
	return out
}

// WilsonInterval is Wilson's interval for a share (J. Am. Stat. Assoc. 22, 1927):
// no interval where there is nothing, n = 0, but all of [0, 1].
func WilsonInterval(k, n int, level float64) Interval {
	if n == 0 {
		return Interval{0, 1}
	}
	z := mathext.NormalQuantile(1 - (1-level)/2)
	share, all := float64(k)/float64(n), float64(n)
	middle := share + z*z/(2*all)
	half := z * math.Sqrt(share*(1-share)/all+z*z/(4*all*all))
	scale := 1 + z*z/all
	return Interval{max(0, (middle-half)/scale), min(1, (middle+half)/scale)}
}
