package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

func TestTheDemoFillsItsFileAndGoesOnUntilTheEnd(t *testing.T) {
	const closed = 1_000
	c := demoCmd{Town: true, Seed: 1, Data: t.TempDir(), Build: true, Cases: closed * demo.TownShare, Feed: 500}
	for range 2 { // the second time all is there
		if err := c.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	path, err := c.path()
	if err != nil {
		t.Fatal(err)
	}
	store, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := cityfile.NewKeeper(t.Context(), store, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer keeper.Close()
	desk, err := cases.NewCity(t.Context(), store, cases.Options{})
	if err != nil {
		t.Fatal(err)
	}
	count := func() (n int) {
		page, err := desk.List(t.Context(), cases.Query{Limit: 10_000})
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Cases)
	}
	if n := count(); n != closed {
		t.Fatalf("%d cases were built, want %d", n, closed)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); c.accompany(ctx, runningOn(t, &c, keeper)) }()
	const begun, more = 40, 5 // open cases to begin with, and reports of the feed
	for count() < closed+begun+more && t.Context().Err() == nil {
	}
	stop()
	<-ended
	before := count()
	if after := count(); after != before {
		t.Errorf("%d cases, then %d: the feed goes on after the end", before, after)
	}
}

func TestADemoWithoutCasesHasNone(t *testing.T) {
	c := demoCmd{Town: true, Seed: 1, Data: t.TempDir(), Build: true, Feed: 500}
	if err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	path, err := c.path()
	if err != nil {
		t.Fatal(err)
	}
	store, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := cityfile.NewKeeper(t.Context(), store, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer keeper.Close()
	c.accompany(t.Context(), runningOn(t, &c, keeper)) // returns at once
	desk, err := cases.NewCity(t.Context(), store, cases.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if page, err := desk.List(t.Context(), cases.Query{}); err != nil || len(page.Cases) != 0 {
		t.Errorf("%d cases, %v", len(page.Cases), err)
	}
}

func TestRatesOfTheFeed(t *testing.T) {
	for text, want := range map[string]rate{"2/s": 2, "0.5/s": 0.5, "30/min": 0.5, "3600/h": 1, "0": 0, "0/s": 0} {
		var r rate
		if err := r.UnmarshalText([]byte(text)); err != nil || r != want {
			t.Errorf("%s is %v, %v", text, r, err)
		}
	}
	for _, text := range []string{"", "2", "2/day", "-1/s", "NaN/s", "1e9/s", "x/s", "Inf/s"} {
		var r rate
		if err := r.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), `"`) {
			t.Errorf("%q is taken as %v, %v", text, r, err)
		}
	}
}

// runningOn is a server of the keeper's city, without a listener.
func runningOn(t *testing.T, c *demoCmd, keeper *cityfile.Keeper) *running {
	t.Helper()
	told := config.Default()
	c.feedTokens, told.Tokens = newFeedTokens()
	taken, err := takeCases(t.Context(), keeper, told)
	if err != nil {
		t.Fatal(err)
	}
	return &running{keeper, taken.store, taken.machine, api.New(api.Options{Keeper: keeper, Tokens: told.Tokens, Cases: taken.desk})}
}
