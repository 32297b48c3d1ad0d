package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

// history plans the closed cases of the demo; nil where there are to be none.
func (c *demoCmd) history(snap *grids.Snapshot) (*demo.History, error) {
	n := c.Cases
	if c.Town {
		n /= demo.TownShare
	}
	if n <= 0 {
		return nil, nil
	}
	return demo.NewHistory(snap, c.Seed, n)
}

// fill stores the history in a file that nobody serves.
func (c *demoCmd) fill(ctx context.Context, path string) (err error) {
	if c.Cases <= 0 {
		return nil
	}
	file, err := cityfile.Open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	city, err := file.Load(ctx)
	if err != nil {
		return err
	}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		return err
	}
	h, err := c.history(snap)
	if err != nil || h == nil {
		return err
	}
	return h.Build(ctx, file, time.Now, c.told(h.Len()))
}

// told tells how far the building of cases is, ten times; nothing where it takes a
// second or two.
func (c *demoCmd) told(all int) func(stored int) {
	const steps, percent, few = 10, 100, 20_000
	before := -1
	return func(stored int) {
		step := stored * steps / all
		if step == before || all < few {
			return
		}
		if stored < all || before >= 0 { // not when they were all there already
			fmt.Fprintf(os.Stderr, "building made-up cases: %d %%\n", step*percent/steps)
		}
		before = step
	}
}

// accompany makes the demo's cases beside the server: the open ones, the history
// where it is not whole yet, and the live feed until the end.
func (c *demoCmd) accompany(ctx context.Context, s *running) {
	failed := func(err error) {
		if ctx.Err() == nil {
			fmt.Fprintf(os.Stderr, "made-up cases: %v\n", err)
		}
	}
	h, err := c.history(s.keeper.Live().Current())
	if err != nil || h == nil {
		if err != nil {
			failed(err)
		}
		return
	}
	if _, err := h.Live(ctx, s.keeper.Store(), s.machine, time.Now()); err != nil {
		failed(err)
		return
	}
	var fed sync.WaitGroup
	fed.Go(func() { c.feed(ctx, s, failed) })
	defer fed.Wait()
	if err := h.Build(ctx, s.keeper.Store(), time.Now, c.told(h.Len())); err != nil {
		failed(err)
	}
	debug.FreeOSMemory()
}

// feedTurn is how long the live feed goes by one state of the city, which it
// keeps in memory, and by the cases that were open when it began.
const feedTurn = time.Minute

// feed runs the live feed, turn by turn.
func (c *demoCmd) feed(ctx context.Context, s *running, failed func(error)) {
	if c.Feed <= 0 {
		return
	}
	desk := &feedDesk{s.cases, s.handler, c.feedTokens}
	var err error
	var h *demo.History
	var of *grids.Snapshot
	for ctx.Err() == nil {
		if now := s.keeper.Live().Current(); now != of {
			if h, err = c.history(now); err != nil {
				failed(err)
				return
			}
			of = now
		}
		feed, err := h.NewFeed(ctx, desk, time.Now)
		if err != nil {
			failed(err)
			return
		}
		turn, end := context.WithTimeout(ctx, feedTurn)
		feed.Run(turn, float64(c.Feed), failed)
		end()
	}
}

// rate is how often something happens, a second.
type rate float64

// maxRate keeps a feed from being a load test.
const maxRate = 1_000

// UnmarshalText reads 2/s, 30/min, or 0.
func (r *rate) UnmarshalText(text []byte) error {
	number, per, _ := strings.Cut(string(text), "/")
	seconds, ok := map[string]float64{"s": 1, "min": 60, "h": 3600}[per]
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(n) || n < 0 || (!ok && (n != 0 || per != "")) {
		return fmt.Errorf("%q is no rate such as 2/s, 30/min or 0", text)
	}
	if !ok {
		seconds = 1
	}
	if n /= seconds; n > maxRate {
		return fmt.Errorf("%q is more than %d/s", text, maxRate)
	}
	*r = rate(n)
	return nil
}
