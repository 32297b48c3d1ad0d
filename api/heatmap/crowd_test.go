package heatmap

import (
	"context"
	"iter"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/grids/demo/demofile"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// crowded is the routes of the demo city with any number of cases in columns. They are
// the demo's history, made up anew and not stored: to store ten million takes long.
type crowded struct {
	http.Handler
	*columns
	heat   *Heat
	frames int // of the slider that were asked for
}

// openCrowded opens the city without cases; none are read from its file.
func openCrowded(tb testing.TB) *crowded {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "city.gpkg")
	file, err := os.ReadFile(demofile.Path(tb, filepath.Join("..", "..")))
	if err == nil {
		err = os.WriteFile(path, file, 0o600)
	}
	if err != nil {
		tb.Fatal(err)
	}
	store, err := cityfile.Open(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	keeper, err := cityfile.NewKeeper(tb.Context(), store, time.Now)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := keeper.Close(); err != nil {
			tb.Error(err)
		}
	})
	city, err := cases.NewCity(tb.Context(), store, cases.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	board, err := cases.NewBoard(tb.Context(), city)
	if err != nil {
		tb.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	ended, end := context.WithCancel(context.Background())
	end() // it reads nothing
	h := New(ended, Options{Live: keeper.Live(), Cases: city, Board: board, Log: log})
	h.Wait()
	h.surfaces = newSurfaces(context.Background(), DefaultCacheMB<<20)
	r := web.NewRouter(web.RouterOptions{Log: log})
	Routes(r.Echo, r.API, Host{Heat: h, Live: keeper.Live(), Log: log, TileCacheControl: []string{"no-cache"}})
	return &crowded{Handler: r.Handler(), heat: h}
}

// fill puts n cases in the columns.
func (c *crowded) fill(tb testing.TB, n int) {
	tb.Helper()
	var err error
	if c.columns, err = newColumns(c.heat.live.Current()); err != nil {
		tb.Fatal(err)
	}
	of := heat.City{Plane: c.snap.City.Plane, Zone: c.snap.City.TimeZone, Areas: c.areas}
	if c.table, err = heat.NewTable(tb.Context(), of, c.rows(tb, n)); err != nil {
		tb.Fatal(err)
	}
	if old := c.heat.city.Load(); old != nil {
		c.generation = old.generation + 1
	}
	c.heat.city.Store(c.columns)
}

// copies is how often each case of the history stands in a large city.
const copies = 10

// rows are the cases of the demo's history, at their end. Of a million and more a tenth
// is made up, and each has nine others within 30 m of it and a week: a history of ten
// million takes minutes.
func (c *crowded) rows(tb testing.TB, n int) iter.Seq[heat.Row] {
	tb.Helper()
	each := 1
	if n >= 1_000_000 {
		each = copies
	}
	h, err := demo.NewHistory(c.snap, 1, n/each)
	if err != nil {
		tb.Fatal(err)
	}
	return func(yield func(heat.Row) bool) {
		rnd, fid := rand.New(rand.NewPCG(7, 1)), int64(0)
		for week := range h.Weeks() {
			for _, past := range h.Week(week) {
				b := ended(fid, &past)
				for i := range each {
					one := *b
					if fid++; i > 0 {
						c.near(rnd, &one)
					}
					one.FID = fid
					r, err := c.row(&one)
					if err != nil {
						tb.Error(err)
						return
					}
					if !yield(r) {
						return
					}
				}
			}
		}
	}
}

// near moves a case somewhere around.
func (c *crowded) near(rnd *rand.Rand, b *cases.Bare) {
	const reach, week = 2700, 7 * 24 * 3600 // 30 m from south to north
	b.At.X += rnd.Int32N(2*reach) - reach
	b.At.Y += rnd.Int32N(2*reach) - reach
	b.ReportedAt += rnd.Int64N(week)
	b.Cell = ""
	if p := c.snap.Locate(b.At); p.Cell != spatial.None {
		b.Cell = c.snap.City.Cells[p.Cell].Code
	}
}

// ended is a case after its last event.
func ended(fid int64, past *cases.Past) *cases.Bare {
	d := &past.Report
	b := &cases.Bare{
		FID: fid, At: d.At, Kind: d.Kind, Category: d.Category, Source: d.Source, State: cases.Closed, Cell: d.Cell, ReportedAt: d.ReportedAt.Unix(),
	}
	for i := range past.Events {
		if u := past.Events[i].Unit; u != "" {
			b.Unit = u
		}
	}
	return b
}
