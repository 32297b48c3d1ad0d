package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// BenchmarkLoad is from the demo city's file to the first answer, indexes
// included, beside GDAL reading the same layers into memory, without an index.
// Both find the same number of rows in every layer before they are timed. GDAL's
// process starts anew each time (0.05 s of it).
func BenchmarkLoad(b *testing.B) {
	ogr2ogr, err := exec.LookPath("ogr2ogr")
	if err != nil {
		b.Fatal("ogr2ogr, from the package gdal-bin, is what loading is measured against:", err)
	}
	path := benchCity(b)
	snap, closeFile := loadOnce(b, path)
	closeFile()
	counts := rowCounts(snap.City)
	var layers []string // the log of cases is no part of what is loaded
	for line := range strings.Lines(counts) {
		layer, _, _ := strings.Cut(line, " ")
		layers = append(layers, layer)
	}
	if got, want := counts, ogrCounts(b, path, layers); got != want {
		b.Fatalf("rows loaded:\n%s\nrows that GDAL finds:\n%s", got, want)
	}
	b.Run("wanmi", func(b *testing.B) {
		b.ReportAllocs()
		before := cpuTime(syscall.RUSAGE_SELF)
		for b.Loop() {
			_, closeFile := loadOnce(b, path)
			b.StopTimer()
			closeFile() // waits for the disk, as serving does at its end only
			b.StartTimer()
		}
		b.ReportMetric(float64(cpuTime(syscall.RUSAGE_SELF)-before)/float64(b.N), "cpu-ns/op")
	})
	b.Run("ogr2ogr", func(b *testing.B) {
		before := cpuTime(syscall.RUSAGE_CHILDREN)
		for b.Loop() {
			if out, err := exec.CommandContext(b.Context(), ogr2ogr, append([]string{"-f", "Memory", "x", path}, layers...)...).CombinedOutput(); err != nil {
				b.Fatalf("%v: %s", err, out)
			}
		}
		b.ReportMetric(float64(cpuTime(syscall.RUSAGE_CHILDREN)-before)/float64(b.N), "cpu-ns/op")
	})
}

// benchCity is the demo city's file, built by the first round of a bench; make
// clean removes it.
func benchCity(b *testing.B) string {
	c := demoCmd{Data: filepath.Join("build", "bench"), Scale: 1, Seed: 1}
	path, err := c.path()
	if err == nil {
		err = c.build(b.Context(), path)
	}
	if err != nil {
		b.Fatal(err)
	}
	return path
}

// loadOnce opens the file as a server does and indexes what is in it.
func loadOnce(b *testing.B, path string) (snap *grids.Snapshot, closeFile func()) {
	b.Helper()
	store, err := cityfile.Open(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	city, err := store.Load(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if snap, err = grids.NewSnapshot(city, time.Now()); err != nil {
		b.Fatal(err)
	}
	return snap, func() {
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func cpuTime(who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// rowCounts lists the rows of every table that is loaded, as ogrinfo does.
func rowCounts(c *grids.City) string {
	lines := []string{}
	add := func(table string, n int) { lines = append(lines, fmt.Sprintf("%s %d\n", table, n)) }
	add("districts", len(c.Districts))
	add("streets", len(c.Streets))
	add("communities", len(c.Communities))
	add("zones", len(c.Zones))
	add("cells", len(c.Cells))
	add("components", len(c.Components))
	add("addresses", len(c.Addresses))
	add("resources", len(c.Resources))
	add("ownership_areas", len(c.OwnershipAreas))
	for _, l := range grids.BaseLayers() {
		add(string(l), len(c.Base[l]))
	}
	add("units", len(c.Units))
	add("categories", len(c.Categories))
	return sorted(lines)
}

func sorted(lines []string) string {
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// ogrCounts is what ogrinfo says of the file's layers.
func ogrCounts(b *testing.B, path string, layers []string) string {
	out, err := exec.CommandContext(b.Context(), "ogrinfo", append([]string{"-ro", "-so", path}, layers...)...).Output()
	if err != nil {
		b.Fatal(err)
	}
	lines, layer := []string{}, ""
	for line := range strings.Lines(string(out)) {
		if name, ok := strings.CutPrefix(line, "Layer name: "); ok {
			layer = strings.TrimSpace(name)
		}
		if n, ok := strings.CutPrefix(line, "Feature Count: "); ok {
			lines = append(lines, layer+" "+n)
		}
	}
	return sorted(lines)
}
