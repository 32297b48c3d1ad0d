package api_test

import (
	"net/http"
	"testing"
)

// BenchmarkDispatch is a decision over HTTP with all that is said of it, without
// the network.
func BenchmarkDispatch(b *testing.B) {
	o, _ := openBureau(b)
	for name, body := range map[string]string{
		"component": about(o, 7, `,"at":"2026-07-01"`), "event-at-border": eventAt(o.snap.City.Zones[0].Shape.Coords[3], `,"at":"2026-07-01"`),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r := o.post(b, "/v1/dispatch", body); r.status != http.StatusOK {
					b.Fatalf("%d %s", r.status, r.body)
				}
			}
		})
	}
}

// BenchmarkAddRuling is a ruling until it is durable and decides.
func BenchmarkAddRuling(b *testing.B) {
	o, _ := openBureau(b)
	body := ofComponent(o.snap.Component(7).Code, "U2")
	for b.Loop() {
		if r := o.write(b, http.MethodPost, "/v1/rulings", body); r.status != http.StatusCreated {
			b.Fatalf("%d %s", r.status, r.body)
		}
	}
}
