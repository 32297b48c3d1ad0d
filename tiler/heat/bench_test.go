package heat

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/tiler"
)

// The figures of target 6: a city of some 8,000 cells (9 km × 9 km) with 0.1, 1
// and 10 million cases. cpu-ms is processor time, an operation.

func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// byCPU runs f as often as the benchmark asks and reports its processor time,
// the collector's between runs left out.
func byCPU(b *testing.B, f func()) {
	b.Helper()
	f() // what is made once
	runtime.GC()
	start := cpuTime(b)
	for b.Loop() {
		f()
	}
	b.ReportMetric(float64((cpuTime(b)-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

// rssMB reads what the process holds in memory.
func rssMB(tb testing.TB) float64 {
	tb.Helper()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		tb.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		tb.Fatal(err)
	}
	return float64(pages*os.Getpagesize()) / 1e6
}

// peakMB reads the most that the process ever held.
func peakMB(tb testing.TB) float64 {
	tb.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kb), "kB")))
			if err != nil {
				tb.Fatal(err)
			}
			return float64(n) / 1000
		}
	}
	tb.Fatal("no peak in /proc/self/status")
	return 0
}

var benchSizes = []int{100_000, 1_000_000, 10_000_000}

// benchFilter has four predicates: time, class, unit and area.
func benchFilter(t *town) Filter {
	f := Filter{From: casesFrom.AddDate(0, 2, 0), To: casesFrom.AddDate(2, 11, 0)}
	for i := range 55 {
		f.Classes = append(f.Classes, uint16(i))
	}
	for i := range 33 {
		f.Units = append(f.Units, uint16(i))
	}
	for i := range len(t.city.Areas.Codes(Zones)) * 9 / 10 {
		f.Areas = append(f.Areas, Area{Zones, int32(i)})
	}
	return f
}

func BenchmarkHeat(b *testing.B) {
	t := newTown(b, 21, 95, orb.Point{114.31, 34.79}, "Asia/Shanghai")
	for _, n := range benchSizes {
		b.Run(fmt.Sprintf("cases=%d", n), func(b *testing.B) { t.bench(b, n) })
	}
}

