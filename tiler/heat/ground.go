package heat

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// ErrNoGround is returned where there is no area to compute a density on.
var ErrNoGround = errors.New("no area")

// Ground is a city's jurisdiction, the union of its cells, in the city's plane.
// It keeps what depends on the bandwidth and not on the cases. Safe for
// concurrent use.
type Ground struct {
	plane  crs.TM
	edges  []edge
	bounds bounds
	box    spatial.Box
	// lon is how far from the plane's meridian positions are read, in degrees.
	lon float64

	mu      sync.Mutex
	windows []*window // the last one used first
}

// NewGround makes the ground of the cells' shapes. Cells that overlap cover the
// ground once.
func NewGround(plane crs.TM, cells []*spatial.Shape) (*Ground, error) {
	g := &Ground{plane: plane, box: spatial.EmptyBox()}
	for _, s := range cells {
		g.box = g.box.Union(s.Box)
	}
	g.edges = outline(plane, cells)
	g.bounds = boundsOf(g.edges)
	if len(g.edges) == 0 {
		return nil, ErrNoGround
	}
	if !(g.bounds.e1-g.bounds.e0 < math.Inf(1) && g.bounds.n1-g.bounds.n0 < math.Inf(1)) {
		return nil, fmt.Errorf("%w: the cells are too far from the plane's meridian %g", ErrNoGround, plane.Lon0)
	}
	const rim = rimQuanta / 1e7 // degrees around the city
	g.lon = max(math.Abs(g.box.Min.Lon()-plane.Lon0), math.Abs(g.box.Max.Lon()-plane.Lon0)) + rim
	return g, nil
}

// Box is the extent of the cells.
func (g *Ground) Box() spatial.Box { return g.box }

// Plane is where the ground is measured.
func (g *Ground) Plane() crs.TM { return g.plane }

// window is the ground for one kernel: how much of each node lies in it, and how
// much of the kernel around each node does.
type window struct {
	ground   *Ground
	kernel   Kernel
	perSigma float64
	Lattice
	mask grid
	// held is e, the share of the kernel around a node that lies on the ground.
	held grid
	// shown tells the nodes on the ground or next to it: what is read on the
	// ground lies between such.
	shown []bool
}

// leastHeld bounds 1/e. A case that lies in a cell has more of its kernel on the
// ground unless the ground there is narrower than a thousandth of the bandwidth.
const leastHeld = 1e-3

// keptNodes bounds what is kept of windows, in nodes of 9 bytes, but for the one used
// last: a city of 100 km² has 3.5 million with the three presets together.
const keptNodes = 4 << 20

// window returns the ground for a kernel, with so many nodes in a σ.
func (g *Ground) window(ctx context.Context, k Kernel, perSigma float64) (*window, error) {
	if err := k.check(); err != nil {
		return nil, err
	}
	if w := g.kept(k, perSigma); w != nil {
		return w, nil
	}
	w, err := g.prepare(ctx, k, perSigma)
	if err != nil {
		return nil, err
	}
	g.keep(w)
	return w, nil
}

// kept returns the window for a kernel if there is one, and notes its use.
func (g *Ground) kept(k Kernel, perSigma float64) *window {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, w := range g.windows {
		if w.kernel == k && w.perSigma == perSigma {
			copy(g.windows[1:i+1], g.windows[:i])
			g.windows[0] = w
			return w
		}
	}
	return nil
}

// keep keeps a window, and lets go of those not used for longest.
func (g *Ground) keep(w *window) {
	g.mu.Lock()
	defer g.mu.Unlock()
	kept, total := []*window{w}, w.Nodes()
	for _, old := range g.windows {
		if old.kernel == w.kernel && old.perSigma == w.perSigma {
			continue
		}
		if total += old.Nodes(); total <= keptNodes {
			kept = append(kept, old)
		}
	}
	g.windows = kept
}

// prepare makes the window for a lattice with so many nodes in a σ.
func (g *Ground) prepare(ctx context.Context, k Kernel, perSigma float64) (*window, error) {
	lattice, err := latticeFor(k.BandwidthM/perSigma, g.bounds)
	if err != nil {
		return nil, err
	}
	w := &window{ground: g, kernel: k, perSigma: perSigma, Lattice: lattice}
	if w.mask, err = lattice.cover(ctx, g.edges); err != nil {
		return nil, err
	}
	if w.held, err = k.Shape.blur(ctx, w.mask, perSigma); err != nil {
		return nil, err
	}
	w.shown = make([]bool, lattice.Nodes())
	for j := range lattice.NY {
		for i, v := range w.mask.row(j) {
			if v > 0 {
				w.shown[j*lattice.NX+i] = true
			}
		}
	}
	return w, nil
}

// line maps longitudes of one latitude to the plane: along a parallel, easting
// over longitude and northing are smooth functions of the longitude's square
// from the meridian, and are read from the polynomials through three and four
// points of them. Within 3° they err by less than 0.1 mm.
type line struct {
	e     [3]float64 // Newton's coefficients
	n     [4]float64
	valid bool
	offU  float64
	offV  float64
}

// meridian is a longitude as a line reads it.
type meridian struct {
	d    float64 // from the plane's
	s    float64 // its square
	a, b float64 // which is so far from where the polynomials meet the projection
}

// support is the squares of the longitudes at which lines meet the projection.
func (g *Ground) support() (s [3]float64) {
	for i := range s {
		d := g.lon * float64(i+1) / 3
		s[i] = float64(d * d)
	}
	return s
}

func (g *Ground) meridian(lon float64) meridian {
	at, d := g.support(), lon-g.plane.Lon0
	s := float64(d * d)
	return meridian{d, s, s - at[0], s - at[1]}
}

// line returns the map for a latitude, to nodes of a lattice.
func (g *Ground) line(l *Lattice, lat float64) line {
	out := line{offV: float64(l.Y0)}
	_, n0 := g.plane.Forward(g.plane.Lon0, lat)
	var e, n [3]float64
	for i := range 3 {
		d := g.lon * float64(i+1) / 3
		e[i], n[i] = g.plane.Forward(g.plane.Lon0+d, lat)
		e[i] = (e[i] - g.plane.X0) / d
	}
	out.valid = !math.IsNaN(e[2] + n0)
	s := g.support()
	e01, e12 := (e[1]-e[0])/(s[1]-s[0]), (e[2]-e[1])/(s[2]-s[1])
	out.e = [3]float64{e[0], e01, (e12 - e01) / (s[2] - s[0])}
	d01, d12, d23 := (n[0]-n0)/s[0], (n[1]-n[0])/(s[1]-s[0]), (n[2]-n[1])/(s[2]-s[1])
	d012, d123 := (d12-d01)/s[1], (d23-d12)/(s[2]-s[0])
	out.n = [4]float64{n0, d01, d012, (d123 - d012) / s[2]}
	scale := 1 / l.SpacingM // to nodes
	for i := range out.e {
		out.e[i] *= scale
	}
	for i := range out.n {
		out.n[i] *= scale
	}
	out.offU = float64(l.X0) - float64(g.plane.X0*scale)
	return out
}

// node returns where a longitude lies, in nodes from the lattice's first.
func (m *line) node(lon *meridian) (u, v float64) {
	e := m.e[0] + float64(lon.a*(m.e[1]+float64(lon.b*m.e[2])))
	n := m.n[0] + float64(lon.s*(m.n[1]+float64(lon.a*(m.n[2]+float64(lon.b*m.n[3])))))
	return float64(e*lon.d) - m.offU, n - m.offV
}
