package spatial

import "math"

// probeQuanta is how far beyond a border its other side is looked for: far
// enough to be off the border after rounding, nearer than any cell is wide.
const probeQuanta = 4

// probes returns positions beyond the edge a→b as seen from c: first across
// the point of the edge nearest to c, then along the edge, for where that
// point is a corner or an area thinner than the step lies there.
func (s *Shape) probes(c, a, b Coord, mx, my float64) []Coord {
	ax, ay := float64(int64(a.X)-int64(c.X))*mx, float64(int64(a.Y)-int64(c.Y))*my
	bx, by := float64(int64(b.X)-int64(c.X))*mx, float64(int64(b.Y)-int64(c.Y))*my
	dx, dy := bx-ax, by-ay
	l2 := float64(dx*dx) + float64(dy*dy)
	if l2 == 0 {
		return nil
	}
	l := math.Sqrt(l2)
	nx, ny := dy/l, -dx/l // unit normal, right of a→b
	step := probeQuanta * my
	foot := min(max(-(float64(ax*dx)+float64(ay*dy))/l2, 0), 1)
	out := make([]Coord, 0, 6)
	for _, t := range [...]float64{foot, min(max(foot, 0.02), 0.98), 0.5} {
		x, y := ax+float64(t*dx), ay+float64(t*dy)
		for _, side := range [...]float64{1, -1} {
			p := Coord{
				int32(math.RoundToEven(float64(c.X) + (x+side*nx*step)/mx)),
				int32(math.RoundToEven(float64(c.Y) + (y+side*ny*step)/my)),
			}
			if where, _ := s.Contains(p); where == Outside {
				out = append(out, p)
			}
		}
	}
	return out
}
