package api

import (
	"maps"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
)

// resultOf is the table of a run that is done.
func resultOf(s *grids.Snapshot, r *dryRun) *DryRunResult {
	d := r.diff
	n := float64(max(d.Cases, 1))
	out := &DryRunResult{
		Cases: d.Cases, Undispatched: r.undispatched.Load(), Changed: d.Changed, Share: web.Probability(float64(d.Changed) / n),
		Better: d.Better, Worse: d.Worse, Automatic: d.Automatic, AutoShare: web.Probability(float64(d.Automatic) / n),
		Refused: []RefusedDiff{}, Pairs: make([]PairDiff, len(d.Pairs)), Classes: make([]ClassDiff, len(d.Classes)), Points: len(d.Points),
	}
	for _, reason := range slices.Sorted(maps.Keys(d.Refused)) {
		out.Refused = append(out.Refused, RefusedDiff{reason, d.Refused[reason]})
	}
	for i, p := range d.Pairs {
		out.Pairs[i] = PairDiff{p.From, terms.UnitName(s, p.From), p.To, terms.UnitName(s, p.To), p.N, p.Better, p.Worse}
	}
	for i, k := range d.Classes {
		out.Classes[i] = ClassDiff{string(k.Kind), k.Category, terms.CategoryName(s, k.Kind, k.Category), k.N, k.Of}
	}
	return out
}

// changedCase has the properties of a changed case in the map layer.
type changedCase struct {
	ID           string        `json:"id"`
	Kind         grids.Kind    `json:"kind"`
	Category     string        `json:"category"`
	CategoryName string        `json:"category_name,omitempty"`
	From         string        `json:"from"`
	FromName     string        `json:"from_name,omitempty"`
	To           string        `json:"to"`
	ToName       string        `json:"to_name,omitempty"`
	Mode         dispatch.Mode `json:"mode"`
	Basis        dispatch.Step `json:"basis"`
	Right        string        `json:"right,omitempty"`
	Change       string        `json:"change"` // better, worse or other
}

// dryRunLayer is GET /v1/dispatch/dry-run/{id}.geojson.
func (s *server) dryRunLayer(c echo.Context, d *Dispatcher, id string) error {
	d.runs.mu.Lock()
	r := d.runs.find(id)
	var points []dispatch.PointDiff // they do not change once they are there
	if r != nil && r.diff != nil {
		points = r.diff.Points
	}
	ready := r != nil && r.state == web.Done
	d.runs.mu.Unlock()
	switch {
	case r == nil:
		return noDryRun(id)
	case !ready:
		return web.Refuse("id", id, "the dry run is not done; GET /v1/dispatch/dry-run/"+id+" says how far it is", web.ErrConflict)
	}
	snap := s.live.Current()
	l := web.NewLayer(c)
	for i := range points {
		p := &points[i]
		props := changedCase{
			p.ID, p.Kind, p.Category, terms.CategoryName(snap, p.Kind, p.Category), p.From, terms.UnitName(snap, p.From), p.To, terms.UnitName(snap, p.To),
			p.Mode, p.Basis, p.Right, "other",
		}
		switch p.Right {
		case "":
		case p.To:
			props.Change = "better"
		case p.From:
			props.Change = "worse"
		}
		l.Add(web.AppendPosition([]byte(`{"type":"Point","coordinates":`), p.At.Point()), '}', props)
	}
	return l.End(nil)
}

func (s *server) describeDryRuns(api huma.API) {
	text := func(doc string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: doc} }
	filter := map[string]*huma.Schema{}
	for _, w := range pastWords {
		filter[w] = text(pastDocs[w])
	}
	id := &huma.Param{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}
	token := []map[string][]string{{"token": {}}}
	s.doc.AddOperation(&huma.Operation{
		OperationID: "start-dry-run", Method: http.MethodPost, Path: "/v1/dispatch/dry-run", Tags: []string{"dispatch"}, Security: token,
		Summary: "What changed rules would have decided: past cases decided anew",
		Description: "For the roles admin, dispatcher and arbiter. Nothing of the city changes: it is done beside the server's work, one run after the other, " +
			"and Location says where the result comes to be; the last 8 are kept in memory. A fault in the rules is 422 rules-invalid, each with its line and column.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{web.TypeJSON: {Schema: &huma.Schema{
			Type: huma.TypeObject, AdditionalProperties: false,
			Properties: map[string]*huma.Schema{
				"rules":   text("The text of the changed rule file (YAML), at most 1 MB"),
				"patch":   {Type: huma.TypeObject, Description: "Instead of rules: a JSON merge patch (RFC 7396) of the present rule file"},
				"against": {Type: huma.TypeString, Enum: []any{"log", "rules"}, Description: "What is compared with: the first dispatch in the log (default), or what the present rules say of the case"},
				"filter":  {Type: huma.TypeObject, Properties: filter, AdditionalProperties: false},
				"limit":   {Type: huma.TypeInteger, Description: "At most so many cases, the newest; default 200,000, at most 2,000,000"},
			},
		}}}},
		Responses: map[string]*huma.Response{"202": web.JSONResponse(api, "It was taken", DryRun{}), "default": web.ProblemResponse(api)},
	})
	s.doc.AddOperation(&huma.Operation{
		OperationID: "dry-run", Method: http.MethodGet, Path: "/v1/dispatch/dry-run/{id}", Tags: []string{"dispatch"}, Security: token,
		Summary: "How far a dry run is, and once it is done its table; with .geojson after the id the changed cases as a map layer", Parameters: []*huma.Param{id},
		Responses: map[string]*huma.Response{"200": web.JSONResponse(api, "As it stands", DryRun{}), "default": web.ProblemResponse(api)},
	})
	s.doc.AddOperation(&huma.Operation{
		OperationID: "drop-dry-run", Method: http.MethodDelete, Path: "/v1/dispatch/dry-run/{id}", Tags: []string{"dispatch"}, Security: token,
		Summary: "Cancel a dry run, or forget its result", Parameters: []*huma.Param{id},
		Responses: map[string]*huma.Response{"204": {Description: "It is gone"}, "default": web.ProblemResponse(api)},
	})
}
