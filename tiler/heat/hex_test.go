package heat

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
)

// clipTo cuts a ring, convex or not, to the left of a line (Sutherland and Hodgman).
func clipTo(ring [][2]float64, a, b [2]float64) (out [][2]float64) {
	side := func(p [2]float64) float64 { return (b[0]-a[0])*(p[1]-a[1]) - (b[1]-a[1])*(p[0]-a[0]) }
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		s, t := side(p), side(q)
		if s >= 0 {
			out = append(out, p)
		}
		if s*t < 0 {
			w := s / (s - t)
			out = append(out, [2]float64{p[0] + w*(q[0]-p[0]), p[1] + w*(q[1]-p[1])})
		}
	}
	return out
}

func flatArea(ring [][2]float64) (sum float64) {
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		sum += (p[0]*q[1] - p[1]*q[0]) / 2
	}
	return sum
}

// TestTheCitysPartOfAHexagonIsThatOfItsCells: each cell is clipped to each hexagon,
// one side after the other.
func TestTheCitysPartOfAHexagonIsThatOfItsCells(t *testing.T) {
	t.Parallel()
	town := newTown(t, 5, 14, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	g := town.ground(t)
	var cells [][][2]float64
	city := 0.0
	for _, s := range town.shapes {
		var ring [][2]float64
		for _, c := range s.Coords {
			e, n := town.city.Plane.Forward(c.Lon(), c.Lat())
			ring = append(ring, [2]float64{e, n})
		}
		if flatArea(ring) < 0 {
			t.Fatal("a cell that runs clockwise")
		}
		cells = append(cells, ring)
		city += flatArea(ring)
	}
	for _, width := range []float64{20, 87.5, 200, 1000, 20_000} {
		h, err := g.Hexagons(t.Context(), width)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i := range h.Len() {
			sum += h.InsideM2(i)
			if width == 20 && i%97 != 0 && h.InsideM2(i) == 0 {
				continue // most lie beside the city
			}
			ring := h.Ring(i)
			want := 0.0
			for _, cell := range cells {
				part := cell
				for k := range 6 {
					var corners [2][2]float64
					for j, c := range ring[k : k+2] {
						corners[j][0], corners[j][1] = town.city.Plane.Forward(c.Lon(), c.Lat())
					}
					part = clipTo(part, corners[0], corners[1])
				}
				want += flatArea(part)
			}
			// A corner on the lattice of 1e-7 degrees is up to 7 mm off.
			if tolerance := 0.03*width + 1e-6; math.Abs(h.InsideM2(i)-want) > tolerance {
				t.Fatalf("%g m, %s: %g m² inside, by clipping %g", width, h.Code(i), h.InsideM2(i), want)
			}
		}
		if math.Abs(sum-city) > 1e-6*city {
			t.Errorf("%g m: the hexagons have %g m² of the city's %g", width, sum, city)
		}
	}
}

// TestEachPlaceLiesInTheHexagonWhoseMiddleIsNearest and in no other's outline.
func TestEachPlaceLiesInTheHexagonWhoseMiddleIsNearest(t *testing.T) {
	t.Parallel()
	town := newTown(t, 6, 12, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	g := town.ground(t)
	h, err := g.Hexagons(t.Context(), 130)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i := range h.Len() {
		if seen[h.Code(i)] || h.Of(h.Middle(i)) != int32(i) {
			t.Fatalf("%s stands twice, or its middle lies in another", h.Code(i))
		}
		seen[h.Code(i)] = true
	}
	rnd := rand.New(rand.NewPCG(7, 7))
	box := g.Box()
	for range 20_000 {
		at := spatial.Coord{X: box.Min.X + int32(rnd.IntN(int(box.Max.X-box.Min.X))), Y: box.Min.Y + int32(rnd.IntN(int(box.Max.Y-box.Min.Y)))}
		e, n := town.city.Plane.Forward(at.Lon(), at.Lat())
		// The centre in axial coordinates, rounded in three directions.
		r := n / (130 * math.Sqrt(3) / 2)
		q := e/130 - r/2
		x, z := math.Round(q), math.Round(r)
		y := math.Round(-q - r)
		if dx, dy, dz := math.Abs(x-q), math.Abs(y+q+r), math.Abs(z-r); dx > dy && dx > dz {
			x = -y - z
		} else if dz > dy {
			z = -x - y
		}
		got := int(h.Of(at))
		col, row := h.column(got)
		if float64(row) != z || float64(col) != x+(z-float64(row&1))/2 {
			t.Fatalf("%v lies in column %d of row %d, by axial coordinates q %g r %g", at, col, row, x, z)
		}
	}
	if far := h.Of(spatial.At(0, 0)); far != -1 {
		t.Errorf("far away is %d", far)
	}
}

// TestEachCaseIsInOneHexagon, the one in which its place lies, under random filters
// and after changes.
func TestEachCaseIsInOneHexagon(t *testing.T) {
	t.Parallel()
	town := newTown(t, 6, 16, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	g := town.ground(t)
	table := town.table(t, town.rows(3, 30_000))
	rnd := rand.New(rand.NewPCG(9, 9))
	for k := range 30 {
		h, err := g.Hexagons(t.Context(), 25*math.Exp(rnd.Float64()*4))
		if err != nil {
			t.Fatal(err)
		}
		p, v := town.compile(t, town.randomFilter(rnd)), table.View()
		want := make([]int64, h.Len())
		none, all := int64(0), int64(0)
		if err := v.Each(t.Context(), p, func(r Row) bool {
			all++
			if n := h.Of(r.At); r.Cell != NoCell && n >= 0 {
				want[n]++
			} else {
				none++
			}
			return true
		}); err != nil {
			t.Fatal(err)
		}
		got, rest, err := h.Count(t.Context(), v, p)
		if err != nil || rest != none || !slices.Equal(got, want) {
			t.Fatalf("filter %d: %d in none, want %d; %v", k, rest, none, err)
		}
		sum := rest
		for _, n := range got {
			sum += n
		}
		if sum != all || k == 0 && all == 0 {
			t.Fatalf("%d cases in hexagons, %d in all", sum, all)
		}
	}
}

func TestHexagonsHaveBounds(t *testing.T) {
	t.Parallel()
	g := newTown(t, 6, 12, orb.Point{114.31, 34.79}, "Asia/Shanghai").ground(t)
	for _, width := range []float64{0, -5, 19.9, 20_001, math.NaN(), math.Inf(1)} {
		if _, err := g.Hexagons(t.Context(), width); !errors.Is(err, ErrHexagons) {
			t.Errorf("%g m: %v", width, err)
		}
	}
	large := newTown(t, 6, 80, orb.Point{114.31, 34.79}, "Asia/Shanghai").ground(t)
	if _, err := large.Hexagons(t.Context(), 20); !errors.Is(err, ErrHexagons) || !strings.Contains(err.Error(), "least width") {
		t.Error(err)
	}
}

func BenchmarkHexagons(b *testing.B) {
	t := newTown(b, 1, 90, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	g := t.ground(b)
	b.Run("cut 81 km² at 100 m", func(b *testing.B) {
		for b.Loop() {
			if _, err := g.Hexagons(b.Context(), 100); err != nil {
				b.Fatal(err)
			}
		}
	})
	h, err := g.Hexagons(b.Context(), 200)
	if err != nil {
		b.Fatal(err)
	}
	const cases = 1_000_000
	v, all := t.table(b, t.rows(1, cases)).View(), t.compile(b, Filter{})
	b.Run("count 1 million cases", func(b *testing.B) {
		byCPU(b, func() {
			if _, _, err := h.Count(b.Context(), v, all); err != nil {
				b.Fatal(err)
			}
		})
	})
	at := h.Middle(h.Len() / 2)
	b.Run("a place", func(b *testing.B) {
		for b.Loop() {
			h.Of(at)
		}
	})
}
