package heat

import (
	"math"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Surface is a number at every place of a city: a density in cases per km², or
// what was made of densities. Between the nodes of its lattice it is bilinear,
// outside the ground 0. Immutable.
type Surface struct {
	Options
	// N cases are in it; Excluded were left out because no cell holds them.
	N, Excluded int64

	ground *Ground
	window *window
	values grid
}

// Draft reports whether the surface is one of [Ground.Draft].
func (s *Surface) Draft() bool { return s.window.perSigma == draftPerSigma }

// Lattice returns the nodes.
func (s *Surface) Lattice() Lattice { return s.window.Lattice }

// Values returns the numbers at the nodes, row by row from the south, each from
// west to east; not to be changed. NaN is where there is none.
func (s *Surface) Values() []float32 { return s.values.v }

// OnGround returns for each node how much of it, 0 to 1, lies on the ground; the
// sum of the values weighed by it is their integral there, in squares of the
// lattice.
func (s *Surface) OnGround() []float32 { return s.window.mask.v }

// Integral returns the surface's integral over the ground: of a density in mode
// [Mass] the number of cases.
func (s *Surface) Integral() float64 {
	var sum float64
	for i, v := range s.values.v {
		if m := s.window.mask.v[i]; m > 0 && v == v {
			sum += float64(float64(v) * float64(m))
		}
	}
	return sum * s.window.squareKM()
}

// Value returns the number at a place, the one that a value tile has there
// before it is rounded to a quantum; NaN where there is none.
func (s *Surface) Value(at spatial.Coord) float64 { return s.read(at.Lon(), at.Lat()) }

func (s *Surface) read(lon, lat float64) float64 {
	if !(math.Abs(lon-s.ground.plane.Lon0) <= s.ground.lon) {
		return 0
	}
	m := s.ground.line(&s.window.Lattice, lat)
	if !m.valid {
		return 0
	}
	at := s.ground.meridian(lon)
	u, v := m.node(&at)
	return s.values.between(u, v)
}

// between reads between four nodes; 0 beyond the first and the last.
func (g grid) between(u, v float64) float64 {
	if !(u >= 0 && v >= 0 && u < float64(g.nx-1) && v < float64(g.ny-1)) {
		return 0
	}
	i, j := int(u), int(v)
	x, y := u-float64(i), v-float64(j)
	k := j*g.nx + i
	lower, upper := g.v[k:k+2:k+2], g.v[k+g.nx:k+g.nx+2:k+g.nx+2]
	a, b := float64(lower[0]), float64(lower[1])
	c, d := float64(upper[0]), float64(upper[1])
	south, north := a+float64(x*(b-a)), c+float64(x*(d-c))
	return south + float64(y*(north-south))
}

// Times returns the surface with every number multiplied: by 30 over the days of
// the period it is cases per km² and 30 days.
func (s *Surface) Times(factor float64) *Surface {
	out := *s
	out.values = newGrid(s.values.nx, s.values.ny)
	f := float32(factor)
	for i, v := range s.values.v {
		out.values.v[i] = v * f
	}
	return &out
}

// InPlane returns the number at a position of the city's plane, as [Surface.Value]
// does at one in degrees.
func (s *Surface) InPlane(e, n float64) float64 {
	return s.values.between(s.window.node(e, n))
}
