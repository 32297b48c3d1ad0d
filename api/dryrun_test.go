package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// officeBody asks for a replay under rules by which zones without staff are the
// office's: U1, the first unit of the street. Only Z1 has staff.
func officeBody(more string) string {
	text, err := json.Marshal(strings.Replace(archiveRules, "archive-1", "hall-2", 1) + "territory: {off_duty: office}\n")
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"rules":%s%s}`, text, more)
}

// dryRun begins a run, waits for it and returns it as it stands then.
func (h *archive) dryRun(t *testing.T, body string) (id string, run api.DryRun) {
	t.Helper()
	r := h.command(t, http.MethodPost, "/v1/dispatch/dry-run", body)
	if r.status != http.StatusAccepted {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if err := json.Unmarshal(r.body, &run); err != nil || r.header.Get("Location") != "/v1/dispatch/dry-run/"+run.ID || run.ID == "" {
		t.Fatalf("%v, Location %q of %+v", err, r.header.Get("Location"), run)
	}
	h.d.Wait()
	id = run.ID
	run = api.DryRun{}
	h.command(t, http.MethodGet, "/v1/dispatch/dry-run/"+id, "").read(t, &run)
	return id, run
}

func TestADryRunTellsWhatChangedRulesWouldHaveDecidedOtherwise(t *testing.T) {
	t.Parallel()
	h := openArchive(t, 700)
	for _, against := range []string{"log", "rules"} {
		// Every case is the office's then, but for those sure at the border of Z1.
		id, run := h.dryRun(t, officeBody(fmt.Sprintf(`,"against":%q,"filter":{"kind":"event","from":"2026-01-01"}`, against)))
		res := run.Result
		if run.State != "done" || res == nil || run.Done != 700 || run.Total != 700 || res.Cases != 700 || run.RulesVersion != "hall-2" || run.Against != against {
			t.Fatalf("%+v, %+v", run, res)
		}
		changed, better, worse, pairs := 0, 0, 0, map[string]int{}
		for _, k := range h.past {
			before := k.first
			if against == "rules" {
				before = h.unitAt(t, k)
			}
			if before == "U1" {
				continue
			}
			changed++
			pairs[before]++
			switch k.right {
			case "U1":
				better++
			case before:
				worse++
			}
		}
		if res.Changed != changed || res.Better != better || res.Worse != worse || changed == 0 || worse == 0 {
			t.Errorf("%s: %+v; counted %d changed, %d better, %d worse", against, res, changed, better, worse)
		}
		if len(res.Pairs) != len(pairs) {
			t.Errorf("%s: pairs %+v, counted %v", against, res.Pairs, pairs)
		}
		for _, p := range res.Pairs {
			if p.To != "U1" || p.N != pairs[p.From] || p.ToName != "单位1" {
				t.Errorf("%s: pair %+v, counted %v", against, p, pairs)
			}
		}
		if len(res.Classes) != 1 || res.Classes[0].Category != "0102" || res.Classes[0].N != changed || res.Classes[0].Of != 700 || res.Automatic == 0 || len(res.Refused) != 0 {
			t.Errorf("%s: %+v", against, res)
		}
		l := h.layer(t, "/v1/dispatch/dry-run/"+id+".geojson")
		if len(l.Features) != changed || res.Points != changed {
			t.Errorf("%s: %d points on the map of %d changed", against, len(l.Features), changed)
		}
		changes := map[string]int{}
		for _, f := range l.Features {
			changes[f.Properties["change"].(string)]++
			if f.Properties["to"] != "U1" || f.Properties["to_name"] != "单位1" || f.Properties["category"] != "0102" || !strings.HasPrefix(string(f.Geometry), `{"type":"Point","coordinates":[114.`) {
				t.Fatalf("%s %v", f.Geometry, f.Properties)
			}
		}
		if changes["better"] != better || changes["worse"] != worse {
			t.Errorf("%s: the map has %v", against, changes)
		}
		if r := h.command(t, http.MethodDelete, "/v1/dispatch/dry-run/"+id, ""); r.status != http.StatusNoContent {
			t.Errorf("%d %s", r.status, r.body)
		}
		h.refused(t, h.command(t, http.MethodGet, "/v1/dispatch/dry-run/"+id, ""), refusal{"gone", 404, "not-found", "id"})
		h.refused(t, h.command(t, http.MethodGet, "/v1/dispatch/dry-run/"+id+".geojson", ""), refusal{"gone", 404, "not-found", "id"})
	}
}

// unitAt is what the present rules say of a case.
func (h *archive) unitAt(t *testing.T, k happened) string {
	t.Helper()
	return h.decide(t, fmt.Sprintf(`{"lon":%.7f,"lat":%.7f,"kind":"event","category":"0102"}`, k.at.Lon(), k.at.Lat())).Unit
}

func TestADryRunOfTheSameRulesOrAnEmptyPatchChangesNothing(t *testing.T) {
	t.Parallel()
	h := openArchive(t, 150)
	for _, body := range []string{`{"patch":{},"against":"rules"}`, `{"patch":{"version":"x"},"against":"rules","limit":100}`} {
		_, run := h.dryRun(t, body)
		if run.State != "done" || run.Result.Changed != 0 || run.Result.Cases == 0 || len(run.Result.Pairs) != 0 {
			t.Errorf("%s: %+v %+v", body, run, run.Result)
		}
	}
	_, run := h.dryRun(t, `{"patch":{"territory":{"off_duty":"office"}},"against":"rules","filter":{"to":"2026-03-02","zone":"Z2,Z3"}}`)
	n := 0
	for _, k := range h.past[:16] { // until midnight in the town
		if k.zone != "Z1" {
			n++
		}
	}
	if run.Result == nil || run.Result.Cases != n || run.Total != int64(n) || run.Result.Changed == 0 {
		t.Errorf("of %d cases: %+v %+v", n, run, run.Result)
	}
}

func TestBadDryRunsAreRefusedWithWhatIsAtFault(t *testing.T) {
	t.Parallel()
	h := openArchive(t, 3)
	long, err := json.Marshal(strings.Repeat("# 注\n", 1<<18))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, body string
		refusal
		says string
	}{
		{"nothing", ``, refusal{"", 400, "malformed", "body"}, ""},
		{"no rules", `{}`, refusal{"", 400, "malformed", "rules"}, "either rules"},
		{"both", `{"rules":"a","patch":{}}`, refusal{"", 400, "malformed", "rules"}, "either rules"},
		{"rules that are no text", `{"rules":7}`, refusal{"", 400, "malformed", "rules"}, ""},
		{"an unknown member", `{"rule":"a"}`, refusal{"", 400, "malformed", "rule"}, ""},
		{"broken YAML", `{"rules":"version: 1\nscheme: [a\nevents: b"}`, refusal{"", 422, "rules-invalid", "rules"}, "line 3, column 1"},
		{"no YAML at all", `{"rules":"\u0000\u0001"}`, refusal{"", 422, "rules-invalid", "rules"}, ""},
		{"an object for a text", `{"rules":"version: 1\nscheme: {}"}`, refusal{"", 422, "rules-invalid", "rules"}, "scheme: not text"},
		{"an empty file", `{"rules":"  "}`, refusal{"", 422, "rules-invalid", "rules"}, "empty"},
		{"an unknown step", officeRulesWith("[ruling, territory]", "[ruling, arena]"), refusal{"", 422, "rules-invalid", "rules"}, "line 4, column 26: step \\\"arena\\\""},
		{"an unknown unit", officeRulesWith("unit: U3", "unit: U9"), refusal{"", 422, "rules-invalid", "rules"}, "line 5, column 17: default.unit: unit U9 is not in the city"},
		{"another scheme", officeRulesWith("gbt30428.2-2013", "cjt214"), refusal{"", 422, "rules-invalid", "rules"}, "line 2, column 9: scheme cjt214"},
		{"an alias", officeRulesWith("default: {unit: U3}", "default: &a {unit: U3}\nterritory: *a"), refusal{"", 422, "rules-invalid", "rules"}, "aliases"},
		{"rules of more than 1 MB", `{"rules":` + string(long) + `}`, refusal{"", 422, "rules-invalid", "rules"}, "at most"},
		{"a body of 3 MB", `{"rules":"` + strings.Repeat("a", 3<<20) + `"}`, refusal{"", 413, "too-large", "body"}, ""},
		{"a patch that is no object", `{"patch":[]}`, refusal{"", 422, "rules-invalid", "rules"}, "no JSON object"},
		{"a patch of what there is not", `{"patch":{"emoji😀":1}}`, refusal{"", 422, "rules-invalid", "rules"}, "emoji"},
		{"against nothing", `{"patch":{},"against":"all"}`, refusal{"", 400, "malformed", "against"}, ""},
		{"a filter that is none", `{"patch":{},"filter":[]}`, refusal{"", 400, "malformed", "filter"}, ""},
		{"an unknown word", `{"patch":{},"filter":{"colour":"red"}}`, refusal{"", 400, "malformed", "filter.colour"}, ""},
		{"a category without its kind", `{"patch":{},"filter":{"category":"01"}}`, refusal{"", 400, "malformed", "kind"}, ""},
		{"an unknown category", `{"patch":{},"filter":{"kind":"event","category":"99"}}`, refusal{"", 422, "category-unknown", "category"}, ""},
		{"SQL", `{"patch":{},"filter":{"unit":"U1'; DROP TABLE cases; --"}}`, refusal{"", 422, "not-possible", "unit"}, ""},
		{"an unknown source", `{"patch":{},"filter":{"source":"dream"}}`, refusal{"", 400, "malformed", "source"}, ""},
		{"a time that is none", `{"patch":{},"filter":{"from":"yesterday"}}`, refusal{"", 400, "malformed", "from"}, ""},
		{"an end before its beginning", `{"patch":{},"filter":{"from":"2026-02-01","to":"2026-01-01"}}`, refusal{"", 400, "malformed", "from"}, ""},
		{"no cases wanted", `{"patch":{},"limit":0}`, refusal{"", 400, "malformed", "limit"}, ""},
		{"too many wanted", `{"patch":{},"limit":2000001}`, refusal{"", 400, "malformed", "limit"}, ""},
	} {
		r := h.command(t, http.MethodPost, "/v1/dispatch/dry-run", c.body)
		c.target = c.name
		h.refused(t, r, c.refusal)
		if !strings.Contains(string(r.body), c.says) {
			t.Errorf("%s: %s; wanted %s", c.name, r.body, c.says)
		}
	}
	good := `{"patch":{}}`
	h.refused(t, h.ask(t, http.MethodPost, "/v1/dispatch/dry-run", good), refusal{"no token", 401, "unauthenticated", "Authorization"})
	h.refused(t, h.ask(t, http.MethodPost, "/v1/dispatch/dry-run", good, "Authorization", "Bearer "+clerkToken), refusal{"a clerk", 403, "forbidden", "Authorization"})
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		h.refused(t, h.ask(t, method, "/v1/dispatch/dry-run/1", ""), refusal{"no token", 401, "unauthenticated", "Authorization"})
		h.refused(t, h.command(t, method, "/v1/dispatch/dry-run/77", ""), refusal{"no such run", 404, "not-found", "id"})
	}
	if r := h.ask(t, http.MethodPost, "/v1/dispatch/dry-run", good, "Authorization", "Bearer "+arbiterToken); r.status != 202 {
		t.Errorf("an arbiter: %d %s", r.status, r.body)
	}
	o, _ := openBureau(t)
	o.refused(t, o.get(t, "/v1/dispatch/quality"), refusal{"a server without cases", 409, "conflict", "cases"})
}

func officeRulesWith(old, now string) string {
	text, err := json.Marshal(strings.Replace(archiveRules, old, now, 1))
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"rules":%s}`, text)
}

