//go:build proof

package check_test

import (
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

// TestProof_ACheckCostsSecondsAndGrowsAsTheCity prints what a full check costs
// at 1, 5 and 25 times the demo city (without the last with -short): processor
// time of all threads, and the most memory that the process ever had, the city
// and its making included. A clean city has no error; its 0.2 % wrong records
// are warnings of one rule.
func TestProof_ACheckCostsSecondsAndGrowsAsTheCity(t *testing.T) {
	scales := []int{1, 5, 25}
	if testing.Short() {
		scales = scales[:2]
	}
	for _, scale := range scales {
		city, err := demo.City(demo.Options{Seed: 1, Scale: scale})
		if err != nil {
			t.Fatal(err)
		}
		debug.FreeOSMemory()
		held, start := resident(t), processorTime(t)
		r := examine(t, city)
		cost, peak := processorTime(t)-start, peakResident(t)
		t.Logf("scale %d: %d cells, %d components: %.2f s CPU, %.2f s on the clock with %d processors; city %d MB, process at most %d MB; %v",
			scale, r.Layers[grids.Cells], r.Layers[grids.Components], cost.Seconds(), r.Took.Seconds(), runtime.GOMAXPROCS(0), held, peak, r.Counts)
		wrong := (r.Layers[grids.Components]*2 + 500) / 1000
		odd := r.Counts["cell-area-band"] // one cell in 20,000 is that large or small
		delete(r.Counts, "cell-area-band")
		if r.Count(grids.Error) != 0 || r.Counts["component-cell"] != wrong || len(r.Counts) != 1 || odd > scale {
			t.Errorf("scale %d: %v and %d odd areas, want %d wrong cells on record and nothing else", scale, r.Counts, odd, wrong)
		}
	}
}

// processorTime is what all threads of the process took.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident is the memory of the process in MB, peakResident the most it had.
func resident(t *testing.T) int     { return statusMB(t, "VmRSS:") }
func peakResident(t *testing.T) int { return statusMB(t, "VmHWM:") }

func statusMB(t *testing.T, name string) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return kb / 1024
		}
	}
	t.Fatalf("no %s", name)
	return 0
}

// TestProof_ACityWithoutOneSharedVertexIsChecked moves every vertex of every
// cell by up to 0.3 m, each cell's on its own: the worst that a grid drawn by
// hand can be. Nothing but what follows from that may be reported.
func TestProof_ACityWithoutOneSharedVertexIsChecked(t *testing.T) {
	city, err := demo.City(demo.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	const seed, most = 1, 30 // quanta
	r := rand.New(rand.NewPCG(seed, seed))
	for i := range city.Cells {
		ring := slices.Clone(city.Cells[i].Shape.Coords)
		for k := range ring {
			ring[k].X += r.Int32N(2*most+1) - most
			ring[k].Y += r.Int32N(2*most+1) - most
		}
		city.Cells[i].Shape = polygon(ring)
	}
	start := processorTime(t)
	got := examine(t, city)
	t.Logf("seed %d: %.1f s CPU, process at most %d MB; %v", seed, (processorTime(t) - start).Seconds(), peakResident(t), got.Counts)
	if got.Counts["cell-gap"] < len(city.Cells) || got.Counts["cell-overlap"] < len(city.Cells) {
		t.Error("fewer gaps and overlaps than cells")
	}
	for rule, n := range got.Counts {
		switch rule {
		case "cell-gap", "cell-overlap", "cell-outside", "edge-near-miss", "edge-unmatched", "cell-area-recorded", "zone-not-union",
			"cell-across-community", "cell-across-street", "cell-across-district", "component-cell":
		default:
			t.Errorf("%s: %d", rule, n)
		}
	}
}
