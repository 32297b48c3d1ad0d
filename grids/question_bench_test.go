package grids_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/tidwall/rtree"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// crowdedTown is the made-up town with 200,000 components: those it has, one in
// fifty a line or a polygon, and points anywhere among them.
func crowdedTown(b *testing.B) *grids.Snapshot {
	b.Helper()
	city, err := demo.Town(1)
	if err != nil {
		b.Fatal(err)
	}
	box := townSnapshot(b).Box(grids.Components)
	r := rand.New(rand.NewPCG(8118, 4))
	for i := len(city.Components); i < 200_000; i++ {
		row := city.Components[i%3000]
		row.FID, row.Code, row.Shape, row.At = int64(i+1), fmt.Sprintf("99%014d", i), nil, anywhere(r, box)
		city.Components = append(city.Components, row)
	}
	s, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// standing are the positions of the components that are points.
func standing(s *grids.Snapshot) (points []spatial.Coord) {
	for i := range s.City.Components {
		if f := &s.City.Components[i].Feature; f.Shape == nil {
			points = append(points, f.At)
		}
	}
	return points
}

// BenchmarkSnapshotNearest is the k nearest of the town's components. The other side is tidwall/rtree's Nearby in metres of a local plane, with
// only those that are points, which makes it a little easier. Both find the same
// of these, but for the plane's scale, before they are timed.
func BenchmarkSnapshotNearest(b *testing.B) {
	s := crowdedTown(b)
	box := s.Box(grids.Components)
	perLon, perLat := crs.MetresPerDegree(box.Center().Lat())
	plane := func(c spatial.Coord) [2]float64 {
		return [2]float64{(c.Lon() - box.Min.Lon()) * perLon, (c.Lat() - box.Min.Lat()) * perLat}
	}
	points := standing(s)
	var tree rtree.RTreeG[int32]
	slices.SortFunc(points, func(p, q spatial.Coord) int {
		return cmp.Compare(spatial.HilbertKey(box, p), spatial.HilbertKey(box, q))
	})
	for i, c := range points {
		tree.Insert(plane(c), plane(c), int32(i))
	}
	nearby := func(c spatial.Coord, k int, out []float64) []float64 {
		p := plane(c)
		tree.Nearby(rtree.BoxDist[float64, int32](p, p, nil), func(_, _ [2]float64, _ int32, d float64) bool {
			out = append(out, math.Sqrt(d))
			return len(out) < k
		})
		return out
	}
	only := func(i int32) bool { return s.City.Components[i].Shape == nil }
	const n = 1 << 14
	r := rand.New(rand.NewPCG(8118, 2))
	var ask []spatial.Coord
	for len(ask) < n {
		c := anywhere(r, box)
		if ask = append(ask, c); len(ask) > 2000 {
			continue
		}
		found, theirs := s.Nearest(grids.Components, c, 10, math.Inf(1), only), nearby(c, 10, nil)
		for k := range found {
			if math.Abs(found[k].DistanceM-theirs[k]) > 1e-3*theirs[k]+1e-6 {
				b.Fatalf("%v: %v, rtree %v", c, found, theirs)
			}
		}
	}
	b.Logf("%d points of %d components", len(points), s.Count(grids.Components))
	for _, k := range []int{1, 10} {
		b.Run(fmt.Sprintf("k=%d/wanmi", k), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.Nearest(grids.Components, ask[i%n], k, math.Inf(1), nil)
			}
		})
		out := make([]float64, 0, k)
		b.Run(fmt.Sprintf("k=%d/rtree", k), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				out = nearby(ask[i%n], k, out[:0])
			}
		})
	}
}

// BenchmarkSelect counts the town's components in a concave polygon of 1,000
// vertices as large as the town, in a circle and along a line. The other side
// of the polygon is a search of tidwall/rtree and paulmach/orb's ring by ring
// test; both count the same before they are timed.
func BenchmarkSelect(b *testing.B) {
	s := crowdedTown(b)
	box := s.Box(grids.Components)
	m, bound := box.Center(), box.Bound()
	r := rand.New(rand.NewPCG(8118, 3))
	var ring orb.Ring
	for i := range 1000 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / 1000)
		k := 0.3 + 0.3*r.Float64()
		ring = append(ring, orb.Point{m.Lon() + k*cos*(bound.Max[0]-bound.Min[0]), m.Lat() + k*sin*(bound.Max[1]-bound.Min[1])})
	}
	polygon := orb.Polygon{append(ring, ring[0])}
	shape, err := spatial.FromOrb(polygon)
	if err != nil {
		b.Fatal(err)
	}
	polygon = shape.Orb().(orb.Polygon) // rounded
	points := standing(s)
	var tree rtree.RTreeG[orb.Point]
	for _, c := range points {
		tree.Insert(c.Point(), c.Point(), c.Point())
	}
	count := func() (n int) {
		tree.Search(polygon.Bound().Min, polygon.Bound().Max, func(_, _ [2]float64, p orb.Point) bool {
			if planar.PolygonContains(polygon, p) {
				n++
			}
			return true
		})
		return n
	}
	line, err := spatial.FromOrb(orb.LineString(ring[:500]))
	if err != nil {
		b.Fatal(err)
	}
	run := func(e grids.Extent, limit int) *grids.Selection {
		sel, err := s.Select(context.Background(), &grids.Question{Extent: e, Layers: []grids.Layer{grids.Components}, Limit: limit})
		if err != nil {
			b.Fatal(err)
		}
		return sel
	}
	region, err := spatial.NewRegion(shape)
	if err != nil {
		b.Fatal(err)
	}
	onlyPoints := 0
	for _, f := range run(region, s.Count(grids.Components)).Page {
		if s.City.Components[f.Index].Shape == nil {
			onlyPoints++
		}
	}
	if theirs := count(); onlyPoints != theirs {
		b.Fatalf("%d points, rtree and orb %d", onlyPoints, theirs)
	}
	b.Logf("%d of %d points", onlyPoints, len(points))
	for _, c := range []struct {
		name   string
		extent func() grids.Extent
	}{
		{"polygon-1000", func() grids.Extent {
			region, err := spatial.NewRegion(shape)
			if err != nil {
				b.Fatal(err)
			}
			return region
		}},
		{"circle-2km", func() grids.Extent { return spatial.NewDisc(m, 2000) }},
		{"line-500-50m", func() grids.Extent { return spatial.NewCorridor(line, 50) }},
	} {
		b.Run(c.name+"/wanmi", func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n = run(c.extent(), 100).Counts[0].N
			}
			b.ReportMetric(float64(n), "found")
		})
	}
	b.Run("polygon-1000/rtree+orb", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			count()
		}
	})
}
