package heat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// oneBlock is cases within a stone's throw, in as many cells as are asked for.
func oneBlock(t *testing.T, cells int, times []int64) (*View, *Areas, []Row) {
	t.Helper()
	chains := make([]Chain, cells)
	for i := range chains {
		chains[i] = Chain{fmt.Sprint("c", i), fmt.Sprint("z", i%3)}
	}
	areas, err := NewAreas(chains)
	if err != nil {
		t.Fatal(err)
	}
	corner := spatial.At(114.31, 34.79)
	corner = spatial.Coord{X: corner.X &^ blockMask, Y: corner.Y &^ blockMask}
	var rows []Row
	for i, at := range times {
		r := Row{FID: uint32(i + 1), At: spatial.Coord{X: corner.X + int32(i%80)*100, Y: corner.Y + int32(i/80)}, Time: at, Cell: NoCell}
		if i%(cells+1) < cells {
			r.Cell = uint32(i % (cells + 1))
		}
		rows = append(rows, r)
	}
	table, err := NewTable(t.Context(), City{Plane: crs.LocalPlane(114.31, 34.79), Areas: areas}, slices.Values(rows))
	if err != nil {
		t.Fatal(err)
	}
	return table.View(), areas, rows
}

// A period holds its first second and not its last, to the second in which cases
// come; a bound within a second is that of the next.
func TestAPeriodIsHalfOpenToTheSecond(t *testing.T) {
	day := time.Date(2024, 2, 29, 23, 59, 50, 0, time.UTC)
	var times []int64
	for _, s := range []int64{0, 1, 1, 1, 5, 10, 10, 86410, 86410} {
		times = append(times, day.Unix()+s)
	}
	v, areas, rows := oneBlock(t, 2, times)
	var bounds []time.Time
	for _, s := range []int64{-1, 0, 1, 2, 5, 9, 10, 11, 86409, 86410, 86411} {
		for _, ns := range []int64{0, 1, 999_999_999} {
			bounds = append(bounds, time.Unix(day.Unix()+s, ns))
		}
	}
	for _, from := range append(bounds, time.Time{}) {
		for _, to := range append(bounds, time.Time{}) {
			f := Filter{From: from, To: to}
			if !from.IsZero() && !to.IsZero() && !from.Before(to) {
				if _, err := f.Compile(areas); err == nil {
					t.Errorf("from %v to %v was taken", from, to)
				}
				continue
			}
			p, err := f.Compile(areas)
			if err != nil {
				t.Fatal(err)
			}
			var want []uint32
			for _, r := range rows {
				if at := time.Unix(r.Time, 0); (from.IsZero() || !at.Before(from)) && (to.IsZero() || at.Before(to)) {
					want = append(want, r.FID)
				}
			}
			got := fids(t, v, p)
			facets, err := v.Facets(t.Context(), p)
			if err != nil || !slices.Equal(got, want) || facets.N != int64(len(want)) {
				t.Errorf("from %v to %v: %v, facets %d, not %v (%v)", from, to, got, facets.N, want, err)
			}
		}
	}
}

// A block of more cells than it lists is filtered as any other.
func TestABlockOfManyCellsIsFilteredByArea(t *testing.T) {
	for _, cells := range []int{1, maxSet - 1, maxSet, maxSet + 1, 3 * maxSet} {
		v, areas, rows := oneBlock(t, cells, make([]int64, 500))
		for _, l := range []Level{Cells, Zones} {
			for n := range areas.Codes(l) {
				p, err := (&Filter{Areas: []Area{{l, int32(n)}}}).Compile(areas)
				if err != nil {
					t.Fatal(err)
				}
				var want []uint32
				for _, r := range rows {
					if r.Cell != NoCell && areas.Of(l, r.Cell) == int32(n) {
						want = append(want, r.FID)
					}
				}
				if got := fids(t, v, p); !slices.Equal(got, want) {
					t.Fatalf("%d cells, level %d, area %d: %d cases, not %d", cells, l, n, len(got), len(want))
				}
			}
		}
		checkStrays(t, v, areas, rows)
	}
}

// checkStrays lays the cases on a lattice: those in no cell, and only those, are left
// out.
func checkStrays(t *testing.T, v *View, areas *Areas, rows []Row) {
	t.Helper()
	p, err := (&Filter{}).Compile(areas)
	if err != nil {
		t.Fatal(err)
	}
	e, n := v.city.Plane.Forward(rows[0].At.Lon(), rows[0].At.Lat())
	for _, spacing := range []float64{2, 20} {
		l, err := latticeFor(spacing, bounds{e - 500, n - 500, e + 500, n + 500})
		if err != nil {
			t.Fatal(err)
		}
		b, err := v.bin(t.Context(), p, l)
		if err != nil {
			t.Fatal(err)
		}
		strays := int64(0)
		for _, r := range rows {
			if r.Cell == NoCell {
				strays++
			}
		}
		if b.excluded != strays || b.n != int64(len(rows))-strays {
			t.Errorf("%d cells: %d laid and %d left out of %d and %d", len(areas.Codes(Cells)), b.n, b.excluded, int64(len(rows))-strays, strays)
		}
	}
}

