package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// injected are texts that somebody might hope are run.
var injected = []string{
	`'; DROP TABLE cases; --`, `" OR "1"="1`, `1 UNION SELECT value FROM wanmi_meta`, `%' OR 1=1 --`, `\'); DELETE FROM change; --`,
	`<script>alert(1)</script>`, `${jndi:ldap://x}`, `{{7*7}}`, `../../etc/passwd`,
}

// held is all that a store has, for the test that nothing was stored half.
func (h *hall) held(t *testing.T) string {
	t.Helper()
	page, err := h.store.List(t.Context(), cases.Query{Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	feed, _, err := h.store.Feed(t.Context(), cityfile.Cursor{}, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal([]any{page, feed})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestBadReportsAreRefusedWithWhatIsWrongAndNothingIsStored(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{auto: true})
	h.by(t, "wang", http.MethodPost, "/v1/cases", h.happening(9, ""), "Idempotency-Key", "used")
	before := h.held(t)
	set := func(member, value string) string {
		m := map[string]json.RawMessage{}
		if err := json.Unmarshal([]byte(h.happening(9, "")), &m); err != nil {
			t.Fatal(err)
		}
		if value == "" {
			delete(m, member)
		} else {
			m[member] = json.RawMessage(value)
		}
		text, err := json.Marshal(m)
		if err != nil {
			return h.happening(9, `,"`+member+`":`+value) // that is no JSON
		}
		return string(text)
	}
	long := strings.Repeat("长", 10<<20/3)
	for _, c := range []struct {
		body   string
		status int
		code   string
		at     string
	}{
		{set("category", `"9999"`), 422, "category-unknown", "category"},
		{set("category", `"01"`), 422, "category-unknown", "category"}, // a major
		{strings.Replace(about(h.office, 7, ""), `"category":"`, `"category":"cjt214:0117","was":"`, 1), 400, "malformed", "was"},
		{strings.Replace(about(h.office, 7, ""), `"category":"`+h.snap.Component(7).Category, `"category":"cjt214:0117`, 1), 422, "scheme-mismatch", "category"},
		{set("category", `"nobodys:0102"`), 422, "scheme-mismatch", "category"},
		{set("category", ``), 400, "malformed", "category"},
		{set("kind", `"person"`), 400, "malformed", "kind"},
		{set("kind", ``), 400, "malformed", "kind"},
		{set("condition", `"77"`), 422, "not-possible", "condition"},
		{set("component", `"none"`), 400, "malformed", "component"}, // an event is about none
		{strings.Replace(about(h.office, 7, ""), h.snap.Component(7).Code, "none", 1), 422, "not-possible", "component"},
		{set("reported_at", `"2026-06-01T12:06:00+08:00"`), 422, "not-possible", "reported_at"}, // 6 minutes ahead
		{set("reported_at", `"2126-06-01T12:00:00+08:00"`), 422, "not-possible", "reported_at"},
		{set("reported_at", `"1753-01-01T00:00:00Z"`), 422, "not-possible", "reported_at"},
		{set("reported_at", `"yesterday"`), 400, "malformed", "reported_at"},
		{set("reported_at", `"99999-01-01T00:00:00Z"`), 400, "malformed", "reported_at"},
		{set("due_at", `"2026-06-09T00:00:00Z"`), 400, "malformed", "due_at"}, // the clock's to say
		{set("id", `"01ARZ3NDEKTSV4RRFFQ69G5FAV"`), 400, "malformed", "id"},
		{set("lon", ``), 400, "malformed", "lon"},
		{set("lon", `181`), 400, "coordinate-out-of-range", "lon,lat"},
		{set("lon", `"x"`), 400, "malformed", "lon"},
		{set("lon", `1e999`), 400, "malformed", "lon"},
		{set("crs", `"mars"`), 400, "crs-unknown", "crs"},
		{set("accuracy_m", `-3`), 400, "malformed", "accuracy_m"},
		{set("source", `"rumour"`), 400, "malformed", "source"},
		{set("external_id", `"7"`), 422, "not-possible", "source_system"}, // of which system?
		{h.happening(9, `,"external_id":"`+strings.Repeat("x", 200)+`","source_system":"s"`), 422, "not-possible", "external_id"},
		{set("number", `"`+strings.Repeat("x", 200)+`"`), 422, "not-possible", "number"},
		{set("description", `"`+strings.Repeat("长", 16<<10/3+1)+`"`), 413, "too-large", "description"},
		{set("description", `"`+long+`"`), 413, "too-large", "body"},
		{set("description", `"a\u0000b"`), 400, "malformed", "description"},
		{set("description", `7`), 400, "malformed", "description"},
		{set("attributes", `[1]`), 400, "malformed", "attributes"},
		{set("attributes", `{"a":"`+strings.Repeat("x", 5000)+`"}`), 400, "malformed", "attributes"},
		{set("media", `{}`), 400, "malformed", "media"},
		{set("media", `[{"url":"javascript:alert(1)","sha256":"`+strings.Repeat("ab", 32)+`"}]`), 400, "malformed", "media[0].url"},
		{set("media", `[{"url":"https://x.example/1","sha256":"AB"}]`), 422, "not-possible", "media.sha256"},
		{set("media", `[{"url":"https://x.example/1","sha256":"`+strings.Repeat("ab", 32)+`","stage":"party"}]`), 422, "not-possible", "media.stage"},
		{set("media", `[`+strings.Repeat(`{"url":"https://x.example/1"},`, 50)+`{"url":"https://x.example/1"}]`), 400, "too-many", "media"},
		{`{`, 400, "malformed", "body"},
		{``, 400, "malformed", "body"},
		{`[]`, 400, "malformed", "body"},
		{`{"lon":1,"lon":2}`, 400, "malformed", "lon"},
		{strings.Repeat(`{"a":`, 17) + `1` + strings.Repeat(`}`, 17), 400, "malformed", "body"},
	} {
		h.refuses(t, h.by(t, "wang", http.MethodPost, "/v1/cases", c.body), c.status, c.code, c.at)
	}
	h.refuses(t, h.by(t, "wang", http.MethodPost, "/v1/cases", set("description", `"x"`), "Idempotency-Key", "used"), 409, "conflict", "Idempotency-Key")
	h.refuses(t, h.by(t, "wang", http.MethodPost, "/v1/cases", set("lon", ``), "Idempotency-Key", strings.Repeat("k", 256)), 400, "malformed", "Idempotency-Key")
	h.refuses(t, h.by(t, "wang", http.MethodPost, "/v1/cases", set("lat", `34.79`), "If-Match", `"1"`), 400, "malformed", "If-Match")
	h.refuses(t, h.by(t, "", http.MethodPost, "/v1/cases", h.happening(9, "")), 401, "unauthenticated", "Authorization")
	h.refuses(t, h.by(t, "qian", http.MethodPost, "/v1/cases", h.happening(9, "")), 422, "event-not-allowed", "kind")
	h.refuses(t, h.by(t, "nobody", http.MethodPost, "/v1/cases", h.happening(9, "")), 422, "not-possible", "role")
	for _, q := range injected { // in every text that names something
		text, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		for _, member := range []string{"category", "condition", "component", "kind", "source", "crs", "reported_at"} {
			r := h.by(t, "wang", http.MethodPost, "/v1/cases", set(member, string(text)))
			if p := r.shape(t); r.status != 400 && r.status != 422 || p.Errors[0].Location != member {
				t.Errorf("%s %q: %d %s", member, q, r.status, r.body)
			}
		}
	}
	if after := h.held(t); after != before {
		t.Errorf("the store has changed:\n%s\nbefore\n%s", after, before)
	}
}

func TestTextOfEveryKindIsKeptAsItWasWritten(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{})
	for i, q := range append([]string{"🕳️👷🏽‍♀️ 井盖", "מכסה ביוב שבור\u200f", "غطاء مكسور", "\ufeff", "a\r\nb\tc", strings.Repeat("长", 5461)}, injected...) {
		text, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		short, err := json.Marshal(fmt.Sprintf("%.30s %d", strings.NewReplacer("\r", "", "\n", " ").Replace(q), i))
		if err != nil {
			t.Fatal(err)
		}
		made := h.report(t, "wang", h.happening(9, fmt.Sprintf(`,"description":%s,"number":%s,"external_id":%s,"source_system":%s,"attributes":{%s:%s}`,
			text, short, short, short, short, short)))
		h.does(t, "wang", made.Case.ID, `{"kind":"note","note":`+string(text)+`}`)
		h.does(t, "li", made.Case.ID, `{"kind":"open","number":`+string(short)+`}`)
		whole := h.whole(t, "li", made.Case.ID)
		var number string
		if err := json.Unmarshal(short, &number); err != nil {
			t.Fatal(err)
		}
		if whole.Case.Description != q || whole.Events[2].Note != q || whole.Case.Number != number || whole.Case.ExternalID != number || len(whole.Events) != 4 {
			t.Errorf("%q reads back as %+v", q, whole.Case)
		}
	}
	if n := len(h.list(t, "").Cases); n != 6+len(injected) {
		t.Errorf("%d cases", n)
	}
}

func TestBadEventsAreRefusedWithWhatIsWrongAndNothingIsStored(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{})
	id := h.report(t, "wang", h.happening(9, "")).Case.ID
	h.does(t, "li", id, `{"kind":"open"}`)
	numbered := h.report(t, "wang", h.happening(20, `,"number":"N1"`)).Case.ID
	before := h.held(t)
	long := strings.Repeat("长", 10<<20/3)
	for _, c := range []struct {
		who, body string
		status    int
		code, at  string
	}{
		{"zhao", `{"kind":"dispatch"}`, 422, "not-possible", "unit"},
		{"zhao", `{"kind":"dispatch","unit":"U99"}`, 422, "not-possible", "unit"},
		{"zhao", `{"kind":"dispatch","unit":"U1","members":["U2","U99"]}`, 422, "not-possible", "members[1]"},
		{"zhao", `{"kind":"dispatch","unit":"U1","members":"U2"}`, 400, "malformed", "members"},
		{"zhao", `{"kind":"dispatch","unit":"U1","level":"city"}`, 400, "malformed", "level"},
		{"zhao", `{"kind":"dispatch","unit":"U1","due_at":"2026-06-09T00:00:00Z"}`, 400, "malformed", "due_at"},
		{"zhao", `{"kind":"dispatch","unit":"U1","at":"2026-06-09T00:00:00Z"}`, 400, "malformed", "at"},
		{"zhao", `{"kind":"dispatch","unit":"U1","actor":{"id":"li"}}`, 400, "malformed", "actor"},
		{"zhao", `{"kind":"fly"}`, 400, "malformed", "kind"},
		{"wang", `{"kind":"report"}`, 400, "malformed", "kind"},
		{"zhao", `{}`, 400, "malformed", "kind"},
		{"zhao", `{"kind":"hold","until":"1753-01-01"}`, 422, "event-not-allowed", "kind"},
		{"zhao", `{"kind":"hold","until":"soon"}`, 400, "malformed", "until"},
		{"zhao", `{"kind":"note"}`, 422, "not-possible", "note"},
		{"zhao", `{"kind":"note","note":"` + long + `"}`, 413, "too-large", "body"},
		{"zhao", `{"kind":"note","note":"` + strings.Repeat("x", 16<<10+1) + `"}`, 413, "too-large", "note"},
		{"zhao", `{"kind":"note","note":"\u0007"}`, 400, "malformed", "note"},
		{"li", `{"kind":"survey","score":6}`, 422, "not-possible", "score"},
		{"li", `{"kind":"survey","score":1.5}`, 400, "malformed", "score"},
		{"li", `{"kind":"close"}`, 422, "event-not-allowed", "kind"},
		{"qian", `{"kind":"accept"}`, 422, "event-not-allowed", "kind"},
		{"zhao", `{"kind":"close"}`, 422, "event-not-allowed", "kind"},
	} {
		h.refuses(t, h.by(t, c.who, http.MethodPost, "/v1/cases/"+id+"/events", c.body), c.status, c.code, c.at)
	}
	h.refuses(t, h.ask(t, http.MethodPost, "/v1/cases/"+numbered+"/events", `{"kind":"void"}`, "Authorization", "Bearer li", "Content-Type", "text/plain"),
		415, "unsupported-media-type", "Content-Type")
	for _, other := range []string{"01ARZ3NDEKTSV4RRFFQ69G5FAV", "x", "'%20OR%201=1", strings.Repeat("9", 26)} {
		h.refuses(t, h.by(t, "li", http.MethodPost, "/v1/cases/"+other+"/events", `{"kind":"void"}`), 404, "not-found", "id")
		h.refuses(t, h.get(t, "/v1/cases/"+other), 404, "not-found", "id")
	}
	if after := h.held(t); after != before {
		t.Errorf("the store has changed:\n%s\nbefore\n%s", after, before)
	}
}

func TestBadAlarmsAreRefusedWithWhatIsWrongAndNothingIsStored(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{})
	at := h.snap.City.Cells[9].At
	place := fmt.Sprintf(`,"lon":%.7f,"lat":%.7f,"kind":"event","category":"0102"}`, at.Lon(), at.Lat())
	code := h.snap.Component(7).Code
	for _, c := range []struct {
		body     string
		status   int
		code, at string
	}{
		{`{"device":"D"` + place, 400, "malformed", "source_system"},
		{`{"source_system":"s"` + place, 400, "malformed", "device"},
		{`{"source_system":"s","device":"D"}`, 400, "malformed", "lon"},
		{`{"source_system":"s","component":"none"}`, 422, "not-possible", "component"},
		{`{"source_system":"s","component":"` + code + `","category":"9999"}`, 422, "category-unknown", "category"},
		{`{"source_system":"s","component":"` + code + `","condition":"77"}`, 422, "not-possible", "condition"},
		{`{"source_system":"s","component":"` + code + `","at":"2026-06-01T12:06:00+08:00"}`, 422, "not-possible", "at"},
		{`{"source_system":"s","component":"` + code + `","at":"1753-01-01"}`, 422, "not-possible", "at"},
		{`{"source_system":"s","component":"` + code + `","value":{}}`, 400, "malformed", "value"},
		{`{"source_system":"s","component":"` + code + `","value":"` + strings.Repeat("x", 300) + `"}`, 400, "malformed", "value"},
		{`{"source_system":"s","component":"` + code + `","description":"` + strings.Repeat("x", 3000) + `"}`, 413, "too-large", "description"},
		{`{"source_system":"s","component":"` + code + `","device":"` + strings.Repeat("x", 300) + `"}`, 400, "malformed", "device"},
		{`{"source_system":"s","component":"` + code + `","due_at":"2026-06-01"}`, 400, "malformed", "due_at"},
	} {
		h.refuses(t, h.by(t, "iot", http.MethodPost, "/v1/alarms", c.body), c.status, c.code, c.at)
	}
	h.refuses(t, h.by(t, "qian", http.MethodPost, "/v1/alarms", `{"source_system":"s","component":"`+code+`"}`), 422, "event-not-allowed", "kind")
	if list := h.list(t, "").Cases; len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

func TestAServerWithoutCasesSaysSo(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	o.refused(t, o.get(t, "/v1/cases"), refusal{"", 403, "read-only", "cases"})
	o.refused(t, o.write(t, http.MethodPost, "/v1/cases", `{}`), refusal{"", 403, "read-only", "cases"})
}

func TestAnswersAboutCasesAreWhatTheDescriptionSays(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{auto: true})
	doc := openAPI(t, h.desk)
	made := h.report(t, "wang", about(h.office, 7, "")).Case.ID
	for _, c := range []struct{ who, method, target, body string }{
		{"wang", "POST", "/v1/cases", h.happening(9, `,"media":[{"url":"https://x.example/1","sha256":"`+strings.Repeat("ab", 32)+`"}],"attributes":{"a":1}`)},
		{"wang", "POST", "/v1/cases", about(h.office, 7, `,"condition":"2"`)},
		{"wang", "POST", "/v1/cases", `{"lon":0,"lat":0,"kind":"event","category":"0102"}`},
		{"wang", "POST", "/v1/cases", `{}`},
		{"iot", "POST", "/v1/alarms", `{"source_system":"s","value":true,"component":"` + h.snap.Component(8).Code + `"}`},
		{"iot", "POST", "/v1/alarms", `{"source_system":"s","value":"x","component":"` + h.snap.Component(8).Code + `"}`},
		{"", "GET", "/v1/cases", ``},
		{"", "GET", "/v1/cases?limit=1", ``},
		{"", "GET", "/v1/cases?x=1", ``},
		{"boss", "POST", "/v1/cases/{id}/events", `{"kind":"accept","note":"收到"}`},
		{"boss", "POST", "/v1/cases/{id}/events", `{"kind":"close"}`},
		{"boss", "POST", "/v1/cases/{id}/events", `{"kind":"hold","until":"2026-06-03"}`},
		{"", "GET", "/v1/cases/{id}", ``},
		{"boss", "GET", "/v1/cases/{id}", ``},
		{"", "POST", "/v1/dispatch", about(h.office, 7, "")},
	} {
		r := h.by(t, c.who, c.method, strings.Replace(c.target, "{id}", made, 1), c.body)
		path, _, _ := strings.Cut(c.target, "?")
		responses := doc["paths"].(object)[path].(object)[strings.ToLower(c.method)].(object)["responses"].(object)
		response, ok := responses[fmt.Sprint(r.status)].(object)
		if !ok {
			response = responses["default"].(object)
		}
		conforms(t, c.method+" "+c.target+" "+c.body, doc, response, r)
	}
}

