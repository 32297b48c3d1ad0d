package heat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/paulmach/orb"
)

// ErrBands marks bands that are not drawn.
var ErrBands = errors.New("bands")

// Limits of bands.
const (
	// MaxLimits is how many limits bands may have. On an edge of the lattice the
	// places of that many keep apart; see steps.
	MaxLimits = 64
	// MaxBandPoints is how many points all bands may have.
	MaxBandPoints = 2_000_000
)

// Band is where the surface's numbers are from Min up to Max.
type Band struct {
	Min, Max float64
	// Area is in degrees, shells counter-clockwise, holes clockwise.
	Area orb.MultiPolygon
}

// Bands returns the areas between limits that ascend, one for each neighbouring two,
// in their order; those without area are left out. Borders are straight in each
// square of the lattice, from where the number is reached on one side of the square
// to where it is on another; where they could turn either way they do as the bilinear
// number at the square's saddle has it. None counts as 0, as outside. Around all
// limits must be 0, which no band may hold: its area has no end.
//
// Errors wrap [ErrBands], or are the context's.
func (s *Surface) Bands(ctx context.Context, limits []float64) ([]Band, error) {
	switch {
	case len(limits) > MaxLimits:
		return nil, fmt.Errorf("%w: %d limits; at most %d", ErrBands, len(limits), MaxLimits)
	case !slices.IsSorted(limits) || slices.ContainsFunc(limits, func(v float64) bool { return math.IsNaN(v) || v == 0 }):
		return nil, fmt.Errorf("%w: limits ascend and are not 0: %v", ErrBands, limits)
	}
	c := contours{lattice: s.window.Lattice, values: s.values.v, limits: slices.Compact(slices.Clone(limits))}
	levels := make([][]ring, len(c.limits))
	points := 0
	for k := range c.limits {
		var err error
		if levels[k], err = c.rings(ctx, k, MaxBandPoints-points); err != nil {
			return nil, err
		}
		for _, r := range levels[k] {
			points += len(r.sides)
		}
	}
	var out []Band
	for k := range len(c.limits) - 1 {
		b := Band{Min: c.limits[k], Max: c.limits[k+1]}
		if b.Min < 0 && b.Max > 0 {
			continue // it holds 0
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if b.Area = c.polygons(levels[k], levels[k+1], s.ground); len(b.Area) > 0 {
			out = append(out, b)
		}
	}
	return out, nil
}

// contours are the borders of bands on a lattice.
//
//	a side of a square, by its lower node: 2·node to the east, 2·node+1 to the north
//
//	      2·(k+nx)
//	    ┌──────────┐
//	2k+1│          │2(k+1)+1
//	    └──────────┘
//	  k      2k
type contours struct {
	lattice Lattice
	values  []float32
	limits  []float64
}

// ring is a closed border: the sides it goes through, what is at or above its limit
// to its left.
type ring struct {
	limit int
	sides []uint32
}

// at is the number at a node.
func (c *contours) at(k int) float64 {
	if v := c.values[k]; v == v {
		return float64(v)
	}
	return 0
}

// above reports whether a number is at or beyond a limit, seen from 0: of limits below
// 0 the inside is what is lower, so that 0, which is around all, is outside.
func (c *contours) above(v float64, limit int) bool {
	t := c.limits[limit]
	return t > 0 && v >= t || t < 0 && v <= t
}

// rings traces the borders of a limit.
func (c *contours) rings(ctx context.Context, limit, most int) ([]ring, error) {
	next := map[uint32]uint32{}
	var starts []uint32
	nx := c.lattice.NX
	for j := range c.lattice.NY - 1 {
		if j%ctxRows == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		k := j * nx
		west, north := c.above(c.at(k), limit), c.above(c.at(k+nx), limit)
		for i := range nx - 1 {
			k := j*nx + i
			corners := [4]bool{west, c.above(c.at(k+1), limit), c.above(c.at(k+1+nx), limit), north}
			west, north = corners[1], corners[2]
			if corners[0] == corners[1] && corners[1] == corners[2] && corners[2] == corners[3] {
				continue
			}
			from := len(starts)
			starts = c.square(k, limit, &corners, next, starts)
			if len(starts) > most && from <= most {
				return nil, fmt.Errorf("%w: more than %d points: a larger bandwidth or fewer classes have fewer", ErrBands, MaxBandPoints)
			}
		}
	}
	return trace(limit, next, starts), nil
}

// square links the sides through which the border goes in one square.
func (c *contours) square(k, limit int, corner *[4]bool, next map[uint32]uint32, starts []uint32) []uint32 {
	nx := c.lattice.NX
	sides := [4]uint32{uint32(2 * k), uint32(2*(k+1) + 1), uint32(2 * (k + nx)), uint32(2*k + 1)} // south, east, north, west
	// Around counter-clockwise, the border leaves through a side from above to below,
	// and enters through one from below to above.
	var in, out [2]int
	ins, outs := 0, 0
	for s := range sides {
		switch a, b := corner[s], corner[(s+1)%4]; {
		case a && !b:
			in[ins] = s
			ins++
		case !a && b:
			out[outs] = s
			outs++
		}
	}
	link := func(from, to int) {
		next[sides[from]] = sides[to]
		starts = append(starts, sides[from])
	}
	if ins == 1 {
		link(in[0], out[0])
		return starts
	}
	// Two corners across from each other are above: one border or two around them?
	if c.joined(k, limit) {
		// Each cuts off a corner that is below: from the side before it to the one after.
		link(in[0], (in[0]+1)%4)
		link(in[1], (in[1]+1)%4)
		return starts
	}
	link(in[0], (in[0]+3)%4)
	link(in[1], (in[1]+3)%4)
	return starts
}

// joined reports whether the corners above are one at the square's saddle.
func (c *contours) joined(k, limit int) bool {
	a, b, d, e := c.at(k), c.at(k+1), c.at(k+1+c.lattice.NX), c.at(k+c.lattice.NX) // around
	return c.above((float64(a*d)-float64(b*e))/(a+d-b-e), limit)
}

// trace follows the links to rings.
func trace(limit int, next map[uint32]uint32, starts []uint32) []ring {
	var out []ring
	for _, start := range starts {
		if _, ok := next[start]; !ok {
			continue
		}
		r := ring{limit: limit}
		for side := start; ; {
			r.sides = append(r.sides, side)
			to, ok := next[side]
			if !ok {
				panic("heat: a border has an end")
			}
			delete(next, side)
			if side = to; side == start {
				break
			}
		}
		out = append(out, r)
	}
	return out
}

// steps is into how many parts a side is cut at least: on it the places of two limits
// are one part apart or more, and as far from the nodes. So borders of different
// limits, which never cross, do not touch either where numbers fall steeply or a node
// has exactly a limit; a place moves by half a side at most, and only there.
const steps = 2 * MaxLimits

// place is where a limit is on a side, in nodes.
func (c *contours) place(side uint32, limit int) (u, v float64) {
	k := int(side / 2)
	other := k + 1
	if side%2 == 1 {
		other = k + c.lattice.NX
	}
	a, b := c.at(k), c.at(other)
	var at [MaxLimits]float64
	n, mine := 0, 0
	for i := range c.limits {
		l := i
		if a > b { // falling: the highest limit comes first
			l = len(c.limits) - 1 - i
		}
		if c.above(a, l) == c.above(b, l) {
			continue
		}
		if l == limit {
			mine = n
		}
		at[n] = (c.limits[l] - a) / (b - a)
		n++
	}
	least := 1.0 / steps
	for i := range n {
		at[i] = max(at[i], least)
		least = at[i] + 1.0/steps
	}
	most := 1 - 1.0/steps
	for i := n - 1; i >= mine; i-- {
		at[i] = min(at[i], most)
		most = at[i] - 1.0/steps
	}
	u, v = float64(k%c.lattice.NX), float64(k/c.lattice.NX)
	if side%2 == 1 {
		return u, v + at[mine]
	}
	return u + at[mine], v
}

// rim is a ring as one of a band.
type rim struct {
	at     orb.Ring // in nodes
	hole   bool
	parent int // of a hole: its shell
	// first is the westernmost of its crossings of rows of nodes.
	first crossing
}

// crossing is where a ring meets a row of nodes.
type crossing struct {
	row int
	u   float64
	rim int
}

func (a crossing) compare(b crossing) int {
	return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.u, b.u))
}

