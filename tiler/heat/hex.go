package heat

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Limits of hexagons: their width in metres, and how many a city is cut into.
const (
	MinHexM     = 20.0
	MaxHexM     = 20_000.0
	MaxHexagons = 100_000
)

// ErrHexagons marks hexagons that are too small or too large for the city.
var ErrHexagons = errors.New("hexagons")

// Hexagons cut a city's plane into equal areas of one shape, so that counts can be
// compared by eye; cells have other sizes. They stand on a corner in rows, every
// other row half a width to the east:
//
//	 ╱╲ ╱╲ ╱╲        width: from one upright side to the other, and from one
//	│  │  │  │       middle to the next
//	 ╲╱ ╲╱ ╲╱ ╲      area: width² · √3/2
//	  │  │  │  │
//
// The first stands at the plane's origin, so that neither view nor filter moves
// them. Numbers run from the west, row by row from the south.
type Hexagons struct {
	// WidthM is the distance of opposite sides in metres.
	WidthM float64

	plane  crs.TM
	q0, r0 int // of number 0
	nq, nr int
	inside []float64 // m² that lie on the ground
}

// Hexagons cuts the ground into hexagons of a width. Errors wrap [ErrHexagons], or
// are the context's. Cost: the border of the city, some milliseconds.
func (g *Ground) Hexagons(ctx context.Context, widthM float64) (*Hexagons, error) {
	if !(widthM >= MinHexM && widthM <= MaxHexM) {
		return nil, fmt.Errorf("%w: %g m wide; %g to %g m", ErrHexagons, widthM, MinHexM, MaxHexM)
	}
	h := &Hexagons{WidthM: widthM, plane: g.plane}
	b := &g.bounds
	rise := h.riseM()
	h.q0, h.r0 = int(math.Floor(b.e0/widthM))-1, int(math.Floor(b.n0/rise))-1
	nq, nr := math.Ceil(b.e1/widthM)+2-float64(h.q0), math.Ceil(b.n1/rise)+2-float64(h.r0)
	if nq*nr > MaxHexagons {
		least := math.Sqrt((b.e1-b.e0)*(b.n1-b.n0)/MaxHexagons*2/math.Sqrt(3)) * 1.02
		return nil, fmt.Errorf("%w: the city would have %.0f, at most %d; about %.0f m is the least width", ErrHexagons, nq*nr, MaxHexagons, math.Ceil(least))
	}
	h.nq, h.nr = int(nq), int(nr)
	h.inside = make([]float64, h.nq*h.nr)
	return h, h.measure(ctx, g.edges)
}

// sideM is the length of a side, and how far the corners are from the middle.
func (h *Hexagons) sideM() float64 { return h.WidthM / math.Sqrt(3) }

// riseM is from one row to the next.
func (h *Hexagons) riseM() float64 { return float64(h.sideM() * 1.5) }

// Len is how many there are, those beside the city too.
func (h *Hexagons) Len() int { return len(h.inside) }

// AreaM2 is the area of each in square metres.
func (h *Hexagons) AreaM2() float64 { return float64(h.WidthM*h.WidthM) * math.Sqrt(3) / 2 }

// InsideM2 is how much of one lies on the ground.
func (h *Hexagons) InsideM2(i int) float64 { return h.inside[i] }

// middle is where one stands in the plane.
func (h *Hexagons) middle(q, r int) (e, n float64) {
	return float64((float64(q) + float64(r&1)/2) * h.WidthM), float64(float64(r) * h.riseM())
}

// Of returns the number of the one that a place lies in, -1 far from the city. On
// a side it is that of the south, then of the west.
func (h *Hexagons) Of(at spatial.Coord) int32 {
	number, _ := h.nearest(h.plane.Forward(at.Lon(), at.Lat()))
	return number
}

// nearest returns the hexagon of a place in the plane and how far, at least, it is
// from the next one. The nearest middle is the hexagon's own: hexagons are the
// middles' Voronoi cells.
func (h *Hexagons) nearest(e, n float64) (number int32, marginM float64) {
	number, marginM = -1, math.Inf(1)
	low := math.Floor(n / h.riseM())
	if !(low >= float64(h.r0-1) && low <= float64(h.r0+h.nr)) { // also no number
		return -1, marginM
	}
	best, next := math.Inf(1), math.Inf(1)
	for r := int(low); r <= int(low)+1; r++ {
		col := math.Ceil(e/h.WidthM - float64(r&1)/2 - 0.5)
		if !(col >= float64(h.q0) && col < float64(h.q0+h.nq)) || r < h.r0 || r >= h.r0+h.nr {
			continue
		}
		x, y := h.middle(int(col), r)
		marginM = min(marginM, h.WidthM/2-math.Abs(e-x)) // to its neighbour in the row
		d := float64((e-x)*(e-x)) + float64((n-y)*(n-y))
		if d < best {
			best, next, number = d, best, int32((r-h.r0)*h.nq+int(col)-h.q0)
		} else {
			next = min(next, d)
		}
	}
	return number, min(marginM, (next-best)/2/h.WidthM)
}

// Count counts the cases that the predicate takes by hexagon; rest are those that no
// cell holds, or that lie far from the city. Cost: some 20 ns a case.
func (h *Hexagons) Count(ctx context.Context, v *View, p *Predicate) (counts []int64, rest int64, err error) {
	counts = make([]int64, len(h.inside))
	err = v.scan(ctx, p, func(c *columns, b *block, rows []uint32) {
		for _, r := range rows {
			if c.cell[r] == 0 {
				rest++
				continue
			}
			// A block's map to the plane errs by a millimetre: near a side the
			// projection decides, so that a case is where Of has it.
			const nearM = 0.01
			number, margin := h.nearest(c.plane(b, r))
			if margin < nearM {
				number = h.Of(c.coord(b, r))
			}
			if number < 0 {
				rest++
				continue
			}
			counts[number]++
		}
	})
	return counts, rest, err
}

