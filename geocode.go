package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

type geocodeCmd struct {
	In       string `arg:"" help:"A table of points (.csv, .ndjson, .jsonl, each also .gz), or - for CSV from standard input."`
	Out      string `short:"o" default:"-" help:"Where to write, or - for standard output."`
	City     string `required:"" type:"existingfile" help:"The city file."`
	CRS      string `name:"crs" default:"cgcs2000" help:"Coordinate system of the points."`
	Lon      string `help:"Column with the longitude or easting; by default one of the usual names."`
	Lat      string `help:"Column with the latitude or northing; by default one of the usual names."`
	Border   bool   `help:"Also the distance to the cell's border and the cell across it."`
	Accuracy string `placeholder:"NAME|METRES" help:"How far positions may be off (radius that holds 68 %), in metres for all or by a column; adds candidates and confidence."`
	Skip     int64  `help:"Leave out so many rows, to go on where a run was stopped."`
}

// Run adds the chain to each row. A row that cannot be answered says why in
// its column error and costs only itself.
func (c *geocodeCmd) Run(ctx context.Context) (err error) {
	if c.Skip < 0 {
		return errors.New("--skip: write how many rows to leave out")
	}
	snap, sys, err := c.open(ctx)
	if err != nil {
		return err
	}
	in, err := openInput(c.In)
	if err != nil {
		return err
	}
	defer in.close()
	out, err := newOutput(c.Out)
	if err != nil {
		return err
	}
	show := newProgress(in)
	stats, err := c.geocode(ctx, out, in.r, snap, batch.Options{
		System: sys, Lon: c.Lon, Lat: c.Lat, Border: c.Border, Accuracy: c.Accuracy, Skip: c.Skip, Progress: show.tell,
	})
	show.end()
	if err != nil {
		return c.stopped(ctx, out, stats, err)
	}
	if err := out.close(c.Out); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d rows, %d with an error\n", stats.Rows, stats.Failed)
	return nil
}

func (c *geocodeCmd) geocode(ctx context.Context, w io.Writer, r io.Reader, snap *grids.Snapshot, o batch.Options) (batch.Stats, error) {
	switch name := strings.TrimSuffix(strings.ToLower(c.In), ".gz"); {
	case strings.HasSuffix(name, ".ndjson"), strings.HasSuffix(name, ".jsonl"), strings.HasSuffix(name, ".geojsonl"):
		return batch.NDJSON(ctx, w, r, snap, o)
	}
	return batch.CSV(ctx, w, r, snap, o)
}

// stopped keeps what was done when the user or the input ended the work, and
// says how to go on.
func (c *geocodeCmd) stopped(ctx context.Context, out *output, stats batch.Stats, err error) error {
	interrupted := ctx.Err() != nil && errors.Is(err, context.Cause(ctx))
	done := c.Skip + stats.Rows
	switch {
	case interrupted:
		err = fmt.Errorf("stopped after row %d", done)
	case !errors.Is(err, batch.ErrRead):
		return errors.Join(fmt.Errorf("%s: %w", c.In, err), out.drop())
	default:
		err = fmt.Errorf("%s: %w", c.In, err)
	}
	switch {
	case out.file == nil:
	case stats.Rows == 0:
		return errors.Join(err, out.drop())
	default:
		partial := c.Out + ".partial"
		if cerr := out.close(partial); cerr != nil {
			return errors.Join(err, cerr)
		}
		err = fmt.Errorf("%w; rows %d to %d are in %s", err, c.Skip+1, done, partial)
	}
	if interrupted {
		err = fmt.Errorf("%w; the rest: the same command with --skip %d and another -o", err, done)
	}
	return err
}

