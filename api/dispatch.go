package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
)

// dispatchRoutes tell whose a case is, and keep what was found out about that.
func (s *server) dispatchRoutes(e *echo.Echo, api huma.API) {
	e.POST("/v1/dispatch", s.dispatch)
	e.GET("/v1/ownership", func(c echo.Context) error { return s.claims(c, ownershipClaims) })
	e.POST("/v1/ownership", func(c echo.Context) error { return s.addClaim(c, ownershipClaims) })
	e.GET("/v1/rulings", func(c echo.Context) error { return s.claims(c, rulingClaims) })
	e.POST("/v1/rulings", func(c echo.Context) error { return s.addClaim(c, rulingClaims) })
	s.dryRunRoutes(e, api)
	s.qualityRoute(e, api)
	s.responsibilityRoutes(e, api)
	s.describeDispatch(api)
	s.describeClaims(api, ownershipClaims, "An ownership record (确权): who answers for a component, an area or a place")
	s.describeClaims(api, rulingClaims, "A ruling (裁决): what was decided in a dispute, and the precedent for the next case at that place and class")
}

func (s *server) describeDispatch(api huma.API) {
	text, number := huma.Schema{Type: huma.TypeString}, huma.Schema{Type: huma.TypeNumber}
	doc := func(kind, doc string) *huma.Schema { return &huma.Schema{Type: kind, Description: doc} }
	body := map[string]*huma.Schema{
		"lon": &number, "lat": &number, "crs": doc(huma.TypeString, "Default cgcs2000"),
		"accuracy_m": doc(huma.TypeNumber, "68 % circular error of the position (1.51 σ), above 0 and at most 500; default and 0: that of the rules"),
		"kind":       {Type: huma.TypeString, Enum: []any{string(grids.ComponentKind), string(grids.EventKind)}},
		"category":   doc(huma.TypeString, "A minor code of the city's scheme, or scheme:code of another that surely has one counterpart here"),
		"condition":  doc(huma.TypeString, "A condition that the city has of the category"),
		"component":  doc(huma.TypeString, "The code of the component, where it was read or picked; with kind component"),
		"at":         doc(huma.TypeString, "What holds at this date or time counts; default now"),
		"nearest": {
			Type: huma.TypeArray, Description: "Resources near by to name with the decision: at most 10 kinds, k 1 to 20, default 3; kind \"\" is any",
			Items: &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"kind": &text, "k": {Type: huma.TypeInteger}}},
		},
	}
	s.doc.AddOperation(&huma.Operation{
		OperationID: "dispatch", Method: http.MethodPost, Path: "/v1/dispatch", Tags: []string{"dispatch"},
		Summary: "Whose a case is, how sure that is, and why; stores nothing",
		Description: "Every rule tried is in the trace, other answers come with what would make each the right one, and where a person must look " +
			"there is one question that separates the two most probable. A position outside the city is answered too, by the default unit. " +
			"409 conflict where the city has no rule file; 422 category-unknown, scheme-mismatch, and not-possible for a component or condition that the city has not.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{web.TypeJSON: {Schema: &huma.Schema{
			Type: huma.TypeObject, Properties: body, Required: []string{"lon", "lat", "kind", "category"}, AdditionalProperties: false,
		}}}},
		Responses: map[string]*huma.Response{"200": web.JSONResponse(api, "The decision", Decision{}), "default": web.ProblemResponse(api)},
	})
}

// dispatch is POST /v1/dispatch. It takes no token, as it stores nothing.
func (s *server) dispatch(c echo.Context) error {
	if _, err := web.Parameters(c); err != nil {
		return err
	}
	body, err := web.ReadBody(c, web.MaxBodyBytes, web.TypeJSON)
	if err != nil {
		return err
	}
	m, err := web.ReadMembers(body)
	if err != nil {
		return err
	}
	d, err := s.decider()
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	now, err := d.deciding(ctx)
	if err != nil {
		return err
	}
	q, asked, err := reportIn(m, now.engine.City(), d.now())
	if err != nil {
		return err
	}
	if asked {
		if now, err = d.decidingAt(ctx, q.Time); err != nil {
			return err
		}
	}
	decision, err := now.engine.Decide(q)
	if err != nil {
		return reportFault(err, &q)
	}
	out := decisionOf(now, &q, &decision)
	if err := s.beside(ctx, now.engine.City(), &q, out); err != nil {
		return terms.CaseFault(s.log, c, err)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, out)
}

// beside adds to a decision what the desk knows: deadlines, and what a report of
// this would repeat.
func (s *server) beside(ctx context.Context, snap *grids.Snapshot, q *dispatch.Report, out *Decision) error {
	d := s.desk
	if d == nil {
		return nil
	}
	if out.Deadlines = []CaseDeadline{}; d.clock != nil {
		out.Deadlines = d.clock.deadlines(snap.City, q.Kind, q.Category, q.Condition, q.Time)
	}
	draft := cases.Draft{Kind: q.Kind, Category: q.Category, Condition: q.Condition, At: q.At, Component: q.Component, ReportedAt: q.Time}
	repeats, err := cases.Intake(ctx, &draft, d.store, d.intake)
	out.Duplicates, out.Recurrences = matchesOf(repeats.Duplicates, snap.City.TimeZone), matchesOf(repeats.Recurrences, snap.City.TimeZone)
	return err
}

// decider returns what dispatches.
func (s *server) decider() (*Dispatcher, error) {
	if s.dispatcher == nil {
		return nil, web.Refuse("rules", "", "this server does not dispatch", web.ErrConflict)
	}
	return s.dispatcher, nil
}