func (t *town) bench(b *testing.B, n int) {
	start := cpuTime(b)
	for range t.rows(5, n) { //nolint:revive // the cost of making up the cases alone
	}
	made := cpuTime(b) - start
	var table *Table
	b.Run("ingest", func(b *testing.B) {
		before := rssMB(b)
		start := cpuTime(b)
		for b.Loop() {
			table = nil
			table = t.table(b, t.rows(5, n))
		}
		b.ReportMetric((cpuTime(b)-start).Seconds()*1000/float64(b.N)-made.Seconds()*1000, "cpu-ms/op")
		b.ReportMetric(rssMB(b)-before, "RSS-MB")
		b.ReportMetric(peakMB(b), "peak-MB")
		b.ReportMetric(float64(table.View().Bytes())/float64(n), "B/case")
	})
	if table == nil {
		table = t.table(b, t.rows(5, n))
	}
	v := table.View()
	ground := t.ground(b)
	f := benchFilter(t)
	some, all := t.compile(b, f), t.compile(b, Filter{})
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	ctx := b.Context()
	o := Options{Kernel: Kernel{BandwidthM: BlockM}}
	w, err := ground.window(ctx, o.Kernel, perSigma)
	check(err)
	b.Run("count four predicates", func(b *testing.B) {
		byCPU(b, func() { _, err := v.Count(ctx, some); check(err) })
	})
	for name, p := range map[string]*Predicate{"all": all, "four predicates": some} {
		b.Run("bin "+name, func(b *testing.B) {
			start := cpuTime(b)
			byCPU(b, func() { bins, err := v.bin(ctx, p, w.Lattice); check(err); bins.giveBack() })
			b.ReportMetric(float64((cpuTime(b)-start).Nanoseconds())/float64(b.N+1)/float64(n), "cpu-ns/case")
		})
	}
	for _, k := range []Kernel{{StreetM, Gaussian}, {BlockM, Gaussian}, {CommunityM, Gaussian}, {BlockM, Quartic}} {
		o := Options{Kernel: k}
		_, err := ground.window(ctx, k, perSigma)
		check(err)
		b.Run(fmt.Sprintf("new filter to lattice/σ=%.0f shape=%d", k.BandwidthM, k.Shape), func(b *testing.B) {
			byCPU(b, func() {
				s, err := ground.Density(ctx, v, some, o)
				check(err)
				s.domain(b)
			})
		})
	}
	b.Run("ground for σ=150", func(b *testing.B) {
		byCPU(b, func() { _, err := ground.prepare(ctx, o.Kernel, perSigma); check(err) })
	})
	from := casesFrom.AddDate(1, 0, 0)
	month := t.compile(b, Filter{From: from, To: from.AddDate(0, 1, 0)})
	b.Run("a month to lattice/σ=150", func(b *testing.B) {
		byCPU(b, func() { _, err := ground.Density(ctx, v, month, o); check(err) })
	})
	s, err := ground.Density(ctx, v, some, o)
	check(err)
	b.Run("blur", func(b *testing.B) {
		bins, err := v.bin(ctx, some, w.Lattice)
		check(err)
		byCPU(b, func() { _, err := Gaussian.blur(ctx, bins.weights(), perSigma); check(err) })
	})
	b.Run("domain", func(b *testing.B) { byCPU(b, func() { s.domain(b) }) })
	b.Run("facets", func(b *testing.B) { byCPU(b, func() { _, err := v.Facets(ctx, some); check(err) }) })
	b.Run("facets all", func(b *testing.B) { byCPU(b, func() { _, err := v.Facets(ctx, all); check(err) }) })
	b.Run("auto", func(b *testing.B) { byCPU(b, func() { _, err := ground.Auto(ctx, v, some, Gaussian); check(err) }) })
	id, _ := tiler.At(t.center, 10)
	clusters := groupsOf(60, 7)
	b.Run("clusters z10", func(b *testing.B) { byCPU(b, func() { _, err := clusters.Tile(ctx, nil, v, some, id); check(err) }) })
	b.Run("explain", func(b *testing.B) {
		byCPU(b, func() { _, err := s.Explain(ctx, v, some, t.center, 10); check(err) })
	})
	t.benchTiles(b, s)
	t.benchChanges(b, table)
}

// benchChanges comes last, for it changes the table.
func (t *town) benchChanges(b *testing.B, table *Table) {
	b.Helper()
	var rows []Row
	for r := range t.rows(5, 1000) {
		rows = append(rows, r)
	}
	k := 0
	b.Run("apply one change", func(b *testing.B) {
		byCPU(b, func() {
			k++
			r := rows[k%len(rows)]
			r.State = uint8(k % MaxStates)
			if err := table.Apply(b.Context(), []Change{{Row: r}}); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("fold", func(b *testing.B) {
		byCPU(b, func() {
			if err := table.Fold(b.Context()); err != nil {
				b.Fatal(err)
			}
		})
	})
}

func (t *town) benchTiles(b *testing.B, s *Surface) {
	b.Helper()
	c := s.domain(b).Coding()
	for _, z := range []uint8{10, 13, 15} {
		id, _ := tiler.At(t.center, z)
		b.Run(fmt.Sprintf("tile z%d", z), func(b *testing.B) {
			size := 0
			byCPU(b, func() { size = len(s.Tile(id, c)) })
			b.ReportMetric(float64(size), "bytes")
		})
	}
	id, _ := tiler.At(t.center, 13)
	var levels levels4k
	b.Run("sample z13", func(b *testing.B) { byCPU(b, func() { s.sample(id, c, &levels) }) })
	b.Run("picture z13", func(b *testing.B) { byCPU(b, func() { s.Picture(id, c, Palettes[0], nil) }) })
}

// BenchmarkBlur is the blur alone, on lattices full of numbers.
func BenchmarkBlur(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{256, 512, 1024} {
		g := newGrid(n, n)
		for i := range g.v {
			g.v[i] = rnd.Float32()
		}
		for _, shape := range []Shape{Gaussian, Quartic} {
			b.Run(fmt.Sprintf("nodes=%d shape=%d", n*n, shape), func(b *testing.B) {
				byCPU(b, func() {
					if _, err := shape.blur(b.Context(), g, perSigma); err != nil {
						b.Fatal(err)
					}
				})
			})
		}
	}
}
