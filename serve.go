package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/grids/check"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
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

type serveCmd struct {
	City   string `arg:"" type:"existingfile" help:"The city file, made by wanmi import."`
	Listen string `help:"Address and port; port 0 lets the system choose. Default: that of the configuration, else 127.0.0.1:8080."`
	Config string `type:"existingfile" help:"Configuration: listen, and the tokens of those who may write."`
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
	told.Listen = cmp.Or(c.Listen, told.Listen, defaultListen)
	return serve(ctx, c.City, told)
}

// serve loads the city file and answers as told until the context ends.
func serve(ctx context.Context, path string, told *config.Config) (err error) {
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
	checking, stopChecks := context.WithCancel(ctx)
	checks := api.NewChecks(checking, check.Rules(), check.Check)
	defer func() { stopChecks(); checks.Wait() }()
	srv := api.NewServer(api.New(api.Options{
		Keeper: keeper, Tokens: told.Tokens, Ready: store.Ready, Checks: checks, Version: moduleVersion(),
		TileCacheBytes: told.TileCacheBytes(), TileCacheControl: told.TileCacheControl, Until: ctx,
	}))

	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(servingGCPercent)
	}
	// What loading allocated goes back before the figure is told.
	debug.FreeOSMemory()
	fmt.Printf("listening on http://%s\n", listener.Addr())
	c := keeper.Live().Current().City
	fmt.Printf("%s: %d cells, %d zones, %d components, city version %d; ready in %.2f s, %d MB resident\n",
		c.Name, len(c.Cells), len(c.Zones), len(c.Components), c.Version, time.Since(start).Seconds(), residentMB())

	watching, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		r := reloader{keeper: keeper, collector: debug.SetGCPercent}
		r.watch(watching, tick.C)
	}()
	defer func() { stop(); <-watched }()
	return api.Serve(ctx, srv, func() error { return srv.Serve(listener) })
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
