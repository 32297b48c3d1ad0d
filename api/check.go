package api

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/check"
	"github.com/wanmi-gis/wanmi/grids/check/report"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// CheckAnswer has what is wrong with the city's data, by the standard's rules.
type CheckAnswer struct {
	CityVersion    int64               `json:"city_version" doc:"The version that was examined"`
	CurrentVersion int64               `json:"current_version" doc:"The version that is served; where it is another, its check is under way"`
	At             time.Time           `json:"at" doc:"The city as it held at this time"`
	TookS          float64             `json:"took_s"`
	Layers         map[grids.Layer]int `json:"layers" doc:"Rows examined"`
	Counts         report.Counts       `json:"counts" doc:"All findings by severity"`
	Rules          []report.Rule       `json:"rules" doc:"Every rule with the number of its findings, also those that found nothing"`
	Matched        int                 `json:"matched" doc:"Findings kept that pass the filter; a check keeps a bounded number of each rule"`
	Findings       []report.Finding    `json:"findings" doc:"A page of them, by rule, then place"`
	Next           string              `json:"next,omitempty" doc:"The cursor of the next page; none after the last"`
}

// CheckRunning says that the answer is not there yet.
type CheckRunning struct {
	State       string `json:"state" enum:"running"`
	Rule        string `json:"rule" doc:"The rule under way, or empty"`
	CityVersion int64  `json:"city_version" doc:"The version that is examined"`
}

// checkParams are the parameters of the query.
var checkParams = []string{"rule", "severity", "bbox", "limit", "cursor"}

func (s *server) checkRoute(e *echo.Echo, api huma.API) {
	e.GET("/v1/check", s.check)
	limit := web.QueryParam("limit", "Findings on a page, 1 to 10,000; default 100", "integer", false)
	s.doc.AddOperation(&huma.Operation{
		OperationID: "check", Method: http.MethodGet, Path: "/v1/check", Tags: []string{"city"},
		Summary: "What is wrong with the city's data, by the standard's rules",
		Description: "The first call of a version starts the check and is answered with 202 and Retry-After; ask again. " +
			"After a change the last result is answered, with its city_version, while the new version is examined. " +
			"A cursor is good for one version and one filter.",
		Parameters: []*huma.Param{
			web.QueryParam("rule", "Only findings of these rules, separated by commas", "string", false),
			web.QueryParam("severity", "Only these: error, warning, note, separated by commas", "string", false),
			web.QueryParam("bbox", "Only findings in west,south,east,north in degrees; those without a place are left out", "string", false),
			limit, web.QueryParam("cursor", "next of the page before; all else as it was", "string", false),
		},
		Responses: map[string]*huma.Response{
			"200":     web.JSONResponse(api, "What was found", CheckAnswer{}),
			"202":     web.JSONResponse(api, "The check is under way; ask again", CheckRunning{}),
			"default": web.ProblemResponse(api),
		},
	})
}

// check answers with a page of the findings.
func (s *server) check(c echo.Context) error {
	params, err := web.Parameters(c, checkParams...)
	if err != nil {
		return err
	}
	q, err := s.checks.filter(&params)
	if err != nil {
		return err
	}
	snap := s.live.Current()
	last, rule, err := s.checks.of(snap)
	if err != nil {
		return err
	}
	if last == nil {
		c.Response().Header().Set("Retry-After", "1")
		return c.JSON(http.StatusAccepted, CheckRunning{State: "running", Rule: rule, CityVersion: snap.City.Version})
	}
	from, err := q.after(last)
	if err != nil {
		return err
	}
	a := &CheckAnswer{
		CityVersion: last.version, CurrentVersion: snap.City.Version, At: last.at.In(snap.City.TimeZone), TookS: last.result.Took.Seconds(),
		Layers: last.result.Layers, Counts: last.counts, Rules: last.rules, Findings: []report.Finding{},
	}
	for i := range last.result.Findings {
		f := &last.result.Findings[i]
		if !q.keeps(f) {
			continue
		}
		a.Matched++
		switch {
		case i < from:
		case len(a.Findings) < q.limit:
			a.Findings = append(a.Findings, report.FindingOf(f))
		case a.Next == "":
			a.Next = q.cursorAt(last, i)
		}
	}
	return web.SendJSON(c, a)
}

// checkFilter says which findings are asked for.
type checkFilter struct {
	rules, severities []string
	box               *spatial.Box
	limit             int
	cursor            string
	sum               uint64
}

