package check

import (
	"math"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

// plane measures in the city's local plane.
type plane struct{ tm crs.TM }

// point is a position in the plane, in metres.
type point struct{ x, y float64 }

// quanta in a degree.
const perDegree = 1e7

func (p plane) at(x, y float64) point {
	e, n := p.tm.Forward(x/perDegree, y/perDegree)
	return point{e, n}
}

func (p plane) of(c spatial.Coord) point { return p.at(float64(c.X), float64(c.Y)) }

// distanceM is the distance between two positions.
func (p plane) distanceM(a, b spatial.Coord) float64 { return apart(p.of(a), p.of(b)) }

func apart(a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	return math.Sqrt(float64(dx*dx) + float64(dy*dy))
}

// fromSegmentM is the distance from c to the segment a-b.
func fromSegmentM(c, a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	if l2 := float64(dx*dx) + float64(dy*dy); l2 > 0 {
		t := (float64((c.x-a.x)*dx) + float64((c.y-a.y)*dy)) / l2
		t = min(max(t, 0), 1)
		a = point{a.x + float64(t*dx), a.y + float64(t*dy)}
	}
	return apart(c, a)
}

// areaM2 is the area of a polygon, holes taken off.
func (p plane) areaM2(s *spatial.Shape) float64 {
	sum := 0.0
	for i := range s.Shells {
		from, to := s.Rings(i)
		for r := from; r < to; r++ {
			a := math.Abs(ringArea(p.ring(s.Part(r))))
			if r > from {
				a = -a
			}
			sum += a
		}
	}
	return sum
}

func (p plane) ring(coords []spatial.Coord) []point {
	out := make([]point, len(coords))
	for i, c := range coords {
		out[i] = p.of(c)
	}
	return out
}

// ringArea is the signed area of a ring, open or closed.
func ringArea(ring []point) float64 {
	sum := 0.0
	o := ring[0]
	a := ring[len(ring)-1]
	for _, b := range ring {
		sum += float64((a.x-o.x)*(b.y-o.y)) - float64((b.x-o.x)*(a.y-o.y))
		a = b
	}
	return sum / 2
}

// perimeterM is the length of a ring, open or closed.
func perimeterM(ring []point) float64 {
	sum := 0.0
	a := ring[len(ring)-1]
	for _, b := range ring {
		sum += apart(a, b)
		a = b
	}
	return sum
}

// measureFace returns the area of a face and its width: the least of the width
// of its outer border between parallels, and four times area over length of
// border, which is the width of a bent strip or above.
func (p plane) measureFace(f *repair.Face) (areaM2, widthM float64) {
	length := 0.0
	var outer []point
	for i, r := range f.Rings {
		ring := make([]point, len(r))
		for k, c := range r {
			ring[k] = p.at(c[0], c[1])
		}
		a := math.Abs(ringArea(ring))
		if i == 0 {
			outer = ring
			areaM2 = a
		} else {
			areaM2 -= a
		}
		length += perimeterM(ring)
	}
	if length == 0 {
		return 0, 0
	}
	return areaM2, min(leastWidth(outer), 4*areaM2/length)
}

// leastWidth is the smallest distance of two parallels, one of them along an
// edge of the ring, that have it between them: the least width where the ring is
// convex, no less than it elsewhere. Long rings are left to the other measure.
func leastWidth(ring []point) float64 {
	const long = 500
	if len(ring) > long {
		return math.Inf(1)
	}
	best := math.Inf(1)
	a := ring[len(ring)-1]
	for _, b := range ring {
		l := apart(a, b)
		if l > 0 {
			lo, hi := math.Inf(1), math.Inf(-1)
			for _, c := range ring {
				d := (float64((b.x-a.x)*(c.y-a.y)) - float64((b.y-a.y)*(c.x-a.x))) / l
				lo, hi = min(lo, d), max(hi, d)
			}
			best = min(best, hi-lo)
		}
		a = b
	}
	return best
}

// inside is the even-odd rule for a position that may lie off the lattice.
func inside(s *spatial.Shape, x, y float64) bool {
	odd := false
	for i := range s.Ends {
		ring := s.Part(i)
		a := ring[len(ring)-1]
		for _, b := range ring {
			if (float64(a.Y) > y) != (float64(b.Y) > y) {
				dx, dy := float64(int64(b.X)-int64(a.X)), float64(int64(b.Y)-int64(a.Y))
				turn := float64(dx*(y-float64(a.Y))) - float64(dy*(x-float64(a.X)))
				if (turn > 0) == (b.Y > a.Y) {
					odd = !odd
				}
			}
			a = b
		}
	}
	return odd
}

// holding returns the rows of the layer whose polygons hold a position.
func (l *layer) holding(x, y float64) (rows []int32) {
	c := rounded(x, y)
	l.tree.Search(spatial.Box{Min: c, Max: c}.Grow(1), func(i int32) bool {
		if inside(l.shapes[i], x, y) {
			rows = append(rows, i)
		}
		return true
	})
	sortInts(rows)
	return rows
}

func rounded(x, y float64) spatial.Coord {
	return spatial.Coord{X: int32(math.Round(x)), Y: int32(math.Round(y))}
}

// shapeOf rounds a face to the lattice; nil where nothing is left of it.
func shapeOf(f *repair.Face) *spatial.Shape {
	s := &spatial.Shape{Kind: spatial.Polygons, Box: spatial.EmptyBox()}
	for k, r := range f.Rings {
		from := len(s.Coords)
		for _, c := range r[:len(r)-1] {
			v := rounded(c[0], c[1])
			if n := len(s.Coords); n == from || s.Coords[n-1] != v {
				s.Coords = append(s.Coords, v)
			}
		}
		for len(s.Coords) > from+1 && s.Coords[len(s.Coords)-1] == s.Coords[from] {
			s.Coords = s.Coords[:len(s.Coords)-1]
		}
		if len(s.Coords) < from+3 {
			if k == 0 {
				return nil
			}
			s.Coords = s.Coords[:from]
			continue
		}
		s.Ends = append(s.Ends, uint32(len(s.Coords)))
	}
	s.Shells = []uint32{0}
	for _, c := range s.Coords {
		s.Box = s.Box.Extend(c)
	}
	return s
}
