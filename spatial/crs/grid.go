package crs

import (
	"errors"
	"fmt"
	"math"
)

// cityName is the name of every city's own grid.
const cityName = "city"

// A Grid is a city's independent coordinate system (城市独立坐标系): a transverse
// Mercator followed by an affine map
//
//	E' = a·E + b·N + c
//	N' = d·E + e·N + f
//
// which a city derives from its control points. It is the [System] named "city".
// A zero Affine is the identity. There and back is within 1e-8 m for parameters
// that pass Validate and an affine map near a rotation.
type Grid struct {
	TM     TM         `json:"tm" yaml:"tm"`
	Affine [6]float64 `json:"affine" yaml:"affine"` // a, b, c, d, e, f
}

const (
	// minShape is the smallest |ad·e−b·d| over the largest of a, b, d, e squared:
	// below it the map flattens the city and the inverse loses 6 digits.
	minShape = 1e-6
	// maxFactor admits every unit of length from the millimetre to the kilometre.
	maxFactor = 1000
	// gridReachM is how far from its meridian, or beyond the poles' northing, a
	// city's point can be: half the width of a zone number, as in EPSG's systems.
	gridReachM = 500_000
)

// NewGrid checks and makes a city grid.
func NewGrid(tm TM, affine [6]float64) (Grid, error) {
	g := Grid{TM: tm, Affine: affine}
	if err := g.Validate(); err != nil {
		return Grid{}, err
	}
	return g, nil
}

// Validate reports everything wrong with the parameters, joined.
func (g Grid) Validate() error {
	var faults []error
	if err := g.TM.Validate(); err != nil {
		faults = append(faults, fmt.Errorf("city grid: %w", err))
	}
	for i, v := range g.Affine {
		if !(math.Abs(v) <= maxFalseOriginM) {
			faults = append(faults, fmt.Errorf("city grid: affine %c %g is not within ±%g", 'a'+i, v, maxFalseOriginM))
		}
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	largest, shape := g.linear()
	switch {
	case !(shape >= minShape):
		return fmt.Errorf("city grid: affine %v is singular, it maps the city onto a line: the order is a, b, c, d, e, f", g.Affine)
	case largest > maxFactor || largest < 1.0/maxFactor:
		return fmt.Errorf("city grid: affine %v scales lengths by %g: the order is a, b, c, d, e, f", g.Affine, largest)
	}
	return nil
}

// linear gives the largest of a, b, d, e and the shape of the four: 1 for a
// mirror or a turn by quarters, 0 for a singular map.
func (g Grid) linear() (largest, shape float64) {
	m := g.affine()
	largest = max(math.Abs(m[0]), math.Abs(m[1]), math.Abs(m[3]), math.Abs(m[4]))
	if largest == 0 {
		return 0, 0
	}
	diagonal, other := m[0]/largest*(m[4]/largest), m[1]/largest*(m[3]/largest)
	return largest, math.Abs(float64(diagonal) - float64(other))
}

func (g Grid) affine() [6]float64 {
	if g.Affine == [6]float64{} {
		return [6]float64{0: 1, 4: 1}
	}
	return g.Affine
}

// Name is "city".
func (Grid) Name() string { return cityName }

// Geographic is false: metres.
func (Grid) Geographic() bool { return false }

// FromCGCS2000 gives the city's easting and northing.
func (g Grid) FromCGCS2000(lon, lat float64) (x, y float64) {
	e, n := g.TM.Forward(lon, lat)
	m := g.affine()
	return float64(m[0]*e) + float64(m[1]*n) + m[2], float64(m[3]*e) + float64(m[4]*n) + m[5]
}

// ToCGCS2000 takes the city's easting and northing.
func (g Grid) ToCGCS2000(x, y float64) (lon, lat float64) { return g.TM.Inverse(g.projected(x, y)) }

// projected undoes the affine map.
func (g Grid) projected(x, y float64) (e, n float64) {
	m := g.affine()
	x, y = x-m[2], y-m[5]
	det := float64(m[0]*m[4]) - float64(m[1]*m[3])
	return (float64(m[4]*x) - float64(m[1]*y)) / det, (float64(m[0]*y) - float64(m[3]*x)) / det
}

// Check refuses points more than 500 km from the grid's meridian.
func (g Grid) Check(x, y float64) error {
	if g.reaches(x, y) {
		return nil
	}
	if err := checkFinite(cityName, "easting", "northing", x, y); err != nil {
		return err
	}
	if other, ok := systemOfEasting(x); ok {
		return outOfRange(cityName, "easting %.2f carries the zone number %d: name crs %s", x, other.zone, other.name)
	}
	if g.reaches(y, x) {
		return outOfRange(cityName, "easting %.2f, northing %.2f look swapped (a surveyor's x is the northing)", x, y)
	}
	return outOfRange(cityName, "%.2f, %.2f is more than %d km from the grid's meridian %g°, or beyond a pole", x, y, gridReachM/1000, g.TM.Lon0)
}

// reaches is false for NaN.
func (g Grid) reaches(x, y float64) bool {
	e, n := g.projected(x, y)
	return math.Abs(e-g.TM.X0) <= gridReachM && math.Abs(n-g.TM.Y0) <= math.Pi/2*g.TM.radius()
}
