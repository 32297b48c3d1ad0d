package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/basemaps/archive"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/tiler"
)

// defaultZooms are from the whole city on a screen to single components; the
// zooms beyond enlarge.
const defaultZooms = "8-16"

// tiles reports whether the export is one of vector tiles, by format or suffix.
func (c *exportCmd) tiles() (archive.Format, bool) {
	format := c.Format
	if format == "" {
		format = strings.TrimPrefix(strings.ToLower(filepath.Ext(c.Out)), ".")
	}
	f := archive.Format(format)
	return f, f == archive.PMTiles || f == archive.MBTiles
}

// exportTiles writes the archive, or says how to go on.
func (c *exportCmd) exportTiles(ctx context.Context, format archive.Format) error {
	if c.CRS != "cgcs2000" || c.Encoding != "utf-8" {
		return fmt.Errorf("--crs and --encoding are not for %s: tiles are in the web map's projection", format)
	}
	zooms := c.Zoom
	if zooms == "" {
		zooms = defaultZooms
	}
	from, to, err := parseZooms(zooms)
	if err != nil {
		return fmt.Errorf("--zoom: %w", err)
	}
	city, err := cityfile.Read(ctx, c.City)
	if err != nil {
		return err
	}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		return err
	}
	show, start := newProgress(nil), time.Now()
	result, err := archive.Export(ctx, c.Out, api.TileSource(snap), archive.Options{
		Format: format, Layers: c.tileLayers(snap), MinZoom: from, MaxZoom: to,
		Name: city.Name, Attribution: city.Attribution, Version: strconv.FormatInt(city.Version, 10), Key: dataKey(snap),
		Progress: func(p archive.Progress) {
			show.show(func(took time.Duration) string { return tilesLine(p, took) })
		},
	})
	show.end()
	switch {
	case errors.Is(err, archive.ErrPaused) && ctx.Err() != nil:
		return fmt.Errorf("stopped after %d tiles; they are in %s.partial, and the same command goes on from there", result.Looked, c.Out)
	case errors.Is(err, archive.ErrPaused):
		return fmt.Errorf("%w; what was done is in %s.partial, and the same command goes on from there", err, c.Out)
	case err != nil:
		return err
	}
	took := time.Since(start)
	made := float64(result.Looked - result.Resumed)
	fmt.Fprintf(os.Stderr, "%d tiles with content of %d looked at (%d of them by an earlier run), %.1f MB, in %.1f s: %.0f tiles/s on %d processors\n",
		result.Tiles, result.Looked, result.Resumed, float64(result.Size)/1e6, took.Seconds(), made/took.Seconds(), runtime.GOMAXPROCS(0))
	fmt.Println(c.Out)
	return nil
}

// tileLayers are those asked for, or all that have rows.
func (c *exportCmd) tileLayers(snap *grids.Snapshot) []string {
	if len(c.Layers) > 0 {
		return c.Layers
	}
	var all []string
	for _, l := range grids.MapLayers() {
		if snap.Count(l) > 0 {
			all = append(all, string(l))
		}
	}
	return all
}

// dataKey tells apart what a city's tiles follow from: the file, its version,
// the time for which the rows hold, and this program.
func dataKey(snap *grids.Snapshot) string {
	c := snap.City
	return fmt.Sprintf("%s %s %d %v %s", c.Code, c.Epoch, c.Version, snap.Span, moduleVersion())
}

func tilesLine(p archive.Progress, took time.Duration) string {
	rate := float64(p.Looked-p.Resumed) / took.Seconds()
	return fmt.Sprintf("zoom %d: %d of %d tiles; %d with content, %.1f MB, %.0f tiles/s",
		p.Zoom, p.Done, p.OfZoom, p.Tiles, float64(p.Bytes)/1e6, rate)
}

// parseZooms reads "8-16" or "12".
func parseZooms(text string) (from, to uint8, err error) {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	read := func(s string) uint8 {
		n, nerr := strconv.ParseUint(s, 10, 8)
		if nerr != nil || n > tiler.MaxZoom || strconv.FormatUint(n, 10) != s {
			err = fmt.Errorf("%q: write the first and the last zoom, such as %s; 0 to %d", text, defaultZooms, tiler.MaxZoom)
		}
		return uint8(n)
	}
	from, to = read(first), read(last)
	if err == nil && from > to {
		err = fmt.Errorf("%q: the first zoom is above the last", text)
	}
	return from, to, err
}
