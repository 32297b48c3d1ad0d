package heat

import (
	"context"
	"fmt"
)

// Edge says what becomes of the part of a kernel that reaches over the border.
type Edge uint8

// The modes. Uniform divides the density at a place by the share of the kernel
// around it that lies on the ground: an even city is even up to its border.
// Mass (Jones and Diggle) divides the weight of a case by the share around the
// case: the density's integral is the number of cases, and an even city reads
// 0.69 at a straight border. They cannot be had both.
const (
	Uniform Edge = iota
	Mass
)

// Options say how a density is computed.
type Options struct {
	Kernel
	Edge Edge
}

// Density computes the cases' density: how many of those that the predicate
// takes there are per km², each spread by the kernel. Errors wrap
// [ErrBandwidth], or are the context's.
func (g *Ground) Density(ctx context.Context, v *View, p *Predicate, o Options) (*Surface, error) {
	w, err := g.ready(ctx, o, perSigma)
	if err != nil {
		return nil, err
	}
	return w.density(ctx, v, p, o)
}

// DraftError is what a draft's numbers are off by at most, as a part of the domain's
// maximum: 1.5 % where all cases are stacked, and half a level.
const DraftError = 0.015 + 0.5/(draftLevels-1)

// Draft computes the density on a lattice of twice the spacing, and its tiles tell
// [draftLevels] numbers apart instead of 4,096: for a map that changes many times a
// second, where it takes a third less. See [DraftError].
func (g *Ground) Draft(ctx context.Context, v *View, p *Predicate, o Options) (*Surface, error) {
	w, err := g.ready(ctx, o, draftPerSigma)
	if err != nil {
		return nil, err
	}
	return w.density(ctx, v, p, o)
}

func (w *window) density(ctx context.Context, v *View, p *Predicate, o Options) (*Surface, error) {
	b, err := v.bin(ctx, p, w.Lattice)
	if err != nil {
		return nil, err
	}
	weights := b.weights()
	defer weights.giveBack()
	s := &Surface{Options: o, N: b.n, Excluded: b.excluded, ground: w.ground, window: w}
	b.giveBack()
	return s, s.spread(ctx, weights)
}

func (g *Ground) ready(ctx context.Context, o Options, perSigma float64) (*window, error) {
	if o.Edge > Mass {
		return nil, fmt.Errorf("%w: edge mode %d is none", ErrBandwidth, o.Edge)
	}
	return g.window(ctx, o.Kernel, perSigma)
}

// spread blurs weights at the nodes, which it may change, to the surface.
func (s *Surface) spread(ctx context.Context, weights grid) error {
	w := s.window
	if s.Edge == Mass {
		for i, v := range weights.v {
			if i%ctxNodes == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if v != 0 {
				weights.v[i] = v / max(w.held.v[i], leastHeld)
			}
		}
	}
	blurred, err := s.Shape.blur(ctx, weights, w.perSigma)
	if err != nil {
		return err
	}
	perKM := float32(1 / w.squareKM())
	for i := range blurred.v {
		if i%ctxNodes == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case !w.shown[i]:
			blurred.v[i] = 0
		case s.Edge == Uniform:
			blurred.v[i] = float32(blurred.v[i]*perKM) / max(w.held.v[i], leastHeld)
		default:
			blurred.v[i] *= perKM
		}
	}
	s.values = blurred
	return nil
}
