package spatial

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/tidwall/rtree"

	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// benchTown is the reference city of performance.md: 8,118 cells of 8 to 40
// vertices with an edge of about 100 m, and 200,000 points in it.
type benchTown struct {
	shapes []*Shape
	polys  []orb.Polygon
	points []Coord
	ask    []Coord
}

const (
	benchWide, benchHigh = 99, 82 // 8,118
	benchPoints          = 200_000
	benchSeed            = 8118
	faceX, faceY         = 10_950, 8_950 // quanta: about 100 m
)

var town = sync.OnceValue(func() *benchTown {
	r := rand.New(rand.NewPCG(benchSeed, benchSeed))
	off := func(n int) int32 { return int32(r.IntN(2*n+1) - n) }
	corner := make([][]Coord, benchWide+1)
	for i := range corner {
		corner[i] = make([]Coord, benchHigh+1)
		for j := range corner[i] {
			corner[i][j] = Coord{kaifeng.X + int32(i)*faceX + off(1500), kaifeng.Y + int32(j)*faceY + off(1500)}
		}
	}
	bent := map[[2]Coord][]Coord{}
	path := func(a, b Coord) []Coord {
		key := edgeKey(a, b)
		mid, ok := bent[key]
		if !ok {
			n := 1 + r.IntN(9)
			for k := 1; k <= n; k++ {
				t := float64(k) / float64(n+1)
				mid = append(mid, Coord{
					key[0].X + int32(t*float64(key[1].X-key[0].X)) + off(100), key[0].Y + int32(t*float64(key[1].Y-key[0].Y)) + off(100),
				})
			}
			bent[key] = mid
		}
		out := append([]Coord{a}, mid...)
		if a != key[0] {
			slices.Reverse(out[1:])
		}
		return out
	}
	t := &benchTown{}
	for i := range benchWide {
		for j := range benchHigh {
			a, b, c, d := corner[i][j], corner[i+1][j], corner[i+1][j+1], corner[i][j+1]
			s := shapeOf(slices.Concat(path(a, b), path(b, c), path(c, d), path(d, a)))
			t.shapes = append(t.shapes, s)
			t.polys = append(t.polys, s.Orb().(orb.Polygon))
		}
	}
	box := Box{kaifeng, Coord{kaifeng.X + benchWide*faceX, kaifeng.Y + benchHigh*faceY}}
	for range benchPoints {
		t.points = append(t.points, somewhere(r, box))
		t.ask = append(t.ask, somewhere(r, box))
	}
	return t
})

// BenchmarkLookup is point to cell: by the coverage, by the areas it is built
// from, and by others' means. All give the same cell for every point off the
// borders before they are timed, the first two for every point.
func BenchmarkLookup(b *testing.B) {
	t := town()
	areas := NewAreas(t.shapes)
	coverage := NewCoverage(areas)
	var tree rtree.RTreeG[int32]
	for i, s := range t.shapes {
		bound := s.Box.Bound()
		tree.Insert(bound.Min, bound.Max, int32(i))
	}
	degrees := make([]orb.Point, len(t.ask))
	for i, c := range t.ask {
		degrees[i] = c.Point()
	}
	lookup := func(p orb.Point) int32 {
		found := None
		tree.Search(p, p, func(_, _ [2]float64, i int32) bool {
			if planar.PolygonContains(t.polys[i], p) {
				found = i
				return false
			}
			return true
		})
		return found
	}
	for i, c := range t.ask {
		want := asAreas(b, coverage, c)
		if got := lookup(degrees[i]); got != want && (want == None || t.shapes[want].nearest2(c, 1, 1) > SnapQuanta*SnapQuanta) {
			b.Fatalf("%v: %d, rtree and orb %d", c, want, got)
		}
	}
	sum := int32(0)
	b.Run("wanmi", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			area, _ := coverage.Locate(t.ask[i%benchPoints])
			sum += area
		}
		b.ReportMetric(float64(coverage.Bytes())/(1<<20), "MB")
	})
	b.Run("wanmi-all", func(b *testing.B) {
		const atOnce = 64
		var areas [atOnce]int32
		b.ReportAllocs()
		for i := 0; i < b.N; i += atOnce { // the figure is that of one lookup
			from := i % (benchPoints - atOnce)
			coverage.LocateAll(areas[:], t.ask[from:from+atOnce])
			sum += areas[0]
		}
	})
	// The least that a lookup by the raster can cost: reading the same buckets.
	b.Run("read-table", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			sum += int32(coverage.at(t.ask[i%benchPoints]))
		}
	})
	b.Run("areas", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			area, _ := areas.Locate(t.ask[i%benchPoints])
			sum += area
		}
	})
	b.Run("rtree+orb", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			sum += lookup(degrees[i%benchPoints])
		}
	})
	_ = sum
}

