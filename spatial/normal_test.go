package spatial

import (
	"math"
	"testing"
)

func TestNormal_IsThatOfPackageMath(t *testing.T) {
	worst, worstDensity := 0.0, 0.0
	for k := -120_000; k <= 120_000; k++ {
		x := float64(k) / 20_000
		worst = max(worst, math.Abs(normal.below(x)-erfBelow(x)))
		worstDensity = max(worstDensity, math.Abs(normal.density(x)-expDensity(x)))
	}
	t.Logf("the distribution is off by %.2g at the most, its density by %.2g", worst, worstDensity)
	if worst > 1e-13 || worstDensity > 3e-11 {
		t.Error("more than the rest of the series")
	}
	if normal.below(0) != 0.5 {
		t.Errorf("Φ(0) = %v", normal.below(0))
	}
}

func TestNormal_ItsPowersOfEAreThoseOfPackageMath(t *testing.T) {
	for k := range 18_001 {
		u := float64(k) / 1000
		if got, want := expMinus(u), math.Exp(-u); math.Abs(got-want) > 2e-14*want {
			t.Fatalf("exp(-%v) = %v, want %v", u, got, want)
		}
	}
}
