package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

type demoCmd struct {
	Listen string `default:"127.0.0.1:8080" help:"Address and port; port 0 lets the system choose."`
	Data   string `type:"path" help:"Folder for the town's city file; default: the user's cache folder."`
	Seed   uint64 `default:"1" help:"Another seed makes another town."`
}

// Run builds the town and serves it.
func (c *demoCmd) Run(ctx context.Context) error {
	dir := c.Data
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("no folder for the demo's data, name one with --data: %w", err)
		}
		dir = filepath.Join(cache, "wanmi")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	city, err := demo.Town(c.Seed)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, fmt.Sprintf("town-%d.gpkg", c.Seed))
	if err := cityfile.Create(ctx, path, city); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s: %d cells, %d components (made up, seed %d)\n", path, len(city.Cells), len(city.Components), c.Seed)
	return serve(ctx, path, c.Listen)
}
