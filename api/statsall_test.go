package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api/statistics"
	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

func TestEachStatisticAgreesWithACountOfTheCases(t *testing.T) {
	t.Parallel()
	b := openCensus(t, censusPlan{cases: 3000})
	zone := b.snap.City.TimeZone
	var clock [7][24]int
	var months [12]int
	cells, zones := map[string]int{}, map[string]int{}
	for i := range b.all {
		d := &b.all[i].Report
		at := d.ReportedAt.In(zone)
		clock[(int(at.Weekday())+6)%7][at.Hour()]++
		months[at.Month()-1]++
		cells[d.Cell]++
		zones[d.Zone]++
	}
	t.Run("hot spots", func(t *testing.T) {
		got := asks[statistics.HotSpots](t, b, "hotspots", fiveYears+`,"alpha":0.5,"base":"area"}`)
		if got.N != len(b.all) || got.ExcludedN != 0 || got.Result.Rate == nil {
			t.Errorf("%d of %d cases, %d left out", got.N, len(b.all), got.ExcludedN)
		}
		for _, a := range got.Result.List {
			if a.Count != cells[a.Code] || a.HotRate == nil {
				t.Errorf("%s has %d, not %d", a.Code, cells[a.Code], a.Count)
			}
		}
		byZone := asks[statistics.HotSpots](t, b, "hotspots", fiveYears+`,"by":"zone","alpha":0.5}`)
		for _, a := range byZone.Result.List {
			if a.Count != zones[a.Code] {
				t.Errorf("zone %s has %d, not %d", a.Code, zones[a.Code], a.Count)
			}
		}
		one := b.snap.City.Zones[0].Code
		part := asks[statistics.HotSpots](t, b, "hotspots", `{"filter":{"from":"2021-01-01","to":"2026-01-01","zone":"`+one+`"}}`)
		if part.N != zones[one] || part.Result.Areas == 0 || part.Result.Areas >= len(b.snap.City.Cells) {
			t.Errorf("zone %s: %d cases in %d cells", one, part.N, part.Result.Areas)
		}
	})
	t.Run("clock and season", func(t *testing.T) {
		got := asks[statistics.ClockAnswer](t, b, "clock", fiveYears+`}`)
		if got.Result.Counts != clock || len(b.drawn(t, got.Layer)) != len(got.Result.List) {
			t.Errorf("%v, want %v", got.Result.Counts, clock)
		}
		s := asks[statistics.SeasonAnswer](t, b, "season", fiveYears+`}`)
		for i, m := range s.Result.Months {
			if m.Cases != months[i] || s.Result.OneYear {
				t.Errorf("month %d has %d, not %d", i+1, months[i], m.Cases)
			}
		}
	})
	t.Run("rank and appraisal", func(t *testing.T) {
		got := asks[statistics.RankAnswer](t, b, "rank", fiveYears+`,"seed":7}`)
		again := asks[statistics.RankAnswer](t, b, "rank", fiveYears+`,"seed":7}`)
		if got.Result.Seed != 7 || fmt.Sprint(got.Result) != fmt.Sprint(again.Result) || got.N+got.ExcludedN != len(b.all) {
			t.Errorf("%+v\n%+v", got.Result, again.Result)
		}
		n := 0
		for _, u := range got.Result.List {
			n += u.N
		}
		if n != got.N {
			t.Errorf("%d cases of units, %d of all", n, got.N)
		}
		worth := asks[statistics.AppraisalAnswer](t, b, "appraisal", fiveYears+`}`)
		if worth.N != len(b.all) || worth.Result.City.Closed.K != len(b.all) || worth.Result.City.OnTime.N != got.N {
			t.Errorf("%+v", worth.Result.City)
		}
		returned := 0
		for _, u := range worth.Result.List {
			returned += u.Recurrence.K
		}
		chains := asks[statistics.RepeatAnswer](t, b, "repeats", fiveYears+`}`)
		if returned != worth.Result.City.Recurrence.K || returned != chains.Result.Avoidable {
			t.Errorf("%d came back by unit, %d in all, %d in chains", returned, worth.Result.City.Recurrence.K, chains.Result.Avoidable)
		}
		asks[statistics.AppraisalAnswer](t, b, "appraisal", fiveYears+`,"by":"post"}`)
	})
	t.Run("campaign and friction", func(t *testing.T) { b.campaignAndFriction(t) })
}

