package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/wanmi-gis/wanmi/tiler"
)

// Format is a kind of archive.
type Format string

// The formats there are.
const (
	PMTiles Format = "pmtiles"
	MBTiles Format = "mbtiles"
)

// Options say what to export. MinZoom ≤ MaxZoom ≤ tiler.MaxZoom.
type Options struct {
	Format Format
	// Layers by name, at least one.
	Layers           []string
	MinZoom, MaxZoom uint8
	// Name and Attribution stand in the archive, Version names the data's state.
	Name, Attribution, Version string
	// Key tells states of the data and of the program apart, for resuming.
	Key string
	// Workers make tiles; 0 means one a processor.
	Workers int
	// Progress, if not nil, is told after each tile.
	Progress func(Progress)
}

// Progress says how far an export is.
type Progress struct {
	Zoom uint8
	// Done of the zoom's tiles are done; those of the next are not known yet.
	Done, OfZoom int
	// Tiles with content so far, Bytes what they take.
	Tiles, Bytes int64
	// Resumed of the tiles looked at were done by an earlier run.
	Looked, Resumed int64
}

// Result says what was written.
type Result struct {
	Progress
	// Contents are the distinct tiles of a PMTiles archive.
	Contents int64
	// Size of the file in bytes.
	Size int64
}

// Errors that callers branch on.
var (
	// ErrExists: there is a file of the target's name.
	ErrExists = errors.New("exists already")
	// ErrOther: the partial file is of another export.
	ErrOther = errors.New("is of another export")
	// ErrEmpty: no tile has content.
	ErrEmpty = errors.New("there is nothing to export at these zooms")
	// ErrPaused wraps what ended the work when the partial file holds what was
	// done: the same export goes on from there.
	ErrPaused = errors.New("stopped")
)

// Export writes the archive at path, which must not exist. An export that ends
// early, by ctx or because the disk is full, leaves path.partial ([ErrPaused]) and
// goes on from it when it is asked for again.
func Export(ctx context.Context, path string, src tiler.Source, o Options) (Result, error) {
	layers, err := tiler.Select(src.Layers(), o.Layers)
	if err != nil {
		return Result{}, err
	}
	if err := o.check(path); err != nil {
		return Result{}, err
	}
	doc := describe(layers, &o)
	if len(doc.VectorLayers) == 0 {
		return Result{}, ErrEmpty
	}
	key, err := json.Marshal(keyOf(&o))
	if err != nil {
		return Result{}, err
	}
	j, err := openJournal(path+".partial", key)
	if err != nil {
		return Result{}, err
	}
	defer j.close()
	w := walk{src: src, layers: layers, options: o, journal: j}
	err = w.run(ctx)
	result := Result{Progress: w.progress}
	switch {
	case errors.Is(err, errSequence):
		return result, err
	case err != nil && j.size() > j.start:
		if ferr := j.flush(); ferr != nil && !errors.Is(err, ferr) {
			err = errors.Join(err, ferr)
		}
		return result, paused(err)
	case err != nil:
		return result, errors.Join(err, os.Remove(j.name()))
	case w.progress.Tiles == 0:
		return result, errors.Join(ErrEmpty, os.Remove(j.name()))
	}
	if err := j.flush(); err != nil {
		return result, paused(err)
	}
	if err := finish(ctx, path, &doc, &o, j, &result); err != nil {
		return result, paused(err)
	}
	return result, os.Remove(j.name())
}

func paused(err error) error { return fmt.Errorf("%w: %w", ErrPaused, err) }

// key is what a partial file must agree in.
type key struct {
	Key     string   `json:"key"`
	Layers  []string `json:"layers"`
	MinZoom uint8    `json:"minzoom"`
	MaxZoom uint8    `json:"maxzoom"`
}

// keyOf leaves the format out: both are made of the same tiles.
func keyOf(o *Options) key { return key{o.Key, o.Layers, o.MinZoom, o.MaxZoom} }

func (o *Options) check(path string) error {
	if o.Format != PMTiles && o.Format != MBTiles {
		return fmt.Errorf("format %q: there are %s and %s", o.Format, PMTiles, MBTiles)
	}
	if o.MinZoom > o.MaxZoom || o.MaxZoom > tiler.MaxZoom {
		return fmt.Errorf("zooms %d to %d: the first must not be above the last, the last not above %d", o.MinZoom, o.MaxZoom, tiler.MaxZoom)
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return free(path)
}

// free makes sure that nothing has the name.
func free(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s %w", path, ErrExists)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// describe is the TileJSON of the part of the layers that is exported.
func describe(layers []tiler.Layer, o *Options) tiler.TileJSON {
	var shown []tiler.Layer
	for _, l := range layers {
		if l.MinZoom > o.MaxZoom || l.MaxZoom < o.MinZoom {
			continue
		}
		l.MinZoom, l.MaxZoom = max(l.MinZoom, o.MinZoom), min(l.MaxZoom, o.MaxZoom)
		shown = append(shown, l)
	}
	doc := tiler.NewTileJSON(shown)
	doc.Name, doc.Attribution = o.Name, o.Attribution
	return doc
}

// finish writes the archive beside the target and gives it the name once it is
// whole and on disk.
func finish(ctx context.Context, path string, doc *tiler.TileJSON, o *Options, j *journal, result *Result) (err error) {
	writing := path + ".writing" // of an earlier run that was killed, perhaps
	if err := os.Remove(writing); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(writing)
		}
	}()
	write := writePMTiles
	if o.Format == MBTiles {
		write = writeMBTiles
	}
	if result.Contents, err = write(ctx, writing, doc, o.Version, j); err != nil {
		return err
	}
	f, err := os.OpenFile(writing, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	result.Size = info.Size()
	if err := free(path); err != nil { // somebody else's, meanwhile
		return err
	}
	if err := os.Rename(writing, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