// polygons makes the band between the rings of two neighbouring limits.
func (c *contours) polygons(lower, upper []ring, g *Ground) orb.MultiPolygon {
	if len(lower) > 0 && c.limits[lower[0].limit] < 0 || len(upper) > 0 && c.limits[upper[0].limit] < 0 {
		lower, upper = upper, lower // the one nearer to 0 is around the other
	}
	var rims []rim
	var crossings []crossing
	take := func(r *ring, turned bool) {
		one := rim{first: crossing{u: math.Inf(1)}}
		for _, side := range r.sides {
			u, v := c.place(side, r.limit)
			one.at = append(one.at, orb.Point{u, v})
			if side%2 == 0 {
				x := crossing{int(v), u, len(rims)}
				crossings = append(crossings, x)
				if u < one.first.u {
					one.first = x
				}
			}
		}
		if turned {
			slices.Reverse(one.at)
		}
		one.hole = windsWest(one.at)
		rims = append(rims, one)
	}
	for i := range lower {
		take(&lower[i], false)
	}
	for i := range upper {
		take(&upper[i], true)
	}
	slices.SortFunc(crossings, crossing.compare)
	return assemble(rims, crossings, func(p orb.Point) orb.Point { return c.lattice.degrees(p, g) })
}

// assemble gives the holes to their shells. What lies just west of a hole's
// westernmost crossing is of the band, and so is what bounds it there: the shell, or
// another hole of the same one.
func assemble(rims []rim, crossings []crossing, degrees func(orb.Point) orb.Point) orb.MultiPolygon {
	var holes, shells []int
	for i := range rims {
		if rims[i].hole {
			holes = append(holes, i)
		} else {
			rims[i].parent = i
			shells = append(shells, i)
		}
	}
	slices.SortFunc(holes, func(a, b int) int { return cmp.Compare(rims[a].first.u, rims[b].first.u) })
	place := make(map[int]int, len(shells))
	out := make(orb.MultiPolygon, len(shells))
	for n, i := range shells {
		place[i] = n
		out[n] = orb.Polygon{closed(rims[i].at, degrees)}
	}
	for _, i := range holes {
		h := &rims[i]
		n := sort.Search(len(crossings), func(n int) bool { return crossings[n].compare(h.first) >= 0 })
		h.parent = rims[crossings[n-1].rim].parent
		at := place[h.parent]
		out[at] = append(out[at], closed(h.at, degrees))
	}
	return out
}

// windsWest reports whether a ring runs clockwise.
func windsWest(r orb.Ring) bool {
	var sum float64
	o := r[0]
	for i := 1; i+1 < len(r); i++ {
		ax, ay, bx, by := r[i][0]-o[0], r[i][1]-o[1], r[i+1][0]-o[0], r[i+1][1]-o[1]
		sum += float64(ax*by) - float64(ay*bx)
	}
	return sum < 0
}

func closed(r orb.Ring, degrees func(orb.Point) orb.Point) orb.Ring {
	out := make(orb.Ring, 0, len(r)+1)
	for _, p := range r {
		out = append(out, degrees(p))
	}
	return append(out, out[0])
}

// degrees gives a place in nodes as longitude and latitude, in whole 1e-8°: 1 mm,
// where the closest borders of the finest lattice are 3 mm apart.
func (l Lattice) degrees(p orb.Point, g *Ground) orb.Point {
	lon, lat := g.plane.Inverse(float64((float64(l.X0)+p[0])*l.SpacingM), float64((float64(l.Y0)+p[1])*l.SpacingM))
	const whole = 1e8
	return orb.Point{math.Round(float64(lon*whole)) / whole, math.Round(float64(lat*whole)) / whole}
}