func (b *census) campaignAndFriction(t *testing.T) {
	t.Helper()
	cell := b.snap.City.Cells[20]
	box := cell.Shape.Box
	w, s, e, n := box.Min.Lon(), box.Min.Lat(), box.Max.Lon(), box.Max.Lat()
	area := fmt.Sprintf(`{"type":"Polygon","coordinates":[[[%.7f,%.7f],[%.7f,%.7f],[%.7f,%.7f],[%.7f,%.7f],[%.7f,%.7f]]]}`, w, s, e, s, e, n, w, n, w, s)
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, b.snap.City.TimeZone)
	got := asks[statistics.CampaignAnswer](t, b, "campaign", fiveYears+`,"area":`+area+`,"start":"2024-01-01","ring_m":100}`)
	var target statistics.TwoCounts
	for i := range b.all {
		d := &b.all[i].Report
		if d.At.X < box.Min.X || d.At.X > box.Max.X || d.At.Y < box.Min.Y || d.At.Y > box.Max.Y {
			continue
		}
		if d.ReportedAt.Before(start) {
			target.Before++
		} else {
			target.After++
		}
	}
	r := got.Result
	if r.Target != target || target.Before == 0 || r.Target.Before+r.Target.After+r.Ring.Before+r.Ring.After+r.Control.Before+r.Control.After != len(b.all) || r.Rebound == nil {
		t.Errorf("%+v, want %+v", r, target)
	}
	friction := asks[statistics.FrictionAnswer](t, b, "friction", fiveYears+`}`)
	k, sum := 0, 0
	for _, f := range friction.Result.List {
		k, sum = k+f.Again.K, sum+f.Again.N
	}
	if friction.N != sum || friction.Result.All.K != k || friction.N+friction.ExcludedN != len(b.all) || len(friction.Result.List) == 0 {
		t.Errorf("%d of %d, %+v", k, sum, friction.Result.All)
	}
}

func TestComparedPeriodsThatAreNotAlikeAreWarnedOf(t *testing.T) {
	t.Parallel()
	b := openCensus(t, censusPlan{cases: 300})
	ask := func(before, after string) []terms.Words {
		return asks[statistics.Comparison](t, b, "compare", `{"before":`+before+`,"after":`+after+`,"by":"zone"}`).Warnings
	}
	whole := ask(`{"from":"2025-03-03","to":"2025-03-31"}`, `{"from":"2025-03-31","to":"2025-04-28"}`)
	longer := ask(`{"from":"2025-03-03","to":"2025-03-31"}`, `{"from":"2025-03-31","to":"2025-05-26"}`)
	mixed := ask(`{"from":"2025-03-03","to":"2025-03-08"}`, `{"from":"2025-03-08","to":"2025-03-13"}`)
	if len(whole) != 0 || len(longer) != 1 || len(mixed) != 1 || !strings.Contains(mixed[0].English, "week") {
		t.Errorf("%v, %v, %v", whole, longer, mixed)
	}
}

