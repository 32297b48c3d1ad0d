package crs

import (
	"math"
	"testing"
)

func TestTM_AgreesWithItsDefinitionComputedTo40Digits(t *testing.T) {
	tm := TM{Lon0: 0}
	rows := readTable(t, "testdata/exact.csv")
	for _, c := range []struct {
		name                         string
		reachDeg, withinM, withinDeg float64
	}{
		// A northing of 1e7 m has a last bit of 2e-9 m.
		{"within 7° of the meridian", 7, 5e-9, 5e-14},
		{"within 45° of the meridian", 45, 5e-8, 5e-13},
	} {
		t.Run(c.name, func(t *testing.T) {
			var worstM, worstDeg float64
			for _, row := range rows {
				dLon, lat, e, n := row[0], row[1], row[2], row[3]
				if math.Abs(dLon) > c.reachDeg {
					continue
				}
				gotE, gotN := tm.Forward(dLon, lat)
				gotLon, gotLat := tm.Inverse(e, n)
				dM := max(math.Abs(gotE-e), math.Abs(gotN-n))
				// Near the pole a longitude is worth less: compare it as a length.
				dDeg := max(math.Abs(gotLon-dLon)*math.Cos(lat*degree), math.Abs(gotLat-lat))
				worstM, worstDeg = max(worstM, dM), max(worstDeg, dDeg)
				if !(dM <= c.withinM && dDeg <= c.withinDeg) {
					t.Errorf("%g %g is %.9f %.9f, want %.9f %.9f; back %.15f %.15f", dLon, lat, gotE, gotN, e, n, gotLon, gotLat)
				}
			}
			t.Logf("largest error: forward %.2g m, inverse %.2g°", worstM, worstDeg)
		})
	}
}

func TestTM_ComesBackToWhereItStarted(t *testing.T) {
	r := newRand(t)
	for _, c := range []struct {
		name            string
		reachDeg, withM float64
	}{
		{"within 3.5° of the meridian", 3.5, 1e-8},
		{"within 7° of the meridian", 7, 1e-8},
		{"within 45° of the meridian", 45, 1e-7},
	} {
		t.Run(c.name, func(t *testing.T) {
			var worst float64
			for range 100_000 {
				tm := TM{Lon0: between(r, -180, 180), X0: 500_000, K: between(r, 0.99, 1.01)}
				lon, lat := wrapDegrees(tm.Lon0+between(r, -c.reachDeg, c.reachDeg)), between(r, -89, 89)
				gotLon, gotLat := tm.Inverse(tm.Forward(lon, lat))
				d := groundM(lon, lat, lon+wrapDegrees(gotLon-lon), gotLat)
				if worst = max(worst, d); !(d <= c.withM) {
					t.Fatalf("%+v: %.12f %.12f comes back as %.12f %.12f, %.3g m away", tm, lon, lat, gotLon, gotLat, d)
				}
			}
			t.Logf("largest error %.2g m", worst)
		})
	}
}

func TestTM_HandlesTheEdgesOfTheWorld(t *testing.T) {
	t.Run("a meridian at the date line is crossed", func(t *testing.T) {
		tm := TM{Lon0: 180}
		e, n := tm.Forward(-179, 10)
		if lon, lat := tm.Inverse(e, n); e < 100_000 || groundM(-179, 10, lon, lat) > 1e-8 {
			t.Errorf("easting %g, back %.12f %.12f", e, lon, lat)
		}
	})
	t.Run("the pole is a quarter meridian from the equator", func(t *testing.T) {
		e, n := TM{}.Forward(30, 90)
		if math.Abs(e) > 1e-9 || math.Abs(n-10001965.7292) > 1e-4 {
			t.Errorf("pole at %g %.6f", e, n)
		}
	})
	t.Run("near the pole the meridian is near in any longitude within 90°", func(t *testing.T) {
		e, n := TM{}.Forward(89, 85)
		if lon, lat := (TM{}).Inverse(e, n); groundM(89, 85, lon, lat) > 1e-8 {
			t.Errorf("back at %.12f %.12f", lon, lat)
		}
	})
	t.Run("beyond 45° there is no answer", func(t *testing.T) {
		for _, p := range [][2]float64{{45.1, 0}, {-60, 30}, {91, 89}, {180, 0}, {0, 90.1}, {720, 0}, {math.Inf(1), 0}} {
			e, n := TM{}.Forward(p[0], p[1])
			if !math.IsNaN(e) || !math.IsNaN(n) || !math.IsNaN(TM{}.Scale(p[0], p[1])) && p[1] <= 90 {
				t.Errorf("%v gives %g %g", p, e, n)
			}
		}
		for _, p := range [][2]float64{{6e6, 0}, {0, 1.1e7}, {math.Inf(1), 0}, {0, math.NaN()}} {
			if lon, lat := (TM{}).Inverse(p[0], p[1]); !math.IsNaN(lon) || !math.IsNaN(lat) {
				t.Errorf("%v gives %g %g", p, lon, lat)
			}
		}
	})
}

