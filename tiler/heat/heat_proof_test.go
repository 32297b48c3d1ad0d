//go:build proof

package heat

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/tiler"
)

// proofTown is a town of 1,500 cells with 30,000 cases.
func proofTown(t *testing.T) (*town, []Row, *View, *Ground) {
	t.Helper()
	town := newTown(t, 31, 42, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	rows := slices.Collect(town.rows(32, 30_000))
	return town, rows, town.table(t, slices.Values(rows)).View(), town.ground(t)
}

// Under 100 random filters: what a surface has at 10⁴ random places is the sum
// over the cases by the definition, within 1 % of the domain; in mode Mass the
// integral is n within 0.1 %.
func TestProof_DensityUnderRandomFilters(t *testing.T) {
	town, rows, v, ground := proofTown(t)
	filters, places, seed := 100, 10_000, uint64(33)
	if testing.Short() {
		filters, places = 10, 1000
	}
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	all, _ := town.placed(rows, &Filter{})
	at := town.places(rnd, all, places) // the same for all filters
	for _, o := range []Options{{Kernel{BlockM, Gaussian}, Uniform}, {Kernel{BlockM, Gaussian}, Mass}} {
		g := newJudge(town, o)
		worst, integral, done := 0.0, 0.0, 0
		for done < filters {
			f := town.randomFilter(rnd)
			s := ground.density(t, v, town.compile(t, f), o)
			in, _ := town.placed(rows, &f)
			if int(s.N) != len(in) {
				t.Fatalf("%+v: n %d, not %d", f, s.N, len(in))
			}
			if len(in) == 0 {
				continue
			}
			done++
			domain := s.domain(t).Max
			for _, p := range at {
				diff := math.Abs(s.Value(p)-g.density(in, p, o.Edge)) / domain
				if worst = max(worst, diff); diff > 0.01 {
					t.Fatalf("%+v, %+v at %v: off by %.4f of the domain", o, f, p, diff)
				}
			}
			if o.Edge == Mass {
				off := math.Abs(s.Integral()/float64(s.N) - 1)
				if integral = max(integral, off); off > 1e-3 {
					t.Fatalf("%+v: the integral is %g, not %d", f, s.Integral(), s.N)
				}
			}
		}
		t.Logf("%+v: %d filters × %d places: within %.5f of the domain, the integral within %.1e", o, filters, len(at), worst, integral)
	}
}

// The same for other bandwidths and the quartic kernel, at fewer places.
func TestProof_DensityOfEveryKernel(t *testing.T) {
	town, rows, v, ground := proofTown(t)
	rnd := rand.New(rand.NewPCG(34, 1))
	places := 300
	if testing.Short() {
		places = 60
	}
	for _, sigma := range []float64{StreetM, BlockM, CommunityM, 77.7} {
		for _, shape := range []Shape{Gaussian, Quartic} {
			for _, edge := range []Edge{Uniform, Mass} {
				o := Options{Kernel{sigma, shape}, edge}
				f := town.randomFilter(rnd)
				f.Areas = nil
				s := ground.density(t, v, town.compile(t, f), o)
				worst := checkDensity(t, town, newJudge(town, o), rows, &f, s, rnd, places)
				t.Logf("%+v: %d cases, %d places, within %.5f of the domain", o, s.N, places, worst)
				if edge == Mass && math.Abs(s.Integral()-float64(s.N)) > 1e-3*float64(s.N) {
					t.Errorf("%+v: the integral is %g, not %d", o, s.Integral(), s.N)
				}
			}
		}
	}
}

// Every tile of many zooms, under several filters.
func TestProof_TilesAreTheSurface(t *testing.T) {
	town, _, v, ground := proofTown(t)
	rnd := rand.New(rand.NewPCG(35, 1))
	filters := 12
	if testing.Short() {
		filters = 2
	}
	for i := range filters {
		o := Options{Kernel{[]float64{StreetM, BlockM, CommunityM}[i%3], Shape(i % 2)}, Edge(i / 2 % 2)}
		f := town.randomFilter(rnd)
		s := ground.density(t, v, town.compile(t, f), o)
		checkTiles(t, s, s.domain(t).Coding(), []uint8{0, 3, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 22}, 12)
		same, err := Difference(s, ground.density(t, v, town.compile(t, f), o))
		if err != nil || same.domain(t).Min != 0 || same.domain(t).Max != 0 {
			t.Errorf("%+v: equal periods differ by %g to %g, %v", f, same.domain(t).Min, same.domain(t).Max, err)
		}
	}
}

// Under 200 random filters and views the clusters of a view add up to the cases
// in it, square by square.
func TestProof_ClustersUnderRandomFilters(t *testing.T) {
	town, rows, v, _ := proofTown(t)
	rnd := rand.New(rand.NewPCG(36, 1))
	views := 200
	if testing.Short() {
		views = 40
	}
	total := 0
	for range views {
		f := town.randomFilter(rnd)
		k := groupsOf(60, 4)
		k.Bits = uint8(1 + rnd.IntN(7))
		z := uint8(8 + rnd.IntN(9))
		at, _ := tiler.At(rows[rnd.IntN(len(rows))].At, z)
		p := town.compile(t, f)
		wide, high := uint32(1+rnd.IntN(4)), uint32(1+rnd.IntN(3))
		sum, want := int64(0), int64(0)
		for y := at.Y; y < at.Y+high; y++ {
			for x := at.X; x < at.X+wide; x++ {
				id := tiler.ID{Z: z, X: x, Y: y}
				clusters, err := k.Count(t.Context(), v, p, id)
				if err != nil {
					t.Fatal(err)
				}
				var in []Row
				for i := range rows {
					if tile, _ := tiler.At(rows[i].At, z); tile == id && town.meets(&f, &rows[i], "") {
						in = append(in, rows[i])
					}
				}
				sum += int64(checkSquares(t, clusters, in, k, id))
				want += int64(len(in))
			}
		}
		if sum != want {
			t.Fatalf("%+v, %v and %d × %d: clusters of %d cases, not %d", f, at, wide, high, sum, want)
		}
		total += int(sum)
	}
	t.Logf("%d views with %d cases", views, total)
}

// watched is a context that is cancelled when it has been looked at some times,
// and keeps the longest processor time between two looks.
type watched struct {
	context.Context
	tb      testing.TB
	left    int
	last    time.Duration
	longest time.Duration
}

func (w *watched) Err() error {
	now := cpuTime(w.tb)
	w.longest = max(w.longest, now-w.last)
	w.last = now
	if w.left--; w.left < 0 {
		return context.Canceled
	}
	return nil
}

// Of four million cases: all work looks at its context often, and ends with it.
func TestProof_WorkStopsWithItsContext(t *testing.T) {
	town := newTown(t, 31, 60, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	n, sigma := 4_000_000, 12.0
	if testing.Short() {
		n, sigma = 400_000, 30
	}
	rows := slices.Collect(town.rows(37, n))
	v := town.table(t, slices.Values(rows)).View()
	p := town.compile(t, Filter{Units: []uint16{1, 2, 3, 4, 5, 6, 7, 8}})
	fine := Options{Kernel: Kernel{sigma, Quartic}}
	for name, work := range map[string]func(ctx context.Context) error{
		"facets": func(ctx context.Context) error { _, err := v.Facets(ctx, p); return err },
		"count":  func(ctx context.Context) error { _, err := v.Count(ctx, p); return err },
		"density": func(ctx context.Context) error {
			s, err := town.ground(t).Density(ctx, v, p, fine)
			if err == nil {
				_, err = s.Domain(ctx)
			}
			return err
		},
		"auto":   func(ctx context.Context) error { _, err := town.ground(t).Auto(ctx, v, p, Gaussian); return err },
		"ingest": func(ctx context.Context) error { _, err := NewTable(ctx, town.city, slices.Values(rows)); return err },
	} {
		w := &watched{Context: t.Context(), tb: t, left: 1 << 30, last: cpuTime(t)}
		if err := work(w); err != nil {
			t.Fatal(name, err)
		}
		looks := 1<<30 - w.left
		t.Logf("%s looks %d times, at most %v of processor time apart", name, looks, w.longest.Round(time.Microsecond))
		if looks < 10 {
			t.Errorf("%s looks at its context %d times only", name, looks)
		}
		for _, part := range []int{0, looks / 3, looks - 2} {
			w := &watched{Context: t.Context(), tb: t, left: part}
			if err := work(w); !errors.Is(err, context.Canceled) {
				t.Errorf("%s, cancelled at look %d: %v", name, part, err)
			}
			if w.left < -3 {
				t.Errorf("%s looked %d times more", name, -w.left-1)
			}
		}
	}
}
