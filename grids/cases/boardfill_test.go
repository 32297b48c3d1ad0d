package cases

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// TestTheBoardIsFilledWithoutReadingAllCases asks SQLite how it would go about it.
func TestTheBoardIsFilledWithoutReadingAllCases(t *testing.T) {
	path := filepath.Join(t.TempDir(), "town.gpkg")
	if err := cityfile.Create(t.Context(), path, &grids.City{Profile: grids.Profile{Code: "990100", Version: 1}}); err != nil {
		t.Fatal(err)
	}
	file, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var plan []string
	if err := file.View(t.Context(), func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+fillQuery, 0)
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
			plan = append(plan, step)
		}
		return rows.Err()
	}); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(plan, "\n")
	if !strings.Contains(text, "cases_live") || !strings.Contains(text, "INDEX cases_closed") || strings.Contains(text, "SCAN c\n") {
		t.Error(text)
	}
}
