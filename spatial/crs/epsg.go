package crs

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The Gauss-Krüger systems of CGCS2000 in EPSG's register, four runs of codes:
//
//	4491–4501  6° zones 13–23, zone number in the easting, meridian 6n−3
//	4502–4512  the same meridians 75°E–135°E, easting without the number
//	4513–4533  3° zones 25–45, zone number in the easting, meridian 3n
//	4534–4554  the same meridians 75°E–135°E, easting without the number
const (
	firstGaussKruger    = 4491
	firstSixPlain       = 4502
	firstThreeNumbered  = 4513
	firstThreePlain     = 4534
	lastGaussKruger     = 4554
	firstSixZone        = 13
	lastSixZone         = 23
	firstThreeZone      = 25
	lastThreeZone       = 45
	westernmostMeridian = 75
)

const (
	zoneWidthM = 1_000_000 // eastings of one zone number
	falseEastM = 500_000
	// quarterMeridianM is the pole's northing, 10,001,965.73 m, rounded down.
	quarterMeridianM = 10_001_965
)

// gaussKruger is one code of the register. zone is 0 where the easting carries
// no zone number; sibling is the code of the same meridian with it, or without.
type gaussKruger struct {
	name    string
	tm      TM
	zone    int
	sibling string
}

func newGaussKruger(code int) gaussKruger {
	var first, firstZone, toSibling int
	stepDeg := 3
	switch {
	case code < firstSixPlain:
		first, stepDeg, firstZone, toSibling = firstGaussKruger, 6, firstSixZone, firstSixPlain-firstGaussKruger
	case code < firstThreeNumbered:
		first, stepDeg, toSibling = firstSixPlain, 6, firstGaussKruger-firstSixPlain
	case code < firstThreePlain:
		first, firstZone, toSibling = firstThreeNumbered, firstThreeZone, firstThreePlain-firstThreeNumbered
	default:
		first, toSibling = firstThreePlain, firstThreeNumbered-firstThreePlain
	}
	s := gaussKruger{name: epsgName(code), sibling: epsgName(code + toSibling)}
	if firstZone > 0 {
		s.zone = firstZone + code - first
	}
	s.tm = TM{
		Lon0: float64(westernmostMeridian + stepDeg*(code-first)),
		X0:   float64(s.zone*zoneWidthM + falseEastM),
		K:    1,
	}
	return s
}

// EPSG returns the code of the plane in EPSG's register, of the 3° zones where it is
// of both; ok is false for a plane that has none.
func (t TM) EPSG() (code int, ok bool) {
	if t.K == 0 {
		t.K = 1
	}
	for code := lastGaussKruger; code >= firstGaussKruger; code-- {
		if newGaussKruger(code).tm == t {
			return code, true
		}
	}
	return 0, false
}

func epsgName(code int) string { return "epsg:" + strconv.Itoa(code) }

// parseGaussKruger takes a name in lower case.
func parseGaussKruger(name string) (gaussKruger, bool) {
	digits, ok := strings.CutPrefix(name, "epsg:")
	if !ok || len(digits) != 4 {
		return gaussKruger{}, false
	}
	code, err := strconv.Atoi(digits)
	if err != nil || code < firstGaussKruger || code > lastGaussKruger {
		return gaussKruger{}, false
	}
	return newGaussKruger(code), true
}

// systemOfEasting finds the system by the zone number an easting carries: 3° and
// 6° zones share no number.
func systemOfEasting(e float64) (gaussKruger, bool) {
	zone := math.Floor(e / zoneWidthM)
	switch {
	case zone >= firstSixZone && zone <= lastSixZone:
		return newGaussKruger(firstGaussKruger + int(zone) - firstSixZone), true
	case zone >= firstThreeZone && zone <= lastThreeZone:
		return newGaussKruger(firstThreeNumbered + int(zone) - firstThreeZone), true
	}
	return gaussKruger{}, false
}

func (s gaussKruger) Name() string   { return s.name }
func (gaussKruger) Geographic() bool { return false }

func (s gaussKruger) ToCGCS2000(x, y float64) (lon, lat float64)   { return s.tm.Inverse(x, y) }
func (s gaussKruger) FromCGCS2000(lon, lat float64) (x, y float64) { return s.tm.Forward(lon, lat) }

func (s gaussKruger) Check(x, y float64) error {
	if s.hasEasting(x) && hasNorthing(y) && !looksLikeDegrees(x, y) {
		return nil
	}
	if err := checkFinite(s.name, "easting", "northing", x, y); err != nil {
		return err
	}
	west := float64(s.zone * zoneWidthM)
	switch other, numbered := systemOfEasting(x); {
	case looksLikeDegrees(x, y):
		return outOfRange(s.name, "%g, %g look like degrees, not metres", x, y)
	case s.hasEasting(y) && hasNorthing(x):
		return outOfRange(s.name, "easting %.2f, northing %.2f look swapped (a surveyor's x is the northing)", x, y)
	case numbered:
		return outOfRange(s.name, "easting %.2f carries the zone number %d: name crs %s", x, other.zone, other.name)
	case s.zone > 0 && x >= 0 && x < zoneWidthM:
		return outOfRange(s.name, "easting %.2f is without its zone number: name crs %s or add %.0f", x, s.sibling, west)
	case !s.hasEasting(x):
		return outOfRange(s.name, "easting %.2f is not between %.0f and %.0f", x, west, west+zoneWidthM)
	default:
		return outOfRange(s.name, "northing %.2f is not between 0 and %d", y, quarterMeridianM)
	}
}

func (s gaussKruger) hasEasting(x float64) bool {
	west := float64(s.zone * zoneWidthM)
	return x >= west && x < west+zoneWidthM
}

func hasNorthing(y float64) bool { return y >= 0 && y <= quarterMeridianM }

// String shows a system in logs and test output.
func (s gaussKruger) String() string { return fmt.Sprintf("%s (meridian %g°E)", s.name, s.tm.Lon0) }
