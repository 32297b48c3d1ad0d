package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/spatial"
)

func (h *archive) quality(t *testing.T, words string) (q api.Quality) {
	t.Helper()
	h.get(t, "/v1/dispatch/quality?"+words).read(t, &q)
	return q
}

func rowOf(rows []api.QualityRow, key string) api.QualityRow {
	for _, r := range rows {
		if r.Key == key {
			return r
		}
	}
	return api.QualityRow{}
}

func TestQualityCountsWhatTheLogsSay(t *testing.T) {
	t.Parallel()
	h := openArchive(t, 900)
	q := h.quality(t, "from=2026-01-01&kind=event")
	wrong, byUnit, byUnitWrong := 0, map[string]int{}, map[string]int{}
	for _, k := range h.past {
		byUnit[k.first]++
		if k.given {
			wrong++
			byUnitWrong[k.first]++
		}
	}
	if wrong < 20 || q.Cases != 900 || q.Undispatched != 0 || q.Unlabelled != 0 || q.All.N != 900 || q.All.Wrong != wrong || q.All.Returns != wrong || q.LimitReached {
		t.Fatalf("%d wrong: %+v", wrong, q.All)
	}
	for u, n := range byUnit {
		if r := rowOf(q.Units, u); r.N != n || r.Wrong != byUnitWrong[u] || r.Name != "单位"+u[1:] || float64(r.AtLeast) > float64(r.Share) || len(r.Place) != 2 {
			t.Errorf("%s, %d of %d: %+v", u, byUnitWrong[u], n, r)
		}
	}
	if r := rowOf(q.Rules, string(dispatch.Unrecorded)); r.N != 900 || len(q.Rules) != 1 {
		t.Errorf("rules %+v", q.Rules)
	}
	if r := rowOf(q.Classes, "event 0102"); r.N != 900 || r.Name == "" || len(q.NeedClasses) > 1 {
		t.Errorf("classes %+v, %+v", q.Classes, q.NeedClasses)
	}
	// All that is wrong lies at the two borders.
	if len(q.Borders) != 2 || q.Borders[0].Wrong+q.Borders[1].Wrong != wrong || len(q.NeedBorders) != 2 || q.Borders[0].AtLeast < q.Borders[1].AtLeast {
		t.Errorf("borders %+v, in need %+v", q.Borders, q.NeedBorders)
	}
	if r := rowOf(q.Borders, "Z1|Z2"); !strings.Contains(r.Name, "责任网格1 | 责任网格2") || r.N < r.Wrong || r.Share < 0.2 {
		t.Errorf("%+v", r)
	}
	if q.Method.Chinese == "" || q.Method.English == "" || q.RulesVersion != "archive-1" {
		t.Errorf("%+v", q)
	}
	if part := h.quality(t, "from=2026-01-01&limit=100"); part.Cases != 100 || !part.LimitReached {
		t.Errorf("%+v", part)
	}
	if none := h.quality(t, "from=2020-01-01&to=2020-02-01"); none.Cases != 0 || none.All.N != 0 || none.All.Share != 0 {
		t.Errorf("%+v", none)
	}
}

func TestQualityIsKeptUntilSomethingChanges(t *testing.T) {
	t.Parallel()
	h := openArchive(t, 40)
	const words = "from=2026-01-01"
	first := h.get(t, "/v1/dispatch/quality?"+words)
	second := h.get(t, "/v1/dispatch/quality?"+words)
	if first.status != 200 || string(first.body) != string(second.body) || first.header.Get("ETag") == "" || first.header.Get("ETag") != second.header.Get("ETag") {
		t.Errorf("%d\n%s\n%s", first.status, first.body, second.body)
	}
	d := cases.Draft{Kind: grids.EventKind, Category: "0102", Source: cases.Patrol, At: h.past[0].at, ReportedAt: madeAt}
	if _, err := h.cases.Append(t.Context(), cases.Request{
		Kind: cases.Report, Actor: cases.Actor{ID: "s1", Role: cases.Supervisor}, Details: cases.Details{Report: &d},
	}); err != nil {
		t.Fatal(err)
	}
	if q := h.quality(t, words); q.Cases != 41 || q.Undispatched != 1 {
		t.Errorf("after another case: %+v", q)
	}
}

