//go:build proof

package demo

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// The city has 1.1 M closed cases in at most 300 bytes each, the last 105,903
// with whole logs, 1.12 % from the public and 98.23 % in time to the digit, and
// what is planted stands out. Short: a tenth of them.
func TestProof_TheCityHasItsHistory(t *testing.T) {
	n := CityCases
	if testing.Short() {
		n /= 10
	}
	city, err := City(Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "city.gpkg")
	if err := cityfile.Create(t.Context(), path, city); err != nil {
		t.Fatal(err)
	}
	file, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	ask := func(query string, into ...any) {
		t.Helper()
		if err := file.View(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow(query).Scan(into...) }); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	const size = "SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)"
	var before, after, rows, public, whole int64
	ask(size, &before)
	snap, err := grids.NewSnapshot(city, testNow)
	if err != nil {
		t.Fatal(err)
	}
	h, err := NewHistory(snap, 1, n)
	if err != nil {
		t.Fatal(err)
	}
	began, worked, last, longest := time.Now(), processorTime(t), time.Now(), time.Duration(0)
	if err := h.Build(t.Context(), file, now, func(int) {
		longest, last = max(longest, time.Since(last)), time.Now()
	}); err != nil {
		t.Fatal(err)
	}
	worked = processorTime(t) - worked
	ask(size, &after)
	ask("SELECT count(*), sum(source = 2) FROM cases", &rows, &public)
	ask("SELECT count(*) FROM cases WHERE version > 8", &whole)
	wantWhole := int64(n) * wholeOfCity / CityCases
	var late int64
	ask(fmt.Sprintf("SELECT sum(on_time = 0) FROM (SELECT on_time FROM cases ORDER BY reported_at DESC, fid DESC LIMIT %d)", wantWhole), &late)
	t.Logf("%d cases in %.0f s (%.1f µs of a processor each, the longest week %.2f s): %.1f bytes a case, %.1f MB",
		rows, time.Since(began).Seconds(), float64(worked.Microseconds())/float64(n), longest.Seconds(), float64(after-before)/float64(n), float64(after)/1e6)
	inTime := fmt.Sprintf("%.2f", 100-100*float64(late)/float64(wantWhole))
	fromPublic := fmt.Sprintf("%.2f", 100*float64(public)/float64(rows))
	// A tenth of the cases is too few for the last digit: late ones fall on days.
	if rows != int64(n) || whole != wantWhole || (inTime != "98.23" && n == CityCases) || fromPublic != "1.12" || after-before > 300*rows {
		t.Errorf("%d cases, %d with whole logs, %s %% in time, %s %% from the public", rows, whole, inTime, fromPublic)
	}
	for _, s := range []PlantedStreet{h.Planted().Hot, h.Planted().Rising} {
		store, err := cases.NewCity(t.Context(), file, cases.Options{})
		if err != nil {
			t.Fatal(err)
		}
		in := counted(t, store, cases.Query{Kind: s.Class.Kind, Categories: []string{s.Class.Code}, Cells: s.Cells})
		all := counted(t, store, cases.Query{Kind: s.Class.Kind, Categories: []string{s.Class.Code}})
		weightIn, weightOut := exposure(h, &s)
		factor := float64(in) / float64(all-in) * weightOut / weightIn
		mean := (s.FactorFrom + s.FactorTo) / 2
		t.Logf("%s: %d of %d cases of its class in %d cells: factor %.2f, planted %.1f in the mean", s.Name, in, all, len(s.Cells), factor, mean)
		if factor < mean*0.8 || factor > mean*1.2 {
			t.Errorf("%s: factor %.2f, planted %.1f", s.Name, factor, mean)
		}
	}
}

// counted counts by pages.
func counted(t *testing.T, store *cases.City, q cases.Query) (n int) {
	t.Helper()
	for q.Limit = 10_000; ; {
		page, err := store.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if n += len(page.Cases); page.Next == "" {
			return n
		}
		q.After = page.Next
	}
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
