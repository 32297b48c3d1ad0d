package heat

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// edge is a piece of border in the plane, the inside to its left.
type edge struct{ e0, n0, e1, n1 float64 }

// outline returns the border of the shapes' union in the plane: what two of
// them share in opposite directions is inside and falls out. What overlaps stays
// and is dealt with by the mask.
func outline(plane crs.TM, shapes []*spatial.Shape) []edge {
	type pair struct{ a, b spatial.Coord }
	count := make(map[pair]int)
	var order []pair
	for _, s := range shapes {
		for i := range s.Shells {
			from, to := s.Rings(i)
			for r := from; r < to; r++ {
				ring := s.Part(r)
				forward := (ringArea(ring) > 0) == (r == from)
				a := ring[len(ring)-1]
				for _, b := range ring {
					p := pair{a, b}
					if !forward {
						p = pair{b, a}
					}
					if back := (pair{p.b, p.a}); count[back] > 0 {
						count[back]--
					} else {
						count[p]++
						order = append(order, p)
					}
					a = b
				}
			}
		}
	}
	edges := make([]edge, 0, len(order)/8)
	for _, p := range order {
		if count[p] == 0 {
			continue
		}
		count[p]--
		edges = appendEdge(edges, plane, p.a, p.b)
	}
	return edges
}

// straightM is how long a piece of border may be to be straight in the plane, as
// it is in degrees: it bends by 1 cm at 35°.
const straightM = 1000

// appendEdge appends an edge in pieces that are as good as straight.
func appendEdge(edges []edge, plane crs.TM, a, b spatial.Coord) []edge {
	pieces := math.Ceil(max(spatial.DistanceM(a, b)/straightM, 1))
	e0, n0 := plane.Forward(a.Lon(), a.Lat())
	for k := 1.0; k <= pieces; k++ {
		lon, lat := b.Lon(), b.Lat() // at the end, to the last bit
		if t := k / pieces; t < 1 {
			lon, lat = a.Lon()+float64(t*(lon-a.Lon())), a.Lat()+float64(t*(lat-a.Lat()))
		}
		e1, n1 := plane.Forward(lon, lat)
		edges = append(edges, edge{e0, n0, e1, n1})
		e0, n0 = e1, n1
	}
	return edges
}

// ringArea is positive for a ring that runs counter-clockwise.
func ringArea(ring []spatial.Coord) float64 {
	var sum float64
	o := ring[0]
	for i := 1; i+1 < len(ring); i++ {
		ax, ay := float64(int64(ring[i].X)-int64(o.X)), float64(int64(ring[i].Y)-int64(o.Y))
		bx, by := float64(int64(ring[i+1].X)-int64(o.X)), float64(int64(ring[i+1].Y)-int64(o.Y))
		sum += float64(ax*by) - float64(ay*bx)
	}
	return sum
}

// cover returns how much of each node lies within the edges: the integral over
// the inside of the node's hat, the function that is 1 at the node and falls to 0
// at its neighbours. So the sum of a function's values at the nodes, weighed by
// it, is the exact integral over the inside of what is read between the nodes.
//
//	the inside of a square of the lattice, right of an edge's piece:
//	A = ∬ 1   X = ∬ x   Y = ∬ y   XY = ∬ xy   give its four corners
//	A−X−Y+XY (south-west)   X−XY   Y−XY   XY (north-east)
//
// What is right of a piece is summed, upward pieces less, downward more; Gauss's
// rule of two points is exact for it.
func (l Lattice) cover(ctx context.Context, edges []edge) (grid, error) {
	out := newGrid(l.NX, l.NY)
	pieces := l.pieces(edges)
	width := l.NX
	south, north := make([]float64, width), make([]float64, width)
	strip := make([]moments, width)
	for j := range l.NY {
		if j%ctxRows == 0 && ctx.Err() != nil {
			return out, ctx.Err()
		}
		for len(pieces) > 0 && pieces[0].row == j {
			pieces[0].into(strip)
			pieces = pieces[1:]
		}
		l.corners(strip, south, north)
		row := out.row(j)
		for i, v := range south {
			row[i] = float32(tidy(v))
		}
		south, north = north, south
		clear(north)
	}
	return out, nil
}

