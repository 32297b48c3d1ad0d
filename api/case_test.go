package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

func TestACaseGoesItsWholeWayOverHTTP(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{})
	made := h.report(t, "wang", h.happening(9, `,"description":"占道经营 🛒","media":[{"url":"https://media.example/1.jpg","sha256":"`+strings.Repeat("ab", 32)+`"}],"attributes":{"phone":"139"}`))
	k := made.Case
	cell := h.snap.City.Cells[9]
	if k.State != cases.Registered || k.Cell != cell.Code || k.Zone != cell.Zone || k.Community != cell.Community || k.Street != "990104001" || k.District != "990104" ||
		k.CategoryName == "" || k.Source != cases.Patrol || k.Version != 2 || k.Lamp != cases.Grey || k.DueAt != nil || made.Place.Cell.Code != cell.Code ||
		made.Decision == nil || made.Decision.Unit != "U2" {
		t.Fatalf("%+v", made)
	}
	if len(made.Deadlines) != 1 || made.Deadlines[0].Limit != "4 urgent_hour" || !made.Deadlines[0].DueAt.Equal(townNow.Add(4*time.Hour)) ||
		!made.Deadlines[0].YellowAt.Equal(townNow.Add(192*time.Minute)) || len(made.Duplicates) != 0 {
		t.Errorf("%+v", made.Deadlines)
	}
	h.pass(time.Minute)
	h.way(t, k.ID)
	whole := h.whole(t, "li", k.ID)
	if whole.Case.State != cases.Closed || whole.Case.OnTime == nil || !*whole.Case.OnTime || whole.Case.Unit != "U1" || whole.Case.UnitName != "单位1" ||
		!whole.Case.DueAt.Equal(townNow.Add(time.Minute+4*time.Hour)) || whole.Case.Description != "占道经营 🛒" || string(whole.Case.Attributes) != `{"phone":"139"}` {
		t.Errorf("%+v", whole.Case)
	}
	var way []string
	for _, e := range whole.Events {
		way = append(way, string(e.Kind)+" by "+e.Actor.ID)
	}
	if got := strings.Join(way, ", "); got != "report by wang, register by wanmi, open by li, dispatch by zhao, accept by qian, handle by qian, feedback by qian, check by wang, close by li" {
		t.Errorf("its way is %s", got)
	}
	if e := whole.Events[3]; e.Limit != "4 urgent_hour" || e.Decision == nil || e.YellowAt == nil || whole.Events[0].Media[0].Stage != "report" {
		t.Errorf("%+v", e)
	}
	if !slices.Equal(whole.Allowed, []cases.EventKind{cases.Reopen, cases.Survey}) {
		t.Errorf("allowed to the operator %v", whole.Allowed)
	}
	// Who sends no token is told no person's id, and no attributes.
	bare := h.get(t, "/v1/cases/"+k.ID)
	if bare.status != 200 || bare.header.Get("ETag") != `"9"` || bytes.Contains(bare.body, []byte("wang")) || bytes.Contains(bare.body, []byte("139")) || bytes.Contains(bare.body, []byte(`"allowed"`)) {
		t.Errorf("%v %s", bare.header, bare.body)
	}
}

