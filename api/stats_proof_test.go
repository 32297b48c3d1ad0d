//go:build proof

package api_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
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
		job := taken[api.Statistic](t, b.ask(t, http.MethodPost, "/v1/stats/"+q[0], q[1], "Content-Type", "application/json", "Prefer", "respond-async"), http.StatusAccepted)
		b.stats.Wait() // nothing else is asked meanwhile
		took := cpuOf(t) - began
		done := taken[api.Statistic](t, b.get(t, "/v1/stats/jobs/"+job.ID), http.StatusOK)
		if done.State != "done" {
			t.Fatalf("%s: %+v", q[0], done)
		}
		t.Logf("%s of %d cases: %v CPU, %v each, %.1f MB kept", q[0], done.Total, took, took/time.Duration(done.Total), float64(heap()-heapWas)/1e6)
	}
	b.findsWhatIsPlanted(t)
}

func TestProof_NothingIsFoundInAShuffledCity(t *testing.T) { cityCensus(t, true).findsNothing(t) }
