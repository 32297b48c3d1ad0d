//go:build proof

package cases_test

import (
	"database/sql"
	"math/rand/v2"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// A case of bulk history takes at most 300 bytes of the file, its log, indexes
// and r-tree included, and its log at most 80.
func TestProof_ACaseOfHistoryTakesAtMost300Bytes(t *testing.T) {
	s, file := opened(t, created(t), cases.Options{})
	used := func() (pages, blobs int64) {
		t.Helper()
		if err := file.View(t.Context(), func(tx *sql.Tx) error {
			return tx.QueryRow(`SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size),
				coalesce((SELECT sum(length(events)) FROM history), 0)`).Scan(&pages, &blobs)
		}); err != nil {
			t.Fatal(err)
		}
		return pages, blobs
	}
	const n = 100_000
	before, _ := used()
	if got, err := s.Import(t.Context(), pasts(rand.New(rand.NewPCG(8, 8)), 0, n), nil); got != n || err != nil {
		t.Fatal(got, err)
	}
	after, blobs := used()
	t.Logf("%d cases: %.1f bytes a case, %.1f of them the log", n, float64(after-before)/n, float64(blobs)/n)
	if after-before > 300*n || blobs > 80*n {
		t.Error("more than 300 or 80")
	}
	entries, _, err := s.Feed(t.Context(), cityfile.Cursor{}, 10)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d entries in the feed, %v", len(entries), err)
	}
}