func (c *Checks) filter(params *web.Params) (*checkFilter, error) {
	q := &checkFilter{limit: web.DefaultLimit, cursor: params.Get("cursor")}
	var err error
	if q.rules, err = listOf(params, "rule", func(id string) bool {
		return slices.ContainsFunc(c.rules, func(r check.Rule) bool { return r.ID == id })
	}); err != nil {
		return nil, err
	}
	if q.severities, err = listOf(params, "severity", func(s string) bool {
		return s == grids.Error.String() || s == grids.Warning.String() || s == grids.Note.String()
	}); err != nil {
		return nil, err
	}
	if text, given := params.Find("bbox"); given {
		if q.box, err = boxOf(text); err != nil {
			return nil, err
		}
	}
	if text, given := params.Find("limit"); given {
		if q.limit, err = strconv.Atoi(text); err != nil || q.limit < 1 || q.limit > web.MaxLimit {
			return nil, web.Refuse("limit", text, fmt.Sprintf("from 1 to %d", web.MaxLimit), web.ErrMalformed)
		}
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%q %q %v", q.rules, q.severities, params.Get("bbox"))
	q.sum = h.Sum64()
	return q, nil
}

// listOf reads names separated by commas, each a known one; nil for all.
func listOf(params *web.Params, name string, known func(string) bool) ([]string, error) {
	text, given := params.Find(name)
	if !given {
		return nil, nil
	}
	out := strings.SplitN(text, ",", web.MaxNames+1)
	if len(out) > web.MaxNames {
		return nil, web.Refuse(name, "", fmt.Sprintf("at most %d names", web.MaxNames), web.ErrTooMany)
	}
	for _, one := range out {
		if !known(one) {
			return nil, web.Refuse(name, one, "no "+name+" of the check", web.ErrMalformed)
		}
	}
	return out, nil
}

// boxOf reads west,south,east,north.
func boxOf(text string) (*spatial.Box, error) {
	parts := strings.SplitN(text, ",", 5)
	if len(parts) != 4 {
		return nil, web.Refuse("bbox", text, "write west,south,east,north", web.ErrMalformed)
	}
	var v [4]float64
	for i, part := range parts {
		var ok bool
		if v[i], ok = web.ParseNumber(part); !ok {
			return nil, web.Refuse("bbox", part, "not a number", web.ErrMalformed)
		}
	}
	low, err := spatial.Checked(v[0], v[1])
	if err != nil {
		return nil, web.Refuse("bbox", text, "degrees on the globe", crs.ErrOutOfRange)
	}
	high, err := spatial.Checked(v[2], v[3])
	if err != nil {
		return nil, web.Refuse("bbox", text, "degrees on the globe", crs.ErrOutOfRange)
	}
	b := &spatial.Box{Min: low, Max: high}
	if b.Empty() {
		return nil, web.Refuse("bbox", text, "west is east of east, or south north of north", web.ErrMalformed)
	}
	return b, nil
}

// keeps says whether a finding passes.
func (q *checkFilter) keeps(f *check.Finding) bool {
	if q.rules != nil && !slices.Contains(q.rules, f.Rule) {
		return false
	}
	if q.severities != nil && !slices.Contains(q.severities, f.Severity.String()) {
		return false
	}
	return q.box == nil || (f.Placed && q.box.Holds(f.At)) || (f.Shape != nil && q.box.Meets(f.Shape.Box))
}

// A check's cursor is the version, the sum of the filter and the number of the
// first finding of the page, in fixed width.
const checkCursorBytes = 8 + 8 + 4

func (q *checkFilter) cursorAt(last *examined, i int) string {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, checkCursorBytes), uint64(last.version))
	b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(b, q.sum), uint32(i))
	return base64.RawURLEncoding.EncodeToString(b)
}

// after reads the cursor: where the page begins.
func (q *checkFilter) after(last *examined) (int, error) {
	if q.cursor == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(q.cursor)
	if err != nil || len(b) != checkCursorBytes {
		return 0, web.Refuse("cursor", q.cursor, "none that was given out", web.ErrMalformed)
	}
	if v := int64(binary.BigEndian.Uint64(b)); v != last.version {
		return 0, web.Refuse(
			"cursor", q.cursor, fmt.Sprintf("the last check is of version %d; ask for the first page again", last.version), web.ErrVersion,
		)
	}
	if binary.BigEndian.Uint64(b[8:]) != q.sum {
		return 0, web.Refuse("cursor", q.cursor, "it belongs to another filter", web.ErrMalformed)
	}
	return int(binary.BigEndian.Uint32(b[16:])), nil
}
