package imagery

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/wanmi-gis/wanmi/basemaps/pmtiles"
	"github.com/wanmi-gis/wanmi/tiler"
)

// write writes the archive beside the target and gives it the name once it is whole
// and on disk.
func (m *maker) write(ctx context.Context, path string) (size int64, err error) {
	writing := path + ".writing" // of an earlier run that was killed, perhaps
	if err := os.Remove(writing); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	f, err := os.OpenFile(writing, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	stats, err := pmtiles.WritePictures(w, m.describe(), m.options.Format.kind(), "", m.stored(ctx))
	if err == nil {
		err = w.Flush() // it repeats an earlier failure
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = free(path) // somebody else's, meanwhile
	}
	if err == nil {
		err = os.Rename(writing, path)
	}
	if err != nil {
		return 0, errors.Join(err, os.Remove(writing))
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return 0, err
	}
	return int64(stats.Bytes), errors.Join(d.Sync(), d.Close())
}

// stored gives the journal's tiles in the archive's order. Bodies are reused.
func (m *maker) stored(ctx context.Context) func(func(pmtiles.Tile, error) bool) {
	tiles := m.journal.tiles
	slices.SortFunc(tiles, func(a, b tileAt) int { return cmp.Compare(pmtiles.TileID(a.id), pmtiles.TileID(b.id)) })
	return func(yield func(pmtiles.Tile, error) bool) {
		var body []byte
		for _, t := range tiles {
			err := ctx.Err()
			if err == nil {
				body, err = m.journal.read(t.place, body)
			}
			if !yield(pmtiles.Tile{ID: t.id, Body: body}, err) || err != nil {
				return
			}
		}
	}
}

// describe is the TileJSON of the archive.
func (m *maker) describe() *tiler.TileJSON {
	doc := tiler.NewTileJSON(nil)
	b := m.bounds.degrees()
	doc.Name, doc.Attribution = m.options.Name, m.options.Attribution
	doc.MinZoom, doc.MaxZoom, doc.Bounds = m.min, m.max, b
	doc.Center = []float64{(b[0] + b[2]) / 2, (b[1] + b[3]) / 2, float64(min(max(fitZoom(m.bounds), m.min), m.max))}
	return &doc
}
