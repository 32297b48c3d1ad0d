package tiler

import (
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb/encoding/mvt"

	"github.com/wanmi-gis/wanmi/spatial"
)

// cpuOf is the processor time that n runs of work take, each.
func cpuOf(tb testing.TB, n int, work func()) time.Duration {
	tb.Helper()
	now := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			tb.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	start := now()
	for range n {
		work()
	}
	return (now() - start) / time.Duration(n)
}

// median of durations.
func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// benchThings are 10,000 components in the bench's tile.
func benchThings() []thing {
	box := benchTile.Box(0)
	box.Min.X, box.Min.Y, box.Max.X, box.Max.Y = box.Min.X+1, box.Min.Y+1, box.Max.X-1, box.Max.Y-1
	return randomThings(rand.New(rand.NewPCG(54, 54)), 10_000, box)
}

func BenchmarkPreparedPoints(b *testing.B) {
	rows := benchThings()
	src := newThings(rows, len(rows))
	var body []byte
	b.ReportAllocs()
	for b.Loop() {
		body, _, _ = Encode(body[:0], src, []string{"l"}, benchTile, Options{})
	}
	b.ReportMetric(float64(len(body)), "tile-bytes")
}

// BenchmarkPointsByTurns makes a z14 tile of 10,000 components with five
// attributes, by turns with orb, with the tiler's own slow way, and with the
// fastest gzip of the bytes: processor time, the median of the rounds.
func BenchmarkPointsByTurns(b *testing.B) {
	rows := benchThings()
	src := newThings(rows, len(rows))
	visited := *src
	visited.points, visited.layer.Sums = nil, nil
	sameFeatures(b, src, &visited, benchTile)
	features := make([]*Feature, len(rows))
	for i := range rows {
		features[i] = &rows[i].Feature
	}
	checkAgreement(b, &list{visited.layer, features})
	var body, slow, zipped []byte
	var ours, visits, orbs, zips []time.Duration
	for b.Loop() {
		ours = append(ours, cpuOf(b, 20, func() { body, _, _ = Encode(body[:0], src, []string{"l"}, benchTile, Options{}) }))
		visits = append(visits, cpuOf(b, 4, func() { slow, _, _ = Encode(slow[:0], &visited, []string{"l"}, benchTile, Options{}) }))
		orbs = append(orbs, cpuOf(b, 2, func() {
			if _, err := mvt.Marshal(mvt.Layers{orbLayer(features, thingFields, "l", benchTile)}); err != nil {
				b.Fatal(err)
			}
		}))
		zips = append(zips, cpuOf(b, 4, func() { zipped = Gzip(zipped[:0], body, gzip.BestSpeed) }))
	}
	own := median(ours)
	b.ReportMetric(float64(own.Microseconds()), "cpu-µs")
	b.ReportMetric(float64(median(visits))/float64(own), "×visited")
	b.ReportMetric(float64(median(orbs))/float64(own), "×orb")
	b.ReportMetric(float64(median(zips))/float64(own), "×gzip-1")
	b.ReportMetric(float64(len(zipped)), "gzip-bytes")
}

// BenchmarkSums makes the z10 tile of a city of 200,000 components.
func BenchmarkSums(b *testing.B) {
	id, _ := At(spatial.At(114.32, 34.72), 10)
	box := id.Box(0)
	w, h := (box.Max.X-box.Min.X)/5, (box.Max.Y-box.Min.Y)/5
	box.Min, box.Max = spatial.Coord{X: box.Min.X + w, Y: box.Min.Y + h}, spatial.Coord{X: box.Max.X - w, Y: box.Max.Y - h}
	rows := randomThings(rand.New(rand.NewPCG(55, 55)), 200_000, box)
	src := newThings(rows, len(rows))
	var body []byte
	var spent []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		spent = append(spent, cpuOf(b, 1, func() { body, _, _ = Encode(body[:0], src, []string{"l"}, id, Options{}) }))
	}
	b.ReportMetric(float64(median(spent).Microseconds()), "cpu-µs")
	b.ReportMetric(float64(len(body)), "tile-bytes")
	b.ReportMetric(float64(len(Gzip(nil, body, GzipLevel))), "gzip-bytes")
}

func BenchmarkNewPoints(b *testing.B) {
	rows := randomThings(rand.New(rand.NewPCG(56, 56)), 200_000, benchTile.Box(0))
	src := newThings(rows, len(rows))
	var spent []time.Duration
	for b.Loop() {
		spent = append(spent, cpuOf(b, 1, func() { NewPoints(src.pointRows) }))
	}
	b.ReportMetric(float64(median(spent).Microseconds()), "cpu-µs")
}
