package heat

import (
	"fmt"
	"math"
)

// MaxNodes is the largest lattice that is made.
const MaxNodes = 16 << 20

// margin is how many nodes a lattice goes beyond the city: what is read at its
// border lies between nodes of which one may be outside.
const margin = 2

// Lattice is the nodes on which a density is computed: multiples of a spacing in
// the city's plane. The spacing follows from the bandwidth alone, the extent from
// the city, so that neither the view nor the filter changes a value.
type Lattice struct {
	// SpacingM is the distance of two nodes in metres.
	SpacingM float64
	// X0 and Y0 are the easting and northing of the first node, in spacings.
	X0, Y0 int
	// NX and NY are the number of nodes from west to east and from south to north.
	NX, NY int
}

// latticeFor returns the lattice of a spacing that covers a box of the plane.
func latticeFor(spacing float64, b bounds) (Lattice, error) {
	west, east := math.Floor(b.e0/spacing)-margin, math.Ceil(b.e1/spacing)+margin
	south, north := math.Floor(b.n0/spacing)-margin, math.Ceil(b.n1/spacing)+margin
	nx, ny := east-west+1, north-south+1
	if !(float64(nx*ny) <= MaxNodes) {
		least := math.Sqrt(float64((b.e1-b.e0)*(b.n1-b.n0))/MaxNodes) * perSigma
		return Lattice{}, fmt.Errorf("%w: %g m asks for a lattice of %.0f × %.0f nodes, more than %d: in this city about %.0f m is the least",
			ErrBandwidth, spacing*perSigma, nx, ny, MaxNodes, math.Ceil(float64(least*1.01)))
	}
	return Lattice{spacing, int(west), int(south), int(nx), int(ny)}, nil
}

// Nodes is how many nodes there are.
func (l Lattice) Nodes() int { return l.NX * l.NY }

// node returns a position of the plane in nodes from the first.
func (l Lattice) node(e, n float64) (u, v float64) {
	return e/l.SpacingM - float64(l.X0), n/l.SpacingM - float64(l.Y0)
}

// At returns easting and northing of node (i, j).
func (l Lattice) At(i, j int) (e, n float64) {
	return float64(float64(l.X0+i) * l.SpacingM), float64(float64(l.Y0+j) * l.SpacingM)
}

// squareKM is the area of a square of the lattice in km².
func (l Lattice) squareKM() float64 {
	km := l.SpacingM / 1000
	return float64(km * km)
}

// bounds is a rectangle of the plane in metres.
type bounds struct{ e0, n0, e1, n1 float64 }

func boundsOf(edges []edge) bounds {
	b := bounds{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, e := range edges {
		b.e0, b.n0 = min(b.e0, e.e0), min(b.n0, e.n0)
		b.e1, b.n1 = max(b.e1, e.e0), max(b.n1, e.n0)
	}
	return b
}
