package tiler

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb/encoding/mvt"

	"github.com/wanmi-gis/wanmi/spatial"
)

// cpuOf is the processor time that work takes, on average of n times.
func cpuOf(tb testing.TB, n int, work func()) time.Duration {
	tb.Helper()
	start := cpuTime(tb)
	for range n {
		work()
	}
	return (cpuTime(tb) - start) / time.Duration(n)
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

// BenchmarkTileZ14 is target 4: the tile of 10,000 components with five
// attributes and of some 500 cells with four, from points in Morton order and
// shared borders. Beside it orb, which gets the rings already simplified, the
// fastest gzip of the bytes, and the tiler's own slow way.
func BenchmarkTileZ14(b *testing.B) {
	rows := benchThings()
	points := newThings(rows, len(rows))
	visited := *points
	visited.points, visited.layer.Sums = nil, nil
	sameFeatures(b, points, &visited, benchTile)
	features := make([]*Feature, len(rows))
	for i := range rows {
		features[i] = &rows[i].Feature
	}
	checkAgreement(b, &list{visited.layer, features})
	areas, simple := benchAreas(b)
	checkAgreement(b, simple)
	encode := func(dst []byte, points *things) []byte {
		dst, _, _ = Encode(dst, points, []string{"l"}, benchTile, Options{})
		dst, _, _ = Encode(dst, areas, []string{"cells"}, benchTile, Options{})
		return dst
	}
	var body, other []byte
	for _, who := range []struct {
		name string
		work func()
	}{
		{"wanmi", func() { body = encode(body[:0], points) }},
		{"visited", func() { other = encode(other[:0], &visited) }},
		{"orb", func() {
			other, _ = mvt.Marshal(mvt.Layers{
				orbLayer(features, thingFields, "l", benchTile), orbLayer(simple.features, simple.layer.Fields, "cells", benchTile),
			})
		}},
		{"gzip-1", func() { other = Gzip(other[:0], body, gzip.BestSpeed) }},
	} {
		b.Run(who.name, func(b *testing.B) {
			b.ReportAllocs()
			start := cpuTime(b)
			for b.Loop() {
				who.work()
			}
			b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N), "cpu-ns/op")
		})
	}
	if len(simple.features) < 400 {
		b.Fatalf("%d cells are no tile of 500", len(simple.features))
	}
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
