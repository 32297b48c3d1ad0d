package spatial

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// Overlap is what two polygons have in common, as pieces that share no more than
// borders, and its area. Levels through all vertices and crossings cut both into
// slabs in which no edges cross: there the common part is trapezoids, which are
// joined where one stands on the other.
//
//	   ╱▔▔▔▔▔▔╲        ┄┄ a crossing
//	┄┄╱┄┄╱▔▔▔▔▔╲▔▔┄┄
//	 ▕  ╱▒▒▒▒▒▒▒▏ ╲    ┄┄ a vertex
//	┄┄▔▔▔▔▔▔▔▔▔▔┄┄┄┄
//
// Corners are rounded to the lattice; the area is that before rounding. Pieces of
// less than leastPieceM2 are left out: borders that were drawn as one and lie a
// quantum apart make some.
func Overlap(a, b *Shape) (pieces []orb.Polygon, areaM2 float64) {
	if a.Kind != Polygons || b.Kind != Polygons {
		return nil, 0
	}
	c := newOverlapping(a, b)
	if c == nil {
		return nil, 0
	}
	for i := 1; i < len(c.ys); i++ {
		c.slab(c.ys[i-1], c.ys[i])
	}
	c.close(math.Inf(1))
	return c.pieces, c.areaM2
}

const (
	// leastPieceM2 is a square of 10 cm.
	leastPieceM2 = 0.01
	// leastSlab is how high a slab is at least, in quanta: below it the rounding of
	// a crossing shows.
	leastSlab = 1e-6
)

// overlapping is the work on two shapes, in quanta from a corner.
type overlapping struct {
	from   Coord
	edges  []rising
	ys     []float64
	active []bounding
	open   []trapezoids
	pieces []orb.Polygon
	areaM2 float64
}

// rising is an edge that is not level, lower end first, of the first shape or the
// second.
type rising struct {
	x0, y0, x1, y1 float64
	of             uint8 // 1 or 2
}

func (e *rising) at(y float64) float64 {
	switch y {
	case e.y0:
		return e.x0
	case e.y1:
		return e.x1
	}
	return e.x0 + float64((e.x1-e.x0)*((y-e.y0)/(e.y1-e.y0)))
}

// bounding is where an edge enters and leaves a slab.
type bounding struct {
	low, high float64
	of        uint8
}

// trapezoids are a piece that grows to the north.
type trapezoids struct {
	left, right [][2]float64
	areaM2      float64
}

func newOverlapping(a, b *Shape) *overlapping {
	box := Box{
		Coord{max(a.Box.Min.X, b.Box.Min.X), max(a.Box.Min.Y, b.Box.Min.Y)},
		Coord{min(a.Box.Max.X, b.Box.Max.X), min(a.Box.Max.Y, b.Box.Max.Y)},
	}
	if box.Min.X >= box.Max.X || box.Min.Y >= box.Max.Y {
		return nil
	}
	c := &overlapping{from: box.Min}
	south, north := 0.0, float64(box.Max.Y-box.Min.Y)
	c.ys = append(c.ys, south, north)
	first := 0
	for i, s := range [...]*Shape{a, b} {
		if i == 1 {
			first = len(c.edges)
		}
		for p, q := range s.edges {
			if max(p.Y, q.Y) <= box.Min.Y || min(p.Y, q.Y) >= box.Max.Y || p.Y == q.Y || min(p.X, q.X) > box.Max.X {
				continue
			}
			if q.Y < p.Y {
				p, q = q, p
			}
			e := rising{float64(p.X - c.from.X), float64(p.Y - c.from.Y), float64(q.X - c.from.X), float64(q.Y - c.from.Y), uint8(i + 1)}
			c.edges = append(c.edges, e)
			for _, y := range [...]float64{e.y0, e.y1} {
				if y > south && y < north {
					c.ys = append(c.ys, y)
				}
			}
		}
	}
	for i := range c.edges[:first] {
		for k := range c.edges[first:] {
			if y, ok := c.edges[i].crosses(&c.edges[first+k]); ok && y > south && y < north {
				c.ys = append(c.ys, y)
			}
		}
	}
	slices.Sort(c.ys)
	c.ys = slices.CompactFunc(c.ys, func(a, b float64) bool { return math.Abs(b-a) < leastSlab })
	return c
}

