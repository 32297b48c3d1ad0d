//go:build proj

package importers

import (
	"errors"
	"fmt"
	"math"
	"os/exec"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial/crs"
)

func TestEverySystemOfTheRegisterIsReadThroughPROJ(t *testing.T) {
	// Where EPSG:2237 (feet), 32650 and 2326 put places, by cs2cs to EPSG:4326.
	for _, c := range []struct {
		code string
		x, y float64
	}{{"2237", 560000, 1320000}, {"32650", 500000, 3850000}, {"2326", 836694.05, 819069.80}} {
		cmd := exec.CommandContext(t.Context(), "cs2cs", "-f", "%.9f", "EPSG:"+c.code, "EPSG:4326")
		first, second := c.x, c.y
		if c.code == "2326" {
			first, second = c.y, c.x // the register has the northing first
		}
		cmd.Stdin = strings.NewReader(fmt.Sprintf("%f %f\n", first, second))
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var lat, lon float64
		if _, err := fmt.Sscan(string(out), &lat, &lon); err != nil {
			t.Fatal(err)
		}
		s, err := resolve("epsg:" + c.code)
		if err != nil {
			t.Fatal(err)
		}
		gotLon, gotLat := s.ToCGCS2000(c.x, c.y)
		if math.Abs(gotLon-lon) > 1e-8 || math.Abs(gotLat-lat) > 1e-8 || s.Geographic() || s.Check(c.x, c.y) != nil {
			t.Errorf("epsg:%s: %.9f %.9f, cs2cs has %.9f %.9f; %v", c.code, gotLon, gotLat, lon, lat, s.Check(c.x, c.y))
		}
		if x, y := s.FromCGCS2000(gotLon, gotLat); math.Hypot(x-c.x, y-c.y) > 1e-3 {
			t.Errorf("epsg:%s comes back as %f %f", c.code, x, y)
		}
	}
}

func TestADatumWithoutPublicParametersIsRefused(t *testing.T) {
	s, err := resolve("epsg:4610") // Xian 1980
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(114.3, 34.7); !errors.Is(err, crs.ErrOutOfRange) {
		lon, lat := s.ToCGCS2000(114.3, 34.7)
		t.Errorf("%v: %g %g", err, lon, lat)
	}
	if _, err := resolve("epsg:999999"); !errors.Is(err, crs.ErrUnknown) {
		t.Errorf("%v", err)
	}
}