func TestACaseThatTheRulesAreSureOfGoesOutInOneWrite(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{auto: true})
	made := h.report(t, "wang", about(h.office, 7, `,"condition":"2"`))
	if !made.Decision.Automatic || made.Case.State != cases.Dispatched || made.Case.Unit != made.Decision.Unit || made.Case.Version != 4 || made.Case.Lamp != cases.Green ||
		!made.Case.DueAt.Equal(townNow.Add(10*time.Hour)) || !made.Case.YellowAt.Equal(townNow.Add(8*time.Hour)) {
		t.Fatalf("%+v, %+v", made.Case, made.Decision)
	}
	whole := h.whole(t, "boss", made.Case.ID)
	var kept api.Decision
	if err := json.Unmarshal(whole.Events[3].Decision, &kept); err != nil || kept.Unit != made.Decision.Unit || kept.Confidence != made.Decision.Confidence ||
		len(kept.Trace) != len(made.Decision.Trace) || whole.Events[0].Decision != nil || whole.Events[3].Actor.ID != "wanmi" {
		t.Errorf("%+v, %v", whole.Events[3], err)
	}
	h.pass(9 * time.Hour)
	if k := h.whole(t, "", made.Case.ID).Case; k.Lamp != cases.Yellow {
		t.Errorf("after 9 of 10 hours the lamp is %s", k.Lamp)
	}
	// The same again repeats an open case: a person must look.
	second := h.report(t, "wang", about(h.office, 7, ``))
	if second.Case.State != cases.Registered || len(second.Duplicates) != 1 || second.Duplicates[0].ID != made.Case.ID || !second.Duplicates[0].SameComponent {
		t.Errorf("%+v", second)
	}
	// And what the public reports, somebody must see first.
	third := h.report(t, "citizen", about(h.office, 8, ``))
	if third.Case.State != cases.Reported || third.Case.Source != cases.Public || third.Case.Version != 1 {
		t.Errorf("%+v", third.Case)
	}
	dispatched := taken[api.Decision](t, h.post(t, "/v1/dispatch", about(h.office, 7, `,"condition":"2"`)), 200)
	if len(dispatched.Duplicates) != 2 || len(dispatched.Deadlines) != 1 || dispatched.Recurrences == nil {
		t.Errorf("%+v", dispatched)
	}
}

func TestWhatCameBackIsToldAsARecurrence(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{})
	first := h.report(t, "wang", h.happening(9, "")).Case.ID
	h.way(t, first)
	h.pass(10 * 24 * time.Hour)
	again := h.report(t, "wang", h.happening(9, ""))
	if len(again.Recurrences) != 1 || again.Recurrences[0].ID != first || again.Recurrences[0].ClosedAt == nil || len(again.Duplicates) != 0 {
		t.Errorf("%+v", again)
	}
	if whole := h.whole(t, "", again.Case.ID); len(whole.Recurrences) != 1 || len(whole.Duplicates) != 0 {
		t.Errorf("%+v", whole.Recurrences)
	}
}

func TestACityWithoutRulesTakesCasesAllTheSame(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{rules: "-", auto: true})
	made := h.report(t, "wang", h.happening(9, ""))
	if made.Decision != nil || made.Case.State != cases.Registered {
		t.Errorf("%+v", made)
	}
	h.way(t, made.Case.ID)
}

func TestAPlaceOutsideTheCityIsTakenAndLeftToTheDefaultUnit(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{})
	made := h.report(t, "wang", `{"lon":120.1,"lat":30.2,"kind":"event","category":"0102"}`)
	if made.Case.Cell != "" || made.Case.Zone != "" || made.Place.Status != grids.StatusOutside || made.Decision.Mode != "default" || made.Decision.Unit != "U3" {
		t.Errorf("%+v %+v", made.Case, made.Decision)
	}
}