// steps carries a new case on, each step by who may.
func (h *archive) steps(t *testing.T, at spatial.Coord, after time.Duration, decision *api.Decision, steps ...cases.Request) {
	t.Helper()
	d := cases.Draft{Kind: grids.EventKind, Category: "0102", Source: cases.Patrol, At: at, ReportedAt: h.keeper.Now().Add(after).UTC()}
	r, err := h.cases.Append(t.Context(), cases.Request{Kind: cases.Report, Actor: cases.Actor{ID: "s1", Role: cases.Supervisor}, Details: cases.Details{Report: &d}})
	if err != nil {
		t.Fatal(err)
	}
	operator := cases.Actor{ID: "o1", Role: cases.Operator}
	begin := []cases.Request{{Kind: cases.Register, Actor: operator}, {Kind: cases.Open, Actor: operator}}
	for _, s := range append(begin, steps...) {
		s.Case = r.ID
		if s.Kind == cases.Dispatch && decision != nil {
			s.Decision = fmt.Appendf(nil, `{"unit":%q,"basis":%q,"claim":%d}`, decision.Unit, decision.Basis, decision.Claim)
		}
		if _, err := h.cases.Append(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s.Kind, err)
		}
	}
}

func send(unit string) cases.Request {
	return cases.Request{
		Kind: cases.Dispatch, Actor: cases.Actor{ID: "d1", Role: cases.Dispatcher},
		Details: cases.Details{Unit: unit, Level: cases.UnitLevel},
	}
}

// A ruling given once decides the next case at that place and class, and no other;
// quality tells which rulings are passed over.
func TestARulingDecidesTheNextCaseAtThatPlaceAndClass(t *testing.T) {
	t.Parallel()
	h := openArchive(t, 0)
	at := h.snap.City.Cells[20].At
	// Reports of before and after the rulings; times of cases are whole seconds.
	const before, after, all = -time.Minute, 5 * time.Second, "to=2099-01-01&from=2026-01-01"
	zone := h.snap.City.Zones[h.snap.Locate(at).Zone].Unit
	ruled, another := "U1", "U3"
	if zone == ruled {
		t.Fatal("the place is the ruling's own")
	}
	give := cases.Actor{ID: "h1", Role: cases.Handler, Unit: zone}
	if d := h.decide(t, eventAt(at, "")); d.Unit != zone || d.Basis != dispatch.StepTerritory {
		t.Fatalf("before the ruling: %+v", d)
	}
	// The unit disputes it, and the arbiter rules.
	first := h.decide(t, eventAt(at, ""))
	h.steps(t, at, before, &first, send(zone), cases.Request{Kind: cases.Dispute, Actor: give}, cases.Request{
		Kind: cases.Rule, Actor: cases.Actor{ID: "a1", Role: cases.Arbiter}, Details: cases.Details{Unit: ruled},
	})
	q := h.quality(t, all)
	if r := rowOf(q.Rules, "territory"); r.N != 1 || r.Wrong != 1 || r.Disputes != 1 || r.Rulings != 1 || len(q.UnusedRulings) != 0 {
		t.Fatalf("%+v", q)
	}
	made := h.claim(t, "rulings", fmt.Sprintf(`{"subject":{"line":[[%.7f,%.7f]],"within_m":30,"kind":"event","category":"0102"},"unit":%q,"evidence":"裁决1"}`, at.Lon(), at.Lat(), ruled))
	other := h.claim(t, "rulings", fmt.Sprintf(`{"subject":{"line":[[%.7f,%.7f]],"within_m":20,"kind":"event","category":"01"},"unit":%q,"evidence":"裁决2"}`, h.snap.City.Cells[33].At.Lon(), h.snap.City.Cells[33].At.Lat(), another))
	next := h.decide(t, eventAt(at, ""))
	if next.Unit != ruled || next.Basis != dispatch.StepRuling || next.Claim != made.ID {
		t.Errorf("the next case: %+v", next)
	}
	if d := h.decide(t, strings.Replace(eventAt(at, ""), `"0102"`, `"0103"`, 1)); d.Unit != zone {
		t.Errorf("another class: %+v", d)
	}
	far := at
	far.Y += 9000 // 100 m north
	if d := h.decide(t, eventAt(far, "")); d.Basis == dispatch.StepRuling {
		t.Errorf("100 m off: %+v", d)
	}
	// A dispatcher passes it over once: it is told as never applied, with the case it met.
	h.steps(t, at, after, &next, send(another), cases.Request{Kind: cases.Return, Actor: cases.Actor{ID: "h2", Role: cases.Handler, Unit: another}}, send(ruled))
	q = h.quality(t, all)
	if len(q.UnusedRulings) != 2 || q.UnusedRulings[0].ID != made.ID || q.UnusedRulings[0].Met != 1 || q.UnusedRulings[1].ID != other.ID || q.UnusedRulings[1].Met != 0 {
		t.Errorf("passed over: %+v", q.UnusedRulings)
	}
	if r := rowOf(q.Rules, string(dispatch.ByHand)); r.N != 1 || r.Wrong != 1 {
		t.Errorf("%+v", q.Rules)
	}
	// Then one goes by it.
	h.steps(t, at, after, &next, send(ruled), cases.Request{Kind: cases.Accept, Actor: cases.Actor{ID: "h3", Role: cases.Handler, Unit: ruled}})
	if q = h.quality(t, all); len(q.UnusedRulings) != 2 || q.Unlabelled != 1 {
		t.Errorf("one that is not done yet is no label: %+v", q)
	}
	h.steps(t, at, after, &next, send(ruled), cases.Request{Kind: cases.Dispute, Actor: cases.Actor{ID: "h3", Role: cases.Handler, Unit: ruled}}, cases.Request{
		Kind: cases.Rule, Actor: cases.Actor{ID: "a1", Role: cases.Arbiter}, Details: cases.Details{Unit: ruled},
	})
	q = h.quality(t, all)
	if r := rowOf(q.Rules, string(dispatch.StepRuling)); len(q.UnusedRulings) != 1 || q.UnusedRulings[0].ID != other.ID || r.N != 1 || r.Wrong != 0 {
		t.Errorf("once it was followed: %+v, %+v", q.UnusedRulings, q.Rules)
	}
}

