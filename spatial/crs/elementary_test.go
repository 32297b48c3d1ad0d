package crs

import (
	"math"
	"testing"
)

func TestElementaryFunctions_AgreeWithPackageMath(t *testing.T) {
	r := newRand(t)
	check := func(name string, x, got, want, within float64) {
		t.Helper()
		if !(math.Abs(got-want) <= within) {
			t.Fatalf("%s(%.17g) = %.17g, want %.17g", name, x, got, want)
		}
	}
	for range 100_000 {
		x := between(r, -2, 2)
		sin, cos := sinCosPi(x)
		// Package math rounds πx first: an error of 4e-16 at 2π.
		check("sin π", x, sin, math.Sin(math.Pi*x), 8e-16)
		check("cos π", x, cos, math.Cos(math.Pi*x), 8e-16)
		check("sin π", x, sinPi(x), sin, 0)
		check("sin²+cos²", x, sin*sin+cos*cos, 1, 4e-16)

		check("atan", x, atan(x*10), math.Atan(x*10), 4e-16)
		y := between(r, -2, 2)
		check("atan2", x, atan2(y, x), math.Atan2(y, x), 9e-16)

		// 0.998 loses a hundred of the argument's last bits.
		w := between(r, -0.998, 0.998)
		check("atanh", w, atanh(w), math.Atanh(w), 6e-16/(1-math.Abs(w)))

		h := between(r, -maxEta, maxEta)
		sinh, cosh := sinhCosh(h)
		check("sinh", h, sinh, math.Sinh(h), 4e-16)
		check("cosh", h, cosh, math.Cosh(h), 6e-16)

		d := between(r, -0.004, 0.004)
		s2, c2 := turn(sin, cos, d)
		s3, c3 := sinCosPi(x + d/math.Pi)
		check("turned sin", d, s2, s3, 2e-15)
		check("turned cos", d, c2, c3, 2e-15)
		check("stepped sinh", d, stepSinh(sinh, cosh, d), math.Sinh(h+d), 8e-16)
	}
}

func TestElementaryFunctions_AreExactAtTheQuartersAndEmptyOutside(t *testing.T) {
	for x, want := range map[float64][2]float64{
		0: {0, 1}, 0.5: {1, 0}, 1: {0, -1}, 1.5: {-1, 0}, -0.5: {-1, 0}, 1e9: {0, 1}, 1e9 + 0.5: {1, 0},
	} {
		if sin, cos := sinCosPi(x); sin != want[0] || cos != want[1] || sinPi(x) != want[0] {
			t.Errorf("at %g: %g %g", x, sin, cos)
		}
	}
	for _, x := range []float64{math.NaN(), math.Inf(1), 1 << 40} {
		sin, cos := sinCosPi(x)
		if !math.IsNaN(sin) || !math.IsNaN(cos) || !math.IsNaN(sinPi(x)) {
			t.Errorf("at %g: %g %g", x, sin, cos)
		}
	}
	for got, want := range map[float64]float64{
		atan2(0, 0): 0, atan2(1, 0): math.Pi / 2, atan2(-1, 0): -math.Pi / 2, atan2(0, -1): math.Pi,
	} {
		if got != want {
			t.Errorf("atan2 gives %g, want %g", got, want)
		}
	}
	if !math.IsNaN(atanh(1.5)) || !math.IsNaN(atan2(math.NaN(), 1)) || !math.IsNaN(atan2(1, math.NaN())) {
		t.Error("a value outside the domain is not NaN")
	}
}
