package cases_test

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// Rows are what List tells of the same cases, in the order of their reports.
func TestRowsAreTheCasesOfTheList(t *testing.T) {
	c, _ := opened(t, created(t), cases.Options{})
	if _, err := c.Import(t.Context(), pasts(rand.New(rand.NewPCG(31, 2)), 0, 1203), nil); err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]cases.Query{
		"all": {}, "a kind": {Kind: grids.EventKind}, "a time": {From: madeAt.Add(time.Hour), To: madeAt.Add(30 * time.Hour)}, "none": {To: madeAt.Add(-time.Hour)},
	} {
		listed := q
		listed.Limit = 10_000
		page, err := c.List(t.Context(), listed)
		if err != nil {
			t.Fatal(err)
		}
		want := page.Cases
		slices.SortFunc(want, func(a, b cases.Summary) int {
			return cmp.Or(a.ReportedAt.Compare(b.ReportedAt), cmp.Compare(a.FID, b.FID))
		})
		var fids []int64
		for r, err := range c.Rows(t.Context(), q) {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if len(fids) == len(want) {
				t.Fatalf("%s: more than %d rows", name, len(want))
			}
			w := &want[len(fids)]
			if r.FID != w.FID || r.At != w.At || r.Kind != w.Kind || r.Category != w.Category || r.Source != w.Source || r.State != w.State || r.Unit != w.Unit ||
				r.Cell != w.Cell || r.Zone != w.Zone || (r.Component != 0) != (w.Component != "") || r.ReportedAt != w.ReportedAt.Unix() ||
				r.OnTime != w.OnTime || (r.DueAt != 0) != !w.DueAt.IsZero() || (r.ClosedAt != 0) != !w.ClosedAt.IsZero() {
				t.Fatalf("%s: %+v, listed %+v", name, r, w)
			}
			fids = append(fids, r.FID)
		}
		if len(fids) != len(want) {
			t.Fatalf("%s: %d rows, %d listed", name, len(fids), len(want))
		}
		const most = 1000 // that may be asked for at once
		fids, want = fids[:min(len(fids), most)], want[:min(len(want), most)]
		got, err := c.Summaries(t.Context(), fids)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%s: %d of %d by number, %v", name, len(got), len(want), err)
		}
		for i := range want {
			if *got[want[i].FID] != want[i] {
				t.Errorf("%s: %+v by number, listed %+v", name, got[want[i].FID], want[i])
			}
		}
	}
}

func TestRowsStopWithTheContextAndRefuseWhatListRefuses(t *testing.T) {
	c, _ := opened(t, created(t), cases.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range c.Rows(ctx, cases.Query{}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
	for _, err := range c.Rows(t.Context(), cases.Query{Zones: []string{"nowhere"}}) {
		if bad, ok := errors.AsType[*cases.Invalid](err); !ok || bad.Field != "zone" {
			t.Errorf("an unknown zone: %v", err)
		}
	}
	for _, err := range c.Rows(t.Context(), cases.Query{Categories: []string{"01"}}) {
		if bad, ok := errors.AsType[*cases.Invalid](err); !ok || bad.Field != "category" {
			t.Errorf("a category without its kind: %v", err)
		}
	}
}
