package api_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wanmi-gis/wanmi/api/statistics"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/stats"
	"github.com/wanmi-gis/wanmi/spatial"
)

// labels deals the sources out anew; where planted is not nil the public has 30 % of
// the busiest cell, whose code it is set to.
func labels(planted *string) func(*grids.Snapshot, []cases.Past) {
	return func(_ *grids.Snapshot, all []cases.Past) {
		busiest, of := "", map[string]int{}
		for i := range all {
			cell := all[i].Report.Cell
			if of[cell]++; of[cell] > of[busiest] || of[cell] == of[busiest] && cell < busiest {
				busiest = cell
			}
		}
		rnd := rand.New(rand.NewPCG(26, 2))
		for i := range all {
			d := &all[i].Report
			share := 0.02
			if planted != nil && d.Cell == busiest {
				*planted, share = busiest, 0.3
			}
			switch v := rnd.Float64(); {
			case v < share:
				d.Source = cases.Public
			case v > 0.99:
				d.Source = cases.Sensor
			default:
				d.Source = cases.Patrol
			}
		}
	}
}

// TestAPlaceWhereThePublicReportsAndPatrolsDoNotIsFound among cases whose sources
// were dealt out by chance, and nothing where it was not planted.
func TestAPlaceWhereThePublicReportsAndPatrolsDoNotIsFound(t *testing.T) {
	t.Parallel()
	const n = 5000
	var planted string
	b := openCensus(t, censusPlan{cases: n, alter: labels(&planted)})
	got := asks[statistics.SourcesAnswer](t, b, "sources", fiveYears+`}`)
	if len(got.Result.List) != 1 || got.Result.Public != 1 || got.Result.Patrol != 0 || got.Result.List[0].Code != planted || got.Result.List[0].Class != "public" {
		t.Errorf("%+v", got.Result)
	}
	b.checkSources(t, &got)
	around := asks[statistics.SourcesAnswer](t, b, "sources", fiveYears+`,"around":"neighbours"}`)
	if around.Result.Public == 0 || around.Result.Patrol != 0 {
		t.Errorf("%+v", around.Result)
	}
	for _, a := range around.Result.List { // with the planted one among its neighbours
		cell := &b.snap.City.Cells[b.snap.Find(grids.Cells, a.Code)]
		if spatial.DistanceM(cell.At, b.snap.City.Cells[b.snap.Find(grids.Cells, planted)].At) > 2*besideM {
			t.Errorf("%s stands out, far from what was planted", a.Code)
		}
	}
	asks[statistics.SourcesAnswer](t, b, "sources", fiveYears+`,"by":"zone","alpha":0.1}`)
	even := openCensus(t, censusPlan{cases: n, alter: labels(nil)})
	for _, body := range []string{`}`, `,"around":"neighbours"}`, `,"by":"zone"}`} {
		if none := asks[statistics.SourcesAnswer](t, even, "sources", fiveYears+body); len(none.Result.List) != 0 {
			t.Errorf("%s: %+v", body, none.Result.List)
		}
	}
}

// checkSources counts the reports by cell and tests each.
func (b *census) checkSources(t *testing.T, got *reckoned[statistics.SourcesAnswer]) {
	t.Helper()
	public, both := map[string]int{}, map[string]int{}
	sum, all := 0, 0
	for i := range b.all {
		d := &b.all[i].Report
		if d.Source != cases.Public && d.Source != cases.Patrol {
			continue
		}
		all++
		both[d.Cell]++
		if d.Source == cases.Public {
			sum++
			public[d.Cell]++
		}
	}
	if got.N != all || got.Result.City.K != sum || got.Result.City.N != all || got.Result.Areas != len(both) {
		t.Errorf("%+v: want %d of %d in %d areas", got.Result.City, sum, all, len(both))
	}
	features := b.drawn(t, got.Layer)
	if len(features) != len(both) {
		t.Errorf("%d areas are drawn of %d", len(features), len(both))
	}
	for _, text := range features {
		var f struct {
			Properties struct {
				Code           string
				Public, Patrol int
				P, Expected    float64
			}
		}
		if err := json.Unmarshal(text, &f); err != nil {
			t.Fatal(err)
		}
		p := f.Properties
		want := stats.HypergeometricTest(public[p.Code], both[p.Code], sum, all)
		if p.Public != public[p.Code] || p.Public+p.Patrol != both[p.Code] || math.Abs(p.P-want) > 1e-5*want ||
			math.Abs(p.Expected-float64(both[p.Code])*float64(sum)/float64(all)) > 1e-4*p.Expected {
			t.Errorf("%+v: want %d of %d, p %g", p, public[p.Code], both[p.Code], want)
		}
	}
}