func TestTM_IsSymmetricAboutItsMeridianAndTheEquator(t *testing.T) {
	r := newRand(t)
	for range 10_000 {
		dLon, lat := between(r, 0, 7), between(r, 0, 60)
		e, n := TM{}.Forward(dLon, lat)
		for _, sign := range [][2]float64{{-1, 1}, {1, -1}, {-1, -1}} {
			if e2, n2 := (TM{}).Forward(sign[0]*dLon, sign[1]*lat); e2 != sign[0]*e || n2 != sign[1]*n {
				t.Fatalf("(%g, %g): %g %g is no mirror of %g %g", dLon, lat, e2, n2, e, n)
			}
		}
	}
}

// Conformal: a short step measures the same scale to the north and to the east.
func TestTM_ScaleIsThatOfShortSteps(t *testing.T) {
	r := newRand(t)
	const stepDeg = 1e-4
	for range 2_000 {
		tm := TM{K: between(r, 0.99, 1.01)}
		lon, lat := between(r, -40, 40), between(r, -80, 80)
		perLon, perLat := MetresPerDegree(lat)
		step := func(dLon, dLat, groundM float64) float64 {
			e1, n1 := tm.Forward(lon-dLon, lat-dLat)
			e2, n2 := tm.Forward(lon+dLon, lat+dLat)
			return math.Hypot(e2-e1, n2-n1) / groundM
		}
		k := tm.Scale(lon, lat)
		east, north := step(stepDeg, 0, 2*stepDeg*perLon), step(0, stepDeg, 2*stepDeg*perLat)
		if math.Abs(east/k-1) > 1e-8 || math.Abs(north/k-1) > 1e-8 {
			t.Fatalf("%g %g: scale %.12f, steps east %.12f, north %.12f", lon, lat, k, east, north)
		}
	}
	if k := (TM{}).Scale(0, 34.8); math.Abs(k-1) > 1e-15 {
		t.Errorf("scale on the meridian %.17g", k)
	}
}

func TestLocalPlane_HasTheCityAtItsOriginAndMeasuresMetres(t *testing.T) {
	plane := LocalPlane(114.3488, 34.7886)
	if e, n := plane.Forward(114.3488, 34.7886); e != 0 || n != 0 {
		t.Errorf("the origin is at %g %g", e, n)
	}
	perLon, perLat := MetresPerDegree(34.7886)
	if e, _ := plane.Forward(114.3488+1e-4, 34.7886); math.Abs(e-1e-4*perLon) > 1e-6 {
		t.Errorf("0.0001° east is %.9f m, want %.9f", e, 1e-4*perLon)
	}
	if _, n := plane.Forward(114.3488, 34.7886+1e-4); math.Abs(n-1e-4*perLat) > 1e-4 {
		t.Errorf("0.0001° north is %.9f m, want %.9f", n, 1e-4*perLat)
	}
	if k := plane.Scale(114.3488+20_000/perLon, 34.7886); math.Abs(k-1) > 5e-6 {
		t.Errorf("scale at 20 km %.9f", k)
	}
}

func TestMetresPerDegree_KnowsTheEquatorAndThePole(t *testing.T) {
	for _, c := range []struct{ lat, perLon, perLat float64 }{
		{0, 111319.490793, 110574.275822},
		{90, 0, 111693.979561},
		{-90, 0, 111693.979561},
	} {
		if x, y := MetresPerDegree(c.lat); math.Abs(x-c.perLon) > 1e-5 || math.Abs(y-c.perLat) > 1e-5 {
			t.Errorf("at %g: %.6f %.6f, want %.6f %.6f", c.lat, x, y, c.perLon, c.perLat)
		}
	}
}

func TestNewTM_RefusesParametersOfNoProjection(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range [][4]float64{
		{nan, 0, 0, 1},
		{181, 0, 0, 1},
		{114, inf, 0, 1},
		{114, 0, nan, 1},
		{114, 0, 0, nan},
		{114, 0, 0, -1},
		{114, 0, 0, 0.5},
		{114, 0, 1e9, 1},
	} {
		if tm, err := NewTM(c[0], c[1], c[2], c[3]); err == nil {
			t.Errorf("%v gives %+v", c, tm)
		}
	}
	tm, err := NewTM(114, 500_000, 0, 0)
	if err != nil || tm.K != 1 {
		t.Errorf("k 0 gives %+v, %v; want k 1", tm, err)
	}
	e, n := tm.Forward(115, 35)
	if e2, n2 := (TM{Lon0: 114, X0: 500_000}).Forward(115, 35); e != e2 || n != n2 {
		t.Error("a literal without K is another projection")
	}
}

func BenchmarkTM(b *testing.B) {
	tm := TM{Lon0: 114, X0: 500_000, K: 1}
	e, n := tm.Forward(114.3488, 34.7886)
	b.Run("forward", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			tm.Forward(114.3488, 34.7886)
		}
	})
	b.Run("inverse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			tm.Inverse(e, n)
		}
	})
	b.Run("scale", func(b *testing.B) {
		for b.Loop() {
			tm.Scale(114.3488, 34.7886)
		}
	})
}
