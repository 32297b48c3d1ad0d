package crs

import (
	"fmt"
	"math"
)

// A TM is a transverse Mercator (Gauss-Krüger) projection of the CGCS2000
// ellipsoid. Its origin is where the equator meets the meridian Lon0; eastings
// and northings are metres. The fields may be written as a literal; [NewTM]
// checks figures that come from outside.
//
// Series to n⁶ in the third flattening: the error is below 5e-9 m up to 7° from
// the meridian and 5e-8 m up to 45°, measured along the great circle. Beyond
// that, and over the poles, methods give NaN, which no caller can take for a
// place.
type TM struct {
	Lon0 float64 `json:"lon0" yaml:"lon0"` // central meridian, degrees
	X0   float64 `json:"x0" yaml:"x0"`     // false easting, metres
	Y0   float64 `json:"y0" yaml:"y0"`     // false northing, metres
	K    float64 `json:"k" yaml:"k"`       // scale on the meridian; 0 means 1
}

const (
	// maxAside is the sine of the arc to the meridian as far as the series holds,
	// sin 45°, with room for rounding.
	maxAside = math.Sqrt2/2 + 1e-9
	// maxEta is the same limit in the plane: asinh(tan 45°) = 0.8814, and the
	// 0.002 that the series adds.
	maxEta = 0.884
	// maxXi is the pole, with room for rounding: 1e-9 rad is 6 mm.
	maxXi = math.Pi/2 + 1e-9
)

// NewTM checks and makes a projection. A k of 0 means 1.
func NewTM(lon0, x0, y0, k float64) (TM, error) {
	t := TM{Lon0: lon0, X0: x0, Y0: y0, K: k}
	if err := t.Validate(); err != nil {
		return TM{}, err
	}
	if k == 0 {
		t.K = 1
	}
	return t, nil
}

// LocalPlane is the plane a city measures in: true to scale on the city's own
// meridian, with (lon0, lat0) at the origin. 20 km east or west of it a length is
// too long by 5 parts in a million.
func LocalPlane(lon0, lat0 float64) TM {
	t := TM{Lon0: lon0, K: 1}
	_, n := t.Forward(lon0, lat0)
	t.Y0 = -n
	return t
}

// Validate says which parameter is not usable.
func (t TM) Validate() error {
	switch {
	case !(math.Abs(t.Lon0) <= 180):
		return fmt.Errorf("transverse mercator: lon0 %g is not within ±180", t.Lon0)
	case !(math.Abs(t.X0) <= maxFalseOriginM):
		return fmt.Errorf("transverse mercator: x0 %g is not within ±%g m", t.X0, maxFalseOriginM)
	case !(math.Abs(t.Y0) <= maxFalseOriginM):
		return fmt.Errorf("transverse mercator: y0 %g is not within ±%g m", t.Y0, maxFalseOriginM)
	case t.K != 0 && !(t.K >= minScale && t.K <= maxScale):
		return fmt.Errorf("transverse mercator: k %g is not between %g and %g (0 means 1)", t.K, minScale, maxScale)
	}
	return nil
}

const (
	// maxFalseOriginM admits every zone number in the easting and keeps the
	// rounding of a coordinate below 1e-8 m.
	maxFalseOriginM = 1e8
	// City grids are scaled to their mean height: k = 1 ± h/R, 1.0014 at 9000 m.
	minScale, maxScale = 0.9, 1.1
)

// Forward projects degrees to easting and northing in metres.
func (t TM) Forward(lon, lat float64) (e, n float64) {
	p, ok := t.onSphere(lon, lat)
	if !ok {
		return math.NaN(), math.NaN()
	}
	xi, eta := atan2(p.polar, p.facing), atanh(p.aside)
	dXi, dEta := sineSeries(&fromConformal, p.doubled())
	radius := t.radius()
	return t.X0 + float64(radius*(eta+dEta)), t.Y0 + float64(radius*(xi+dXi))
}

