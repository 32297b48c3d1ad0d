//go:build proof

package api_test

import (
	"context"
	"iter"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api/statistics"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// echoing tells the cases of a city over and over, so many in all.
type echoing struct {
	*cases.City
	n    int
	rows []cases.Row
	logs []cases.Log
}

func (e *echoing) Rows(context.Context, cases.Query) iter.Seq2[cases.Row, error] {
	return func(yield func(cases.Row, error) bool) {
		for i := range e.n {
			r := e.rows[i%len(e.rows)]
			r.ReportedAt += int64(i / len(e.rows))
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (e *echoing) Logs(context.Context, cases.Query, int) iter.Seq2[cases.Log, error] {
	return func(yield func(cases.Log, error) bool) {
		for i := range e.n {
			if !yield(e.logs[i%len(e.logs)], nil) {
				return
			}
		}
	}
}

// Of ten million cases, or three where they are held in memory: how long a statistic
// goes on after it was cancelled at some moment of its course, which may be 100 ms of
// processor time. By the clock it is told only: what else the machine does is in it.
func TestProof_AStatisticEndsSoonAfterItIsCancelled(t *testing.T) {
	slow := &echoing{}
	b := openCensus(t, censusPlan{cases: 20_000, store: func(c *cases.City) statistics.Cases { slow.City = c; return slow }})
	for r, err := range slow.City.Rows(t.Context(), cases.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		slow.rows = append(slow.rows, r)
	}
	for l, err := range slow.City.Logs(t.Context(), cases.Query{From: censusNow.AddDate(-1, 0, 0)}, 0) {
		if err != nil {
			t.Fatal(err)
		}
		slow.logs = append(slow.logs, l)
	}
	const counted, held = 10_000_000, 3_000_000
	rnd := rand.New(rand.NewPCG(8, 26))
	for _, q := range []struct {
		name, body string
		n          int
	}{
		{"hotspots", fiveYears + `}`, counted},
		{"sources", fiveYears + `,"around":"neighbours"}`, counted},
		{"compare", `{"before":{"from":"2021-01-01","to":"2023-01-01"},"after":{"from":"2024-01-01","to":"2026-01-01"}}`, counted},
		{"clock", fiveYears + `}`, counted},
		{"season", fiveYears + `}`, counted},
		{"rank", fiveYears + `}`, counted},
		{"campaign", fiveYears + `,"start":"2024-01-01","area":` + b.square(3) + `}`, counted},
		{"repeats", fiveYears + `}`, held},
		{"lemons", fiveYears + `}`, held},
		{"appraisal", fiveYears + `}`, held},
		{"friction", fiveYears + `}`, held},
	} {
		slow.n = q.n
		if testing.Short() {
			slow.n /= 20
		}
		begin := func() statistics.Statistic {
			return taken[statistics.Statistic](t, b.ask(t, http.MethodPost, "/v1/stats/"+q.name, q.body, "Content-Type", "application/json", "Prefer", "respond-async"), http.StatusAccepted)
		}
		start := time.Now()
		begin()
		b.stats.Wait() // nothing else is asked meanwhile
		whole := time.Since(start)
		var after, worked []time.Duration
		for range 15 {
			id := begin().ID
			type moment struct {
				clock time.Time
				cpu   time.Duration
			}
			cancelled := make(chan moment, 1)
			time.AfterFunc(time.Duration(rnd.Float64()*float64(whole)), func() {
				now := moment{time.Now(), cpuOf(t)}
				b.ask(t, http.MethodDelete, "/v1/stats/jobs/"+id, "")
				cancelled <- now
			})
			b.stats.Wait()
			end := moment{time.Now(), cpuOf(t)}
			if at := <-cancelled; end.clock.After(at.clock) { // else it was quicker this time
				after, worked = append(after, end.clock.Sub(at.clock)), append(worked, end.cpu-at.cpu)
			}
		}
		if len(after) == 0 {
			t.Logf("%s takes %v and was never caught", q.name, whole)
			continue
		}
		slices.Sort(after)
		slices.Sort(worked)
		last, longest := len(after)-1, worked[len(worked)-1]
		t.Logf("%s of %d cases takes %v; cancelled %d times it ended %v (median) to %v (longest) later, after %v to %v of processor time", q.name, slow.n,
			whole.Round(time.Millisecond), len(after), after[last/2].Round(time.Microsecond), after[last].Round(time.Microsecond),
			worked[last/2].Round(time.Microsecond), longest.Round(time.Microsecond))
		if longest > 100*time.Millisecond {
			t.Errorf("%s worked for %v after it was cancelled", q.name, longest)
		}
	}
}
