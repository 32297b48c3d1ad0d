package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/api/heatmap"
	"github.com/wanmi-gis/wanmi/api/statistics"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
	"github.com/wanmi-gis/wanmi/basemaps/upstream"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/check"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/search"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// Limits before work (reliability.md).
const (
	maxHeaderBytes    = 16 << 10
	maxBatchBytes     = 8 << 20
	maxBatchPoints    = 100_000
	maxNeighbours     = 100
	readHeaderTimeout = 5 * time.Second
	idleTimeout       = 2 * time.Minute
)

// Options of New.
type Options struct {
	// Live has the city that is served. With a Keeper it is the keeper's.
	Live *grids.Live
	// Keeper takes writes; nil for a server that only reads.
	Keeper *cityfile.Keeper
	// Tokens lets actors write; without any nobody may.
	Tokens []config.Token
	// Ready reports whether the store behind it can be used; nil for always.
	Ready func(context.Context) error
	// Log takes the server's own failures; nil for slog's default.
	Log *slog.Logger
	// Checks examines the city for GET /v1/check; nil for checks that nobody
	// waits for.
	Checks *Checks
	// Dispatcher decides whose a case is; nil for a server that does not.
	Dispatcher *Dispatcher
	// Basemaps are the archives under the city's own map; nil for none.
	Basemaps *basemaps.Catalogue
	// Upstreams are maps of other servers; nil for none.
	Upstreams *upstream.Maps
	// Cases takes cases and tells of them; nil for a server that has none.
	Cases *Desk
	// Statistics tells of the cases of the past; nil for a server that has none.
	Statistics *statistics.Jobs
	// Board has the live cases of the keeper's file, for tiles and the stream; nil
	// for a server without. It must not run yet.
	Board *cases.Board
	// Letters are those of maps, of [NewLetters]; nil for a server without fonts.
	Letters *glyphs.Cache
	// MapApproval is the map's approval number (审图号), shown on maps; "" for none.
	MapApproval string
	// Heat has all cases in columns; nil for a server without.
	Heat *heatmap.Heat
	// TileCacheBytes bounds the tiles that are kept; 0 for
	// [config.DefaultTileCacheMB], less for none.
	TileCacheBytes int64
	// TileCacheControl is said with every tile; "" for "no-cache": kept, and
	// asked for each time whether it changed.
	TileCacheControl string
	// Until ends the event streams, which nothing else would end; nil for never.
	Until context.Context //nolint:containedctx // it is the server's life, not a call's
	// Version is the program's, for the API's description.
	Version string

	// Of the event stream; 0 for heartbeatEvery and maxListeners.
	heartbeat time.Duration
	listeners int
}

// server answers requests.
type server struct {
	live   *grids.Live
	keeper *cityfile.Keeper
	tokens []config.Token
	ready  func(context.Context) error
	log    *slog.Logger
	doc    *huma.OpenAPI
	// names finds what is written in words; see searchRoutes.
	names search.Cache
	// checks examines the city when it is asked for.
	checks *Checks
	// dispatcher decides whose a case is; nil where nothing does.
	dispatcher *Dispatcher
	// basemaps are those of a folder; nil for none.
	basemaps *basemaps.Catalogue
	// upstreams are those of other servers; nil for none.
	upstreams *upstream.Maps
	// desk takes cases; nil where nobody does.
	desk *Desk
	// letters are those of maps; nil for none.
	letters     *glyphs.Cache
	mapApproval string

	tiles            *tiler.Cache
	tileCacheControl []string
	// events are told to who listens; see events.go.
	events *events
	// board and teller are nil in a server without cases; see scene.go.
	board     *cases.Board
	teller    *teller
	drawing   sync.Mutex
	heartbeat time.Duration
	until     context.Context //nolint:containedctx // see Options.Until
}

