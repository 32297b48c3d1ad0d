package tiler

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/paulmach/orb/encoding/mvt"

	"github.com/wanmi-gis/wanmi/spatial"
)

// benchAreas are the cells of benchCells with shared borders and four
// attributes, and as a list with the rings that are drawn at the tile's zoom,
// for orb.
func benchAreas(tb testing.TB) (*bordered, *list) {
	town := newTown(tb, 52, 40)
	fields := []string{"code", "name", "zone", "community"}
	for i, f := range town.shapes["cells"] {
		f.Values = []string{
			fmt.Sprintf("4102040%02d%06d", i%9, i), fmt.Sprintf("第%d网格", i), fmt.Sprintf("410204%04d", i/40), fmt.Sprintf("410204%06d", i/25),
		}
	}
	for i := range town.layers {
		if town.layers[i].Name == "cells" {
			town.layers[i].Fields = fields
		}
	}
	b := &bordered{town: town, borders: NewBorders(town.layersOf(map[string]BorderKind{"cells": CellBorder})...)}
	kept := map[worldPoint]bool{}
	for i, p := range b.borders.vertices {
		kept[p] = kept[p] || b.borders.levels[i] <= benchTile.Z
	}
	simple := listOf()
	simple.layer.Fields = fields
	for _, f := range town.shapes["cells"] {
		if !f.Shape.Box.Meets(benchTile.Box(Buffer)) {
			continue
		}
		var ring []spatial.Coord
		for _, c := range f.Shape.Coords {
			if x, y := World(c); kept[worldPoint{x, y}] {
				ring = append(ring, c)
			}
		}
		simple.features = append(simple.features, &Feature{ID: f.ID, Shape: polygon(tb, ring), Values: f.Values})
	}
	return b, simple
}

// BenchmarkTileAreas is target 4: some 500 cells of a z14 tile, orb beside it
// with the simplified rings.
func BenchmarkTileAreas(b *testing.B) {
	src, simple := benchAreas(b)
	checkAgreement(b, simple) // orb and the general path on the same rings
	mine, _, err := Encode(nil, src, []string{"cells"}, benchTile, Options{})
	if err != nil {
		b.Fatal(err)
	}
	doc, err := decodeStrict(mine)
	if err != nil {
		b.Fatal(err)
	}
	want := simple.one(b, benchTile)
	for i, f := range doc.layers[0].features {
		if g := want[i]; len(doc.layers[0].features) != len(want) || f.id != g.id || len(f.parts[0]) != len(g.parts[0]) || f.areas[0] != g.areas[0] {
			b.Fatalf("%d of %d: %v, want %v", i, len(want), f, want[i])
		}
	}
	b.Run("wanmi", func(b *testing.B) {
		var buf []byte
		b.ReportAllocs()
		for b.Loop() {
			buf, _, _ = Encode(buf[:0], src, []string{"cells"}, benchTile, Options{})
		}
		b.ReportMetric(float64(len(buf)), "tile-bytes")
		b.ReportMetric(float64(len(want)), "cells")
	})
	b.Run("orb", func(b *testing.B) {
		var buf []byte
		b.ReportAllocs()
		for b.Loop() {
			buf, _ = mvt.Marshal(mvt.Layers{orbLayer(simple.features, simple.layer.Fields, "cells", benchTile)})
		}
		b.ReportMetric(float64(len(buf)), "tile-bytes")
	})
}

// BenchmarkNewBorders shows the growth: cells of a town, 25 times as many, and
// again.
func BenchmarkNewBorders(b *testing.B) {
	for _, side := range []int{18, 90, 450} {
		b.Run(fmt.Sprintf("cells-%d", side*side), func(b *testing.B) {
			town := newTown(b, 53, side)
			layers := town.layersOf(map[string]BorderKind{"cells": CellBorder})
			var borders *Borders
			start := cpuTime(b)
			for b.Loop() {
				borders = NewBorders(layers...)
			}
			n := float64(side * side)
			b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N)/n, "cpu-ns/cell")
			b.ReportMetric(float64(borders.size())/n, "B/cell")
		})
	}
}

func BenchmarkTileMesh(b *testing.B) {
	town := newTown(b, 54, 90)
	src := &bordered{town: town, borders: NewBorders(town.layersOf(map[string]BorderKind{"cells": CellBorder})...), meshBelow: 12}
	id, _ := At(spatial.Coord{X: town.west + 45*cellQuanta, Y: town.south + 45*cellQuanta}, 10)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _, _ = Encode(buf[:0], src, []string{"cells"}, id, Options{})
	}
	b.ReportMetric(float64(len(buf)), "tile-bytes")
	b.ReportMetric(float64(len(Gzip(nil, buf, GzipLevel))), "gzip-bytes")
}

// cpuTime is what this process has used so far.
func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
