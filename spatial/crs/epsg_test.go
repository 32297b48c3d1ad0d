package crs

import (
	"fmt"
	"math"
	"testing"
)

const (
	projWithinM   = 1e-4
	projWithinDeg = 1e-9
)

func TestGaussKruger_AgreesWithPROJInEveryCode(t *testing.T) {
	var worstM, worstDeg float64
	codes := map[int]int{}
	for _, row := range readTable(t, "testdata/proj.csv") {
		code, lon, lat, e, n := int(row[0]), row[1], row[2], row[3], row[4]
		codes[code]++
		s := mustParse(t, fmt.Sprintf("EPSG:%d", code))
		gotE, gotN := s.FromCGCS2000(lon, lat)
		gotLon, gotLat := s.ToCGCS2000(e, n)
		dM := max(math.Abs(gotE-e), math.Abs(gotN-n))
		dDeg := max(math.Abs(gotLon-lon), math.Abs(gotLat-lat))
		worstM, worstDeg = max(worstM, dM), max(worstDeg, dDeg)
		if !(dM <= projWithinM && dDeg <= projWithinDeg) {
			t.Errorf("%v: %g %g is %.6f %.6f, PROJ %.6f %.6f; back %.12f %.12f", s, lon, lat, gotE, gotN, e, n, gotLon, gotLat)
		}
	}
	if len(codes) != 64 {
		t.Errorf("the table covers %d codes of 64", len(codes))
	}
	t.Logf("largest difference from PROJ's figures (6 decimals): %.2g m, %.2g°", worstM, worstDeg)
}

func TestGaussKruger_GivesTheCheckValuesOfTheDomain(t *testing.T) {
	for _, c := range []struct {
		name           string
		lon, lat, e, n float64
	}{
		{"epsg:4526", 114.3488, 34.7886, 38531923.05744, 3851195.91319},
		{"epsg:4547", 114.3488, 34.7886, 531923.05744, 3851195.91319},
		{"epsg:4547", 114, 34, 500000, 3763661.44207},
		{"epsg:4526", 115.5, 34, 38638583.15875, 3764675.98446},
		{"epsg:4527", 115.5, 34, 39361416.84125, 3764675.98446},
	} {
		s := mustParse(t, c.name)
		if e, n := s.FromCGCS2000(c.lon, c.lat); !(math.Abs(e-c.e) <= 1e-4 && math.Abs(n-c.n) <= 1e-4) {
			t.Errorf("%s: %g %g is %.5f %.5f, want %.5f %.5f", c.name, c.lon, c.lat, e, n, c.e, c.n)
		}
		if lon, lat := s.ToCGCS2000(c.e, c.n); !(math.Abs(lon-c.lon) <= 1e-9 && math.Abs(lat-c.lat) <= 1e-9) {
			t.Errorf("%s: %.5f %.5f is %.12f %.12f, want %g %g", c.name, c.e, c.n, lon, lat, c.lon, c.lat)
		}
	}
}

func TestGaussKruger_MeansTheSamePlaceWithAndWithoutTheZoneNumber(t *testing.T) {
	r := newRand(t)
	for code := firstGaussKruger; code <= lastGaussKruger; code++ {
		s := newGaussKruger(code)
		sibling := mustParse(t, s.sibling).(gaussKruger)
		if sibling.sibling != s.name || (sibling.zone == 0) == (s.zone == 0) || sibling.tm.Lon0 != s.tm.Lon0 {
			t.Fatalf("%v and %v are no siblings", s, sibling)
		}
		lon, lat := s.tm.Lon0+between(r, -3, 3), between(r, 3, 54)
		e1, n1 := s.FromCGCS2000(lon, lat)
		e2, n2 := sibling.FromCGCS2000(lon, lat)
		offset := float64((s.zone - sibling.zone) * zoneWidthM)
		if math.Abs(e1-e2-offset) > 1e-8 || n1 != n2 {
			t.Errorf("%v: %.9f %.9f, %v: %.9f %.9f", s, e1, n1, sibling, e2, n2)
		}
		if err := s.Check(e1, n1); err != nil {
			t.Error(err)
		}
	}
}

func TestGaussKruger_NeighbouringZonesMeetAtTheirEdge(t *testing.T) {
	for zone := firstThreeZone; zone < lastThreeZone; zone++ {
		west, east := newGaussKruger(firstThreeNumbered+zone-firstThreeZone), newGaussKruger(firstThreeNumbered+zone-firstThreeZone+1)
		edge := west.tm.Lon0 + 1.5
		e1, n1 := west.FromCGCS2000(edge, 34)
		e2, n2 := east.FromCGCS2000(edge, 34)
		if math.Abs((e1-west.tm.X0)+(e2-east.tm.X0)) > 1e-8 || math.Abs(n1-n2) > 1e-8 {
			t.Errorf("zones %d and %d: %.9f %.9f and %.9f %.9f", zone, zone+1, e1, n1, e2, n2)
		}
	}
}

func TestAPlaneOfTheRegisterIsFoundByItsFigures(t *testing.T) {
	t.Parallel()
	for code := firstGaussKruger; code <= lastGaussKruger; code++ {
		plane := newGaussKruger(code).tm
		got, ok := plane.EPSG()
		if !ok || newGaussKruger(got).tm != plane || got < code {
			t.Errorf("%d: %d, %t", code, got, ok)
		}
		plane.K = 0 // means 1
		if again, ok := plane.EPSG(); !ok || again != got {
			t.Errorf("%d without its scale: %d", code, again)
		}
		plane.Y0 = 1
		if other, ok := plane.EPSG(); ok {
			t.Errorf("%d moved is %d", code, other)
		}
	}
	if code, ok := LocalPlane(114.35, 34.8).EPSG(); ok {
		t.Errorf("a city's own plane is %d", code)
	}
}
