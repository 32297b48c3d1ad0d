package grids_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/tidwall/rtree"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
)

// madeUp is the town of wanmi demo.
var madeUp = sync.OnceValues(func() (*grids.Snapshot, error) {
	city, err := demo.Town(1)
	if err != nil {
		return nil, err
	}
	return grids.NewSnapshot(city, time.Now())
})

func townSnapshot(tb testing.TB) *grids.Snapshot {
	tb.Helper()
	s, err := madeUp()
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func cellAreas(s *grids.Snapshot) *spatial.Areas {
	shapes := make([]*spatial.Shape, len(s.City.Cells))
	for i := range shapes {
		shapes[i] = s.City.Cells[i].Shape
	}
	return spatial.NewAreas(shapes)
}

// TestEngine_TheTownsPositionsHaveTheCellOfTheReference asks random positions
// and every vertex of every cell with the eight positions around it.
func TestEngine_TheTownsPositionsHaveTheCellOfTheReference(t *testing.T) {
	s := townSnapshot(t)
	areas := cellAreas(s)
	counts := map[string]int{}
	check := func(c spatial.Coord) {
		t.Helper()
		p := s.Locate(c)
		want, also := areas.Locate(c)
		counts[string(p.Status)+" "+p.Fault]++
		if p.Status == grids.StatusInside {
			if p.Cell != want || !slices.Equal(p.Also, also) {
				t.Fatalf("%v: %+v, areas say %d also %v", c, p, want, also)
			}
			return
		}
		if near, d := areas.Nearest(c, s.City.NearM); want != spatial.None || p.Cell != near || p.DistanceM != d {
			t.Fatalf("%v: %+v, areas say %d, near %d at %v m", c, p, want, near, d)
		}
	}
	n := 1_000_000
	if testing.Short() {
		n = 100_000
	}
	const seed = 8118
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, seed))
	box := s.Box(grids.Cells).Grow(5000)
	for range n {
		check(anywhere(r, box))
	}
	for i := range s.City.Cells {
		for _, v := range s.City.Cells[i].Shape.Coords {
			for d := range int32(9) {
				check(spatial.Coord{X: v.X + d%3 - 1, Y: v.Y + d/3 - 1})
			}
		}
	}
	t.Logf("%d random positions and all vertices: %v", n, counts)
}

func anywhere(r *rand.Rand, b spatial.Box) spatial.Coord {
	return spatial.Coord{X: b.Min.X + r.Int32N(b.Max.X-b.Min.X+1), Y: b.Min.Y + r.Int32N(b.Max.Y-b.Min.Y+1)}
}

// BenchmarkChain is position to cell, zone, community, street and district,
// inside the cells. The other side finds the cell by tidwall/rtree and
// paulmach/orb and knows the chain of each cell; both agree off the borders
// before they are timed.
func BenchmarkChain(b *testing.B) {
	s := townSnapshot(b)
	var tree rtree.RTreeG[int32]
	polygons, chains := make([]orb.MultiPolygon, len(s.City.Cells)), make([]grids.Place, len(s.City.Cells))
	for i := range s.City.Cells {
		cell := &s.City.Cells[i]
		switch g := cell.Shape.Orb().(type) {
		case orb.Polygon:
			polygons[i] = orb.MultiPolygon{g}
		case orb.MultiPolygon:
			polygons[i] = g
		}
		bound := cell.Box().Bound()
		tree.Insert(bound.Min, bound.Max, int32(i))
		chains[i] = s.Locate(cell.At)
	}
	locate := func(p orb.Point) (place grids.Place) {
		tree.Search(p, p, func(_, _ [2]float64, i int32) bool {
			if planar.MultiPolygonContains(polygons[i], p) {
				place = chains[i]
				return false
			}
			return true
		})
		return place
	}
	const n = 1 << 16
	r := rand.New(rand.NewPCG(8118, 1))
	var ask []spatial.Coord
	var degrees []orb.Point
	for len(ask) < n {
		c := anywhere(r, s.Box(grids.Cells))
		p := s.Locate(c)
		if p.Status != grids.StatusInside {
			continue
		}
		ask, degrees = append(ask, c), append(degrees, c.Point())
		q := locate(c.Point())
		side, _ := s.City.Cells[p.Cell].Shape.Contains(c)
		if side == spatial.Inside && (p.Cell != q.Cell || p.Zone != q.Zone || p.District != q.District) {
			b.Fatalf("%v: %+v, rtree and orb %+v", c, p, q)
		}
	}
	sum := int32(0)
	b.Run("wanmi", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			p := s.Locate(ask[i%n])
			sum += p.Cell + p.District
		}
	})
	b.Run("rtree+orb", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			p := locate(degrees[i%n])
			sum += p.Cell + p.District
		}
	})
	_ = sum
}
