package spatial

import (
	"math"

	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Side is where a position lies relative to a polygon.
type Side uint8

// The three sides of a polygon's border.
const (
	Outside Side = iota
	OnBorder
	Inside
)

// Contains reports on which side of the polygon's border c lies and whether
// the polygon holds it by the border rule (see the package doc): for Inside
// always, for Outside never, for OnBorder when the point moved a little east
// and then a little less north is inside. Exact.
func (s *Shape) Contains(c Coord) (side Side, holds bool) {
	if s.Kind != Polygons || !s.Box.Holds(c) {
		return Outside, false
	}
	odd, on := false, false
	from := 0
	for _, end := range s.Ends {
		ring := s.Coords[from:end]
		from = int(end)
		a := ring[len(ring)-1]
		for _, b := range ring {
			// The ray runs from c to the east. "≤ on one end, > on the other"
			// is the step to the north, "strictly right" the step to the east.
			switch {
			case (a.Y > c.Y) != (b.Y > c.Y):
				turn := cross(a, b, c)
				if turn == 0 {
					on = true
				} else if (turn > 0) == (b.Y > a.Y) {
					odd = !odd
				}
			case a.Y == c.Y && b.Y == c.Y:
				on = on || (c.X >= min(a.X, b.X) && c.X <= max(a.X, b.X))
			default:
				on = on || b == c
			}
			a = b
		}
	}
	switch {
	case on:
		return OnBorder, odd
	case odd:
		return Inside, true
	}
	return Outside, false
}

// DistanceM is the distance from c to the nearest point of the shape's lines,
// borders or points in metres, also from inside a polygon. It uses the scale
// at c's latitude: the error is below 1e-5 of the distance up to 1 km.
func (s *Shape) DistanceM(c Coord) float64 {
	_, d2 := s.nearestEdge(c)
	return math.Sqrt(d2)
}

// nearestEdge returns the index of the coordinate that ends the nearest edge
// and the squared distance to it in metres.
func (s *Shape) nearestEdge(c Coord) (edge int, d2 float64) {
	perLon, perLat := crs.MetresPerDegree(c.Lat())
	mx, my := perLon/perDegree, perLat/perDegree
	return s.nearest(c, mx, my)
}

// nearest is nearestEdge with the lengths mx, my of a quantum given.
func (s *Shape) nearest(c Coord, mx, my float64) (edge int, d2 float64) {
	best := math.Inf(1)
	from := 0
	for _, end := range s.Ends {
		part := s.Coords[from:end]
		prev, i0 := part[len(part)-1], 0
		switch s.Kind {
		case Points:
			for i, p := range part {
				if d := segment2(c, p, p, mx, my); d < best {
					best, edge = d, from+i
				}
			}
			from = int(end)
			continue
		case Lines:
			prev, i0 = part[0], 1
		}
		for i := i0; i < len(part); i++ {
			if d := segment2(c, prev, part[i], mx, my); d < best {
				best, edge = d, from+i
			}
			prev = part[i]
		}
		from = int(end)
	}
	return edge, best
}

// segment2 is the squared distance from c to the segment a-b where a quantum
// is mx wide and my high.
func segment2(c, a, b Coord, mx, my float64) float64 {
	ax, ay := float64(int64(a.X)-int64(c.X))*mx, float64(int64(a.Y)-int64(c.Y))*my
	bx, by := float64(int64(b.X)-int64(c.X))*mx, float64(int64(b.Y)-int64(c.Y))*my
	dx, dy := bx-ax, by-ay
	if l2 := float64(dx*dx) + float64(dy*dy); l2 > 0 {
		t := -(float64(ax*dx) + float64(ay*dy)) / l2
		switch {
		case t >= 1:
			ax, ay = bx, by
		case t > 0:
			ax, ay = ax+float64(t*dx), ay+float64(t*dy)
		}
	}
	return float64(ax*ax) + float64(ay*ay)
}
