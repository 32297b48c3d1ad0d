package check

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

func ringShape(ring ...spatial.Coord) *spatial.Shape {
	s := &spatial.Shape{Kind: spatial.Polygons, Coords: ring, Ends: []uint32{uint32(len(ring))}, Shells: []uint32{0}, Box: spatial.EmptyBox()}
	for _, c := range ring {
		s.Box = s.Box.Extend(c)
	}
	return s
}

// TestTheQuickTestOfValidityAgreesWithGEOS on small random rings, where vertices
// fall on edges and on each other all the time.
func TestTheQuickTestOfValidityAgreesWithGEOS(t *testing.T) {
	const seed = 3
	r := rand.New(rand.NewPCG(seed, seed))
	judge := repair.NewJudge()
	valid := 0
	for range 20_000 {
		ring := make([]spatial.Coord, 3+r.IntN(4))
		for i := range ring {
			ring[i] = spatial.Coord{X: r.Int32N(6), Y: r.Int32N(6)}
		}
		s := ringShape(ring...)
		reason, _, err := judge.Fault(s)
		got, want := simple(s), err == nil && reason == ""
		if got && !want {
			t.Fatalf("seed %d: %v passes, GEOS says %q %v", seed, ring, reason, err)
		}
		if want && !got && !slices.ContainsFunc(ring, func(c spatial.Coord) bool { return count(ring, c) > 1 }) {
			t.Fatalf("seed %d: %v does not pass, GEOS finds it valid", seed, ring)
		}
		if want {
			valid++
		}
	}
	if valid < 1000 {
		t.Errorf("only %d rings were valid", valid)
	}
}

func count(ring []spatial.Coord, c spatial.Coord) (n int) {
	for _, v := range ring {
		if v == c {
			n++
		}
	}
	return n
}

// rowsOf numbers points in rows of one height, west to east, north to south.
func rowsOf(at []point, heightM float64) []point {
	at = slices.Clone(at)
	slices.SortFunc(at, func(a, b point) int {
		if p, q := math.Floor(a.y/heightM), math.Floor(b.y/heightM); p != q {
			return int(q - p)
		}
		if a.x < b.x {
			return -1
		}
		return 1
	})
	return at
}

func TestAnOrderByRowsOfAnyHeightIsAccepted(t *testing.T) {
	const seed = 5
	r := rand.New(rand.NewPCG(seed, seed))
	swaps, noticed := 0, 0
	for round := range 500 {
		at := make([]point, 2+r.IntN(80))
		for i := range at {
			at[i] = point{r.Float64() * 900, r.Float64() * 900}
		}
		at = rowsOf(at, 20+r.Float64()*300)
		if !inOrder(at) {
			t.Fatalf("seed %d round %d: an order by rows is refused", seed, round)
		}
		i, k := r.IntN(len(at)), r.IntN(len(at))
		if d := at[i].y - at[k].y; d < 350 && d > -350 {
			continue
		}
		at[i], at[k] = at[k], at[i]
		swaps++
		if !inOrder(at) {
			noticed++
			if wrong := misplaced(at); len(wrong) > 2 {
				t.Errorf("seed %d round %d: %v are misplaced after one swap", seed, round, wrong)
			}
		}
	}
	// Of few cells many an order will do.
	if swaps < 100 || noticed*10 < swaps*8 {
		t.Errorf("%d of %d swaps across 350 m were noticed", noticed, swaps)
	}
}

func TestManyMisplacedSerialsAreCounted(t *testing.T) {
	var at []point
	for k := range 100 {
		at = append(at, point{float64(k%10) * 100, 1000 - float64(k/10)*100})
	}
	for _, k := range []int{37, 62, 91} {
		at[k].y += 5_000
	}
	wrong := misplaced(at)
	if !slices.Equal(wrong, []int{37, 62, 91}) {
		t.Errorf("misplaced are %v", wrong)
	}
}

