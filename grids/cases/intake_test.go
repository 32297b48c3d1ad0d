package cases_test

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/storetest"
	"github.com/wanmi-gis/wanmi/spatial"
)

// around is a list of all cases: [cases.Intake] may be told more than it asked.
type around []cases.Summary

func (a around) Neighbours(context.Context, cases.Nearby) ([]cases.Summary, error) { return a, nil }

type nobody struct{}

func (nobody) Neighbours(context.Context, cases.Nearby) ([]cases.Summary, error) {
	return nil, errors.New("the store is gone")
}

var intakeNow = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func TestDuplicatesAreOpenAndNearAndRecurrencesClosedAndNear(t *testing.T) {
	const day = 24 * time.Hour
	here := spatial.At(114.3, 34.7)
	north := func(m float64) spatial.Coord { return spatial.At(114.3, 34.7+m/110_900) }
	row := func(id byte, state cases.State, at spatial.Coord, reported, closed time.Duration, component string) cases.Summary {
		s := cases.Summary{ID: cases.ID{id}, Kind: grids.ComponentKind, Category: "0101", State: state, At: at, Component: component, ReportedAt: intakeNow.Add(-reported)}
		if state.Over() {
			s.ClosedAt = intakeNow.Add(-closed)
		}
		return s
	}
	other := row(90, cases.Opened, here, time.Hour, 0, "")
	other.Category = "0102"
	event := row(91, cases.Opened, here, time.Hour, 0, "")
	event.Kind = grids.EventKind
	list := around{
		row(1, cases.Opened, north(8), 2*day, 0, ""),
		row(2, cases.Handling, north(3), 2*day, 0, ""),
		row(3, cases.Opened, north(3), day, 0, ""),     // as near as 2, and later
		row(4, cases.Opened, north(12), day, 0, ""),    // too far
		row(5, cases.Opened, here, 8*day, 0, ""),       // too old
		row(6, cases.Opened, here, day, 0, "M2"),       // another component, known
		row(7, cases.Opened, north(400), day, 0, "M1"), // the same component: its place does not count
		row(8, cases.Closed, north(5), 40*day, 29*day, ""),
		row(9, cases.Closed, north(5), 40*day, 31*day, ""), // too long ago
		row(10, cases.Voided, here, day, day, ""),          // never was anything
		row(11, cases.Closed, north(300), 20*day, 10*day, "M1"),
		row(12, cases.Held, here, 3*day, 0, "M1"),
		other, event,
	}
	d := &cases.Draft{Kind: grids.ComponentKind, Category: "0101", At: here, Component: "M1", ReportedAt: intakeNow}
	got, err := cases.Intake(t.Context(), d, list, cases.IntakeRules{})
	if err != nil {
		t.Fatal(err)
	}
	ids := func(list []cases.Match) (out []byte) {
		for _, m := range list {
			out = append(out, m.ID[0])
		}
		return out
	}
	if d, r := ids(got.Duplicates), ids(got.Recurrences); !slices.Equal(d, []byte{12, 3, 2, 1, 7}) || !slices.Equal(r, []byte{8, 11}) {
		t.Errorf("duplicates %v, recurrences %v", d, r)
	}
	if m := got.Duplicates[4]; !m.SameComponent || m.DistanceM < 399 || m.DistanceM > 401 {
		t.Errorf("%+v", m)
	}
	rules := cases.DefaultIntake()
	rules.ByClass = map[cases.Class]cases.IntakeRule{{Kind: grids.ComponentKind, Code: "0101"}: {RadiusM: 4, Within: 36 * time.Hour}}
	if got, err := cases.Intake(t.Context(), d, list, rules); err != nil || !slices.Equal(ids(got.Duplicates), []byte{3, 7}) || len(got.Recurrences) != 0 {
		t.Errorf("by a rule of its own: %+v, %v", got, err)
	}
	if _, err := cases.Intake(t.Context(), d, nobody{}, rules); err == nil {
		t.Error("an error is lost")
	}
}

// The store's neighbours lead to what all cases would.
func TestTheStoresNeighboursAreEnoughForIntake(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 9))
	now := intakeNow
	s, _ := opened(t, created(t), cases.Options{Now: func() time.Time { return now }})
	place := func() spatial.Coord {
		return spatial.At(storetest.Corner.Lon()+random.Float64()*0.0006, storetest.Corner.Lat()+random.Float64()*0.0006)
	}
	draft := func() *cases.Draft {
		d := storetest.Report(now).Report
		d.At = place()
		if d.Category = []string{"0101", "0102"}[random.IntN(2)]; random.IntN(2) == 0 {
			d.Kind, d.Component = grids.ComponentKind, []string{"", "9901010102000001", "9901010102000002"}[random.IntN(3)]
		}
		return d
	}
	for range 120 {
		now = now.Add(time.Duration(random.IntN(20)) * time.Hour)
		r := storetest.Report(now)
		r.Report = draft()
		got, err := s.Append(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if way := storetest.Way(got.ID); random.IntN(2) == 0 {
			for _, r := range way {
				if _, err := s.Append(t.Context(), r); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	page, err := s.List(t.Context(), cases.Query{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	all := around(page.Cases)
	slices.SortFunc(all, func(a, b cases.Summary) int { return cmp.Compare(a.FID, b.FID) })
	found := 0
	for range 200 {
		d := draft()
		got, err := cases.Intake(t.Context(), d, s, cases.IntakeRules{})
		want, _ := cases.Intake(t.Context(), d, all, cases.IntakeRules{})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("of %+v\n%+v, %v\nwant\n%+v", d, got, err, want)
		}
		found += len(got.Duplicates) + len(got.Recurrences)
	}
	if found < 50 {
		t.Errorf("only %d matches", found)
	}
}