// BenchmarkNearest is the k nearest of 200,000 points, in metres: by the point
// set, by the tree, and by tidwall/rtree alone, which holds metres of a local
// plane. All find the same distances before they are timed.
func BenchmarkNearest(b *testing.B) {
	t := town()
	box := EmptyBox()
	for _, c := range t.points {
		box = box.Extend(c)
	}
	perLon, perLat := crs.MetresPerDegree(box.Center().Lat())
	plane := func(c Coord) [2]float64 {
		return [2]float64{float64(c.X-kaifeng.X) / perDegree * perLon, float64(c.Y-kaifeng.Y) / perDegree * perLat}
	}
	order := make([]int32, len(t.points))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(x, y int32) int {
		return int(HilbertKey(box, t.points[x])) - int(HilbertKey(box, t.points[y]))
	})
	var ours Tree[int32]
	var theirs rtree.RTreeG[int32]
	for _, i := range order {
		ours.Insert(Box{t.points[i], t.points[i]}, i)
		theirs.Insert(plane(t.points[i]), plane(t.points[i]), i)
	}
	nearest := func(c Coord, k int, out []float64) []float64 {
		ruler := RulerAt(c)
		ours.Nearest(c, func(i int32) float64 { return ruler.DistanceM(t.points[i]) }, func(_ int32, d float64) bool {
			out = append(out, d)
			return len(out) < k
		})
		return out
	}
	nearby := func(c Coord, k int, out []float64) []float64 {
		p := plane(c)
		theirs.Nearby(rtree.BoxDist[float64, int32](p, p, nil), func(_, _ [2]float64, _ int32, d float64) bool {
			out = append(out, math.Sqrt(d))
			return len(out) < k
		})
		return out
	}
	set := NewPointSet(t.points)
	for _, c := range t.ask[:5000] {
		x, y, found := nearest(c, 10, nil), nearby(c, 10, nil), set.Nearest(nil, c, 10, math.Inf(1), nil)
		for k := range x {
			// The plane's scale is that of its middle: 5e-4 off at its rims.
			if math.Abs(x[k]-y[k]) > 1e-3*x[k]+1e-6 || found[k].DistanceM != x[k] {
				b.Fatalf("%v: the %d nearest are at %v m, rtree %v m, points %v", c, k+1, x, y, found)
			}
		}
	}
	for _, k := range []int{1, 10} {
		found, out := make([]Neighbour, 0, k), make([]float64, 0, k)
		b.Run(fmt.Sprintf("k=%d/wanmi", k), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				found = set.Nearest(found[:0], t.ask[i%benchPoints], k, math.Inf(1), nil)
			}
			b.ReportMetric(float64(set.Bytes())/benchPoints, "B/point")
		})
		b.Run(fmt.Sprintf("k=%d/tree", k), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				out = nearest(t.ask[i%benchPoints], k, out[:0])
			}
		})
		b.Run(fmt.Sprintf("k=%d/rtree", k), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				out = nearby(t.ask[i%benchPoints], k, out[:0])
			}
		})
	}
}

// BenchmarkBorder is the distance to the border and the area across it: by the
// coverage, and by the areas it is built from.
func BenchmarkBorder(b *testing.B) {
	t := town()
	areas := NewAreas(t.shapes)
	coverage := NewCoverage(areas)
	inside := make([]int32, benchPoints)
	for i, c := range t.ask {
		inside[i], _ = areas.Locate(c)
	}
	for _, side := range []struct {
		name   string
		border func(i int32, c Coord) (float64, int32)
	}{{"wanmi", coverage.Border}, {"areas", areas.Border}} {
		b.Run(side.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if area := inside[i%benchPoints]; area != None {
					side.border(area, t.ask[i%benchPoints])
				}
			}
		})
	}
}

// BenchmarkBuild is what stands between the shapes and the first answer.
func BenchmarkBuild(b *testing.B) {
	t := town()
	areas := NewAreas(t.shapes)
	b.Run("areas", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			NewAreas(t.shapes)
		}
	})
	b.Run("coverage", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			NewCoverage(areas)
		}
	})
}
