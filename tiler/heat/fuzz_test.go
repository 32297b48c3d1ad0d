package heat

import (
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// FuzzGround covers triangles of any form: nodes have from nothing to all of
// themselves in it, in total its area.
func FuzzGround(f *testing.F) {
	f.Add(int32(0), int32(0), int32(9000), int32(0), int32(0), int32(9000), 20.0)
	f.Add(int32(0), int32(0), int32(1), int32(0), int32(0), int32(1), 5.0)
	f.Add(int32(-90000), int32(40), int32(90000), int32(41), int32(7), int32(39), 3.5)
	f.Add(int32(5), int32(-80000), int32(5), int32(80000), int32(70), int32(3), 1000.0)
	plane := crs.LocalPlane(114, 35)
	f.Fuzz(func(t *testing.T, ax, ay, bx, by, cx, cy int32, spacing float64) {
		const wide = 1_000_000
		corner := func(x, y int32) orb.Point {
			return spatial.Coord{X: 1_140_000_000 + x%wide, Y: 350_000_000 + y%wide}.Point()
		}
		shape, err := spatial.FromOrb(orb.Polygon{{corner(ax, ay), corner(bx, by), corner(cx, cy), corner(ax, ay)}})
		if err != nil || !(spacing >= 0.1 && spacing <= 2000) {
			return
		}
		g, err := NewGround(plane, []*spatial.Shape{shape})
		if err != nil {
			t.Fatal(err)
		}
		l, err := latticeFor(spacing, g.bounds)
		if err != nil || l.Nodes() > 1<<20 {
			return
		}
		sum := 0.0
		for _, m := range l.covered(t, g).v {
			if !(m >= 0 && m <= 1) {
				t.Fatalf("a node has %g", m)
			}
			sum += float64(m)
		}
		// Float32 at each node, what tidy takes for rounding, borders that bend by
		// 1 cm, and the plane's scale 40 km from its meridian.
		border := 0.0
		for _, e := range g.edges {
			border += math.Hypot(e.e1-e.e0, e.n1-e.n0)
		}
		slack := 1e-4*shape.AreaM2() + float64(l.Nodes())*spacing*spacing*2e-9 + 0.02*border
		if got, want := sum*spacing*spacing, shape.AreaM2(); math.Abs(got-want) > slack {
			t.Errorf("%g m², not %g", got, want)
		}
	})
}

// FuzzRows puts cases anywhere on the globe: what is taken in comes out again.
func FuzzRows(f *testing.F) {
	f.Add(int32(1_143_100_000), int32(347_900_000), uint32(5), int64(1_700_000_000), uint16(3), uint16(4), uint8(1), uint8(2))
	f.Add(int32(1_800_000_000), int32(-900_000_000), uint32(0), int64(0), uint16(65535), uint16(65535), uint8(7), uint8(31))
	f.Add(int32(-2147483648), int32(2147483647), uint32(math.MaxUint32), int64(math.MaxUint32), uint16(0), uint16(0), uint8(8), uint8(32))
	town := newTown(f, 7, 6, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	f.Fuzz(func(t *testing.T, x, y int32, fid uint32, at int64, class, unit uint16, source, state uint8) {
		r := Row{FID: fid, At: spatial.Coord{X: x, Y: y}, Time: at, Class: class, Unit: unit, Cell: NoCell, Source: source, State: state}
		if class%2 == 0 {
			r.Cell = uint32(unit) % uint32(len(town.shapes))
		}
		table, err := NewTable(t.Context(), town.city, slices.Values([]Row{r}))
		if err != nil {
			return
		}
		filter := Filter{Classes: []uint16{class}, Sources: []uint8{source}}
		p, err := filter.Compile(town.city.Areas)
		if err != nil {
			t.Fatal(err)
		}
		v := table.View()
		if got, ok := v.Get(fid, r.At); !ok || got != r {
			t.Fatalf("%+v, not %+v", got, r)
		}
		if n, err := v.Count(t.Context(), p); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		g := town.ground(t)
		s, err := g.Density(t.Context(), v, p, Options{Kernel: Kernel{BandwidthM: BlockM}})
		if err != nil || s.N+s.Excluded != 1 {
			t.Fatalf("%+v, %v", s, err)
		}
	})
}
