package spatial

import (
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Quantum is the spacing of the lattice in degrees.
const Quantum = 1e-7

// perDegree is 1/Quantum, exact in float64 while Quantum is not.
const perDegree = 1e7

// ErrNotFinite marks a coordinate that is NaN, infinite or off the globe.
var ErrNotFinite = errors.New("coordinate is not a longitude and latitude in degrees")

// Coord is a position on the lattice: longitude X and latitude Y in units of
// 1e-7 degree, CGCS2000.
type Coord struct{ X, Y int32 }

// At rounds a longitude and latitude in degrees to the lattice. Both must be
// on the globe; see [Checked] for input that may not be.
func At(lon, lat float64) Coord {
	return Coord{int32(math.RoundToEven(lon * perDegree)), int32(math.RoundToEven(lat * perDegree))}
}

// Checked is At for input from outside.
func Checked(lon, lat float64) (Coord, error) {
	if !(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90) { // also false for NaN
		return Coord{}, fmt.Errorf("(%v, %v): %w", lon, lat, ErrNotFinite)
	}
	return At(lon, lat), nil
}

// Lon returns the longitude in degrees: the float64 nearest to the lattice
// value, so that At(c.Lon(), c.Lat()) == c.
func (c Coord) Lon() float64 { return float64(c.X) / perDegree }

// Lat returns the latitude in degrees.
func (c Coord) Lat() float64 { return float64(c.Y) / perDegree }

// Point returns the position as an orb point in degrees.
func (c Coord) Point() orb.Point { return orb.Point{c.Lon(), c.Lat()} }

// DistanceM is the distance between two positions in metres, on the ellipsoid,
// by the scale at their middle latitude. The error against the geodesic is
// below 1e-6 of the distance up to 20 km, at latitudes up to 55°.
func DistanceM(a, b Coord) float64 {
	perLon, perLat := crs.MetresPerDegree((a.Lat() + b.Lat()) / 2)
	dx := float64(int64(a.X)-int64(b.X)) / perDegree * perLon
	dy := float64(int64(a.Y)-int64(b.Y)) / perDegree * perLat
	return math.Sqrt(float64(dx*dx) + float64(dy*dy))
}

// Box is a closed rectangle on the lattice.
type Box struct{ Min, Max Coord }

// EmptyBox holds nothing and grows by Extend.
func EmptyBox() Box {
	return Box{Coord{math.MaxInt32, math.MaxInt32}, Coord{math.MinInt32, math.MinInt32}}
}

// Empty reports whether the box holds no position.
func (b Box) Empty() bool { return b.Min.X > b.Max.X || b.Min.Y > b.Max.Y }

// Extend returns the smallest box that holds b and c.
func (b Box) Extend(c Coord) Box {
	return Box{
		Coord{min(b.Min.X, c.X), min(b.Min.Y, c.Y)},
		Coord{max(b.Max.X, c.X), max(b.Max.Y, c.Y)},
	}
}

// Union returns the smallest box that holds both.
func (b Box) Union(o Box) Box {
	if o.Empty() {
		return b
	}
	return b.Extend(o.Min).Extend(o.Max)
}

// Holds reports whether c lies in the box, border included.
func (b Box) Holds(c Coord) bool {
	return c.X >= b.Min.X && c.X <= b.Max.X && c.Y >= b.Min.Y && c.Y <= b.Max.Y
}

// Meets reports whether the boxes share a position.
func (b Box) Meets(o Box) bool {
	return b.Min.X <= o.Max.X && o.Min.X <= b.Max.X && b.Min.Y <= o.Max.Y && o.Min.Y <= b.Max.Y
}

// Grow returns the box widened by n quanta on each side, clamped to the globe.
func (b Box) Grow(n int32) Box {
	const maxX, maxY = 180 * perDegree, 90 * perDegree
	return Box{
		Coord{int32(max(int64(b.Min.X)-int64(n), -maxX)), int32(max(int64(b.Min.Y)-int64(n), -maxY))},
		Coord{int32(min(int64(b.Max.X)+int64(n), maxX)), int32(min(int64(b.Max.Y)+int64(n), maxY))},
	}
}

// Center returns the middle of the box.
func (b Box) Center() Coord {
	return Coord{int32((int64(b.Min.X) + int64(b.Max.X)) / 2), int32((int64(b.Min.Y) + int64(b.Max.Y)) / 2)}
}

// Bound returns the box in degrees.
func (b Box) Bound() orb.Bound { return orb.Bound{Min: b.Min.Point(), Max: b.Max.Point()} }