func (c *geocodeCmd) open(ctx context.Context) (*grids.Snapshot, crs.System, error) {
	// What is not asked for is not read: a table needs the grid alone.
	city, err := cityfile.Read(ctx, c.City, grids.Districts, grids.Streets, grids.Communities, grids.Zones, grids.Cells)
	if err != nil {
		return nil, nil, err
	}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		return nil, nil, err
	}
	if strings.EqualFold(c.CRS, "city") && city.Grid != nil {
		return snap, *city.Grid, nil
	}
	sys, err := crs.Parse(c.CRS)
	if err != nil {
		return nil, nil, err
	}
	if n := sys.Name(); (n == "gcj02" || n == "bd09") && !city.Offset {
		return nil, nil, fmt.Errorf("conversion from %s is switched off for this city", n)
	}
	return snap, sys, nil
}

// input is a file, gzipped or not, or standard input.
type input struct {
	r    io.Reader
	file *os.File
	size int64 // of the file; 0 when it is not known
	read atomic.Int64
}

func openInput(name string) (*input, error) {
	if name == "-" {
		return &input{r: os.Stdin, file: os.Stdin}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	in := &input{file: f}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		in.size = info.Size()
	}
	in.r = (*counted)(in)
	if strings.HasSuffix(strings.ToLower(name), ".gz") {
		if in.r, err = gzip.NewReader(in.r); err != nil {
			f.Close()
			return nil, fmt.Errorf("%s: gzip: %w", name, err)
		}
	}
	return in, nil
}

func (in *input) close() { in.file.Close() }

// counted reads the file and counts, for the time left.
type counted input

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.file.Read(p)
	c.read.Add(int64(n))
	return n, err
}

// output writes beside the target and takes its name only when it is whole.
type output struct{ file *os.File } // nil for standard output

func newOutput(name string) (*output, error) {
	if name == "-" {
		return &output{}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".part-*")
	if err != nil {
		return nil, err
	}
	return &output{file: f}, nil
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	if o.file == nil {
		return os.Stdout.Write(p)
	}
	return o.file.Write(p)
}

// close gives the file its name.
func (o *output) close(name string) error {
	if o.file == nil {
		return nil
	}
	if err := errors.Join(o.file.Chmod(0o644), o.file.Close()); err != nil {
		return errors.Join(err, os.Remove(o.file.Name()))
	}
	return os.Rename(o.file.Name(), name)
}

// drop leaves nothing behind.
func (o *output) drop() error {
	if o.file == nil {
		return nil
	}
	return errors.Join(o.file.Close(), os.Remove(o.file.Name()))
}

// progress shows how far a long run is: on a terminal in one line that is
// written over, elsewhere in a line every ten seconds.
type progress struct {
	in          *input
	terminal    bool
	start, last time.Time
	shown       bool
}

const (
	progressEvery = 10 * time.Second
	terminalEvery = time.Second / 4
)

func newProgress(in *input) *progress {
	info, err := os.Stderr.Stat()
	now := time.Now()
	return &progress{in: in, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0, start: now, last: now}
}

// tell is called after each block.
func (p *progress) tell(s batch.Stats) {
	p.show(func(took time.Duration) string { return progressLine(s, took, p.in.read.Load(), p.in.size) })
}

// show prints the line, unless the last one is too fresh.
func (p *progress) show(line func(took time.Duration) string) {
	every := progressEvery
	if p.terminal {
		every = terminalEvery
	}
	now := time.Now()
	if now.Sub(p.last) < every {
		return
	}
	p.last, p.shown = now, true
	if p.terminal {
		fmt.Fprintf(os.Stderr, "\r%s\x1b[K", line(now.Sub(p.start)))
	} else {
		fmt.Fprintln(os.Stderr, line(now.Sub(p.start)))
	}
}

// end leaves the line.
func (p *progress) end() {
	if p.terminal && p.shown {
		fmt.Fprintln(os.Stderr)
	}
}

// progressLine gives rows, rate and, where the size is known, the time left.
func progressLine(s batch.Stats, took time.Duration, read, size int64) string {
	line := fmt.Sprintf("%d rows, %.0f rows/s", s.Rows, float64(s.Rows)/took.Seconds())
	if size <= 0 || read <= 0 {
		return line
	}
	left := time.Duration(float64(took) * float64(max(size-read, 0)) / float64(read))
	return fmt.Sprintf("%s, %d %%, %v left", line, min(read, size)*100/size, left.Round(time.Second))
}