// Inverse is the exact reverse of Forward: degrees from easting and northing.
func (t TM) Inverse(e, n float64) (lon, lat float64) {
	radius := t.radius()
	xi, eta := (n-t.Y0)/radius, (e-t.X0)/radius
	if !(math.Abs(xi) <= maxXi && math.Abs(eta) <= maxEta) {
		return math.NaN(), math.NaN()
	}
	sin, cos := sinCosPi(xi / math.Pi)
	sinh, cosh := sinhCosh(eta)
	dXi, dEta := sineSeries(&toConformal, doubleAngle{
		sin: 2 * float64(sin*cos), cos: 1 - 2*float64(sin*sin),
		sinh: 2 * float64(sinh*cosh), cosh: 1 + 2*float64(sinh*sinh),
	})
	// The conformal point lies a small step from (xi, eta): turn by it instead of
	// evaluating sine and sinh again.
	sin, cos = turn(sin, cos, -dXi)
	sinh = stepSinh(sinh, cosh, -dEta)
	level := hypot(sinh, cos)
	length2 := float64(level*level) + float64(sin*sin)
	sin2 := 2 * float64(sin*level) / length2
	cos2 := float64((level-sin)*(level+sin)) / length2
	lat = atan2(sin, level) + realSineSeries(&geographicLat, sin2, cos2)
	return wrapDegrees(t.Lon0 + atan2(sinh, cos)/degree), lat / degree
}

// Scale is the length of a short line in the plane over its length on the
// ellipsoid at a place in degrees; the square of it is the scale of areas.
func (t TM) Scale(lon, lat float64) float64 {
	// At the pole both meridian radii vanish; 0.001° before it the scale is the
	// same within 2e-10.
	const nearestPole = 89.999
	lat = math.Max(-nearestPole, math.Min(nearestPole, lat))
	p, ok := t.onSphere(lon, lat)
	if !ok {
		return math.NaN()
	}
	// |d(plane)/d(sphere)| · (sphere per ellipsoid), Karney 2011, equations 24–26.
	re, im := cosineSeries(&fromConformal, p.doubled())
	stretch := hypot(1+re, im)
	sin, cos := sinCosPi(lat / 180)
	perEllipsoid := math.Sqrt(1-float64(eccentricitySq*float64(sin*sin))) * hypot(p.facing, p.aside) / cos
	return t.radius() / semiMajorM * stretch * perEllipsoid / math.Sqrt(1-float64(p.aside*p.aside))
}

func (t TM) radius() float64 {
	if t.K == 0 {
		return rectifyingRadiusM
	}
	return float64(rectifyingRadiusM * t.K)
}

// A spherePoint is a place on the conformal unit sphere: its coordinates along
// the axis, towards the meridian Lon0, and to the east of both.
type spherePoint struct{ polar, facing, aside float64 }

func (t TM) onSphere(lon, lat float64) (p spherePoint, ok bool) {
	lon = wrapDegrees(lon - t.Lon0)
	if !(math.Abs(lon) <= 90 && math.Abs(lat) <= 90) {
		return p, false
	}
	sin, cos := sinCosPi(lat / 180)
	sin2, cos2 := 2*float64(sin*cos), float64((cos-sin)*(cos+sin))
	sin, cos = turn(sin, cos, realSineSeries(&conformalLat, sin2, cos2))
	sinLon, cosLon := sinCosPi(lon / 180)
	p = spherePoint{polar: sin, facing: float64(cos * cosLon), aside: float64(cos * sinLon)}
	return p, math.Abs(p.aside) <= maxAside
}

// doubled gives the double angles of the spherical transverse Mercator image
// ξ = atan2(polar, facing), η = atanh(aside) without computing either.
func (p spherePoint) doubled() doubleAngle {
	h2 := float64(p.polar*p.polar) + float64(p.facing*p.facing)
	return doubleAngle{
		sin:  2 * float64(p.polar*p.facing) / h2,
		cos:  float64((p.facing-p.polar)*(p.facing+p.polar)) / h2,
		sinh: 2 * p.aside / h2,
		cosh: (1 + float64(p.aside*p.aside)) / h2,
	}
}

// wrapDegrees brings a longitude or a difference of two to ±180.
func wrapDegrees(lon float64) float64 {
	switch {
	case lon > 180:
		return lon - 360
	case lon < -180:
		return lon + 360
	}
	return lon
}
