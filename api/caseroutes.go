package api

import (
	"maps"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
)

// caseRoutes take cases and alarms, and tell of them.
func (s *server) caseRoutes(e *echo.Echo, api huma.API) {
	e.POST("/v1/cases", s.newCase)
	e.GET("/v1/cases", s.listCases)
	e.GET("/v1/cases/:id", s.oneCase)
	e.POST("/v1/cases/:id/events", s.newEvent)
	e.POST("/v1/alarms", s.newAlarm)
	s.describeReports(api)
	s.describeEvents(api)
	s.describeLists(api)
}

const keyDoc = "Kept 30 days: the same request with the same key is done once and gets the same answer; another request with it is a conflict"

// describePost documents a write about cases.
func (s *server) describePost(op *huma.Operation, body map[string]*huma.Schema, required ...string) {
	op.Method, op.Tags, op.Security = http.MethodPost, []string{"cases"}, []map[string][]string{{"token": {}}}
	op.Description += " Answered once it is durable."
	op.Parameters = append(op.Parameters, web.DocumentedHeader("Idempotency-Key", keyDoc))
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{web.TypeJSON: {Schema: &huma.Schema{
		Type: huma.TypeObject, Properties: body, Required: required, AdditionalProperties: false,
	}}}}
	s.doc.AddOperation(op)
}

// mediaSchema is a list of references to pictures and films.
func mediaSchema() *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeArray, Description: "Pictures and films kept elsewhere, at most 50", Items: &huma.Schema{
			Type: huma.TypeObject, AdditionalProperties: false, Required: []string{"url", "sha256"}, Properties: map[string]*huma.Schema{
				"stage": web.Documented(huma.TypeString, "The event at which it was taken; default this one"),
				"url":   web.Documented(huma.TypeString, "http or https"), "sha256": web.Documented(huma.TypeString, "64 hex digits, lower case"),
				"taken_at": web.Documented(huma.TypeString, "RFC 3339"),
			},
		},
	}
}

func (s *server) describeReports(api huma.API) {
	number := huma.Schema{Type: huma.TypeNumber}
	kinds := &huma.Schema{Type: huma.TypeString, Enum: []any{string(grids.ComponentKind), string(grids.EventKind)}}
	category := web.Documented(huma.TypeString, "A minor code of the city's scheme, or scheme:code of another that surely has one counterpart here")
	condition := web.Documented(huma.TypeString, "What exactly is wrong: with the category it says how long it may take")
	place := map[string]*huma.Schema{
		"lon": &number, "lat": &number, "crs": web.Documented(huma.TypeString, "Default cgcs2000"),
		"accuracy_m": web.Documented(huma.TypeNumber, "68 % circular error of the position, above 0 and at most 500"),
		"component":  web.Documented(huma.TypeString, "The code of the component, where it was read or picked"), "condition": condition, "category": category, "kind": kinds,
	}
	with := func(more map[string]*huma.Schema) map[string]*huma.Schema {
		maps.Copy(more, place)
		return more
	}
	s.describePost(&huma.Operation{
		OperationID: "report-case", Path: "/v1/cases", Summary: "Report a case",
		Description: "The case is placed, it is decided whose it is, and what it may repeat is found. What patrol, sensors and systems report is registered at once; " +
			"where the server is told so, a case that the rules are sure of and that repeats no open one goes out without a person. " +
			"A position outside the city is taken too, with decision mode default; in a city without rules the decision is null. When it is due is the clock's to say. " +
			"A report whose external_id its source system gave before is answered with that case: 200 where it says the same, 409 with the case's id where it says something else. " +
			"422 category-unknown, scheme-mismatch, and not-possible for a component or condition that the city has not and for a time that lies before 1990 or more than 5 minutes ahead.",
		Responses: map[string]*huma.Response{
			"201": web.JSONResponse(api, "The case", NewCase{}), "200": web.JSONResponse(api, "It was reported before", NewCase{}), "default": web.ProblemResponse(api),
		},
	}, with(map[string]*huma.Schema{
		"description":   web.Documented(huma.TypeString, "At most 16 KB"),
		"source":        {Type: huma.TypeString, Enum: []any{"patrol", "public", "sensor", "system"}, Description: "Default by the actor's role, else patrol"},
		"source_system": web.Documented(huma.TypeString, "The system that the report comes from; with external_id"),
		"external_id":   web.Documented(huma.TypeString, "The report's id there: in one case at most"),
		"number":        web.Documented(huma.TypeString, "The city's own number of the case, where it has one already"),
		"reported_at":   web.Documented(huma.TypeString, "RFC 3339; default now"), "media": mediaSchema(),
		"attributes": {Type: huma.TypeObject, AdditionalProperties: true, Description: "What the source knows besides; told only to who sends a token"},
	}), "lon", "lat", "kind", "category")
	s.describePost(&huma.Operation{
		OperationID: "report-alarm", Path: "/v1/alarms", Summary: "A sensor's alarm",
		Description: "It becomes a note of the open case of its class about the same component or of the same device, and a case with source sensor where there is none. " +
			"A component tells place and class where they are not given. An alarm with an external_id counts once.",
		Responses: map[string]*huma.Response{
			"201": web.JSONResponse(api, "It made a case", AlarmAnswer{}), "200": web.JSONResponse(api, "It is a note of the open case", AlarmAnswer{}), "default": web.ProblemResponse(api),
		},
	}, with(map[string]*huma.Schema{
		"source_system": web.Documented(huma.TypeString, "The system that the sensor belongs to"), "device": web.Documented(huma.TypeString, "The sensor's id there"),
		"external_id": web.Documented(huma.TypeString, "The alarm's id there"), "at": web.Documented(huma.TypeString, "RFC 3339; default now"),
		"value": {Description: "What was measured: a number, text or truth"}, "description": web.Documented(huma.TypeString, "At most 2 KB"),
	}), "source_system")
}

