package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api/heatmap"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// counted is how many cases the columns have, and how many of them lie in a cell.
func (w *warm) counted(t *testing.T) (n, inCells int64) {
	t.Helper()
	a := heatOf[heatmap.HeatAreas](t, w, "/heat/areas?by=cell")
	return a.N, a.N - a.Rest
}

// TestAnImportIsInHeat although its cases have no entries of their own in the feed.
func TestAnImportIsInHeat(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 20, true)
	before, _ := w.counted(t)
	const n = 50
	if _, err := w.city.Import(t.Context(), func(yield func(cases.Past, error) bool) {
		for i := range n {
			at := townNow.AddDate(-2, 0, i)
			r := w.report(i).Report
			r.ReportedAt, r.Number = at, fmt.Sprintf("P%03d", i)
			p := cases.Past{Report: *r, Reporter: inspector}
			for k, kind := range []cases.EventKind{cases.Register, cases.Void} {
				p.Events = append(p.Events, cases.Event{Kind: kind, Actor: officer, At: at.Add(time.Duration(k+1) * time.Hour), Details: cases.Details{Note: "重复"}})
			}
			if !yield(p, nil) {
				return
			}
		}
	}, nil); err != nil {
		t.Fatal(err)
	}
	for { // it is read anew once the last time is some while ago
		w.sync(t)
		if got, _ := w.counted(t); got == before+n {
			break
		}
		if t.Context().Err() != nil {
			t.Fatal("the import did not come")
		}
	}
	old := heatOf[heatmap.HeatAreas](t, w, "/heat/areas?by=cell&to=2025-01-01")
	if old.N != n || old.Rest != 0 {
		t.Errorf("%d cases of the import, %d in no cell", old.N, old.Rest)
	}
}

// TestCasesOfCellsThatAreNoMoreAreOfTodaysCells by their place.
func TestCasesOfCellsThatAreNoMoreAreOfTodaysCells(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 50, true)
	before, in := w.counted(t)
	other := town(t, townPlan{version: 2, prefix: "990104009"})
	s, err := grids.NewSnapshot(other, townNow)
	if err != nil {
		t.Fatal(err)
	}
	w.live.Publish(s)
	w.sync(t)
	after, inCells := w.counted(t)
	if after != before || in == 0 || inCells == 0 {
		t.Errorf("%d cases, %d in cells; before %d and %d", after, inCells, before, in)
	}
	want := map[string]int64{}
	rest := int64(0)
	for i := range w.all {
		p := s.Locate(w.all[i].At)
		if w.all[i].Cell == "" || p.Cell < 0 {
			rest++
			continue
		}
		want[s.City.Cells[p.Cell].Code]++
	}
	got := heatOf[heatmap.HeatAreas](t, w, "/heat/areas?by=cell")
	for _, a := range got.Areas {
		if a.N != want[a.Code] {
			t.Errorf("%s: %d, not %d", a.Code, a.N, want[a.Code])
		}
	}
	if got.Rest != rest || got.CityVersion != 2 {
		t.Errorf("rest %d, not %d; version %d", got.Rest, rest, got.CityVersion)
	}
}

// BenchmarkHeatTile: a value tile of a surface that is kept, over HTTP.
func BenchmarkHeatTile(b *testing.B) {
	w := openHeat(b, 400, true)
	b.ReportAllocs()
	for b.Loop() {
		if r := w.get(b, "/heat/13/6697/3252.png"); r.status > 204 {
			b.Fatal(r.status)
		}
	}
}
