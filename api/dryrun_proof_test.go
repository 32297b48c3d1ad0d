//go:build proof

package api_test

import (
	"iter"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/spatial"
)

// yearsCases is the reference city's number of cases handled.
const yearsCases = 105_903

// yearOfCases are closed cases all over a city, 40 % of components at their place as
// a phone knows it, 60 % of events.
func yearOfCases(s *grids.Snapshot, e *dispatch.Engine, n int, from time.Time) iter.Seq2[cases.Past, error] {
	r := rand.New(rand.NewPCG(105, 903))
	person := func(role cases.Role, unit string) cases.Actor {
		return cases.Actor{ID: string(role) + "1", Role: role, Unit: unit}
	}
	events := s.Catalogue.All()
	box := s.Box(grids.Cells)
	return func(yield func(cases.Past, error) bool) {
		for i := 0; i < n; {
			at := from.Add(time.Duration(i) * 290 * time.Second).Truncate(time.Second)
			d := cases.Draft{Kind: grids.EventKind, Source: cases.Patrol, ReportedAt: at}
			if r.IntN(10) < 4 {
				c := s.Component(int32(r.IntN(s.Count(grids.Components))))
				d.Kind, d.Category = grids.ComponentKind, c.Category
				d.At = spatial.Coord{X: c.At.X + int32(r.NormFloat64()*1090), Y: c.At.Y + int32(r.NormFloat64()*900)}
			} else {
				k := events[r.IntN(len(events))]
				if k.Major == "" || k.Kind != grids.EventKind {
					continue
				}
				d.Category = k.Code
				d.At = spatial.Coord{X: box.Min.X + r.Int32N(box.Max.X-box.Min.X), Y: box.Min.Y + r.Int32N(box.Max.Y-box.Min.Y)}
			}
			p := s.Locate(d.At)
			if p.Status != grids.StatusInside {
				continue
			}
			d.Cell, d.Zone = s.City.Cells[p.Cell].Code, s.City.Zones[p.Zone].Code
			v, err := e.Whose(dispatch.Report{At: d.At, Kind: d.Kind, Category: d.Category, Time: at})
			if err != nil {
				yield(cases.Past{}, err)
				return
			}
			i++
			past := cases.Past{Reporter: person(cases.Supervisor, "JD"), Report: d}
			for _, k := range []cases.EventKind{cases.Register, cases.Open, cases.Dispatch, cases.Accept, cases.Handle, cases.Feedback, cases.Check, cases.Close} {
				at = at.Add(10 * time.Minute)
				ev := cases.Event{Kind: k, At: at, Actor: person(cases.Supervisor, "JD")}
				switch k {
				case cases.Dispatch:
					ev.Unit, ev.Level = v.Unit, cases.UnitLevel
				case cases.Accept, cases.Handle, cases.Feedback:
					ev.Actor = person(cases.Handler, v.Unit)
				}
				past.Events = append(past.Events, ev)
			}
			if !yield(past, nil) {
				return
			}
		}
	}
}

func cpuOf(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func heap() int {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestProof_WhatADryRunAndQualityOverAYearOfLogsCost is Done-when 7 over HTTP, the
// reading of the logs included: at most 10 s of CPU time are wanted.
func TestProof_WhatADryRunAndQualityOverAYearOfLogsCost(t *testing.T) {
	n := yearsCases
	if testing.Short() {
		n /= 20
	}
	city, err := demo.City(demo.Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	rules, err := dispatch.ReadRules([]byte(demo.RuleFile(city)))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "year.gpkg")
	if err := cityfile.Create(t.Context(), path, city); err != nil {
		t.Fatal(err)
	}
	store, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := cityfile.NewKeeper(t.Context(), store, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer keeper.Close()
	logs, err := cases.NewCity(t.Context(), store, cases.Options{})
	if err != nil {
		t.Fatal(err)
	}
	snap := keeper.Live().Current()
	engine, err := dispatch.New(snap, rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Now().AddDate(-1, 0, 2)
	if _, err := logs.Import(t.Context(), yearOfCases(snap, engine, n, from), nil); err != nil {
		t.Fatal(err)
	}
	d, err := api.NewDispatcher(t.Context(), api.DispatcherOptions{Keeper: keeper, Rules: rules, Cases: logs, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	tokens := []config.Token{config.NewToken(commandToken, cityfile.Actor{ID: "0018", Role: "dispatcher"})}
	h := &archive{office: &office{&desk{api.New(api.Options{Keeper: keeper, Tokens: tokens, Dispatcher: d, Log: quiet()}), snap, keeper.Live()}, path, keeper}, d: d, cases: logs}
	d.Wait()
	before := heap()
	for _, body := range []string{
		`{"patch":{"version":"areas-first","components":{"order":["ruling","area","owner","maintainer","territory"]}}}`,
		`{"patch":{"version":"areas-first","components":{"order":["ruling","area","owner","maintainer","territory"]}},"against":"rules"}`,
	} {
		began := cpuOf(t)
		id, run := h.dryRun(t, body)
		took := cpuOf(t) - began
		if run.State != "done" || run.Result.Cases != n || run.Result.Changed == 0 {
			t.Fatalf("%+v %+v", run, run.Result)
		}
		began = cpuOf(t)
		points := len(h.layer(t, "/v1/dispatch/dry-run/"+id+".geojson").Features)
		t.Logf("dry run against %s: %d cases in %v CPU, %v each; %d changed, %d pairs, automatic %.4f; map of %d points in %v CPU; heap %.1f MB more",
			run.Against, run.Result.Cases, took, took/time.Duration(n), run.Result.Changed, len(run.Result.Pairs), float64(run.Result.AutoShare), points, cpuOf(t)-began, float64(heap()-before)/1e6)
	}
	for _, target := range []string{
		"/v1/dispatch/quality", "/v1/dispatch/quality", "/v1/dispatch/map/nobody.geojson?kind=component&category=0101", "/v1/dispatch/map/overlaps.geojson",
		"/v1/dispatch/map/overlaps.geojson", "/v1/dispatch/map/off-duty.geojson", "/v1/dispatch/map/returns.geojson", "/v1/dispatch/map?kind=component&category=0101",
	} {
		began := cpuOf(t)
		r := h.get(t, target)
		took := cpuOf(t) - began
		if r.status != http.StatusOK {
			t.Fatalf("%s: %d %s", target, r.status, r.body)
		}
		t.Logf("%s: %v CPU, %d bytes; heap %.1f MB more", target, took, len(r.body), float64(heap()-before)/1e6)
	}
}
