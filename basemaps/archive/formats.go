package archive

import (
	"bufio"
	"context"
	"errors"
	"iter"
	"os"

	"github.com/wanmi-gis/wanmi/basemaps/mbtiles"
	"github.com/wanmi-gis/wanmi/basemaps/pmtiles"
	"github.com/wanmi-gis/wanmi/tiler"
)

// mode is of the archive: everyone may read a map.
const mode = 0o644

func writePMTiles(ctx context.Context, path string, doc *tiler.TileJSON, version string, j *journal) (contents int64, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	stats, err := pmtiles.Write(w, doc, version, func(yield func(pmtiles.Tile, error) bool) {
		for t, err := range filled(ctx, j) {
			if !yield(pmtiles.Tile{ID: t.id, Body: t.body}, err) {
				return
			}
		}
	})
	if err == nil {
		err = w.Flush() // it repeats an earlier failure
	}
	return int64(stats.Contents), errors.Join(err, f.Close())
}

func writeMBTiles(ctx context.Context, path string, doc *tiler.TileJSON, version string, j *journal) (contents int64, err error) {
	count, err := mbtiles.Write(ctx, path, doc, version, func(yield func(mbtiles.Tile, error) bool) {
		for t, err := range filled(ctx, j) {
			if !yield(mbtiles.Tile{ID: t.id, Body: t.body}, err) {
				return
			}
		}
	})
	if err != nil {
		return 0, err
	}
	return int64(count), os.Chmod(path, mode)
}

// filled gives the journal's tiles that have content.
func filled(ctx context.Context, j *journal) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		for r, err := range j.records() {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(record{}, err)
				return
			}
			if len(r.body) > 0 && !yield(r, nil) {
				return
			}
		}
	}
}
