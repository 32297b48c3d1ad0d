package api_test

import (
	"maps"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api/heatmap"
)

// heatMembers are the words that a choice of one member stands for together.
var heatMembers = map[string][]string{
	"kind": {"kind", "category"}, "category": {"kind", "category"}, "status": {"status"}, "source": {"source"}, "unit": {"unit"},
	"zone": {"zone", "community", "street", "district"}, "community": {"zone", "community", "street", "district"},
	"street": {"zone", "community", "street", "district"}, "district": {"zone", "community", "street", "district"},
	"hour": {"hour", "weekday"}, "weekday": {"hour", "weekday"},
}

// TestAChoiceGivesAsManyCasesAsStandBesideIt: each number of the facets is what the
// legend counts once that choice alone is made of its member.
func TestAChoiceGivesAsManyCasesAsStandBesideIt(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 250, true)
	for _, f := range w.heatFilters(rand.New(rand.NewPCG(5, 5))) {
		got := heatOf[heatmap.HeatFacets](t, w, "/heat/facets?"+f.words.Encode())
		asked := w.addedUp(t, f.words)
		if got.N != asked.N || got.ExcludedN != asked.ExcludedN || got.Of != int64(len(w.all)) {
			t.Errorf("%v: n %d, excluded %d of %d, /heat/facets alone has %d, %d", f.words, asked.N, asked.ExcludedN, len(w.all), got.N, got.ExcludedN)
		}
		c := got.Facets
		for member, choices := range map[string][]heatmap.HeatChoice{
			"kind": c.Kind, "category": c.Category, "status": c.Status, "source": c.Source, "unit": c.Unit, "zone": c.Zone,
			"community": c.Community, "street": c.Street, "district": c.District, "hour": c.Hour, "weekday": c.Weekday,
		} {
			for i, choice := range choices {
				if n := w.chosen(t, f.words, member, choice); n != choice.N {
					t.Errorf("%v: %s=%s stands with %d and gives %d", f.words, member, choice.Value, choice.N, n)
				}
				if i > 0 && member != "hour" && member != "weekday" && (choices[i-1].N < choice.N || choice.N == 0) {
					t.Errorf("%v: %s is not sorted: %v", f.words, member, choices)
				}
			}
		}
	}
}

// addedUp asks the areas, which add up what every other path takes.
func (w *warm) addedUp(tb testing.TB, words url.Values) (out struct{ N, ExcludedN int64 }) {
	tb.Helper()
	areas := heatOf[heatmap.HeatAreas](tb, w, "/heat/areas?by=cell&"+words.Encode())
	out.N, out.ExcludedN = areas.N, areas.Rest
	return out
}

// chosen counts the cases once a choice is made of its member.
func (w *warm) chosen(tb testing.TB, filter url.Values, member string, choice heatmap.HeatChoice) int64 {
	tb.Helper()
	words := maps.Clone(filter)
	for _, word := range heatMembers[member] {
		words.Del(word)
	}
	words.Set(member, choice.Value)
	if member == "category" {
		words.Set("kind", choice.Kind)
	}
	if member == "hour" {
		hour, err := strconv.Atoi(choice.Value)
		if err != nil {
			tb.Fatal(err)
		}
		words.Set("hour", choice.Value+"-"+strconv.Itoa(hour+1))
	}
	n := w.addedUp(tb, words).N
	if member == "category" { // a code is how others begin, too
		for _, other := range heatOf[heatmap.HeatFacets](tb, w, "/heat/facets?"+words.Encode()).Facets.Category {
			if other.Kind == choice.Kind && other.Value != choice.Value && strings.HasPrefix(other.Value, choice.Value) {
				n -= other.N
			}
		}
	}
	return n
}

// TestHistogramOfHeatCountsEveryCaseInItsStep in the city's days, weeks from Monday
// and months, whatever the period of the filter is.
func TestHistogramOfHeatCountsEveryCaseInItsStep(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 250, true)
	begin := map[string]func(time.Time) time.Time{
		"day":  func(d time.Time) time.Time { return d },
		"week": func(d time.Time) time.Time { return d.AddDate(0, 0, -int(d.Weekday()+6)%7) },
		"month": func(d time.Time) time.Time {
			return time.Date(d.Year(), d.Month(), 1, 0, 0, 0, 0, d.Location())
		},
	}
	for step, first := range begin {
		h := heatOf[heatmap.HeatFacets](t, w, "/heat/facets?from=2000-01-01&to=2000-01-02&step="+step).Histogram
		want := map[string]int64{}
		for i := range w.all {
			at := w.all[i].ReportedAt.In(cst)
			want[first(time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, cst)).Format(time.DateOnly)]++
		}
		at, err := time.ParseInLocation(time.DateOnly, h.From, cst)
		if err != nil || h.Step != step {
			t.Fatalf("%+v: %v", h, err)
		}
		for _, n := range h.Counts {
			if day := at.Format(time.DateOnly); n != want[day] {
				t.Errorf("%s from %s: %d cases, %d by hand", step, day, n, want[day])
			}
			delete(want, at.Format(time.DateOnly))
			switch step {
			case "day":
				at = at.AddDate(0, 0, 1)
			case "week":
				at = at.AddDate(0, 0, 7)
			default:
				at = at.AddDate(0, 1, 0)
			}
		}
		if len(want) > 0 || at.Format(time.DateOnly) != h.To {
			t.Errorf("%s: not told of %v; ends %s, is said to end %s", step, want, at.Format(time.DateOnly), h.To)
		}
	}
	if h := heatOf[heatmap.HeatFacets](t, w, "/heat/facets").Histogram; h.Step != "day" {
		t.Errorf("some days of cases are told by %s", h.Step)
	}
	if r := w.get(t, "/heat/facets?step=year"); r.status != 400 {
		t.Errorf("step=year: %d %s", r.status, r.body)
	}
}
