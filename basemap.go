package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/upstream"
)

// followed is the folder of basemaps, and the maps of other servers, while they are
// served.
type followed struct {
	catalogue *basemaps.Catalogue
	upstreams *upstream.Maps
	work      sync.WaitGroup
}

// openBasemaps opens what is configured and follows it until the context ends.
func openBasemaps(ctx context.Context, told *config.Config) (*followed, error) {
	f := &followed{}
	say := func(err error) { fmt.Fprintln(os.Stderr, "basemaps:", err) }
	var err error
	if f.upstreams, err = openUpstreams(told); err != nil {
		return nil, err
	}
	if told.Basemaps != "" {
		f.catalogue, err = basemaps.NewCatalogue(ctx, told.Basemaps, func(r basemaps.Refusal) { say(r.Err) }, f.upstreams.IDs()...)
	}
	if err != nil {
		if f.upstreams != nil {
			err = errors.Join(err, f.upstreams.Close())
		}
		return nil, err
	}
	if f.upstreams != nil {
		f.work.Go(func() {
			tick := time.NewTicker(lookEvery)
			defer tick.Stop()
			f.upstreams.Follow(ctx, tick.C)
			if err := f.upstreams.Close(); err != nil {
				say(err)
			}
		})
	}
	if f.catalogue == nil {
		return f, nil
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

// openUpstreams makes the maps of other servers ready; nil where there are none.
func openUpstreams(told *config.Config) (*upstream.Maps, error) {
	if len(told.Upstreams) == 0 {
		return nil, nil
	}
	o := upstream.Options{Sources: told.Upstreams, Told: func(id string, f *upstream.Failure) {
		if f == nil {
			slog.Info("the map of another server is well again", "id", id)
			return
		}
		slog.Warn("the map of another server fails", "id", id, "error", f.Detail())
	}}
	if told.UpstreamCache != "" {
		var err error
		keep := time.Duration(told.UpstreamCacheDays) * 24 * time.Hour
		if o.Cache, err = upstream.OpenCache(told.UpstreamCache, int64(told.UpstreamCacheMB)*1_000_000, keep, time.Now()); err != nil {
			return nil, err
		}
	}
	maps, err := upstream.New(o)
	if err != nil {
		return nil, errors.Join(err, o.Cache.Close())
	}
	return maps, nil
}

// wait returns once all of it is let go of.
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
