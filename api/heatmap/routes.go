package heatmap

import (
	"log/slog"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
	"github.com/wanmi-gis/wanmi/grids"
)

// Host is what the routes need of the server that has them.
type Host struct {
	// Heat has the cases; nil for a server without: the routes say so.
	Heat *Heat
	// Live has the city.
	Live *grids.Live
	// Log takes the server's own failures.
	Log *slog.Logger
	// Now is the clock of live cases; nil for time.Now.
	Now func() time.Time
	// TileCacheControl is said with every tile.
	TileCacheControl []string
	// Letters are those of pictures, FontStack names which of them; nil, and none,
	// for a server without fonts.
	Letters   *glyphs.Cache
	FontStack func(bold bool) []string
	// MapApproval is the map's approval number (审图号), shown on pictures; "" for none.
	MapApproval string
}

// server answers the routes.
type server struct {
	heat             *Heat
	live             *grids.Live
	log              *slog.Logger
	now              func() time.Time
	tileCacheControl []string
	letters          *glyphs.Cache
	fontStack        func(bold bool) []string
	mapApproval      string
	doc              *huma.OpenAPI
}

// Routes adds /heat and /wmts and describes them.
func Routes(e *echo.Echo, api huma.API, h Host) {
	if h.Now == nil {
		h.Now = time.Now
	}
	s := &server{
		heat: h.Heat, live: h.Live, log: h.Log, now: h.Now, tileCacheControl: h.TileCacheControl,
		letters: h.Letters, fontStack: h.FontStack, mapApproval: h.MapApproval, doc: api.OpenAPI(),
	}
	s.addHeat(e, api)
	s.addWMTS(e)
}

// WMTSErrors writes the errors of /wmts as OGC's services do; see
// [web.RouterOptions].
func WMTSErrors(log *slog.Logger) func(c echo.Context, err error) (does bool, failed error) {
	return func(c echo.Context, err error) (bool, error) {
		if !isWMTS(c) {
			return false, nil
		}
		return true, failWMTS(log, err, c)
	}
}
