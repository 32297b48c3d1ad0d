package api

import (
	"math"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"
)

// healthRoutes tell a supervisor how the server is.
func (s *server) healthRoutes(e *echo.Echo, api huma.API) {
	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.GET("/readyz", func(c echo.Context) error {
		if s.ready != nil {
			if err := s.ready(c.Request().Context()); err != nil {
				s.log.Error("not ready", "error", err)
				return &inputError{"store", "", "the city file cannot be read", errNotReady}
			}
		}
		return c.String(http.StatusOK, "ready\n")
	})
	for _, path := range []string{"/healthz", "/readyz"} {
		s.doc.AddOperation(&huma.Operation{
			OperationID: path[1:], Method: http.MethodGet, Path: path, Tags: []string{"running"}, Summary: "200 when well",
			Responses: map[string]*huma.Response{"200": {Description: "well"}, "default": problemResponse(api)},
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

// queryParam, jsonResponse and problemResponse describe the plain handlers in
// the OpenAPI document.
func queryParam(name, doc, kind string, required bool) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: doc, Required: required, Schema: &huma.Schema{Type: kind}}
}

func jsonResponse[T any](api huma.API, doc string, body T) *huma.Response {
	schema := huma.SchemaFromType(api.OpenAPI().Components.Schemas, reflect.TypeOf(body))
	return &huma.Response{Description: doc, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

func problemResponse(api huma.API) *huma.Response {
	schema := huma.SchemaFromType(api.OpenAPI().Components.Schemas, reflect.TypeOf(Problem{}))
	return &huma.Response{Description: "What is wrong", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}}
}
