package api

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
)

// maxDryRunBytes is how long the body of a dry run may be: a rule file of 1 MB, in
// JSON, where each of its characters may take two.
const maxDryRunBytes = 2*dispatch.MaxRulesBytes + 64<<10

// DryRun is a replay of past cases under changed rules.
type DryRun struct {
	ID           string        `json:"id"`
	State        string        `json:"state" enum:"queued,running,done,failed"`
	Against      string        `json:"against" enum:"log,rules"`
	RulesVersion string        `json:"rules_version" doc:"Of the changed rules"`
	From         time.Time     `json:"from"`
	To           time.Time     `json:"to"`
	AskedAt      time.Time     `json:"asked_at"`
	StartedAt    *time.Time    `json:"started_at,omitempty"`
	EndedAt      *time.Time    `json:"ended_at,omitempty"`
	Done         int64         `json:"done" doc:"Cases that were read so far"`
	Total        int64         `json:"total" doc:"Of so many; 0 until they are counted"`
	Fault        string        `json:"fault,omitempty" doc:"Why it failed"`
	CityVersion  int64         `json:"city_version,omitempty"`
	Result       *DryRunResult `json:"result,omitempty" doc:"Once it is done"`
}

// DryRunResult is what changed rules would have decided otherwise.
type DryRunResult struct {
	Cases        int             `json:"cases" doc:"That were dispatched, and decided anew"`
	Undispatched int64           `json:"undispatched" doc:"That were sent to nobody: left out"`
	Changed      int             `json:"changed" doc:"Go to another unit, or jointly instead of alone"`
	Share        web.Probability `json:"share" doc:"The part that changes"`
	Better       int             `json:"better" doc:"Of the changed: now to whose they were in the end"`
	Worse        int             `json:"worse" doc:"Of the changed: no longer to whose they were in the end"`
	Automatic    int             `json:"automatic" doc:"Would go out without a person"`
	AutoShare    web.Probability `json:"automatic_share"`
	Refused      []RefusedDiff   `json:"refused" doc:"Cases that the changed rules cannot decide, by reason"`
	Pairs        []PairDiff      `json:"pairs" doc:"By unit before and after, the most first"`
	Classes      []ClassDiff     `json:"classes" doc:"By class, the most first"`
	Points       int             `json:"points" doc:"Changed cases in the map layer"`
}

// RefusedDiff counts cases that cannot be decided any more.
type RefusedDiff struct {
	Reason string `json:"reason"`
	N      int    `json:"n"`
}

// PairDiff counts the cases that go from one unit to another.
type PairDiff struct {
	From     string `json:"from"`
	FromName string `json:"from_name,omitempty"`
	To       string `json:"to"`
	ToName   string `json:"to_name,omitempty"`
	N        int    `json:"n"`
	Better   int    `json:"better"`
	Worse    int    `json:"worse"`
}

// ClassDiff counts the cases of a class that change.
type ClassDiff struct {
	Kind         string `json:"kind"`
	Category     string `json:"category"`
	CategoryName string `json:"category_name,omitempty"`
	N            int    `json:"n"`
	Of           int    `json:"of"`
}

func (s *server) dryRunRoutes(e *echo.Echo, api huma.API) {
	e.POST("/v1/dispatch/dry-run", s.startDryRun)
	e.GET("/v1/dispatch/dry-run/:id", s.dryRun)
	e.DELETE("/v1/dispatch/dry-run/:id", s.dropDryRun)
	s.describeDryRuns(api)
}

// commander refuses who has no token of a dispatcher, an arbiter or the administrator.
func (s *server) commander(c echo.Context) error {
	a, err := s.actor(c)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"admin", string(cases.Dispatcher), string(cases.Arbiter)}, a.Role) {
		return web.Refuse("Authorization", a.Role, "this is for the roles admin, dispatcher and arbiter", web.ErrRole)
	}
	return nil
}

// startDryRun is POST /v1/dispatch/dry-run.
func (s *server) startDryRun(c echo.Context) error {
	if _, err := web.Parameters(c); err != nil {
		return err
	}
	if err := s.commander(c); err != nil {
		return err
	}
	d, err := s.decider()
	if err != nil {
		return err
	}
	if _, err := d.caseLogs(); err != nil {
		return err
	}
	now, err := d.deciding(c.Request().Context())
	if err != nil {
		return err
	}
	body, err := web.ReadBody(c, maxDryRunBytes, web.TypeJSON)
	if err != nil {
		return err
	}
	r, err := readDryRun(body, now.engine, d.now())
	if err != nil {
		return err
	}
	if err := d.start(r); err != nil {
		if errors.Is(err, web.ErrBusy) {
			c.Response().Header().Set("Retry-After", "10")
		}
		return err
	}
	c.Response().Header().Set("Location", "/v1/dispatch/dry-run/"+r.id)
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusAccepted, s.dryRunOf(d, r))
}

