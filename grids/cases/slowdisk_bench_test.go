package cases_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cases"
)

// An fsync that takes 1 ms, as on a good server's disk: what sharing it is worth.
// Both sides write by turns; ×one-client is how much faster 64 clients are than
// one, the median of the turns. It needs root and /dev/fuse.
func BenchmarkAppendWhenAnFsyncTakes1ms(b *testing.B) {
	tr := newTrial(b, 5)
	s, _ := opened(b, filepath.Join(tr.disk.path, tr.folder(), cityName), cases.Options{})
	tr.disk.faults(Faults{SyncTakes: time.Millisecond})
	turn := func(clients, writes int) (perSecond float64, syncs int) {
		before, began := tr.disk.counts().Syncs, time.Now()
		appendAll(b, s, clients, writes)
		return float64(writes) / time.Since(began).Seconds(), tr.disk.counts().Syncs - before
	}
	const one, many = 100, 2000 // writes of a turn
	var alone, together, times []float64
	shared := 0
	for b.Loop() {
		a, _ := turn(1, one)
		t, syncs := turn(64, many)
		alone, together, times = append(alone, a), append(together, t), append(times, t/a)
		shared += syncs
	}
	b.ReportMetric(median(alone), "one-client/s")
	b.ReportMetric(median(together), "64-clients/s")
	b.ReportMetric(median(times), "×one-client")
	b.ReportMetric(float64(b.N*many)/float64(shared), "writes/fsync")
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}
