package cityfile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
)

func TestCreateReplacesAFileWithoutCases(t *testing.T) {
	path := created(t, bareTown(t))
	city := town(t)
	if err := Create(t.Context(), path, city); err != nil {
		t.Fatal(err)
	}
	got, err := Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, city)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	alone(t, path)
}

func TestCreateReplacesWhatIsNoDatabase(t *testing.T) {
	for name, text := range map[string]string{"nothing": "", "text": strings.Repeat("text ", 100)} {
		path := filepath.Join(t.TempDir(), "city.gpkg")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Create(t.Context(), path, bareTown(t)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCreateThatFailsLeavesTheOldFileAlone(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	twice := bareTown(t)
	twice.Cells = append(twice.Cells, twice.Cells[0])
	unit := bareTown(t)
	unit.Units = []grids.Unit{{Code: "U"}, {Code: "U"}}
	for name, c := range map[string]struct {
		ctx     context.Context
		city    *grids.City
		prepare string
		want    string
		is      error
	}{
		"because it has cases":        {context.Background(), bareTown(t), aCase(0) + "; " + aCase(1), "2 cases: the file holds cases", ErrHasCases},
		"because it was cancelled":    {cancelled, bareTown(t), "", "context canceled", context.Canceled},
		"because a code stands twice": {context.Background(), twice, "", "create city file PATH: layer cells: row 990101001001001: UNIQUE constraint failed", nil},
		"because a unit stands twice": {context.Background(), unit, "", "unit U: UNIQUE constraint failed", nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := created(t, town(t))
			if c.prepare != "" {
				execute(t, path, c.prepare)
			}
			before := content(t, path)
			err := Create(c.ctx, path, c.city)
			if want := strings.ReplaceAll(c.want, "PATH", path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%v is no %v", err, c.is)
			}
			if content(t, path) != before {
				t.Error("the old file was changed")
			}
			alone(t, path)
		})
	}
}

func TestCreateRefusesAFileWhoseCasesCannotBeCounted(t *testing.T) {
	path := created(t, bareTown(t))
	execute(t, path, aCase(0))
	root := integer(t, path, "SELECT rootpage FROM sqlite_master WHERE name = 'cases'")
	b := []byte(content(t, path))
	b[(root-1)*4096] ^= 0xff // the kind of its page
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	err := Create(t.Context(), path, bareTown(t))
	if err == nil || !strings.Contains(err.Error(), "whether "+path+" holds cases cannot be seen: database disk image is malformed; move it away") {
		t.Errorf("%v", err)
	}
	if content(t, path) != string(b) {
		t.Error("the old file was changed")
	}
}

func TestCreateInNoFolderSaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none", "city.gpkg")
	if err := Create(t.Context(), path, bareTown(t)); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	if err := Create(t.Context(), t.TempDir(), bareTown(t)); err == nil {
		t.Error("a folder was replaced")
	}
}

// The log of a killed server belongs to the old file; replayed into the new one
// it would destroy it.
func TestTheLogOfAKilledServerDoesNotReachTheNewFile(t *testing.T) {
	path := created(t, town(t))
	s := opened(t, path)
	if _, err := s.Write(t.Context(), Change{Kind: "old"}, state("old")); err != nil {
		t.Fatal(err)
	}
	killed := filepath.Join(t.TempDir(), "city.gpkg") // as the kill leaves it
	for _, name := range []string{"", "-wal"} {
		if err := os.WriteFile(killed+name, []byte(content(t, path+name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	orphan := filepath.Join(t.TempDir(), "city.gpkg") // whose database was removed
	if err := os.WriteFile(orphan+"-wal", []byte(content(t, path+"-wal")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{killed, orphan} {
		city := bareTown(t)
		if err := Create(t.Context(), target, city); err != nil {
			t.Fatal(err)
		}
		alone(t, target)
		got, err := Read(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, city)
	}
}

func TestCreateRefusesAFileThatAServerHasOpen(t *testing.T) {
	s := opened(t, created(t, town(t)))
	if err := Create(t.Context(), s.Path(), bareTown(t)); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), s.Path()) {
		t.Errorf("%v", err)
	}
	if v, err := s.Write(t.Context(), Change{}, state("on")); v != 2 || err != nil {
		t.Errorf("the server's next write: version %d, %v", v, err)
	}
	alone(t, s.Path(), "-wal", "-shm")
}