// slowLogs yields cases for as long as it is let.
type slowLogs struct {
	*cases.City
	go_ chan struct{}
}

func (s slowLogs) Logs(ctx context.Context, q cases.Query, most int) iter.Seq2[cases.Log, error] {
	return func(yield func(cases.Log, error) bool) {
		for l, err := range s.City.Logs(ctx, q, most) {
			select {
			case <-s.go_:
			case <-ctx.Done():
				yield(cases.Log{}, ctx.Err())
				return
			}
			if !yield(l, err) {
				return
			}
		}
	}
}

func TestDryRunsWaitForEachOtherAreCancelledAndTheOldestAreForgotten(t *testing.T) {
	t.Parallel()
	let := make(chan struct{})
	h := openArchiveWith(t, 5, func(c *cases.City) terms.CaseLogs { return slowLogs{c, let} })
	start := func() (run api.DryRun) {
		t.Helper()
		r := h.command(t, http.MethodPost, "/v1/dispatch/dry-run", `{"patch":{"version":"n"}}`)
		if err := json.Unmarshal(r.body, &run); err != nil || r.status != 202 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		return run
	}
	drop := func(id string) {
		t.Helper()
		if r := h.command(t, http.MethodDelete, "/v1/dispatch/dry-run/"+id, ""); r.status != 204 {
			t.Fatalf("%d %s", r.status, r.body)
		}
	}
	var waiting []api.DryRun
	for range 4 {
		waiting = append(waiting, start())
	}
	let <- struct{}{} // the first is at work
	r := h.command(t, http.MethodPost, "/v1/dispatch/dry-run", `{"patch":{}}`)
	h.refused(t, r, refusal{"a fifth", 503, "overloaded", "rules"})
	if r.header.Get("Retry-After") == "" {
		t.Error("nothing says when to come again")
	}
	h.refused(t, h.command(t, http.MethodGet, "/v1/dispatch/dry-run/"+waiting[0].ID+".geojson", ""), refusal{"a map of what is not done", 409, "conflict", "id"})
	drop(waiting[0].ID) // under way
	drop(waiting[3].ID) // not begun
	close(let)
	h.d.Wait()
	for i, want := range []int{404, 200, 200, 404} {
		if r := h.command(t, http.MethodGet, "/v1/dispatch/dry-run/"+waiting[i].ID, ""); r.status != want {
			t.Errorf("run %d: %d %s", i, r.status, r.body)
		}
	}
	for range 8 {
		start()
		h.d.Wait()
	}
	for _, gone := range waiting[1:3] {
		h.refused(t, h.command(t, http.MethodGet, "/v1/dispatch/dry-run/"+gone.ID, ""), refusal{"after eight more", 404, "not-found", "id"})
	}
}

