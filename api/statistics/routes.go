package statistics

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Host is what the routes need of the server that has them.
type Host struct {
	// Jobs works them out; nil for a server without cases: the routes say so.
	Jobs *Jobs
	// Live has the city.
	Live *grids.Live
	// Signed is nil for who sends a token, to whom more is told, and says else what is
	// wrong.
	Signed func(c echo.Context) error
	// Piles are where heat leaves cases out that are asked for without them; nil for a
	// server without heat.
	Piles func(ctx context.Context) ([]spatial.Coord, error)
	// Heartbeat is how often a stream of events says that it is there.
	Heartbeat time.Duration
	// Until ends the streams.
	Until context.Context //nolint:containedctx // it is the server's life, not a call's
}

// server answers the routes.
type server struct {
	stats     *Jobs
	live      *grids.Live
	signed    func(c echo.Context) error
	piles     func(ctx context.Context) ([]spatial.Coord, error)
	heartbeat time.Duration
	until     context.Context //nolint:containedctx // see Host.Until
	doc       *huma.OpenAPI
}

// Routes adds /v1/stats and describes it.
func Routes(e *echo.Echo, api huma.API, h Host) {
	s := &server{
		stats: h.Jobs, live: h.Live, signed: h.Signed, piles: h.Piles, heartbeat: h.Heartbeat, until: h.Until, doc: api.OpenAPI(),
	}
	s.add(e, api)
}
