package spatial

import (
	"math"

	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// LengthM is the length of the shape's lines in metres, by [DistanceM].
func (s *Shape) LengthM() float64 {
	if s.Kind != Lines {
		return 0
	}
	var sum float64
	for i := range s.Ends {
		sum += lengthM(s.Part(i))
	}
	return sum
}

// AreaM2 is the area of the polygons in m², on the ellipsoid, holes left out;
// edges are straight in longitude and latitude. It is true to 1e-9 of the area
// of the box: the area under an edge, from the box's southern side up, is an
// integral over the length of a degree, which Gauss's rule of four points takes
// in pieces of 10 degrees at most.
func (s *Shape) AreaM2() float64 {
	if s.Kind != Polygons {
		return 0
	}
	u := newUnder(s.Box)
	var sum float64
	for i := range s.Shells {
		from, to := s.Rings(i)
		for r := from; r < to; r++ {
			if a := math.Abs(u.ring(s.Part(r))); r == from {
				sum += a
			} else {
				sum -= a
			}
		}
	}
	return sum
}

// under integrates from a southern latitude up.
type under struct {
	south float64
	// below[k] is the area under the parallel k pieces further north, in m² for
	// a degree of longitude.
	below []float64
}

// pieceDegrees is the height over which one application of Gauss's rule is
// exact enough.
const pieceDegrees = 10.0

// gauss4 has the nodes and weights of Gauss's rule of four points on [0, 1].
var gauss4 = [...]struct{ at, weight float64 }{
	{0.069431844202973712, 0.17392742256872693},
	{0.33000947820757187, 0.32607257743127307},
	{0.66999052179242813, 0.32607257743127307},
	{0.93056815579702629, 0.17392742256872693},
}

func newUnder(b Box) *under {
	u := &under{south: b.Min.Lat(), below: []float64{0}}
	for lat := u.south; lat+pieceDegrees < b.Max.Lat(); lat += pieceDegrees {
		u.below = append(u.below, u.below[len(u.below)-1]+strip(lat, lat+pieceDegrees))
	}
	return u
}

// strip is the area between two parallels in m² for a degree of longitude.
func strip(south, north float64) float64 {
	var sum float64
	for _, g := range gauss4 {
		perLon, perLat := crs.MetresPerDegree(south + float64(g.at*(north-south)))
		sum += float64(g.weight * float64(perLon*perLat))
	}
	return sum * (north - south)
}

// to is the area from the south up to a parallel.
func (u *under) to(lat float64) float64 {
	k := min(max(int((lat-u.south)/pieceDegrees), 0), len(u.below)-1)
	return u.below[k] + strip(u.south+float64(pieceDegrees*float64(k)), lat)
}

// ring is the area of a ring, its sign by its direction.
func (u *under) ring(ring []Coord) float64 {
	var sum float64
	a := ring[len(ring)-1]
	for _, b := range ring {
		if a.X != b.X {
			sum += u.edge(a, b)
		}
		a = b
	}
	return sum
}

// edge is the area under an edge.
func (u *under) edge(a, b Coord) float64 {
	low, high := a.Lat(), b.Lat()
	pieces := math.Ceil(max(math.Abs(high-low)/pieceDegrees, 1e-9))
	var sum float64
	for k := range int(pieces) {
		for _, g := range gauss4 {
			sum += float64(g.weight * u.to(low+float64((float64(k)+g.at)/pieces*(high-low))))
		}
	}
	return sum / pieces * (b.Lon() - a.Lon())
}
