package cityfile

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatIsNoCityFileIsRefusedWithItsName(t *testing.T) {
	dir := t.TempDir()
	written := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plain := filepath.Join(dir, "plain.sqlite")
	db := openDB(plain, create, 1)
	if _, err := db.Exec("CREATE TABLE t (x)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	// A GeoPackage by its header, of somebody else's making.
	foreign := filepath.Join(dir, "foreign.gpkg")
	source := written("s.geojson", `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,2]}}]}`)
	output(t, "ogr2ogr", foreign, source)
	bare := created(t, bareTown(t))
	execute(t, bare, "DROP TABLE wanmi_meta")
	wordy := created(t, bareTown(t))
	execute(t, wordy, "UPDATE wanmi_meta SET value = 'two' WHERE key = 'schema_version'")

	for name, c := range map[string]struct {
		path, want string
		is         error
	}{
		"a missing file":              {filepath.Join(dir, "none.gpkg"), "no such file", os.ErrNotExist},
		"a folder":                    {dir, "is a folder", ErrNotCityFile},
		"an empty file":               {written("empty.gpkg", ""), "has 0 bytes", ErrNotCityFile},
		"ninety-nine bytes":           {written("99.gpkg", strings.Repeat("x", 99)), "has 99 bytes", ErrNotCityFile},
		"a text":                      {written("text.gpkg", strings.Repeat("city: ", 50)), "does not begin like a GeoPackage", ErrNotCityFile},
		"SQLite that is not GPKG":     {plain, "has application id 0x0, a GeoPackage has 0x47504b47", ErrNotCityFile},
		"a GeoPackage of another":     {foreign, "no readable wanmi_meta", ErrNotCityFile},
		"a city file without meta":    {bare, "no readable wanmi_meta: no such table", ErrNotCityFile},
		"a schema version in letters": {wordy, `schema_version "two"`, ErrNotCityFile},
	} {
		t.Run(name, func(t *testing.T) {
			_, opening := Open(t.Context(), c.path)
			_, reading := Read(t.Context(), c.path)
			for verb, err := range map[string]error{"Open": opening, "Read": reading} {
				if !errors.Is(err, c.is) || !strings.Contains(fmt.Sprint(err), c.want) || !strings.Contains(fmt.Sprint(err), c.path) {
					t.Errorf("%s: %v\nwant %s … %s", verb, err, c.path, c.want)
				}
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "none.gpkg")); err == nil {
		t.Error("opening a missing file made one")
	}
}

// answer reads a damaged file in every way the program does.
func answer(path string) (opening, reading error) {
	ctx := context.Background()
	_, reading = Read(ctx, path)
	s, opening := Open(ctx, path)
	if opening == nil {
		_, opening = s.Load(ctx)
		opening = errors.Join(opening, s.Close())
	}
	return opening, reading
}

func TestACutFileIsRefusedAtEveryLength(t *testing.T) {
	path := created(t, town(t))
	whole := content(t, path)
	lengths := []int{0, 1, 15, 16, 99, 100, 101, 4095, 4096, 4097, len(whole) / 2, len(whole) - 4096, len(whole) - 1}
	for i := 1; i < 40; i++ {
		lengths = append(lengths, len(whole)*i/40)
	}
	for _, n := range lengths {
		cut := filepath.Join(t.TempDir(), "cut.gpkg")
		if err := os.WriteFile(cut, []byte(whole[:n]), 0o600); err != nil {
			t.Fatal(err)
		}
		opening, reading := answer(cut)
		for verb, err := range map[string]error{"Open": opening, "Read": reading} {
			if err == nil || !strings.Contains(err.Error(), cut) || !(errors.Is(err, ErrCut) || errors.Is(err, ErrNotCityFile)) {
				t.Errorf("%s at %d of %d bytes: %v", verb, n, len(whole), err)
			}
		}
		if n > 100 && !strings.Contains(opening.Error(), fmt.Sprintf("%d of %d bytes are there; restore it from a copy or import it again", n, len(whole))) {
			t.Errorf("at %d bytes: %v", n, opening)
		}
		if got := content(t, cut); got != whole[:n] {
			t.Errorf("refusing the file changed it")
		}
	}
}

func TestFlippedBytesAreRefusedOrHarmless(t *testing.T) {
	path := created(t, town(t))
	whole := []byte(content(t, path))
	const seed = 20260101
	random := rand.New(rand.NewPCG(seed, 0))
	refused := 0
	flipped := filepath.Join(t.TempDir(), "flipped.gpkg")
	for i := range 200 {
		at := random.IntN(len(whole))
		if i%4 == 0 { // the header and the schema are small and matter most
			at = random.IntN(8192)
		}
		bad := append([]byte{}, whole...)
		bad[at] ^= byte(1 + random.IntN(255))
		if err := os.WriteFile(flipped, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		opening, reading := answer(flipped)
		if opening != nil {
			refused++
		}
		for _, err := range []error{opening, reading} {
			if err != nil && !strings.Contains(err.Error(), flipped) {
				t.Errorf("seed %d, flip %d at byte %d: the error does not name the file: %v", seed, i, at, err)
			}
		}
		for _, companion := range []string{"-wal", "-shm", "-journal", ".v1.bak"} {
			_ = os.Remove(flipped + companion) // of this flip
		}
	}
	t.Logf("%d of 200 flips refused", refused)
}

func TestALoadEndsWithItsContext(t *testing.T) {
	s := opened(t, created(t, town(t)))
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, err := s.Load(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestReadWorksInAnUnwritableFolderAndOpenSaysWhyItDoesNot(t *testing.T) {
	city := town(t)
	path := created(t, city)
	protect(t, path)
	powerless(t, func() {
		got, err := Read(context.Background(), path)
		if err != nil {
			t.Errorf("Read: %v", err)
			return
		}
		same(t, got, city)
		if s, err := Open(context.Background(), path); err == nil {
			t.Error("Open opens for writing what cannot be written", s.Close())
		} else if !strings.Contains(err.Error(), "open city file "+path) {
			t.Errorf("Open: %v", err)
		}
		err = Create(context.Background(), path, bareTown(t))
		if !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "create city file "+path) {
			t.Errorf("Create: %v", err)
		}
	})
	alone(t, path)
	if _, err := Read(t.Context(), path); err != nil {
		t.Errorf("the file afterwards: %v", err)
	}
}