func TestABadQuestionIsToldWhatIsWrong(t *testing.T) {
	t.Parallel()
	b := openCensus(t, censusPlan{cases: 300})
	many := strings.TrimSuffix(strings.Repeat("990104001003001,", 10_000), ",")
	different := make([]string, 10_000)
	for i := range different {
		different[i] = fmt.Sprint(i)
	}
	area := `{"type":"Polygon","coordinates":[[[114.3,34.7],[114.31,34.7],[114.31,34.71],[114.3,34.71],[114.3,34.7]]]}`
	for _, c := range []struct {
		name, body string
		status     int
		code, at   string
	}{
		{"hotspots", `{"filter":{"from":"2025-02-01","to":"2025-01-01"}}`, 400, "malformed", "filter.from"},
		{"hotspots", `{"filter":{"from":"1925-01-01","to":"2025-01-01"}}`, 400, "malformed", "filter.from"},
		{"hotspots", `{"filter":{"from":"0000-01-01"}}`, 400, "malformed", "filter.from"},
		{"hotspots", `{"alpha":NaN}`, 400, "malformed", "body"},
		{"hotspots", `{"alpha":1e999}`, 400, "malformed", "alpha"},
		{"hotspots", `{"alpha":0.9}`, 400, "malformed", "alpha"},
		{"hotspots", `{"filter":{"kind":"event","category":"9999"}}`, 422, "category-unknown", "filter.category"},
		{"hotspots", `{"filter":{"category":"0102"}}`, 400, "malformed", "filter.kind"},
		{"hotspots", `{"filter":{"zone":"nowhere"}}`, 422, "not-possible", "filter.zone"},
		{"hotspots", `{"filter":{"cell":"` + many + `"}}`, 400, "malformed", "filter.cell"},
		{"hotspots", `{"filter":{"cell":"` + strings.Join(different[:500], ",") + `"}}`, 400, "too-many", "filter.cell"},
		{"hotspots", `{"filter":{"limit":"3"}}`, 400, "malformed", "filter.limit"},
		{"hotspots", `{"filter":[]}`, 400, "malformed", "filter"},
		{"hotspots", `{"filter":{"hour":"25"}}`, 400, "malformed", "filter.hour"},
		{"hotspots", `{"base":"components"}`, 400, "malformed", "base"},
		{"hotspots", `{"by":"block"}`, 400, "malformed", "by"},
		{"hotspots", `{"bandwidth":1}`, 400, "malformed", "bandwidth"},
		{"compare", `{}`, 400, "malformed", "before"},
		{"compare", `{"before":{"from":"2025-01-01","to":"2025-02-01"},"after":{"from":"2025-01-15","to":"2025-03-01"}}`, 400, "malformed", "after.from"},
		{"compare", `{"filter":{"from":"2025-01-01"},"before":{},"after":{}}`, 400, "malformed", "filter.from"},
		{"repeats", `{"radius_m":-1}`, 400, "malformed", "radius_m"},
		{"repeats", `{"within_days":1e6}`, 400, "malformed", "within_days"},
		{"rank", `{"seed":1.5}`, 400, "malformed", "seed"},
		{"clock", `{"by":"cell"}`, 400, "malformed", "by"},
		{"campaign", `{"start":"2025-06-01"}`, 400, "malformed", "area"},
		{"campaign", `{"area":{"type":"Point","coordinates":[114,34]},"start":"2025-06-01"}`, 400, "malformed", "area.type"},
		{"campaign", `{"area":{"type":"Polygon","coordinates":[[[114,34],[115,35],[115,34],[114,35],[114,34]]]},"start":"2025-06-01"}`, 422, "polygon-invalid", "area.coordinates"},
		{"campaign", `{"area":` + area + `,"start":"2020-06-01"}`, 400, "malformed", "start"},
		{"friction", `{"near_m":1e9}`, 400, "malformed", "near_m"},
		{"sources", `{"filter":{"source":"public"}}`, 400, "malformed", "filter.source"},
		{"sources", `{"around":"everywhere"}`, 400, "malformed", "around"},
		{"lemons", `{"filter":{"kind":"event"}}`, 400, "malformed", "filter.kind"},
		{"lemons", `{"times":0.5}`, 400, "malformed", "times"},
		{"lemons", `{"probability":1}`, 400, "malformed", "probability"},
	} {
		b.refused(t, b.post(t, "/v1/stats/"+c.name, c.body), c.name+" "+c.body, c.status, c.code, c.at)
	}
	b.refused(t, b.post(t, "/v1/stats/appraisal", `{"by":"post"}`), "posts without a token", 401, "unauthenticated", "Authorization")
	b.refused(t, b.ask(t, http.MethodPost, "/v1/stats/clock", `{}`, "Content-Type", "application/json", "Prefer", "wait=soon"), "Prefer", 400, "malformed", "Prefer")
	b.refused(t, b.get(t, "/v1/stats/jobs/none"), "job", 404, "not-found", "id")
	b.refused(t, b.get(t, "/v1/stats/layers/none.geojson"), "layer", 404, "not-found", "id")
	b.refused(t, b.ask(t, http.MethodDelete, "/v1/stats/jobs/none", ""), "job", 404, "not-found", "id")
}

func (b *census) refused(t *testing.T, r reply, what string, status int, code, at string) {
	t.Helper()
	var p web.Problem
	if err := json.Unmarshal(r.body, &p); err != nil || r.status != status || p.Code != code || len(p.Errors) == 0 || p.Errors[0].Location != at {
		t.Errorf("%.200s: %d %.300s, want %d %s at %s", what, r.status, r.body, status, code, at)
	}
}

// bottomless has cases without an end, and tells when they are begun and left.
type bottomless struct {
	*cases.City
	begun, left chan struct{}
}

func (e *bottomless) Rows(context.Context, cases.Query) iter.Seq2[cases.Row, error] {
	return func(yield func(cases.Row, error) bool) {
		defer func() { e.left <- struct{}{} }()
		e.begun <- struct{}{}
		for yield(cases.Row{ReportedAt: 1, State: cases.Closed, Unit: "U1"}, nil) {
		}
	}
}

