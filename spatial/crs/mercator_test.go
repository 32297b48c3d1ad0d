package crs

import (
	"math"
	"testing"
)

func TestWebMercator_AgreesWithPROJ(t *testing.T) {
	// cs2cs -d 6 EPSG:4326 EPSG:3857, PROJ 9.1.1
	for _, c := range []struct{ lon, lat, x, y float64 }{
		{114, 34.8, 12690421.950433, 4136735.049397},
		{114, 85, 12690421.950433, 19971868.880409},
		{0, 0, 0, 0},
		{180, maxMercatorLat, maxMercatorM, maxMercatorM},
	} {
		for _, sign := range []float64{1, -1} {
			x, y := webMercator{}.FromCGCS2000(sign*c.lon, sign*c.lat)
			if math.Abs(x-sign*c.x) > 1e-6 || math.Abs(y-sign*c.y) > 1e-6 {
				t.Errorf("%g %g is %.6f %.6f, want %.6f %.6f", c.lon, c.lat, x, y, c.x, c.y)
			}
			lon, lat := webMercator{}.ToCGCS2000(sign*c.x, sign*c.y)
			if math.Abs(lon-sign*c.lon) > 1e-11 || math.Abs(lat-sign*c.lat) > 1e-11 {
				t.Errorf("%.6f %.6f is %.12f %.12f, want %g %g", c.x, c.y, lon, lat, c.lon, c.lat)
			}
		}
	}
}

func TestWebMercator_ComesBackToWhereItStarted(t *testing.T) {
	r := newRand(t)
	var worst float64
	for range 100_000 {
		lon, lat := between(r, -180, 180), between(r, -maxMercatorLat, maxMercatorLat)
		gotLon, gotLat := webMercator{}.ToCGCS2000(webMercator{}.FromCGCS2000(lon, lat))
		if worst = max(worst, groundM(lon, lat, gotLon, gotLat)); !(worst <= 1e-8) {
			t.Fatalf("%.12f %.12f comes back as %.12f %.12f", lon, lat, gotLon, gotLat)
		}
	}
	t.Logf("largest error %.2g m", worst)
}

func TestWebMercator_EndsAtTheEdgeOfTheSquareMap(t *testing.T) {
	for _, lat := range []float64{maxMercatorLat, 86, 90} {
		_, north := webMercator{}.FromCGCS2000(0, lat)
		_, south := webMercator{}.FromCGCS2000(0, -lat)
		if north != maxMercatorM || south != -maxMercatorM {
			t.Errorf("±%g is at %.9f and %.9f", lat, north, south)
		}
	}
}
