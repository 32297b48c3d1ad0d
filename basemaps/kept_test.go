package basemaps

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/basemaps/mbtiles"
	"github.com/wanmi-gis/wanmi/basemaps/pmtiles"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/tiler"
)

// TestKeptTilesAreThoseAskedForLast holds what is kept against a list that is
// searched from its end.
func TestKeptTilesAreThoseAskedForLast(t *testing.T) {
	const limit = 20_000
	kept, archives := newKeptTiles(limit), [2]*Basemap{{}, {}}
	r := rand.New(rand.NewPCG(3, 32))
	var list []keptTile // the latest last
	find := func(id keptID) int {
		return slices.IndexFunc(list, func(t keptTile) bool { return t.keptID == id })
	}
	for range 20_000 {
		id := keptID{archives[r.IntN(2)], tiler.ID{Z: 9, X: uint32(r.IntN(40)), Y: 1}}
		i := find(id)
		body, found := kept.get(id.of, id.id)
		if found != (i >= 0) || found && !bytes.Equal(body, list[i].body) {
			t.Fatalf("kept %v, expected at %d", found, i)
		}
		switch {
		case found:
			asked := list[i]
			list = append(slices.Delete(list, i, i+1), asked)
		case r.IntN(300) == 0:
			kept.forget(id.of)
			list = slices.DeleteFunc(list, func(t keptTile) bool { return t.of == id.of })
		default:
			one := keptTile{id, bytes.Repeat([]byte{byte(id.id.X)}, r.IntN(3000))}
			if r.IntN(100) == 0 {
				one.body = make([]byte, limit) // too long to keep, with what is counted beside
			}
			kept.put(id.of, id.id, one.body)
			if one.bytes() <= limit {
				list = append(list, one)
			}
			held := 0
			for j, t := range slices.Backward(list) {
				if held += t.bytes(); held > limit {
					list = list[j+1:]
					break
				}
			}
		}
		if kept.held > limit || len(kept.tiles) != len(list) || kept.order.Len() != len(list) {
			t.Fatalf("%d bytes of %d tiles, expected %d", kept.held, len(kept.tiles), len(list))
		}
	}
}

func TestAKeptTileIsTheArchives(t *testing.T) {
	c, dir := townFolder(t)
	for range 2 {
		b := c.Find("b")
		for _, tile := range townTiles() {
			body, err := b.Tile(t.Context(), tile.ID)
			if err != nil || !bytes.Equal(body, tile.Body) {
				t.Fatalf("%v: %d bytes, %v", tile.ID, len(body), err)
			}
		}
		if body, err := b.Tile(t.Context(), tiler.ID{Z: 9}); body != nil || err != nil {
			t.Errorf("a tile that is not there: %d bytes, %v", len(body), err)
		}
		b.Release()
		if n := len(c.kept.tiles); n != len(townTiles())+1 {
			t.Errorf("%d are kept", n)
		}
	}
	if err := os.Remove(filepath.Join(dir, "b.mbtiles")); err != nil {
		t.Fatal(err)
	}
	if err := c.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(c.kept.tiles) != 0 || c.kept.held != 0 {
		t.Errorf("the archive is gone, and %d bytes of it are kept", c.kept.held)
	}
}

// townTiles are 85 of 20 KB.
func townTiles() (tiles []pmtiles.Tile) {
	for z := range uint8(4) {
		for i := range uint32(1) << (2 * z) {
			body := bytes.Repeat([]byte{z, byte(i), 'x', 'y'}, 5<<10)
			copy(body, "\x89PNG\r\n\x1a\n")
			tiles = append(tiles, pmtiles.Tile{ID: tiler.ID{Z: z, X: i >> z, Y: i & (1<<z - 1)}, Body: body})
		}
	}
	slices.SortFunc(tiles, func(a, b pmtiles.Tile) int { return int(pmtiles.TileID(a.ID)) - int(pmtiles.TileID(b.ID)) })
	return tiles
}

// townFolder has them as a.pmtiles and b.mbtiles.
func townFolder(tb testing.TB) (c *Catalogue, dir string) {
	tb.Helper()
	dir = tb.TempDir()
	doc := tiler.NewTileJSON(nil)
	doc.MaxZoom = 3
	var out bytes.Buffer
	_, err := pmtiles.WritePictures(&out, &doc, stored.PNG, "1", func(yield func(pmtiles.Tile, error) bool) {
		for _, t := range townTiles() {
			if !yield(t, nil) {
				return
			}
		}
	})
	err = errors.Join(err, os.WriteFile(filepath.Join(dir, "a.pmtiles"), out.Bytes(), 0o600))
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := mbtiles.Write(context.Background(), filepath.Join(dir, "b.mbtiles"), &doc, "1", func(yield func(mbtiles.Tile, error) bool) {
		for _, t := range townTiles() {
			if !yield(mbtiles.Tile(t), nil) {
				return
			}
		}
	}); err != nil {
		tb.Fatal(err)
	}
	if c, err = NewCatalogue(context.Background(), dir, nil); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.Close(); err != nil {
			tb.Error(err)
		}
	})
	return c, dir
}

// BenchmarkServedTile finds a basemap and loads a tile of 20 KB, as a request does.
func BenchmarkServedTile(b *testing.B) {
	c, _ := townFolder(b)
	tiles := townTiles()
	for _, id := range []string{"a", "b"} {
		b.Run(id, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m := c.Find(id)
				if t, err := m.Load(b.Context(), tiles[i*67%len(tiles)].ID); err != nil || len(t.Body) != 20<<10 {
					b.Fatal(len(t.Body), err)
				}
				m.Release()
			}
		})
	}
}
