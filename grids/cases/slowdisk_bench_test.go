//go:build power

package cases_test

import (
	"os"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cases"
)

// An fsync that takes 1 ms, as on a good server's disk: what sharing it is worth.
func BenchmarkAppendWhenAnFsyncTakes1ms(b *testing.B) {
	for name, clients := range map[string]int{"one client": 1, "64 clients": 64} {
		b.Run(name, func(b *testing.B) {
			d := mounted(b)
			text, err := os.ReadFile(created(b))
			if err != nil {
				b.Fatal(err)
			}
			s, _ := opened(b, d.folder("0", map[string][]byte{cityName: text})+"/"+cityName, cases.Options{})
			d.set(func(d *disk) { d.syncTakes = time.Millisecond })
			before := d.synced()
			b.ResetTimer()
			appendAll(b, s, clients, b.N)
			b.StopTimer()
			b.ReportMetric(float64(d.synced()-before)/float64(b.N), "fsyncs/op")
		})
	}
}
