package api_test

import (
	"fmt"
	"testing"

	"github.com/wanmi-gis/wanmi/api/statistics"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// spread deals the cases of components out to all components of their class, and
// gives one of a class many.
func spread(lemon *string, of *[]cases.Past) func(*grids.Snapshot, []cases.Past) {
	return func(snap *grids.Snapshot, all []cases.Past) {
		byClass := map[string][]int32{}
		for i := range snap.All(grids.Components) {
			c := snap.Component(i)
			byClass[c.Category] = append(byClass[c.Category], i)
		}
		turn := map[string]int{}
		planted := int32(-1)
		for i := range all {
			d := &all[i].Report
			rows := byClass[d.Category]
			if d.Kind != grids.ComponentKind || len(rows) < 20 {
				continue
			}
			row := rows[turn[d.Category]%len(rows)]
			turn[d.Category]++
			if planted < 0 {
				planted = row
				*lemon = snap.Component(row).Code
			}
			c := snap.Component(row)
			if c.Category == snap.Component(planted).Category && len(*of) < 25 && turn[d.Category]%3 == 0 {
				c = snap.Component(planted)
				*of = append(*of, all[i])
			}
			d.Component, d.At = c.Code, c.At
			p := snap.Locate(c.At)
			d.Cell, d.Zone = snap.City.Cells[p.Cell].Code, snap.City.Cells[p.Cell].Zone
		}
	}
}

// TestAPlantedLemonIsFound with its cases, and nothing else among components that
// have their cases in turn.
func TestAPlantedLemonIsFound(t *testing.T) {
	t.Parallel()
	var lemon string
	var planted []cases.Past
	b := openCensus(t, censusPlan{cases: 5000, alter: spread(&lemon, &planted)})
	got := asks[statistics.LemonsAnswer](t, b, "lemons", fiveYears+`}`)
	row := b.snap.Component(b.snap.Find(grids.Components, lemon))
	if len(got.Result.List) != 1 || got.Result.Lemons != 1 || got.Result.List[0].Component != lemon {
		t.Fatalf("%d lemons, %+v, want %s", got.Result.Lemons, got.Result.List, lemon)
	}
	l := got.Result.List[0]
	if l.N < len(planted) || l.Category != row.Category || l.P < 0.95 || l.N < 3*int(l.Expected) || len(l.Cases) != min(l.N, 40) || l.Years <= 0 || l.Years > 5.01 {
		t.Errorf("%+v, %d were planted", l, len(planted))
	}
	for i := 1; i < len(l.Cases); i++ {
		if l.Cases[i].ReportedAt.Before(l.Cases[i-1].ReportedAt) {
			t.Errorf("its cases are not in order: %+v", l.Cases)
		}
	}
	if len(b.drawn(t, got.Layer)) != 1 {
		t.Error("it is not drawn")
	}
	components, class, n := 0, 0, 0
	for i := range b.snap.All(grids.Components) {
		components++
		if b.snap.Component(i).Category == row.Category {
			class++
		}
	}
	for i := range b.all {
		if b.all[i].Report.Component != "" {
			n++
		}
	}
	if got.Result.Components != components || got.Result.Classes[0].Category != row.Category || got.Result.Classes[0].Components != class || got.Result.Classes[0].Lemons != 1 {
		t.Errorf("%d of %d components, %d of the class; %+v", got.Result.Components, components, class, got.Result.Classes[0])
	}
	if got.N != n || got.N+got.ExcludedN != countKind(b, grids.ComponentKind) {
		t.Errorf("%d cases with a component of %d, %v left out", got.N, n, got.Excluded)
	}
	elsewhere := b.snap.City.Cells[0].Code
	if cell := b.snap.City.Cells[b.snap.Locate(row.At).Cell].Code; cell == elsewhere {
		elsewhere = b.snap.City.Cells[1].Code
	}
	other := asks[statistics.LemonsAnswer](t, b, "lemons", fmt.Sprintf(`{"filter":{"from":"2021-01-01","to":"2026-01-01","category":"%s","kind":"component","cell":"%s"},"times":3,"probability":0.9}`, row.Category, elsewhere))
	if other.Result.Lemons != 0 || other.Result.Components >= class {
		t.Errorf("in another cell: %+v", other.Result)
	}
}

func countKind(b *census, k grids.Kind) (n int) {
	for i := range b.all {
		if b.all[i].Report.Kind == k {
			n++
		}
	}
	return n
}
