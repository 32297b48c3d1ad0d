package heat

import (
	"context"
	"errors"
	"math"
)

// ErrNoCases is returned where there is no case to choose a bandwidth by.
var ErrNoCases = errors.New("no cases")

const (
	// autoPerSigma is the lattice on which the bandwidth is sought: coarser than
	// that of densities, since a sum over all cases is read from it.
	autoPerSigma = 4
	// autoSteps halve the range of the bandwidth, some 300 to 1, to 1.5 %.
	autoSteps = 9
	// autoLeastM and autoMostM bound what is chosen.
	autoLeastM = 20.0
	autoMostM  = 5000.0
)

// Auto returns the bandwidth at which the inverse densities at the cases, not
// corrected at the edge, sum up to the area of the ground (O. Cronie and
// M. van Lieshout, Biometrika 105, 2018), within 2 %: the more the cases crowd,
// the narrower. It is between 20 m and 5 km.
func (g *Ground) Auto(ctx context.Context, v *View, p *Predicate, shape Shape) (bandwidthM float64, err error) {
	if err := (Kernel{autoLeastM, shape}).check(); err != nil {
		return 0, err
	}
	low, high := autoLeastM, autoMostM
	area := (g.bounds.e1 - g.bounds.e0) * (g.bounds.n1 - g.bounds.n0)
	// The least for which there are not too many nodes, and 5 % for the margins.
	low = max(low, math.Sqrt(area/MaxNodes)*autoPerSigma*1.05)
	lattice, err := latticeFor(BlockM, g.bounds)
	if err != nil {
		return 0, err
	}
	mask, err := lattice.cover(ctx, g.edges)
	if err != nil {
		return 0, err
	}
	var ground float64
	for _, m := range mask.v {
		ground += float64(m)
	}
	ground *= BlockM * BlockM
	for range autoSteps {
		middle := math.Sqrt(low * high)
		inverse, err := g.inverse(ctx, v, p, Kernel{middle, shape})
		if err != nil {
			return 0, err
		}
		if inverse < ground {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Sqrt(low * high), nil
}

// inverse is the sum of 1/λ over the cases, in m².
func (g *Ground) inverse(ctx context.Context, v *View, p *Predicate, k Kernel) (float64, error) {
	lattice, err := latticeFor(k.BandwidthM/autoPerSigma, g.bounds)
	if err != nil {
		return 0, err
	}
	b, err := v.bin(ctx, p, lattice)
	if err != nil {
		return 0, err
	}
	if b.n == 0 {
		return 0, ErrNoCases
	}
	weights := b.weights()
	defer weights.giveBack()
	b.giveBack()
	blurred, err := k.Shape.blur(ctx, weights, autoPerSigma)
	if err != nil {
		return 0, err
	}
	var sum float64
	for i, w := range weights.v {
		if w > 0 {
			sum += float64(w) / float64(blurred.v[i])
		}
	}
	return float64(sum * float64(lattice.SpacingM*lattice.SpacingM)), nil
}