func TestEveryRuleHasItsWordsAndNoTwoTheSameName(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.ID] || r.ID == "" || r.Title == "" || r.TitleZH == "" || r.Hint == "" || r.HintZH == "" || r.Severity == 0 {
			t.Errorf("rule %+v", r)
		}
		seen[r.ID] = true
	}
	examined := map[string]bool{}
	for _, f := range append(slices.Clone(first), families...) {
		for _, r := range f.rules {
			if examined[r] || !seen[r] {
				t.Errorf("family %s: rule %s is another's, or none", f.name, r)
			}
			examined[r] = true
		}
	}
	if len(examined) != len(seen) {
		t.Errorf("%d of %d rules are examined", len(examined), len(seen))
	}
}

func TestDivisionsWithoutCellsAndOddNumbersAreFound(t *testing.T) {
	town, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	zone := town.Zones[0]
	zone.Code, zone.Shape = "Z77", nil
	town.Zones = append(town.Zones, zone)
	street := &town.Streets[0]
	old := street.Code
	street.Code = old[:6] + "700"
	for i := range town.Communities {
		if town.Communities[i].Parent == old {
			town.Communities[i].Parent = street.Code
		}
	}
	for i := range town.Zones {
		if town.Zones[i].Street == old {
			town.Zones[i].Street = street.Code
		}
	}
	r, err := Check(t.Context(), town, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, f := range r.Findings {
		if f.Rule != ruleCodeChain && f.Rule != ruleComponentCell { // the communities keep their digits
			told = append(told, f.Rule+" "+f.Features[0].Code)
		}
	}
	want := []string{ruleShapeMissing + " Z77", ruleEmptyDivision + " Z77", ruleCodeRange + " " + street.Code}
	if !slices.Equal(told, want) {
		t.Errorf("found %v, want %v", told, want)
	}
	if r.Counts[ruleCodeChain] == 0 {
		t.Error("the communities' digits are not those of the street any more, and nothing says so")
	}
}

func TestCodesOfAnotherSchemeAreNotJudged(t *testing.T) {
	town, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range town.Components {
		c := &town.Components[i]
		c.Cell, c.Code = "C"+c.Cell, "P"+c.Code
	}
	for i := range town.Cells {
		town.Cells[i].Code = "C" + town.Cells[i].Code
	}
	r, err := Check(t.Context(), town, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Counts[ruleUnexamined] != 2 || r.Count(grids.Note) != 2 || r.Count(grids.Error) != 0 || len(r.Counts) > 2 { // and the town's wrong records
		t.Errorf("found %v", r.Counts)
	}
}

func TestTheSameCityGivesTheSameFindingsWithAnyNumberOfWorkers(t *testing.T) {
	town, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	town.Cells[3].Shape, town.Cells[8].Zone, town.Cells[9].AreaM2 = nil, "", 5
	var rules []string
	o := Options{At: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Progress: func(rule string) { rules = append(rules, rule) }}
	var before *Result
	for _, workers := range []int{1, 2, 7} {
		o.Workers, rules = workers, nil
		r, err := Check(t.Context(), town, o)
		if err != nil {
			t.Fatal(err)
		}
		if len(rules) != len(Rules()) {
			t.Errorf("%d workers: %d rules were told as examined", workers, len(rules))
		}
		if before != nil {
			for i := range r.Findings {
				if a, b := r.Findings[i], before.Findings[i]; a.Rule != b.Rule || a.At != b.At || a.Reason != b.Reason {
					t.Fatalf("%d workers: finding %d is %v, was %v", workers, i, a, b)
				}
			}
		}
		before = r
	}
}

func TestACheckThatIsCalledOffSaysSo(t *testing.T) {
	town, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := Check(ctx, town, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("result %v, error %v", r, err)
	}
}

func TestAnEmptyCityHasNothingWrong(t *testing.T) {
	r, err := Check(t.Context(), &grids.City{}, Options{})
	if err != nil || len(r.Findings) != 0 {
		t.Errorf("found %v, %v", r, err)
	}
}
