package dispatch_test

import (
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/grids/dispatch/stories"
	"github.com/wanmi-gis/wanmi/spatial"
)

// townEngine dispatches the made-up town by its own rule file and book.
func townEngine(t testing.TB) *dispatch.Engine {
	t.Helper()
	city, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := dispatch.ReadRules([]byte(demo.RuleFile(city)))
	if err != nil {
		t.Fatal(err)
	}
	book := &dispatch.Book{}
	book.Records, book.Rulings = demo.Responsibility(city)
	s, err := grids.NewSnapshot(city, stories.Day())
	if err != nil {
		t.Fatal(err)
	}
	e, err := dispatch.New(s, rules, book)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func townBook(e *dispatch.Engine) *dispatch.Book {
	b := &dispatch.Book{}
	b.Records, b.Rulings = demo.Responsibility(e.City().City)
	return b
}

func must(e *dispatch.Engine, err error) *dispatch.Engine {
	if err != nil {
		panic(err)
	}
	return e
}

// anyReports draws reports all over and around the town, of every class.
func anyReports(e *dispatch.Engine, seed uint64, n int) []dispatch.Report {
	r := rand.New(rand.NewPCG(seed, 0x746f776e))
	s := e.City()
	box, all := s.Box(grids.Cells).Grow(5000), s.Catalogue.All()
	var out []dispatch.Report
	for len(out) < n {
		k := all[r.IntN(len(all))]
		if k.Major == "" {
			continue
		}
		q := dispatch.Report{Kind: k.Kind, Category: k.Code, AccuracyM: 1 + 40*r.Float64(), Time: stories.Day()}
		q.At = spatial.Coord{X: box.Min.X + r.Int32N(box.Max.X-box.Min.X), Y: box.Min.Y + r.Int32N(box.Max.Y-box.Min.Y)}
		if i := int32(r.IntN(s.Count(grids.Components))); k.Kind == grids.ComponentKind && r.IntN(2) == 0 {
			c := s.Component(i)
			q.At, q.Category = c.At, c.Category
			if r.IntN(4) == 0 {
				q.Component = c.Code
			}
		}
		out = append(out, q)
	}
	return out
}

func TestADecisionIsTheSameEveryTimeAndItsProbabilitiesAddUp(t *testing.T) {
	e := townEngine(t)
	units := map[string]bool{}
	for i := range e.City().City.Units {
		units[e.City().City.Units[i].Code] = true
	}
	modes := map[dispatch.Mode]int{}
	var first []dispatch.Decision
	reports := anyReports(e, 4, 1200)
	for _, q := range reports {
		d, err := e.Decide(q)
		if err != nil {
			t.Fatal(err)
		}
		first = append(first, d)
		modes[d.Mode]++
		sum := d.Probability
		for _, a := range d.Alternatives {
			sum += a.Probability
			if a.Probability > d.Probability || !units[a.Unit] {
				t.Fatalf("%+v: alternative %+v", q, a)
			}
		}
		if sum > 1+1e-6 || d.Probability <= 0 || !units[d.Unit] || len(d.Trace) == 0 || d.Place.At != q.At {
			t.Fatalf("%+v: %+v", q, d)
		}
		if !d.Automatic && d.Probability < 0.99 && d.Question == nil && len(d.Alternatives) > 0 {
			t.Fatalf("%+v: nothing is asked: %+v", q, d)
		}
	}
	for _, m := range []dispatch.Mode{dispatch.Single, dispatch.Joint, dispatch.Default} {
		if modes[m] == 0 {
			t.Errorf("no decision is %s: %v", m, modes)
		}
	}
	for i := len(reports) - 1; i >= 0; i-- { // in another order, with work used before
		d, err := e.Decide(reports[i])
		if err != nil {
			t.Fatal(err)
		}
		if !same(&d, &first[i]) {
			t.Fatalf("%+v: first %+v, then %+v", reports[i], first[i], d)
		}
		v, err := e.Whose(reports[i])
		if err != nil || v != d.Verdict {
			t.Fatalf("%+v: decided %+v, whose %+v, %v", reports[i], d.Verdict, v, err)
		}
	}
}

func same(a, b *dispatch.Decision) bool {
	return a.Verdict == b.Verdict && a.Probability == b.Probability && slices.Equal(a.Members, b.Members) &&
		slices.Equal(a.Trace, b.Trace) && len(a.Alternatives) == len(b.Alternatives) &&
		(a.Question == nil) == (b.Question == nil) && (a.Question == nil || *a.Question == *b.Question)
}

// Where one is not known with an error to speak of, a decision is containment:
// compared with the snapshot's own lookup.
func TestAnExactEventGoesToTheUnitOfTheZoneThatHoldsIt(t *testing.T) {
	e := townEngine(t)
	s := e.City()
	checked := 0
	for _, q := range anyReports(e, 9, 2400) {
		p := s.Locate(q.At)
		if q.Kind != grids.EventKind || p.Status != grids.StatusInside {
			continue
		}
		if far, _ := s.Border(p); far < 1 {
			continue
		}
		q.AccuracyM = 0.3
		q.Category = "0101"
		d, err := e.Decide(q)
		if err != nil {
			t.Fatal(err)
		}
		z := s.City.Zones[p.Zone]
		want := z.Unit
		if !z.OnDuty {
			want = ""
			for i := range s.City.Units {
				u := &s.City.Units[i]
				if u.Kind == "territorial" && slices.Contains(u.Territory, z.Street) && want == "" {
					want = u.Code
				}
			}
		}
		if d.Unit != want || !d.Automatic {
			t.Fatalf("%+v: %+v, the zone's unit is %s", q, d, want)
		}
		checked++
	}
	if checked < 300 {
		t.Fatalf("only %d checked", checked)
	}
}

func TestTheEngineFollowsALiveEdit(t *testing.T) {
	e := townEngine(t)
	s := e.City()
	i := slices.IndexFunc(s.City.Components, func(c grids.Component) bool { return c.Owner != "" && c.Shape == nil })
	c := s.City.Components[i]
	q := dispatch.Report{At: c.At, AccuracyM: 2, Kind: grids.ComponentKind, Category: c.Category, Component: c.Code, Time: stories.Day()}
	other := s.City.Units[0].Code
	if other == c.Owner {
		other = s.City.Units[1].Code
	}
	edited := c.With(func(t *grids.ComponentTraits) { t.Owner = other })
	next := e.On(s.With(stories.Day(), grids.Edit{Component: &edited, Version: 2}))
	before, err := e.Decide(q)
	if err != nil {
		t.Fatal(err)
	}
	after, err := next.Decide(q)
	if err != nil {
		t.Fatal(err)
	}
	if before.Unit != c.Owner || after.Unit != other || after.CityVersion == before.CityVersion {
		t.Errorf("%s owns it, then %s: decided %s, then %s", c.Owner, other, before.Unit, after.Unit)
	}
}

// past gives reports with the decisions of an engine as a city's history.
func past(t testing.TB, e *dispatch.Engine, reports []dispatch.Report) iter.Seq[dispatch.Past] {
	t.Helper()
	return func(yield func(dispatch.Past) bool) {
		for _, q := range reports {
			v, err := e.Whose(q)
			if err != nil {
				t.Fatal(err)
			}
			if !yield(dispatch.Past{Report: q, Unit: v.Unit, Mode: v.Mode, Right: v.Unit}) {
				return
			}
		}
	}
}

func TestADryRunOfTheSameRulesChangesNothingAndOfOthersWhatTheySay(t *testing.T) {
	e := townEngine(t)
	reports := anyReports(e, 5, 800)
	d, err := dispatch.Replay(t.Context(), e, past(t, e, reports))
	if err != nil || d.Cases != len(reports) || d.Changed != 0 || len(d.Points) != 0 || len(d.Pairs) != 0 {
		t.Fatalf("the same rules: %+v, %v", d, err)
	}
	rules := *e.Rules()
	rules.Version = "territory first"
	rules.Components.Order = []dispatch.Step{dispatch.StepTerritory}
	rules.Classes = nil
	changed, err := dispatch.New(e.City(), &rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	beside, err := e.WithRules(&rules)
	if err != nil {
		t.Fatal(err)
	}
	again, err := dispatch.Replay(t.Context(), beside, past(t, e, reports))
	if err != nil {
		t.Fatal(err)
	}
	// WithRules keeps the book that New was not given.
	if want, err := dispatch.Replay(t.Context(), must(changed.With(townBook(e))), past(t, e, reports)); err != nil || fmt.Sprint(*want) != fmt.Sprint(*again) {
		t.Errorf("by WithRules %+v, by New %+v, %v", again, want, err)
	}
	if d, err = dispatch.Replay(t.Context(), changed, past(t, e, reports)); err != nil {
		t.Fatal(err)
	}
	// Counted one by one, from full decisions.
	want, pairs := 0, map[[2]string]int{}
	for _, q := range reports {
		a, err := e.Decide(q)
		if err != nil {
			t.Fatal(err)
		}
		b, err := changed.Decide(q)
		if err != nil {
			t.Fatal(err)
		}
		if a.Unit != b.Unit || (a.Mode == dispatch.Joint) != (b.Mode == dispatch.Joint) {
			want++
			pairs[[2]string{a.Unit, b.Unit}]++
		}
	}
	got := map[[2]string]int{}
	for _, p := range d.Pairs {
		got[[2]string{p.From, p.To}] = p.N
	}
	if want == 0 || d.Changed != want || len(d.Points) != want || !maps.Equal(got, pairs) || d.Better != 0 {
		t.Errorf("%d changed, counted %d; pairs %v, counted %v; better %d", d.Changed, want, got, pairs, d.Better)
	}
}

func TestQualityRanksWhatIsOftenWrongAndFindsRulingsNeverApplied(t *testing.T) {
	e := townEngine(t)
	s := e.City()
	var ruling grids.Claim
	_, rulings := demo.Responsibility(s.City)
	ruling = rulings[0].Claim
	var labels []dispatch.Label
	add := func(n, wrong int, l dispatch.Label) {
		for i := range n {
			l.Right = l.Unit
			if i < wrong {
				l.Right = "another"
			}
			labels = append(labels, l)
		}
	}
	add(400, 2, dispatch.Label{Kind: grids.EventKind, Category: "0101", Unit: "A", Basis: dispatch.StepTerritory})
	add(40, 20, dispatch.Label{Kind: grids.EventKind, Category: "0102", Unit: "B", Basis: dispatch.StepTerritory})
	add(2, 2, dispatch.Label{Kind: grids.EventKind, Category: "0103", Unit: "C", Basis: dispatch.StepArea})
	add(30, 0, dispatch.Label{Kind: grids.ComponentKind, Category: "0101", Unit: "A", Basis: dispatch.StepRuling, Claim: ruling.ID})
	q := dispatch.Quality(e, slices.Values(labels))
	if q.All.N != 472 || q.All.Wrong != 24 {
		t.Errorf("all %+v", q.All)
	}
	if q.Classes[0].Key != "event 0102" || q.Classes[0].N != 40 || q.Classes[0].Share() != 0.5 {
		t.Errorf("the worst class is %+v", q.Classes[0])
	}
	if len(q.NeedClasses) != 1 || q.NeedClasses[0].Key != "event 0102" {
		t.Errorf("in need: %+v", q.NeedClasses)
	}
	if len(q.Unused) != len(rulings)-1 || slices.ContainsFunc(q.Unused, func(u dispatch.RulingUse) bool { return u.ID == ruling.ID }) {
		t.Errorf("unused %v of %d rulings", q.Unused, len(rulings))
	}
}
