package crs

import "math"

const (
	// maxMercatorLat is where the square map of the world ends: atan(sinh π).
	maxMercatorLat = 85.051128779806604
	// maxMercatorM is π·a, half the side of that square.
	maxMercatorM = math.Pi * semiMajorM
	// mercatorSlackM lets through figures at the edge that were rounded to the
	// centimetre.
	mercatorSlackM = 0.01
)

// webMercator is EPSG:3857, for display: the formulas of the sphere applied to
// ellipsoidal latitudes, so that at 35° a length in it is 22 % too long.
type webMercator struct{}

func (webMercator) Name() string     { return "epsg:3857" }
func (webMercator) Geographic() bool { return false }

// FromCGCS2000 moves latitudes beyond ±85.051128779806604° to that edge.
func (webMercator) FromCGCS2000(lon, lat float64) (x, y float64) {
	switch {
	case lat >= maxMercatorLat:
		y = maxMercatorM
	case lat <= -maxMercatorLat:
		y = -maxMercatorM
	default:
		y = float64(semiMajorM * atanh(sinPi(lat/180)))
	}
	return float64(maxMercatorM * (lon / 180)), y
}

func (webMercator) ToCGCS2000(x, y float64) (lon, lat float64) {
	sinh, cosh := sinhCosh(y / semiMajorM / 4) // within ±π/4, then doubled twice
	sinh, cosh = 2*float64(sinh*cosh), 1+2*float64(sinh*sinh)
	return float64(x / maxMercatorM * 180), atan(2*float64(sinh*cosh)) / degree
}

func (s webMercator) Check(x, y float64) error {
	const limit = maxMercatorM + mercatorSlackM
	if math.Abs(x) <= limit && math.Abs(y) <= limit && !looksLikeDegrees(x, y) {
		return nil
	}
	if err := checkFinite(s.Name(), "x", "y", x, y); err != nil {
		return err
	}
	if looksLikeDegrees(x, y) {
		return outOfRange(s.Name(), "%g, %g look like degrees, not metres", x, y)
	}
	hint := ""
	if other, ok := systemOfEasting(x); ok {
		hint = ": name crs " + other.name
	}
	return outOfRange(s.Name(), "%.2f, %.2f is not within ±%.2f%s", x, y, maxMercatorM, hint)
}
