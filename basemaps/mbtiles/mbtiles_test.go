package mbtiles

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

func document() *tiler.TileJSON {
	doc := tiler.NewTileJSON([]tiler.Layer{{
		Name: "cells", Kind: spatial.Polygons, MinZoom: 8, MaxZoom: 16, Fields: []string{"code"}, Count: 3,
		Box: spatial.Box{Min: spatial.Coord{X: 1_143_000_001, Y: 347_500_002}, Max: spatial.Coord{X: 1_144_000_003, Y: 348_200_004}},
	}})
	doc.Name, doc.Attribution = "试验城", "made up"
	return &doc
}

func give(tiles ...Tile) iter.Seq2[Tile, error] {
	return func(yield func(Tile, error) bool) {
		for _, t := range tiles {
			if !yield(t, nil) {
				return
			}
		}
	}
}

func many() []Tile {
	var tiles []Tile
	for z := uint8(8); z < 13; z++ {
		for k := range uint32(40) {
			tiles = append(tiles, Tile{tiler.ID{Z: z, X: k * 3, Y: 200 - k*5}, fmt.Appendf(nil, "%d %d", z, k)})
		}
	}
	return tiles
}

func TestTheFileHoldsTheTilesFromTheSouthAndWhatTheyAre(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a #1?.mbtiles")
	tiles := many()
	count, err := Write(t.Context(), path, document(), "7", give(tiles...))
	if err != nil || count != uint64(len(tiles)) {
		t.Fatal(count, err)
	}
	db, err := sql.Open("sqlite3", path[:strings.LastIndex(path, "/")]+"/copy")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	b, err := os.ReadFile(path)
	if err != nil || os.WriteFile(filepath.Join(filepath.Dir(path), "copy"), b, 0o600) != nil {
		t.Fatal(err)
	}
	for _, tile := range tiles {
		var got []byte
		row := 1<<tile.ID.Z - 1 - int(tile.ID.Y)
		q := "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"
		if err := db.QueryRow(q, tile.ID.Z, tile.ID.X, row).Scan(&got); err != nil || !bytes.Equal(got, tile.Body) {
			t.Fatalf("%v: %q, %v", tile.ID, got, err)
		}
	}
	want := map[string]string{
		"name": "试验城", "format": "pbf", "bounds": "114.3000001,34.7500002,114.4000003,34.8200004",
		"center": "114.3500002,34.7850003,11", "minzoom": "8", "maxzoom": "16", "attribution": "made up", "type": "overlay", "version": "7",
		"json": `{"vector_layers":[{"id":"cells","fields":{"code":"String"},"minzoom":8,"maxzoom":16}]}`,
	}
	rows, err := db.Query("SELECT name, value FROM metadata")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			t.Fatal(err)
		}
		if want[name] != value {
			t.Errorf("%s: %s, want %s", name, value, want[name])
		}
		delete(want, name)
	}
	if len(want) > 0 || rows.Err() != nil {
		t.Errorf("missing %v, %v", want, rows.Err())
	}
	var id, check string
	if err := errors.Join(db.QueryRow("PRAGMA application_id").Scan(&id), db.QueryRow("PRAGMA integrity_check").Scan(&check)); err != nil || id != "1297105496" || check != "ok" {
		t.Errorf("application_id %s, integrity %s, %v", id, check, err)
	}
}

func TestEqualTilesGiveEqualBytes(t *testing.T) {
	var files [2][]byte
	for i := range files {
		path := filepath.Join(t.TempDir(), "a.mbtiles")
		if _, err := Write(t.Context(), path, document(), "7", give(many()...)); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[i] = b
		if left, _ := filepath.Glob(path + "-*"); len(left) > 0 {
			t.Errorf("left %v", left)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the two files differ")
	}
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	broken := errors.New("broken")
	failing := func(yield func(Tile, error) bool) {
		if yield(Tile{tiler.ID{Z: 9}, []byte("x")}, nil) {
			yield(Tile{}, broken)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	x := Tile{tiler.ID{Z: 9}, []byte("x")}
	for name, c := range map[string]struct {
		ctx   context.Context
		tiles iter.Seq2[Tile, error]
		want  error
	}{
		"none":            {t.Context(), give(), ErrNoTiles},
		"a failing input": {t.Context(), failing, broken},
		"stopped":         {stopped, give(x), context.Canceled},
		"an empty tile":   {t.Context(), give(Tile{tiler.ID{Z: 9}, nil}), nil},
		"the same twice":  {t.Context(), give(x, x), nil},
	} {
		_, err := Write(c.ctx, filepath.Join(t.TempDir(), "a.mbtiles"), document(), "1", c.tiles)
		if err == nil || (c.want != nil && !errors.Is(err, c.want)) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := Write(t.Context(), filepath.Join(t.TempDir(), "none", "a.mbtiles"), document(), "1", give(x)); err == nil {
		t.Error("a folder that is not there")
	}
}

func ExampleWrite() {
	dir, err := os.MkdirTemp("", "mbtiles")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	doc := tiler.NewTileJSON(nil)
	tiles := func(yield func(Tile, error) bool) {
		yield(Tile{tiler.ID{Z: 1, X: 1, Y: 0}, tiler.Gzip(nil, []byte{0x1a, 0}, 9)}, nil)
	}
	fmt.Println(Write(context.Background(), filepath.Join(dir, "a.mbtiles"), &doc, "1", tiles))
	// Output: 1 <nil>
}

// TestAFileThatEndsWithinAPageIsRefused is of lengths around those of whole pages; and
// of a header that was written by a SQLite that did not count pages.
func TestAFileThatEndsWithinAPageIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.mbtiles")
	if _, err := Write(t.Context(), path, document(), "7", give(many()...)); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := int(whole[16])<<8 | int(whole[17])
	uncounted := bytes.Clone(whole)
	uncounted[95] ^= 1
	for _, c := range []struct {
		body []byte
		ok   bool
	}{
		{whole, true},
		{whole[:len(whole)-1], false},
		{whole[:len(whole)-page], false},
		{whole[:page], false},
		{whole[:99], false},
		{nil, false},
		{append(bytes.Clone(whole), 0), false},
		{append(bytes.Clone(whole), make([]byte, page)...), true},
		{uncounted, true},
		{uncounted[:len(uncounted)-1], false},
	} {
		if err := os.WriteFile(path, c.body, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := wholePages(path); (err == nil) != c.ok {
			t.Errorf("%d of %d bytes: %v", len(c.body), len(whole), err)
		}
	}
}

// BenchmarkTile reads tiles of 20 KB at random, of an archive in the system's cache.
func BenchmarkTile(b *testing.B) {
	path, body := filepath.Join(b.TempDir(), "a.mbtiles"), bytes.Repeat([]byte{0x5a}, 20<<10)
	copy(body, "\x89PNG\r\n\x1a\n")
	tiles := many()
	for i := range tiles {
		tiles[i].Body = body
	}
	if _, err := Write(b.Context(), path, document(), "7", give(tiles...)); err != nil {
		b.Fatal(err)
	}
	a, err := Open(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if got, err := a.Tile(b.Context(), tiles[i*67%len(tiles)].ID); err != nil || len(got) != len(body) {
			b.Fatal(len(got), err)
		}
	}
}
