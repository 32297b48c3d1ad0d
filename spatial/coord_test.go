package spatial

import (
	"errors"
	"math"
	"testing"
)

func TestAt_EveryLatticePositionSurvivesDegreesAndBack(t *testing.T) {
	r := newRand(t, 1)
	check := func(c Coord) {
		if got := At(c.Lon(), c.Lat()); got != c {
			t.Fatalf("At(%v, %v) = %v, want %v", c.Lon(), c.Lat(), got, c)
		}
		if p := c.Point(); p[0] != c.Lon() || p[1] != c.Lat() {
			t.Fatalf("%v is the point %v", c, p)
		}
	}
	for _, c := range []Coord{{}, {1, -1}, {1800000000, 900000000}, {-1800000000, -900000000}} {
		check(c)
	}
	for range 200_000 {
		check(randCoord(r))
	}
}

func TestAt_RoundsToTheNearestPosition(t *testing.T) {
	for _, c := range []struct {
		lon, lat float64
		want     Coord
	}{
		{114.34880004, 34.78860006, Coord{1143488000, 347886001}},
		{-114.34880004, -34.78860006, Coord{-1143488000, -347886001}},
		{0.00000004, -0.00000004, Coord{}},
	} {
		if got := At(c.lon, c.lat); got != c.want {
			t.Errorf("At(%v, %v) = %v, want %v", c.lon, c.lat, got, c.want)
		}
	}
}

func TestChecked_RefusesWhatIsNotOnTheGlobe(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	next := math.Nextafter
	for _, p := range [][2]float64{
		{nan, 0},
		{0, nan},
		{nan, nan},
		{inf, 0},
		{0, inf},
		{-inf, 0},
		{0, -inf},
		{next(180, 181), 0},
		{next(-180, -181), 0},
		{0, next(90, 91)},
		{0, next(-90, -91)},
		{1e300, 0},
		{34, 114},
	} {
		if c, err := Checked(p[0], p[1]); !errors.Is(err, ErrNotFinite) || c != (Coord{}) {
			t.Errorf("Checked(%v) = %v, %v", p, c, err)
		}
	}
	for _, p := range [][2]float64{{180, 90}, {-180, -90}, {0, 0}, {math.Copysign(0, -1), 0}} {
		if c, err := Checked(p[0], p[1]); err != nil || c != At(p[0], p[1]) {
			t.Errorf("Checked(%v) = %v, %v", p, c, err)
		}
	}
}

func TestDistanceM_IsTheGeodesicToTheStatedError(t *testing.T) {
	r := newRand(t, 2)
	worst := 0.0
	for range 40_000 {
		lat := r.Float64()*110 - 55
		lon := r.Float64()*350 - 175
		d := math.Pow(10, r.Float64()*4.3) // 1 m to 20 km
		az := r.Float64() * 2 * math.Pi
		a := At(lon, lat)
		b := At(lon+d*math.Sin(az)/111320/math.Cos(lat*math.Pi/180), lat+d*math.Cos(az)/110574)
		want := geodesicM(a, b)
		if want == 0 {
			continue
		}
		err := math.Abs(DistanceM(a, b)-want) / want
		worst = max(worst, err)
		if err > 1e-6 {
			t.Fatalf("%v to %v: %v m, geodesic %v m: off by %.2g", a, b, DistanceM(a, b), want, err)
		}
		if DistanceM(a, b) != DistanceM(b, a) {
			t.Fatalf("%v, %v: the way back is not as long", a, b)
		}
	}
	t.Logf("largest relative error %.2g", worst)
}

func TestBox_HoldsMeetsUnionGrowAgreeWithTheirWords(t *testing.T) {
	r := newRand(t, 3)
	small := func() Coord { return Coord{int32(r.IntN(9) - 4), int32(r.IntN(9) - 4)} }
	for range 3000 {
		a, b, c := EmptyBox(), EmptyBox(), small()
		for range r.IntN(3) {
			a = a.Extend(small())
		}
		for range r.IntN(3) {
			b = b.Extend(small())
		}
		meets, u := false, a.Union(b)
		for x := int32(-5); x <= 5; x++ {
			for y := int32(-5); y <= 5; y++ {
				p := Coord{x, y}
				meets = meets || (a.Holds(p) && b.Holds(p))
				if (a.Holds(p) || b.Holds(p)) && !u.Holds(p) {
					t.Fatalf("%v in %v or %v but not in their union %v", p, a, b, u)
				}
			}
		}
		if meets != a.Meets(b) || meets != b.Meets(a) {
			t.Fatalf("%v meets %v: %v, want %v", a, b, a.Meets(b), meets)
		}
		if e := a.Extend(c); !e.Holds(c) || e.Empty() {
			t.Fatalf("%v extended by %v is %v", a, c, e)
		}
		if u.Empty() != (a.Empty() && b.Empty()) {
			t.Fatalf("union of %v and %v is %v", a, b, u)
		}
		if !u.Empty() && (!u.Holds(u.Center()) || !u.Grow(2).Holds(u.Min) || u.Grow(2) != (Box{Coord{u.Min.X - 2, u.Min.Y - 2}, Coord{u.Max.X + 2, u.Max.Y + 2}})) {
			t.Fatalf("%v: center %v, grown %v", u, u.Center(), u.Grow(2))
		}
	}
	globe := Box{Coord{-1800000000, -900000000}, Coord{1800000000, 900000000}}
	if got := globe.Grow(math.MaxInt32); got != globe {
		t.Errorf("the globe grows to %v", got)
	}
	if b := globe.Bound(); b.Min[0] != -180 || b.Max[1] != 90 {
		t.Errorf("the globe is %v", b)
	}
	if globe.Center() != (Coord{}) {
		t.Errorf("the globe's middle is %v", globe.Center())
	}
}
