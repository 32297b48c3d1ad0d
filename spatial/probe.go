package spatial

import "math"

// probeQuanta is how far beyond a border its other side is looked for: far
// enough to be off the border after rounding, nearer than any cell is wide.
const probeQuanta = 4

// probe looks beyond the edge a-b as seen from c, where a quantum is mx metres
// wide and my high.
type probe struct {
	c, a, b Coord
	mx, my  float64
}

// positions yields positions beyond the edge, or on its near side, in the order
// in which they are to be tried: straight on from c through the point of the
// edge nearest to it, then square to the edge there, then further along the
// edge, for where that point is a corner or an area thinner than the step lies
// there. The direction of the edge does not matter.
func (p probe) positions(yield func(Coord) bool) {
	c, a, b, mx, my := p.c, p.a, p.b, p.mx, p.my
	if b.X < a.X || (b.X == a.X && b.Y < a.Y) {
		a, b = b, a
	}
	ax, ay := float64(float64(int64(a.X)-int64(c.X))*mx), float64(float64(int64(a.Y)-int64(c.Y))*my)
	bx, by := float64(float64(int64(b.X)-int64(c.X))*mx), float64(float64(int64(b.Y)-int64(c.Y))*my)
	dx, dy := bx-ax, by-ay
	l2 := float64(dx*dx) + float64(dy*dy)
	if l2 == 0 {
		return
	}
	step := probeQuanta * my
	from := func(x, y, ux, uy float64) Coord { // a step from (x, y) along the unit vector u
		return Coord{
			int32(math.RoundToEven(float64(c.X) + (x+float64(ux*step))/mx)),
			int32(math.RoundToEven(float64(c.Y) + (y+float64(uy*step))/my)),
		}
	}
	along := func(t float64) (x, y float64) { return ax + float64(t*dx), ay + float64(t*dy) }
	foot := min(max(-(float64(ax*dx)+float64(ay*dy))/l2, 0), 1)
	if x, y := along(foot); x != 0 || y != 0 {
		d := math.Sqrt(float64(x*x) + float64(y*y))
		if !yield(from(x, y, x/d, y/d)) {
			return
		}
	}
	l := math.Sqrt(l2)
	for _, t := range [...]float64{foot, min(max(foot, 0.02), 0.98), 0.5} {
		x, y := along(t)
		if !yield(from(x, y, dy/l, -dx/l)) || !yield(from(x, y, -dy/l, dx/l)) {
			return
		}
	}
}
