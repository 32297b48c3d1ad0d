package imagery

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"

	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/tiler"
)

// Format is how tiles are stored.
type Format string

// The formats there are.
const (
	WebP Format = "webp"
	JPEG Format = "jpeg"
	PNG  Format = "png"
)

// Options say what to make; the zero value makes WebP at the sheets' own zooms.
type Options struct {
	Format Format // "" is WebP
	// Quality of JPEG and WebP, 1 to 100; 0 is DefaultQuality. 100 makes WebP lossless.
	Quality int
	// MinZoom and MaxZoom; nil is a zoom at which all sheets fit in a tile, and the
	// zoom whose pixels are nearest in size to the finest sheet's.
	MinZoom, MaxZoom *uint8
	// NoData is the value that stands for no data in sheets without mask or alpha,
	// where all colours have it; nil is what each sheet says itself.
	NoData *float64
	// CRS of sheets that do not say theirs, as GDAL takes it: EPSG:4547.
	CRS string
	// Name and Attribution stand in the archive.
	Name, Attribution string
	// Workers make blocks; 0 means one a processor.
	Workers int
	// Progress, if not nil, is told after each block.
	Progress func(Progress)
}

// DefaultQuality of JPEG and WebP.
const DefaultQuality = 80

// Progress says how far it is.
type Progress struct {
	// Done of all blocks are done, Resumed of them by an earlier run.
	Done, Of, Resumed int
	// Tiles with content so far, Bytes what they take.
	Tiles, Bytes int64
}

// Result says what was made.
type Result struct {
	Progress
	MinZoom, MaxZoom uint8
	// Size of the file in bytes.
	Size int64
}

// Errors that callers branch on.
var (
	// ErrNoGDAL: this build has no GDAL.
	ErrNoGDAL = errors.New("orthophotos need a wanmi built with GDAL (libgdal-dev): go build -tags gdal")
	// ErrExists: there is a file of the target's name.
	ErrExists = errors.New("exists already")
	// ErrOther: the partial file is of other sheets or options.
	ErrOther = errors.New("is of other sheets or options; remove it, or make another file")
	// ErrEmpty: no pixel has content.
	ErrEmpty = errors.New("there is no picture in the sheets")
	// ErrPaused wraps what ended the work when the partial file holds what was
	// done: the same call goes on from there.
	ErrPaused = errors.New("stopped")
)

// check fills in what is not said and refuses what cannot be.
func (o *Options) check(out string) error {
	if o.Format == "" {
		o.Format = WebP
	}
	if o.Quality == 0 {
		o.Quality = DefaultQuality
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Format.kind() == stored.Unknown {
		return fmt.Errorf("format %q: there are %s, %s and %s", o.Format, WebP, JPEG, PNG)
	}
	if o.Quality < 1 || o.Quality > 100 {
		return fmt.Errorf("quality %d: 1 to 100", o.Quality)
	}
	for _, z := range []*uint8{o.MinZoom, o.MaxZoom} {
		if z != nil && *z > tiler.MaxZoom {
			return fmt.Errorf("zoom %d: at most %d", *z, tiler.MaxZoom)
		}
	}
	return free(out)
}

// kind is the type that the archive's header names.
func (f Format) kind() stored.Type {
	switch f {
	case WebP:
		return stored.WebP
	case JPEG:
		return stored.JPEG
	case PNG:
		return stored.PNG
	}
	return stored.Unknown
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
