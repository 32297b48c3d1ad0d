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
		odd, on = crossings(ring[len(ring)-1], ring, c, odd, on)
	}
	return sideOf(odd, on)
}

// crossings goes along edges, the first from a: odd turns with every one that the
// ray from c to the east crosses, on is set by one that c lies on.
func crossings(a Coord, to []Coord, c Coord, odd, on bool) (bool, bool) {
	for _, b := range to {
		// "≤ on one end, > on the other" is the step to the north, "strictly
		// right" the step to the east.
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
	return odd, on
}

func sideOf(odd, on bool) (side Side, holds bool) {
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
// at c's latitude φ: the error is below 0.2·tan φ·d/R of the distance d, which
// for 1 km is 2.2e-5 at 35° and 5.5e-5 at 60°.
func (s *Shape) DistanceM(c Coord) float64 {
	mx, my := quantumM(c)
	return math.Sqrt(s.nearest2(c, mx, my))
}

// quantumM returns the width and height of a quantum in metres at c.
func quantumM(c Coord) (mx, my float64) {
	perLon, perLat := crs.MetresPerDegree(c.Lat())
	return perLon / perDegree, perLat / perDegree
}

// nearest2 is the squared distance from c to the shape's nearest edge or point
// where a quantum is mx wide and my high.
func (s *Shape) nearest2(c Coord, mx, my float64) float64 {
	best := math.Inf(1)
	for a, b := range s.edges {
		best = min(best, segment2(c, a, b, mx, my))
	}
	return best
}

// edges yields the two ends of every edge; a point is an edge of no length.
func (s *Shape) edges(yield func(a, b Coord) bool) {
	from := 0
	for _, end := range s.Ends {
		part := s.Coords[from:end]
		from = int(end)
		prev := part[len(part)-1] // the closing edge of a ring
		if s.Kind == Lines {
			prev, part = part[0], part[1:]
		}
		for _, c := range part {
			if s.Kind == Points {
				prev = c
			}
			if !yield(prev, c) {
				return
			}
			prev = c
		}
	}
}

// segment2 is the squared distance from c to the segment a-b where a quantum
// is mx wide and my high. Both directions of the segment give the same bits, so
// that a border is as far from one of its sides as from the other.
func segment2(c, a, b Coord, mx, my float64) float64 {
	if b.X < a.X || (b.X == a.X && b.Y < a.Y) {
		a, b = b, a
	}
	ax, ay := float64(float64(int64(a.X)-int64(c.X))*mx), float64(float64(int64(a.Y)-int64(c.Y))*my)
	bx, by := float64(float64(int64(b.X)-int64(c.X))*mx), float64(float64(int64(b.Y)-int64(c.Y))*my)
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
