package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

// TestAServerStartsOnlyWithPatrolHoursThatItUnderstands and says which line of which
// file it does not.
func TestAServerStartsOnlyWithPatrolHoursThatItUnderstands(t *testing.T) {
	t.Parallel()
	city, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "hours.csv")
	table := "cell,from,to,hours\n" + city.Cells[0].Code + ",2026-01-01,2026-02-01,5\n"
	if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	if hours, err := patrolHours(path, snap); hours == nil || err != nil {
		t.Errorf("%v, %v", hours, err)
	}
	if hours, err := patrolHours("", snap); hours != nil || err != nil {
		t.Errorf("without a table %v, %v", hours, err)
	}
	if err := os.WriteFile(path, []byte(table+"nowhere,2026-01-01,2026-02-01,5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := patrolHours(path, snap); err == nil || !strings.Contains(err.Error(), path+": line 3: nowhere") {
		t.Error(err)
	}
	if _, err := patrolHours(path+".none", snap); err == nil || !strings.HasPrefix(err.Error(), "patrol_hours") {
		t.Error(err)
	}
}
