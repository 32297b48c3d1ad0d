package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/importers"
)

type importCmd struct {
	Mapping string `arg:"" type:"existingfile" help:"The mapping file, city.yaml."`
	Out     string `short:"o" type:"path" help:"The city file to write, a GeoPackage."`
	Update  string `type:"existingfile" help:"The city file whose layers are replaced by those of the mapping; cases, ownership and rulings stay."`
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
	if (c.Out == "") == (c.Update == "") {
		return errors.New("import: name either -o, a file to write, or --update, a city file to bring up to date")
	}
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
	if c.Update != "" {
		return c.update(ctx, m, city)
	}
	if err := cityfile.Create(ctx, c.Out, city); err != nil {
		return err
	}
	fmt.Printf("%s: %s, %d cells, %d zones, %d communities, %d streets, %d components, %d addresses (%d warnings) in %.1f s\n",
		c.Out, city.Name, len(city.Cells), len(city.Zones), len(city.Communities), len(city.Streets),
		len(city.Components), len(city.Addresses), report.Count(grids.Warning), time.Since(start).Seconds())
	return nil
}

// update replaces the layers of the mapping in a city file that stands.
func (c *importCmd) update(ctx context.Context, m *importers.Mapping, city *grids.City) error {
	done, err := cityfile.Update(ctx, c.Update, city, m.Feeds(), time.Now())
	if err != nil {
		return err
	}
	for _, l := range slices.Sorted(maps.Keys(done)) {
		u := done[l]
		fmt.Printf("%-16s %d added, %d changed, %d removed, %d as they were\n", l, u.Added, u.Changed, u.Removed, u.Same)
	}
	fmt.Printf("%s: %s, version %d\n", c.Update, city.Name, city.Version)
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