func TestARepeatedReportIsDoneOnceAndAnsweredAlikeAlsoAfterARestart(t *testing.T) {
	t.Parallel()
	plan := hallPlan{auto: true}
	h := openHall(t, plan)
	body := about(h.office, 7, `,"external_id":"A-1","source_system":"12345"`)
	post := func(h *hall, body string, head ...string) reply {
		return h.by(t, "wang", http.MethodPost, "/v1/cases", body, head...)
	}
	first := post(h, body, "Idempotency-Key", "k-1")
	made := taken[api.NewCase](t, first, 201)
	if first.header.Get("Location") != "/v1/cases/"+made.Case.ID || first.header.Get("ETag") != `"4"` {
		t.Errorf("%v", first.header)
	}
	h.does(t, "boss", made.Case.ID, `{"kind":"accept"}`)
	check := func(h *hall) {
		t.Helper()
		r := post(h, body, "Idempotency-Key", "k-1")
		if r.status != 201 || !bytes.Equal(r.body, first.body) || r.header.Get("Location") != first.header.Get("Location") {
			t.Errorf("%d %s", r.status, r.body)
		}
		h.refuses(t, post(h, strings.Replace(body, "A-1", "A-2", 1), "Idempotency-Key", "k-1"), 409, "conflict", "Idempotency-Key")
		// Without a key the other system's id tells that it is the same report …
		again := taken[api.NewCase](t, post(h, body), 200)
		if again.Case.ID != made.Case.ID || again.Case.State != cases.Accepted {
			t.Errorf("%+v", again.Case)
		}
		// … or another one.
		p := post(h, strings.Replace(body, `"external_id"`, `"description":"another","external_id"`, 1))
		h.refuses(t, p, 409, "conflict", "external_id")
		if !bytes.Contains(p.body, []byte(`"case":"`+made.Case.ID)) {
			t.Errorf("%s", p.body)
		}
		if list := h.list(t, ""); len(list.Cases) != 1 {
			t.Errorf("%d cases", len(list.Cases))
		}
	}
	check(h)
	if err := h.keeper.Close(); err != nil {
		t.Fatal(err)
	}
	check(reopenHall(t, h.path, plan))
}

func TestManyWhoSendTheSameReportAtOnceMakeOneCase(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{auto: true})
	body := about(h.office, 7, "")
	var mu sync.Mutex
	answers := map[string]int{}
	var wg sync.WaitGroup
	for range 24 {
		wg.Go(func() {
			r := h.by(t, "wang", http.MethodPost, "/v1/cases", body, "Idempotency-Key", "same")
			mu.Lock()
			defer mu.Unlock()
			answers[fmt.Sprint(r.status, string(r.body))]++
		})
	}
	wg.Wait()
	if len(answers) != 1 || len(h.list(t, "").Cases) != 1 {
		t.Errorf("%d answers, %d cases: %v", len(answers), len(h.list(t, "").Cases), answers)
	}
}

func TestAnEventIsGuardedByTheVersionAndSafeToRepeat(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{})
	id := h.report(t, "wang", h.happening(9, "")).Case.ID
	target := "/v1/cases/" + id + "/events"
	for _, header := range []string{`"1"`, `1`, `"7"`, `0`, `W/"2"`, `"2-abc"`} {
		h.refuses(t, h.by(t, "li", http.MethodPost, target, `{"kind":"open"}`, "If-Match", header), 412, "version-mismatch", "If-Match")
	}
	first := h.by(t, "li", http.MethodPost, target, `{"kind":"open","note":"立案"}`, "If-Match", `"2"`, "Idempotency-Key", "e")
	step := taken[api.CaseStep](t, first, 200)
	if step.Case.Version != 3 || first.header.Get("ETag") != `"3"` || step.Event.Kind != cases.Open || step.Event.Note != "立案" || !slices.Contains(step.Allowed, cases.Void) {
		t.Errorf("%+v", step)
	}
	again := h.by(t, "li", http.MethodPost, target, `{"kind":"open","note":"立案"}`, "If-Match", `"2"`, "Idempotency-Key", "e")
	if again.status != 200 || !bytes.Equal(first.body, again.body) {
		t.Errorf("%d %s", again.status, again.body)
	}
	h.does(t, "zhao", id, `{"kind":"dispatch","unit":"U1","members":["U2"]}`, "If-Match", "*")
	if k := h.whole(t, "", id).Case; k.Members[0].Unit != "U2" || k.Level != cases.UnitLevel {
		t.Errorf("%+v", k)
	}
}

