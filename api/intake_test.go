package api_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// lag is how long after it was appended a case was seen.
type lag struct {
	what string
	mu   sync.Mutex
	all  []time.Duration
}

func (l *lag) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, d)
}

// report logs the figures; they are no promise of a busy machine.
func (l *lag) report(t *testing.T) {
	t.Helper()
	slices.Sort(l.all)
	n := len(l.all)
	t.Logf("in the %s: p50 %v, p99 %v, most %v of %d", l.what, l.all[n/2].Round(time.Millisecond), l.all[n*99/100].Round(time.Millisecond), l.all[n-1].Round(time.Millisecond), n)
}

// TestWhatComesInIsInListTileAndStream appends cases at a rate and looks for each of
// them, as clients would.
func TestWhatComesInIsInListTileAndStream(t *testing.T) {
	t.Parallel()
	intake(t, 100, 2*time.Second)
}

func intake(t *testing.T, perSecond int, lasts time.Duration) {
	t.Helper()
	h := newBoardroom(t, api.Options{})
	n := int(lasts.Seconds() * float64(perSecond))
	e := listen(t, h.base, "?events=case", "")
	e.beat(t)
	list, tile, stream := &lag{what: "list"}, &lag{what: "tile"}, &lag{what: "stream"}
	var mu sync.Mutex
	came := map[string]time.Time{}
	when := func(id string) time.Time {
		mu.Lock()
		defer mu.Unlock()
		return came[id]
	}
	turns, all := make(chan int, n), sync.WaitGroup{}
	for range 8 {
		all.Go(func() {
			for k := range turns {
				begun := time.Now()
				r := h.report(k)
				id := h.do(t, r)
				mu.Lock()
				came[id.String()] = begun
				mu.Unlock()
				if page, err := h.city.List(t.Context(), cases.Query{Cells: []string{r.Report.Cell}, From: r.Report.ReportedAt.Add(-time.Second), Limit: 1000}); err != nil ||
					!slices.ContainsFunc(page.Cases, func(s cases.Summary) bool { return s.ID == id }) {
					t.Errorf("case %s is not in the list: %v", id, err)
				}
				list.add(time.Since(begun))
				for h.caseTile(t, r.Report.At, 14, "?columns=code")[id.String()] == nil {
					if time.Since(begun) > patience {
						t.Errorf("case %s is not in its tile", id)
						return
					}
				}
				tile.add(time.Since(begun))
			}
		})
	}
	all.Go(func() {
		seen := map[string]bool{}
		for last := 0; len(seen) < n; {
			c := e.hear(t)
			now := time.Now()
			if seen[c.data.ID] {
				t.Errorf("%s comes twice", c.data.ID)
			}
			seen[c.data.ID] = true
			if _, at, ok := api.ParseEventID(c.id); !ok || at <= last {
				t.Errorf("%s after %d", c.id, last)
			} else {
				last = at
			}
			begun := when(c.data.ID)
			for begun.IsZero() { // told before its append returned here
				begun = when(c.data.ID)
			}
			stream.add(now.Sub(begun))
		}
	})
	began := time.Now()
	for k := range n {
		<-time.After(time.Until(began.Add(time.Duration(k) * time.Second / time.Duration(perSecond))))
		turns <- k
	}
	close(turns)
	all.Wait()
	if v := h.settled(t); v.Len() != n {
		t.Errorf("%d cases of %d on the board", v.Len(), n)
	}
	for _, l := range []*lag{list, tile, stream} {
		l.report(t)
	}
}
