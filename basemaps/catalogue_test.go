package basemaps_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/mbtiles"
	"github.com/wanmi-gis/wanmi/basemaps/pmtiles"
	"github.com/wanmi-gis/wanmi/tiler"
)

// vector is a vector tile with a layer of the name.
func vector(name string) []byte {
	plain := append([]byte{0x1a, byte(len(name) + 4), 0x0a, byte(len(name))}, name...)
	return tiler.Gzip(nil, append(plain, 0x78, 2), 9)
}

var places = []tiler.ID{{}, {Z: 3, X: 6, Y: 2}, {Z: 3, X: 6, Y: 3}, {Z: 9, X: 420, Y: 201}}

var document = tiler.TileJSON{Name: "a city", MinZoom: 0, MaxZoom: 9, VectorLayers: []tiler.VectorLayer{{ID: "roads", Fields: map[string]string{}}}}

// pmFile is an archive whose tiles have the name.
func pmFile(t testing.TB, name string) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := pmtiles.Write(&out, &document, "1", func(yield func(pmtiles.Tile, error) bool) {
		for _, id := range places {
			if !yield(pmtiles.Tile{ID: id, Body: vector(name)}, nil) {
				return
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func mbFile(t testing.TB, path, name string) {
	t.Helper()
	var tiles iter.Seq2[mbtiles.Tile, error] = func(yield func(mbtiles.Tile, error) bool) {
		for _, id := range places {
			if !yield(mbtiles.Tile{ID: id, Body: vector(name)}, nil) {
				return
			}
		}
	}
	if _, err := mbtiles.Write(context.Background(), path, &document, "1", tiles); err != nil {
		t.Fatal(err)
	}
}

// put gives a file its name once it is whole.
func put(t testing.TB, path string, body []byte) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path+".new", body, 0o600), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
}

func opened(t testing.TB, dir string, told func(basemaps.Refusal)) *basemaps.Catalogue {
	t.Helper()
	c, err := basemaps.NewCatalogue(context.Background(), dir, told)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func look(t testing.TB, c *basemaps.Catalogue) {
	t.Helper()
	if err := c.Look(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func served(c *basemaps.Catalogue) string {
	var ids []string
	for _, b := range c.List() {
		ids = append(ids, b.ID+"."+b.Format)
	}
	return strings.Join(ids, " ")
}

func tileOf(t testing.TB, c *basemaps.Catalogue, id string, at tiler.ID) []byte {
	t.Helper()
	b := c.Find(id)
	if b == nil {
		t.Fatalf("%s is not served", id)
	}
	defer b.Release()
	body, err := b.Tile(context.Background(), at)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestAFolderIsFollowed(t *testing.T) {
	dir := t.TempDir()
	var told []string
	c := opened(t, dir, func(r basemaps.Refusal) { told = append(told, r.Name) })
	if served(c) != "" {
		t.Fatalf("an empty folder serves %s", served(c))
	}
	put(t, filepath.Join(dir, "street.pmtiles"), pmFile(t, "old"))
	mbFile(t, filepath.Join(dir, "影像 1.mbtiles"), "photo")
	look(t, c)
	if got := served(c); got != "street.pmtiles 影像 1.mbtiles" {
		t.Fatalf("served: %s", got)
	}
	for _, at := range places {
		if !bytes.Equal(tileOf(t, c, "street", at), vector("old")) || !bytes.Equal(tileOf(t, c, "影像 1", at), vector("photo")) {
			t.Errorf("tile %v is another", at)
		}
	}
	if tileOf(t, c, "street", tiler.ID{Z: 3}) != nil || tileOf(t, c, "影像 1", tiler.ID{Z: 3}) != nil {
		t.Error("a tile that is not there came")
	}

	// Replaced by name: who holds the old one reads it to the end.
	held := c.Find("street")
	put(t, filepath.Join(dir, "street.pmtiles"), pmFile(t, "new"))
	look(t, c)
	if !bytes.Equal(tileOf(t, c, "street", places[1]), vector("new")) {
		t.Error("the old archive is served")
	}
	if body, err := held.Tile(context.Background(), places[1]); err != nil || !bytes.Equal(body, vector("old")) {
		t.Errorf("the request under way got %q, %v", body, err)
	}
	held.Release()

	// A broken one in its place leaves the whole one serving, and is told once.
	whole := pmFile(t, "newer")
	put(t, filepath.Join(dir, "street.pmtiles"), whole[:len(whole)-20])
	look(t, c)
	look(t, c)
	if !bytes.Equal(tileOf(t, c, "street", places[1]), vector("new")) || len(told) != 1 || told[0] != "street.pmtiles" {
		t.Errorf("half an archive: told %v", told)
	}
	if r := c.Refused(); len(r) != 1 || !strings.Contains(r[0].Err.Error(), "street.pmtiles") || !strings.Contains(r[0].Err.Error(), "byte") {
		t.Errorf("refused %v", r)
	}
	put(t, filepath.Join(dir, "street.pmtiles"), whole)
	look(t, c)
	if !bytes.Equal(tileOf(t, c, "street", places[1]), vector("newer")) || len(c.Refused()) != 0 {
		t.Errorf("the whole one is not served; refused %v", c.Refused())
	}

	if err := os.Remove(filepath.Join(dir, "street.pmtiles")); err != nil {
		t.Fatal(err)
	}
	look(t, c)
	if c.Find("street") != nil || served(c) != "影像 1.mbtiles" {
		t.Errorf("a removed archive is served: %s", served(c))
	}
}

func TestAnArchiveWrittenOverInPlaceGivesNoWrongTile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.pmtiles")
	put(t, path, pmFile(t, "old"))
	c := opened(t, dir, nil)
	b := c.Find("a")
	defer b.Release()
	if err := os.WriteFile(path, pmFile(t, "other"), 0o600); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Hour) // a clock of coarse steps would not show it
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Tile(context.Background(), places[0]); !errors.Is(err, basemaps.ErrChanged) {
		t.Errorf("read of a file that changed: %v", err)
	}
	look(t, c)
	if !bytes.Equal(tileOf(t, c, "a", places[0]), vector("other")) {
		t.Error("the new content is not served")
	}
}

func TestWhatIsNotServedIsTold(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	put(t, filepath.Join(outside, "secret.pmtiles"), pmFile(t, "secret"))
	for name, body := range map[string]string{
		"empty.pmtiles": "", "text.pmtiles": "hello", "db.mbtiles": "SQLite format 3\x00 and no more", "half.mbtiles": "SQL",
		"notes.txt": "nobody looks", ".hidden.pmtiles": "nor here",
	} {
		put(t, filepath.Join(dir, name), []byte(body))
	}
	put(t, filepath.Join(dir, "twice.pmtiles"), pmFile(t, "a"))
	mbFile(t, filepath.Join(dir, "twice.mbtiles"), "b")
	if err := errors.Join(os.Symlink(filepath.Join(outside, "secret.pmtiles"), filepath.Join(dir, "link.pmtiles")), os.Mkdir(filepath.Join(dir, "folder.pmtiles"), 0o700)); err != nil {
		t.Fatal(err)
	}
	c := opened(t, dir, nil)
	if got := served(c); got != "twice.mbtiles" {
		t.Errorf("served: %s", got)
	}
	got := ""
	for _, r := range c.Refused() {
		got += r.Name + " "
		if r.Err.Error() == "" || strings.Contains(r.Err.Error(), dir) {
			t.Errorf("%s: %v", r.Name, r.Err)
		}
	}
	if got != "db.mbtiles empty.pmtiles folder.pmtiles half.mbtiles link.pmtiles text.pmtiles twice.pmtiles " {
		t.Errorf("refused: %s", got)
	}
	if _, err := basemaps.NewCatalogue(context.Background(), filepath.Join(dir, "none"), nil); err == nil {
		t.Error("a folder that is not there was opened")
	}
}

// TestReplacingUnderLoadFailsNobody replaces an archive over and over while it is
// read: each tile is that of one whole archive.
func TestReplacingUnderLoadFailsNobody(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.pmtiles")
	put(t, path, pmFile(t, "v0"))
	c := opened(t, dir, nil)
	var done atomic.Bool
	var reads atomic.Int64
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for !done.Load() {
				b := c.Find("a")
				if b == nil {
					t.Error("the archive was gone")
					return
				}
				first, err := b.Tile(context.Background(), places[0])
				if err != nil {
					t.Error(err)
				}
				second, err := b.Tile(context.Background(), places[3])
				if err != nil || !bytes.Equal(first, second) || len(first) == 0 {
					t.Errorf("two archives in one answer: %v", err)
				}
				b.Release()
				reads.Add(1)
			}
		})
	}
	for i := range 25 {
		put(t, path, pmFile(t, fmt.Sprintf("v%d", i+1)))
		look(t, c)
		for before := reads.Load(); reads.Load() < before+8 && !t.Failed(); {
			runtime.Gosched()
		}
	}
	done.Store(true)
	work.Wait()
	if !bytes.Equal(tileOf(t, c, "a", places[0]), vector("v25")) {
		t.Error("the last archive is not served")
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "maps")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	maps, err := basemaps.NewCatalogue(context.Background(), dir, func(r basemaps.Refusal) { fmt.Println(r.Name, r.Err) })
	if err != nil {
		fmt.Println(err)
		return
	}
	defer maps.Close()
	fmt.Println(len(maps.List()), maps.Find("street") == nil)
	// Output: 0 true
}