func TestARefusedEventSaysWhyAndWhatMayBeDoneInstead(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{})
	id := h.report(t, "wang", h.happening(9, "")).Case.ID
	r := h.by(t, "li", http.MethodPost, "/v1/cases/"+id+"/events", `{"kind":"close"}`)
	h.refuses(t, r, 422, "event-not-allowed", "kind")
	var p web.Problem
	if err := json.Unmarshal(r.body, &p); err != nil || p.Reason != "state" || p.State != "registered" || !slices.Equal(p.Allowed, []string{"open", "urge", "void", "note"}) {
		t.Errorf("%+v, %v", p, err)
	}
	h.refuses(t, h.by(t, "zhao", http.MethodPost, "/v1/cases/"+id+"/events", `{"kind":"open"}`), 422, "event-not-allowed", "kind")
	h.refuses(t, h.by(t, "nobody", http.MethodPost, "/v1/cases/"+id+"/events", `{"kind":"open"}`), 422, "not-possible", "role")
	h.refuses(t, h.by(t, "", http.MethodPost, "/v1/cases/"+id+"/events", `{"kind":"open"}`), 401, "unauthenticated", "Authorization")
	h.refuses(t, h.by(t, "thief", http.MethodGet, "/v1/cases/"+id, ""), 401, "unauthenticated", "Authorization")
	if n := len(h.whole(t, "li", id).Events); n != 2 {
		t.Errorf("%d events", n)
	}
}

func TestAnAdminActsInEveryRoleAndTheLogHasTheRole(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{})
	id := h.report(t, "boss", h.happening(9, "")).Case.ID
	for _, body := range []string{
		`{"kind":"verify"}`, `{"kind":"open"}`, `{"kind":"dispatch","unit":"U2"}`, `{"kind":"accept"}`, `{"kind":"hold","until":"2026-06-02"}`, `{"kind":"resume"}`,
		`{"kind":"extend"}`, `{"kind":"urge"}`, `{"kind":"handle"}`, `{"kind":"feedback"}`, `{"kind":"check"}`, `{"kind":"close"}`, `{"kind":"survey","score":4}`,
	} {
		h.does(t, "boss", id, body)
	}
	var got []string
	for _, e := range h.whole(t, "boss", id).Events {
		got = append(got, e.Actor.ID+" "+e.Actor.Unit)
	}
	if want := "boss/supervisor ,wanmi ,boss/supervisor ,boss/operator ,boss/dispatcher ,boss/handler U2,boss/dispatcher ,boss/dispatcher ,boss/dispatcher ,boss/operator ,boss/handler U2,boss/handler U2,boss/supervisor ,boss/operator ,boss/operator "; strings.Join(got, ",") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, ","), want)
	}
}

func TestAnAlarmMakesACaseAndTheNextANoteOfIt(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{auto: true})
	code := h.snap.Component(7).Code
	alarm := func(more string) reply {
		return h.by(t, "iot", http.MethodPost, "/v1/alarms", `{"source_system":"iot-1","component":"`+code+`","condition":"1"`+more+`}`)
	}
	first := taken[api.AlarmAnswer](t, alarm(`,"device":"D7","value":0.82,"external_id":"a1","at":"2026-06-01T11:58:00+08:00"`), 201)
	if !first.New || first.Case.Source != cases.Sensor || first.Case.Component != code || first.Case.State != cases.Dispatched || string(first.Alarm.Value) != "0.82" {
		t.Fatalf("%+v", first)
	}
	h.pass(time.Minute)
	second := taken[api.AlarmAnswer](t, alarm(`,"device":"D7","value":0.9,"external_id":"a2"`), 200)
	if second.New || second.Case.ID != first.Case.ID || second.Case.Version != 5 || second.Case.State != cases.Dispatched {
		t.Errorf("%+v", second)
	}
	// The same alarm again counts once, another with its id is refused.
	if again := alarm(`,"device":"D7","value":0.9,"external_id":"a2"`); again.status != 200 || taken[api.AlarmAnswer](t, again, 200).Case.Version != 5 {
		t.Errorf("%d %s", again.status, again.body)
	}
	h.refuses(t, alarm(`,"device":"D7","value":1.9,"external_id":"a2"`), 409, "conflict", "external_id")
	events := h.whole(t, "iot", first.Case.ID).Events
	var said cases.Alarm
	if len(events) != 5 || events[4].Kind != cases.Note || json.Unmarshal(events[4].Alarm, &said) != nil || string(said.Value) != "0.9" || said.Device != "D7" {
		t.Errorf("%+v", events)
	}
	// Once the case is over the next alarm is a new case.
	for _, kind := range []string{"accept", "feedback", "check", "close"} {
		h.does(t, "boss", first.Case.ID, `{"kind":"`+kind+`"}`)
	}
	third := taken[api.AlarmAnswer](t, alarm(`,"device":"D7","external_id":"a3"`), 201)
	if third.Case.ID == first.Case.ID {
		t.Errorf("%+v", third)
	}
}

