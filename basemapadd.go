package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/basemaps/imagery"
)

type basemapAddCmd struct {
	Sheets      []string `arg:"" type:"existingfile" help:"Orthophotos: GeoTIFF or COG sheets of any size and coordinate system; a later one lies over an earlier one."`
	Out         string   `short:"o" required:"" type:"path" help:"The archive to make, .pmtiles. It must not exist."`
	Format      string   `enum:"webp,jpeg,png" default:"webp" help:"How tiles are stored: webp, jpeg (no transparency: white) or png."`
	Quality     int      `default:"80" help:"Of webp and jpeg, 1 to 100; 100 makes webp lossless."`
	MinZoom     *uint8   `name:"minzoom" help:"The first zoom; without it the deepest at which all fits in a tile."`
	MaxZoom     *uint8   `name:"maxzoom" help:"The last zoom; without it the one nearest to the finest sheet's pixels."`
	NoData      *float64 `name:"nodata" help:"The value for no data, where all colours have it; without it what each sheet says."`
	CRS         string   `name:"crs" help:"Of sheets that do not say theirs: EPSG:4547."`
	Name        string   `help:"What the basemap is called; the archive's name where it is not given."`
	Attribution string   `help:"Whose pictures they are; shown on the map."`
	Workers     int      `help:"How many work at once; one a processor where it is not given."`
}

// Run makes the archive, or says how to go on.
func (c *basemapAddCmd) Run(ctx context.Context) error {
	base := filepath.Base(c.Out)
	ext := filepath.Ext(base)
	if strings.ToLower(ext) != ".pmtiles" {
		return fmt.Errorf("-o %s: its name must end in .pmtiles", c.Out)
	}
	if c.Name == "" {
		c.Name = strings.TrimSuffix(base, ext)
	}
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	show, start := newProgress(nil), time.Now()
	result, err := imagery.Make(ctx, c.Out, c.Sheets, imagery.Options{
		Format: imagery.Format(c.Format), Quality: c.Quality, MinZoom: c.MinZoom, MaxZoom: c.MaxZoom, NoData: c.NoData, CRS: c.CRS,
		Name: c.Name, Attribution: c.Attribution, Workers: c.Workers,
		Progress: func(p imagery.Progress) {
			show.show(func(took time.Duration) string { return imageryLine(p, took) })
		},
	})
	show.end()
	switch {
	case errors.Is(err, imagery.ErrPaused) && ctx.Err() != nil:
		return fmt.Errorf("stopped after %d of %d blocks; they are in %s.partial, and the same command goes on from there", result.Done, result.Of, c.Out)
	case errors.Is(err, imagery.ErrPaused):
		return fmt.Errorf("%w; what was done is in %s.partial, and the same command goes on from there", err, c.Out)
	case err != nil:
		return err
	}
	fmt.Fprintf(os.Stderr, "zoom %d to %d: %d tiles, %.1f MB, in %.1f s by %d workers (%d of %d blocks by an earlier run)\n",
		result.MinZoom, result.MaxZoom, result.Tiles, float64(result.Size)/1e6, time.Since(start).Seconds(), c.Workers, result.Resumed, result.Of)
	fmt.Println(c.Out)
	return nil
}

// imageryLine gives blocks, tiles, and the time left by the blocks done in this run.
func imageryLine(p imagery.Progress, took time.Duration) string {
	line := fmt.Sprintf("%d of %d blocks; %d tiles, %.1f MB", p.Done, p.Of, p.Tiles, float64(p.Bytes)/1e6)
	if made := p.Done - p.Resumed; made > 0 {
		left := time.Duration(float64(took) / float64(made) * float64(p.Of-p.Done))
		line += fmt.Sprintf(", %v left", left.Round(time.Second))
	}
	return line
}
