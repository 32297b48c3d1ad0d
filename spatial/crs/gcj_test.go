package crs

import (
	"math"
	"testing"
)

// Published formula in plain double precision, as everyone writes it: the oracle
// for the faster one here.
func plainGCJ(lon, lat float64) (float64, float64) {
	x, y := lon-105, lat-35
	short := (20*math.Sin(6*x*math.Pi) + 20*math.Sin(2*x*math.Pi)) * 2 / 3
	dLat := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*math.Sqrt(math.Abs(x)) + short +
		(20*math.Sin(y*math.Pi)+40*math.Sin(y/3*math.Pi))*2/3 +
		(160*math.Sin(y/12*math.Pi)+320*math.Sin(y*math.Pi/30))*2/3
	dLon := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*math.Sqrt(math.Abs(x)) + short +
		(20*math.Sin(x*math.Pi)+40*math.Sin(x/3*math.Pi))*2/3 +
		(150*math.Sin(x/12*math.Pi)+300*math.Sin(x/30*math.Pi))*2/3
	sin := math.Sin(lat / 180 * math.Pi)
	magic := 1 - gcjEccentricitySq*sin*sin
	root := math.Sqrt(magic)
	return lon + dLon*180/(gcjSemiMajorM/root*math.Cos(lat/180*math.Pi)*math.Pi),
		lat + dLat*180/(gcjSemiMajorM*(1-gcjEccentricitySq)/(magic*root)*math.Pi)
}

func plainBD(lon, lat float64) (float64, float64) {
	const xPi = math.Pi * 3000 / 180
	z := math.Sqrt(lon*lon+lat*lat) + 0.00002*math.Sin(lat*xPi)
	theta := math.Atan2(lat, lon) + 0.000003*math.Cos(lon*xPi)
	return z*math.Cos(theta) + 0.0065, z*math.Sin(theta) + 0.006
}

func TestGCJAndBD_GiveTheCheckValuesOfTheDomain(t *testing.T) {
	for _, c := range []struct {
		city         string
		lon, lat     float64
		gcjLon, gcjY float64
		bdLon, bdLat float64
	}{
		{"Kaifeng", 114.3488, 34.7886, 114.3547113140, 34.7877749303, 114.3610994976, 34.7941014480},
		{"Shanghai", 121.5272106, 31.1774276, 121.5315418592, 31.1753039836, 121.5380156864, 31.1813286069},
		{"Urumqi", 87.6168, 43.8256, 87.6196499495, 43.8268053931, 87.6260997708, 43.8329497948},
	} {
		for _, v := range []struct {
			name string
			x, y float64
		}{{"gcj02", c.gcjLon, c.gcjY}, {"bd09", c.bdLon, c.bdLat}} {
			s := mustParse(t, v.name)
			if x, y := s.FromCGCS2000(c.lon, c.lat); !(math.Abs(x-v.x) <= 1e-9 && math.Abs(y-v.y) <= 1e-9) {
				t.Errorf("%s in %s: %.10f %.10f, want %.10f %.10f", c.city, v.name, x, y, v.x, v.y)
			}
			if lon, lat := s.ToCGCS2000(v.x, v.y); !(math.Abs(lon-c.lon) <= 1e-9 && math.Abs(lat-c.lat) <= 1e-9) {
				t.Errorf("%s from %s: %.10f %.10f, want %.10f %.10f", c.city, v.name, lon, lat, c.lon, c.lat)
			}
		}
	}
}

func TestGCJAndBD_FollowThePublishedFormula(t *testing.T) {
	r := newRand(t)
	var worst float64
	for range 100_000 {
		lon, lat := between(r, 70, 140), between(r, 0, 60)
		x, y := gcj02{}.FromCGCS2000(lon, lat)
		wantX, wantY := plainGCJ(lon, lat)
		worst = max(worst, math.Abs(x-wantX), math.Abs(y-wantY))
		x, y = bd09{}.FromCGCS2000(lon, lat)
		wantX, wantY = plainBD(wantX, wantY)
		worst = max(worst, math.Abs(x-wantX), math.Abs(y-wantY))
		if worst > 2e-13 {
			t.Fatalf("at %.12f %.12f: %.15f %.15f, want %.15f %.15f", lon, lat, x, y, wantX, wantY)
		}
	}
	t.Logf("largest difference %.2g°", worst)
}

func TestGCJAndBD_ComeBackToWhereTheyStarted(t *testing.T) {
	r := newRand(t)
	for _, s := range []System{gcj02{}, bd09{}} {
		for _, c := range []struct {
			where                    string
			west, south, east, north float64
		}{
			{"in and around China", 70, 0, 140, 60},
			{"anywhere the check passes", -180, -84.9, 180, 84.9},
		} {
			t.Run(s.Name()+" "+c.where, func(t *testing.T) {
				var worst float64
				for range 100_000 {
					lon, lat := between(r, c.west, c.east), between(r, c.south, c.north)
					gotLon, gotLat := s.ToCGCS2000(s.FromCGCS2000(lon, lat))
					d := groundM(lon, lat, gotLon, gotLat)
					if worst = max(worst, d); !(d <= 1e-8) {
						t.Fatalf("%.12f %.12f comes back as %.12f %.12f, %.3g m away", lon, lat, gotLon, gotLat, d)
					}
				}
				t.Logf("largest error %.2g m", worst)
			})
		}
	}
}

func TestGCJAndBD_ShiftByTheDistancesStated(t *testing.T) {
	gcjLeast, gcjMost, bdLeast, bdMost := math.Inf(1), 0.0, math.Inf(1), 0.0
	for lon := 73.5; lon <= 135; lon += 0.03 {
		for lat := 18.0; lat <= 53.5; lat += 0.03 {
			gx, gy := gcj02{}.FromCGCS2000(lon, lat)
			bx, by := bdFromGCJ(gx, gy)
			gcj, bd := groundM(lon, lat, gx, gy), groundM(gx, gy, bx, by)
			gcjLeast, gcjMost = min(gcjLeast, gcj), max(gcjMost, gcj)
			bdLeast, bdMost = min(bdLeast, bd), max(bdMost, bd)
		}
	}
	t.Logf("73.5–135°E, 18–53.5°N: GCJ-02 %.0f to %.0f m from CGCS2000, BD-09 %.0f to %.0f m from GCJ-02", gcjLeast, gcjMost, bdLeast, bdMost)
	if gcjLeast < 15 || gcjMost > 720 || bdLeast < 760 || bdMost > 990 {
		t.Error("the shifts are not those the package comments state")
	}
	x, y := gcj02{}.FromCGCS2000(114.3488, 34.7886)
	if d := groundM(114.3488, 34.7886, x, y); math.Abs(d-547.6) > 2 {
		t.Errorf("GCJ-02 shifts Kaifeng by %.1f m, want about 547.6", d)
	}
}