func TestBadQuestionsOfQualityAndTheMapAreRefused(t *testing.T) {
	t.Parallel()
	h := openArchive(t, 2)
	for _, c := range []refusal{
		{"/v1/dispatch/quality?colour=red", 400, "malformed", "colour"},
		{"/v1/dispatch/quality?kind=planet", 400, "malformed", "kind"},
		{"/v1/dispatch/quality?category=01", 400, "malformed", "kind"},
		{"/v1/dispatch/quality?from=x", 400, "malformed", "from"},
		{"/v1/dispatch/quality?from=2026-02-01&to=2026-01-01", 400, "malformed", "from"},
		{"/v1/dispatch/quality?limit=-1", 400, "malformed", "limit"},
		{"/v1/dispatch/quality?unit=U9", 422, "not-possible", "unit"},
		{"/v1/dispatch/quality?zone=,", 400, "malformed", "zone"},
		{"/v1/dispatch/quality?zone=" + strings.Repeat("Z1,", 60), 400, "too-many", "zone"},
		{"/v1/dispatch/map/nothing.geojson", 404, "not-found", "layer"},
		{"/v1/dispatch/map/nobody", 404, "not-found", "layer"},
		{"/v1/dispatch/map/nobody.geojson", 400, "malformed", "category"},
		{"/v1/dispatch/map/nobody.geojson?category=0102", 400, "malformed", "kind"},
		{"/v1/dispatch/map/nobody.geojson?kind=event&category=01", 422, "category-unknown", "category"},
		{"/v1/dispatch/map/nobody.geojson?kind=event&category=nobodys:0102", 422, "scheme-mismatch", "category"},
		{"/v1/dispatch/map/overlaps.geojson?kind=rumour", 400, "malformed", "kind"},
		{"/v1/dispatch/map/off-duty.geojson?at=then", 400, "malformed", "at"},
		{"/v1/dispatch/map/off-duty.geojson?limit=1", 400, "malformed", "limit"},
		{"/v1/dispatch/map/returns.geojson?at=2026-01-01", 400, "malformed", "at"},
		{"/v1/dispatch/map?from=2026-01-01", 400, "malformed", "from"},
	} {
		h.refuses(t, c)
	}
	if r := h.ask(t, http.MethodPost, "/v1/dispatch/quality", "{}"); r.status != 405 {
		t.Errorf("%d %s", r.status, r.body)
	}
}
