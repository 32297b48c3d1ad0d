//go:build proof

package api_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api/statistics"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

func cityCensus(t *testing.T, shuffle bool) *census {
	t.Helper()
	n := demo.CityCases
	if testing.Short() {
		n /= 10
	}
	return openCensus(t, censusPlan{
		city: func() (*grids.City, error) { return demo.City(demo.Options{Seed: 1}) }, cases: n, shuffle: shuffle,
	})
}

func degreesOf(v float64) string { return strconv.FormatFloat(v, 'f', 7, 64) }

// TestProof_WhatIsPlantedInACityIsFoundAndWhatStatisticsCost says how much of a
// processor each statistic takes over the whole history.
func TestProof_WhatIsPlantedInACityIsFoundAndWhatStatisticsCost(t *testing.T) {
	b := cityCensus(t, false)
	began := cpuOf(t)
	n := 0
	for _, err := range b.store.Rows(t.Context(), cases.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	took := cpuOf(t) - began
	t.Logf("rows: %d in %v CPU, %v each", n, took, took/time.Duration(n))
	box := b.snap.City.Cells[len(b.snap.City.Cells)/2].Shape.Box
	area := strings.NewReplacer("W", degreesOf(box.Min.Lon()), "S", degreesOf(box.Min.Lat()), "E", degreesOf(box.Max.Lon()), "N", degreesOf(box.Max.Lat())).
		Replace(`{"type":"Polygon","coordinates":[[[W,S],[E,S],[E,N],[W,N],[W,S]]]}`)
	for _, q := range [][2]string{
		{"hotspots", fiveYears + `}`},
		{"hotspots", fiveYears + `}`},
		{"hotspots", fiveYears + `,"by":"zone"}`},
		{"compare", `{"before":{"from":"2021-01-01","to":"2023-01-01"},"after":{"from":"2024-01-01","to":"2026-01-01"}}`},
		{"repeats", fiveYears + `}`},
		{"clock", fiveYears + `}`},
		{"season", fiveYears + `}`},
		{"rank", fiveYears + `}`},
		{"campaign", fiveYears + `,"area":` + area + `,"start":"2024-01-01"}`},
		{"appraisal", `{"filter":{"from":"2025-01-01","to":"2026-01-01"}}`},
		{"friction", `{"filter":{"from":"2025-01-01","to":"2026-01-01"}}`},
	} {
		began, heapWas := cpuOf(t), heap()
		job := taken[statistics.Statistic](t, b.ask(t, http.MethodPost, "/v1/stats/"+q[0], q[1], "Content-Type", "application/json", "Prefer", "respond-async"), http.StatusAccepted)
		b.stats.Wait() // nothing else is asked meanwhile
		took := cpuOf(t) - began
		done := taken[statistics.Statistic](t, b.get(t, "/v1/stats/jobs/"+job.ID), http.StatusOK)
		if done.State != "done" {
			t.Fatalf("%s: %+v", q[0], done)
		}
		t.Logf("%s of %d cases: %v CPU, %v each, %.1f MB kept", q[0], done.Total, took, took/time.Duration(done.Total), float64(heap()-heapWas)/1e6)
	}
	b.findsWhatIsPlanted(t)
	// The street rises as a whole; of its cells alone few have enough cases to stand
	// out among thousands, and in a tenth of the cases none.
	if along, more, fewer := b.risingCells(t); !testing.Short() && (along == 0 || along*10 < (more+fewer)*7) {
		t.Errorf("%d of the %d cells of the rising street have more, %d in all, and %d fewer", along, len(b.planted.Rising.Cells), more, fewer)
	}
	t.Logf("of %d planted chains %d are found whole", len(b.planted.Chains), b.plantedChains(t, func(of int) int { return of }))
}

func TestProof_NothingIsFoundInAShuffledCity(t *testing.T) {
	b := cityCensus(t, true)
	b.findsNothing(t)
	if _, more, fewer := b.risingCells(t); more+fewer > 0 {
		t.Errorf("%d cells have more and %d fewer among cases dealt out by chance", more, fewer)
	}
}

// TestProof_NothingIsFoundInACityOfShuffledDates, where every case is where it was:
// the hot street stays hot, and nothing rises or comes back.
func TestProof_NothingIsFoundInACityOfShuffledDates(t *testing.T) {
	n := demo.CityCases
	if testing.Short() {
		n /= 10
	}
	b := openCensus(t, censusPlan{city: func() (*grids.City, error) { return demo.City(demo.Options{Seed: 1}) }, cases: n, deal: dealDates})
	if on, all := b.hotCells(t, &b.planted.Hot); on < len(b.planted.Hot.Cells)/3 || on*10 < all*7 {
		t.Errorf("%d cells along the %d of the hot street are hot, and %d elsewhere", on, len(b.planted.Hot.Cells), all-on)
	}
	if r := b.rise(t, &b.planted.Rising); r.Class != "none" {
		t.Errorf("%s changed: %+v", b.planted.Rising.Name, r)
	}
	if _, more, fewer := b.risingCells(t); more+fewer > 0 {
		t.Errorf("%d cells have more and %d fewer among dates dealt out by chance", more, fewer)
	}
	if n := b.plantedChains(t, mostOf); n > 0 {
		t.Errorf("%d planted chains are found among dates dealt out by chance", n)
	}
}

// dealDates gives each case the dates of another of its class, with all that followed.
func dealDates(b *census, _ *grids.Snapshot) {
	r := rand.New(rand.NewPCG(15, 92))
	classes := map[cases.Class][]int{}
	var order []cases.Class
	for i := range b.all {
		k := cases.Class{Kind: b.all[i].Report.Kind, Code: b.all[i].Report.Category}
		if classes[k] == nil {
			order = append(order, k)
		}
		classes[k] = append(classes[k], i)
	}
	for _, k := range order {
		list := classes[k]
		r.Shuffle(len(list), func(i, j int) {
			x, y := &b.all[list[i]], &b.all[list[j]]
			x.Report.ReportedAt, y.Report.ReportedAt = y.Report.ReportedAt, x.Report.ReportedAt
			x.Events, y.Events = y.Events, x.Events
		})
	}
}

// risingCells compares the first two years with the last two, cell by cell, against
// what the class did in the whole city: how many cells have more along the rising
// street, and how many have more or fewer in all.
func (b *census) risingCells(t *testing.T) (along, more, fewer int) {
	t.Helper()
	s := &b.planted.Rising
	got := asks[statistics.Comparison](t, b, "compare", fmt.Sprintf(`{"filter":{"kind":"%s","category":"%s"},"by":"cell","against":"city",`+
		`"before":{"from":"2021-01-01","to":"2023-01-01"},"after":{"from":"2024-01-01","to":"2026-01-01"}}`, s.Class.Kind, s.Class.Code))
	for _, a := range got.Result.List {
		if a.Class == "more" && slices.Contains(s.Cells, a.Code) {
			along++
		}
	}
	t.Logf("%s: %d of its %d cells have more, %d of all %d have more and %d fewer", s.Name, along, len(s.Cells), got.Result.More, got.Result.Areas, got.Result.Fewer)
	return along, got.Result.More, got.Result.Fewer
}
