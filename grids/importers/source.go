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
	formatGPKG    format = "gpkg"
)

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
		case formatGeoJSON, formatNDJSON, formatCSV, formatGPKG:
			return format(f.Format), nil
		}
	case strings.HasSuffix(name, ".geojson"), strings.HasSuffix(name, ".json"):
		return formatGeoJSON, nil
	case strings.HasSuffix(name, ".ndjson"), strings.HasSuffix(name, ".geojsonl"), strings.HasSuffix(name, ".jsonl"):
		return formatNDJSON, nil
	case strings.HasSuffix(name, ".csv"):
		return formatCSV, nil
	case strings.HasSuffix(name, ".gpkg"):
		return formatGPKG, nil
	}
	return "", fmt.Errorf("%s: unknown format; there are geojson, ndjson, csv, gpkg", f.File)
}

// read calls row for each record of the file, in order. Faults of single
// records go to fault and reading goes on; the error is for the whole file.
func (f *FileMapping) read(ctx context.Context, dir string, row func(*record), fault func(*recordError)) error {
	kind, err := f.format()
	if err != nil {
		return err
	}
	path := f.File
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		return ErrEmptyFile
	}
	if kind == formatGPKG {
		return readGPKG(path, f.Table, row, fault)
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
	r = skipBOM(r)
	switch kind {
	case formatNDJSON:
		return readNDJSON(r, row, fault)
	case formatCSV:
		return readCSV(r, f.Lon, f.Lat, row, fault)
	}
	return readGeoJSON(r, row, fault)
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

// skipBOM drops a UTF-8 byte order mark.
func skipBOM(r io.Reader) io.Reader {
	br := bufio.NewReaderSize(r, 1<<16)
	if head, err := br.Peek(3); err == nil && string(head) == "\xef\xbb\xbf" {
		_, _ = br.Discard(3) // cannot fail: the bytes were just seen
	}
	return br
}
