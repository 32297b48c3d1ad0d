//go:build proof

package dispatch_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/grids/dispatch/truth"
	"github.com/wanmi-gis/wanmi/spatial"
)

// The simulated world starts in 2025; its cases are of 2026.
func simulatedNow() time.Time { return time.Date(2026, time.June, 1, 9, 0, 0, 0, time.UTC) }

var simulated = sync.OnceValues(func() (*truth.World, error) {
	city, err := demo.City(demo.Options{Seed: 7})
	if err != nil {
		return nil, err
	}
	return truth.Make(city, truth.Options{
		Seed: 11, Mix: truth.TheMix(), Joint: "0114", Lead: "990100U03",
		Start: simulatedNow().AddDate(-1, 0, 0), Now: simulatedNow(),
	})
})

func simulatedWorld(t testing.TB) (*truth.World, *dispatch.Engine) {
	t.Helper()
	w, err := simulated()
	if err != nil {
		t.Fatal(err)
	}
	return w, simulatedEngine(t, w, dispatch.Calibration{})
}

func simulatedEngine(t testing.TB, w *truth.World, calibration dispatch.Calibration) *dispatch.Engine {
	t.Helper()
	text, err := os.ReadFile("testdata/simulated.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := dispatch.ReadRules(text)
	if err != nil {
		t.Fatal(err)
	}
	rules.Calibrated = calibration
	snapshot, err := grids.NewSnapshot(w.City, simulatedNow())
	if err != nil {
		t.Fatal(err)
	}
	e, err := dispatch.New(snapshot, rules, bookOf(w))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func bookOf(w *truth.World) *dispatch.Book {
	b := &dispatch.Book{Records: w.Records, Rulings: w.Rulings}
	for _, g := range w.Returns {
		b.Returns = append(b.Returns, dispatch.Return{Component: g.Component, Unit: g.Unit, At: g.At})
	}
	return b
}

func reportOf(r *truth.Report) dispatch.Report {
	return dispatch.Report{
		At: spatial.At(r.Lon, r.Lat), AccuracyM: r.AccuracyM, Kind: r.Kind, Category: r.Category, Time: simulatedNow(),
	}
}

// right is strict: the unit, and joint exactly where it is joint.
func right(r *truth.Report, unit string, joint bool) bool { return unit == r.Unit && joint == r.Joint }

// tally counts right and all.
//
//nolint:recvcheck // it is counted in place and printed as a value
type tally struct{ right, all int }

func (c *tally) add(ok bool) {
	c.all++
	if ok {
		c.right++
	}
}

func (c tally) share() float64 { return float64(c.right) / float64(max(c.all, 1)) }

func (c tally) String() string { return fmt.Sprintf("%6.2f %% of %d", 100*c.share(), c.all) }

// labelled decides reports and says of each whether its unit is right.
func labelled(t testing.TB, e *dispatch.Engine, reports []truth.Report) ([]dispatch.Decision, []dispatch.Labelled) {
	t.Helper()
	var all []dispatch.Decision
	var labels []dispatch.Labelled
	for i := range reports {
		d, err := e.Decide(reportOf(&reports[i]))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
		labels = append(labels, dispatch.Labelled{Kind: reports[i].Kind, Probability: d.Probability, Right: right(&reports[i], d.Unit, d.Mode == dispatch.Joint)})
	}
	return all, labels
}

func reportsOf(w *truth.World, cases []truth.Case, sigma float64, seed uint64) []truth.Report {
	r := rand.New(rand.NewPCG(seed, 0x7265706f7274))
	out := make([]truth.Report, len(cases))
	for i := range cases {
		out[i] = w.Report(&cases[i], sigma, r)
	}
	return out
}

// taught are the cases that calibrate; fewer make groups too coarse.
const taught = 30_000

// proofCases are those that are judged.
func proofCases() int {
	if testing.Short() {
		return 6_000
	}
	return taught
}

// TestProof_TheUnitIsRightWhereDispatchIsAutomatic is Done-when 5. A year of cases
// is dispatched uncalibrated and labelled; what it teaches calibrates the engine
// that is judged on other cases.
func TestProof_TheUnitIsRightWhereDispatchIsAutomatic(t *testing.T) {
	w, plain := simulatedWorld(t)
	n := proofCases()
	before, now := w.Draw(taught, 1), w.Draw(n, 2)
	centre := w.NearestCentre()
	var table strings.Builder
	for _, sigma := range []float64{5, 10, 20} {
		_, labels := labelled(t, plain, reportsOf(w, before, sigma, 3))
		e := simulatedEngine(t, w, dispatch.Calibrate(labels))
		reports := reportsOf(w, now, sigma, 4)
		decisions, judged := labelled(t, e, reports)
		var byCentre, contained, all, automatic, asked, two tally
		byStratum := map[string]*[2]tally{}
		for i := range reports {
			r, d := &reports[i], &decisions[i]
			byCentre.add(right(r, centre(r), false))
			unit, joint := w.Containment(r)
			contained.add(right(r, unit, joint))
			all.add(judged[i].Right)
			key := r.Stratum.String()
			if r.Near {
				key += " near"
			}
			if r.Wrong {
				key = "wrong category"
			}
			if byStratum[key] == nil {
				byStratum[key] = &[2]tally{}
			}
			byStratum[key][0].add(d.Automatic)
			if d.Automatic {
				automatic.add(judged[i].Right)
				byStratum[key][1].add(judged[i].Right)
				continue
			}
			asked.add(judged[i].Right)
			two.add(separates(d.Question, r))
		}
		share := float64(automatic.all) / float64(n)
		fmt.Fprintf(&table, "\nσ %2.0f m  nearest centre %v   containment %v   wanmi %v\n  automatic %5.2f %% of cases, right %v   asked: first right %v, two and question %v\n",
			sigma, byCentre, contained, all, 100*share, automatic, asked, two)
		keys := make([]string, 0, len(byStratum))
		for k := range byStratum {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			s := byStratum[k]
			fmt.Fprintf(&table, "    %-20s n %6d  automatic %6.2f %%  right %v\n", k, s[0].all, 100*s[0].share(), s[1])
		}
		reliability(&table, decisions, judged)
		bound(&table, w, reports)
		if contained.share() >= 0.95 {
			t.Errorf("σ %v: containment is right %v: the city is too easy", sigma, contained)
		}
		if automatic.share() < 0.996 {
			t.Errorf("σ %v: automatic dispatch is right %v, wanted 99.6 %%", sigma, automatic)
		}
		if sigma == 10 && share < 0.60 {
			t.Errorf("σ %v: %.2f %% are dispatched automatically, wanted 60 %%", sigma, 100*share)
		}
		if two.share() < 0.95 {
			t.Errorf("σ %v: the right two candidates and question: %v, wanted 95 %%", sigma, two)
		}
	}
	t.Log(table.String())
}

// separates reports whether a question puts two answers to choice that differ,
// and the truthful answer to it leads to the right unit.
func separates(q *dispatch.Question, r *truth.Report) bool {
	if q == nil || (q.Options[0].Unit == q.Options[1].Unit && q.Options[0].Mode == q.Options[1].Mode) {
		return false
	}
	for i := range q.Options {
		o, other := &q.Options[i], &q.Options[1-i]
		var truthful bool
		switch q.Kind {
		case dispatch.AskCategory:
			truthful = o.Category == r.Case.Category && other.Category != r.Case.Category
		case dispatch.AskRecorded:
			truthful = (o.Component == r.Component) || (o.Component == "" && other.Component != r.Component)
		default: // what is written on it, and the side, tell the unit
			truthful = o.Unit == r.Unit
		}
		if truthful && right(r, o.Unit, o.Mode == dispatch.Joint) {
			return true
		}
	}
	return false
}

// reliability shows how often decisions of a confidence are right.
func reliability(out *strings.Builder, decisions []dispatch.Decision, judged []dispatch.Labelled) {
	bounds := []float64{0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.01}
	order := make([]int, len(decisions))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(decisions[a].Confidence, decisions[b].Confidence) })
	var off float64
	for b := 1; b < len(bounds); b++ {
		var c tally
		sum := 0.0
		for _, i := range order {
			if d := &decisions[i]; d.Confidence >= bounds[b-1] && d.Confidence < bounds[b] {
				c.add(judged[i].Right)
				sum += d.Confidence
			}
		}
		if c.all > 0 {
			off += abs(sum - float64(c.right))
			fmt.Fprintf(out, "    confidence %.3f–%.3f  n %6d  said %6.2f %%  was %6.2f %%\n", bounds[b-1], min(bounds[b], 1), c.all, 100*sum/float64(c.all), 100*c.share())
		}
	}
	fmt.Fprintf(out, "    expected calibration error %.2f %%\n", 100*off/float64(len(decisions)))
}

// bound is what nobody can beat: of the reports sorted by the greatest
// probability that the mix itself leaves, the most that together are right 99.6 %,
// and how often the greatest is right over all.
func bound(out *strings.Builder, w *truth.World, reports []truth.Report) {
	const looked = 3_000
	var greatest []float64
	sum := 0.0
	for i := range reports[:min(looked, len(reports))] {
		best := 0.0
		for _, p := range w.Posterior(&reports[i]) {
			best = max(best, p)
		}
		greatest = append(greatest, best)
		sum += best
	}
	slices.SortFunc(greatest, func(a, b float64) int { return cmp.Compare(b, a) })
	most, run := 0, 0.0
	for i, p := range greatest {
		if run += p; run/float64(i+1) >= 0.996 {
			most = i + 1
		}
	}
	n := float64(len(greatest))
	fmt.Fprintf(out, "    bound by the mix's own probabilities (%d reports): right %.2f %% of all; 99.6 %% right at most for %.2f %%\n",
		len(greatest), 100*sum/n, 100*float64(most)/n)
}

func abs(v float64) float64 { return max(v, -v) }
