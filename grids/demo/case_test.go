package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
	"github.com/wanmi-gis/wanmi/spatial"
)

// townCases is how many closed cases the town of the demo has.
const townCases = CityCases / TownShare

// historyHash is the SHA-256 over the cases of the town of seed 1 and what is
// planted among them. It changes with the generator, never with the machine.
const historyHash = "059b5cbb3bbc1ec3cea75c906182a08ccbd52be46bdc9096f12c0efaedef75b1"

// testNow is when the tests look at a city.
var testNow = time.Date(2026, time.May, 20, 11, 30, 0, 0, chinaTime)

// townSnapshot is the town of seed 1, made once. Not to be changed.
var townSnapshot = sync.OnceValues(func() (*grids.Snapshot, error) {
	city, err := Town(1)
	if err != nil {
		return nil, err
	}
	return grids.NewSnapshot(city, testNow)
})

// townHistory is a history of the town with n cases.
func townHistory(t testing.TB, seed uint64, n int) *History {
	t.Helper()
	snap, err := townSnapshot()
	if err != nil {
		t.Fatal(err)
	}
	h, err := NewHistory(snap, seed, n)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// allOf makes all cases of a history.
func allOf(h *History) (all []cases.Past) {
	for w := range h.Weeks() {
		all = append(all, h.Week(w)...)
	}
	return all
}

func TestTheHistoryIsTheSameOnEveryMachine(t *testing.T) {
	h := townHistory(t, 1, townCases)
	sum := sha256.New()
	out := json.NewEncoder(sum)
	for _, v := range []any{allOf(h), h.Planted()} {
		if err := out.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != historyHash {
		t.Errorf("hash of the history is %s, want %s", got, historyHash)
	}
}

func TestAnotherSeedMakesAnotherHistoryAndAWeekAloneIsTheSame(t *testing.T) {
	one, two := townHistory(t, 1, townCases), townHistory(t, 2, townCases)
	const week = 77
	first, again, other := asText(t, one.Week(week)), asText(t, townHistory(t, 1, townCases).Week(week)), asText(t, two.Week(week))
	if first != again {
		t.Error("the week made again is another")
	}
	if first == other {
		t.Error("another seed makes the same week")
	}
}

func asText(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheHistoryHasTheCountsAndSharesOfTheCity(t *testing.T) {
	const n = 20_000
	h := townHistory(t, 1, n)
	all := allOf(h)
	if len(all) != n || h.Len() != n {
		t.Fatalf("%d cases, want %d", len(all), n)
	}
	whole := all[n-n*wholeOfCity/CityCases:]
	from, to := time.Date(2021, 1, 1, 0, 0, 0, 0, chinaTime), time.Date(2026, 1, 1, 0, 0, 0, 0, chinaTime)
	var public, things, late, lateWhole int
	numbers, last := map[string]bool{}, from
	for i := range all {
		p := &all[i]
		if p.Report.ReportedAt.Before(last) || !p.Report.ReportedAt.Before(to) {
			t.Fatalf("case %d is reported at %s, after one of %s", i, p.Report.ReportedAt, last)
		}
		if last = p.Report.ReportedAt; numbers[p.Report.Number] {
			t.Fatalf("number %s twice", p.Report.Number)
		}
		numbers[p.Report.Number] = true
		if p.Report.Source == cases.Public {
			public++
		}
		if p.Report.Kind == grids.ComponentKind {
			things++
		}
		if c := folded(t, p); !c.OnTime {
			late++
			if i >= n-len(whole) {
				lateWhole++
			}
		}
		if i < n-len(whole) && len(p.Events) != 7 {
			t.Errorf("case %d has %d events, want the shortest way", i, len(p.Events))
		}
	}
	check := func(what string, got, want, within float64) {
		t.Helper()
		if math.Abs(got-want) > within {
			t.Errorf("%s: %.4f, want %.4f", what, got, want)
		}
	}
	check("from the public", float64(public)/n, 0.0112, 1.0/n)
	check("in time", 1-float64(late)/n, 0.9823, 1.0/n)
	check("in time of the last", 1-float64(lateWhole)/float64(len(whole)), 0.9823, 3/float64(len(whole)))
	check("about components", float64(things)/n, 0.6, 4*math.Sqrt(0.24/n))
}

// folded is the case that a log makes, closed.
func folded(t *testing.T, p *cases.Past) *cases.Case {
	t.Helper()
	c, err := cases.Fold(cases.ID{}, logOf(p))
	if err != nil || c.State != cases.Closed {
		t.Fatalf("%+v: %v", c, err)
	}
	return c
}

func logOf(p *cases.Past) []cases.Event {
	log := []cases.Event{{At: p.Report.ReportedAt, Kind: cases.Report, Actor: p.Reporter, Details: cases.Details{Report: &p.Report}}}
	log = append(log, p.Events...)
	for i := range log {
		log[i].Seq = i + 1
	}
	return log
}

// wholeHistory is one whose logs are all whole, and where an office has a
// department above it, as all have in the city.
func wholeHistory(t testing.TB, n int) *History {
	h := townHistory(t, 3, n)
	h.whole = 0
	h.people.parent[unitNorthOffice] = unitUrban
	return h
}

func TestEveryStepIsOneThatWhoDoesItMayDo(t *testing.T) {
	seen := map[cases.EventKind]int{}
	for _, h := range []*History{wholeHistory(t, townCases), townHistory(t, 1, townCases)} {
		for _, p := range allOf(h) {
			c := &cases.Case{}
			for _, e := range logOf(&p) {
				var err error
				at := e.At
				if c, err = (&cases.Machine{}).Next(c, &e); err != nil || !e.At.Equal(at) {
					t.Fatalf("case %s, %s at %s: %v", p.Report.Number, e.Kind, at, err)
				}
				if !strings.HasPrefix(e.Actor.ID, "demo-") {
					t.Fatalf("actor %q does not say that it is made up", e.Actor.ID)
				}
				seen[e.Kind]++
			}
		}
	}
	for _, k := range []cases.EventKind{
		cases.Verify, cases.Return, cases.Dispute, cases.Rule, cases.Hold, cases.Resume, cases.Extend, cases.Urge, cases.Rework, cases.Survey,
	} {
		if seen[k] == 0 {
			t.Errorf("no %s in any log", k)
		}
	}
}

func TestDueTimesAreThoseOfTheClock(t *testing.T) {
	h := wholeHistory(t, townCases)
	held, extended, passedOn := 0, 0, 0
	for _, p := range allOf(h) {
		limit, err := h.table.Limit(p.Report.Kind, p.Report.Category, p.Report.Condition, stageHandle)
		if err != nil {
			t.Fatal(err)
		}
		var run clock.Run
		var last cases.Event
		var due time.Time
		for _, e := range p.Events {
			switch e.Kind {
			case cases.Dispatch, cases.Rule:
				if last.Kind == cases.Dispatch { // the district's
					passedOn++
					break
				}
				run = clock.Run{Start: e.At, Limit: limit}
			case cases.Hold:
				held++
				err = run.Hold(e.At, time.Time{})
			case cases.Resume:
				err = run.Resume(e.At)
			case cases.Extend:
				extended++
				err = run.Extend()
			}
			if err != nil {
				t.Fatalf("case %s: %s: %v", p.Report.Number, e.Kind, err)
			}
			if !e.DueAt.IsZero() {
				want, err := h.cal.Due(run)
				if err != nil || !e.DueAt.Equal(want.At) {
					t.Fatalf("case %s, %s at %s: due %s, want %s, %v", p.Report.Number, e.Kind, e.At, e.DueAt, want.At, err)
				}
				due = e.DueAt
			}
			last = e
		}
		if c := folded(t, &p); !c.DueAt.Equal(due) || c.OnTime != !c.ClosedAt.After(due) {
			t.Fatalf("case %s: due %s, %v", p.Report.Number, c.DueAt, c.OnTime)
		}
	}
	if held == 0 || extended == 0 || passedOn == 0 {
		t.Errorf("%d held, %d extended, %d passed on", held, extended, passedOn)
	}
}

func TestPositionsLieInTheirCellsAndCodesAreTheCitys(t *testing.T) {
	h := townHistory(t, 1, townCases)
	for _, p := range allOf(h) {
		d := &p.Report
		at := h.snap.Locate(d.At)
		if at.Status != grids.StatusInside || h.snap.City.Cells[at.Cell].Code != d.Cell || h.snap.City.Zones[at.Zone].Code != d.Zone {
			t.Fatalf("case %s at %v says cell %s, zone %s", d.Number, d.At, d.Cell, d.Zone)
		}
		if (d.Kind == grids.ComponentKind) != (d.Component != "") {
			t.Fatalf("case %s: %s with component %q", d.Number, d.Kind, d.Component)
		}
		if d.Component == "" {
			continue
		}
		c := h.snap.Component(h.snap.Find(grids.Components, d.Component))
		if c.Category != d.Category || spatial.DistanceM(c.At, d.At) > 4.3 {
			t.Fatalf("case %s of %s, %.1f m from a component of %s", d.Number, d.Category, spatial.DistanceM(c.At, d.At), c.Category)
		}
	}
}

// chiSquare is the sum of (observed − expected)² / expected.
func chiSquare(observed, weights []float64) (x float64) {
	n, sum := 0.0, 0.0
	for i := range observed {
		n, sum = n+observed[i], sum+weights[i]
	}
	for i := range observed {
		e := n * weights[i] / sum
		x += (observed[i] - e) * (observed[i] - e) / e
	}
	return x
}

func TestHoursWeekdaysAndMonthsHavePatterns(t *testing.T) {
	const n = 20_000
	hours, public, weekdays, months := make([]float64, 24), make([]float64, 24), make([]float64, 7), make([]float64, 12)
	flat := func(n int) []float64 { return slices.Repeat([]float64{1}, n) }
	leaves := make([]float64, 12)
	h := townHistory(t, 1, n)
	burning := h.classes.all[h.classes.find(h.snap.Catalogue, grids.EventKind, "焚烧")].Code
	for _, p := range allOf(h) {
		at := p.Report.ReportedAt.In(chinaTime)
		weekdays[at.Weekday()]++
		months[at.Month()-1]++
		switch p.Report.Source {
		case cases.Public:
			public[at.Hour()]++
		case cases.Patrol:
			hours[at.Hour()]++
		}
		if p.Report.Kind == grids.EventKind && p.Report.Category == burning {
			leaves[at.Month()-1]++
		}
	}
	// Bounds are the quantiles of chi-square at p = 1e-6, far below what is met.
	for _, c := range []struct {
		what  string
		x     float64
		bound float64
	}{
		{"hours of patrols against a flat day", chiSquare(hours, flat(24)), 75},
		{"hours of the public against those of patrols", chiSquare(public, add(hours, 1)), 75},
		{"weekdays against a flat week", chiSquare(weekdays, flat(7)), 38},
		{"months against a flat year", chiSquare(months, flat(12)), 50},
		{"burnt leaves against all by month", chiSquare(leaves, months), 50},
	} {
		if c.x < c.bound {
			t.Errorf("%s: chi-square %.1f, want more than %.0f", c.what, c.x, c.bound)
		}
	}
	if night := public[22] + public[23] + public[0]; night < 0.05*sum(public) || hours[23]+hours[0]+hours[3] > 0 {
		t.Errorf("at night %.0f of %.0f from the public, %.0f from patrols", night, sum(public), hours[23]+hours[0]+hours[3])
	}
	if leaves[9]+leaves[10] < sum(leaves)/3 {
		t.Errorf("leaves are burnt in %v", leaves)
	}
}

func add(list []float64, x float64) []float64 {
	out := slices.Clone(list)
	for i := range out {
		out[i] += x
	}
	return out
}

func sum(list []float64) (s float64) {
	for _, x := range list {
		s += x
	}
	return s
}

func TestCasesNearBordersComeBackMoreOften(t *testing.T) {
	h := wholeHistory(t, 12_000)
	type rate struct{ back, all float64 }
	rates := map[bool]*rate{true: {}, false: {}}
	for _, p := range allOf(h) {
		s := slot{place: scene{at: p.Report.At}}
		metres, across := (&caseWalk{History: h, s: &s}).border()
		r := rates[across != none && metres < nearBorderM]
		r.all++
		if slices.ContainsFunc(p.Events, func(e cases.Event) bool { return e.Kind == cases.Return || e.Kind == cases.Dispute }) {
			r.back++
		}
	}
	near, far := rates[true], rates[false]
	if near.all < 200 || near.back/near.all < 2.5*far.back/far.all || far.back == 0 {
		t.Errorf("%.0f of %.0f near borders come back, %.0f of %.0f elsewhere", near.back, near.all, far.back, far.all)
	}
}

func TestAHistoryOfNothingIsEmpty(t *testing.T) {
	h := townHistory(t, 1, 0)
	if all := allOf(h); len(all) != 0 || h.Len() != 0 {
		t.Errorf("%d cases", len(all))
	}
}

func TestACityWithoutStreetsHasNoHistory(t *testing.T) {
	snap, err := townSnapshot()
	if err != nil {
		t.Fatal(err)
	}
	bare := *snap.City
	bare.Base = nil
	if snap, err = grids.NewSnapshot(&bare, testNow); err != nil {
		t.Fatal(err)
	}
	if _, err := NewHistory(snap, 1, townCases); !errors.Is(err, errNoStreet) {
		t.Errorf("error %v", err)
	}
}

func BenchmarkHistory(b *testing.B) {
	h := townHistory(b, 1, CityCases)
	n := 0
	for i := 0; b.Loop(); i++ {
		n += len(h.Week(i % h.Weeks()))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/case")
}
