package cases_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// Every log is what Get says of the case, in the order of the list, whether it came
// in bulk, was appended, or both.
func TestLogsAreTheCasesOfTheListWithTheEventsThatGetHas(t *testing.T) {
	file := created(t)
	random := rand.New(rand.NewPCG(31, 1))
	c, _ := opened(t, file, cases.Options{})
	if _, err := c.Import(t.Context(), pasts(random, 0, 1203), nil); err != nil {
		t.Fatal(err)
	}
	first, err := c.List(t.Context(), cases.Query{Limit: 40})
	if err != nil {
		t.Fatal(err)
	}
	clerk := cases.Actor{ID: "o1", Role: cases.Operator, Unit: "JD"}
	for _, k := range first.Cases { // some go on
		if _, err := c.Append(t.Context(), cases.Request{Case: k.ID, Kind: cases.Survey, Actor: clerk, Details: cases.Details{Score: 4}}); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 { // and some are new
		d := cases.Draft{Kind: grids.EventKind, Category: "0101", Source: cases.Patrol, At: first.Cases[0].At, ReportedAt: madeAt.Add(90 * 24 * time.Hour)}
		if _, err := c.Append(t.Context(), cases.Request{
			Kind: cases.Report, Actor: cases.Actor{ID: "s1", Role: cases.Supervisor}, Details: cases.Details{Report: &d},
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct {
		name string
		q    cases.Query
		most int
		n    int
	}{
		{"all", cases.Query{}, 0, 1223},
		{"the newest", cases.Query{}, 700, 700},
		{"a kind", cases.Query{Kind: grids.EventKind}, 0, -1},
		{"a time", cases.Query{From: madeAt.Add(time.Hour), To: madeAt.Add(2 * time.Hour)}, 0, -1},
		{"none", cases.Query{To: madeAt.Add(-time.Hour)}, 0, 0},
	} {
		n, after := 0, ""
		var page []cases.Summary
		for l, err := range c.Logs(t.Context(), x.q, x.most) {
			if err != nil {
				t.Fatalf("%s: %v", x.name, err)
			}
			if len(page) == 0 {
				q := x.q
				q.After, q.Limit = after, 97
				p, err := c.List(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				page, after = p.Cases, p.Next
			}
			if page[0] != l.Summary {
				t.Fatalf("%s: number %d is %+v, listed %+v", x.name, n, l.Summary, page[0])
			}
			page = page[1:]
			if n++; n%7 != 0 {
				continue
			}
			_, events, err := c.Get(t.Context(), l.ID)
			if err != nil {
				t.Fatal(err)
			}
			if want, got := asJSON(t, events), asJSON(t, l.Events); want != got {
				t.Fatalf("%s: %s\ngot %s", x.name, want, got)
			}
		}
		count, err := c.CountLogs(t.Context(), x.q)
		if err != nil || (x.n >= 0 && n != x.n) || (x.most == 0 && n != count) || (x.n < 0 && n == 0) {
			t.Errorf("%s: %d logs, %d counted, wanted %d; %v", x.name, n, count, x.n, err)
		}
	}
	for _, err := range c.Logs(t.Context(), cases.Query{Kind: "x"}, 0) {
		if err == nil {
			t.Error("a query of no kind yields a case")
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAnOutcomeSaysWhoseACaseWas(t *testing.T) {
	type step struct {
		k    cases.EventKind
		unit string
	}
	of := func(steps ...step) cases.Outcome {
		var events []cases.Event
		for _, s := range steps {
			e := cases.Event{Kind: s.k}
			e.Unit, e.Level = s.unit, cases.UnitLevel
			if s.unit == "D1" {
				e.Level = cases.DistrictLevel
			}
			if s.k == cases.Survey {
				e.Score = 4
			}
			events = append(events, e)
		}
		return cases.OutcomeOf(events)
	}
	dispatch := func(u string) step { return step{cases.Dispatch, u} }
	just := func(k cases.EventKind) step { return step{k, ""} }
	for name, c := range map[string]struct {
		got         cases.Outcome
		first, says string
	}{
		"closed where it went first":             {of(dispatch("A"), just(cases.Feedback), just(cases.Close)), "A", "A"},
		"not closed yet":                         {of(dispatch("A"), just(cases.Feedback)), "A", ""},
		"given back and closed by another":       {of(dispatch("A"), just(cases.Return), dispatch("B"), just(cases.Close)), "A", "B"},
		"given back, with another now":           {of(dispatch("A"), just(cases.Return), dispatch("B")), "A", "B"},
		"given back, sent there again":           {of(dispatch("A"), just(cases.Return), dispatch("A")), "A", ""},
		"given back, sent there again, closed":   {of(dispatch("A"), just(cases.Return), dispatch("A"), just(cases.Close)), "A", "A"},
		"given back and with nobody":             {of(dispatch("A"), just(cases.Return)), "A", ""},
		"disputed and ruled for another":         {of(dispatch("A"), just(cases.Dispute), step{cases.Rule, "B"}), "A", "B"},
		"disputed and ruled against who has it":  {of(dispatch("A"), just(cases.Dispute), step{cases.Rule, "A"}), "A", "A"},
		"through a district":                     {of(dispatch("D1"), dispatch("A"), just(cases.Close)), "A", "A"},
		"given back, through a district":         {of(dispatch("D1"), dispatch("A"), just(cases.Return), dispatch("B"), just(cases.Close)), "A", "B"},
		"void":                                   {of(dispatch("A"), just(cases.Void)), "A", ""},
		"closed and opened again":                {of(dispatch("A"), just(cases.Close), just(cases.Reopen)), "A", ""},
		"never dispatched":                       {of(just(cases.Register), just(cases.Void)), "", ""},
		"ruled, then to another by a new return": {of(dispatch("A"), step{cases.Rule, "B"}, just(cases.Return), dispatch("C"), just(cases.Close)), "A", "C"},
	} {
		if c.got.First != c.first || c.got.Right != c.says {
			t.Errorf("%s: first %q, right %q; wanted %q, %q", name, c.got.First, c.got.Right, c.first, c.says)
		}
	}
	all := of(dispatch("A"), just(cases.Return), dispatch("B"), just(cases.Rework), just(cases.Dispute), step{cases.Rule, "C"}, just(cases.Close), just(cases.Survey), just(cases.Survey))
	if got := []int{all.Returns, all.Disputes, all.Rulings, all.Reworks, all.Surveys, all.ScoreSum}; !slices.Equal(got, []int{1, 1, 1, 1, 2, 8}) || !all.Ruled {
		t.Errorf("%v of %+v", got, all)
	}
}
