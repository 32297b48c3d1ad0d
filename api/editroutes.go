package api

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// editRoutes take live edits and tell what changed.
func (s *server) editRoutes(e *echo.Echo, api huma.API) {
	e.POST("/v1/components", s.newComponent)
	e.PATCH("/v1/components/:code", s.changeComponent)
	e.PATCH("/v1/zones/:code", s.changeZone)
	e.PUT("/v1/resources/:code/position", s.moveResource)
	e.GET("/v1/changes", s.changes)

	if s.doc.Components.SecuritySchemes == nil {
		s.doc.Components.SecuritySchemes = map[string]*huma.SecurityScheme{}
	}
	s.doc.Components.SecuritySchemes["token"] = &huma.SecurityScheme{Type: "http", Scheme: "bearer"}
	text, number, flag := huma.Schema{Type: huma.TypeString}, huma.Schema{Type: huma.TypeNumber}, huma.Schema{Type: huma.TypeBoolean}
	object, list := huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}, huma.Schema{Type: huma.TypeArray}
	position := map[string]*huma.Schema{"lon": &number, "lat": &number, "crs": &text}
	component := map[string]*huma.Schema{"attributes": &object}
	for _, name := range componentMembers {
		if component[name] == nil {
			component[name] = &text
		}
	}
	component["lon"], component["lat"] = &number, &number
	created := map[string]*huma.Schema{"code": &text}
	maps.Copy(created, component)
	moved := map[string]*huma.Schema{"at": &text, "state": &text}
	maps.Copy(moved, position)
	zone := map[string]*huma.Schema{"name": &text, "unit": &text, "staff": &list, "on_duty": &flag, "attributes": &object}

	s.describe(api, &huma.Operation{
		OperationID: "create-component", Method: http.MethodPost, Path: "/v1/components", Summary: "A new component",
		Description: "Without a code it gets the next serial number of its district and category. It holds from now on, in state 完好 unless said otherwise.",
	}, "201", web.TypeJSON, created, "category", "lon", "lat")
	s.describe(api, &huma.Operation{
		OperationID: "edit-component", Method: http.MethodPatch, Path: "/v1/components/{code}", Summary: "Change a component",
		Description: "A JSON merge patch (RFC 7396). A component that is moved is recorded in the cell it then lies in, unless cell is given. valid_to ends it; there is no deletion.",
	}, "200", typeMergePatch, component)
	s.describe(api, &huma.Operation{
		OperationID: "edit-zone", Method: http.MethodPatch, Path: "/v1/zones/{code}", Summary: "Change a zone's name, unit, staff or duty",
		Description: "A JSON merge patch (RFC 7396).",
	}, "200", typeMergePatch, zone)
	s.describe(api, &huma.Operation{
		OperationID: "move-resource", Method: http.MethodPut, Path: "/v1/resources/{code}/position", Summary: "Where a resource is now",
		Description: "at is when it was there, now by default; 409 where a later position is known.",
	}, "200", web.TypeJSON, moved, "lon", "lat")
	s.doc.AddOperation(&huma.Operation{
		OperationID: "changes", Method: http.MethodGet, Path: "/v1/changes", Tags: []string{"edits"}, Summary: "What changed, in order: the feed",
		Description: "Each answer has next, the cursor to go on from, also where nothing is new. 409 for a cursor of another city file: begin anew.",
		Parameters: []*huma.Param{
			web.QueryParam("after", "The cursor next of an earlier answer; default the beginning", "string", false),
			web.QueryParam("limit", "At most so many; default 100, at most 10,000", "integer", false),
		},
		Security:  []map[string][]string{{"token": {}}},
		Responses: map[string]*huma.Response{"200": web.JSONResponse(api, "Changes", Changes{}), "default": web.ProblemResponse(api)},
	})
}

// describe documents a write.
func (s *server) describe(api huma.API, op *huma.Operation, status, kind string, body map[string]*huma.Schema, required ...string) {
	header := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "header", Description: doc, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	op.Tags = []string{"edits"}
	op.Security = []map[string][]string{{"token": {}}}
	op.Description += " Answered once it is durable and visible to every reader."
	op.Parameters = []*huma.Param{header("Idempotency-Key", "Kept 30 days: the same request with the same key is done once and gets the same answer")}
	if op.Method != http.MethodPost {
		op.Parameters = append(op.Parameters,
			&huma.Param{Name: "code", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}},
			header("If-Match", "The ETag or version the change was made from; 412 where it is another now"))
	}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		kind: {Schema: &huma.Schema{Type: huma.TypeObject, Properties: body, Required: required, AdditionalProperties: false}},
	}}
	op.Responses = map[string]*huma.Response{status: web.JSONResponse(api, "The feature as it is now", featureBody{}), "default": web.ProblemResponse(api)}
	s.doc.AddOperation(op)
}

// Changes is a piece of the feed.
type Changes struct {
	Changes []cityfile.Entry `json:"changes"`
	Next    string           `json:"next" doc:"The cursor to go on from"`
}

// changes is GET /v1/changes. It names persons: it takes a token.
func (s *server) changes(c echo.Context) error {
	params, err := web.Parameters(c, "after", "limit")
	if err != nil {
		return err
	}
	if _, err := s.actor(c); err != nil {
		return err
	}
	limit := web.DefaultLimit
	if text, ok := params.Find("limit"); ok {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > web.MaxLimit {
			return web.Refuse("limit", text, fmt.Sprintf("1 to %d", web.MaxLimit), web.ErrMalformed)
		}
	}
	cursor, err := cityfile.ParseCursor(params.Get("after"))
	if err != nil {
		return web.Refuse("after", params.Get("after"), "not a cursor", web.ErrMalformed)
	}
	entries, next, err := s.keeper.Store().Feed(c.Request().Context(), cursor, limit)
	if errors.Is(err, cityfile.ErrCursor) {
		return web.Refuse("after", params.Get("after"), "a cursor of another city file: begin anew", web.ErrConflict)
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, Changes{entries, next.String()})
}
