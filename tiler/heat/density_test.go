package heat

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
)

func (g *Ground) density(tb testing.TB, v *View, p *Predicate, o Options) *Surface {
	tb.Helper()
	s, err := g.Density(tb.Context(), v, p, o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func (s *Surface) domain(tb testing.TB) *Domain {
	tb.Helper()
	d, err := s.Domain(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func (l Lattice) covered(tb testing.TB, g *Ground) grid {
	tb.Helper()
	mask, err := l.cover(tb.Context(), g.edges)
	if err != nil {
		tb.Fatal(err)
	}
	return mask
}

func TestTheGroundIsAsLargeAsItsCells(t *testing.T) {
	town, _ := smallTown(t)
	var want float64
	for _, s := range town.shapes {
		want += s.AreaM2()
	}
	g := town.ground(t)
	for _, spacing := range []float64{3, 18.75, 50, 777} {
		l, err := latticeFor(spacing, g.bounds)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, m := range l.covered(t, g).v {
			sum += float64(m)
		}
		if got := sum * spacing * spacing; math.Abs(got/want-1) > 1e-5 {
			t.Errorf("spacing %g: %.1f m², not %.1f", spacing, got, want)
		}
	}
}

// Every node's share by counting samples of its hat in cells.
func TestANodesShareIsTheIntegralOfItsHat(t *testing.T) {
	town, _ := smallTown(t)
	g := town.ground(t)
	l, err := latticeFor(60, g.bounds)
	if err != nil {
		t.Fatal(err)
	}
	mask := l.covered(t, g)
	const n = 40
	for j := range l.NY {
		for i := range l.NX {
			if (i+3*j)%23 != 0 {
				continue
			}
			e0, n0 := l.At(i, j)
			var in float64
			for a := range n {
				for b := range n {
					x, y := (float64(a)+0.5)/n*2-1, (float64(b)+0.5)/n*2-1
					lon, lat := town.city.Plane.Inverse(e0+x*60, n0+y*60)
					if cell, _ := town.cover.Locate(spatial.At(lon, lat)); cell >= 0 {
						in += (1 - math.Abs(x)) * (1 - math.Abs(y)) * 4 / n / n
					}
				}
			}
			if got := float64(mask.row(j)[i]); math.Abs(got-in) > 0.02 {
				t.Errorf("node %d, %d: %.4f, counted %.4f", i, j, got, in)
			}
		}
	}
}

func TestDensityIsThatOfTheDefinition(t *testing.T) {
	town, rows := smallTown(t)
	rows = rows[:1500]
	v := town.table(t, slices.Values(rows)).View()
	ground := town.ground(t)
	rnd := rand.New(rand.NewPCG(5, 5))
	for _, o := range []Options{
		{Kernel{BlockM, Gaussian}, Uniform},
		{Kernel{BlockM, Gaussian}, Mass},
		{Kernel{BlockM, Quartic}, Uniform},
		{Kernel{BlockM, Quartic}, Mass},
		{Kernel{StreetM, Gaussian}, Uniform},
		{Kernel{CommunityM, Quartic}, Uniform},
		{Kernel{333, Gaussian}, Mass},
	} {
		g := newJudge(town, o)
		for i := range 2 {
			f := Filter{}
			if i > 0 {
				f = town.randomFilter(rnd)
			}
			s := ground.density(t, v, town.compile(t, f), o)
			worst := checkDensity(t, town, g, rows, &f, s, rnd, 15)
			if i == 0 {
				t.Logf("%+v: within %.4f of the domain", o, worst)
			}
			if o.Edge == Mass && s.N > 0 {
				if got := s.Integral(); math.Abs(got/float64(s.N)-1) > 1e-3 {
					t.Errorf("%+v, %+v: the integral is %g, not %d", o, f, got, s.N)
				}
			}
		}
	}
}

// One case is the kernel itself, wherever it lies between the nodes.
func TestOneCaseIsItsKernel(t *testing.T) {
	town := newTown(t, 9, 12, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	ground := town.ground(t)
	rnd := rand.New(rand.NewPCG(6, 6))
	for _, shape := range []Shape{Gaussian, Quartic} {
		k := Kernel{StreetM, shape}
		g := newJudge(town, Options{Kernel: k})
		peak := g.kernel(0) * 1e6
		for range 12 {
			at := spatial.Coord{X: town.center.X + rnd.Int32N(8000) - 4000, Y: town.center.Y + rnd.Int32N(8000) - 4000}
			cell, _ := town.cover.Locate(at)
			rows := []Row{{FID: 1, At: at, Time: 1, Cell: uint32(cell)}}
			s := ground.density(t, town.table(t, slices.Values(rows)).View(), town.compile(t, Filter{}), Options{Kernel: k})
			in, _ := town.placed(rows, &Filter{})
			for range 40 {
				near := spatial.Coord{X: at.X + rnd.Int32N(40000) - 20000, Y: at.Y + rnd.Int32N(40000) - 20000}
				if cell, _ := town.cover.Locate(near); cell < 0 {
					continue
				}
				if got, want := s.Value(near), g.density(in, near, Uniform); math.Abs(got-want) > 0.004*peak {
					t.Fatalf("%v beside %v: %g, not %g, peak %g", near, at, got, want, peak)
				}
			}
		}
	}
}

// A flat city: one case every 9 m.
func TestAFlatCityIsFlatToItsBorder(t *testing.T) {
	town := newTown(t, 11, 14, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	ground := town.ground(t)
	const apart = 9.0
	var rows []Row
	for i := range 160 {
		for j := range 160 {
			lon, lat := town.city.Plane.Inverse((float64(i)-80)*apart+0.3, (float64(j)-80)*apart+0.1)
			if cell, _ := town.cover.Locate(spatial.At(lon, lat)); cell >= 0 {
				rows = append(rows, Row{FID: uint32(len(rows)), At: spatial.At(lon, lat), Cell: uint32(cell)})
			}
		}
	}
	v := town.table(t, slices.Values(rows)).View()
	const flat = 1e6 / (apart * apart)
	for _, shape := range []Shape{Gaussian, Quartic} {
		s := ground.density(t, v, town.compile(t, Filter{}), Options{Kernel: Kernel{BlockM, shape}})
		for i, v := range s.Values() {
			if s.OnGround()[i] > 0 && math.Abs(float64(v)/flat-1) > 0.01 {
				t.Errorf("%v: %g at node %d, not %g", shape, v, i, flat)
			}
		}
	}
}

func TestABandwidthOutOfRangeIsRefused(t *testing.T) {
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	p := town.compile(t, Filter{})
	g := town.ground(t)
	for _, sigma := range []float64{0.1, 0, -50, 1e6, math.NaN(), math.Inf(1), MinBandwidthM - 0.001} {
		if _, err := g.Density(t.Context(), v, p, Options{Kernel: Kernel{BandwidthM: sigma}}); !errors.Is(err, ErrBandwidth) {
			t.Errorf("%g m: %v", sigma, err)
		}
	}
	if _, err := g.Density(t.Context(), v, p, Options{Kernel: Kernel{BlockM, 2}}); !errors.Is(err, ErrBandwidth) {
		t.Error(err)
	}
	if _, err := g.Density(t.Context(), v, p, Options{Kernel{BlockM, 0}, 2}); !errors.Is(err, ErrBandwidth) {
		t.Error(err)
	}
	if _, err := latticeFor(1, bounds{0, 0, 9000, 9000}); !errors.Is(err, ErrBandwidth) {
		t.Error(err)
	}
	if _, err := NewGround(town.city.Plane, nil); !errors.Is(err, ErrNoGround) {
		t.Error(err)
	}
}
