package cityfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
)

// aged writes the city to a file of an older schema.
func aged(t *testing.T, city *grids.City, version int) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "old.gpkg")
	if err := createVersion(t.Context(), path, city, Claims{}, version); err != nil {
		t.Fatal(err)
	}
	return path
}

const schemaQuery = "SELECT value FROM wanmi_meta WHERE key = 'schema_version'"

func TestAnOlderFileIsMigratedAndKeptAsItWas(t *testing.T) {
	city := town(t)
	path := aged(t, city, 1)
	s := opened(t, path)
	got, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, city)
	if v, err := s.Write(t.Context(), Change{Kind: "component"}, state("new")); v != 2 || err != nil {
		t.Errorf("a write to the migrated file: version %d, %v", v, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := integer(t, path, schemaQuery); n != SchemaVersion {
		t.Errorf("the file has schema %d", n)
	}
	kept := path + ".v1.bak"
	if n := integer(t, kept, schemaQuery); n != 1 {
		t.Errorf("the copy has schema %d", n)
	}
	if n := integer(t, kept, "SELECT count(*) FROM sqlite_master WHERE name = 'change'"); n != 0 {
		t.Error("the copy was migrated")
	}
	validator(t, path)
	// ogrinfo and the validator go by the name's end.
	renamed := filepath.Join(t.TempDir(), "kept.gpkg")
	if err := os.Link(kept, renamed); err != nil {
		t.Fatal(err)
	}
	validator(t, renamed)
	old, err := Read(t.Context(), kept)
	if err != nil {
		t.Fatal(err)
	}
	same(t, old, city)
	alone(t, path, ".v1.bak")
}

func TestAMigratedFileHasTheTablesOfANewOne(t *testing.T) {
	old := aged(t, bareTown(t), 1)
	if err := opened(t, old).Close(); err != nil {
		t.Fatal(err)
	}
	tables := func(path string) string {
		db := openDB(path, readOnly, 1)
		defer db.Close()
		var all string
		if err := db.QueryRow("SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_master ORDER BY type, name)").Scan(&all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if tables(old) != tables(created(t, bareTown(t))) {
		t.Error("the schemas differ")
	}
}

func TestReadTakesAnOlderFileWithoutChangingIt(t *testing.T) {
	city := town(t)
	path := aged(t, city, 1)
	before := content(t, path)
	got, err := Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, city)
	if content(t, path) != before {
		t.Error("the file was changed")
	}
	alone(t, path)
}

func TestACopyCutShortByAKillIsMadeAnew(t *testing.T) {
	path := aged(t, bareTown(t), 1)
	if err := os.WriteFile(path+".v1.bak.part", []byte("half a copy"), 0o600); err != nil {
		t.Fatal(err)
	}
	opened(t, path)
	if n := integer(t, path+".v1.bak", schemaQuery); n != 1 {
		t.Errorf("the copy has schema %d", n)
	}
}

func TestACopyThatIsThereAlreadyIsNotReplaced(t *testing.T) {
	path := aged(t, bareTown(t), 1)
	if err := os.WriteFile(path+".v1.bak", []byte("the first copy"), 0o600); err != nil {
		t.Fatal(err)
	}
	opened(t, path)
	if got := content(t, path+".v1.bak"); got != "the first copy" {
		t.Errorf("it is now %d bytes", len(got))
	}
}

func TestANewerFileIsRefusedAndNotTouched(t *testing.T) {
	path := created(t, bareTown(t))
	execute(t, path, "UPDATE wanmi_meta SET value = '99' WHERE key = 'schema_version'")
	before := content(t, path)
	_, err := Open(t.Context(), path)
	if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), path) ||
		!strings.Contains(err.Error(), fmt.Sprintf("the file has 99, this program knows %d; use a newer wanmi", SchemaVersion)) {
		t.Errorf("Open: %v", err)
	}
	if _, err := Read(t.Context(), path); !errors.Is(err, ErrNewer) {
		t.Errorf("Read: %v", err)
	}
	if content(t, path) != before {
		t.Error("the file was changed")
	}
	alone(t, path)
}

func TestCasesOfSchema4StayAndHaveNoYellowTime(t *testing.T) {
	path := aged(t, town(t), 4)
	execute(t, path, aCase(1))
	if err := opened(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if n := integer(t, path, "SELECT count(*) FROM cases WHERE due_at = 1767312000 AND yellow_at IS NULL AND version = 1"); n != 1 {
		t.Errorf("%d cases", n)
	}
	execute(t, path, "UPDATE cases SET yellow_at = 1767294720")
	if n := integer(t, path, "SELECT count(*) FROM case_list WHERE yellow_at = '2026-01-01T19:12:00.000Z' AND due_at = '2026-01-02T00:00:00.000Z' AND state = 'dispatched'"); n != 1 {
		t.Errorf("the view shows %d such rows", n)
	}
	validator(t, path)
	alone(t, path, ".v4.bak")
}
