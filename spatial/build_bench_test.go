package spatial

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"

	"github.com/tidwall/rtree"
)

// BenchmarkBuildPoints is the index of 200,000 points: the point set, and
// tidwall/rtree filled in Hilbert order, which is its best. Both find the same
// points in windows before they are timed.
func BenchmarkBuildPoints(b *testing.B) {
	t := town()
	box := EmptyBox()
	for _, c := range t.points {
		box = box.Extend(c)
	}
	fill := func() *rtree.RTreeG[int32] {
		keys := make([]uint64, len(t.points))
		for i, c := range t.points {
			keys[i] = uint64(HilbertKey(box, c))<<32 | uint64(uint32(i))
		}
		slices.Sort(keys)
		var tree rtree.RTreeG[int32]
		for _, k := range keys {
			i := int32(uint32(k))
			tree.Insert(t.points[i].pair(), t.points[i].pair(), i)
		}
		return &tree
	}
	set, tree := NewPointSet(t.points), fill()
	for _, c := range t.ask[:1000] {
		w := Box{c, c}.Grow(faceX)
		var got, want []int32
		set.Search(w, func(i int32) bool { got = append(got, i); return true })
		tree.Search(w.Min.pair(), w.Max.pair(), func(_, _ [2]float64, i int32) bool { want = append(want, i); return true })
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			b.Fatalf("%v: %d points, rtree %d", w, len(got), len(want))
		}
	}
	b.Run("wanmi", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			NewPointSet(t.points)
		}
		b.ReportMetric(float64(set.Bytes())/benchPoints, "B/point")
	})
	b.Run("rtree", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			fill()
		}
	})
	b.Run("rtree unsorted", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var tree rtree.RTreeG[int32]
			for i, c := range t.points {
				tree.Insert(c.pair(), c.pair(), int32(i))
			}
		}
	})
}

// BenchmarkBuildMillions shows how building the point set grows.
func BenchmarkBuildMillions(b *testing.B) {
	r := rand.New(rand.NewPCG(benchSeed, 10))
	all := make([]Coord, 10_000_000)
	for i := range all {
		all[i] = Coord{kaifeng.X + r.Int32N(benchWide*faceX), kaifeng.Y + r.Int32N(benchHigh*faceY)}
	}
	for _, n := range []int{100_000, 1_000_000, 10_000_000} {
		points := all[:n]
		set := NewPointSet(points)
		for _, c := range points[:100] {
			if found := set.Nearest(nil, c, 1, math.Inf(1), nil); len(found) != 1 || found[0].DistanceM != 0 {
				b.Fatalf("%v is found as %v", c, found)
			}
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			before := cpuSeconds(b)
			for b.Loop() {
				NewPointSet(points)
			}
			b.ReportMetric(float64(set.Bytes())/float64(n), "B/point")
			b.ReportMetric((cpuSeconds(b)-before)/float64(b.N), "cpu-s/op")
		})
	}
}

// cpuSeconds is the processor time of the process, which other processes do not
// lengthen.
func cpuSeconds(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
