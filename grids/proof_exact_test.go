//go:build proof

package grids_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
)

// randomPoints is how many random positions a city is asked for.
func randomPoints() int {
	if testing.Short() {
		return 200_000
	}
	return 1_000_000
}

// bareCity is the made-up city of a scale, its tiling only.
func bareCity(t *testing.T, scale int) *grids.City {
	t.Helper()
	city, err := demo.City(demo.Options{Seed: 1, Scale: scale, Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	return city
}

func snapshotOf(t *testing.T, city *grids.City) *grids.Snapshot {
	t.Helper()
	s, err := grids.NewSnapshot(city, time.Date(2026, time.June, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Promise R5 on the reference city, on a city 25 times as large and on a real
// one: exactly one cell each, by exact arithmetic on every cell near, equal to
// GEOS off the borders, by the border rule of package spatial on them.

func TestProof_TheDemoCitysPositionsHaveTheCellOfBruteForceAndGEOS(t *testing.T) {
	c := bareCity(t, 1)
	exact(t, snapshotOf(t, c))
	junctions(t, c)
	same(t, c)
}

func TestProof_CambridgeEveryPositionHasTheCellOfBruteForceAndGEOS(t *testing.T) {
	s := city(t, "cambridge", "cambridge-ma")
	exact(t, s)
	junctions(t, s.City)
	same(t, s.City)
}

func TestProof_ALargeCitysPositionsHaveTheCellOfBruteForceAndGEOS(t *testing.T) {
	scale := 25
	if testing.Short() {
		scale = 2
	}
	c := bareCity(t, scale)
	exact(t, snapshotOf(t, c))
	junctions(t, c)
	same(t, c)
}

// exact asks random positions in and around the city and all positions on its
// borders, and wants a tiling: no fault anywhere within.
func exact(t *testing.T, s *grids.Snapshot) {
	t.Helper()
	b := newBrute(s, cellShapes(s))
	const seed = 20_250_101
	r := rand.New(rand.NewPCG(seed, seed))
	box := s.Box(grids.Cells).Grow(20_000) // 160 to 220 m around
	random, onBorder := map[string]int{}, 0
	n := randomPoints()
	for range n {
		c := anywhere(r, box)
		p, a := b.checkPlace(t, c, random)
		b.checkGEOS(t, c, a)
		if len(a.border) > 0 {
			onBorder++
		}
		if p.Fault != "" {
			t.Errorf("%.7f %.7f: %+v in a tiling", c.Lon(), c.Lat(), p)
		}
	}
	t.Logf("%d random points (seed %d) among %d cells: 0 differences from brute force and GEOS; %v, %d on a border", n, seed, len(s.City.Cells), random, onBorder)

	for _, on := range bordersOf(s.City.Cells) {
		counts, junctions := map[string]int{}, 0
		for _, c := range on.at {
			p, a := b.checkPlace(t, c, counts)
			if p.Status != grids.StatusInside || p.Fault != "" {
				t.Errorf("%.7f %.7f on a border: %+v, want exactly one cell", c.Lon(), c.Lat(), p)
			}
			b.checkGEOS(t, c, a)
			if on.vertices && b.isJunction(c, a) {
				junctions++
			}
		}
		t.Logf("%d %s, each in exactly one cell: %v", len(on.at), on.name, counts)
		if on.vertices {
			t.Logf("%d of them are T-junctions: they lie within an edge of another cell", junctions)
		}
	}
}

// isJunction reports whether c, a vertex, lies within an edge of another cell.
func (b *brute) isJunction(c spatial.Coord, a answer) bool {
	return slices.ContainsFunc(a.border, func(i int32) bool {
		return !slices.Contains(b.s.City.Cells[i].Shape.Coords, c)
	})
}

// places is positions of one kind, each once.
type places struct {
	name     string
	at       []spatial.Coord
	vertices bool
}

// bordersOf lists the vertices of all cells, the middles of their edges rounded
// to the lattice, and for each edge that has any a position of the lattice that
// lies on it exactly, as near to the middle as may be.
func bordersOf(cells []grids.Cell) []places {
	out := []places{{name: "vertices", vertices: true}, {name: "edge midpoints"}, {name: "positions exactly on an edge"}}
	for i := range cells {
		for a, b := range edgesOf(cells[i].Shape) {
			out[0].at = append(out[0].at, a)
			out[1].at = append(out[1].at, spatial.At((a.Lon()+b.Lon())/2, (a.Lat()+b.Lat())/2))
			if c, ok := onEdge(a, b); ok {
				out[2].at = append(out[2].at, c)
			}
		}
	}
	for k := range out {
		slices.SortFunc(out[k].at, func(a, b spatial.Coord) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) })
		out[k].at = slices.Compact(out[k].at)
	}
	return out
}

// edgesOf yields the edges of a polygon.
func edgesOf(s *spatial.Shape) edges {
	return func(yield func(a, b spatial.Coord) bool) {
		for i := range s.Ends {
			ring := s.Part(i)
			a := ring[len(ring)-1]
			for _, b := range ring {
				if !yield(a, b) {
					return
				}
				a = b
			}
		}
	}
}

// onEdge returns the position of the lattice nearest to the middle of a-b that
// lies on it exactly, if there is one between its ends.
func onEdge(a, b spatial.Coord) (c spatial.Coord, ok bool) {
	dx, dy := b.X-a.X, b.Y-a.Y
	n := divisor(dx, dy)
	if n < 2 {
		return c, false
	}
	return spatial.Coord{X: a.X + dx/n*(n/2), Y: a.Y + dy/n*(n/2)}, true
}

// divisor is the greatest that two numbers have in common.
func divisor(a, b int32) int32 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}