// readDryRun reads what is to be replayed, and under which rules: they must be such
// that the city can follow them.
func readDryRun(body []byte, e *dispatch.Engine, now time.Time) (*dryRun, error) {
	m, err := web.ReadMembers(body)
	if err != nil {
		return nil, err
	}
	if err := m.Only("rules", "patch", "against", "filter", "limit"); err != nil {
		return nil, err
	}
	r := &dryRun{asked: now}
	if r.rules, err = changedRulesIn(m, e.Rules()); err != nil {
		return nil, err
	}
	if err := r.rules.Check(e.City()); err != nil {
		return nil, rulesProblem(err)
	}
	against, err := m.OneOf("against", "log", "rules")
	if err != nil {
		return nil, err
	}
	r.byRules = against != nil && *against == "rules"
	words := web.Members{}
	if text, ok := m["filter"]; ok {
		if words, err = web.ReadMembers(text); err != nil {
			return nil, web.Within("filter", err)
		}
		if err := words.Only(pastWords...); err != nil {
			return nil, web.Within("filter", err)
		}
	}
	values := map[string]string{}
	for name := range words {
		v, err := words.Text(name)
		if err != nil {
			return nil, web.Within("filter", err)
		}
		if v != nil && *v != "" {
			values[name] = *v
		}
	}
	if text, ok := m["limit"]; ok {
		values["limit"] = string(text)
	}
	r.past, err = pastOf(e.City(), now, func(name string) (string, bool) { v, ok := values[name]; return v, ok })
	return r, err
}

// changedRulesIn reads a rule file, or a patch of the present one.
func changedRulesIn(m web.Members, present *dispatch.Rules) (*dispatch.Rules, error) {
	_, whole := m["rules"]
	patch, some := m["patch"]
	if whole == some {
		return nil, web.Refuse("rules", "", "send either rules, the text of a rule file, or patch, a JSON merge patch of the present one", web.ErrMalformed)
	}
	var out *dispatch.Rules
	var err error
	if some {
		out, err = present.Patched(patch)
	} else {
		var text string
		if err := m.Decode("rules", "the text of a rule file", &text); err != nil {
			return nil, err
		}
		out, err = dispatch.ReadRules([]byte(text))
	}
	if err != nil {
		return nil, rulesProblem(err)
	}
	return out, nil
}

// maxRuleFaults is how many faults of a rule file are told at once.
const maxRuleFaults = 50

// rulesProblem tells each fault of a rule file with its line and column.
func rulesProblem(err error) error {
	faults, ok := errors.AsType[dispatch.RuleFaults](err)
	if !ok {
		return web.Refuse("rules", "", err.Error(), web.ErrRules)
	}
	p := &web.Problem{Status: http.StatusUnprocessableEntity, Code: "rules-invalid", Detail: fmt.Sprintf("faults in the rules: %d; the first: %s", len(faults), faults[0])}
	for _, f := range faults[:min(len(faults), maxRuleFaults)] {
		p.Errors = append(p.Errors, web.ProblemDetail{Location: "rules", Message: f.String()})
	}
	return p.Named()
}

// dryRunNamed finds a run by the path and asks for a token.
func (s *server) dryRunNamed(c echo.Context) (d *Dispatcher, id string, err error) {
	if _, err := web.Parameters(c); err != nil {
		return nil, "", err
	}
	if err := s.commander(c); err != nil {
		return nil, "", err
	}
	d, err = s.decider()
	return d, c.Param("id"), err
}

func noDryRun(id string) error {
	return web.Refuse("id", id, fmt.Sprintf("no such dry run; the last %d are kept until the server stops", keptRuns), web.ErrNotFound)
}

// dryRun is GET /v1/dispatch/dry-run/{id} and, with .geojson after the id, the map
// layer.
func (s *server) dryRun(c echo.Context) error {
	d, id, err := s.dryRunNamed(c)
	if err != nil {
		return err
	}
	if run, layer := web.CutGeoJSON(id); layer {
		return s.dryRunLayer(c, d, run)
	}
	d.runs.mu.Lock()
	r := d.runs.find(id)
	d.runs.mu.Unlock()
	if r == nil {
		return noDryRun(id)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, s.dryRunOf(d, r))
}

// dropDryRun is DELETE /v1/dispatch/dry-run/{id}.
func (s *server) dropDryRun(c echo.Context) error {
	d, id, err := s.dryRunNamed(c)
	if err != nil {
		return err
	}
	if !d.runs.drop(id) {
		return noDryRun(id)
	}
	return c.NoContent(http.StatusNoContent)
}

// dryRunOf puts a run into words, as it stands.
func (s *server) dryRunOf(d *Dispatcher, r *dryRun) *DryRun {
	d.runs.mu.Lock()
	defer d.runs.mu.Unlock()
	snap := s.live.Current()
	zone := snap.City.TimeZone
	out := &DryRun{
		ID: r.id, State: string(r.state), Against: "log", RulesVersion: r.rules.Version, AskedAt: r.asked.In(zone),
		From: r.past.From.In(zone), To: r.past.To.In(zone),
		Done: r.done.Load(), Total: r.total.Load(), Fault: r.fault, CityVersion: r.cityVersion,
	}
	if r.byRules {
		out.Against = "rules"
	}
	for _, t := range []struct {
		at   time.Time
		into **time.Time
	}{{r.started, &out.StartedAt}, {r.ended, &out.EndedAt}} {
		if !t.at.IsZero() {
			at := t.at.In(zone)
			*t.into = &at
		}
	}
	if r.diff != nil {
		out.Result = resultOf(snap, r)
	}
	return out
}
