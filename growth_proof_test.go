//go:build proof

package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// TestProof_TheDemoCityAnswersAtEveryScale prints what the demo city costs at
// 1, 5 and 25 times its size (without the last with -short), and fails where
// its counts or answers are wrong. The figures are reported, not judged.
func TestProof_TheDemoCityAnswersAtEveryScale(t *testing.T) {
	scales := []int{1, 5, 25}
	if testing.Short() {
		scales = scales[:2]
	}
	table := []string{
		"| scale | cells | components | build | file | load + index | heap | RSS | lookup | nearest 1 | tiles prepared | z14 tile |",
		"|---|---|---|---|---|---|---|---|---|---|---|---|",
	}
	for _, scale := range scales {
		table = append(table, growthRow(t, scale))
	}
	t.Logf("\n%s", strings.Join(table, "\n"))
}

func growthRow(t *testing.T, scale int) string {
	t.Helper()
	start := time.Now()
	c := demoCmd{Data: t.TempDir(), Scale: scale, Seed: 1, Build: true}
	if err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	built := time.Since(start)
	path, err := c.path()
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(filepath.Dir(path))

	start = time.Now()
	city, err := cityfile.Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	loaded := time.Since(start)
	if got, want := len(snap.City.Cells), 8118*scale; got != want {
		t.Errorf("scale %d: %d cells, want %d", scale, got, want)
	}
	if got, want := len(snap.City.Components), 196_430*scale; got != want {
		t.Errorf("scale %d: %d components, want %d", scale, got, want)
	}
	heap := heapMB()
	debug.FreeOSMemory() // what building and loading took
	resident := residentMB()

	const asked = 20_000
	r := rand.New(rand.NewPCG(1, uint64(scale)))
	places := make([]spatial.Coord, asked)
	for i := range places {
		places[i] = snap.City.Components[r.IntN(len(snap.City.Components))].At
	}
	start = time.Now()
	for _, p := range places {
		if snap.Locate(p).Status != grids.StatusInside {
			t.Fatalf("scale %d: %v is not inside", scale, p)
		}
	}
	lookup := time.Since(start) / asked
	start = time.Now()
	for _, p := range places {
		if n := snap.Nearest(grids.Components, p, 1, 1000, nil); len(n) != 1 || n[0].DistanceM > 0.01 { // a line is met within the lattice's rounding
			t.Fatalf("scale %d: nearest to a component is %v", scale, n)
		}
	}
	nearest := time.Since(start) / asked
	handler := api.New(api.Options{Live: grids.NewLive(snap)})
	start = time.Now()
	api.PrepareTiles(snap)
	prepared := time.Since(start)
	var bytes int
	const tiles = 50
	start = time.Now()
	for _, p := range places[:tiles] {
		id, _ := tiler.At(p, 14)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/tiles/cells,components/"+id.String()+".mvt", nil))
		if answer.Code != http.StatusOK {
			t.Fatalf("scale %d: tile %v: %d", scale, id, answer.Code)
		}
		bytes += answer.Body.Len()
	}
	tile := time.Since(start) / tiles
	return fmt.Sprintf("| %d× | %d | %d | %.1f s | %d MB | %.1f s | %d MB | %d MB | %d ns | %.1f µs | %.2f s | %.2f ms, %d KB |",
		scale, len(snap.City.Cells), len(snap.City.Components), built.Seconds(), info.Size()>>20, loaded.Seconds(), heap, resident,
		lookup.Nanoseconds(), float64(nearest.Nanoseconds())/1e3, prepared.Seconds(), float64(tile.Nanoseconds())/1e6, bytes/tiles>>10)
}

// heapMB is what the process holds after a collection.
func heapMB() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc >> 20
}
