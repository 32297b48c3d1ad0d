package cases_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// mixed is a store with closed cases, open ones of several states, and void ones,
// many reported in the same second, in both cells of the town and in none.
func mixed(t *testing.T, rnd *rand.Rand) *cases.City {
	t.Helper()
	c, _ := opened(t, created(t), cases.Options{})
	list := make([]cases.Past, 900)
	for i := range list {
		p := past(rnd, i/3) // three in each second
		p.Report.Number = ""
		cell := rnd.IntN(3)
		p.Report.Cell = []string{"990101001001001", "990101001001002", ""}[cell]
		p.Report.Zone = []string{"Z1", "Z2", ""}[rnd.IntN(3)]
		switch rnd.IntN(4) {
		case 0:
			p.Events = p.Events[:rnd.IntN(6)]
		case 1:
			p.Events = append(p.Events[:1:1], cases.Event{
				Kind: cases.Void, At: p.Events[0].At.Add(time.Minute), Actor: cases.Actor{ID: "o", Role: cases.Operator},
			})
		}
		list[i] = p
	}
	if n, err := c.Import(t.Context(), fixed(list...), nil); n != len(list) || err != nil {
		t.Fatal(n, err)
	}
	return c
}

// TestAListIsTheSameByWhateverIndex: and that of the whole list, filtered case by
// case; so are counts and rows.
func TestAListIsTheSameByWhateverIndex(t *testing.T) {
	rnd := rand.New(rand.NewPCG(23, 1))
	c := mixed(t, rnd)
	all, err := c.List(t.Context(), cases.Query{Limit: 10_000})
	if err != nil || len(all.Cases) != 900 {
		t.Fatal(len(all.Cases), err)
	}
	cellOf := map[string]string{
		"990101001001": "990101001001001", "990102001001": "990101001001002", "990101001": "990101001001001",
		"990102001": "990101001001002", "990101": "990101001001001", "990102": "990101001001002",
	}
	states := []cases.State{cases.Reported, cases.Registered, cases.Dispatched, cases.Handling, cases.Closed, cases.Voided, cases.Held}
	some := func(list ...string) (out []string) {
		for _, v := range list {
			if rnd.IntN(len(list)+1) == 0 {
				out = append(out, v)
			}
		}
		return out
	}
	found := 0
	for range 70 {
		var q cases.Query
		for _, s := range states {
			if rnd.IntN(2*len(states)) == 0 {
				q.States = append(q.States, s)
			}
		}
		q.Live = rnd.IntN(4) == 0
		switch rnd.IntN(3) {
		case 0:
			q.Cells = some("990101001001001", "990101001001002")
			q.Districts = some("990101", "990102")
		case 1:
			q.Communities = some("990101001001", "990102001001")
			q.Zones = some("Z1", "Z2")
			q.Streets = some("990101001", "990102001")
		}
		if rnd.IntN(3) == 0 {
			q.Kind, q.Categories = grids.EventKind, some("01", "0102")
		}
		if rnd.IntN(4) == 0 {
			q.Component = "9901010102000001"
		}
		q.Units = some("U1", "U2", "D1")
		if rnd.IntN(2) == 0 {
			q.From = madeAt.Add(time.Duration(rnd.IntN(300)) * 143 * time.Second)
			q.To = q.From.Add(time.Duration(rnd.IntN(300)) * 143 * time.Second)
		}
		in := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
		lies := func(chain []string, cell string) bool {
			return len(chain) == 0 || slices.ContainsFunc(chain, func(v string) bool { return cellOf[v] == cell })
		}
		var want []int64
		for _, s := range all.Cases {
			if (len(q.States) == 0 || slices.Contains(q.States, s.State)) && (!q.Live || !s.State.Over()) &&
				in(q.Cells, s.Cell) && lies(q.Communities, s.Cell) && lies(q.Streets, s.Cell) && lies(q.Districts, s.Cell) &&
				in(q.Zones, s.Zone) && in(q.Units, s.Unit) && (q.Kind == "" || s.Kind == q.Kind) &&
				(len(q.Categories) == 0 || slices.ContainsFunc(q.Categories, func(p string) bool { return strings.HasPrefix(s.Category, p) })) &&
				(q.Component == "" || s.Component == q.Component) &&
				!s.ReportedAt.Before(q.From) && (q.To.IsZero() || s.ReportedAt.Before(q.To)) {
				want = append(want, s.FID)
			}
		}
		if len(want) > 0 {
			found++
		}
		for _, few := range []int{-1, 0, 60, 10_000} {
			cases.CountAsFew(c, few)
			if got := pages(t, c, q, 1+rnd.IntN(300)); !slices.Equal(got, want) {
				t.Fatalf("few is %d, %+v: %d cases listed, not %d", few, q, len(got), len(want))
			}
			if n, err := c.CountLogs(t.Context(), q); n != len(want) || err != nil {
				t.Fatalf("few is %d, %+v: %d counted, not %d; %v", few, q, n, len(want), err)
			}
			var rows []int64
			for r, err := range c.Rows(t.Context(), q) {
				if err != nil {
					t.Fatal(err)
				}
				rows = append(rows, r.FID)
			}
			slices.Reverse(rows)
			if !slices.Equal(rows, want) {
				t.Fatalf("few is %d, %+v: %d rows, not %d", few, q, len(rows), len(want))
			}
		}
	}
	if found < 28 {
		t.Errorf("only %d queries found something", found)
	}
}

// pages lists all that a query picks, so many at a time.
func pages(t *testing.T, c cases.Store, q cases.Query, limit int) (out []int64) {
	t.Helper()
	q.Limit = limit
	for {
		page, err := c.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Cases {
			out = append(out, s.FID)
		}
		if q.After = page.Next; page.Next == "" {
			return out
		}
	}
}

func TestACountRefusesWhatAListRefuses(t *testing.T) {
	c, _ := opened(t, created(t), cases.Options{})
	for _, q := range []cases.Query{
		{Zones: []string{"nowhere"}},
		{Cells: []string{"990101001001001", "0"}},
		{Kind: grids.EventKind, Categories: []string{"77"}},
		{Kind: "x"},
		{After: "x"},
	} {
		_, listed := c.List(t.Context(), q)
		_, counted := c.CountLogs(t.Context(), q)
		a, ok := errors.AsType[*cases.Invalid](listed)
		b, also := errors.AsType[*cases.Invalid](counted)
		if !ok || !also || *a != *b {
			t.Errorf("%+v: list says %v, count %v", q, listed, counted)
		}
	}
}
