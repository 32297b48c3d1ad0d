package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wanmi-gis/wanmi/api/statistics"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// weary has cases without an end, and counts those that are taken after nobody wants
// them any more.
type weary struct {
	*cases.City
	begun, left chan struct{}
	late        atomic.Int64
	go1         chan struct{} // nil, or closed once more than a few may be taken
}

func (e *weary) Rows(ctx context.Context, _ cases.Query) iter.Seq2[cases.Row, error] {
	return func(yield func(cases.Row, error) bool) {
		defer func() { e.left <- struct{}{} }()
		e.begun <- struct{}{}
		n := 0
		for yield(cases.Row{FID: 1, Kind: grids.ComponentKind, Component: 1, Source: cases.Public, ReportedAt: censusNow.Unix() - 1000, State: cases.Closed, Unit: "U1"}, nil) {
			if ctx.Err() != nil {
				e.late.Add(1)
			}
			if n++; n == 5000 && e.go1 != nil {
				<-e.go1
			}
		}
	}
}

func (e *weary) Logs(ctx context.Context, _ cases.Query, _ int) iter.Seq2[cases.Log, error] {
	return func(yield func(cases.Log, error) bool) {
		defer func() { e.left <- struct{}{} }()
		e.begun <- struct{}{}
		for yield(cases.Log{}, nil) {
			if ctx.Err() != nil {
				e.late.Add(1)
			}
		}
	}
}

// TestAStatisticThatIsNotWantedReadsNoMoreThanAFewCases: 1,024 rows, 6 ms at the 5 µs
// that one takes, or one log.
func TestAStatisticThatIsNotWantedReadsNoMoreThanAFewCases(t *testing.T) {
	t.Parallel()
	slow := &weary{begun: make(chan struct{}, 1), left: make(chan struct{}, 1)}
	b := openCensus(t, censusPlan{cases: 300, store: func(c *cases.City) statistics.Cases { slow.City = c; return slow }})
	for name := range statisticPaths(t, b.desk) {
		body := `{}`
		switch name {
		case "compare":
			body = `{"before":{"from":"2021-01-01","to":"2022-01-01"},"after":{"from":"2022-01-01","to":"2023-01-01"}}`
		case "campaign":
			body = `{"start":"2025-06-01","area":` + b.square(3) + `}`
		}
		r := b.ask(t, http.MethodPost, "/v1/stats/"+name, body, "Content-Type", "application/json", "Prefer", "respond-async", "Authorization", "Bearer "+commandToken)
		job := taken[statistics.Statistic](t, r, http.StatusAccepted)
		<-slow.begun
		if r := b.ask(t, http.MethodDelete, "/v1/stats/jobs/"+job.ID, ""); r.status != http.StatusNoContent {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
		<-slow.left
		if late := slow.late.Swap(0); late > 1024 {
			t.Errorf("%s: %d cases were read after it was cancelled", name, late)
		}
	}
}

// statisticPaths are the names of all statistics, by the description.
func statisticPaths(tb testing.TB, d *desk) map[string]bool {
	tb.Helper()
	var doc struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal(d.get(tb, "/openapi.json").body, &doc); err != nil {
		tb.Fatal(err)
	}
	out := map[string]bool{}
	for path, methods := range doc.Paths {
		if name, ok := strings.CutPrefix(path, "/v1/stats/"); ok && methods["post"] != nil {
			out[name] = true
		}
	}
	if len(out) < 11 {
		tb.Fatalf("%v", out)
	}
	return out
}

// nextProgress reads the next event of a stream.
func nextProgress(t *testing.T, lines *bufio.Scanner) (name string, p statistics.StatProgress) {
	t.Helper()
	for lines.Scan() {
		line := lines.Text()
		if after, ok := strings.CutPrefix(line, "event: "); ok {
			name = after
		}
		if after, ok := strings.CutPrefix(line, "data: "); ok {
			if err := json.Unmarshal([]byte(after), &p); err != nil {
				t.Fatal(err)
			}
			return name, p
		}
	}
	return "", p
}

// TestHowFarAStatisticIsIsTold until it is cancelled, or done.
func TestHowFarAStatisticIsIsTold(t *testing.T) {
	t.Parallel()
	slow := &weary{begun: make(chan struct{}, 1), left: make(chan struct{}, 1), go1: make(chan struct{})}
	b := openCensus(t, censusPlan{cases: 300, store: func(c *cases.City) statistics.Cases { slow.City = c; return slow }})
	server := serve(t, b.Handler)
	follow := func(id string) (*bufio.Scanner, func() error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server+"/v1/stats/jobs/"+id+"/events", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
			t.Errorf("%d %v", answer.StatusCode, answer.Header)
		}
		return bufio.NewScanner(answer.Body), answer.Body.Close
	}
	r := b.ask(t, http.MethodPost, "/v1/stats/rank", `{}`, "Content-Type", "application/json", "Prefer", "respond-async")
	job := taken[statistics.Statistic](t, r, http.StatusAccepted)
	lines, hangUp := follow(job.ID)
	last := statistics.StatProgress{}
	for last.Done < 4096 { // where it waits
		name, p := nextProgress(t, lines)
		if name != "progress" || p.ID != job.ID || p.Done < last.Done || p.State != "queued" && p.State != "running" {
			t.Fatalf("%s %+v after %+v", name, p, last)
		}
		last = p
	}
	if last.Total == 0 || last.State != "running" {
		t.Errorf("%+v", last)
	}
	if r := b.ask(t, http.MethodDelete, "/v1/stats/jobs/"+job.ID, ""); r.status != http.StatusNoContent {
		t.Errorf("%d %s", r.status, r.body)
	}
	close(slow.go1)
	name, p := nextProgress(t, lines)
	for name == "progress" {
		name, p = nextProgress(t, lines)
	}
	if name != "failed" || p.State != "failed" || !strings.Contains(p.Fault, "cancelled") {
		t.Errorf("%s %+v", name, p)
	}
	if name, p := nextProgress(t, lines); name != "" {
		t.Errorf("after the end %s %+v", name, p)
	}
	if err := hangUp(); err != nil {
		t.Error(err)
	}
	b.refused(t, b.get(t, "/v1/stats/jobs/"+job.ID+"/events"), "a job that is gone", 404, "not-found", "id")
}

func TestTheEndOfAStatisticIsTold(t *testing.T) {
	t.Parallel()
	b := openCensus(t, censusPlan{cases: 300})
	done := asks[statistics.ClockAnswer](t, b, "clock", fiveYears+`}`)
	r := b.get(t, "/v1/stats/jobs/"+done.ID+"/events")
	name, p := nextProgress(t, bufio.NewScanner(strings.NewReader(string(r.body))))
	if r.status != http.StatusOK || name != "done" || p.Done != 300 || p.Total != 300 || strings.Count(string(r.body), "event:") != 1 {
		t.Errorf("%d %s", r.status, r.body)
	}
}
