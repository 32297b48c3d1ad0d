package statistics

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/stats"
)

// Statistic is a question about the cases of the past, and its answer once that is
// worked out.
type Statistic struct {
	ID        string     `json:"id"`
	Statistic string     `json:"statistic" enum:"hotspots,compare,repeats,clock,season,rank,appraisal,campaign,friction,sources,lemons"`
	State     string     `json:"state" enum:"queued,running,done,failed"`
	AskedAt   time.Time  `json:"asked_at"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
	Done      int64      `json:"done" doc:"Cases that were read so far"`
	Total     int64      `json:"total" doc:"Of so many; 0 until they are counted"`
	Fault     string     `json:"fault,omitempty" doc:"Why it failed"`

	Method     stats.Method   `json:"method" doc:"How the figures are found, in words"`
	Filter     map[string]any `json:"filter" doc:"As it was asked"`
	Parameters map[string]any `json:"parameters" doc:"All of them, also those that were left out; seed is that of the bootstrap"`
	Period     StatPeriod     `json:"period"`

	CityVersion int64          `json:"city_version"`
	Position    string         `json:"position,omitempty" doc:"Where the feed stood: while it stays, the same question has the same answer"`
	N           int            `json:"n" doc:"Cases that count"`
	ExcludedN   int            `json:"excluded_n" doc:"Cases that the filter picks and that cannot count"`
	Excluded    map[string]int `json:"excluded,omitempty" doc:"These by reason"`
	Warnings    []terms.Words  `json:"warnings,omitempty"`
	Result      any            `json:"result,omitempty" doc:"Once it is done"`
	Layer       string         `json:"layer,omitempty" doc:"The map layer: GET /v1/stats/layers/{layer}.geojson"`
}

// StatPeriod is the time that cases were reported in, half open.
type StatPeriod struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Days float64   `json:"days"`
}

func periodOf(from, to time.Time, zone *time.Location) StatPeriod {
	return StatPeriod{from.In(zone), to.In(zone), math.Round(to.Sub(from).Hours()/24*1000) / 1000}
}

// statistic is one of the questions that can be asked.
type statistic struct {
	name    string
	summary string
	method  func() stats.Method
	// words are its members beside filter, with what the description says of them.
	words []word
	plan  func(a *ask, m web.Members) (work, error)
}

// word is a member of a question.
type word struct{ name, kind, doc string }

// allStatistics lists the questions.
func allStatistics() []*statistic {
	return []*statistic{
		hotspotsStatistic(), compareStatistic(), repeatsStatistic(), clockStatistic(), seasonStatistic(), rankStatistic(), appraisalStatistic(),
		campaignStatistic(), frictionStatistic(), sourcesStatistic(), lemonsStatistic(),
	}
}

// maxStatBytes is how long a question may be: two polygons of a campaign.
const maxStatBytes = 1 << 20

func (s *server) add(e *echo.Echo, api huma.API) {
	for _, of := range allStatistics() {
		e.POST("/v1/stats/"+of.name, func(c echo.Context) error { return s.ask(c, of) })
		s.describeStatistic(api, of)
	}
	e.GET("/v1/stats/jobs/:id", s.job)
	e.GET("/v1/stats/jobs/:id/events", s.events)
	e.DELETE("/v1/stats/jobs/:id", s.dropJob)
	e.GET("/v1/stats/layers/:layer", s.layer)
	s.describeStatJobs(api)
}

// statistics returns what answers them.
func (s *server) statistics() (*Jobs, error) {
	if s.stats == nil {
		return nil, web.Refuse("cases", "", "this server keeps no cases", web.ErrConflict)
	}
	return s.stats, nil
}

// askStatistic is POST /v1/stats/{name}.
func (s *server) ask(c echo.Context, of *statistic) error {
	if _, err := web.Parameters(c); err != nil {
		return err
	}
	all, err := s.statistics()
	if err != nil {
		return err
	}
	wait, err := waiting(c.Request().Header.Values("Prefer"))
	if err != nil {
		return err
	}
	body, err := web.ReadBody(c, maxStatBytes, web.TypeJSON)
	if err != nil {
		return err
	}
	a, err := all.read(c.Request().Context(), of, body, s.live.Current(), s.asker(c))
	if err != nil {
		return err
	}
	j, err := all.start(a)
	if err != nil {
		c.Response().Header().Set("Retry-After", "10")
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-j.over:
		if j.err != nil {
			all.drop(j.id)
			return all.blame(j.err)
		}
		return c.JSON(http.StatusOK, all.answer(j))
	case <-c.Request().Context().Done():
		all.drop(j.id)
		return c.Request().Context().Err()
	case <-timer.C:
		c.Response().Header().Set("Location", "/v1/stats/jobs/"+j.id)
		return c.JSON(http.StatusAccepted, all.answer(j))
	}
}

// How long an answer is waited for, and the longest that may be asked for.
const (
	usualWait = time.Second
	mostWait  = 20 * time.Second
)

// waiting reads the preference for how long to wait (RFC 7240): wait=SECONDS, or
// respond-async.
func waiting(values []string) (time.Duration, error) {
	for item := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(item), "=")
		switch strings.ToLower(name) {
		case "respond-async":
			return 0, nil
		case "wait":
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 {
				return 0, web.Refuse("Prefer", value, "wait=SECONDS", web.ErrMalformed)
			}
			return min(time.Duration(min(n, 3600))*time.Second, mostWait), nil
		}
	}
	return usualWait, nil
}

func noStatistic(id string) error {
	return web.Refuse("id", id, "no such statistic; the last "+strconv.Itoa(keptStats)+" are kept until the server stops", web.ErrNotFound)
}

// findStatistic returns the job that a path names.
func (s *server) find(c echo.Context) (*Jobs, *job, error) {
	if _, err := web.Parameters(c); err != nil {
		return nil, nil, err
	}
	all, err := s.statistics()
	if err != nil {
		return nil, nil, err
	}
	j := all.find(c.Param("id"))
	if j == nil {
		return nil, nil, noStatistic(c.Param("id"))
	}
	return all, j, nil
}

// job is GET /v1/stats/jobs/{id}.
func (s *server) job(c echo.Context) error {
	all, j, err := s.find(c)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, all.answer(j))
}

// dropStatJob is DELETE /v1/stats/jobs/{id}.
func (s *server) dropJob(c echo.Context) error {
	if _, err := web.Parameters(c); err != nil {
		return err
	}
	all, err := s.statistics()
	if err != nil {
		return err
	}
	if !all.drop(c.Param("id")) {
		return noStatistic(c.Param("id"))
	}
	return c.NoContent(http.StatusNoContent)
}

// statLayer is GET /v1/stats/layers/{id}.geojson.
func (s *server) layer(c echo.Context) error {
	if _, err := web.Parameters(c); err != nil {
		return err
	}
	all, err := s.statistics()
	if err != nil {
		return err
	}
	id, ok := web.CutGeoJSON(c.Param("layer"))
	j := all.find(id)
	switch {
	case j == nil || !ok:
		return noStatistic(c.Param("layer"))
	case !j.isOver():
		return web.Refuse("id", id, "it is not worked out yet; GET /v1/stats/jobs/"+id+" says how far it is", web.ErrConflict)
	case j.err != nil:
		return web.Refuse("id", id, "it failed; GET /v1/stats/jobs/"+id+" says why", web.ErrConflict)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.Blob(http.StatusOK, web.TypeGeoJSON, j.out.layer)
}
