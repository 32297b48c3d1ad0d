package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/basemaps/archive"
	"github.com/wanmi-gis/wanmi/basemaps/osm"
)

type basemapCmd struct {
	Add basemapAddCmd `cmd:"" help:"Make a basemap of orthophotos, GeoTIFF or COG (needs a build with GDAL)."`
	Osm basemapOSMCmd `cmd:"" help:"Make a vector basemap of an OpenStreetMap extract in PBF."`
}

type basemapOSMCmd struct {
	File    string `arg:"" type:"existingfile" help:"The extract: CITY.osm.pbf."`
	Out     string `short:"o" required:"" type:"path" help:"The archive to make, .pmtiles or .mbtiles. It must not exist."`
	Name    string `help:"What the basemap is called; the file's name where it is not given."`
	MinZoom uint8  `name:"minzoom" default:"4" help:"The first zoom."`
	MaxZoom uint8  `name:"maxzoom" default:"15" help:"The last zoom; deeper ones enlarge it."`

	MaxNodes int `name:"max-nodes" default:"16000000" help:"Refuse an extract of more nodes; a million takes some 160 MB of memory."`
}

// osmAttribution is what the licence of the data, ODbL 1.0, asks for.
const osmAttribution = "© OpenStreetMap contributors"

// maxNamed is how many broken objects are printed.
const maxNamed = 10

// Run reads the extract and writes the archive.
func (c *basemapOSMCmd) Run(ctx context.Context) error {
	format := archive.Format(strings.TrimPrefix(strings.ToLower(filepath.Ext(c.Out)), "."))
	if format != archive.PMTiles && format != archive.MBTiles {
		return fmt.Errorf("-o %s: its name must end in .%s or .%s", c.Out, archive.PMTiles, archive.MBTiles)
	}
	if c.MinZoom > c.MaxZoom {
		return fmt.Errorf("--minzoom %d is above --maxzoom %d", c.MinZoom, c.MaxZoom)
	}
	if _, err := os.Lstat(c.Out); err == nil { // before the work, not after it
		return fmt.Errorf("%s %w", c.Out, archive.ErrExists)
	}
	show, start := newProgress(nil), time.Now()
	m, err := c.read(ctx, show)
	if err != nil {
		show.end()
		err = fmt.Errorf("%s: %w", c.File, err)
		if errors.Is(err, osm.ErrTooLarge) {
			err = fmt.Errorf("%w, or raise --max-nodes where there is memory for it", err)
		}
		return err
	}
	name := c.Name
	if name == "" {
		name, _, _ = strings.Cut(filepath.Base(c.File), ".")
	}
	result, err := archive.Export(ctx, c.Out, m, archive.Options{
		Format: format, Layers: osm.Names(), MinZoom: c.MinZoom, MaxZoom: c.MaxZoom,
		Name: name, Attribution: osmAttribution, Version: versionOf(m),
		Key: fmt.Sprintf("osm %s %s", hex.EncodeToString(m.Sum[:]), moduleVersion()),
		Progress: func(p archive.Progress) {
			show.show(func(took time.Duration) string { return tilesLine(p, took) })
		},
	})
	show.end()
	switch {
	case errors.Is(err, archive.ErrEmpty):
		return fmt.Errorf("%s: nothing in it is drawn at zooms %d to %d", c.File, c.MinZoom, c.MaxZoom)
	case errors.Is(err, archive.ErrPaused):
		return fmt.Errorf("%w; what was done is in %s.partial, and the same command goes on from there", err, c.Out)
	case err != nil:
		return err
	}
	tellOSM(&m.Report)
	fmt.Fprintf(os.Stderr, "%d tiles, %.1f MB, in %.1f s on %d processors\n",
		result.Tiles, float64(result.Size)/1e6, time.Since(start).Seconds(), runtime.GOMAXPROCS(0))
	fmt.Println(c.Out)
	return nil
}

func (c *basemapOSMCmd) read(ctx context.Context, show *progress) (*osm.Map, error) {
	f, err := os.Open(c.File)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return osm.Read(ctx, f, info.Size(), osm.Options{MaxZoom: c.MaxZoom, MaxNodes: c.MaxNodes, Progress: func(p osm.Progress) {
		show.show(func(time.Duration) string { return fmt.Sprintf("reading %s: %d of %d", p.Stage, p.Done, p.All) })
	}})
}

// versionOf names the state of the data: the day it left the database, or else
// the file.
func versionOf(m *osm.Map) string {
	if m.Written > 0 {
		return time.Unix(m.Written, 0).UTC().Format(time.RFC3339)
	}
	return hex.EncodeToString(m.Sum[:8])
}

// tellOSM says what is on the map and what could not be drawn.
func tellOSM(r *osm.Report) {
	fmt.Fprint(os.Stderr, r)
	if r.Cut > 0 {
		fmt.Fprintf(os.Stderr, "%d ways are cut: the file does not have all of their nodes, as at the edge of an extract\n", r.Cut)
	}
	if r.Sea != "" {
		fmt.Fprintln(os.Stderr, r.Sea)
	}
	if r.LeftOut == 0 {
		return
	}
	fmt.Fprintf(os.Stderr, "%d objects are not drawn, or not whole:\n", r.LeftOut)
	for _, b := range r.Broken[:min(len(r.Broken), maxNamed)] {
		fmt.Fprintln(os.Stderr, " ", b)
	}
	if more := r.LeftOut - maxNamed; more > 0 {
		fmt.Fprintf(os.Stderr, "  and %d more\n", more)
	}
}