// A block that has more squares of the lattice from south to north than a word can
// tell, and as many as it can from west to east, is laid as others are.
func TestABlockIsLaidAlikeHoweverManySquaresItMeets(t *testing.T) {
	town := newTown(t, 7, 6, orb.Point{114.31, 34.79}, "UTC")
	g := town.ground(t)
	rnd := rand.New(rand.NewPCG(3, 9))
	corner := spatial.Coord{X: town.center.X &^ blockMask, Y: town.center.Y &^ blockMask}
	var rows []Row
	for i := range uint32(2500) {
		at := spatial.Coord{X: corner.X + int32(rnd.IntN(blockMask+1)), Y: corner.Y + int32(rnd.IntN(blockMask+1))}
		if cell, _ := town.cover.Locate(at); cell >= 0 {
			rows = append(rows, Row{FID: i + 1, At: at, Cell: uint32(cell)})
		}
	}
	v, p := town.table(t, slices.Values(rows)).View(), town.compile(t, Filter{})
	for _, sigma := range []float64{15, 22, 24, 33} {
		s := g.density(t, v, p, Options{Kernel: Kernel{BandwidthM: sigma}})
		most := s.domain(t).Max
		for range 8 {
			at := rows[rnd.IntN(len(rows))].At
			x, err := s.Explain(t.Context(), v, p, at, 0)
			if err != nil || math.Abs(x.Value-x.Sum) > 0.01*most {
				t.Fatalf("sigma %g at %v: %.1f, summed up %.1f (%v)", sigma, at, x.Value, x.Sum, err)
			}
		}
	}
}

// TestMoreCasesInASquareThanAWordCounts: a pile at the far corner of a square of the
// lattice, where its sums are largest, of more cases than are summed at once.
func TestMoreCasesInASquareThanAWordCounts(t *testing.T) {
	town, _ := smallTown(t)
	g := town.ground(t)
	o := Options{Kernel: Kernel{BandwidthM: 80}, Edge: Mass}
	w, err := g.window(t.Context(), o.Kernel, perSigma)
	if err != nil {
		t.Fatal(err)
	}
	fraction := func(at spatial.Coord) float64 {
		u, v := w.node(town.city.Plane.Forward(at.Lon(), at.Lat()))
		return min(u-math.Floor(u), v-math.Floor(v))
	}
	at := town.center
	for fraction(at) < 0.99 {
		at.X += 7
		if at.X > town.center.X+2000 {
			at.X, at.Y = town.center.X, at.Y+7
		}
	}
	cell, _ := town.cover.Locate(at)
	if cell < 0 {
		t.Fatal("the pile is in no cell")
	}
	const n = 2*maxSummed + 1000
	v := town.table(t, func(yield func(Row) bool) {
		for i := range uint32(n) {
			if !yield(Row{FID: i + 1, At: at, Time: int64(i), Cell: uint32(cell)}) {
				return
			}
		}
	}).View()
	s := g.density(t, v, town.compile(t, Filter{}), o)
	if got := s.Integral(); s.N != n || math.Abs(got/n-1) > 1e-3 {
		t.Errorf("the integral of %d cases is %.1f", s.N, got)
	}
}

// What a kernel weighs over the plane is one case, of either shape.
func TestAKernelIsOneCase(t *testing.T) {
	for _, k := range []Kernel{{BandwidthM: 37}, {37, Quartic}} {
		sum, step := 0.0, 0.25
		for r := step / 2; r < k.RadiusM()+1; r += step {
			sum += k.weight(r*r) * 2 * math.Pi * r * step
		}
		if math.Abs(sum-1) > 1e-5 {
			t.Errorf("shape %d weighs %.7f", k.Shape, sum)
		}
	}
}

// Where cells overlap the ground is there once.
func TestGroundUnderTwoCellsCountsOnce(t *testing.T) {
	perLon, perLat := crs.MetresPerDegree(34.79)
	square := func(x, y, side float64) *spatial.Shape {
		at := func(x, y float64) orb.Point { return orb.Point{114.31 + x/perLon, 34.79 + y/perLat} }
		s, err := spatial.FromOrb(orb.Polygon{{at(x, y), at(x+side, y), at(x+side, y+side), at(x, y+side), at(x, y)}})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	// 1,000 m, the same again, one inside, and one of which half is over.
	g, err := NewGround(crs.LocalPlane(114.31, 34.79), []*spatial.Shape{square(0, 0, 1000), square(0, 0, 1000), square(200, 200, 300), square(500, 0, 1000)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := latticeFor(5, g.bounds)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, m := range l.covered(t, g).v {
		if m > 1 {
			t.Fatalf("a node counts %g times", m)
		}
		sum += float64(m)
	}
	// Along 1 km of border inside another cell a node is half of each: to one square.
	if got := sum * 25; math.Abs(got/1.5e6-1) > 0.01 {
		t.Errorf("%.0f m² of 1,500,000", got)
	}
}
