package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/api/heatmap"
	"github.com/wanmi-gis/wanmi/api/statistics"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/check"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
)

// servingGCPercent is the garbage collector's percent while serving, unless GOGC
// says otherwise. What a city takes lives as long as it is served and has few
// pointers, so that a collection is cheap: 50 costs 3 % more time than the usual
// 100 under mixed load and keeps the demo city at 169 MB instead of 211. There is
// no memory limit: what a city needs is not known beforehand, a reload needs it
// twice, and near the limit the collector would never rest. An operator who
// knows sets GOMEMLIMIT.
const servingGCPercent = 50

// watchEvery is how often the city file is looked at for commits of other
// programs, and the clock for rows that start or end to hold.
const watchEvery = time.Second

// lookEvery is how often the folder of basemaps is looked at.
const lookEvery = time.Second

type serveCmd struct {
	City     string `arg:"" type:"existingfile" help:"The city file, made by wanmi import."`
	Listen   string `help:"Address and port; port 0 lets the system choose. Default: that of the configuration, else 127.0.0.1:8080."`
	Basemaps string `type:"existingdir" help:"Folder of basemaps (PMTiles, MBTiles), which is followed."`
	Config   string `type:"existingfile" help:"Configuration: listen, the tokens of those who may write, the rule file for dispatch."`
}

// defaultListen is where the server listens unless told otherwise.
const defaultListen = "127.0.0.1:8080"

// Run serves until interrupted.
func (c *serveCmd) Run(ctx context.Context) error {
	told := config.Default()
	if c.Config != "" {
		var err error
		if told, err = config.Load(c.Config); err != nil {
			return err
		}
	}
	told.Basemaps = cmp.Or(c.Basemaps, told.Basemaps)
	told.Listen = cmp.Or(c.Listen, told.Listen, defaultListen)
	return serve(ctx, c.City, told, func(*grids.City) ([]byte, error) { return ruleFile(told.Rules) })
}

// ruleFile reads the rule file; nil for no name.
func ruleFile(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, dispatch.MaxRulesBytes+1)) // one more, which is refused
}

// rulesOf reads the rules for the city; nil where it has none.
func rulesOf(city *grids.City, text func(*grids.City) ([]byte, error)) (*dispatch.Rules, error) {
	b, err := text(city)
	if err != nil || b == nil {
		return nil, err
	}
	return dispatch.ReadRules(b)
}

// running is a server as those see it who go on beside it.
type running struct {
	keeper  *cityfile.Keeper
	cases   *cases.City
	machine *cases.Machine
	handler http.Handler
}

// companion is what goes on beside a server until the context ends.
type companion func(ctx context.Context, s *running)

// serve loads the city file and answers as told until the context ends; rules has
// the text of the city's rule file, nil for none, and what goes on alongside begins
// once the server listens.
func serve(ctx context.Context, path string, told *config.Config, rules func(*grids.City) ([]byte, error), alongside ...companion) (err error) {
	start := time.Now()
	store, err := cityfile.Open(ctx, path)
	if err != nil {
		return err
	}
	if _, err := store.Foreign(ctx); err != nil {
		return errors.Join(err, store.Close())
	}
	keeper, err := cityfile.NewKeeper(ctx, store, time.Now)
	if err != nil {
		return errors.Join(err, store.Close())
	}
	defer func() {
		if cerr := keeper.Close(); err == nil {
			err = cerr
		}
	}()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", told.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", told.Listen, err)
	}
	beside, stopBeside := context.WithCancel(ctx)
	checks := api.NewChecks(beside, check.Rules(), check.Check)
	defer func() { stopBeside(); checks.Wait() }()
	taken, err := takeCases(ctx, keeper, told)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	dispatcher, err := newDispatcher(beside, keeper, taken.store, rules)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { stopBeside(); dispatcher.Wait() }()
	maps, err := openBasemaps(beside, told)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { stopBeside(); maps.wait() }()
	resumed := make(chan struct{})
	go func() {
		defer close(resumed)
		taken.desk.Watch(beside, func(err error) { slog.Error("holds that are over are not looked for", "error", err) })
	}()
	defer func() { stopBeside(); <-resumed }()
	statistics := statistics.New(beside, statistics.Options{Cases: taken.store})
	defer func() { stopBeside(); statistics.Wait() }()
	board, err := cases.NewBoard(ctx, taken.store)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	letters, err := openLetters(told)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, closeLetters(letters)) }()
	patrol, err := patrolHours(told.PatrolHours, keeper.Live().Current())
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	heat := heatmap.New(beside, heatmap.Options{Live: keeper.Live(), Cases: taken.store, Board: board, Patrol: patrol, Read: debug.FreeOSMemory})
	defer func() { stopBeside(); heat.Wait() }()
	keeper.Live().Prepare(api.PrepareTiles)
	srv := api.NewServer(api.New(api.Options{
		Keeper: keeper, Tokens: told.Tokens, Ready: store.Ready, Checks: checks, Dispatcher: dispatcher, Cases: taken.desk, Board: board, Heat: heat,
		Statistics: statistics,
		Basemaps:   maps.catalogue, Upstreams: maps.upstreams, Version: moduleVersion(), Letters: letters, MapApproval: told.MapApproval,
		TileCacheBytes: told.TileCacheBytes(), TileCacheControl: told.TileCacheControl, Until: ctx,
	}))
	hooks, err := api.NewWebhooks(beside, api.WebhooksOptions{Hooks: told.Webhooks, Board: board, Store: store, Live: keeper.Live()})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { stopBeside(); hooks.Wait() }()
	followed := follow(beside, board)
	defer func() { stopBeside(); <-followed }()

	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(servingGCPercent)
	}
	// What loading allocated goes back before the figure is told.
	debug.FreeOSMemory()
	fmt.Printf("listening on http://%s\n", listener.Addr())
	c := keeper.Live().Current().City
	fmt.Printf("%s: %d cells, %d zones, %d components, city version %d; ready in %.2f s, %d MB resident\n",
		c.Name, len(c.Cells), len(c.Zones), len(c.Components), c.Version, time.Since(start).Seconds(), residentMB())

	var companions sync.WaitGroup
	for _, a := range alongside {
		companions.Go(func() { a(beside, &running{keeper, taken.store, taken.machine, srv.Handler}) })
	}
	defer func() { stopBeside(); companions.Wait() }()
	watching, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		api.PrepareTiles(keeper.Live().Current())
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		r := reloader{keeper: keeper, collector: debug.SetGCPercent}
		r.watch(watching, tick.C)
	}()
	defer func() { stop(); <-watched }()
	return api.Serve(ctx, srv, func() error { return srv.Serve(listener) })
}

