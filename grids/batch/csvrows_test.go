package batch_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// plainTable is a table without a quote; some of its values are no coordinates
// or written as few programs write them, and some rows are not whole.
func plainTable(t testing.TB, r *rand.Rand, rows int) (in string, x, y int, whole bool) {
	s := town(t)
	width := 2 + r.IntN(4)
	x = r.IntN(width)
	for y = r.IntN(width); y == x; y = r.IntN(width) {
	}
	eol := []string{"\n", "\r\n"}[r.IntN(2)]
	whole = r.IntN(2) == 0
	var b strings.Builder
	for i := range rows + 1 {
		var rec []string
		for range width {
			rec = append(rec, []string{"", "井盖破损", "a b", " ", "7", "x\ry", "-"}[r.IntN(7)])
		}
		lon, lat := somewhere(s, r)
		rec[x], rec[y] = fmt.Sprintf("%.*f", r.IntN(17), lon), fmt.Sprintf("%.*f", r.IntN(17), lat)
		switch {
		case i == 0:
			rec[x], rec[y] = "lon", "lat"
		case r.IntN(20) == 0:
			rec[x] = []string{
				"", "x", "1e2", "-181", "180.0000001", " 114.35 ", "1_0", "+114.35", "0x1p3", ".5", "5.", ".", "-", "-.5", "-0", "0",
				"1143000000000000", "114.30000000000000", "00000000000114.3", "000000000000000000114.3", "114.3.5", "1.14e2", "NaN",
			}[r.IntN(23)]
		case !whole && r.IntN(25) == 0:
			rec = append(rec, "more", "")[:r.IntN(width+2)+1]
		}
		b.WriteString(strings.Join(rec, ","))
		if i < rows || r.IntN(2) == 0 {
			b.WriteString(eol)
		}
	}
	return b.String(), x, y, whole
}

func TestPlainTablesEqualEncodingCSVAndLocate(t *testing.T) {
	t.Parallel()
	r := newRand(t, 11)
	for k := 0; k < 8; {
		in, x, y, whole := plainTable(t, r, 5000)
		if !whole {
			continue // what is due is compare's for whole rows only
		}
		compare(t, strings.ReplaceAll(in, "x\ry", "xy"), x, y, batch.Options{Workers: 1 + k%2, Border: k%4 == 0})
		k++
	}
}

// TestARowWithAQuoteChangesNoOther has the same rows beside one with a quote,
// which are then read as such tables are.
func TestARowWithAQuoteChangesNoOther(t *testing.T) {
	t.Parallel()
	s := town(t)
	r := newRand(t, 12)
	for k := range 24 {
		in, _, _, _ := plainTable(t, r, 2500)
		header, rows, _ := strings.Cut(in, "\n")
		o := batch.Options{Workers: 1, Border: k%5 == 0, Encoding: batch.UTF8}
		if k%3 == 0 {
			in, header, rows = gbk(t, in), gbk(t, header), gbk(t, rows)
			o.Encoding = batch.GB18030
		}
		if k%4 == 0 {
			sys, err := crs.Parse([]string{"gcj02", "bd09", "epsg:4547", "wgs84"}[r.IntN(4)])
			if err != nil {
				t.Fatal(err)
			}
			o.System, o.Lon, o.Lat = sys, "lon", "lat"
		}
		got, gotStats := run(t, s, in, o)
		want, wantStats := run(t, s, header+"\n\"quoted\n\n"+rows, o)
		head, rest, _ := strings.Cut(want, "\n")
		_, rest, _ = strings.Cut(rest, "\n")
		if got != head+"\n"+rest {
			for i, line := range strings.Split(head+"\n"+rest, "\n") {
				if g := strings.Split(got, "\n")[i]; g != line {
					t.Fatalf("table %d, line %d: %q, beside a quote %q", k, i, g, line)
				}
			}
		}
		if gotStats.Rows+1 != wantStats.Rows || gotStats.Failed+1 != wantStats.Failed {
			t.Errorf("%+v, beside a quote %+v", gotStats, wantStats)
		}
	}
}

// TestLongTablesInShiftedSystems are undone by a table in the end.
func TestLongTablesInShiftedSystems(t *testing.T) {
	t.Parallel()
	s := town(t)
	r := newRand(t, 13)
	for _, name := range []string{"gcj02", "bd09"} {
		sys, err := crs.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		var in strings.Builder
		in.WriteString("lat,lon\n")
		const rows = 30_000
		due := make([][]string, rows)
		for i := range rows {
			x, y := sys.FromCGCS2000(somewhere(s, r))
			lon, lat := fmt.Sprintf("%.9f", x), fmt.Sprintf("%.9f", y)
			in.WriteString(lat + "," + lon + "\n")
			due[i] = want(s, sys, lon, lat, false)
		}
		out, stats := run(t, s, in.String(), batch.Options{Workers: 1, System: sys})
		if stats.Rows != rows || stats.Failed != 0 {
			t.Fatalf("%s: %+v", name, stats)
		}
		for i, row := range readAll(t, out)[1:] {
			if !same(row[2:], due[i]) {
				t.Fatalf("%s row %d: %q, want %q", name, i, row, due[i])
			}
		}
	}
}
