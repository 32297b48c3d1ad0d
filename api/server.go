package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/grids"
)

// Limits before work (reliability.md).
const (
	maxHeaderBytes    = 16 << 10
	maxBodyBytes      = 1 << 20
	maxBatchBytes     = 8 << 20
	maxBatchPoints    = 100_000
	maxNeighbours     = 100
	maxRadiusM        = 50_000
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	idleTimeout       = 2 * time.Minute
	answerTimeout     = 30 * time.Second
)

// Options of New.
type Options struct {
	// Live has the city that is served.
	Live *grids.Live
	// Ready reports whether the store behind it can be used; nil for always.
	Ready func(context.Context) error
	// Log takes the server's own failures; nil for slog's default.
	Log *slog.Logger
	// Version is the program's, for the API's description.
	Version string
}

// server answers requests.
type server struct {
	live  *grids.Live
	ready func(context.Context) error
	log   *slog.Logger
	doc   *huma.OpenAPI
}

// New returns the handler of the whole API and the viewer.
func New(o Options) http.Handler {
	s := &server{live: o.Live, ready: o.Ready, log: o.Log}
	if s.log == nil {
		s.log = slog.Default()
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = s.fail
	e.Use(s.guard)

	useProblems()
	config := huma.DefaultConfig("wanmi", o.Version)
	config.Info.Description = "Where is it, whose is it, what is near: the grid of a city for digital city management (数字化城市管理)."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "/openapi", "", ""
	config.CreateHooks = nil // else every answer gets a $schema member and a Link header
	config.RejectUnknownQueryParameters = true
	config.Transformers = nil
	doc := humaecho.New(e, config)
	s.doc = doc.OpenAPI()

	s.placeRoutes(e, doc)
	s.featureRoutes(doc)
	s.cityRoutes(doc)
	s.tileRoutes(e)
	s.healthRoutes(e)
	s.viewerRoutes(e)
	return e
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
	<-done // http.ErrServerClosed
	return err
}

// drainTimeout is how long requests under way may take when the server stops.
const drainTimeout = 10 * time.Second

// NewServer returns an http.Server with the limits on head, time and idleness.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, MaxHeaderBytes: maxHeaderBytes, ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout: readTimeout, WriteTimeout: answerTimeout, IdleTimeout: idleTimeout,
	}
}

// guard sets the headers every answer has and turns a panic into a 500 that
// tells nothing to the outside.
func (s *server) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		h := c.Response().Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Access-Control-Allow-Origin", "*") // all of it is public to whoever reaches the server
		defer func() {
			if r := recover(); r != nil {
				s.log.Error("panic", "path", c.Request().URL.Path, "reason", fmt.Sprint(r))
				err = fmt.Errorf("panic: %v", r)
			}
		}()
		return next(c)
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
			return nil, &inputError{"at", date, "write 2026-01-31 or RFC 3339", errMalformed}
		}
	}
	snap, err := s.live.AsOf(t)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotFound, err)
	}
	return snap, nil
}