// patrolHours reads the table of patrol hours; nil for no name.
func patrolHours(path string, snap *grids.Snapshot) (*heatmap.PatrolHours, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("patrol_hours: %w", err)
	}
	defer f.Close()
	hours, err := heatmap.ReadPatrolHours(f, snap)
	if err != nil {
		return nil, fmt.Errorf("patrol_hours %s: %w", path, err)
	}
	return hours, nil
}

// follow has the board follow the file until the context ends; done is closed then.
func follow(ctx context.Context, board *cases.Board) (done <-chan struct{}) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		board.Run(ctx, tick.C, func(err error) { slog.Error("the cases are not followed", "error", err) })
	}()
	return ended
}

// newDispatcher has the city dispatched by its rules.
func newDispatcher(ctx context.Context, keeper *cityfile.Keeper, logs *cases.City, text func(*grids.City) ([]byte, error)) (*api.Dispatcher, error) {
	rules, err := rulesOf(keeper.Live().Current().City, text)
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	return api.NewDispatcher(ctx, api.DispatcherOptions{Keeper: keeper, Rules: rules, Cases: logs, Built: debug.FreeOSMemory})
}

// taking is what takes the cases of the city file and brings them on their way.
type taking struct {
	desk    *api.Desk
	store   *cases.City
	machine *cases.Machine
}

// takeCases has the cases of the city file taken as the configuration says.
func takeCases(ctx context.Context, keeper *cityfile.Keeper, told *config.Config) (*taking, error) {
	clock := api.NewCaseClock(keeper.Live(), nil)
	machine := cases.Machine{Centre: told.Centre, Expert: map[cases.Class]bool{}, Clock: clock}
	snap := keeper.Live().Current()
	if told.Centre != "" && snap.Unit(told.Centre) == nil {
		return nil, fmt.Errorf("configuration: centre: the city has no unit %q", told.Centre)
	}
	for _, class := range told.Expert {
		if c := snap.Catalogue.Find(class.Kind, class.Code); c == nil || c.Major == "" {
			return nil, fmt.Errorf("configuration: expert: the city has no minor %s %s", class.Kind, class.Code)
		}
		machine.Expert[cases.Class(class)] = true
	}
	store, err := cases.NewCity(ctx, keeper.Store(), cases.Options{Machine: machine})
	if err != nil {
		return nil, err
	}
	desk := api.NewDesk(api.DeskOptions{Store: store, Machine: machine, Clock: clock, Auto: told.AutoDispatch})
	return &taking{desk, store, &machine}, nil
}

// residentMB is the process's resident set in MB, 0 where it cannot be read.
func residentMB() int {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err == nil {
				return kb / 1024
			}
		}
	}
	return 0
}

func moduleVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel) " + runtime.Version()
}