// column and row of a number in the plane.
func (h *Hexagons) column(i int) (q, r int) { return i%h.nq + h.q0, i/h.nq + h.r0 }

// Code names one: its width, column and row from the plane's origin.
func (h *Hexagons) Code(i int) string {
	q, r := h.column(i)
	return fmt.Sprintf("h%g_%d_%d", h.WidthM, q, r)
}

// Middle is the middle of one.
func (h *Hexagons) Middle(i int) spatial.Coord {
	return spatial.At(h.plane.Inverse(h.middle(h.column(i))))
}

// Ring is the outline of one, closed, counter-clockwise from the east.
func (h *Hexagons) Ring(i int) []spatial.Coord {
	e, n := h.middle(h.column(i))
	var out []spatial.Coord
	for _, c := range h.corners() {
		out = append(out, spatial.At(h.plane.Inverse(e+c.x, n+c.y)))
	}
	return append(out, out[0])
}

// point is a place in the plane, from the middle of a hexagon.
type point struct{ x, y float64 }

func (h *Hexagons) corners() [6]point {
	half, side := h.WidthM/2, h.sideM()
	return [6]point{{half, -side / 2}, {half, side / 2}, {0, side}, {-half, side / 2}, {-half, -side / 2}, {0, -side}}
}

// measure sums up what lies to the east of the border's pieces: of a place within,
// one more piece with the inside to its east lies to its west than others.
func (h *Hexagons) measure(ctx context.Context, edges []edge) error {
	beyond := make([]float64, len(h.inside)) // counts for this one and all to its east
	for i, e := range edges {
		if i%ctxEdges == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if e.n0 != e.n1 {
			h.add(beyond, e)
		}
	}
	whole := h.AreaM2()
	for r := range h.nr {
		sum := 0.0
		for q := range h.nq {
			i := r*h.nq + q
			sum += beyond[i]
			h.inside[i] = whole * tidy((h.inside[i]+sum)/whole)
		}
	}
	return ctx.Err()
}

// ctxEdges is how many edges are added between two looks at the context: 1 ms.
const ctxEdges = 1024

// add adds a piece of border to the rows of hexagons that it crosses.
func (h *Hexagons) add(beyond []float64, e edge) {
	sign := 1.0 // the inside is to the east of what runs south
	a, b := point{e.e0, e.n0}, point{e.e1, e.n1}
	if a.y < b.y {
		sign = -1
	} else {
		a, b = b, a
	}
	side, rise, half := h.sideM(), h.riseM(), h.WidthM/2
	for r := int(math.Ceil((a.y - side) / rise)); float64(float64(r)*rise)-side < b.y; r++ {
		if r < h.r0 || r >= h.r0+h.nr {
			continue
		}
		x0, y0 := h.middle(h.q0, r)
		lo, hi := max(a.y, y0-side), min(b.y, y0+side)
		if lo >= hi {
			continue
		}
		at := func(y float64) float64 { return a.x + float64((y-a.y)/(b.y-a.y)*(b.x-a.x)) }
		p, q := point{at(lo) - x0, lo - y0}, point{at(hi) - x0, hi - y0}
		row := (r - h.r0) * h.nq
		first := max(0, int(math.Floor((min(p.x, q.x)+half)/h.WidthM)))
		for k := first; k < h.nq; k++ {
			shift := float64(float64(k) * h.WidthM)
			if shift-half >= max(p.x, q.x) {
				beyond[row+k] += float64(sign * (h.below(q.y) - h.below(p.y)))
				break
			}
			h.inside[row+k] += float64(sign * h.east(point{p.x - shift, p.y}, point{q.x - shift, q.y}))
		}
	}
}

// below is the area of a hexagon from its middle up to a height.
func (h *Hexagons) below(y float64) float64 {
	side := h.sideM()
	t := min(math.Abs(y), side)
	area := float64(h.WidthM * min(t, side/2))
	if t > side/2 { // where it narrows to the corner
		area += float64(h.WidthM * (t - side/2) * (1 - (t-side/2)/side))
	}
	return math.Copysign(area, y)
}

// east is the area of a hexagon between the heights of a and b, a the lower, to
// the east of the line through them.
func (h *Hexagons) east(a, b point) float64 {
	var rooms [2][10]point // three cuts leave at most nine corners
	corners := h.corners()
	ring := append(rooms[0][:0], corners[:]...)
	ring = cut(rooms[1][:0], ring, 0, 1, -a.y)
	ring = cut(rooms[0][:0], ring, 0, -1, b.y)
	dx, dy := b.x-a.x, b.y-a.y
	ring = cut(rooms[1][:0], ring, dy, -dx, float64(dx*a.y)-float64(dy*a.x))
	area := 0.0
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		area += float64(p.x*q.y) - float64(p.y*q.x)
	}
	return area / 2
}

// cut appends to dst what of a convex ring lies where u·x + v·y + w is not below 0.
func cut(dst, ring []point, u, v, w float64) []point {
	side := func(p point) float64 { return float64(u*p.x) + float64(v*p.y) + w }
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		a, b := side(p), side(q)
		if a >= 0 {
			dst = append(dst, p)
		}
		if a < 0 != (b < 0) {
			t := a / (a - b)
			dst = append(dst, point{p.x + float64(t*(q.x-p.x)), p.y + float64(t*(q.y-p.y))})
		}
	}
	return dst
}
