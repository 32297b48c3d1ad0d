package crs

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestCheck_SaysWhatIsWrongAndWhatWasMeant(t *testing.T) {
	grid := Grid{TM: TM{Lon0: 114, X0: 500_000, Y0: -3_800_000}}
	for _, c := range []struct {
		name string
		s    System
		x, y float64
		want string // "" passes
	}{
		{"a place in Kaifeng", nil, 114.3488, 34.7886, ""},
		{"the corners of the world", nil, -180, 90, ""},
		{"a longitude that is not a number", nil, math.NaN(), 34, "lon is NaN"},
		{"an infinite latitude", nil, 114, math.Inf(-1), "lat is -Inf"},
		{"swapped degrees", nil, 34.7886, 114.3488, "lon and lat look swapped"},
		{"a longitude beyond 180", nil, 190, 34, "lon 190 is not within ±180"},
		{"a latitude beyond any longitude", nil, 34, 200, "lat 200 is not within ±90"},
		{"metres with a zone number for degrees", nil, 38531923.06, 3851195.91, "look like metres, not degrees: name crs epsg:4526"},
		{"the same, northing first", nil, 3851195.91, 38531923.06, "name crs epsg:4526, easting first"},
		{"metres without one", nil, 531923, 3851195, "name their plane system (or epsg:3857)"},
		{"Web Mercator in Shanghai", nil, 13526000, 3658000, "name crs epsg:4491 (or epsg:3857)"},
		{"swapped GCJ-02", gcj02{}, 34.7886, 114.3488, "lon and lat look swapped"},
		{"GCJ-02 near the pole", gcj02{}, 114, 86, "lat 86 is not within ±85"},
		{"BD-09 in Kaifeng", bd09{}, 114.36, 34.79, ""},
		{"BD-09 near the pole", bd09{}, 114, -86, "lat -86 is not within ±85"},
		{"a place in zone 38", newGaussKruger(4526), 38531923.06, 3851195.91, ""},
		{"an easting without its zone number", newGaussKruger(4526), 531923.06, 3851195.91, "without its zone number: name crs epsg:4547 or add 38000000"},
		{"an easting of the next zone", newGaussKruger(4526), 39361416.84, 3764675.98, "carries the zone number 39: name crs epsg:4527"},
		{"an easting of a 6° zone", newGaussKruger(4526), 20361416.84, 3764675.98, "carries the zone number 20: name crs epsg:4498"},
		{"a zone number where there is none", newGaussKruger(4547), 38531923.06, 3851195.91, "carries the zone number 38: name crs epsg:4526"},
		{"a surveyor's x first", newGaussKruger(4547), 3851195.91, 531923.06, "easting 3851195.91, northing 531923.06 look swapped"},
		{"the same with a zone number", newGaussKruger(4526), 3851195.91, 38531923.06, "look swapped"},
		{"degrees for metres", newGaussKruger(4547), 114.3488, 34.7886, "look like degrees"},
		{"degrees for metres with a zone", newGaussKruger(4526), 114.3488, 34.7886, "look like degrees"},
		{"an easting far off", newGaussKruger(4547), -5_000_000, 3851195, "is not between 0 and 1000000"},
		{"a northing south of the equator", newGaussKruger(4547), 531923, -10, "northing -10.00 is not between 0 and"},
		{"a northing that is not a number", newGaussKruger(4547), 531923, math.NaN(), "northing is NaN"},
		{"Kaifeng in Web Mercator", webMercator{}, 12729249, 4135184, ""},
		{"the corner of the map, rounded up", webMercator{}, 20037508.35, -20037508.35, ""},
		{"a place off the map", webMercator{}, 0, 20037509, "is not within ±20037508.34"},
		{"a zone number in Web Mercator", webMercator{}, 38531923, 3851195, "name crs epsg:4526"},
		{"degrees for Web Mercator", webMercator{}, 114.3488, 34.7886, "look like degrees"},
		{"NaN in Web Mercator", webMercator{}, math.NaN(), 0, "x is NaN"},
		{"a place in the city grid", grid, 531923, 51195, ""},
		{"a national easting in the city grid", grid, 38531923, 3851195, "name crs epsg:4526"},
		{"an easting far from the grid's meridian", grid, 4_000_000, 9_000_000, "more than 500 km from the grid's meridian 114°"},
		{"a swapped pair in a grid of small eastings", Grid{TM: TM{Lon0: 114}}, 3851195, 31923, "look swapped"},
		{"an infinite easting in the city grid", grid, math.Inf(1), 0, "easting is +Inf"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := c.s
			if s == nil {
				s = mustParse(t, "cgcs2000")
			}
			err := s.Check(c.x, c.y)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (!errors.Is(err, ErrOutOfRange) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), s.Name())):
				t.Errorf("%v; want ErrOutOfRange and %q", err, c.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"cgcs2000", "EPSG:4547", "epsg:4555", "city", "", "epsg:٤٥٤٧", "\xff", "ſ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		s, err := Parse(name)
		if (s == nil) == (err == nil) || err != nil && !errors.Is(err, ErrUnknown) {
			t.Fatalf("%v, %v", s, err)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Fatalf("an error of %d bytes", len(err.Error()))
		}
		if s != nil && mustParse(t, s.Name()) != s {
			t.Fatalf("%q is %v, its name is not", name, s)
		}
	})
}

// What Check lets through has a place, and comes back to itself.
func FuzzCheck(f *testing.F) {
	all := append(All(), Grid{TM: TM{Lon0: 114, X0: 500_000, K: 0.9}, Affine: [6]float64{0, 1, 5, -1, 0, 7}})
	f.Add(uint8(0), 114.3488, 34.7886)
	f.Add(uint8(2), -180.0, 85.0)
	f.Add(uint8(3), 180.0, -85.0)
	f.Add(uint8(2), -180.0, -84.22916666666667)
	f.Add(uint8(4), 20037508.34, 20037508.34)
	f.Add(uint8(40), 38531923.06, 10001965.0)
	f.Add(uint8(69), 10_001_965.0, -1_000_000.0)
	f.Add(uint8(69), math.Inf(1), math.NaN())
	f.Fuzz(func(t *testing.T, which uint8, x, y float64) {
		s := all[int(which)%len(all)]
		if err := s.Check(x, y); err != nil {
			if !errors.Is(err, ErrOutOfRange) {
				t.Fatal(err)
			}
			return
		}
		lon, lat := s.ToCGCS2000(x, y)
		// Near the poles GCJ-02 and BD-09 step over the date line by 1° and more.
		if !(math.Abs(lon) <= 182 && math.Abs(lat) <= 90) {
			t.Fatalf("%s %g %g is at %g %g", s.Name(), x, y, lon, lat)
		}
		backX, backY := s.FromCGCS2000(lon, lat)
		within := 1e-6
		if s.Geographic() {
			within = 1e-11
		}
		if !s.Geographic() && math.Abs(lat) > 85 {
			return // eastings near a pole: the longitude is ill defined; Web Mercator ends
		}
		if !(math.Abs(backX-x) <= within && math.Abs(backY-y) <= within) {
			t.Fatalf("%s %.9f %.9f is at %.12f %.12f and comes back as %.9f %.9f", s.Name(), x, y, lon, lat, backX, backY)
		}
	})
}
