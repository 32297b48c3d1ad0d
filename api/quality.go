package api

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Quality says where first dispatch goes wrong.
type Quality struct {
	From         time.Time `json:"from"`
	To           time.Time `json:"to"`
	Cases        int       `json:"cases" doc:"Reported in that time and picked by the filter"`
	Undispatched int       `json:"undispatched" doc:"Of these, sent to nobody yet"`
	Unlabelled   int       `json:"unlabelled" doc:"Dispatched, and the log does not tell yet whose they were"`
	LimitReached bool      `json:"limit_reached" doc:"There are more cases than limit: these are the newest"`

	All     QualityRow   `json:"all"`
	Rules   []QualityRow `json:"rules" doc:"By the rule that decided: a step of an order, by-hand, or unrecorded; the worst first"`
	Units   []QualityRow `json:"units" doc:"By the unit of the first dispatch"`
	Borders []QualityRow `json:"borders" doc:"By the border of two zones within 30 m of the position; key is their codes, joined by |"`
	Classes []QualityRow `json:"classes" doc:"By class; key is kind and category"`

	NeedBorders []QualityRow `json:"need_borders" doc:"Borders in need of a 确权, the most urgent first"`
	NeedClasses []QualityRow `json:"need_classes" doc:"Classes in need of a 确权, the most urgent first"`

	UnusedRulings []UnusedRuling `json:"unused_rulings" doc:"Rulings by which no case of the time was dispatched, those first that the most cases should have been"`

	Method       terms.Words `json:"method"`
	Position     string      `json:"position" doc:"Where the feed stood: the same position and question have the same answer"`
	CityVersion  int64       `json:"city_version"`
	BookVersion  int64       `json:"book_version"`
	RulesVersion string      `json:"rules_version"`
}

// QualityRow is how often first dispatch was wrong.
type QualityRow struct {
	Key     string          `json:"key"`
	Name    string          `json:"name,omitempty"`
	N       int             `json:"n"`
	Wrong   int             `json:"wrong"`
	Share   web.Probability `json:"share"`
	AtLeast web.Probability `json:"at_least" doc:"The lower end of the 95 % interval of the share (Wilson)"`
	Place   []web.Degrees   `json:"place,omitempty" doc:"[lon, lat], the middle of what was wrong"`

	Returns  int      `json:"returns"`
	Disputes int      `json:"disputes"`
	Rulings  int      `json:"rulings"`
	Reworks  int      `json:"reworks"`
	Surveys  int      `json:"surveys"`
	Score    *float64 `json:"score,omitempty" doc:"The mean answer of the surveys, 1 to 5"`
}

// UnusedRuling is a ruling by which no case was dispatched.
type UnusedRuling struct {
	Claim
	Met int `json:"met" doc:"Cases that it is about, all of which went to another unit first"`
}

// qualityMethod says how it is counted.
func qualityMethod() terms.Words {
	return terms.Words{
		Chinese: "统计对象为期内上报、已派遣且归属已明确的案件：以裁决为准；无裁决的以结案单位为准；未结案的，以首派单位回退或申诉之后改派的单位为准。" +
			"首派单位与之不同计为首派错误。排序按错误率的 Wilson 95 % 置信区间下限。错误不少于 5 件且下限不低于 5 % 的边界和类别，建议确权。",
		English: "Counted are cases reported in the time that were dispatched and whose owner the log tells: by a ruling; else by the unit that closed it; " +
			"else, while open, by the unit it went to after the first gave it back or disputed it. Wrong is a first dispatch to another unit. " +
			"Ranked by the lower end of Wilson's 95 % interval of the share that was wrong. Borders and classes with at least 5 wrong and that end at 5 % or more need a 确权.",
	}
}

func (s *server) qualityRoute(e *echo.Echo, api huma.API) {
	e.GET("/v1/dispatch/quality", s.quality)
	s.doc.AddOperation(&huma.Operation{
		OperationID: "dispatch-quality", Method: "GET", Path: "/v1/dispatch/quality", Tags: []string{"dispatch"},
		Summary:     "How often first dispatch was right: by rule, unit, border and class; what needs a 确权, and rulings never applied",
		Description: "Read from the logs of past cases, and kept while nothing changes. 409 conflict where the city has no rule file or the server no cases.",
		Parameters:  pastParams(),
		Responses:   map[string]*huma.Response{"200": web.JSONResponse(api, "Where first dispatch goes wrong", Quality{}), "default": web.ProblemResponse(api)},
	})
}