func (s *server) describeEvents(api huma.API) {
	events := make([]any, 0, len(eventNames()))
	for _, name := range eventNames() {
		events = append(events, name)
	}
	s.describePost(&huma.Operation{
		OperationID: "case-event", Path: "/v1/cases/{id}/events", Summary: "One step of a case's way",
		Description: "Who may do what when is the state machine's to say: 422 event-not-allowed names the reason and what this actor may do instead. " +
			"Who handles may neither check nor close. A token of role admin acts in the role that fits; the log has the role, and the actor's id with it. " +
			"A dispatch keeps what the rules said at that moment.",
		Parameters: []*huma.Param{
			{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}},
			web.DocumentedHeader("If-Match", "The version or ETag that the case must have; 412 where it is another"),
		},
		Responses: map[string]*huma.Response{"200": web.JSONResponse(api, "The case after it", CaseStep{}), "default": web.ProblemResponse(api)},
	}, map[string]*huma.Schema{
		"kind": {Type: huma.TypeString, Enum: events}, "note": web.Documented(huma.TypeString, "At most 16 KB"),
		"unit":    web.Documented(huma.TypeString, "Of dispatch and rule: to whom it goes"),
		"members": {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}, Description: "Who handles jointly with the unit, which leads"},
		"level":   {Type: huma.TypeString, Enum: []any{"district", "unit"}, Description: "Of dispatch; default unit"},
		"until":   web.Documented(huma.TypeString, "Of hold: when it ends, a date or RFC 3339; without it the case is held until it is resumed"),
		"score":   {Type: huma.TypeInteger, Description: "Of survey: 1 to 5"}, "media": mediaSchema(),
		"number": web.Documented(huma.TypeString, "Of register: the city's own number of the case"),
	}, "kind")
}

func (s *server) describeLists(api huma.API) {
	words := func(name, doc string) *huma.Param { return web.QueryParam(name, doc, huma.TypeString, false) }
	s.doc.AddOperation(&huma.Operation{
		OperationID: "list-cases", Method: http.MethodGet, Path: "/v1/cases", Tags: []string{"cases"}, Summary: "Cases, the newest report first",
		Description: "All words must hold; lists are separated by commas. A code that the city never had is refused (422): it would find nothing.",
		Parameters: []*huma.Param{
			words("from", "Reported from this date or time on"), words("to", "and before this"), words("kind", "component or event"),
			words("category", "With kind: codes of minors or how they begin"), words("status", "States: reported, registered, …"),
			words("source", "patrol, public, sensor, system"), words("unit", "With whom the case lies"), words("zone", "Of the position when the case came in"),
			words("community", "Of the case's cell"), words("street", "Of the case's cell"), words("district", "Of the case's cell"), words("cell", "Cells"),
			words("component", "About this component"), words("hour", "Of the report by the city's clocks: 7-9 is from 7 until before 9"),
			words("weekday", "Of the report: 1 is Monday; 1-5 is Monday to Friday"),
			words("q", "A text in number, external id, category's name or description, or the whole id or component's code"),
			words("live", "true: only what is not over"), web.QueryParam("limit", "At most so many; default 100, at most 10,000", huma.TypeInteger, false),
			words("cursor", "next of the page before"),
		},
		Responses: map[string]*huma.Response{"200": web.JSONResponse(api, "A page", CaseList{}), "default": web.ProblemResponse(api)},
	})
	s.doc.AddOperation(&huma.Operation{
		OperationID: "case", Method: http.MethodGet, Path: "/v1/cases/{id}", Tags: []string{"cases"}, Summary: "A case with its whole history",
		Description: "Without a token the ids of persons and the attributes are left out; with one, allowed says what its actor may do. The ETag is the version, for If-Match.",
		Parameters:  []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}},
		Responses:   map[string]*huma.Response{"200": web.JSONResponse(api, "The case", WholeCase{}), "default": web.ProblemResponse(api)},
	})
}
