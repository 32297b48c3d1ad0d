package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

type demoCmd struct {
	Listen string `default:"127.0.0.1:8080" help:"Address and port; port 0 lets the system choose."`
	Data   string `type:"path" help:"Folder for the demo's city file; default: the user's cache folder."`
	Scale  int    `default:"1" help:"Multiplies area, cells and components."`
	Seed   uint64 `default:"1" help:"Another seed makes another city."`
	Town   bool   `help:"The small town of 200 cells instead of the city."`
	Build  bool   `help:"Only build the city file, with its cases."`
	Cases  int    `default:"1100000" help:"Closed cases of 2021 to 2025 to make up, in the background; the town has one for each 200. 0 makes none, and no open ones."`
	Feed   rate   `default:"0.5/s" help:"Live feed: so many reports and steps of cases, such as 2/s or 30/min; 0 for none."`

	// feedTokens are the live feed's own, by role.
	feedTokens map[cases.Role]string
}

// Run builds the city file if it is not there yet, and serves it.
func (c *demoCmd) Run(ctx context.Context) error {
	path, err := c.path()
	if err != nil {
		return err
	}
	if err := c.build(ctx, path); err != nil {
		return err
	}
	if c.Town || c.Build { // a second, or all that is asked for
		if err := c.fill(ctx, path); err != nil {
			return err
		}
	}
	if c.Build {
		return nil
	}
	told := config.Default()
	told.Listen, told.Tokens, told.AutoDispatch = c.Listen, demoTokens(c.Listen), true
	told.FontsCache = filepath.Join(filepath.Dir(path), "letters")
	if len(told.Tokens) > 0 {
		units, err := cityfile.Read(ctx, path, grids.Districts)
		if err != nil {
			return err
		}
		told.Tokens = append(told.Tokens, handlerTokens(units)...)
		fmt.Fprintf(os.Stderr, "edits are taken from this machine with the header Authorization: Bearer %s\n", demoToken)
	}
	var feeding []config.Token
	c.feedTokens, feeding = newFeedTokens()
	told.Tokens = append(told.Tokens, feeding...)
	return serve(ctx, path, told, func(city *grids.City) ([]byte, error) { return []byte(demo.RuleFile(city)), nil }, c.accompany)
}

// demoToken lets whoever is on this machine edit the made-up city.
const demoToken = "demo"

// demoTokens has it where the demo cannot be reached from elsewhere.
func demoTokens(listen string) []config.Token {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return nil
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil
	}
	out := []config.Token{config.NewToken(demoToken, cityfile.Actor{ID: "demo", Role: "admin"})}
	for _, role := range cases.Roles() { // demo-supervisor, demo-operator …
		name := demoToken + "-" + string(role)
		out = append(out, config.NewToken(name, cityfile.Actor{ID: name, Role: string(role)}))
	}
	return out
}

// handlerTokens has demo-handler-UNIT for each unit: who handles is of one.
func handlerTokens(city *grids.City) []config.Token {
	var out []config.Token
	seen := map[string]bool{}
	for _, u := range city.Units {
		name := demoToken + "-" + string(cases.Handler) + "-" + u.Code
		if !seen[name] {
			out = append(out, config.NewToken(name, cityfile.Actor{ID: name, Role: string(cases.Handler), Unit: u.Code}))
		}
		seen[name] = true
	}
	return out
}

// path is where the demo's city file is kept. The name has what the content
// follows from, so that a newer program does not serve an older city.
func (c *demoCmd) path() (string, error) {
	dir := c.Data
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("no folder for the demo's data, name one with --data: %w", err)
		}
		dir = filepath.Join(cache, "wanmi")
	}
	name := fmt.Sprintf("city-%d-seed%d-scale%d.gpkg", demo.Edition, c.Seed, c.Scale)
	if c.Town {
		name = fmt.Sprintf("town-%d-seed%d.gpkg", demo.Edition, c.Seed)
	}
	return filepath.Join(dir, name), os.MkdirAll(dir, 0o755)
}

// build makes the file once; edits made to it later stay.
func (c *demoCmd) build(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	start := time.Now()
	fmt.Fprintf(os.Stderr, "building %s (made up, seed %d), once\n", path, c.Seed)
	var city *grids.City
	var err error
	if c.Town {
		city, err = demo.Town(c.Seed)
	} else {
		city, err = demo.City(demo.Options{Seed: c.Seed, Scale: c.Scale})
	}
	if err != nil {
		return err
	}
	var claims cityfile.Claims
	claims.Ownership, claims.Rulings = demo.Responsibility(city)
	if err := cityfile.CreateWith(ctx, path, city, claims); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s: %d cells, %d components in %.1f s\n", city.Name, len(city.Cells), len(city.Components), time.Since(start).Seconds())
	return nil
}
