package spatial

import (
	"math"
	"testing"
)

func TestRuler_MeasuresAsDistanceMWithin20Km(t *testing.T) {
	r := newRand(t, 31)
	worst := 0.0
	for range 50_000 {
		c := At(r.Float64()*340-170, r.Float64()*110-55)
		b := Coord{c.X + r.Int32N(3_600_001) - 1_800_000, c.Y + r.Int32N(3_600_001) - 1_800_000}
		if c == b {
			continue
		}
		ruler := RulerAt(c)
		want := DistanceM(c, b)
		worst = max(worst, math.Abs(ruler.DistanceM(b)-want)/want)
	}
	t.Logf("worst relative difference %.2g", worst)
	if worst > 1e-8 {
		t.Errorf("the ruler is off by %v of the distance", worst)
	}
	here := At(114.35, 34.79)
	ruler := RulerAt(here)
	if d := ruler.DistanceM(here); d != 0 {
		t.Errorf("the distance to itself is %v m", d)
	}
}
