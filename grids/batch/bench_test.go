package batch_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

const benchRows = 200_000

// benchTable has rows inside the town, in the system's coordinates.
func benchTable(b *testing.B, s *grids.Snapshot, sys crs.System) (in []byte, places []spatial.Coord) {
	b.Helper()
	r := newRand(b, 9)
	var out bytes.Buffer
	out.WriteString("id,lon,lat,note\n")
	places = make([]spatial.Coord, benchRows)
	for i := range places {
		lon, lat := somewhere(s, r)
		for places[i] = spatial.At(lon, lat); s.Locate(places[i]).Status != grids.StatusInside; places[i] = spatial.At(lon, lat) {
			lon, lat = somewhere(s, r)
		}
		x, y := sys.FromCGCS2000(lon, lat)
		fmt.Fprintf(&out, "%d,%.7f,%.7f,井盖破损待查\n", i, x, y)
	}
	return out.Bytes(), places
}

// cpu is the processor time that the process has had.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// byRows times one side and reports the time and the processor time of a row.
func byRows(b *testing.B, name string, size int, once func(b *testing.B)) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		before := cpu(b)
		for b.Loop() {
			once(b)
		}
		b.SetBytes(int64(size))
		rows := float64(b.N) * benchRows
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/rows, "ns/row")
		b.ReportMetric(float64(cpu(b)-before)/rows, "cpu-ns/row")
	})
}

// BenchmarkCSV sets the whole way of a table beside encoding/csv only reading
// it, and the lookups alone, which are package spatial's.
func BenchmarkCSV(b *testing.B) {
	s := town(b)
	answer := func(in []byte, o batch.Options) func(b *testing.B) {
		return func(b *testing.B) {
			if _, err := batch.CSV(b.Context(), io.Discard, bytes.NewReader(in), s, o); err != nil {
				b.Fatal(err)
			}
		}
	}
	in, places := benchTable(b, s, lonLat(b))
	byRows(b, "wanmi-1", len(in), answer(in, batch.Options{Workers: 1}))
	byRows(b, "wanmi", len(in), answer(in, batch.Options{}))
	for _, name := range []string{"gcj02", "bd09"} {
		sys, err := crs.Parse(name)
		if err != nil {
			b.Fatal(err)
		}
		moved, _ := benchTable(b, s, sys)
		byRows(b, "wanmi-1-"+name, len(moved), answer(moved, batch.Options{Workers: 1, System: sys}))
	}
	byRows(b, "encoding-csv", len(in), func(b *testing.B) {
		c := csv.NewReader(bytes.NewReader(in))
		for {
			if _, err := c.Read(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	})
	byRows(b, "locate", len(in), func(*testing.B) {
		for _, c := range places {
			s.Locate(c)
		}
	})
}
