package detect

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestNotationsReadWhatIsSpeltOut(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	within := map[Notation]float64{ // half the last digit written
		Degrees: 0.5e-7, DegreesMinutesSecond: 0.5 / 3600e3, DegreesMinutesPoint: 0.5 / 60e5,
		MinutesOfReceiver: 0.5 / 60e4, SecondsWithoutPoint: 0.5 / 3600e2,
	}
	for n, spell := range spelt {
		for range 20_000 {
			deg := r.Float64() * 180
			if r.IntN(4) == 0 { // full minutes and seconds are where rounding errs
				deg = math.Round(deg*3600/60) * 60 / 3600
			}
			v := spelled(t, spell(deg))
			got, ok := n.degrees(v)
			if !ok || math.Abs(got-deg) > within[n]+2e-9 {
				t.Fatalf("%s: %s is %v, want %v (%v)", n, spell(deg), got, deg, ok)
			}
			if back, ok := n.degrees(-v); !ok || back != -got {
				t.Fatalf("%s: -%s is %v", n, spell(deg), back)
			}
		}
	}
}

func TestNotationsRefuseSixtyOneMinutes(t *testing.T) {
	for _, c := range []struct {
		n   Notation
		v   float64
		deg float64
		ok  bool
	}{
		{DegreesMinutesSecond, 114.2055, 114 + 20/60.0 + 55/3600.0, true},
		{DegreesMinutesSecond, 114.20, 114 + 20/60.0, true},
		{DegreesMinutesSecond, 114.1960, 114 + 20/60.0, true},
		{DegreesMinutesSecond, 114.2061, 0, false},
		{DegreesMinutesSecond, 114.6100, 0, false},
		{DegreesMinutesPoint, 114.2055, 114 + 20.55/60, true},
		{DegreesMinutesPoint, 114.61, 0, false},
		{MinutesOfReceiver, 11420.55, 114 + 20.55/60, true},
		{MinutesOfReceiver, 11461, 0, false},
		{SecondsWithoutPoint, 1142055.5, 114 + 20/60.0 + 55.5/3600, true},
		{SecondsWithoutPoint, 1142061, 0, false},
		{Degrees, 114.9999, 114.9999, true},
	} {
		deg, ok := c.n.degrees(c.v)
		if ok != c.ok || (ok && math.Abs(deg-c.deg) > 1e-9) {
			t.Errorf("%s %v: %v %v, want %v %v", c.n, c.v, deg, ok, c.deg, c.ok)
		}
	}
}

// FuzzDegrees: whatever stands in a table, the reading is a number or none.
func FuzzDegrees(f *testing.F) {
	for _, v := range []float64{114.2055, -34.5960, 11420.5, 1142055.5, 0, 1e300, -1e-300, 5e-324, math.Inf(1), math.NaN()} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		for _, n := range angularNotations() {
			deg, ok := n.degrees(v)
			if ok && n != Degrees && !(math.Abs(deg) <= float64(math.Abs(v)*(1+1e-9))+1.1 && deg*v >= 0) {
				t.Errorf("%s %v: %v", n, v, deg)
			}
		}
	})
}