// New returns the handler of the whole API and the viewer.
func New(o Options) http.Handler {
	s := &server{
		live: o.Live, keeper: o.Keeper, tokens: o.Tokens, ready: o.Ready, log: o.Log, checks: o.Checks,
		dispatcher: o.Dispatcher, desk: o.Cases, basemaps: o.Basemaps, letters: o.Letters, mapApproval: o.MapApproval,
		upstreams: o.Upstreams,
	}
	if s.keeper != nil {
		s.live = s.keeper.Live()
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.checks == nil {
		s.checks = NewChecks(context.Background(), check.Rules(), check.Check)
	}
	s.followCity(o)
	r := web.NewRouter(web.RouterOptions{
		Log: s.log, Version: o.Version,
		About:     "Where is it, whose is it, what is near: the grid of a city for digital city management (数字化城市管理).",
		Otherwise: heatmap.WMTSErrors(s.log),
	})
	e, doc := r.Echo, r.API
	s.doc = doc.OpenAPI()

	s.placeRoutes(e, doc)
	s.detectRoute(e, doc)
	s.searchRoutes(e, doc)
	s.featureRoutes(doc)
	s.selectRoute(e, doc)
	s.cityRoutes(doc)
	s.categoryRoutes(doc)
	s.checkRoute(e, doc)
	s.tileRoutes(e, doc)
	s.styleRoutes(e, doc)
	s.ogcRoutes(e, doc, s.tile)
	s.basemapRoutes(e, doc)
	s.fontRoutes(e, doc)
	s.spriteRoute(e, doc)
	s.editRoutes(e, doc)
	s.dispatchRoutes(e, doc)
	s.caseRoutes(e, doc)
	statistics.Routes(e, doc, statistics.Host{
		Jobs: o.Statistics, Live: s.live, Signed: func(c echo.Context) error { _, err := s.actor(c); return err },
		Piles: pilesOf(o.Heat), Heartbeat: s.heartbeat, Until: s.until,
	})
	s.eventRoute(e, doc)
	heatmap.Routes(e, doc, s.heatHost(o))
	s.healthRoutes(e, doc)
	s.viewerRoutes(e)
	return r.Handler()
}

// pilesOf are for statistics that leave them out; nil without heat.
func pilesOf(h *heatmap.Heat) func(ctx context.Context) ([]spatial.Coord, error) {
	if h == nil {
		return nil
	}
	return h.PiledPlaces
}

// Host is what the routes of heat need of this server.
func (s *server) heatHost(o Options) heatmap.Host {
	h := heatmap.Host{
		Heat: o.Heat, Live: s.live, Log: s.log, TileCacheControl: s.tileCacheControl, Letters: s.letters, MapApproval: s.mapApproval,
		FontStack: func(isBold bool) []string {
			if isBold {
				return s.fontStack(bold)
			}
			return s.fontStack(regular)
		},
	}
	if s.desk != nil {
		h.Now = s.desk.now
	}
	return h
}

// Serve answers on the listener until the context ends, then finishes the
// requests under way.
func Serve(ctx context.Context, srv *http.Server, serve func() error) error {
	done := make(chan error, 1)
	go func() { done <- serve() }()
	select {
	case err := <-done:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := srv.Shutdown(drain)
	if err != nil {
		err = errors.Join(fmt.Errorf("requests were cut off after %v: %w", drainTimeout, err), srv.Close())
	}
	if closed := <-done; !errors.Is(closed, http.ErrServerClosed) {
		err = errors.Join(err, closed)
	}
	return err
}

// drainTimeout is how long requests under way may take when the server stops.
const drainTimeout = 10 * time.Second

// NewServer returns an http.Server with the limits on head, time and idleness.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, MaxHeaderBytes: maxHeaderBytes, ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout: web.ReadTimeout, WriteTimeout: web.AnswerTimeout, IdleTimeout: idleTimeout,
	}
}

// at returns the snapshot for a request: the current one, or the city as of
// the date asked for (RFC 3339, or a day in the city's time zone).
func (s *server) at(date string) (*grids.Snapshot, error) {
	now := s.live.Current()
	if date == "" {
		return now, nil
	}
	t, err := time.Parse(time.RFC3339, date)
	if err != nil {
		if t, err = time.ParseInLocation(time.DateOnly, date, now.City.TimeZone); err != nil {
			return nil, web.Refuse("at", date, "write 2026-01-31 or RFC 3339", web.ErrMalformed)
		}
	}
	snap, err := s.live.AsOf(t)
	if err != nil {
		return nil, web.Refuse("at", date, err.Error(), web.ErrNotFound)
	}
	return snap, nil
}
