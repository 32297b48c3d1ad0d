package heat

import (
	"context"
	"errors"
	"math"

	"github.com/wanmi-gis/wanmi/spatial"
)

// ErrUnlike is returned for surfaces that cannot be compared: of two bandwidths,
// kernels, edge modes or cities.
var ErrUnlike = errors.New("surfaces of different make")

// combine makes a surface of two.
func combine(a, b *Surface, f func(a, b float32) float32) (*Surface, error) {
	if a.ground != b.ground || a.Options != b.Options || a.Draft() != b.Draft() {
		return nil, ErrUnlike
	}
	out := &Surface{Options: a.Options, N: a.N + b.N, Excluded: a.Excluded + b.Excluded, ground: a.ground, window: a.window}
	out.values = newGrid(a.values.nx, a.values.ny)
	for i, v := range a.values.v {
		if a.window.shown[i] {
			out.values.v[i] = f(v, b.values.v[i])
		}
	}
	return out, nil
}

// Difference is a less b. Densities of periods of different lengths are first
// brought to one (Times).
func Difference(a, b *Surface) (*Surface, error) {
	return combine(a, b, func(a, b float32) float32 { return a - b })
}

// LogRatio is ln(a/b) − ln(even): 0.69 where a is twice what b has it be. even is
// the ratio at which there is nothing to tell, 1 or, of two groups of cases, the one
// of their numbers. Where one of the two is below least there is none (NaN).
func LogRatio(a, b *Surface, even, least float64) (*Surface, error) {
	shift := logOf(even)
	return combine(a, b, func(a, b float32) float32 {
		if !(float64(a) >= least && float64(b) >= least && a > 0 && b > 0) {
			return float32(math.NaN())
		}
		return float32(logOf(float64(a)) - logOf(float64(b)) - shift)
	})
}

// Rate is a/b: cases per component, or per kilometre of road, around a place.
// Where b is below least there is none (NaN).
func Rate(a, b *Surface, least float64) (*Surface, error) {
	return combine(a, b, func(a, b float32) float32 {
		if !(float64(b) >= least && b > 0) {
			return float32(math.NaN())
		}
		return a / b
	})
}

// Weighted is a position that counts as much as its weight.
type Weighted struct {
	At     spatial.Coord
	Weight float64
}

// Weigh computes the density of what cases are divided by: components, people,
// hours. Positions that are not on the ground are left out; Excluded counts them.
func (g *Ground) Weigh(ctx context.Context, points []Weighted, o Options) (*Surface, error) {
	return g.weigh(ctx, o, func(lay func(e, n, weight float64)) {
		for i := range points {
			e, n := g.plane.Forward(points[i].At.Lon(), points[i].At.Lat())
			lay(e, n, points[i].Weight)
		}
	})
}

// Lengths computes the density of lines, such as roads, in km per km².
func (g *Ground) Lengths(ctx context.Context, lines []*spatial.Shape, o Options) (*Surface, error) {
	step := o.BandwidthM / perSigma / 2
	s, err := g.weigh(ctx, o, func(lay func(e, n, weight float64)) {
		for _, l := range lines {
			if l.Kind != spatial.Lines {
				continue
			}
			for i := range l.Ends {
				g.along(l.Part(i), step, lay)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	s.N, s.Excluded = 0, 0 // of pieces, which say nothing
	return s, nil
}

// along lays the pieces of a line, each at its middle.
func (g *Ground) along(line []spatial.Coord, step float64, lay func(e, n, weight float64)) {
	const metresPerKM = 1000
	for i := 1; i < len(line); i++ {
		e0, n0 := g.plane.Forward(line[i-1].Lon(), line[i-1].Lat())
		e1, n1 := g.plane.Forward(line[i].Lon(), line[i].Lat())
		b := &g.bounds
		if !(max(e0, e1) >= b.e0 && min(e0, e1) <= b.e1 && max(n0, n1) >= b.n0 && min(n0, n1) <= b.n1) {
			continue
		}
		length := math.Sqrt(float64((e1-e0)*(e1-e0)) + float64((n1-n0)*(n1-n0)))
		const most = 1 << 16 // a line across the country is no road
		pieces := math.Min(math.Ceil(length/step), most)
		for k := range int(pieces) {
			t := (float64(k) + 0.5) / pieces
			lay(e0+float64(t*(e1-e0)), n0+float64(t*(n1-n0)), length/pieces/metresPerKM)
		}
	}
}

// weigh is Density of what visit lays on the ground.
func (g *Ground) weigh(ctx context.Context, o Options, visit func(lay func(e, n, weight float64))) (*Surface, error) {
	w, err := g.ready(ctx, o, perSigma)
	if err != nil {
		return nil, err
	}
	s := &Surface{Options: o, ground: g, window: w}
	sums := make([]float64, w.Nodes())
	count := 0
	visit(func(e, n, weight float64) {
		if count++; count%stageChunk == 0 && ctx.Err() != nil {
			return
		}
		u, v := w.node(e, n)
		if !(u >= 0 && v >= 0 && u < float64(w.NX-1) && v < float64(w.NY-1)) {
			s.Excluded++
			return
		}
		i, j := int(u), int(v)
		x, y := u-float64(i), v-float64(j)
		if w.mask.v[int(v+0.5)*w.NX+int(u+0.5)] == 0 {
			s.Excluded++
			return
		}
		s.N++
		k := j*w.NX + i
		sums[k] += float64(weight * float64((1-x)*(1-y)))
		sums[k+1] += float64(weight * float64(x*(1-y)))
		sums[k+w.NX] += float64(weight * float64((1-x)*y))
		sums[k+w.NX+1] += float64(weight * float64(x*y))
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	weights := newGrid(w.NX, w.NY)
	for i, v := range sums {
		weights.v[i] = float32(v)
	}
	return s, s.spread(ctx, weights)
}
