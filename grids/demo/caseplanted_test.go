package demo

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/spatial"
)

// many is a history of the town with 40,000 cases, made once. Not to be changed.
var many = sync.OnceValues(func() (*History, []cases.Past) {
	snap, err := townSnapshot()
	if err != nil {
		return nil, nil
	}
	h, err := NewHistory(snap, 1, 40_000)
	if err != nil {
		return nil, nil
	}
	return h, allOf(h)
})

func manyCases(t *testing.T) (*History, []cases.Past) {
	t.Helper()
	h, all := many()
	if h == nil {
		t.Fatal("no history")
	}
	return h, all
}

// inCells counts the cases of a planted street's class that are in its cells and
// those that are not.
func inCells(all []cases.Past, s *PlantedStreet, from, to time.Time) (in, out float64) {
	for i := range all {
		d := &all[i].Report
		if d.Kind != s.Class.Kind || d.Category != s.Class.Code || d.ReportedAt.Before(from) || !d.ReportedAt.Before(to) {
			continue
		}
		if _, is := slices.BinarySearch(s.Cells, d.Cell); is {
			in++
		} else {
			out++
		}
	}
	return in, out
}

// exposure is how the weights of the cells share what comes, without what is
// planted: in the street's cells and in all others.
func exposure(h *History, s *PlantedStreet) (in, out float64) {
	for i := range h.snap.City.Cells {
		w := float64(h.places.weight(int32(i)))
		if _, is := slices.BinarySearch(s.Cells, h.snap.City.Cells[i].Code); is {
			in += w
		} else {
			out += w
		}
	}
	return in, out
}

func TestThePlantedHotStreetHasItsFactor(t *testing.T) {
	h, all := manyCases(t)
	hot := h.Planted().Hot
	in, out := inCells(all, &hot, hot.From, hot.To)
	weightIn, weightOut := exposure(h, &hot)
	want := out * weightIn / weightOut * hot.FactorFrom
	t.Logf("%s: %.0f cases in %d cells, %.0f elsewhere, planted %.0f", hot.Name, in, len(hot.Cells), out, want)
	if sigma := math.Sqrt(want + want*want/out); math.Abs(in-want) > 4*sigma || hot.FactorFrom != hot.FactorTo {
		t.Errorf("%.0f cases along %s, want %.0f ± %.0f", in, hot.Name, want, sigma)
	}
	for i := range all {
		d := &all[i].Report
		if _, is := slices.BinarySearch(hot.Cells, d.Cell); !is || d.Category != hot.Class.Code || d.Kind != hot.Class.Kind {
			continue
		}
		// Some in the cells are those that would be there anyway.
		if away(hot.Line, d.At) <= mostOffCm/100+3 {
			in--
		}
	}
	if in > 0.25*want {
		t.Errorf("%.0f cases are not at the street", in)
	}
}

// away is how far a position is from a line, by its vertices and places 2 m apart
// on it.
func away(line []spatial.Coord, at spatial.Coord) float64 {
	best := math.Inf(1)
	for i := 1; i < len(line); i++ {
		n := int(spatial.DistanceM(line[i-1], line[i])/2) + 1
		for k := range n + 1 {
			t := float64(k) / float64(n)
			p := spatial.At(line[i-1].Lon()+t*(line[i].Lon()-line[i-1].Lon()), line[i-1].Lat()+t*(line[i].Lat()-line[i-1].Lat()))
			best = min(best, spatial.DistanceM(p, at))
		}
	}
	return best
}

func TestThePlantedRisingStreetRises(t *testing.T) {
	h, all := manyCases(t)
	rising := h.Planted().Rising
	weightIn, weightOut := exposure(h, &rising)
	last := 0.0
	for year := range 5 {
		from := rising.From.AddDate(year, 0, 0)
		in, out := inCells(all, &rising, from, from.AddDate(1, 0, 0))
		// The mean factor of the year's months.
		factor := rising.FactorFrom + (rising.FactorTo-rising.FactorFrom)*(float64(year*12)+5.5)/59
		want := out * weightIn / weightOut * factor
		t.Logf("%d: %.0f cases, planted %.0f", firstYearOf(from), in, want)
		// Chains of the class are not in the weights: some cases more or less.
		if math.Abs(in-want) > 4*math.Sqrt(want)+10 || in <= last {
			t.Errorf("%d: %.0f cases, want %.0f, more than %.0f", firstYearOf(from), in, want, last)
		}
		last = in
	}
}

