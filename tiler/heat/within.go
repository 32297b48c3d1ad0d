package heat

import (
	"context"
	"math"
	"slices"
	"sort"

	"github.com/wanmi-gis/wanmi/spatial"
)

// scanIn is scan for the blocks that meet a box of the lattice: cases of theirs
// outside the box are visited too.
func (v *View) scanIn(ctx context.Context, p *Predicate, box spatial.Box, visit func(c *columns, b *block, rows []uint32)) error {
	if err := v.fits(p); err != nil {
		return err
	}
	var rows []uint32
	first := spatial.Coord{X: box.Min.X &^ blockMask, Y: box.Min.Y &^ blockMask}
	for i := range v.segments {
		s := &v.segments[i]
		for j, _ := s.blockAt(first); j < len(s.blocks); j++ {
			b := &s.blocks[j]
			switch {
			case b.corner.Y > box.Max.Y:
				j = len(s.blocks)
				continue
			case b.corner.X > box.Max.X:
				// On to where the next row of blocks meets the box, of which the loop
				// takes the step.
				next, _ := s.blockAt(spatial.Coord{X: first.X, Y: b.corner.Y + 1})
				j = next - 1
				continue
			case b.corner.X < first.X:
				next, _ := s.blockAt(spatial.Coord{X: first.X, Y: b.corner.Y})
				j = next - 1
				continue
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			from := sort.Search(len(s.dead), func(i int) bool { return s.dead[i] >= b.from })
			if rows, _ = s.match(p, b, rows, s.dead[from:]); len(rows) > 0 {
				visit(s.columns, b, rows)
			}
		}
	}
	return ctx.Err()
}

// Explanation is what a density at a place is made of.
type Explanation struct {
	// Value is the surface's number there, as in the tiles, and Sum the same as
	// the sum over the cases, without the lattice between.
	Value, Sum float64
	// N cases are within the kernel's reach.
	N int64
	// Classes have the shares of the classes in Sum, the largest first; in total 1.
	Classes []Share
	// Cases are those with the most weight, the heaviest first.
	Cases []Contribution
}

// Share is the part that a class has in a density.
type Share struct {
	Class uint16
	Share float64
}

// Contribution is the part that a case has in a density.
type Contribution struct {
	Row
	Share     float64
	DistanceM float64
}

// MaxContributions is how many cases are listed at most.
const MaxContributions = 1000

// Explain says what the density at a place is made of, given the view and the
// predicate that the surface was computed from, with the most cases of most
// weight.
func (s *Surface) Explain(ctx context.Context, v *View, p *Predicate, at spatial.Coord, most int) (*Explanation, error) {
	x := &explained{surface: s, most: min(max(most, 0), MaxContributions), classes: make(map[uint16]float64)}
	x.e, x.n = s.ground.plane.Forward(at.Lon(), at.Lat())
	x.scale = 1e6
	if s.Edge == Uniform {
		x.scale = 1e6 / max(s.window.held.between(s.window.node(x.e, x.n)), leastHeld)
	}
	// The plane is longer than the ground by 1e-4 at most, half a degree from its
	// meridian.
	const slack = 1.001
	if err := v.scanIn(ctx, p, spatial.BoxAround(at, float64(s.RadiusM()*slack)), x.add); err != nil {
		return nil, err
	}
	return x.result(s.Value(at)), nil
}

// explained is an explanation being made.
type explained struct {
	surface *Surface
	e, n    float64 // the place
	scale   float64
	most    int
	count   int64
	sum     float64
	classes map[uint16]float64
	top     []Contribution // Share is the weight
}

func (x *explained) add(c *columns, b *block, rows []uint32) {
	w := x.surface.window
	for _, r := range rows {
		if c.cell[r] == 0 {
			continue
		}
		e, n := c.plane(b, r)
		de, dn := e-x.e, n-x.n
		r2 := float64(de*de) + float64(dn*dn)
		weight := float64(x.surface.weight(r2) * x.scale)
		if weight == 0 {
			continue
		}
		if x.surface.Edge == Mass {
			weight /= max(w.held.between(w.node(e, n)), leastHeld)
		}
		x.count++
		x.sum += weight
		x.classes[c.class[r]] += weight
		x.keep(c, b, r, weight, r2)
	}
}

// keep puts a case among the heaviest, in their order: by weight, then by number.
func (x *explained) keep(c *columns, b *block, r uint32, weight, r2 float64) {
	if full := len(x.top) == x.most; full && (x.most == 0 || !heavier(weight, c.fid[r], &x.top[x.most-1])) {
		return
	} else if full {
		x.top = x.top[:x.most-1]
	}
	i := sort.Search(len(x.top), func(i int) bool { return heavier(weight, c.fid[r], &x.top[i]) })
	x.top = slices.Insert(x.top, i, Contribution{c.row(b, r), weight, math.Sqrt(r2)})
}

func heavier(weight float64, fid uint32, than *Contribution) bool {
	return weight > than.Share || weight == than.Share && fid < than.FID
}

func (x *explained) result(value float64) *Explanation {
	out := &Explanation{Value: value, Sum: x.sum, N: x.count, Cases: x.top}
	for i := range out.Cases {
		out.Cases[i].Share /= x.sum
	}
	for class, weight := range x.classes {
		out.Classes = append(out.Classes, Share{class, weight / x.sum})
	}
	slices.SortFunc(out.Classes, func(a, b Share) int {
		switch {
		case a.Share > b.Share:
			return -1
		case a.Share < b.Share:
			return 1
		}
		return int(a.Class) - int(b.Class)
	})
	return out
}

// CountWithin counts the cases within a radius of a place, in the city's plane.
func (g *Ground) CountWithin(ctx context.Context, v *View, p *Predicate, at spatial.Coord, radiusM float64) (count int64, err error) {
	if !(radiusM >= 0 && radiusM <= 2*cutSigma*MaxBandwidthM) {
		return 0, ErrBandwidth
	}
	e0, n0 := g.plane.Forward(at.Lon(), at.Lat())
	const slack = 1.001
	err = v.scanIn(ctx, p, spatial.BoxAround(at, float64(radiusM*slack)), func(c *columns, b *block, rows []uint32) {
		for _, r := range rows {
			e, n := c.plane(b, r)
			if de, dn := e-e0, n-n0; float64(de*de)+float64(dn*dn) <= float64(radiusM*radiusM) {
				count++
			}
		}
	})
	return count, err
}
