package cases

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// plan is how SQLite would go about a query of an empty city's cases.
func plan(t *testing.T, query string, args ...any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "town.gpkg")
	if err := cityfile.Create(t.Context(), path, &grids.City{Profile: grids.Profile{Code: "990100", Version: 1}}); err != nil {
		t.Fatal(err)
	}
	file, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var steps []string
	if err := file.View(t.Context(), func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				return err
			}
			steps = append(steps, step)
		}
		return rows.Err()
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(steps, "\n") + "\n"
}

func TestTheBoardIsFilledWithoutReadingAllCases(t *testing.T) {
	text := plan(t, fillQuery, 0)
	if !strings.Contains(text, "cases_live") || !strings.Contains(text, "INDEX cases_closed") || strings.Contains(text, "SCAN c\n") {
		t.Error(text)
	}
	if text := plan(t, importQuery, 0, 0); !strings.Contains(text, "SEARCH c USING INTEGER PRIMARY KEY (rowid>?)") {
		t.Error(text)
	}
}

// TestAListPassesOverCasesInItsIndex: it looks up no case in the table that is of
// another cell or category, and sorts nothing.
func TestAListPassesOverCasesInItsIndex(t *testing.T) {
	for _, q := range []Query{
		{},
		{Cells: []string{"1"}},
		{Cells: []string{"1"}, After: "5-6", From: unix(2)},
		{Streets: []string{"1"}, To: unix(2)},
	} {
		var w where
		if err := w.query(&q, "", time.UTC); err != nil {
			t.Fatal(err)
		}
		from := " FROM cases c INDEXED BY " + byReport + w.text()
		for _, query := range []string{
			"SELECT c.fid" + from + " ORDER BY c.reported_at DESC, c.fid DESC LIMIT 100",
			"SELECT c.fid" + from + " ORDER BY c.reported_at, c.fid LIMIT 100",
			"SELECT count(*)" + from,
		} {
			if text := plan(t, query, w.args...); !strings.Contains(text, " USING COVERING INDEX cases_reported") ||
				strings.Contains(text, "TEMP B-TREE FOR RIGHT PART") {
				t.Errorf("%s\n%s", query, text)
			}
		}
	}
}
