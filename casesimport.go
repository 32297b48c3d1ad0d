package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/importers"
)

type casesCmd struct {
	Import casesImportCmd `cmd:"" help:"Store the cases of a table as history."`
}

type casesImportCmd struct {
	In      string `arg:"" help:"The table, .csv or .csv.gz, or - for standard input. UTF-8, GBK and GB18030 are told apart."`
	City    string `required:"" type:"existingfile" help:"The city file. A server may run on it: its reads go on, its writes wait (see --batch)."`
	Mapping string `required:"" type:"existingfile" help:"Which column is what: cases.yaml, described in grids/importers/CASES.md."`
	SkipBad bool   `help:"Store the good rows and write the others to a table with the reason in its first column. Without it nothing is stored when a row is bad."`
	Bad     string `type:"path" placeholder:"FILE" help:"Where --skip-bad writes; default: NAME.bad.csv beside the table. It can be mended and imported."`
	Batch   int    `placeholder:"N" help:"Commit after every N rows, with a pause, so that a server on the file can write too. When stopped, the same command goes on where it was. Default: all or nothing."`
	Check   bool   `help:"Look at all rows, tell what is wrong, and store nothing."`
	Faults  int    `default:"20" help:"How many bad rows are printed; the rest is counted."`
}

// batchPause is longer than SQLite lets a writer that waits sleep (100 ms).
const batchPause = 110 * time.Millisecond

// Run stores the cases. The same table again adds nothing: a case whose external
// id, or number where it has none, is in the file is passed over.
func (c *casesImportCmd) Run(ctx context.Context) error {
	if err := c.usable(); err != nil {
		return err
	}
	mapping, err := importers.ReadCasesMapping(c.Mapping)
	if err != nil {
		return err
	}
	snap, err := gridOf(ctx, c.City)
	if err != nil {
		return err
	}
	in, err := openInput(c.In)
	if err != nil {
		return err
	}
	defer in.close()
	reader, err := importers.NewCaseReader(ctx, mapping, snap, in.r)
	if err != nil {
		return fmt.Errorf("%s: %w", c.In, err)
	}
	bad := &badRows{reader: reader, in: c.In, shown: c.Faults}
	if c.SkipBad && !c.Check {
		bad.name = c.Bad
	}
	start := time.Now()
	done, err := c.store(ctx, in, reader, bad)
	if err := errors.Join(err, bad.end(err)); err != nil {
		return c.refused(bad, done, err)
	}
	c.summary(reader, bad, done, time.Since(start))
	if done.Faulty > 0 && c.Check {
		return errReported
	}
	return nil
}

// usable looks at the flags, and names the table of bad rows.
func (c *casesImportCmd) usable() error {
	switch {
	case c.Batch < 0:
		return errors.New("--batch: write after how many rows to commit")
	case c.Faults < 0:
		return errors.New("--faults: write how many bad rows to print")
	case c.Bad != "" && !c.SkipBad:
		return errors.New("--bad says where --skip-bad writes: add that")
	case c.Bad == "" && c.SkipBad && c.In == "-":
		return errors.New("--skip-bad: say with --bad where to write the bad rows of standard input")
	case c.Bad == "" && c.SkipBad:
		name := c.In
		for _, suffix := range []string{".gz", ".csv"} {
			if strings.HasSuffix(strings.ToLower(name), suffix) {
				name = name[:len(name)-len(suffix)]
			}
		}
		c.Bad = name + ".bad.csv"
	}
	return nil
}

// gridOf reads of a city file what says where a point is.
func gridOf(ctx context.Context, path string) (*grids.Snapshot, error) {
	city, err := cityfile.Read(ctx, path, grids.Districts, grids.Streets, grids.Communities, grids.Zones, grids.Cells)
	if err != nil {
		return nil, err
	}
	return grids.NewSnapshot(city, time.Now())
}

func (c *casesImportCmd) store(ctx context.Context, in *input, reader *importers.CaseReader, bad *badRows) (done cases.Imported, err error) {
	file, err := cityfile.Open(ctx, c.City)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	city, err := cases.NewCity(ctx, file, cases.Options{})
	if err != nil {
		return done, err
	}
	show := newProgress(in)
	defer show.end()
	return city.ImportWith(ctx, reader.All(), cases.ImportOptions{
		PassKnown: true, SkipFaulty: c.SkipBad || c.Check, Batch: c.Batch, Pause: batchPause, Try: c.Check, Fault: bad.take,
		Progress: func(rows int) {
			show.show(func(took time.Duration) string {
				return progressLine(batch.Stats{Rows: int64(rows)}, took, in.read.Load(), in.size)
			})
		},
	})
}

