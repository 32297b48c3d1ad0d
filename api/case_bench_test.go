package api_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
)

// BenchmarkReport is POST /v1/cases on the usual town: placed, decided, looked up
// for repeats, registered and, where a component is named, dispatched, made
// durable and answered. One client waits for each fsync, 64 share them.
func BenchmarkReport(b *testing.B) {
	for _, c := range []struct {
		name    string
		clients int
		key     bool
	}{{"one client", 1, false}, {"one client with a key", 1, true}, {"64 clients", 64, false}} {
		b.Run(c.name, func(b *testing.B) {
			h := openHall(b, hallPlan{auto: true})
			bodies := make([]string, 280)
			for i := range bodies {
				bodies[i] = about(h.office, int32(i), `,"condition":"1","description":"井盖破损"`)
			}
			h.report(b, "wang", bodies[0])
			var n atomic.Int64
			b.ReportAllocs()
			b.SetParallelism(c.clients)
			b.ResetTimer()
			before := cpu(b, 0)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := n.Add(1)
					head := []string{}
					if c.key {
						head = []string{"Idempotency-Key", fmt.Sprint("k", i)}
					}
					if r := h.by(b, "wang", http.MethodPost, "/v1/cases", bodies[i%280], head...); r.status != http.StatusCreated {
						b.Errorf("%d %s", r.status, r.body)
						return
					}
				}
			})
			b.ReportMetric(float64(cpu(b, 0)-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

// BenchmarkWholeDecision is POST /v1/dispatch with deadlines and repeats, and
// with the words of every rule.
func BenchmarkWholeDecision(b *testing.B) {
	h := openHall(b, hallPlan{})
	bodies := []string{about(h.office, 7, ""), h.happening(9, "")}
	for i, name := range []string{"component", "event"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r := h.post(b, "/v1/dispatch", bodies[i]); r.status != http.StatusOK {
					b.Fatalf("%d %s", r.status, r.body)
				}
			}
		})
	}
}
