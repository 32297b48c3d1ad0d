package batch_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/spatial"
)

// BenchmarkCSV sets the whole way of a table beside encoding/csv only reading
// it, and the lookups alone, which are package spatial's.
func BenchmarkCSV(b *testing.B) {
	const rows = 200_000
	s, r := town(b), newRand(b, 9)
	var in bytes.Buffer
	in.WriteString("id,lon,lat,note\n")
	places := make([]spatial.Coord, rows)
	for i := range rows {
		lon, lat := somewhere(s, r)
		for places[i] = spatial.At(lon, lat); s.Locate(places[i]).Status != grids.StatusInside; places[i] = spatial.At(lon, lat) {
			lon, lat = somewhere(s, r)
		}
		fmt.Fprintf(&in, "%d,%.7f,%.7f,井盖破损待查\n", i, lon, lat)
	}
	perRow := func(b *testing.B) {
		b.SetBytes(int64(in.Len()))
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
	}
	for _, workers := range []int{1, 0} {
		name := "wanmi"
		if workers == 1 {
			name = "wanmi-1"
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := batch.CSV(b.Context(), io.Discard, bytes.NewReader(in.Bytes()), s, batch.Options{Workers: workers}); err != nil {
					b.Fatal(err)
				}
			}
			perRow(b)
		})
	}
	b.Run("encoding-csv", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c := csv.NewReader(bytes.NewReader(in.Bytes()))
			for {
				if _, err := c.Read(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
		}
		perRow(b)
	})
	b.Run("locate", func(b *testing.B) {
		for b.Loop() {
			for _, c := range places {
				s.Locate(c)
			}
		}
		perRow(b)
	})
}
