//go:build proof

package dispatch_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/grids/dispatch/truth"
)

// TestProof_AYearOfRulingsRaisesTheCurve is the second half of Done-when 5: some
// responsibility stands in no record, cases come back to the same places, and
// what went wrong is ruled. The engine knows of a month what the months before
// taught: rulings, returns, and a calibration from their labels.
func TestProof_AYearOfRulingsRaisesTheCurve(t *testing.T) {
	city, err := demo.City(demo.Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	w, err := truth.Make(city, truth.Options{
		Seed: 12, Mix: truth.TheMix(), Joint: "0114", Lead: "990100U03",
		Start: simulatedNow().AddDate(-1, 0, 0), Now: simulatedNow(),
	})
	if err != nil {
		t.Fatal(err)
	}
	const months, sigma = 12, 10
	n := 2_000
	if testing.Short() {
		n = 600
	}
	y := w.NewYear(5, 400, 120)
	r := rand.New(rand.NewPCG(13, 0x79656172))
	book := bookOf(w)
	engine := simulatedEngine(t, w, dispatch.Calibration{})
	var labels []dispatch.Labelled
	var first, last tally
	var table strings.Builder
	for month := range months {
		var all, automatic, sure, hidden, shown tally
		ruled := map[string]bool{}
		for _, c := range y.Cases(n) {
			rep := w.Report(&c, sigma, r)
			q := reportOf(&rep)
			q.Time = simulatedNow().AddDate(0, month, 0)
			d, err := engine.Decide(q)
			if err != nil {
				t.Fatal(err)
			}
			ok := right(&rep, d.Unit, d.Mode == dispatch.Joint)
			labels = append(labels, dispatch.Labelled{Kind: q.Kind, Probability: d.Probability, Right: ok})
			all.add(ok)
			automatic.add(d.Automatic)
			if d.Automatic {
				sure.add(ok)
			}
			if c.Hidden {
				hidden.add(ok)
			} else {
				shown.add(ok)
			}
			if month < 1 {
				first.add(ok)
			} else if month == months-1 {
				last.add(ok)
			}
			if ok {
				continue
			}
			claim, there := y.Ruling(&c)
			key := fmt.Sprint(claim.Subject, claim.Unit)
			if !there || ruled[key] {
				continue
			}
			ruled[key] = true
			claim.ID = int64(10_000 + len(book.Rulings))
			claim.Valid = grids.Since(q.Time)
			book.Rulings = append(book.Rulings, grids.Ruling{Claim: claim})
		}
		fmt.Fprintf(&table, "month %2d  first dispatch right %v  automatic %v  right %v  hidden at first: right %v, the rest %v  rulings %d\n", month+1, all, automatic, sure, hidden, shown, len(book.Rulings))
		engine = simulatedEngine(t, w, dispatch.Calibrate(lastOf(labels, 4*n)))
		if engine, err = engine.With(&dispatch.Book{Records: book.Records, Rulings: slices.Clone(book.Rulings), Returns: book.Returns}); err != nil {
			t.Fatal(err)
		}
	}
	t.Log("\n" + table.String())
	if last.share() < first.share()+0.05 {
		t.Errorf("first dispatch was right %v in the first month and %v in the last", first, last)
	}
}

// lastOf is what the newest labels teach: older ones are of another book.
func lastOf(labels []dispatch.Labelled, n int) []dispatch.Labelled {
	return labels[max(0, len(labels)-n):]
}
