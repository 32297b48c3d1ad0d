package crs

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestGrid_ComesBackToWhereItStarted(t *testing.T) {
	r := newRand(t)
	var worst float64
	for range 100_000 {
		lon0, lat0 := between(r, -180, 180), between(r, -60, 60)
		turn, k := between(r, -math.Pi, math.Pi), between(r, 0.999, 1.001)
		sin, cos := k*math.Sin(turn), k*math.Cos(turn)
		g, err := NewGrid(
			TM{Lon0: lon0, X0: between(r, 0, 600_000), Y0: between(r, -4e6, 0), K: k},
			[6]float64{cos, -sin, between(r, -4e6, 4e6), sin, cos, between(r, -4e6, 4e6)})
		if err != nil {
			t.Fatal(err)
		}
		lon, lat := wrapDegrees(lon0+between(r, -2, 2)), lat0
		x, y := g.FromCGCS2000(lon, lat)
		if err := g.Check(x, y); err != nil {
			t.Fatalf("%+v: %v", g, err)
		}
		gotLon, gotLat := g.ToCGCS2000(x, y)
		d := groundM(lon, lat, lon+wrapDegrees(gotLon-lon), gotLat)
		if worst = max(worst, d); !(d <= 1e-8) {
			t.Fatalf("%+v: %.12f %.12f comes back %.3g m away", g, lon, lat, d)
		}
	}
	t.Logf("largest error %.2g m", worst)
}

func TestGrid_MapsInTheOrderOfTheSixParameters(t *testing.T) {
	tm := TM{Lon0: 114, X0: 500_000}
	e, n := tm.Forward(114.3488, 34.7886)
	g := Grid{TM: tm, Affine: [6]float64{1.5, 0.25, 10, -0.5, 2, 20}}
	x, y := g.FromCGCS2000(114.3488, 34.7886)
	if math.Abs(x-(1.5*e+0.25*n+10)) > 1e-8 || math.Abs(y-(-0.5*e+2*n+20)) > 1e-8 {
		t.Errorf("%.6f %.6f maps to %.6f %.6f", e, n, x, y)
	}
}

func TestGrid_WithoutAffineIsItsProjection(t *testing.T) {
	tm := TM{Lon0: 114, X0: 500_000}
	e, n := tm.Forward(114.3488, 34.7886)
	if x, y := (Grid{TM: tm}).FromCGCS2000(114.3488, 34.7886); x != e || y != n {
		t.Errorf("%g %g, want %g %g", x, y, e, n)
	}
	if err := (Grid{TM: tm}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestGrid_RefusesParametersThatCannotBeUndone(t *testing.T) {
	tm := TM{Lon0: 114}
	for _, c := range []struct {
		name   string
		tm     TM
		affine [6]float64
		want   string
	}{
		{"a bad projection", TM{Lon0: 200}, [6]float64{}, "lon0 200"},
		{"a parameter that is not a number", tm, [6]float64{1, 0, math.NaN(), 0, 1, 0}, "affine c NaN"},
		{"an infinite parameter", tm, [6]float64{1, 0, 0, 0, 1, math.Inf(1)}, "affine f +Inf"},
		{"only an offset", tm, [6]float64{2: 100, 5: 200}, "singular"},
		{"a map onto a line", tm, [6]float64{1, 2, 0, 2, 4, 0}, "singular"},
		{"nearly that", tm, [6]float64{1, 1, 0, 1, 1 + 1e-9, 0}, "singular"},
		{"offsets in the place of the shape", tm, [6]float64{500_000, 0, 0, 0, 500_000, 0}, "scales lengths by 500000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := NewGrid(c.tm, c.affine); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want %q", err, c.want)
			}
		})
	}
	t.Run("every fault at once", func(t *testing.T) {
		err := Grid{TM: TM{K: 7}, Affine: [6]float64{math.NaN(), 0, math.NaN(), 0, 1, 0}}.Validate()
		for _, want := range []string{"k 7", "affine a", "affine c"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v; want %q", err, want)
			}
		}
	})
	t.Run("a mirror is no fault", func(t *testing.T) {
		if _, err := NewGrid(tm, [6]float64{0, 1, 0, 1, 0, 0}); err != nil {
			t.Error(err)
		}
	})
}

func TestGrid_ReadsTheMappingsNames(t *testing.T) {
	var g Grid
	err := json.Unmarshal([]byte(`{"tm": {"lon0": 114, "x0": 500000, "y0": -3800000, "k": 1}, "affine": [1, 0, 0, 0, 1, 0]}`), &g)
	want := Grid{TM: TM{Lon0: 114, X0: 500_000, Y0: -3_800_000, K: 1}, Affine: [6]float64{0: 1, 4: 1}}
	if err != nil || g != want {
		t.Errorf("%+v, %v", g, err)
	}
}
