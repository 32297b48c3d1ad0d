package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

type geocodeCmd struct {
	In   string `arg:"" help:"A CSV table (.csv or .csv.gz), or - for standard input."`
	Out  string `short:"o" default:"-" help:"Where to write, or - for standard output."`
	City string `required:"" type:"existingfile" help:"The city file."`
	CRS  string `name:"crs" default:"cgcs2000" help:"Coordinate system of the points."`
	Lon  string `default:"lon" help:"Column with the longitude or easting."`
	Lat  string `default:"lat" help:"Column with the latitude or northing."`
}

// answerColumns are appended to the input's own.
var answerColumns = []string{"status", "cell", "zone", "community", "street", "district", "error"}

// Run adds the chain to each row. A row that cannot be answered says why in
// its column error and costs only itself.
func (c *geocodeCmd) Run(ctx context.Context) (err error) {
	snap, sys, err := c.open(ctx)
	if err != nil {
		return err
	}
	in, closeIn, err := input(c.In)
	if err != nil {
		return err
	}
	defer closeIn()
	out, err := newOutput(c.Out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.close(err == nil)) }()
	rows, bad, err := c.rows(ctx, snap, sys, csv.NewReader(in), csv.NewWriter(out.w))
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d rows, %d with an error\n", rows, bad)
	return nil
}

func (c *geocodeCmd) open(ctx context.Context) (*grids.Snapshot, crs.System, error) {
	city, err := cityfile.Read(ctx, c.City)
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
	return snap, sys, err
}

func (c *geocodeCmd) rows(ctx context.Context, snap *grids.Snapshot, sys crs.System, r *csv.Reader, w *csv.Writer) (rows, bad int, err error) {
	r.ReuseRecord, r.FieldsPerRecord = true, -1
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return 0, 0, fmt.Errorf("%s: the file is empty", c.In)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("%s: header: %w", c.In, err)
	}
	x, y := -1, -1
	for i, name := range head {
		switch strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")) {
		case c.Lon:
			x = i
		case c.Lat:
			y = i
		}
	}
	if x < 0 || y < 0 {
		return 0, 0, fmt.Errorf("%s: no columns %q and %q (--lon, --lat); there are %s", c.In, c.Lon, c.Lat, strings.Join(head, ", "))
	}
	width := len(head)
	line := append([]string{}, head...)
	if err := w.Write(append(line, answerColumns...)); err != nil {
		return 0, 0, err
	}
	p := newProgress()
	for ctx.Err() == nil {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			w.Flush()
			return rows, bad, w.Error()
		}
		var syntax *csv.ParseError
		if err != nil && !errors.As(err, &syntax) {
			return rows, bad, fmt.Errorf("%s: after row %d: %w", c.In, rows, err)
		}
		rows++
		line = append(line[:0], rec[:min(len(rec), width)]...)
		for len(line) < width {
			line = append(line, "")
		}
		answer := answerRow(snap, sys, rec, x, y, width, err)
		if answer[len(answer)-1] != "" {
			bad++
		}
		if err := w.Write(append(line, answer...)); err != nil {
			return rows, bad, err
		}
		p.tell(rows)
	}
	w.Flush()
	return rows, bad, fmt.Errorf("stopped after %d rows: %w", rows, ctx.Err())
}

// answerRow gives the answer's columns for one row.
func answerRow(snap *grids.Snapshot, sys crs.System, rec []string, x, y, width int, syntax error) []string {
	fault := func(format string, args ...any) []string {
		return []string{"", "", "", "", "", "", fmt.Sprintf(format, args...)}
	}
	if syntax != nil {
		return fault("broken row: %v", syntax)
	}
	if len(rec) != width {
		return fault("%d fields, the header has %d", len(rec), width)
	}
	var v [2]float64
	for k, col := range [...]int{x, y} {
		text := strings.TrimSpace(rec[col])
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fault("%q is no number", text)
		}
		v[k] = n
	}
	if err := sys.Check(v[0], v[1]); err != nil {
		return fault("%v", err)
	}
	at, err := spatial.Checked(sys.ToCGCS2000(v[0], v[1]))
	if err != nil {
		return fault("%v", err)
	}
	place := snap.Locate(at)
	code := func(l grids.Layer, i int32) string {
		if i == spatial.None {
			return ""
		}
		return snap.Feature(l, i).Code
	}
	return []string{
		string(place.Status), code(grids.Cells, place.Cell), code(grids.Zones, place.Zone),
		code(grids.Communities, place.Community), code(grids.Streets, place.Street), code(grids.Districts, place.District), "",
	}
}

// input opens a file, gzipped or not, or standard input.
func input(name string) (io.Reader, func(), error) {
	if name == "-" {
		return bufio.NewReaderSize(os.Stdin, 1<<16), func() {}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	if !strings.HasSuffix(strings.ToLower(name), ".gz") {
		return bufio.NewReaderSize(f, 1<<16), func() { f.Close() }, nil
	}
	z, err := gzip.NewReader(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return z, func() { f.Close() }, nil
}

// output writes beside the target and takes its name only when it is whole.
type output struct {
	w    *bufio.Writer
	file *os.File
	name string
}

func newOutput(name string) (*output, error) {
	if name == "-" {
		return &output{w: bufio.NewWriterSize(os.Stdout, 1<<16), name: name}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".part-*")
	if err != nil {
		return nil, err
	}
	return &output{w: bufio.NewWriterSize(f, 1<<16), file: f, name: name}, nil
}

func (o *output) close(whole bool) error {
	err := o.w.Flush()
	if o.file == nil {
		return err
	}
	err = errors.Join(err, o.file.Chmod(0o644), o.file.Close())
	if !whole || err != nil {
		return errors.Join(err, os.Remove(o.file.Name()))
	}
	return os.Rename(o.file.Name(), o.name)
}

// progress prints how far a long run is, every ten seconds.
type progress struct{ start, last time.Time }

const progressEvery = 10 * time.Second

func newProgress() *progress { now := time.Now(); return &progress{now, now} }

func (p *progress) tell(rows int) {
	const look = 1 << 12 // asking the clock costs as much as a row
	if rows%look != 0 {
		return
	}
	if now := time.Now(); now.Sub(p.last) >= progressEvery {
		p.last = now
		fmt.Fprintf(os.Stderr, "%d rows, %.0f rows/s\n", rows, float64(rows)/now.Sub(p.start).Seconds())
	}
}
