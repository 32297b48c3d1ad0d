package heat

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// judge computes densities as they are defined: a sum over all cases in float64,
// without a lattice, positions by the projection itself, the share of a kernel on
// the ground by integrals over the cells.
type judge struct {
	town *town
	k    Kernel
	// Square root of the samples with which the quartic kernel is integrated.
	samples int
	shares  map[spatial.Coord]float64
}

func newJudge(t *town, o Options) *judge {
	j := &judge{town: t, k: o.Kernel, samples: 130, shares: make(map[spatial.Coord]float64)}
	if o.Edge == Mass { // at every case, whose errors cancel out
		j.samples = 50
	}
	return j
}

// kernel is the density of the kernel at a squared distance, cut and normalised
// as the documentation says.
func (g *judge) kernel(r2 float64) float64 {
	s := g.k.BandwidthM
	if g.k.Shape == Quartic {
		r := math.Sqrt(8) * s
		return 3 / (math.Pi * r * r) * squareOf(max(0, 1-r2/(r*r)))
	}
	if r2 > 16*s*s {
		return 0
	}
	return math.Exp(-r2/(2*s*s)) / (2 * math.Pi * s * s) / (1 - math.Exp(-8))
}

// share is e, how much of the kernel around a place lies in a cell.
func (g *judge) share(at spatial.Coord) float64 {
	if e, ok := g.shares[at]; ok {
		return e
	}
	e := g.shareOf(at)
	g.shares[at] = e
	return e
}

func (g *judge) shareOf(at spatial.Coord) float64 {
	if g.k.Shape == Gaussian {
		sum := 0.0
		n := spatial.NewGaussian(at, g.k.BandwidthM)
		for _, s := range g.town.shapes {
			if s.Box.Meets(n.Reach()) {
				sum += n.Over(s)
			}
		}
		return sum
	}
	perLon, perLat := crs.MetresPerDegree(at.Lat())
	radius := math.Sqrt(8) * g.k.BandwidthM
	step := 2 * radius / float64(g.samples)
	var in, all float64
	for i := range g.samples {
		for j := range g.samples {
			e, n := (float64(i)+0.5)*step-radius, (float64(j)+0.5)*step-radius
			w := g.kernel(e*e + n*n)
			all += w
			if w > 0 {
				if cell, _ := g.town.cover.Locate(spatial.At(at.Lon()+e/perLon, at.Lat()+n/perLat)); cell >= 0 {
					in += w
				}
			}
		}
	}
	return in / all
}

// density is the number of the rows per km² at a place.
func (g *judge) density(rows []placedRow, at spatial.Coord, edge Edge) float64 {
	e0, n0 := g.town.city.Plane.Forward(at.Lon(), at.Lat())
	sum := 0.0
	for i := range rows {
		r := &rows[i]
		de, dn := r.e-e0, r.n-n0
		w := g.kernel(de*de + dn*dn)
		if w == 0 {
			continue
		}
		if edge == Mass {
			w /= g.share(r.At)
		}
		sum += w
	}
	if edge == Uniform {
		sum /= g.share(at)
	}
	return sum * 1e6
}

type placedRow struct {
	Row
	e, n float64
}

// placed projects the rows that lie in a cell.
func (t *town) placed(rows []Row, f *Filter) (in []placedRow, excluded int) {
	for i := range rows {
		if !t.meets(f, &rows[i], "") {
			continue
		}
		if rows[i].Cell == NoCell {
			excluded++
			continue
		}
		e, n := t.city.Plane.Forward(rows[i].At.Lon(), rows[i].At.Lat())
		in = append(in, placedRow{rows[i], e, n})
	}
	return in, excluded
}

// places are random positions in cells, those of cases among them.
func (t *town) places(rnd *rand.Rand, rows []placedRow, n int) (out []spatial.Coord) {
	box := t.areas.Box()
	for len(out) < n {
		at := spatial.Coord{
			X: box.Min.X + rnd.Int32N(box.Max.X-box.Min.X), Y: box.Min.Y + rnd.Int32N(box.Max.Y-box.Min.Y),
		}
		if len(out)%5 == 0 && len(rows) > 0 {
			at = rows[rnd.IntN(len(rows))].At
		}
		if cell, _ := t.cover.Locate(at); cell >= 0 {
			out = append(out, at)
		}
	}
	return out
}

// checkDensity holds a surface to the judge at some places, and returns the
// largest difference as a share of the domain.
func checkDensity(t *testing.T, town *town, g *judge, rows []Row, f *Filter, s *Surface, rnd *rand.Rand, n int) float64 {
	t.Helper()
	in, excluded := town.placed(rows, f)
	if int(s.N) != len(in) || int(s.Excluded) != excluded {
		t.Fatalf("%+v: n %d and %d excluded, not %d and %d", f, s.N, s.Excluded, len(in), excluded)
	}
	domain := s.domain(t).Max
	worst := 0.0
	for _, at := range town.places(rnd, in, n) {
		got, want := s.Value(at), g.density(in, at, s.Edge)
		diff := math.Abs(got - want)
		if diff > 0.01*domain {
			t.Errorf("%+v, %+v at %v: %g, by the definition %g, domain %g", s.Options, f, at, got, want, domain)
		}
		if domain > 0 {
			worst = max(worst, diff/domain)
		}
	}
	return worst
}

func squareOf(x float64) float64 { return x * x }