func TestAlarmsOfOneDeviceAtOnceMakeOneCase(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for i := range 24 {
		wg.Go(func() {
			at := h.snap.City.Cells[9].At
			r := h.by(t, "iot", http.MethodPost, "/v1/alarms", fmt.Sprintf(
				`{"source_system":"iot","device":"D%d","lon":%.7f,"lat":%.7f,"kind":"event","category":"0102","value":%d}`, i%2, at.Lon(), at.Lat(), i))
			mu.Lock()
			defer mu.Unlock()
			statuses[r.status]++
		})
	}
	wg.Wait()
	list := h.list(t, "").Cases
	if statuses[201] != 2 || statuses[200] != 22 || len(list) != 2 || list[0].Version+list[1].Version != 26 {
		t.Errorf("%v, %+v", statuses, list)
	}
}

func TestAChangeOfTheConditionsTouchesOnlyNewDispatches(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{})
	old, fresh := h.report(t, "wang", h.happening(9, "")).Case.ID, h.report(t, "wang", h.happening(20, "")).Case.ID
	for _, id := range []string{old, fresh} {
		h.does(t, "li", id, `{"kind":"open"}`)
	}
	h.does(t, "zhao", old, `{"kind":"dispatch","unit":"U1"}`)
	all := slices.Clone(h.snap.City.Conditions)
	for i := range all {
		all[i].Limit *= 3
	}
	change := cityfile.Change{Kind: "city", Body: "{}", At: h.clock()}
	if _, err := h.keeper.Store().ReplaceConditions(t.Context(), change, all); err != nil {
		t.Fatal(err)
	}
	if _, err := h.keeper.Reload(t.Context(), "conditions"); err != nil {
		t.Fatal(err)
	}
	if k := h.does(t, "zhao", fresh, `{"kind":"dispatch","unit":"U1"}`).Case; !k.DueAt.Equal(townNow.Add(12 * time.Hour)) {
		t.Errorf("the new one is due %v", k.DueAt)
	}
	if k := h.does(t, "zhao", old, `{"kind":"extend"}`).Case; !k.DueAt.Equal(townNow.Add(8*time.Hour)) || !k.YellowAt.Equal(townNow.Add(384*time.Minute)) {
		t.Errorf("the old one, extended, is due %v, yellow %v", k.DueAt, k.YellowAt)
	}
}

func TestAHoldThatIsOverIsResumedByItself(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{})
	var ids []string
	for i, until := range []string{`,"until":"2026-06-02T12:00:00+08:00"`, `,"until":"2026-06-05"`, ``} {
		id := h.report(t, "wang", h.happening(9+i*5, "")).Case.ID
		h.does(t, "li", id, `{"kind":"open"}`)
		h.does(t, "zhao", id, `{"kind":"dispatch","unit":"U1"}`)
		if k := h.does(t, "zhao", id, `{"kind":"hold"`+until+`}`).Case; !k.Held || k.Lamp != cases.Grey {
			t.Errorf("%+v", k)
		}
		ids = append(ids, id)
	}
	h.pass(23 * time.Hour)
	if n, err := h.hand.ResumeDue(t.Context()); n != 0 || err != nil {
		t.Errorf("before any is over: %d, %v", n, err)
	}
	h.pass(5 * time.Hour)
	if n, err := h.hand.ResumeDue(t.Context()); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	// It goes on from the day that was said, not from when it was found.
	if k := h.whole(t, "li", ids[0]); k.Case.State != cases.Dispatched || !k.Case.DueAt.Equal(townNow.Add(28*time.Hour)) || k.Events[len(k.Events)-1].Actor.ID != "wanmi" {
		t.Errorf("%+v", k.Case)
	}
	for _, id := range ids[1:] {
		if k := h.whole(t, "", id).Case; k.State != cases.Held {
			t.Errorf("%+v", k)
		}
	}
}

