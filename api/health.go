package api

import (
	"math"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
)

// healthRoutes tell a supervisor how the server is.
func (s *server) healthRoutes(e *echo.Echo, api huma.API) {
	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.GET("/readyz", func(c echo.Context) error {
		if s.ready != nil {
			if err := s.ready(c.Request().Context()); err != nil {
				s.log.Error("not ready", "error", err)
				return web.Refuse("store", "", "the city file cannot be read", web.ErrNotReady)
			}
		}
		return c.String(http.StatusOK, "ready\n")
	})
	for _, path := range []string{"/healthz", "/readyz"} {
		s.doc.AddOperation(&huma.Operation{
			OperationID: path[1:], Method: http.MethodGet, Path: path, Tags: []string{"running"}, Summary: "200 when well",
			Responses: map[string]*huma.Response{"200": {Description: "well"}, "default": web.ProblemResponse(api)},
		})
	}
}

// round cuts a coordinate to the millimetre, or to 8 decimals of a degree.
func round(v float64, degrees bool) float64 {
	unit := 1e3
	if degrees {
		unit = 1e8
	}
	return math.Round(v*unit) / unit
}