// tidy takes the rounding out of what is nothing or all, and counts what lies
// under several shapes once.
func tidy(v float64) float64 {
	const rounding = 1e-9
	switch {
	case v < rounding:
		return 0
	case v > 1-rounding:
		return 1
	}
	return v
}

// moments of the inside of a square: here, and what is right of it.
type moments struct{ a, x, y, xy, d, t float64 }

// corners gives a strip of squares to the nodes south and north of it, and clears it.
func (l Lattice) corners(strip []moments, south, north []float64) {
	var d, t float64
	for i := range len(strip) - 1 {
		m := strip[i]
		m.a, m.x, m.y, m.xy = m.a+d, m.x+d/2, m.y+t, m.xy+t/2
		south[i] += m.a - m.x - m.y + m.xy
		south[i+1] += m.x - m.xy
		north[i] += m.y - m.xy
		north[i+1] += m.xy
		d, t = d+m.d, t+m.t
	}
	clear(strip)
}

// piece is a piece of an edge in one row of squares, in nodes.
type piece struct {
	row            int
	u0, v0, u1, v1 float64
}

// pieces cuts the edges along the rows of the lattice, southernmost first.
func (l Lattice) pieces(edges []edge) []piece {
	var out []piece
	for _, e := range edges {
		u0, v0 := l.node(e.e0, e.n0)
		u1, v1 := l.node(e.e1, e.n1)
		if v0 == v1 {
			continue
		}
		low, high := min(v0, v1), max(v0, v1)
		at := func(v float64) float64 { return u0 + float64((v-v0)/(v1-v0)*(u1-u0)) }
		for j := int(math.Floor(low)); float64(j) < high; j++ {
			p := piece{row: j, u0: u0, v0: v0, u1: u1, v1: v1}
			if from := max(low, float64(j)); v0 < v1 && from > v0 {
				p.u0, p.v0 = at(from), from
			} else if v0 > v1 && from > v1 {
				p.u1, p.v1 = at(from), from
			}
			if to := min(high, float64(j+1)); v0 < v1 && to < v1 {
				p.u1, p.v1 = at(to), to
			} else if v0 > v1 && to < v0 {
				p.u0, p.v0 = at(to), to
			}
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b piece) int { return cmp.Compare(a.row, b.row) })
	return out
}

// into adds the piece to the squares of its row.
func (p piece) into(strip []moments) {
	low, high := min(p.u0, p.u1), max(p.u0, p.u1)
	first, last := int(math.Floor(low)), int(math.Floor(high))
	if first == last || p.u0 == p.u1 {
		strip[first].add(p.u0-float64(first), p.v0-float64(p.row), p.u1-float64(first), p.v1-float64(p.row))
		return
	}
	at := func(u float64) float64 { return p.v0 + float64((u-p.u0)/(p.u1-p.u0)*(p.v1-p.v0)) }
	for i := first; i <= last; i++ {
		from, to := max(low, float64(i)), min(high, float64(i+1))
		vFrom, vTo := at(from), at(to)
		if p.u0 > p.u1 {
			from, to, vFrom, vTo = to, from, vTo, vFrom
		}
		strip[i].add(from-float64(i), vFrom-float64(p.row), to-float64(i), vTo-float64(p.row))
	}
}

// add adds what is right of a piece within the square.
func (m *moments) add(s0, t0, s1, t1 float64) {
	const lower, upper = 0.21132486540518712, 0.78867513459481288 // Gauss's points
	half := -(t1 - t0) / 2
	for _, g := range [2]float64{lower, upper} {
		s, t := s0+float64(g*(s1-s0)), t0+float64(g*(t1-t0))
		w, wt := half, float64(half*t)
		m.a += float64(w * (1 - s))
		m.x += float64(w*(1-float64(s*s))) / 2
		m.y += float64(wt * (1 - s))
		m.xy += float64(wt*(1-float64(s*s))) / 2
		m.d += w
		m.t += wt
	}
}
