//go:build proof

package basemaps_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/basemaps"
)

// realArchives are the public archives of the data folder: what must be served,
// with how many tiles, and what must be refused (0).
var realArchives = map[string]uint64{
	"firenze-protomaps-z0-14.pmtiles": 108, "stamen_toner_raster_z3.pmtiles": 85, "test_fixture_1.pmtiles": 1,
	"geography-class-png.mbtiles": 5, "world_cities.mbtiles": 196, "bostonbuildings.mbtiles": 3,
	"invalid.pmtiles": 0, "invalid.mbtiles": 0, "invalid-tile-format.mbtiles": 0,
}

func dataFolder(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("WANMI_DATA")
	if dir == "" {
		t.Fatal("WANMI_DATA does not name the data folder")
	}
	return filepath.Join(dir, "basemap")
}

func TestProof_EveryGoodArchiveServesAndEveryBrokenOneIsRefused(t *testing.T) {
	dir := dataFolder(t)
	c := opened(t, dir, nil)
	refused := map[string]error{}
	for _, r := range c.Refused() {
		refused[r.Name] = r.Err
	}
	for name, tiles := range realArchives {
		if tiles == 0 {
			if err := refused[name]; err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: refused with %v", name, err)
			} else if strings.HasSuffix(name, ".pmtiles") && !strings.Contains(err.Error(), "at byte ") {
				t.Errorf("%s: it is not said where: %v", name, err)
			} else {
				fmt.Printf("refused: %v\n", err)
			}
			continue
		}
		b := c.Find(strings.TrimSuffix(name, filepath.Ext(name)))
		if b == nil {
			t.Errorf("%s: refused with %v", name, refused[name])
			continue
		}
		n, notes, err := b.Verify(context.Background())
		if err != nil || n != tiles {
			t.Errorf("%s: %d tiles, want %d: %v", name, n, tiles, err)
		}
		fmt.Printf("%s: %d tiles of %s, notes %q\n", name, n, b.Type.Ext(), notes)
		b.Release()
	}
}

// TestProof_DamagedArchivesNeverFall flips bits of the real archives and cuts them
// off: each is refused, or read without a fall, and opening it allocates no more than a
// few times the file's own size.
func TestProof_DamagedArchivesNeverFall(t *testing.T) {
	tries := 10_000
	if testing.Short() {
		tries = 1000
	}
	var files [][]byte
	var names []string
	for name, tiles := range realArchives {
		body, err := os.ReadFile(filepath.Join(dataFolder(t), name))
		if err != nil {
			t.Fatal(err)
		}
		if tiles > 0 && len(body) < 1<<20 {
			files, names = append(files, body), append(names, name)
		}
	}
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	r := rand.New(rand.NewPCG(2026, 8))
	refused, broken, most := 0, 0, 0.0
	for range tries {
		i := r.IntN(len(files))
		b := bytes.Clone(files[i])
		if r.IntN(2) == 0 {
			b = b[:r.IntN(len(b))]
		} else {
			for range 1 + r.IntN(8) {
				// Half of the flips in the first kilobytes, where the format is.
				at := r.IntN(len(b))
				if r.IntN(2) == 0 {
					at = r.IntN(min(len(b), 4096))
				}
				b[at] ^= 1 << r.IntN(8)
			}
		}
		name := "a" + filepath.Ext(names[i])
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, err := basemaps.Open(context.Background(), root, dir, name)
		runtime.ReadMemStats(&after)
		if took := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(files[i])); len(files[i]) > 1<<16 {
			most = max(most, took)
		}
		if err != nil {
			refused++
			if !strings.Contains(err.Error(), name) && !errors.Is(err, basemaps.ErrFormat) {
				t.Errorf("the error does not name the file: %v", err)
			}
			continue
		}
		if _, _, err := m.Verify(context.Background()); err != nil {
			broken++
		}
		m.Close()
	}
	fmt.Printf("%d damaged archives: %d refused when opened, %d found broken when verified; opening allocated at most %.2f times the file\n", tries, refused, broken, most)
	// An entry of a directory takes 24 bytes and may have been read from 4.
	if most > 8 {
		t.Errorf("opening allocated %.2f times the file", most)
	}
}