// refused tells why nothing, or not all, was stored.
func (c *casesImportCmd) refused(bad *badRows, done cases.Imported, err error) error {
	outcome := "nothing was stored"
	if done.Stored > 0 {
		outcome = fmt.Sprintf("%d cases were stored by the batches before; the same command goes on after them", done.Stored)
	}
	if _, faulty := errors.AsType[*cases.Faulty](err); !faulty {
		return fmt.Errorf("%s: %w; %s", c.In, err, outcome)
	}
	bad.print()
	fmt.Fprintf(os.Stderr, "wanmi: %s: %d of %d rows are bad; %s (--skip-bad stores the others)\n", c.In, done.Faulty, done.Rows, outcome)
	return errReported
}

func (c *casesImportCmd) summary(reader *importers.CaseReader, bad *badRows, done cases.Imported, took time.Duration) {
	bad.print()
	verb := "stored"
	if c.Check {
		verb = "would be stored"
	}
	fmt.Printf("%s: %d rows: %d %s, %d known before, %d bad", c.In, done.Rows, done.Stored, verb, done.Known, done.Faulty)
	if bad.written > 0 {
		fmt.Printf(" (in %s)", bad.name)
	}
	stats := reader.Stats()
	for _, s := range []struct {
		n    int
		what string
	}{
		{stats.Left, "left out by where"},
		{stats.Outside, "outside the grid"},
		{stats.Lifted, "steps lifted to the one before"},
		{stats.NoLimit, "on-time flags without a limit"},
	} {
		if s.n > 0 {
			fmt.Printf(", %d %s", s.n, s.what)
		}
	}
	fmt.Printf(", in %.1f s\n", took.Seconds())
}

// badRows keeps the first bad rows to be printed, and writes all of them to a table
// where that has a name.
type badRows struct {
	reader  *importers.CaseReader
	in      string
	shown   int
	name    string
	kept    []string
	count   int
	written int

	out *output
	buf *bufio.Writer
	csv *csv.Writer
	err error
}

// reasonColumn is the first of the table of bad rows.
const reasonColumn = "import_error"

// take is told of a fault while the reader still has its row.
func (b *badRows) take(f cases.RowFault) {
	if b.count++; len(b.kept) < b.shown {
		b.kept = append(b.kept, fmt.Sprintf("%s:%d: %v", b.in, f.Row, f.Err))
	}
	if b.name == "" || b.err != nil {
		return
	}
	if b.out == nil {
		if b.out, b.err = newOutput(b.name); b.err != nil {
			return
		}
		b.buf = bufio.NewWriter(b.out)
		_, _ = b.buf.WriteString("\ufeff") // spreadsheets take it for UTF-8 by this; a failure comes with Flush
		b.csv = csv.NewWriter(b.buf)
		b.row(reasonColumn, b.reader.Header())
	}
	b.row(f.Err.Error(), b.reader.Fields())
	b.written++
}

// row writes a reason and the row, without the reason that an earlier run gave it.
func (b *badRows) row(reason string, fields []string) {
	if header := b.reader.Header(); header[0] == reasonColumn && len(fields) > 0 {
		fields = fields[1:]
	}
	if err := b.csv.Write(append([]string{reason}, fields...)); err != nil {
		b.err = err
	}
}

// end gives the table its name when the import went well.
func (b *badRows) end(failed error) error {
	if b.out == nil {
		return b.err
	}
	b.csv.Flush()
	err := errors.Join(b.err, b.csv.Error(), b.buf.Flush())
	if failed != nil || err != nil {
		return errors.Join(err, b.out.drop())
	}
	return b.out.close(b.name)
}

// print tells the first bad rows on stderr and counts the rest.
func (b *badRows) print() {
	for _, line := range b.kept {
		fmt.Fprintln(os.Stderr, line)
	}
	if more := b.count - len(b.kept); more > 0 && b.shown > 0 {
		fmt.Fprintf(os.Stderr, "and %d more bad rows\n", more)
	}
}
