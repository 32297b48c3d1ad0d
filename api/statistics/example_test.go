package statistics_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/api/statistics"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
)

// history is some cases in memory; of a city's file [cases.City] has them.
type history []cases.Row

func (h history) Rows(context.Context, cases.Query) iter.Seq2[cases.Row, error] {
	return func(yield func(cases.Row, error) bool) {
		for _, r := range h {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (h history) CountLogs(context.Context, cases.Query) (int, error) { return len(h), nil }

func (history) Logs(context.Context, cases.Query, int) iter.Seq2[cases.Log, error] {
	return func(func(cases.Log, error) bool) {}
}

func (history) Position(context.Context) (cityfile.Cursor, error) { return cityfile.Cursor{}, nil }

func (history) Check(context.Context, *cases.Query) error { return nil }

func (history) Summaries(context.Context, []int64) (map[int64]*cases.Summary, error) { return nil, nil }

// At which hours are cases reported?
func ExampleRoutes() {
	shape, err := spatial.FromOrb(orb.Polygon{{{114.30, 34.78}, {114.31, 34.78}, {114.31, 34.79}, {114.30, 34.79}, {114.30, 34.78}}})
	if err != nil {
		panic(err)
	}
	city := &grids.City{Profile: grids.Profile{TimeZone: time.UTC, NearM: 30, Version: 1}}
	city.Cells = []grids.Cell{{Feature: grids.Feature{FID: 1, Code: "990104001001001", Shape: shape, At: shape.Representative()}}}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		panic(err)
	}
	var reports history
	for _, hour := range []int{7, 8, 8} {
		at := time.Date(2026, 1, 5, hour, 30, 0, 0, time.UTC)
		reports = append(reports, cases.Row{Cell: city.Cells[0].Code, At: shape.Representative(), Kind: grids.EventKind, ReportedAt: at.Unix()})
	}

	ctx, stop := context.WithCancel(context.Background())
	jobs := statistics.New(ctx, statistics.Options{Cases: reports})
	defer jobs.Wait()
	defer stop()
	r := web.NewRouter(web.RouterOptions{Log: slog.New(slog.DiscardHandler)})
	statistics.Routes(r.Echo, r.API, statistics.Host{Jobs: jobs, Live: grids.NewLive(snap), Heartbeat: time.Second, Until: ctx})

	w := httptest.NewRecorder()
	ask := httptest.NewRequest(http.MethodPost, "/v1/stats/clock", strings.NewReader(`{"filter":{"from":"2026-01-01","to":"2026-02-01"}}`)) //nolint:noctx // an example
	ask.Header.Set("Prefer", "wait=20")
	r.Handler().ServeHTTP(w, ask)
	var answer struct {
		State  string
		N      int
		Result struct {
			Counts   [7][24]int
			MeanHour float64 `json:"mean_hour"`
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		panic(err)
	}
	monday := answer.Result.Counts[0]
	fmt.Println(w.Code, answer.State, answer.N, "cases, mondays from 7:", monday[7], "from 8:", monday[8], "mean hour:", answer.Result.MeanHour)
	// Output:
	// 200 done 3 cases, mondays from 7: 1 from 8: 2 mean hour: 8.16752
}
