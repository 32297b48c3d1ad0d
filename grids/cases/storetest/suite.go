package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Opener returns an empty store of the town, closed with the test.
type Opener func(t *testing.T, o cases.Options) cases.Store

// Run holds the stores that open returns against the guarantees of package cases.
func Run(t *testing.T, open Opener) {
	for name, test := range map[string]func(*testing.T, *bench){
		"a case goes its way and reads back as it was written":             wholeWay,
		"a refused event leaves nothing behind":                            refused,
		"a version guards a write":                                         versions,
		"a key makes a request safe to repeat":                             keys,
		"events that belong together are stored together or not at all":    together,
		"an external id is in one case of its system":                      external,
		"bad input is refused with what is wrong and nothing is stored":    badInput,
		"text of every kind reads back as it was written":                  anyText,
		"random requests do as the plain store does":                       likeThePlainOne,
		"the feed has every event once in order and goes on from a cursor": feed,
		"of many who write one version one wins":                           oneWins,
	} {
		t.Run(name, func(t *testing.T) {
			b := &bench{t: t, now: start}
			b.Store = open(t, cases.Options{Now: b.clock})
			test(t, b)
		})
	}
}

var start = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)

// bench is a store under test with a clock of its own.
type bench struct {
	cases.Store
	t   *testing.T
	mu  sync.Mutex
	now time.Time
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// The people of the town.
var (
	wang = cases.Actor{ID: "wang", Role: cases.Supervisor, Unit: "JD"}
	li   = cases.Actor{ID: "li", Role: cases.Operator, Unit: "JD"}
	zhao = cases.Actor{ID: "zhao", Role: cases.Dispatcher, Unit: "ZH"}
	qian = cases.Actor{ID: "qian", Role: cases.Handler, Unit: "U1"}
)

// Report is a request for a new case in the middle of the town.
func Report(at time.Time) cases.Request {
	return cases.Request{Kind: cases.Report, Actor: wang, Details: cases.Details{Report: &cases.Draft{
		Kind: grids.EventKind, Category: minors[0], Source: cases.Patrol, ReportedAt: at,
		At: spatial.At(Corner.Lon()+0.0002, Corner.Lat()+0.0002), Cell: cells[0], Zone: zones[0],
	}}}
}

// Way lists the requests that bring a case from its report to its closing.
func Way(id cases.ID) []cases.Request {
	out := []cases.Request{
		{Kind: cases.Register, Actor: li},
		{Kind: cases.Open, Actor: li},
		{Kind: cases.Dispatch, Actor: zhao, Details: cases.Details{Unit: "U1", Level: cases.UnitLevel}},
		{Kind: cases.Accept, Actor: qian},
		{Kind: cases.Handle, Actor: qian},
		{Kind: cases.Feedback, Actor: qian},
		{Kind: cases.Check, Actor: wang},
		{Kind: cases.Close, Actor: li},
	}
	for i := range out {
		out[i].Case = id
	}
	return out
}

func (b *bench) must(r cases.Request) cases.Receipt {
	b.t.Helper()
	got, err := b.Append(b.t.Context(), r)
	if err != nil {
		b.t.Fatalf("%s: %v", r.Kind, err)
	}
	return got
}

func (b *bench) entries() []cityfile.Entry {
	b.t.Helper()
	list, _, err := b.Feed(b.t.Context(), cityfile.Cursor{}, 1_000_000)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func wholeWay(t *testing.T, b *bench) {
	r := Report(start.Add(-time.Minute))
	d := r.Report
	d.Kind, d.Component, d.AccuracyM, d.Description = grids.ComponentKind, components[0], 4.5, "井盖缺失"
	d.System, d.ExternalID, d.Attributes = "12345", "A-1", json.RawMessage(`{"phone": "139"}`)
	r.Media = []cases.Media{
		{Stage: "report", URL: "https://media.example/1.jpg", SHA256: strings.Repeat("ab", 32), TakenAt: start.Add(-time.Hour)},
		{Stage: "report", URL: "https://media.example/2.jpg", SHA256: strings.Repeat("01", 32)},
	}
	receipt := b.must(r)
	way := Way(receipt.ID)
	way[0].Number, way[0].Note = "2026-000001", "受理"
	way[2].Decision, way[2].Members = json.RawMessage(`{"mode": "joint"}`), []string{"U2", "U3"}
	for i, r := range way {
		b.pass(10 * time.Minute)
		if got := b.must(r); got.Version != i+2 || got.ID != receipt.ID {
			t.Fatalf("%s: %+v", r.Kind, got)
		}
	}
	c, events, err := b.Get(t.Context(), receipt.ID)
	if err != nil {
		t.Fatal(err)
	}
	if c.State != cases.Closed || c.Number != "2026-000001" || c.Unit != "U1" || c.Version != 9 || !c.ClosedAt.Equal(start.Add(80*time.Minute)) ||
		c.Component != components[0] || c.AccuracyM != 4.5 || c.Description != "井盖缺失" || c.ExternalID != "A-1" || string(c.Attributes) != `{"phone":"139"}` {
		t.Errorf("the case is %+v", c)
	}
	if len(events) != 9 || !reflect.DeepEqual(events[0].Media, r.Media) || string(events[3].Decision) != `{"mode":"joint"}` ||
		!slices.Equal(events[3].Members, []string{"U2", "U3"}) || events[1].Note != "受理" {
		t.Errorf("the log is %+v", events)
	}
	page, err := b.List(t.Context(), cases.Query{})
	if err != nil || len(page.Cases) != 1 || !reflect.DeepEqual(page.Cases[0], c.Summary) {
		t.Errorf("listed as %+v, %v\nwant %+v", page.Cases, err, c.Summary)
	}
	if id, err := b.Find(t.Context(), "12345", "A-1"); err != nil || id != receipt.ID {
		t.Errorf("found %v, %v", id, err)
	}
	if _, err := b.Find(t.Context(), "110", "A-1"); !errors.Is(err, cases.ErrNotFound) {
		t.Errorf("of another system: %v", err)
	}
	if _, _, err := b.Get(t.Context(), cases.ID{1}); !errors.Is(err, cases.ErrNotFound) {
		t.Errorf("a case that is not: %v", err)
	}
}

func refused(t *testing.T, b *bench) {
	id := b.must(Report(start)).ID
	before, _, _ := b.Get(t.Context(), id)
	_, err := b.Append(t.Context(), cases.Request{Case: id, Kind: cases.Close, Actor: li, Key: "k", Hash: "h"})
	var r *cases.Refusal
	if !errors.As(err, &r) || r.Reason != cases.WrongState || r.State != cases.Reported || !slices.Contains(r.Allowed, cases.Register) {
		t.Fatalf("refused with %v", err)
	}
	after, log, err := b.Get(t.Context(), id)
	if err != nil || !reflect.DeepEqual(before, after) || len(log) != 1 || len(b.entries()) != 1 {
		t.Errorf("the case is %+v with %d events, %v", after, len(log), err)
	}
	// The key was not used up.
	if got := b.must(cases.Request{Case: id, Kind: cases.Register, Actor: li, Key: "k", Hash: "other"}); got.Version != 2 {
		t.Errorf("%+v", got)
	}
	if _, err := b.Append(t.Context(), cases.Request{Case: cases.ID{9}, Kind: cases.Register, Actor: li}); !errors.Is(err, cases.ErrNotFound) {
		t.Errorf("an event of no case: %v", err)
	}
}

func versions(t *testing.T, b *bench) {
	id := b.must(Report(start)).ID
	_, err := b.Append(t.Context(), cases.Request{Case: id, Kind: cases.Register, Actor: li, Version: 2})
	var v *cases.VersionMismatch
	if !errors.As(err, &v) || v.Have != 1 || v.Wanted != 2 || !errors.Is(err, cases.ErrVersion) {
		t.Fatalf("%v", err)
	}
	if got := b.must(cases.Request{Case: id, Kind: cases.Register, Actor: li, Version: 1}); got.Version != 2 {
		t.Errorf("%+v", got)
	}
}

func keys(t *testing.T, b *bench) {
	asked := 0
	ask := func(hash string, actor cases.Actor) (cases.Receipt, error) {
		r := Report(start)
		r.Key, r.Hash, r.Actor = "key-1", hash, actor
		r.Answer = func(c *cases.Case, e *cases.Event) (string, error) {
			asked++
			return fmt.Sprintf("answer %d to %s by %s", asked, c.ID, e.Actor.ID), nil
		}
		return b.Append(t.Context(), r)
	}
	first, err := ask("h", wang)
	if err != nil || first.Repeated || !strings.HasPrefix(first.Answer, "answer 1 to "+first.ID.String()) {
		t.Fatalf("%+v, %v", first, err)
	}
	b.pass(29 * 24 * time.Hour)
	again, err := ask("h", wang)
	if err != nil || !again.Repeated || again.ID != first.ID || again.Answer != first.Answer || again.Version != first.Version {
		t.Errorf("%+v, %v, want %+v", again, err, first)
	}
	if _, err := ask("another", wang); !errors.Is(err, cases.ErrKeyReused) {
		t.Errorf("another body: %v", err)
	}
	if other, err := ask("h", li); err != nil || other.ID == first.ID {
		t.Errorf("the same key of another actor: %+v, %v", other, err)
	}
	b.pass(2 * 24 * time.Hour)
	if later, err := ask("another", wang); err != nil || later.ID == first.ID || later.Repeated {
		t.Errorf("after 31 days: %+v, %v", later, err)
	}
	if page, err := b.List(t.Context(), cases.Query{}); err != nil || len(page.Cases) != 3 {
		t.Errorf("%d cases, %v", len(page.Cases), err)
	}
	fails := errors.New("no answer")
	r := Report(start)
	r.Answer = func(*cases.Case, *cases.Event) (string, error) { return "", fails }
	if _, err := b.Append(t.Context(), r); !errors.Is(err, fails) {
		t.Errorf("%v", err)
	}
	if n := len(b.entries()); n != 3 {
		t.Errorf("%d entries in the feed", n)
	}
}

func together(t *testing.T, b *bench) {
	r := Report(start)
	r.Key, r.Hash, r.KeyOwner = "k", "h", "the token"
	r.Then = Way(cases.ID{})[:3]
	var answered string
	r.Answer = func(c *cases.Case, e *cases.Event) (string, error) {
		answered = fmt.Sprint(c.State, " ", c.Version, " ", e.Kind, " ", c.FID > 0)
		return answered, nil
	}
	got := b.must(r)
	if answered != "dispatched 4 dispatch true" || got.Version != 4 {
		t.Errorf("answered %q, %+v", answered, got)
	}
	r.Actor = li // another of the same token
	if again := b.must(r); !again.Repeated || again.ID != got.ID || again.Answer != answered {
		t.Errorf("%+v", again)
	}
	if n := len(b.entries()); n != 4 {
		t.Errorf("%d entries in the feed", n)
	}
	bad := Report(start)
	bad.Key, bad.Hash, bad.Report.System, bad.Report.ExternalID = "bad", "h", "S", "1"
	bad.Then = Way(cases.ID{})[:3]
	for _, c := range []struct {
		change func(then []cases.Request)
		index  int
		want   error
	}{
		{func(then []cases.Request) { then[1].Kind = cases.Close }, 1, cases.ErrNotAllowed},
		{func(then []cases.Request) { then[2].Unit = "U99" }, 2, cases.ErrInvalid},
		{func(then []cases.Request) { then[0].Actor.Role = "king" }, 0, cases.ErrInvalid},
		{func(then []cases.Request) { then[0].Kind = cases.Report }, 0, cases.ErrInvalid},
	} {
		then := slices.Clone(bad.Then)
		c.change(then)
		wrong := bad
		wrong.Then = then
		_, err := b.Append(t.Context(), wrong)
		if x, ok := errors.AsType[*cases.ThenError](err); !ok || x.Index != c.index || !errors.Is(err, c.want) {
			t.Errorf("%d: %v", c.index, err)
		}
	}
	bad.Then = slices.Repeat(bad.Then, 5)
	if _, err := b.Append(t.Context(), bad); !errors.Is(err, cases.ErrInvalid) {
		t.Errorf("fifteen at once: %v", err)
	}
	if _, err := b.Find(t.Context(), "S", "1"); !errors.Is(err, cases.ErrNotFound) {
		t.Errorf("half a case was stored: %v", err)
	}
	if n := len(b.entries()); n != 4 {
		t.Errorf("%d entries in the feed", n)
	}
	bad.Then = bad.Then[:1]
	if got := b.must(bad); got.Version != 2 {
		t.Errorf("the key was used up: %+v", got)
	}
}

func external(t *testing.T, b *bench) {
	ask := func(system, id string) (cases.Receipt, error) {
		r := Report(start)
		r.Report.System, r.Report.ExternalID = system, id
		return b.Append(t.Context(), r)
	}
	first, err := ask("12345", "X")
	if err != nil {
		t.Fatal(err)
	}
	_, err = ask("12345", "X")
	var taken *cases.ExternalTaken
	if !errors.As(err, &taken) || taken.ID != first.ID || !errors.Is(err, cases.ErrExternal) {
		t.Errorf("%v", err)
	}
	for _, other := range [][2]string{{"12319", "X"}, {"12345", "x"}} {
		if _, err := ask(other[0], other[1]); err != nil {
			t.Errorf("%v: %v", other, err)
		}
	}
}

func badInput(t *testing.T, b *bench) {
	good := b.must(Report(start)).ID
	report := func(change func(d *cases.Draft)) cases.Request {
		r := Report(start)
		change(r.Report)
		return r
	}
	event := func(k cases.EventKind, change func(r *cases.Request)) cases.Request {
		r := cases.Request{Case: good, Kind: k, Actor: li}
		change(&r)
		return r
	}
	for field, requests := range map[string][]cases.Request{
		"category": {
			report(func(d *cases.Draft) { d.Category = "9999" }),
			report(func(d *cases.Draft) { d.Category = "01" }), // a major
			report(func(d *cases.Draft) { d.Category = otherScheme }),
			report(func(d *cases.Draft) { d.Category = "" }),
		},
		"reported_at": {
			report(func(d *cases.Draft) { d.ReportedAt = start.Add(time.Hour) }),
			report(func(d *cases.Draft) { d.ReportedAt = time.Date(1753, 1, 1, 0, 0, 0, 0, time.UTC) }),
			report(func(d *cases.Draft) { d.ReportedAt = time.Time{} }),
		},
		"kind": {
			report(func(d *cases.Draft) { d.Kind = "person" }),
			event("fly", func(*cases.Request) {}),
			event(cases.Report, func(r *cases.Request) { r.Report = Report(start).Report }),
			{Kind: cases.Register, Actor: li},
		},
		"lon,lat":       {report(func(d *cases.Draft) { d.At = spatial.Coord{X: 1_800_000_001} })},
		"cell":          {report(func(d *cases.Draft) { d.Cell = "nowhere" })},
		"zone":          {report(func(d *cases.Draft) { d.Zone = cells[0] })},
		"component":     {report(func(d *cases.Draft) { d.Component = "'; DROP TABLE cases; --" })},
		"source":        {report(func(d *cases.Draft) { d.Source = "rumour" })},
		"source_system": {report(func(d *cases.Draft) { d.ExternalID = "1" })},
		"accuracy_m":    {report(func(d *cases.Draft) { d.AccuracyM = -1 })},
		"description":   {report(func(d *cases.Draft) { d.Description = "\xff" }), report(func(d *cases.Draft) { d.Description = "a\x00b" })},
		"attributes":    {report(func(d *cases.Draft) { d.Attributes = json.RawMessage("{") })},
		"report":        {{Kind: cases.Report, Actor: wang}},
		"note":          {event(cases.Register, func(r *cases.Request) { r.Note = strings.Repeat("长", 10<<20/3) })},
		"actor":         {event(cases.Register, func(r *cases.Request) { r.Actor.ID = "" })},
		"role":          {event(cases.Register, func(r *cases.Request) { r.Actor.Role = "king" })},
		"media.sha256":  {event(cases.Register, func(r *cases.Request) { r.Media = []cases.Media{{Stage: "report", URL: "u", SHA256: "AB"}} })},
		"media.stage":   {event(cases.Register, func(r *cases.Request) { r.Media = []cases.Media{{Stage: "party", URL: "u"}} })},
		"score":         {event(cases.Register, func(r *cases.Request) { r.Score = 6 })},
		"level":         {event(cases.Dispatch, func(r *cases.Request) { r.Unit = "U1" })},
		"Idempotency-Key": {
			event(cases.Register, func(r *cases.Request) { r.Key = strings.Repeat("k", 1000) }),
		},
	} {
		for _, r := range requests {
			_, err := b.Append(t.Context(), r)
			var i *cases.Invalid
			if !errors.As(err, &i) || i.Field != field || i.Reason == "" || !errors.Is(err, cases.ErrInvalid) || len(i.Error()) > 500 {
				t.Errorf("%s: %.300v", field, err)
			}
		}
	}
	for _, k := range []cases.EventKind{cases.Register, cases.Open} {
		b.must(cases.Request{Case: good, Kind: k, Actor: li})
	}
	_, err := b.Append(t.Context(), cases.Request{Case: good, Kind: cases.Dispatch, Actor: zhao, Details: cases.Details{Unit: "U99", Level: cases.UnitLevel}})
	if i, ok := errors.AsType[*cases.Invalid](err); !ok || i.Field != "unit" || !i.Unknown {
		t.Errorf("an unknown unit: %v", err)
	}
	if n := len(b.entries()); n != 3 {
		t.Errorf("%d entries in the feed, want those of the good requests", n)
	}
	for field, q := range map[string]cases.Query{
		"status": {States: []cases.State{"lost"}}, "source": {Sources: []cases.Source{"rumour"}}, "kind": {Kind: "person"},
		"category": {Categories: []string{"01"}}, "hour": {Hours: []int{24}}, "weekday": {Weekdays: []int{0}}, "q": {Text: "\xff"}, "cursor": {After: "1 OR 1=1"},
	} {
		_, err := b.List(t.Context(), q)
		if i, ok := errors.AsType[*cases.Invalid](err); !ok || i.Field != field {
			t.Errorf("list by %s: %v", field, err)
		}
	}
}

func anyText(t *testing.T, b *bench) {
	for _, text := range []string{"🕳️👷🏽‍♀️", "מכסה ביוב שבור\u200f", "'); DROP TABLE cases; --", "\"\\\n\t\u2028</script>", "%s %d ${x}", strings.Repeat("长", 1365), "\ufeff", " "} {
		r := Report(start)
		r.Note = text
		r.Report.Description, r.Report.Condition = text, shorter(text)
		r.Report.System, r.Report.ExternalID, r.Report.Number = "s"+shorter(text), shorter(text), shorter(text)
		r.Actor.ID = shorter(text)
		r.Key, r.Hash = shorter(text), shorter(text)
		quoted, err := json.Marshal(map[string]string{"k": text})
		if err != nil {
			t.Fatal(err)
		}
		r.Report.Attributes = quoted
		id := b.must(r).ID
		c, events, err := b.Get(t.Context(), id)
		if err != nil || c.Description != text || c.Condition != shorter(text) || c.Number != shorter(text) || events[0].Note != text || events[0].Actor.ID != shorter(text) {
			t.Errorf("%q reads back as %+v, %v", text, c, err)
		}
		var back map[string]string
		if err := json.Unmarshal(c.Attributes, &back); err != nil || back["k"] != text {
			t.Errorf("attributes %q, %v", c.Attributes, err)
		}
		if found, err := b.Find(t.Context(), "s"+shorter(text), shorter(text)); err != nil || found != id {
			t.Errorf("%q is found as %v, %v", text, found, err)
		}
		page, err := b.List(t.Context(), cases.Query{Text: shorter(text)})
		if err != nil || len(page.Cases) == 0 || (page.Cases[0].ID != id && text != " ") {
			t.Errorf("list by %q: %+v, %v", text, page.Cases, err)
		}
		for _, q := range []cases.Query{{Units: []string{text}}, {Zones: []string{text}}, {Cells: []string{text}}, {Component: text}, {Streets: []string{text}}} {
			_, err := b.List(t.Context(), q)
			if i, ok := errors.AsType[*cases.Invalid](err); !ok || !i.Unknown {
				t.Errorf("list by the code %q: %v", text, err)
			}
		}
	}
}

// shorter is the text within the limit of a code.
func shorter(s string) string { return strings.ToValidUTF8(s[:min(len(s), 120)], "") }

func feed(t *testing.T, b *bench) {
	var want []string
	var cursor cityfile.Cursor
	for range 3 {
		id := b.must(Report(start)).ID
		want = append(want, id.String()+" reported")
		for i, r := range Way(id)[:3] {
			b.must(r)
			want = append(want, id.String()+" "+[]string{"registered", "open", "dispatched"}[i])
		}
	}
	var got []string
	var last int64
	for range 100 {
		list, next, err := b.Feed(t.Context(), cursor, 5)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		if cursor, err = cityfile.ParseCursor(next.String()); err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			var told cases.Told
			if err := json.Unmarshal(e.Body, &told); err != nil || e.Kind != cases.FeedKind || e.Seq <= last {
				t.Fatalf("%+v, %v", e, err)
			}
			if (told.Case != nil) != (told.Event == cases.Report) {
				t.Errorf("%+v", told)
			}
			last = e.Seq
			got = append(got, e.Key+" "+string(told.State))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the feed is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func oneWins(t *testing.T, b *bench) {
	id := b.must(Report(start)).ID
	for version := 1; version <= 5; version++ {
		var mu sync.Mutex
		won, lost := 0, 0
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				_, err := b.Append(context.WithoutCancel(t.Context()), cases.Request{
					Case: id, Kind: cases.Urge, Actor: li, Version: version, Details: cases.Details{Note: fmt.Sprint(i)},
				})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won++
				case errors.Is(err, cases.ErrVersion):
					lost++
				default:
					t.Errorf("%v", err)
				}
			})
		}
		wg.Wait()
		if won != 1 || lost != 15 {
			t.Errorf("at version %d: %d won, %d lost", version, won, lost)
		}
	}
}
