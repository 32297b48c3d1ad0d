package search_test

import (
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/grids/search"
)

// benchCity is the city of wanmi demo with 24,000 addresses. It takes some
// seconds to make up and is made up once.
var benchCity = sync.OnceValues(func() (town, error) {
	city, err := demo.City(demo.Options{Seed: 1})
	if err != nil {
		return town{}, err
	}
	s, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		return town{}, err
	}
	return town{search.NewIndex(s), s}, nil
})

func benchmarkEach(b *testing.B, run func(b *testing.B, w town, full string)) {
	for _, c := range []struct {
		name string
		make func() (town, error)
	}{{"town", madeUp}, {"city", benchCity}} {
		w, err := c.make()
		if err != nil {
			b.Fatal(err)
		}
		all := w.s.City.Addresses
		for i := range all {
			if all[i].Kind == grids.PlateAddress && i > len(all)/2 {
				b.Run(c.name, func(b *testing.B) { run(b, w, all[i].Full) })
				break
			}
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, w town, full string) {
		c := w.s.City
		for name, text := range map[string]string{
			"code": c.Components[len(c.Components)/2].Code, "code-prefix": c.Code[:4], "code-typo": "X" + c.Components[7].Code,
			"name": c.Communities[1].Name, "address": full, "part": "路", "pinyin": "yonganlu", "initials": "yal", "typo": "囍" + full[3:], "coordinates": "114.35,34.78",
		} {
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					w.Search(search.Query{Text: text, Limit: 10})
				}
			})
		}
	})
}

func BenchmarkAddresses(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, w town, full string) {
		for name, text := range map[string]string{"exact": full, "missing": full + "9", "typo": "囍" + full[3:]} {
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					w.Addresses(text, 10)
				}
			})
		}
	})
}

func BenchmarkNewIndex(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, w town, _ string) {
		b.ReportAllocs()
		for b.Loop() {
			search.NewIndex(w.s)
		}
		b.ReportMetric(float64(w.Bytes()), "bytes")
	})
}
