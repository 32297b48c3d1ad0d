package statistics

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wanmi-gis/wanmi/api/web"
)

// filterDocs says what the words of a filter mean, as for GET /v1/cases.
var filterDocs = map[string]string{
	"from": "Cases reported from this date or time on; default a year before to, at most 30 years", "to": "and before this; default now",
	"kind": "component or event", "category": "With kind: codes of minors or how they begin", "status": "States", "source": "patrol, public, sensor, system",
	"unit": "With whom the case lies", "zone": "Of the position when the case came in", "community": "Of the case's cell", "street": "Of the case's cell",
	"district": "Of the case's cell", "cell": "Cells", "component": "About this component", "hour": "Of the report by the city's clocks: 7-9 is from 7 until before 9",
	"weekday": "1 is Monday; 1-5 is Monday to Friday", "q": "A text in number, name or description", "live": "true: only what is not over",
}

// results has an example of each result, for the description.
func results() map[string]any {
	return map[string]any{
		"hotspots": HotSpots{}, "compare": Comparison{}, "repeats": RepeatAnswer{}, "clock": ClockAnswer{}, "season": SeasonAnswer{}, "rank": RankAnswer{},
		"appraisal": AppraisalAnswer{}, "campaign": CampaignAnswer{}, "friction": FrictionAnswer{}, "sources": SourcesAnswer{}, "lemons": LemonsAnswer{},
	}
}

func (s *server) describeStatistic(api huma.API, of *statistic) {
	filter := map[string]*huma.Schema{}
	for _, w := range filterWords() {
		filter[w] = web.Documented(huma.TypeString, filterDocs[w])
	}
	filter[pilesWord] = web.Documented(huma.TypeString, "with (default), or without: cases at piles do not count; GET /heat/piles lists these")
	body := map[string]*huma.Schema{"filter": {Type: huma.TypeObject, Properties: filter, AdditionalProperties: false, Description: "As GET /v1/cases; lists are separated by commas"}}
	for _, w := range of.words {
		body[w.name] = web.Documented(w.kind, w.doc)
	}
	m := of.method()
	s.doc.AddOperation(&huma.Operation{
		OperationID: "stats-" + of.name, Method: http.MethodPost, Path: "/v1/stats/" + of.name, Tags: []string{"statistics"}, Summary: of.summary,
		Description: m.English + "\n\n" + m.Chinese + "\n\nWhat takes longer than a second (Prefer: wait=SECONDS, at most 20, or respond-async) goes on as a job: 202, and Location says where it comes to be. " +
			"Who goes away while waiting cancels it. The map layer has all that the lists are cut at; the last 16 answers are kept.",
		Parameters: []*huma.Param{web.DocumentedHeader("Prefer", "wait=SECONDS or respond-async (RFC 7240)")},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{web.TypeJSON: {Schema: &huma.Schema{
			Type: huma.TypeObject, Properties: body, AdditionalProperties: false,
		}}}},
		Responses: map[string]*huma.Response{
			"200": response(api, "The answer", results()[of.name]), "202": web.JSONResponse(api, "It goes on", Statistic{}), "default": web.ProblemResponse(api),
		},
	})
}

// response describes an answer with its result.
func response(api huma.API, doc string, result any) *huma.Response {
	registry := api.OpenAPI().Components.Schemas
	r := web.JSONResponse(api, doc, Statistic{})
	whole := r.Content[web.TypeJSON].Schema
	r.Content[web.TypeJSON].Schema = &huma.Schema{AllOf: []*huma.Schema{
		whole, {Type: huma.TypeObject, Properties: map[string]*huma.Schema{"result": huma.SchemaFromType(registry, reflect.TypeOf(result))}},
	}}
	return r
}

func (s *server) describeStatJobs(api huma.API) {
	id := &huma.Param{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}
	s.doc.AddOperation(&huma.Operation{
		OperationID: "stats-job", Method: http.MethodGet, Path: "/v1/stats/jobs/{id}", Tags: []string{"statistics"}, Summary: "How far a statistic is, and its answer once it is done",
		Parameters: []*huma.Param{id}, Responses: map[string]*huma.Response{"200": web.JSONResponse(api, "As it stands", Statistic{}), "default": web.ProblemResponse(api)},
	})
	s.doc.AddOperation(&huma.Operation{
		OperationID: "drop-stats-job", Method: http.MethodDelete, Path: "/v1/stats/jobs/{id}", Tags: []string{"statistics"}, Summary: "Cancel a statistic, or forget its answer",
		Parameters: []*huma.Param{id}, Responses: map[string]*huma.Response{"204": {Description: "It is gone"}, "default": web.ProblemResponse(api)},
	})
	s.describeStatEvents(api, id)
	layer := *id
	s.doc.AddOperation(&huma.Operation{
		OperationID: "stats-layer", Method: http.MethodGet, Path: "/v1/stats/layers/{id}.geojson", Tags: []string{"statistics"}, Summary: "A statistic as a map layer",
		Parameters: []*huma.Param{&layer},
		Responses: map[string]*huma.Response{
			"200":     {Description: "A FeatureCollection; features_dropped counts what did not fit into 32 MB", Content: map[string]*huma.MediaType{web.TypeGeoJSON: {Schema: &huma.Schema{Type: huma.TypeObject}}}},
			"default": web.ProblemResponse(api),
		},
	})
}