// sickStore is a store whose disk fails.
type sickStore struct {
	*cases.City
	err error
}

func (s *sickStore) Append(context.Context, cases.Request) (cases.Receipt, error) {
	return cases.Receipt{}, fmt.Errorf("write to /x/y: %w", s.err)
}

func TestADiskThatFailsIsSaidToHaveFailed(t *testing.T) {
	t.Parallel()
	h := openHall(t, hallPlan{})
	id := h.report(t, "wang", h.happening(9, "")).Case.ID
	for err, want := range map[error]struct {
		status int
		code   string
	}{
		cityfile.ErrDiskFull: {507, "disk-full"}, cityfile.ErrNotWritable: {503, "not-writable"}, cityfile.ErrHeld: {503, "overloaded"},
		cases.ErrTooMany: {422, "not-possible"}, errors.New("unheard of"): {500, "internal"},
	} {
		hand := api.NewDesk(api.DeskOptions{Store: &sickStore{h.store, err}, Now: h.clock})
		sick := &hall{office: &office{desk: &desk{api.New(api.Options{Keeper: h.keeper, Tokens: hallPeople, Cases: hand, Log: quiet()}), h.snap, h.live}}}
		for target, body := range map[string]string{"/v1/cases": h.happening(9, ""), "/v1/cases/" + id + "/events": `{"kind":"open"}`} {
			r := sick.by(t, "li", http.MethodPost, target, body)
			if p := r.problem(t); r.status != want.status || p.Code != want.code {
				t.Errorf("%v: %d %s", err, r.status, r.body)
			}
		}
	}
	if err := h.keeper.Close(); err != nil {
		t.Fatal(err)
	}
	r := h.by(t, "wang", http.MethodPost, "/v1/cases", h.happening(9, ""))
	h.refuses(t, r, 503, "overloaded", "store")
	if r.header.Get("Retry-After") == "" {
		t.Error("it does not say when to come again")
	}
	h.refuses(t, h.get(t, "/v1/cases"), 503, "overloaded", "store")
}
