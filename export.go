package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/exporters"
)

type exportCmd struct {
	City     string   `required:"" type:"existingfile" help:"The city file."`
	Layers   []string `help:"The layers, with commas between; default: all that have rows."`
	Format   string   `help:"gpkg, geojson, shp or csv, or pmtiles or mbtiles for vector tiles; default: by the suffix of the file."`
	Out      string   `short:"o" required:"" type:"path" help:"The file to write; with several layers one file each, named for it (out-cells.shp)."`
	CRS      string   `name:"crs" default:"cgcs2000" help:"The coordinate system: cgcs2000, wgs84, gcj02, bd09, epsg:3857, epsg:4491 to 4554, city."`
	Encoding string   `default:"utf-8" help:"Of shp and csv: utf-8 or gbk."`
	Zoom     string   `placeholder:"8-16" help:"Of pmtiles and mbtiles: the zooms, first and last."`
}

// Run writes the layers and tells what the format could not hold.
func (c *exportCmd) Run(ctx context.Context) error {
	if format, ok := c.tiles(); ok {
		return c.exportTiles(ctx, format)
	}
	if c.Zoom != "" {
		return errors.New("--zoom is for pmtiles and mbtiles")
	}
	encoding, err := batch.ParseEncoding(c.Encoding)
	if err != nil {
		return err
	}
	if source, err := os.Stat(c.City); err == nil {
		if target, err := os.Stat(c.Out); err == nil && os.SameFile(source, target) {
			return fmt.Errorf("%s is the city file itself", c.Out)
		}
	}
	city, err := cityfile.Read(ctx, c.City)
	if err != nil {
		return err
	}
	o := exporters.Options{Format: exporters.Format(c.Format), CRS: c.CRS, Encoding: encoding}
	for _, l := range c.Layers {
		o.Layers = append(o.Layers, grids.Layer(l))
	}
	files, report, err := exporters.Export(ctx, c.Out, city, o)
	for _, f := range report.Faults {
		fmt.Fprintln(os.Stderr, f)
	}
	if errors.Is(err, exporters.ErrFaults) {
		fmt.Fprintf(os.Stderr, "wanmi: %d errors; nothing was written\n", report.Count(grids.Error))
		return errReported
	}
	if err != nil {
		return err
	}
	for _, f := range files {
		fmt.Println(f)
	}
	return nil
}
