package demo

import (
	"math"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// A pt is a position or a vector on the plan: centimetres east and north of
// the town's centre. Integers, because sums and products of them are the same
// on every processor; 64 bits hold every product met here.
type pt struct{ x, y int64 }

func (p pt) add(q pt) pt             { return pt{p.x + q.x, p.y + q.y} }
func (p pt) sub(q pt) pt             { return pt{p.x - q.x, p.y - q.y} }
func (p pt) times(num, den int64) pt { return pt{p.x * num / den, p.y * num / den} }
func (p pt) dot(q pt) int64          { return p.x*q.x + p.y*q.y }
func (p pt) cross(q pt) int64        { return p.x*q.y - p.y*q.x }
func (p pt) left() pt                { return pt{-p.y, p.x} }
func (p pt) length() int64           { return isqrt(p.dot(p)) }

// to returns the vector of the given length in the direction of p.
func (p pt) to(length int64) pt {
	l := p.length()
	if l == 0 {
		return pt{}
	}
	return p.times(length, l)
}

func middle(a, b pt) pt { return pt{(a.x + b.x) / 2, (a.y + b.y) / 2} }

// isqrt is the whole part of the square root. The square root is correctly
// rounded on every processor, so only the whole part may need a step.
func isqrt(n int64) int64 {
	r := int64(math.Sqrt(float64(n)))
	for r*r > n {
		r--
	}
	for (r+1)*(r+1) <= n {
		r++
	}
	return r
}

// turn is positive when c lies left of a→b, zero on the line.
func turn(a, b, c pt) int64 { return b.sub(a).cross(c.sub(a)) }

// toSegment is the distance from p to the segment a–b, within a centimetre.
func toSegment(p, a, b pt) int64 {
	ab, ap := b.sub(a), p.sub(a)
	l2, t := ab.dot(ab), ab.dot(ap)
	switch {
	case t <= 0:
		return ap.length()
	case t >= l2:
		return p.sub(b).length()
	}
	d := ab.cross(ap) / isqrt(l2)
	return max(d, -d)
}

// nearSegment tells whether p is less than d from the segment a–b: the same as
// comparing toSegment, without a root in nearly all cases.
func nearSegment(p, a, b pt, d int64) bool {
	if p.x <= min(a.x, b.x)-d || p.x >= max(a.x, b.x)+d || p.y <= min(a.y, b.y)-d || p.y >= max(a.y, b.y)+d {
		return false
	}
	return toSegment(p, a, b) < d
}

// crossing returns where the segments a–b and c–d cross, and how far along
// a–b that is in parts of 2³⁰. Segments that only touch do not cross.
func crossing(a, b, c, d pt) (at pt, along int64, ok bool) {
	if max(a.x, b.x) < min(c.x, d.x) || max(c.x, d.x) < min(a.x, b.x) ||
		max(a.y, b.y) < min(c.y, d.y) || max(c.y, d.y) < min(a.y, b.y) {
		return pt{}, 0, false
	}
	c1, c2 := turn(a, b, c), turn(a, b, d)
	d1, d2 := turn(c, d, a), turn(c, d, b)
	if c1 == 0 || c2 == 0 || d1 == 0 || d2 == 0 || (c1 > 0) == (c2 > 0) || (d1 > 0) == (d2 > 0) {
		return pt{}, 0, false
	}
	const whole = 1 << 30
	along = int64(float64(d1) / float64(d1-d2) * whole)
	ab := b.sub(a)
	return pt{a.x + ab.x*along/whole, a.y + ab.y*along/whole}, along, true
}

// area2 is twice the signed area of the ring, positive counter-clockwise.
func area2(ring []pt) int64 {
	var sum int64
	a := ring[len(ring)-1]
	for _, b := range ring {
		sum += a.cross(b)
		a = b
	}
	return sum
}

// within tells whether p lies in the ring; on the border either may come out.
func within(p pt, ring []pt) bool {
	in := false
	a := ring[len(ring)-1]
	for _, b := range ring {
		if (a.y > p.y) != (b.y > p.y) && (turn(a, b, p) > 0) == (b.y > a.y) {
			in = !in
		}
		a = b
	}
	return in
}

// heart returns a position well inside the ring: the middle of the widest of
// the level spans at a few heights.
func heart(ring []pt) pt {
	lo, hi := ring[0].y, ring[0].y
	for _, p := range ring {
		lo, hi = min(lo, p.y), max(hi, p.y)
	}
	var best pt
	widest := int64(-1)
	for _, part := range [...]int64{50, 42, 58, 34, 66} {
		y := lo + (hi-lo)*part/100
		var xs []int64
		a := ring[len(ring)-1]
		for _, b := range ring {
			if (a.y > y) != (b.y > y) {
				xs = append(xs, a.x+(b.x-a.x)*(y-a.y)/(b.y-a.y))
			}
			a = b
		}
		slices.Sort(xs)
		for i := 0; i+1 < len(xs); i += 2 {
			// Off the middle height a span must be clearly wider to win.
			if w := (xs[i+1] - xs[i]) * (100 - max(part-50, 50-part)); w > widest {
				best, widest = pt{(xs[i] + xs[i+1]) / 2, y}, w
			}
		}
	}
	return best
}

// The town's centre and the size of a centimetre there in billionths of a
// lattice step (1e-7 degree): 1/0.9152 and 1/1.1094 at latitude 34.79. The map
// from plan to lattice is affine, so straight lines and the order of points on
// them stay; lengths come out true within 3e-4 across the town.
const (
	centreX, centreY   = 1143500000, 347900000
	stepsPerCm         = 1_000_000_000
	eastPerCm, northCm = 1_092_648_000, 901_415_000
)

// coord rounds the position to the lattice.
func (p pt) coord() spatial.Coord {
	return spatial.Coord{
		X: int32(centreX + nearest(p.x*eastPerCm, stepsPerCm)),
		Y: int32(centreY + nearest(p.y*northCm, stepsPerCm)),
	}
}

// nearest is the whole number nearest to num/den, den positive.
func nearest(num, den int64) int64 {
	if num < 0 {
		return -((-num + den/2) / den)
	}
	return (num + den/2) / den
}
