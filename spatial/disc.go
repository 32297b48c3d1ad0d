package spatial

import (
	"math"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Disc is all that is within a radius of a position.
type Disc struct {
	center  Coord
	radiusM float64
	ruler   Ruler
	box     Box
}

// NewDisc makes the disc. The radius is finite and not negative.
func NewDisc(center Coord, radiusM float64) *Disc {
	return &Disc{center, radiusM, RulerAt(center), grownM(Box{center, center}, radiusM)}
}

// Box returns a box of all positions of the disc.
func (d *Disc) Box() Box { return d.box }

// Holds reports whether c is within the radius, by the [Ruler] at the center.
func (d *Disc) Holds(c Coord) bool { return d.ruler.DistanceM(c) <= d.radiusM }

// Meets reports whether any of the shape is within the radius. Lines and
// borders are measured in the plane at the center, as [Shape.DistanceM] does.
func (d *Disc) Meets(s *Shape) bool {
	if !s.Box.Meets(d.box) {
		return false
	}
	if s.Kind == Points {
		return slices.ContainsFunc(s.Coords, d.Holds)
	}
	side, _ := s.Contains(d.center)
	return side != Outside || s.DistanceM(d.center) <= d.radiusM
}

// grownM returns a box that holds all that is within radiusM of b.
func grownM(b Box, radiusM float64) Box {
	const maxX, maxY = 180 * perDegree, 90 * perDegree
	up := radiusM/(shortestPerLat/perDegree*boundSlack) + 1
	south, north := max(float64(b.Min.Y)-up, -maxY), min(float64(b.Max.Y)+up, maxY)
	perLon, _ := crs.MetresPerDegree(max(-south, north, 0) / perDegree)
	out := Box{Coord{-maxX, int32(math.Floor(south))}, Coord{maxX, int32(math.Ceil(north))}}
	if perLon > 1 { // else a pole is within, and with it every longitude
		aside := radiusM/(perLon/perDegree*boundSlack) + 1
		out.Min.X = int32(math.Floor(max(float64(b.Min.X)-aside, -maxX)))
		out.Max.X = int32(math.Ceil(min(float64(b.Max.X)+aside, maxX)))
	}
	return out
}
