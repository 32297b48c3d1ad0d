package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/basemaps"
)

// followed is the folder of basemaps while it is served.
type followed struct {
	catalogue *basemaps.Catalogue
	work      sync.WaitGroup
}

// openBasemaps opens the folder and follows it until the context ends; "" is none.
func openBasemaps(ctx context.Context, dir string) (*followed, error) {
	f := &followed{}
	if dir == "" {
		return f, nil
	}
	say := func(err error) { fmt.Fprintln(os.Stderr, "basemaps:", err) }
	var err error
	if f.catalogue, err = basemaps.NewCatalogue(ctx, dir, func(r basemaps.Refusal) { say(r.Err) }); err != nil {
		return nil, err
	}
	f.work.Go(func() {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		f.catalogue.Follow(ctx, tick.C, say)
		if err := f.catalogue.Close(); err != nil {
			say(err)
		}
	})
	return f, nil
}

// wait returns once the folder is let go of.
func (f *followed) wait() { f.work.Wait() }

type verifyCmd struct {
	Files []string `arg:"" type:"existingfile" help:"Archives to check: PMTiles or MBTiles."`
}

// Run reads the archives whole and says what is wrong with them.
func (c *verifyCmd) Run(ctx context.Context) error {
	broken := 0
	for _, path := range c.Files {
		if err := verify(ctx, path); err != nil {
			if ctx.Err() != nil {
				return err
			}
			fmt.Fprintln(os.Stderr, err)
			broken++
		}
	}
	if broken > 0 {
		return fmt.Errorf("%d of %d archives broken", broken, len(c.Files))
	}
	return nil
}

func verify(ctx context.Context, path string) error {
	dir, name := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // nothing was written
	b, err := basemaps.Open(ctx, root, dir, name)
	if err != nil {
		return err
	}
	defer b.Close()
	tiles, notes, err := b.Verify(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Printf("%s: whole; %s of %d %s tiles, zoom %d to %d, %d bytes\n", name, b.Format, tiles, b.Type.Ext(), b.MinZoom, b.MaxZoom, b.Bytes)
	for _, n := range notes {
		fmt.Printf("%s: note: %s\n", name, n)
	}
	return nil
}