func TestTheListTellsByEveryWordOfTheFilter(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{auto: true})
	h.report(t, "wang", h.happening(0, `,"description":"a % sign","reported_at":"2026-05-31T07:30:00+08:00"`)) // a Sunday
	h.pass(time.Minute)
	h.report(t, "citizen", h.happening(35, ""))
	h.pass(time.Minute)
	third := h.report(t, "wang", about(h.office, 7, `,"number":"2026-0007"`)).Case
	cells := h.snap.City.Cells
	for query, want := range map[string]int{
		"": 3, "?kind=event": 2, "?kind=event&category=01": 2, "?kind=event&category=0102,0103": 2, "?source=public": 1, "?status=reported": 1, "?status=dispatched,registered": 2,
		"?zone=" + cells[0].Zone: -1, "?cell=" + cells[0].Code + "," + cells[35].Code: -1, "?community=" + cells[0].Community: -1, "?street=990104001": 3, "?district=990104": 3,
		"?hour=7-9": 1, "?hour=12": 2, "?hour=22-8": 1, "?weekday=7": 1, "?weekday=1": 2, "?weekday=1-5": 2, "?weekday=6-1": 3, "?q=%25": 1, "?q=2026-00": 1, "?q=" + third.ID: 1,
		"?component=" + third.Component: 1, "?live=true": 3, "?live=false": 3, "?from=2026-06-01": 2, "?to=2026-06-01": 1, "?from=2026-05-31T07:30:00%2B08:00&to=2026-05-31T07:30:01%2B08:00": 1,
		"?unit=U1,U2,U3": -1,
	} {
		got := h.list(t, query).Cases
		if want < 0 { // by what the cases themselves say
			want = 0
			for _, k := range h.list(t, "").Cases {
				word, values, _ := strings.Cut(query[1:], "=")
				has := map[string]string{"zone": k.Zone, "cell": k.Cell, "community": k.Community, "unit": k.Unit}[word]
				if has != "" && slices.Contains(strings.Split(values, ","), has) {
					want++
				}
			}
		}
		if len(got) != want {
			t.Errorf("%s: %d cases, want %d", query, len(got), want)
		}
	}
	first := h.list(t, "?limit=2")
	rest := h.list(t, "?limit=2&cursor="+first.Next)
	if len(first.Cases) != 2 || len(rest.Cases) != 1 || rest.Next != "" || first.Cases[0].ID != third.ID {
		t.Errorf("%+v, then %+v", first, rest)
	}
	for query, code := range map[string]string{
		"?zone=Z9": "not-possible", "?street=x": "not-possible", "?district=": "malformed", "?unit=U99": "not-possible", "?component=x": "not-possible", "?cell='%20OR%201=1": "not-possible",
		"?kind=event&category=99": "category-unknown", "?category=01": "not-possible", "?kind=person": "not-possible", "?status=lost": "not-possible", "?source=rumour": "not-possible",
		"?hour=24": "malformed", "?hour=9-9": "malformed", "?hour=x": "malformed", "?weekday=0": "malformed", "?weekday=8": "malformed", "?live=1": "malformed", "?limit=0": "malformed",
		"?cursor=x": "not-possible", "?from=yesterday": "malformed", "?colour=red": "malformed", "?q=" + strings.Repeat("x", 129): "not-possible",
	} {
		if p := h.get(t, "/v1/cases"+query).problem(t); p.Code != code {
			t.Errorf("%s: %d %s %s", query, p.Status, p.Code, p.Detail)
		}
	}
}
