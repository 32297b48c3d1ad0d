package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

func FuzzCaseBody(f *testing.F) {
	h := openHall(f, hallPlan{auto: true})
	for _, seed := range []string{
		about(h.office, 7, `,"condition":"1"`), h.happening(9, `,"description":"🕳️","attributes":{"a":[1]},"media":[]`), `{"lon":0,"lat":0,"kind":"event","category":"0102","reported_at":"1990-01-01"}`,
		`{"lon":1,"lon":2}`, "\xff", `{"crs":"city","lon":50000,"lat":30000,"kind":"event","category":"cjt214:0102","source":"public"}`,
		`{"source_system":"s","component":"` + h.snap.Component(7).Code + `","value":0.5,"external_id":"1"}`, `{"source_system":"s","device":"d","lon":114.3,"lat":34.78,"kind":"event","category":"0102"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, target := range []string{"/v1/cases", "/v1/alarms"} {
			r := h.by(t, "boss", http.MethodPost, target, string(body))
			switch {
			case r.status >= 500:
				t.Fatalf("%s %q: %d %s", target, body, r.status, r.body)
			case r.status >= 300:
				r.shape(t)
				continue
			}
			made := taken[struct{ Case terms.CaseSummary }](t, r, r.status)
			if whole := h.whole(t, "boss", made.Case.ID); whole.Case.Version < 1 || whole.Case.Version != len(whole.Events) {
				t.Fatalf("%s %q: %+v", target, body, whole)
			}
		}
	})
}

func FuzzEventBody(f *testing.F) {
	h := openHall(f, hallPlan{})
	id := h.report(f, "wang", h.happening(9, "")).Case.ID
	for _, seed := range []string{
		`{"kind":"open","number":"N"}`, `{"kind":"dispatch","unit":"U1","members":["U2"],"level":"district"}`, `{"kind":"hold","until":"2027-01-01"}`, `{"kind":"resume"}`,
		`{"kind":"note","note":"x","media":[{"url":"http://x.example","sha256":"` + strings.Repeat("00", 32) + `"}]}`, `{"kind":"survey","score":1e3}`, `{"members":[null]}`, `{"kind":"accept"}`,
	} {
		f.Add([]byte(seed), `"1"`)
	}
	f.Fuzz(func(t *testing.T, body []byte, match string) {
		before := h.whole(t, "boss", id).Case.Version
		r := h.by(t, "boss", http.MethodPost, "/v1/cases/"+id+"/events", string(body), "If-Match", match)
		after := h.whole(t, "boss", id).Case.Version
		switch {
		case r.status >= 500:
			t.Fatalf("%q: %d %s", body, r.status, r.body)
		case r.status != http.StatusOK:
			r.shape(t)
			if after != before {
				t.Fatalf("%q was refused and is version %d", body, after)
			}
		case after != before+1:
			t.Fatalf("%q: version %d after %d", body, after, before)
		}
		if after > 200 || h.whole(t, "", id).Case.State == cases.Voided {
			id = h.report(t, "wang", h.happening(9, "")).Case.ID
		}
	})
}

func FuzzCaseQuery(f *testing.F) {
	h := openHall(f, hallPlan{})
	h.report(f, "wang", h.happening(9, ""))
	for _, seed := range []string{
		"hour=7-9,22-2&weekday=1-5", "kind=event&category=01&q=%25", "from=2026-01-01&to=2027-01-01T00:00:00Z&live=true&limit=1&cursor=1-1", "zone=Z1&status=reported,registered", "hour=-1", "q='",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if strings.ContainsAny(query, "#") {
			return
		}
		if _, err := url.ParseRequestURI("/v1/cases?" + query); err != nil {
			return
		}
		r := h.get(t, "/v1/cases?"+query)
		switch {
		case r.status >= 500:
			t.Fatalf("%q: %d %s", query, r.status, r.body)
		case r.status != http.StatusOK:
			r.shape(t)
		default:
			if n := len(taken[api.CaseList](t, r, 200).Cases); n > 1 {
				t.Fatalf("%q: %d cases of one", query, n)
			}
		}
	})
}
