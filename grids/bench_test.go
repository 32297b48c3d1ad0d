package grids_test

import (
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/golang/geo/s2"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/tidwall/rtree"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
)

// madeUpCity is the city of wanmi demo --scale 1: 8,118 cells.
var madeUpCity = sync.OnceValues(func() (*grids.Snapshot, error) {
	city, err := demo.City(demo.Options{Seed: 1})
	if err != nil {
		return nil, err
	}
	return grids.NewSnapshot(city, time.Now())
})

func citySnapshot(tb testing.TB) *grids.Snapshot {
	tb.Helper()
	s, err := madeUpCity()
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// byTree finds the cell by tidwall/rtree and paulmach/orb and knows the chain
// of each cell.
type byTree struct {
	tree     rtree.RTreeG[int32]
	polygons []orb.MultiPolygon
	chains   []grids.Place
}

func newByTree(s *grids.Snapshot) *byTree {
	t := &byTree{polygons: make([]orb.MultiPolygon, len(s.City.Cells)), chains: make([]grids.Place, len(s.City.Cells))}
	for i := range s.City.Cells {
		cell := &s.City.Cells[i]
		switch g := cell.Shape.Orb().(type) {
		case orb.Polygon:
			t.polygons[i] = orb.MultiPolygon{g}
		case orb.MultiPolygon:
			t.polygons[i] = g
		}
		bound := cell.Box().Bound()
		t.tree.Insert(bound.Min, bound.Max, int32(i))
		t.chains[i] = s.Locate(cell.At)
	}
	return t
}

func (t *byTree) locate(p orb.Point) (place grids.Place) {
	t.tree.Search(p, p, func(_, _ [2]float64, i int32) bool {
		if planar.MultiPolygonContains(t.polygons[i], p) {
			place = t.chains[i]
			return false
		}
		return true
	})
	return place
}

// BenchmarkChain is position to cell, zone, community, street and district,
// inside the cells. The other sides find the cell by tidwall/rtree and
// paulmach/orb, and only number the position as a cell of S2. Ours and the tree
// agree off the borders before they are timed.
func BenchmarkChain(b *testing.B) {
	b.Run("town", func(b *testing.B) { benchmarkChain(b, townSnapshot(b)) })
	b.Run("city", func(b *testing.B) { benchmarkChain(b, citySnapshot(b)) })
}

func benchmarkChain(b *testing.B, s *grids.Snapshot) {
	peer := newByTree(s)
	const n = 1 << 18
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
		q := peer.locate(c.Point())
		side, _ := s.City.Cells[p.Cell].Shape.Contains(c)
		if side == spatial.Inside && (p.Cell != q.Cell || p.Zone != q.Zone || p.District != q.District) {
			b.Fatalf("%v: %+v, rtree and orb %+v", c, p, q)
		}
	}
	sum := uint64(0)
	b.Run("wanmi", func(b *testing.B) {
		defer cpuTime(b)()
		for i := 0; b.Loop(); i++ {
			p := s.Locate(ask[i%n])
			sum += uint64(p.Cell + p.District)
		}
	})
	b.Run("rtree+orb", func(b *testing.B) {
		defer cpuTime(b)()
		for i := 0; b.Loop(); i++ {
			p := peer.locate(degrees[i%n])
			sum += uint64(p.Cell + p.District)
		}
	})
	b.Run("s2-cell-id", func(b *testing.B) {
		defer cpuTime(b)()
		for i := 0; b.Loop(); i++ {
			p := degrees[i%n]
			sum += uint64(s2.CellIDFromLatLng(s2.LatLngFromDegrees(p[1], p[0])))
		}
	})
	_ = sum
}

// cpuTime reports the processor time of an operation beside the time, which
// others on the machine lengthen, when what it returns is called.
func cpuTime(b *testing.B) func() {
	b.Helper()
	used := func() int64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	b.ReportAllocs()
	before := used()
	return func() { b.ReportMetric(float64(used()-before)/float64(b.N), "cpu-ns/op") }
}

// BenchmarkSnapshotBorder is the distance to the border and the cell across it, which
// every single answer has.
func BenchmarkSnapshotBorder(b *testing.B) {
	s := citySnapshot(b)
	const n = 1 << 14
	r := rand.New(rand.NewPCG(8118, 2))
	places := make([]grids.Place, 0, n)
	for len(places) < n {
		if p := s.Locate(anywhere(r, s.Box(grids.Cells))); p.Status == grids.StatusInside {
			places = append(places, p)
		}
	}
	sum := 0.0
	defer cpuTime(b)()
	for i := 0; b.Loop(); i++ {
		metres, across := s.Border(places[i%n])
		sum += metres + float64(across)
	}
	_ = sum
}