func pastParams() []*huma.Param {
	var out []*huma.Param
	for _, w := range pastWords {
		out = append(out, web.QueryParam(w, pastDocs[w], "string", false))
	}
	return append(out, web.QueryParam("limit", "At most so many cases, the newest; default 200,000, at most 2,000,000", "integer", false))
}

// quality is GET /v1/dispatch/quality.
func (s *server) quality(c echo.Context) error {
	params, err := web.Parameters(c, append(slices.Clone(pastWords), "limit")...)
	if err != nil {
		return err
	}
	d, err := s.decider()
	if err != nil {
		return err
	}
	q, err := d.qualityOf(c.Request().Context(), &params)
	if err != nil {
		return err
	}
	return web.SendJSON(c, s.qualityAnswer(q))
}

// qualities keeps the last answers, and lets one be made at a time.
type qualities struct {
	asked  atomic.Int64 // how many asked so far
	making sync.Mutex
	mu     sync.Mutex
	kept   []*qualityState // the newest last
}

// keptQualities is how many answers are kept, each some 100 kB for a city.
const keptQualities = 8

// qualityState is what was counted when the feed stood at a position.
type qualityState struct {
	words    string
	position cityfile.Cursor
	by       *deciding
	begun    int64 // how many had asked then

	past                            past
	cases, undispatched, unlabelled int
	report                          *dispatch.QualityReport
}

// qualityOf counts, or finds what was counted since nothing has changed.
func (d *Dispatcher) qualityOf(ctx context.Context, params *web.Params) (*qualityState, error) {
	logs, err := d.caseLogs()
	if err != nil {
		return nil, err
	}
	asked := d.quality.asked.Add(1)
	now, err := d.deciding(ctx)
	if err != nil {
		return nil, err
	}
	p, err := pastOf(now.engine.City(), d.now(), params.Find)
	if err != nil {
		return nil, err
	}
	words := wordsOf(params)
	position, err := logs.Position(ctx)
	if err != nil {
		return nil, err
	}
	same := func(q *qualityState) bool { return q.position == position && q.by == now }
	if q := d.quality.find(words, same); q != nil {
		return q, nil
	}
	d.quality.making.Lock()
	defer d.quality.making.Unlock()
	// Who waited takes what was begun after it asked, whatever came since.
	if q := d.quality.find(words, func(q *qualityState) bool { return same(q) || q.begun >= asked }); q != nil {
		return q, nil
	}
	q := &qualityState{words: words, by: now, begun: d.quality.asked.Load(), past: p}
	if q.position, err = logs.Position(ctx); err != nil {
		return nil, err
	}
	if err := q.count(ctx, logs); err != nil {
		return nil, err
	}
	d.quality.keep(q)
	return q, nil
}

// wordsOf is the question in one form.
func wordsOf(params *web.Params) string {
	var b strings.Builder
	for _, name := range append(slices.Clone(pastWords), "limit") {
		if v, ok := params.Find(name); ok {
			fmt.Fprintf(&b, "%s=%q ", name, v)
		}
	}
	return b.String()
}

func (k *qualities) find(words string, good func(*qualityState) bool) *qualityState {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, q := range k.kept {
		if q.words == words && good(q) {
			return q
		}
	}
	return nil
}

func (k *qualities) keep(q *qualityState) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept = slices.DeleteFunc(k.kept, func(x *qualityState) bool { return x.words == q.words })
	k.kept = append(k.kept, q)
	if n := len(k.kept) - keptQualities; n > 0 {
		k.kept = slices.Delete(k.kept, 0, n)
	}
}

// count reads the logs.
func (q *qualityState) count(ctx context.Context, logs terms.CaseLogs) error {
	var broken error
	q.report = dispatch.Quality(q.by.engine, q.labels(ctx, logs, &broken))
	return broken
}