func firstYearOf(at time.Time) int { return at.In(chinaTime).Year() }

// What is planted is in the places: among cases whose places were dealt anew
// nothing is found.
func TestAShuffledCopyHasNoHotStreet(t *testing.T) {
	h, all := manyCases(t)
	var events []int
	for i := range all {
		if all[i].Report.Kind == grids.EventKind {
			events = append(events, i)
		}
	}
	dealt := shuffled(newDice(9, 9), events)
	shuffledCopy := slices.Clone(all)
	for k, i := range events {
		shuffledCopy[i].Report.At, shuffledCopy[i].Report.Cell = all[dealt[k]].Report.At, all[dealt[k]].Report.Cell
	}
	planted := h.Planted()
	for _, s := range []PlantedStreet{planted.Hot, planted.Rising} {
		in, out := inCells(shuffledCopy, &s, s.From, s.To)
		// What all events together have in these cells, all classes.
		var allIn, allOut float64
		for _, i := range events {
			if _, is := slices.BinarySearch(s.Cells, all[i].Report.Cell); is {
				allIn++
			} else {
				allOut++
			}
		}
		want := (in + out) * allIn / (allIn + allOut)
		if math.Abs(in-want) > 4*math.Sqrt(want) {
			t.Errorf("%s: %.0f of the class in its cells, %.0f by chance", s.Name, in, want)
		}
	}
}

func TestThePlantedChainsComeBackAfterTheirClosings(t *testing.T) {
	h := townHistory(t, 1, townCases)
	byTime := map[int64][]*cases.Past{}
	all := allOf(h)
	for i := range all {
		byTime[all[i].Report.ReportedAt.Unix()] = append(byTime[all[i].Report.ReportedAt.Unix()], &all[i])
	}
	chains := h.Planted().Chains
	if len(chains) < leastChains {
		t.Fatalf("%d chains", len(chains))
	}
	for _, c := range chains {
		if len(c.Reported) < leastLinks || len(c.Closed) != len(c.Reported) {
			t.Errorf("a chain with %d cases, %d closed", len(c.Reported), len(c.Closed))
		}
		for i, at := range c.Reported {
			if i > 0 && (!at.After(c.Closed[i-1]) || at.Sub(c.Closed[i-1]) > mostReturn*24*time.Hour) {
				t.Errorf("case %d of a chain is reported at %s, the one before was closed at %s", i, at, c.Closed[i-1])
			}
			found := slices.IndexFunc(byTime[at.Unix()], func(p *cases.Past) bool {
				return p.Report.Kind == c.Class.Kind && p.Report.Category == c.Class.Code && p.Report.At == c.At &&
					p.Report.Component == c.Component && p.Events[len(p.Events)-1].At.Equal(c.Closed[i])
			})
			if found < 0 {
				t.Errorf("case %d of a chain, reported at %s, is not in the history", i, at)
			}
		}
	}
	// Without what was planted hardly anything comes back so often.
	type spot struct {
		class cases.Class
		at    string
	}
	count := map[spot]int{}
	for i := range all {
		if d := &all[i].Report; d.Component != "" {
			count[spot{cases.Class{Kind: d.Kind, Code: d.Category}, d.Component}]++
		}
	}
	most := slices.MaxFunc(chains, func(a, b PlantedChain) int {
		return cmp.Compare(len(a.Reported)*min(1, len(a.Component)), len(b.Reported)*min(1, len(b.Component)))
	})
	if got := count[spot{most.Class, most.Component}]; got < len(most.Reported) {
		t.Errorf("%d cases of a component, %d were planted", got, len(most.Reported))
	}
}
