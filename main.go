// Command wanmi serves a city's grid: which cell, community, street and zone a
// point is in, what is near, and the map of it all.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit codes (api.md): the work or the data are at fault, or the command line.
const (
	exitFault = 1
	exitUsage = 2
)

// cli is the command line.
type cli struct {
	Demo     demoCmd     `cmd:"" help:"Build and serve a small made-up town."`
	Serve    serveCmd    `cmd:"" help:"Serve a city file."`
	Import   importCmd   `cmd:"" help:"Make a city file from a city's own files."`
	Export   exportCmd   `cmd:"" help:"Write layers of a city file as GeoPackage, GeoJSON, Shapefile or CSV, or as vector tiles in PMTiles or MBTiles."`
	Check    checkCmd    `cmd:"" help:"Say what is wrong with a city's data, by the standard's rules."`
	Geocode  geocodeCmd  `cmd:"" help:"Add cell, zone, community, street and district to a table of points."`
	CheckCRS checkCRSCmd `cmd:"" name:"check-crs" help:"Say in which coordinate system a table of points is."`
	Basemap  basemapCmd  `cmd:"" help:"Make basemaps: a street map of an OpenStreetMap extract, a picture of orthophotos."`
	Verify   verifyCmd   `cmd:"" help:"Read archives of basemaps whole (PMTiles, MBTiles) and say what is wrong with them."`
	Cases    casesCmd    `cmd:"" help:"Bring in the cases of another system."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

func main() {
	var c cli
	parser, err := kong.New(&c,
		kong.Name("wanmi"), kong.Description("A tile and spatial query server for digital city management (数字化城市管理)."),
		kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(os.Stderr, "wanmi:", err)
		os.Exit(exitFault)
	}
	run, err := parser.Parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "wanmi:", err)
		fmt.Fprintln(os.Stderr, "Run wanmi --help for the commands.")
		os.Exit(exitUsage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	run.BindTo(ctx, (*context.Context)(nil))
	err = run.Run()
	stop()
	if err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintln(os.Stderr, "wanmi:", err)
		}
		os.Exit(exitFault)
	}
}

// errReported ends a command whose faults were printed already.
var errReported = errors.New("faults were reported")

type versionCmd struct{}

func (versionCmd) Run() error {
	version, revision := "(devel)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			version = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
	}
	_, err := fmt.Printf("wanmi %s%s\n", version, revision)
	return err
}