// labels are the cases whose owner is known.
func (q *qualityState) labels(ctx context.Context, logs terms.CaseLogs, broken *error) iter.Seq[dispatch.Label] {
	return func(yield func(dispatch.Label) bool) {
		for l, err := range logs.Logs(ctx, q.past.Query, q.past.most) {
			if err != nil {
				*broken = err
				return
			}
			q.cases++
			label, dispatched := labelOf(&l)
			switch {
			case !dispatched:
				q.undispatched++
			case label.Right == "":
				q.unlabelled++
			default:
				if !yield(label) {
					return
				}
			}
		}
	}
}

// labelOf is what a case teaches, and whether it was dispatched at all.
func labelOf(l *cases.Log) (dispatch.Label, bool) {
	j := judge(l)
	return dispatch.Label{
		At: l.At, Kind: l.Kind, Category: l.Category, Component: l.Component, Time: l.ReportedAt,
		Unit: j.First, Basis: j.basis, Claim: j.claim, Right: j.Right,
		Marks: dispatch.Marks{Returns: j.Returns, Disputes: j.Disputes, Rulings: j.Rulings, Reworks: j.Reworks, Surveys: j.Surveys, ScoreSum: j.ScoreSum},
	}, j.First != ""
}

// qualityAnswer puts what was counted into words.
func (s *server) qualityAnswer(q *qualityState) *Quality {
	snap, r := q.by.engine.City(), q.report
	unit := func(key string) string { return terms.UnitName(snap, key) }
	none := func(string) string { return "" }
	class := func(key string) string {
		kind, code, _ := strings.Cut(key, " ")
		return terms.CategoryName(snap, grids.Kind(kind), code)
	}
	border := func(key string) string {
		a, b, _ := strings.Cut(key, "|")
		return zoneName(snap, a) + " | " + zoneName(snap, b)
	}
	out := &Quality{
		From: q.past.From.In(snap.City.TimeZone), To: q.past.To.In(snap.City.TimeZone),
		Cases: q.cases, Undispatched: q.undispatched, Unlabelled: q.unlabelled, LimitReached: q.cases >= q.past.most,
		All: qualityRow(&r.All, none), Rules: qualityRows(r.Rules, none), Units: qualityRows(r.Units, unit),
		Borders: qualityRows(r.Borders, border), Classes: qualityRows(r.Classes, class),
		NeedBorders: qualityRows(r.NeedBorders, border), NeedClasses: qualityRows(r.NeedClasses, class),
		UnusedRulings: []UnusedRuling{}, Method: qualityMethod(),
		Position: q.position.String(), CityVersion: snap.City.Version, BookVersion: q.by.book.version, RulesVersion: q.by.engine.Rules().Version,
	}
	rulings := q.by.book.rulings
	for _, u := range r.Unused {
		i := slices.IndexFunc(rulings, func(x grids.Ruling) bool { return x.ID == u.ID })
		if i >= 0 {
			out.UnusedRulings = append(out.UnusedRulings, UnusedRuling{claimBody(snap, &rulings[i].Claim), u.Met})
		}
	}
	return out
}

// zoneName is the name of a zone, its code where it has none.
func zoneName(s *grids.Snapshot, code string) string {
	if i := s.Find(grids.Zones, code); i != spatial.None && s.City.Zones[i].Name != "" {
		return s.City.Zones[i].Name
	}
	return code
}

func qualityRows(all []dispatch.Accuracy, name func(key string) string) []QualityRow {
	out := make([]QualityRow, len(all))
	for i := range all {
		out[i] = qualityRow(&all[i], name)
	}
	return out
}

func qualityRow(a *dispatch.Accuracy, name func(key string) string) QualityRow {
	out := QualityRow{
		Key: a.Key, Name: name(a.Key), N: a.N, Wrong: a.Wrong, Share: web.Probability(a.Share()), AtLeast: web.Probability(a.AtLeast),
		Returns: a.Returns, Disputes: a.Disputes, Rulings: a.Rulings, Reworks: a.Reworks, Surveys: a.Surveys,
	}
	if a.Wrong > 0 {
		out.Place = []web.Degrees{web.Degrees(a.At.Lon()), web.Degrees(a.At.Lat())}
	}
	if a.Surveys > 0 {
		mean := math.Round(100*float64(a.ScoreSum)/float64(a.Surveys)) / 100
		out.Score = &mean
	}
	return out
}