func TestALongQuestionGoesOnAsAJobAndStopsWhenItIsNotWanted(t *testing.T) {
	t.Parallel()
	slow := &bottomless{begun: make(chan struct{}, 1), left: make(chan struct{}, 1)}
	b := openCensus(t, censusPlan{cases: 300, store: func(c *cases.City) statistics.Cases { slow.City = c; return slow }})
	r := b.ask(t, http.MethodPost, "/v1/stats/rank", `{}`, "Content-Type", "application/json", "Prefer", "respond-async")
	job := taken[statistics.Statistic](t, r, http.StatusAccepted)
	if r.header.Get("Location") != "/v1/stats/jobs/"+job.ID || job.Result != nil {
		t.Errorf("%v %+v", r.header, job)
	}
	<-slow.begun
	if now := taken[statistics.Statistic](t, b.get(t, "/v1/stats/jobs/"+job.ID), http.StatusOK); now.State != "running" {
		t.Errorf("%+v", now)
	}
	b.refused(t, b.get(t, "/v1/stats/layers/"+job.ID+".geojson"), "a layer too early", 409, "conflict", "id")
	if r := b.ask(t, http.MethodDelete, "/v1/stats/jobs/"+job.ID, ""); r.status != http.StatusNoContent {
		t.Errorf("%d %s", r.status, r.body)
	}
	<-slow.left
	// Who goes away while waiting cancels it too.
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, serve(t, b.Handler)+"/v1/stats/rank", bytes.NewReader([]byte(`{}`)))
		if err != nil {
			t.Error(err)
			return
		}
		r.Header.Set("Prefer", "wait=20")
		if answer, err := http.DefaultClient.Do(r); err == nil {
			t.Errorf("%d", answer.StatusCode)
			answer.Body.Close()
		}
	}()
	<-slow.begun
	leave()
	<-slow.left
	<-done
}

func TestOnlySoManyQuestionsWait(t *testing.T) {
	t.Parallel()
	slow := &bottomless{begun: make(chan struct{}, 20), left: make(chan struct{}, 20)}
	b := openCensus(t, censusPlan{cases: 300, store: func(c *cases.City) statistics.Cases { slow.City = c; return slow }})
	refused := 0
	for range 12 {
		r := b.ask(t, http.MethodPost, "/v1/stats/rank", `{}`, "Content-Type", "application/json", "Prefer", "respond-async")
		if r.status == http.StatusServiceUnavailable && r.header.Get("Retry-After") != "" {
			refused++
		}
	}
	if refused != 4 {
		t.Errorf("%d of 12 were refused", refused)
	}
}

func FuzzStatisticBody(f *testing.F) {
	b := openCensus(f, censusPlan{cases: 100})
	names := []string{"hotspots", "compare", "repeats", "clock", "season", "rank", "appraisal", "campaign", "friction", "sources", "lemons"}
	for i, seed := range []string{
		`{"filter":{"kind":"event","category":"01","hour":"22-2","weekday":"1-5"},"alpha":0.1,"base":"area"}`,
		`{"before":{"from":"2021-01-01","to":"2022-01-01"},"after":{"from":"2022-01-01","to":"2023-01-01"},"against":"city"}`,
		`{"filter":{"from":"2021-01-01","q":"路"},"radius_m":3.5,"within_days":2}`, `{"by":"district","filter":null}`, `{"filter":{"live":"true"}}`, `{"seed":9007199254740992}`, `{"by":"street"}`,
		`{"area":{"type":"Polygon","coordinates":[[[114.3,34.7],[114.4,34.7],[114.4,34.9],[114.3,34.7]]]},"start":"2025-06-01","end":"2025-07-01","rebound":3}`, `{"near_m":200,"seed":0}`,
		`{"filter":{"from":"2021-01-01"},"around":"neighbours","by":"zone"}`, `{"filter":{"from":"2021-01-01","category":"01","kind":"component"},"times":1.5,"probability":0.6}`,
	} {
		f.Add(byte(i), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, which byte, body []byte) {
		name := names[int(which)%len(names)]
		r := b.ask(t, http.MethodPost, "/v1/stats/"+name, string(body), "Content-Type", "application/json", "Prefer", "wait=20")
		switch {
		case r.status >= 500:
			t.Fatalf("%s %q: %d %s", name, body, r.status, r.body)
		case r.status != http.StatusOK:
			r.shape(t)
		default:
			b.drawn(t, taken[statistics.Statistic](t, r, http.StatusOK).Layer)
		}
	})
}
