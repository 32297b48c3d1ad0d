package dispatch_test

import (
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/grids/dispatch/stories"
	"github.com/wanmi-gis/wanmi/spatial"
)

var referenceCity = sync.OnceValues(func() (*dispatch.Engine, error) {
	city, err := demo.City(demo.Options{Seed: 7})
	if err != nil {
		return nil, err
	}
	s, err := grids.NewSnapshot(city, stories.Day())
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile("testdata/simulated.yaml")
	if err != nil {
		return nil, err
	}
	rules, err := dispatch.ReadRules(text)
	if err != nil {
		return nil, err
	}
	return dispatch.New(s, rules, nil)
})

// BenchmarkDecide is a full decision in the reference city: of components as they
// are reported with σ = 10 m, of events anywhere, and of events at borders.
func BenchmarkDecide(b *testing.B) {
	e, err := referenceCity()
	if err != nil {
		b.Fatal(err)
	}
	for _, k := range []struct {
		name string
		kind grids.Kind
		at   bool
	}{{"component", grids.ComponentKind, false}, {"event", grids.EventKind, false}, {"event-at-border", grids.EventKind, true}} {
		b.Run(k.name, func(b *testing.B) {
			reports := someReports(e, k.kind, k.at, 2048)
			b.ReportAllocs()
			asked := 0
			for i := 0; b.Loop(); i++ {
				d, err := e.Decide(reports[i%len(reports)])
				if err != nil {
					b.Fatal(err)
				}
				if d.Question != nil {
					asked++
				}
			}
			b.ReportMetric(float64(asked)/float64(b.N), "asked/op")
		})
	}
}

// someReports draws reports with σ = 10 m; atBorder within 10 m of a cell whose
// neighbour is of another zone.
func someReports(e *dispatch.Engine, kind grids.Kind, atBorder bool, n int) []dispatch.Report {
	r := rand.New(rand.NewPCG(3, 8118))
	s := e.City()
	box := s.Box(grids.Cells)
	var out []dispatch.Report
	for len(out) < n {
		q := dispatch.Report{Kind: kind, Category: "0102", AccuracyM: 15, Time: stories.Day()}
		if kind == grids.ComponentKind {
			c := s.Component(int32(r.IntN(s.Count(grids.Components))))
			q.Category = c.Category
			q.At = spatial.Coord{X: c.At.X + int32(r.NormFloat64()*1090), Y: c.At.Y + int32(r.NormFloat64()*900)}
			out = append(out, q)
			continue
		}
		q.At = spatial.Coord{X: box.Min.X + r.Int32N(box.Max.X-box.Min.X), Y: box.Min.Y + r.Int32N(box.Max.Y-box.Min.Y)}
		p := s.Locate(q.At)
		if p.Status != grids.StatusInside {
			continue
		}
		if atBorder {
			far, across := s.Border(p)
			if far > 10 || across == spatial.None {
				continue
			}
			if z, _, _, _ := s.Chain(across); s.City.Zones[z].Unit == s.City.Zones[p.Zone].Unit {
				continue
			}
		}
		out = append(out, q)
	}
	return out
}
