package api_test

import (
	"context"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/heatmap"
	"github.com/wanmi-gis/wanmi/api/statistics"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// TestWhatComesBackAfterThePeriodIsSeen: of a month, whose closings mostly come back in
// the next one, against a look at each pair of cases.
func TestWhatComesBackAfterThePeriodIsSeen(t *testing.T) {
	t.Parallel()
	b := openCensus(t, censusPlan{cases: 20_000})
	const within = 30 * 24 * 60 * 60
	zone := b.snap.City.TimeZone
	from, to := time.Date(2025, 6, 1, 0, 0, 0, 0, zone).Unix(), time.Date(2025, 7, 1, 0, 0, 0, 0, zone).Unix()
	known := map[int64][]cases.Row{} // cases by component
	for r, err := range b.store.Rows(t.Context(), cases.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Kind == grids.ComponentKind && r.State != cases.Voided && r.ReportedAt >= from && r.ReportedAt < to+within {
			if r.Component == 0 {
				t.Fatalf("case %d names no component", r.FID)
			}
			known[r.Component] = append(known[r.Component], r)
		}
	}
	closed, returned, later := 0, map[int64]bool{}, 0
	for _, all := range known {
		for _, r := range all {
			if r.ReportedAt < to && r.ClosedAt != 0 && r.ClosedAt <= to {
				closed++
			}
			last := cases.Row{}
			for _, c := range all {
				if c.Class == r.Class && c.ReportedAt < to && c.ClosedAt != 0 && c.ClosedAt <= r.ReportedAt && r.ReportedAt <= c.ClosedAt+within && c.ClosedAt > last.ClosedAt {
					last = c
				}
			}
			if last.ClosedAt == 0 || last.ClosedAt > to {
				continue
			}
			if returned[last.FID] = true; r.ReportedAt >= to {
				later++
			}
		}
	}
	if later == 0 || len(returned) == later {
		t.Fatalf("%d came back, %d of them later: it shows nothing", len(returned), later)
	}
	const june = `{"filter":{"from":"2025-06-01","to":"2025-07-01","kind":"component"}}`
	chains := asks[statistics.RepeatAnswer](t, b, "repeats", june).Result.Closed
	worth := asks[statistics.AppraisalAnswer](t, b, "appraisal", june).Result.City.Recurrence
	if chains.K != len(returned) || chains.N != closed || worth.K != chains.K || worth.N != chains.N {
		t.Errorf("%d of %d came back, the appraisal says %d of %d, want %d of %d", chains.K, chains.N, worth.K, worth.N, len(returned), closed)
	}
}

// TestNeighboursWithinADistance are those whose middles are so near.
func TestNeighboursWithinADistance(t *testing.T) {
	t.Parallel()
	b := openCensus(t, censusPlan{cases: 2000})
	const band = 230
	got := asks[statistics.HotSpots](t, b, "hotspots", fiveYears+`,"alpha":0.5,"band_m":`+strconv.Itoa(band)+`}`)
	touching := asks[statistics.HotSpots](t, b, "hotspots", fiveYears+`,"alpha":0.5}`)
	if len(got.Result.List) == 0 {
		t.Fatal("no cell stands out")
	}
	counts := map[string]int{}
	for i := range b.all {
		counts[b.all[i].Report.Cell]++
	}
	plane, cells := b.snap.City.Plane, b.snap.City.Cells
	differ := false
	for _, spot := range got.Result.List {
		e0, n0 := 0.0, 0.0
		for i := range cells {
			if cells[i].Code == spot.Code {
				e0, n0 = plane.Forward(cells[i].At.Lon(), cells[i].At.Lat())
			}
		}
		areas, around, near := 0, 0, math.Inf(1)
		for i := range cells {
			e, n := plane.Forward(cells[i].At.Lon(), cells[i].At.Lat())
			d := math.Hypot(e-e0, n-n0)
			if near = min(near, math.Abs(d-band)); d <= band {
				areas, around = areas+1, around+counts[cells[i].Code]
			}
		}
		if near < 0.1 {
			continue // too near to tell by another ruler
		}
		if spot.Areas != areas || spot.Around != around {
			t.Errorf("%s: %d cases in %d cells, want %d in %d", spot.Code, spot.Around, spot.Areas, around, areas)
		}
		for _, other := range touching.Result.List {
			differ = differ || other.Code == spot.Code && other.Areas != spot.Areas
		}
	}
	if !differ {
		t.Error("the distance changes nothing")
	}
	b.refused(t, b.post(t, "/v1/stats/hotspots", fiveYears+`,"band_m":-1}`), "a band below nothing", 400, "malformed", "band_m")
}

// TestBurstsAreNoChanges: of cases that come by the dozen, wherever and whenever the
// dozen does, single ones seem to change many cells.
func TestBurstsAreNoChanges(t *testing.T) {
	t.Parallel()
	b := openCensus(t, censusPlan{cases: 6000, alter: func(snap *grids.Snapshot, all []cases.Past) {
		cells, rnd := snap.City.Cells, rand.New(rand.NewPCG(12, 12))
		c := &cells[0]
		for i := range all { // a dozen one after another in one cell
			if i%12 == 0 {
				c = &cells[rnd.IntN(len(cells))]
			}
			d := &all[i].Report
			d.At, d.Cell, d.Zone, d.Component = c.At, c.Code, c.Zone, ""
		}
	}})
	const periods = `{"before":{"from":"2021-01-01","to":"2023-01-01"},"after":{"from":"2023-01-01","to":"2025-01-01"},"by":"cell"`
	single := asks[statistics.Comparison](t, b, "compare", periods+`,"scatter":"none"}`).Result
	burst := asks[statistics.Comparison](t, b, "compare", periods+`}`).Result
	if single.Scatter != 1 || burst.Scatter < 6 || burst.Scatter > 24 || single.More+single.Fewer == 0 || burst.More+burst.Fewer != 0 {
		t.Errorf("by single cases %d changes of %d (scatter %v), of bursts %d (scatter %v)", single.More+single.Fewer, single.Areas, single.Scatter,
			burst.More+burst.Fewer, burst.Scatter)
	}
	b.refused(t, b.post(t, "/v1/stats/compare", periods+`,"scatter":"some"}`), "a scatter", 400, "malformed", "scatter")
}

// TestAPeriodThatIsNotOverCountsUntilNow, and one that has not begun is refused.
func TestAPeriodThatIsNotOverCountsUntilNow(t *testing.T) {
	t.Parallel()
	b := openCensus(t, censusPlan{cases: 1000})
	const before = `{"before":{"from":"2024-01-01","to":"2025-01-01"},"by":"zone","after":`
	over := asks[statistics.Comparison](t, b, "compare", before+`{"from":"2025-01-01","to":"2026-01-01"}}`)
	open := asks[statistics.Comparison](t, b, "compare", before+`{"from":"2025-01-01","to":"2027-01-01"}}`)
	if !open.Result.After.To.Equal(censusNow) || open.Result.City.P != over.Result.City.P || open.Result.City.Ratio != over.Result.City.Ratio {
		t.Errorf("%+v, of a period that is over %+v", open.Result.City, over.Result.City)
	}
	told := 0
	for _, w := range open.Warnings {
		if strings.Contains(w.English, "not over") {
			told++
		}
	}
	if told != 1 || len(open.Warnings) != len(over.Warnings)+1 {
		t.Errorf("%v and %v", open.Warnings, over.Warnings)
	}
	b.refused(t, b.post(t, "/v1/stats/compare", before+`{"from":"2026-01-02","to":"2026-02-01"}}`), "the future", 422, "not-possible", "after.from")
}

// TestStatisticsLeaveOutWhatLiesAtPiles, as heat does.
func TestStatisticsLeaveOutWhatLiesAtPiles(t *testing.T) {
	t.Parallel()
	p := openPiled(t)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	jobs := statistics.New(ctx, statistics.Options{Cases: p.city, Log: quiet()})
	t.Cleanup(func() {
		stop()
		jobs.Wait()
	})
	with := func(h *heatmap.Heat) *census {
		o := api.Options{Keeper: p.keeper, Statistics: jobs, Heat: h, Log: quiet()}
		return &census{office: &office{&desk{api.New(o), p.snap, p.live}, p.path, p.keeper}, stats: jobs, store: p.city}
	}
	b := with(p.heat)
	whole := asks[statistics.HotSpots](t, b, "hotspots", `{"by":"zone","alpha":0.5}`)
	less := asks[statistics.HotSpots](t, b, "hotspots", `{"by":"zone","alpha":0.5,"filter":{"piles":"without"}}`)
	same := asks[statistics.HotSpots](t, b, "hotspots", `{"by":"zone","alpha":0.5,"filter":{"piles":"with"}}`)
	if at := less.Excluded["pile"]; at != 85 || less.N != whole.N-at || whole.Excluded["pile"] != 0 || same.N != whole.N {
		t.Errorf("%d cases, %d without %d at piles, %d with", whole.N, less.N, at, same.N)
	}
	worth := asks[statistics.AppraisalAnswer](t, b, "appraisal", `{"filter":{"piles":"without"}}`)
	if worth.Excluded["pile"] != 85 || worth.N+worth.ExcludedN != less.N+less.ExcludedN {
		t.Errorf("the appraisal of %d cases leaves out %v", worth.N, worth.Excluded)
	}
	b.refused(t, b.post(t, "/v1/stats/clock", `{"filter":{"piles":"maybe"}}`), "piles", 400, "malformed", "filter.piles")
	none := with(nil)
	none.refused(t, none.post(t, "/v1/stats/clock", `{"filter":{"piles":"without"}}`), "no heat", 409, "conflict", "filter.piles")
	unread := with(openHeat(t, 1, false).heat)
	unread.refused(t, unread.post(t, "/v1/stats/clock", `{"filter":{"piles":"without"}}`), "heat not read", 503, "not-ready", "heat")
}
