package heat

import (
	"errors"
	"fmt"
	"math"
)

// Kernel says how far a case reaches and how its weight falls off.
type Kernel struct {
	// BandwidthM is the standard deviation σ of the kernel in metres in each
	// direction, of either shape.
	BandwidthM float64
	Shape      Shape
}

// Shape is the form of a kernel.
type Shape uint8

// The shapes. Gaussian is exp(−r²/2σ²)/2πσ², cut at 4σ. Quartic is
// 3/(πR²)·(1−r²/R²)² within R = √8·σ, which has the same variance.
const (
	Gaussian Shape = iota
	Quartic
)

// Presets of the bandwidth in metres: a stretch of street, a block, a community.
const (
	StreetM    = 50.0
	BlockM     = 150.0
	CommunityM = 400.0
)

// Limits of the bandwidth in metres. Below the least a kernel is narrower than
// the error of a phone's position.
const (
	MinBandwidthM = 5.0
	MaxBandwidthM = 10_000.0
)

// ErrBandwidth marks a bandwidth out of range, or too small for the city's size.
var ErrBandwidth = errors.New("bandwidth")

const (
	// perSigma is σ over the spacing of the lattice: reading between nodes errs by
	// 0.4 % of the peak of stacked cases, at 4 by 1.5 %.
	perSigma = 8
	// draftPerSigma is that of drafts.
	draftPerSigma = 4
	// cutSigma is where the Gaussian ends; what is cut off, e⁻⁸, goes to the rest.
	cutSigma = 4
)

// RadiusM is where the kernel ends.
func (k Kernel) RadiusM() float64 {
	if k.Shape == Quartic {
		return float64(math.Sqrt(8) * k.BandwidthM)
	}
	return float64(cutSigma * k.BandwidthM)
}

func (k Kernel) check() error {
	if !(k.BandwidthM >= MinBandwidthM && k.BandwidthM <= MaxBandwidthM) {
		return fmt.Errorf("%w: %g m is not within %g to %g m", ErrBandwidth, k.BandwidthM, MinBandwidthM, MaxBandwidthM)
	}
	if k.Shape > Quartic {
		return fmt.Errorf("%w: kernel %d is none", ErrBandwidth, k.Shape)
	}
	return nil
}

// weight is the density at a distance, per m², of the kernel itself and not of
// its lattice.
func (k Kernel) weight(r2 float64) float64 {
	s2 := float64(k.BandwidthM * k.BandwidthM)
	if k.Shape == Quartic {
		t := 1 - r2/float64(8*s2)
		if t <= 0 {
			return 0
		}
		return 3 / float64(math.Pi*8*s2) * float64(t*t)
	}
	if r2 > float64(cutSigma*cutSigma*s2) {
		return 0
	}
	return expNeg(r2/float64(2*s2)) / float64(2*math.Pi*s2) / (1 - expNeg(cutSigma*cutSigma/2))
}

// latticeVariance is the variance, in squares of the spacing, that is added in
// each direction by laying a case on its four nodes and by reading between
// nodes: t(1−t) each, on average ⅙. The lattice's kernel is narrower by it.
const latticeVariance = 2.0 / 6

// gaussTaps are the weights of nodes 0, 1, … to either side in one direction, in
// total 1, for a lattice with so many nodes in a σ.
func gaussTaps(perSigma float64) []float32 {
	v := float64(perSigma*perSigma) - latticeVariance
	n := int(cutSigma*perSigma) + 1
	weights := make([]float64, n)
	sum := 0.0
	for i := range weights {
		weights[i] = expNeg(float64(i*i) / (2 * v))
		if sum += 2 * weights[i]; i == 0 {
			sum = weights[0]
		}
	}
	return float32s(weights, 1/sum)
}

// quarticTaps are the weights of the nodes in row 0, 1, … above and below.
func quarticTaps(perSigma float64) [][]float32 {
	r2 := 8 * (float64(perSigma*perSigma) - latticeVariance)
	n := int(math.Sqrt(r2)) + 1
	rows := make([][]float64, n)
	sum := 0.0
	for y := range rows {
		for x := 0; float64(x*x+y*y) < r2; x++ {
			t := 1 - float64(x*x+y*y)/r2
			w := float64(t * t)
			rows[y] = append(rows[y], w)
			sum += w * float64(min(x, 1)+1) * float64(min(y, 1)+1)
		}
	}
	taps := make([][]float32, 0, n)
	for _, row := range rows {
		if len(row) > 0 {
			taps = append(taps, float32s(row, 1/sum))
		}
	}
	return taps
}

func float32s(v []float64, factor float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x * factor)
	}
	return out
}

// expNeg is e⁻ˣ for x ≥ 0, within 1e-14 of itself. math.Exp has other bits on
// other processors.
func expNeg(x float64) float64 {
	const halvings = 10 // to x below 0.03, where the last term is below 1e-17
	if x > 700 {
		return 0
	}
	y := -x / (1 << halvings)
	sum := 1.0
	for k := 12; k > 0; k-- {
		sum = 1 + float64(y*sum)/float64(k)
	}
	for range halvings {
		sum = float64(sum * sum)
	}
	return sum
}

// logOf is ln x for a positive, normal x, within 1e-15, the same on every processor.
func logOf(x float64) float64 {
	m, exp := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, exp = m*2, exp-1
	}
	z := (m - 1) / (m + 1)
	z2 := float64(z * z)
	sum := 0.0
	for k := 10; k >= 0; k-- {
		sum = float64(sum*z2) + 1/float64(2*k+1)
	}
	return float64(float64(exp)*math.Ln2) + float64(2*z*sum)
}