func FuzzDryRunBody(f *testing.F) {
	h := openArchive(f, 2)
	for _, body := range []string{
		officeBody(""), officeBody(`,"against":"rules","filter":{"kind":"event","category":"01,02","from":"2026-01-01","to":"2026-07-01T00:00:00+08:00"},"limit":5`),
		`{"patch":{"thresholds":{"automatic":0.9},"joint":null}}`, `{"rules":"version: [","filter":{"unit":"U1,U2"}}`, `{"patch":`, `[]`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := h.command(t, http.MethodPost, "/v1/dispatch/dry-run", string(body))
		h.d.Wait()
		switch r.status {
		case 202:
			var run api.DryRun
			if err := json.Unmarshal(r.body, &run); err != nil {
				t.Fatalf("%s: %v", r.body, err)
			}
			h.command(t, http.MethodGet, "/v1/dispatch/dry-run/"+run.ID, "").read(t, &run)
			if run.State != "done" || run.Result.Cases > 2 {
				t.Errorf("%s: %+v", body, run)
			}
		case 400, 413, 415, 422:
			if p := r.problem(t); p.Detail == "" || len(p.Errors) == 0 {
				t.Errorf("%s: %+v", body, p)
			}
		default:
			t.Errorf("%s: %d %s", body, r.status, r.body)
		}
	})
}
