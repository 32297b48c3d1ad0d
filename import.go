package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/importers"
)

type importCmd struct {
	Mapping string `arg:"" type:"existingfile" help:"The mapping file, city.yaml."`
	Out     string `short:"o" required:"" type:"path" help:"The city file to write, a GeoPackage."`
	Data    string `type:"existingdir" help:"Where the mapping's relative paths begin; default: the mapping's folder."`
	All     bool   `help:"Print every fault kept, not the first ten of each rule."`
}

// How many faults and notes of one rule are printed without --all.
const (
	faultsShown = 10
	notesShown  = 3
)

// Run reads the files, tells every fault, and writes the city when there is no
// error.
func (c *importCmd) Run(ctx context.Context) error {
	start := time.Now()
	m, err := importers.ReadMapping(c.Mapping)
	if err != nil {
		return err
	}
	dir := c.Data
	if dir == "" {
		dir = filepath.Dir(c.Mapping)
	}
	city, report, err := importers.Import(ctx, m, importers.Options{
		Dir: dir,
		Progress: func(file string, records int) {
			fmt.Fprintf(os.Stderr, "%8d  %s\n", records, file)
		},
	})
	if err != nil {
		return err
	}
	c.print(report)
	if city == nil {
		fmt.Fprintf(os.Stderr, "wanmi: %d errors; nothing was written\n", report.Count(grids.Error))
		return errReported
	}
	if err := cityfile.Create(ctx, c.Out, city); err != nil {
		return err
	}
	fmt.Printf("%s: %s, %d cells, %d zones, %d communities, %d streets, %d components, %d addresses (%d warnings) in %.1f s\n",
		c.Out, city.Name, len(city.Cells), len(city.Zones), len(city.Communities), len(city.Streets),
		len(city.Components), len(city.Addresses), report.Count(grids.Warning), time.Since(start).Seconds())
	return nil
}

// print tells the faults on stderr: notes and the first of each rule, then how
// many there were.
func (c *importCmd) print(r *grids.Report) {
	shown := map[string]int{}
	for _, f := range r.Faults {
		limit := faultsShown
		if f.Severity == grids.Note {
			limit = notesShown
		}
		if shown[f.Rule]++; c.All || shown[f.Rule] <= limit {
			fmt.Fprintln(os.Stderr, f)
		}
	}
	for _, line := range r.Summary() {
		fmt.Fprintln(os.Stderr, line)
	}
}
