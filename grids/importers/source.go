package importers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids/batch"
)

// geometry is a record's geometry in the file's own coordinates; nil when it
// has none.
type geometry = orb.Geometry

// format names how a file is read.
type format string

const (
	formatGeoJSON format = "geojson"
	formatNDJSON  format = "ndjson"
	formatCSV     format = "csv"
	formatXLSX    format = "xlsx"
	formatGPKG    format = "gpkg"
	// formatShapefile is a .shp with its companions, or a .zip with one in it.
	formatShapefile format = "shp"
	// formatOGR is what GDAL's OGR opens: FileGDB, MapInfo, DXF, KML.
	formatOGR format = "ogr"
)

// tabular says whether a file has rows without geometry.
func (f format) tabular() bool { return f == formatCSV || f == formatXLSX }

// placesItself says whether a file may name its coordinate system.
func (f format) placesItself() bool {
	return f == formatGPKG || f == formatShapefile || f == formatOGR
}

// Limits of a gzipped file (reliability.md): a small file must not become an
// endless one.
const (
	maxRatio       = 100
	maxUnpacked    = 2 << 30
	ratioFromBytes = 1 << 20 // the ratio is judged once this much came out
)

// Sentinels for what is wrong with a whole file.
var (
	ErrEmptyFile = errors.New("the file is empty")
	ErrBomb      = errors.New("the compressed file grows too large")
)

// errStream marks errors of the stream, as against those of the text in it:
// nothing more can be read.
var errStream = errors.New("reading stopped")

// recordError is a fault of one record.
type recordError struct {
	number int
	reason error
	hint   string
	rule   string
}

func (e *recordError) Error() string { return fmt.Sprintf("record %d: %v", e.number, e.reason) }

// format tells how to read the file from its mapping or its name.
func (f *FileMapping) format() (format, error) {
	name := strings.TrimSuffix(strings.ToLower(f.File), ".gz")
	switch {
	case f.Format != "":
		switch format(f.Format) {
		case formatGeoJSON, formatNDJSON, formatCSV, formatXLSX, formatGPKG, formatShapefile, formatOGR:
			return format(f.Format), nil
		}
	case strings.HasSuffix(name, ".geojson"), strings.HasSuffix(name, ".json"):
		return formatGeoJSON, nil
	case strings.HasSuffix(name, ".ndjson"), strings.HasSuffix(name, ".geojsonl"), strings.HasSuffix(name, ".jsonl"):
		return formatNDJSON, nil
	case strings.HasSuffix(name, ".csv"):
		return formatCSV, nil
	case strings.HasSuffix(name, ".xlsx"):
		return formatXLSX, nil
	case strings.HasSuffix(name, ".xls"):
		return "", fmt.Errorf("%s: .xls of before 2007 is not read; save it as .xlsx", f.File)
	case strings.HasSuffix(name, ".gpkg"):
		return formatGPKG, nil
	case ofOGR(name):
		return formatOGR, nil
	case strings.HasSuffix(name, ".shp"), strings.HasSuffix(name, ".zip"):
		return formatShapefile, nil
	}
	return "", fmt.Errorf("%s: unknown format; there are geojson, ndjson, csv, xlsx, shp (also zipped), gpkg, ogr (gdb, tab, mif, dxf, kml)", f.File)
}

// ofOGR says whether OGR reads a file of this name, which is in small letters.
func ofOGR(name string) bool {
	for _, suffix := range [...]string{".gdb", ".gdb.zip", ".tab", ".mif", ".dxf", ".kml", ".kmz"} {
		if strings.HasSuffix(strings.TrimSuffix(name, "/"), suffix) {
			return true
		}
	}
	return false
}

// path is where the file is.
func (f *FileMapping) path(dir string) string {
	if filepath.IsAbs(f.File) {
		return f.File
	}
	return filepath.Join(dir, f.File)
}

// read calls row for each record of the file, in order. Faults of single
// records go to fault and reading goes on; the error is for the whole file.
func (f *FileMapping) read(ctx context.Context, dir string, row func(*record), fault func(*recordError)) error {
	kind, err := f.format()
	if err != nil {
		return err
	}
	path := f.path(dir)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() == 0 && !info.IsDir() {
		return ErrEmptyFile
	}
	enc := batch.Detect
	if f.Encoding != "" {
		if enc, err = batch.ParseEncoding(f.Encoding); err != nil {
			return err
		}
	}
	switch kind {
	case formatGPKG:
		return readGPKG(path, f.Table, row, fault)
	case formatOGR:
		return readOGR(ctx, path, f.Table, row, fault)
	case formatXLSX:
		return readXLSX(ctx, path, f, row, fault)
	case formatShapefile:
		set, err := openShapefile(ctx, path, f.Table)
		if err != nil {
			return err
		}
		defer set.release()
		return set.read(enc, row, fault)
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	var r io.Reader = bufio.NewReaderSize(&stream{ctx: ctx, r: file, limit: math.MaxInt64}, 1<<16)
	if strings.HasSuffix(strings.ToLower(path), ".gz") {
		z, err := gzip.NewReader(r)
		if err != nil {
			return fmt.Errorf("gzip: %w", err)
		}
		r = &stream{ctx: ctx, r: z, limit: min(maxUnpacked, max(info.Size()*maxRatio, ratioFromBytes))}
	}
	if kind == formatGeoJSON { // which may be a single line
		if r, err = batch.Text(r); err != nil {
			return err
		}
		return readGeoJSON(r, row, fault)
	}
	text, err := newUniform(r, enc, fault)
	if err != nil {
		return err
	}
	if kind == formatNDJSON {
		return readNDJSON(text, row, fault)
	}
	return readCSV(text, f.Lon, f.Lat, row, fault)
}

// stream fails once more than limit bytes came out of it, and when the import
// is cancelled. Its errors wrap errStream.
type stream struct {
	ctx   context.Context
	r     io.Reader
	limit int64
}

func (s *stream) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, fmt.Errorf("%w: %w", errStream, err)
	}
	n, err := s.r.Read(p)
	if s.limit -= int64(n); s.limit < 0 {
		return 0, fmt.Errorf("%w: %w", errStream, ErrBomb)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w, the file is damaged or cut short: %w", errStream, err)
	}
	return n, err
}