// crosses returns the latitude at which two edges cross.
func (e *rising) crosses(f *rising) (y float64, ok bool) {
	if e.y0 >= f.y1 || f.y0 >= e.y1 || min(e.x0, e.x1) > max(f.x0, f.x1) || min(f.x0, f.x1) > max(e.x0, e.x1) {
		return 0, false
	}
	low, high := max(e.y0, f.y0), min(e.y1, f.y1)
	p, q := e.at(low)-f.at(low), e.at(high)-f.at(high)
	if (p < 0) == (q < 0) || p == 0 || q == 0 {
		return 0, false
	}
	return low + float64((high-low)*(p/(p-q))), true
}

// slab finds what both have between two levels.
func (c *overlapping) slab(south, north float64) {
	c.active = c.active[:0]
	middle := south + float64((north-south)/2)
	for i := range c.edges {
		if e := &c.edges[i]; e.y0 <= middle && e.y1 >= middle {
			c.active = append(c.active, bounding{e.at(max(south, e.y0)), e.at(min(north, e.y1)), e.of})
		}
	}
	slices.SortFunc(c.active, func(a, b bounding) int { return cmp.Compare(a.low+a.high, b.low+b.high) })
	c.close(south)
	in, both := uint8(0), uint8(3)
	var left bounding
	for _, x := range c.active {
		was := in
		in ^= x.of
		switch {
		case in == both:
			left = x
		case was == both:
			c.add(south, north, left, x)
		}
	}
}

// add takes a trapezoid: on top of the piece that ends in its lower side, or as a
// new one.
func (c *overlapping) add(south, north float64, left, right bounding) {
	at := Coord{c.from.X, c.from.Y + int32(south)}
	mx, my := quantumM(at)
	width := max((right.low-left.low)+(right.high-left.high), 0) / 2
	areaM2 := float64(float64(width*mx) * float64((north-south)*my))
	for i := range c.open {
		o := &c.open[i]
		l, r := o.left[len(o.left)-1], o.right[len(o.right)-1]
		if l[1] == south && math.Abs(l[0]-left.low) < leastSlab && math.Abs(r[0]-right.low) < leastSlab {
			o.left, o.right = append(o.left, [2]float64{left.high, north}), append(o.right, [2]float64{right.high, north})
			o.areaM2 += areaM2
			return
		}
	}
	c.open = append(c.open, trapezoids{
		[][2]float64{{left.low, south}, {left.high, north}}, [][2]float64{{right.low, south}, {right.high, north}}, areaM2,
	})
}

// close ends the pieces that did not reach a level.
func (c *overlapping) close(level float64) {
	c.open = slices.DeleteFunc(c.open, func(o trapezoids) bool {
		if o.left[len(o.left)-1][1] == level {
			return false
		}
		if o.areaM2 >= leastPieceM2 {
			c.areaM2 += o.areaM2
			if ring := c.ring(&o); len(ring) > 3 {
				c.pieces = append(c.pieces, orb.Polygon{ring})
			}
		}
		return true
	})
}

// ring goes up the eastern side and down the western.
func (c *overlapping) ring(o *trapezoids) orb.Ring {
	var out []Coord
	add := func(p [2]float64) {
		at := Coord{c.from.X + int32(math.Round(p[0])), c.from.Y + int32(math.Round(p[1]))}
		if len(out) == 0 || out[len(out)-1] != at {
			out = append(out, at)
		}
	}
	for _, p := range o.right {
		add(p)
	}
	for _, p := range slices.Backward(o.left) {
		add(p)
	}
	if len(out) > 1 && out[0] == out[len(out)-1] {
		out = out[:len(out)-1]
	}
	var ring orb.Ring
	for i, p := range out { // without the corners that lie on a straight line
		if cross(out[(i+len(out)-1)%len(out)], p, out[(i+1)%len(out)]) != 0 {
			ring = append(ring, p.Point())
		}
	}
	if len(ring) > 0 {
		ring = append(ring, ring[0])
	}
	return ring
}
