package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/check"
	"github.com/wanmi-gis/wanmi/grids/check/report"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/importers"
)

type checkCmd struct {
	City string `arg:"" type:"existingfile" help:"A mapping (.yaml), whose files are read and written nowhere, or a city file."`
	Data string `type:"existingdir" help:"Where the mapping's relative paths begin; default: the mapping's folder."`
	JSON string `name:"json" placeholder:"FILE" help:"Write everything found as a document for programs; - for standard output."`
	HTML string `name:"html" placeholder:"FILE" help:"Write a page with a map that opens in any browser."`
	GPKG string `name:"gpkg" placeholder:"FILE" help:"Write the faults as a GeoPackage for desktop GIS."`
	At   string `placeholder:"DATE" help:"The city as it holds on this date, 2026-01-31 or RFC 3339; default: now."`
	Lang string `enum:"zh,en," default:"" help:"zh or en; default: the language of the terminal."`
	All  bool   `help:"Print every finding kept, not the first three of each rule."`
}

// Run checks a city and tells what was found. The exit code is 1 when there are
// errors.
func (c *checkCmd) Run(ctx context.Context) error {
	told := newTelling(os.Stderr)
	r, err := c.check(ctx, told)
	told.end()
	if err != nil {
		return err
	}
	lang := c.lang(os.Getenv)
	// Standard output has one thing: the document, where it is asked for there.
	summary := io.Writer(os.Stdout)
	if c.JSON == "-" {
		summary = os.Stderr
	}
	if err := r.Text(summary, lang, c.All); err != nil {
		return err
	}
	if err := c.write(ctx, r, lang); err != nil {
		return err
	}
	if r.Counts.Error > 0 {
		return errReported
	}
	return nil
}

// check reads the city and examines it.
func (c *checkCmd) check(ctx context.Context, told *telling) (*report.Report, error) {
	in := report.Input{Source: filepath.Base(c.City), At: time.Now(), Rules: check.Rules()}
	told.now("reading " + in.Source)
	if err := c.read(ctx, told, &in); err != nil {
		return nil, err
	}
	if in.City == nil {
		return report.New(in), nil
	}
	var err error
	if c.At != "" {
		if in.At, err = dateIn(c.At, in.City.TimeZone); err != nil {
			return nil, err
		}
	}
	in.At = in.At.In(in.City.TimeZone)
	in.Result, err = check.Check(ctx, in.City, check.Options{At: in.At, Progress: told.now})
	if err != nil {
		return nil, err
	}
	return report.New(in), nil
}

// read imports a mapping in memory, or loads a city file without changing it.
// The city stays nil when the import has errors.
func (c *checkCmd) read(ctx context.Context, told *telling, in *report.Input) (err error) {
	switch strings.ToLower(filepath.Ext(c.City)) {
	case ".yaml", ".yml":
	default:
		in.City, err = cityfile.Read(ctx, c.City)
		return err
	}
	m, err := importers.ReadMapping(c.City)
	if err != nil {
		return err
	}
	in.Profile = grids.Profile{Code: m.City.Code, Name: m.City.Name, MadeUp: m.City.MadeUp}
	in.City, in.Import, err = importers.Import(ctx, m, importers.Options{
		Dir:      cmp.Or(c.Data, filepath.Dir(c.City)),
		Progress: func(file string, records int) { told.now(fmt.Sprintf("%d records of %s", records, file)) },
	})
	return err
}

// dateIn reads a day in the city's time zone, or a time.
func dateIn(s string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, s, zone)
	if err != nil {
		return t, fmt.Errorf("--at %s: write 2026-01-31 or RFC 3339", s)
	}
	return t, nil
}

// lang is the language asked for, or that of the terminal by POSIX' order.
func (c *checkCmd) lang(env func(string) string) report.Lang {
	if c.Lang != "" {
		return report.Lang(c.Lang)
	}
	return report.LangOf(cmp.Or(env("LC_ALL"), env("LC_MESSAGES"), env("LANG")))
}

// write makes the files asked for.
func (c *checkCmd) write(ctx context.Context, r *report.Report, lang report.Lang) error {
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{c.JSON, r.JSON},
		{c.HTML, func(w io.Writer) error { return r.HTML(w, lang) }},
	} {
		if f.name == "" {
			continue
		}
		out, err := newOutput(f.name)
		if err != nil {
			return err
		}
		if err := f.write(out); err != nil {
			return errors.Join(fmt.Errorf("write %s: %w", f.name, err), out.drop())
		}
		if err := out.close(f.name); err != nil {
			return err
		}
	}
	if c.GPKG == "" {
		return nil
	}
	return r.GeoPackage(ctx, c.GPKG)
}

// telling shows what is done now: on a terminal in one line that is written
// over, elsewhere in a line every ten seconds.
type telling struct {
	w        io.Writer
	terminal bool

	mu    sync.Mutex
	last  time.Time
	shown bool
}

func newTelling(f *os.File) *telling {
	info, err := f.Stat()
	return &telling{w: f, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0, last: time.Now()}
}

func (t *telling) now(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.terminal:
		t.shown = true
		fmt.Fprintf(t.w, "\r%s\x1b[K", what)
	case time.Since(t.last) >= progressEvery:
		t.last = time.Now()
		fmt.Fprintln(t.w, what)
	}
}

// end leaves the line clean.
func (t *telling) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.shown {
		fmt.Fprintf(t.w, "\r\x1b[K")
		t.shown = false
	}
}
