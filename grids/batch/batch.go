package batch

import (
	"context"
	"errors"
	"io"
	"runtime"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Sentinels for errors.Is. What the writer, the context or grids.CheckAccuracy
// says is passed on as it is.
var (
	// ErrTable is wrapped when the input as a whole cannot be answered: it is
	// empty, no text, or the columns are not there. Nothing was written.
	ErrTable = errors.New("the table cannot be read")
	// ErrRead is wrapped when the input ended with an error. The rows that came
	// before were written, each whole.
	ErrRead = errors.New("the input broke off")
)

// Options of CSV and NDJSON. The zero value reads CGCS2000 longitude and
// latitude from columns that it finds by their usual names.
type Options struct {
	// System is that of the coordinates; nil for CGCS2000.
	System crs.System
	// Lon and Lat name the columns or members with longitude and latitude, or
	// easting and northing. Empty: they are found by the usual names.
	Lon, Lat string
	// Border adds the distance to the cell's border and the cell across it.
	Border bool
	// Accuracy says how far the positions may be off, as radius of the circle that
	// holds 68 % (grids.Snapshot.Candidates): metres for all rows, or else the
	// column or member that has them, in a feature the property. It adds candidates
	// and confidence, the probability of the answer itself; both stay empty where a
	// row's accuracy is empty, null or 0.
	Accuracy string
	// Encoding of the input; Detect looks at its first 64 KB.
	Encoding Encoding
	// Skip leaves out so many rows, to go on where a run was stopped.
	Skip int64
	// Workers is how many goroutines look up; 0 for one a processor.
	Workers int
	// Begin, if not nil, is told the encoding before the first byte is written.
	Begin func(Encoding)
	// Progress, if not nil, is told how far it is after each block, by the
	// goroutine that called.
	Progress func(Stats)
}

// Stats says how much was done: rows written, and how many of them with an
// error.
type Stats struct{ Rows, Failed int64 }

// maxWorkers bounds the memory of one run.
const maxWorkers = 8

func (o Options) workers() int {
	if o.Workers <= 0 {
		return min(runtime.GOMAXPROCS(0), maxWorkers)
	}
	return min(o.Workers, maxWorkers)
}

// format is what CSV and NDJSON do differently.
type format interface {
	// cut finds the first record.
	cut(data []byte, last bool) (record, int)
	// quotes says whether a line end may lie within a record.
	quotes() bool
	// head reads what stands before the rows and returns what to write for it
	// and its length; a negative one when more of the input is needed.
	head(data []byte, last bool, enc Encoding) (out []byte, size int, err error)
	// worker makes what answers rows; each goroutine has its own.
	worker() rower
}

// rower appends the answer to one record.
type rower interface {
	row(out []byte, rec record) (_ []byte, failed bool)
	// usual appends the answers to the first rows of data, as long as they are
	// as nearly all are and succeed, and returns their length and number. The
	// data have no quotes.
	usual(out, data []byte) (_ []byte, size, rows int)
}

// CSV reads a table with a header (RFC 4180) from r and writes it to w with the
// columns status, cell, zone, community, street, district and error added, and
// border_m and across, candidates ("code:0.8120|code:0.1880") and confidence if
// asked for.
//
// A row with too few fields is filled up, one with too many loses the rest,
// and one with broken quotes goes as text into the first column: each says so
// in its error. When the context ends, the blocks under way are still written.
// A Read that does not return is not waited for then.
func CSV(ctx context.Context, w io.Writer, r io.Reader, snap *grids.Snapshot, o Options) (Stats, error) {
	return run(ctx, w, r, o, &csvTable{finder: newFinder(snap, o)})
}

// NDJSON reads one JSON object a line, with members for longitude and latitude
// or a GeoJSON Feature of a point, and adds the members that CSV has as
// columns, null where there is nothing and candidates a list of objects with
// cell and probability: to the object, or to the properties of the feature. A line that is no object becomes the text of a member "line".
// All else is as with CSV.
func NDJSON(ctx context.Context, w io.Writer, r io.Reader, snap *grids.Snapshot, o Options) (Stats, error) {
	return run(ctx, w, r, o, newJSONLines(newFinder(snap, o)))
}
