package heat

import (
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// TestADraftErrsByNoMoreThanItSays where it errs most: around cases stacked on one
// spot, wherever that lies between the nodes, read from its tiles.
func TestADraftErrsByNoMoreThanItSays(t *testing.T) {
	town := newTown(t, 9, 12, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	ground := town.ground(t)
	rnd := rand.New(rand.NewPCG(6, 7))
	for _, shape := range []Shape{Gaussian, Quartic} {
		k := Kernel{StreetM, shape}
		g := newJudge(town, Options{Kernel: k})
		peak, worst := g.kernel(0)*1e6, 0.0
		for range 12 {
			at := spatial.Coord{X: town.center.X + rnd.Int32N(8000) - 4000, Y: town.center.Y + rnd.Int32N(8000) - 4000}
			cell, _ := town.cover.Locate(at)
			rows := []Row{{FID: 1, At: at, Time: 1, Cell: uint32(cell)}}
			s, err := ground.Draft(t.Context(), town.table(t, slices.Values(rows)).View(), town.compile(t, Filter{}), Options{Kernel: k})
			if err != nil {
				t.Fatal(err)
			}
			in, _ := town.placed(rows, &Filter{})
			c := s.domain(t).Coding()
			id, _ := tiler.At(at, 17)
			img := decodePNG(t, s.Tile(id, c))
			if p, ok := img.(*image.Paletted); !ok || len(p.Palette) > draftLevels {
				t.Fatalf("a draft's tile is %T", img)
			}
			for range 60 {
				i, j := rnd.IntN(TileSize), rnd.IntN(TileSize)
				lon, lat := pixelAt(id, i, j)
				near := spatial.At(lon, lat)
				if cell, _ := town.cover.Locate(near); cell < 0 {
					continue
				}
				worst = max(worst, math.Abs(numberAt(t, img, c, i, j)-g.density(in, near, Uniform)))
			}
		}
		t.Logf("shape %d: within %.4f of the peak", shape, worst/peak)
		if worst > DraftError*peak {
			t.Errorf("shape %d: %.4f of the peak, which is more than %.4f", shape, worst/peak, DraftError)
		}
	}
}

// TestADraftCountsTheSameCases and is not compared with what is none.
func TestADraftCountsTheSameCases(t *testing.T) {
	town, rows := smallTown(t)
	v, ground := town.table(t, slices.Values(rows)).View(), town.ground(t)
	rnd := rand.New(rand.NewPCG(8, 8))
	for range 20 {
		p := town.compile(t, town.randomFilter(rnd))
		o := Options{Kernel: Kernel{BlockM, Gaussian}, Edge: Edge(rnd.IntN(2))}
		full := ground.density(t, v, p, o)
		s, err := ground.Draft(t.Context(), v, p, o)
		if err != nil {
			t.Fatal(err)
		}
		if s.N != full.N || s.Excluded != full.Excluded || !s.Draft() || full.Draft() || s.Lattice().SpacingM != 2*full.Lattice().SpacingM {
			t.Fatalf("%d and %d cases, not %d and %d, on %v", s.N, s.Excluded, full.N, full.Excluded, s.Lattice())
		}
		if o.Edge == Mass && s.N > 0 && math.Abs(s.Integral()/float64(s.N)-1) > 2e-3 {
			t.Errorf("the integral is %g, not %d", s.Integral(), s.N)
		}
		if _, err := Difference(full, s); err == nil {
			t.Fatal("a draft was taken from a density")
		}
	}
}
