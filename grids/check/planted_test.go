package check_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/check"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
)

// at is a time at which the demo's rows hold.
var at = time.Date(2026, time.June, 1, 0, 0, 0, 0, time.UTC)

func examine(t testing.TB, city *grids.City) *check.Result {
	t.Helper()
	r, err := check.Check(t.Context(), city, check.Options{At: at})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// compare holds the findings against what was planted: each expectation is met
// by one finding of its own, and every other finding was there before.
func compare(t *testing.T, p *planter, clean, r *check.Result) {
	t.Helper()
	key := func(f *check.Finding) string { return fmt.Sprint(f.Rule, f.At, f.Features[0].Code) }
	before := map[string]bool{}
	for i := range clean.Findings {
		before[key(&clean.Findings[i])] = true
	}
	met := make([]bool, len(r.Findings))
	missed := map[string]int{}
	for i := range p.want {
		e := &p.want[i]
		k := slices.IndexFunc(r.Findings, func(f check.Finding) bool { return e.rule == f.Rule && e.meets(&f) })
		for k >= 0 && met[k] { // of a pair with the same rule and place, the next
			next := slices.IndexFunc(r.Findings[k+1:], func(f check.Finding) bool { return e.rule == f.Rule && e.meets(&f) })
			if next < 0 {
				k = -1
				break
			}
			k += 1 + next
		}
		if k < 0 {
			if missed[e.rule]++; missed[e.rule] <= 3 {
				t.Errorf("not found: %s", e)
			}
			continue
		}
		met[k] = true
	}
	shown := 0
	for i := range r.Findings {
		if f := &r.Findings[i]; !met[i] && !before[key(f)] {
			if shown++; shown <= 20 {
				t.Errorf("reported, not planted: %s at %.7f,%.7f %v: %s", f.Rule, f.At.Lon(), f.At.Lat(), f.Features, f.Reason)
			}
		}
	}
	if shown > 20 {
		t.Errorf("%d findings that were not planted", shown)
	}
	for rule, n := range missed {
		t.Errorf("%s: %d of those planted were not found", rule, n)
	}
}

// meets tells whether a finding is the expected one.
func (e *expectation) meets(f *check.Finding) bool {
	if e.code != "" && !slices.ContainsFunc(f.Features, func(r check.Ref) bool { return r.Code == e.code }) {
		return false
	}
	if e.in != nil {
		return f.Placed && (holds(e.in, f.At) || e.in.DistanceM(f.At) < 0.1)
	}
	return f.Placed && spatial.DistanceM(e.at, f.At) <= e.withinM
}

// families of kinds, which are planted in this order.
var families = []struct {
	name  string
	plant func(p *planter, n int)
}{
	{"borders", (*planter).plantBorders},
	{"seams", (*planter).plantSeams},
	{"shapes", (*planter).plantShapes},
	{"codes", (*planter).plantCodes},
	{"components", (*planter).plantComponents},
}

// The town has room for the kinds of one family at a time.
func TestDefectsPlantedInTheTownAreFoundAndNothingElse(t *testing.T) {
	town, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	clean := examine(t, town)
	for _, f := range families {
		for seed := range uint64(2) {
			t.Run(fmt.Sprintf("%s, seed %d", f.name, seed), func(t *testing.T) {
				p := newPlanter(t, town, seed)
				f.plant(p, 1)
				city := p.finish()
				t.Logf("%d kinds, %d findings expected", len(p.kinds), len(p.want))
				compare(t, p, clean, examine(t, city))
			})
		}
	}
}
