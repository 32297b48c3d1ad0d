package cases

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
)

// The indexes of cases that lead to what a query picks. SQLite is told which to take:
// without statistics, which would have to be made anew all the time, it takes that of
// the states for several of them, and sorts all open cases for a page of a hundred;
// and it takes none for "not over", so that a list of what is open read a million
// closed cases if there were fewer open ones than a page has.
const (
	byReport    = "cases_reported" // in the order of lists
	byComponent = "cases_component"
	byLive      = "cases_live"
	byVoid      = "cases_void"
)

// fewCases is how many an index may lead to: to read and to sort so many costs some
// 15 ms. A filter that more cases pass, spread over the years, fills a page of a
// hundred from the newest of a million sooner.
const fewCases = 10_000

// way is an index and the conditions that it knows.
type way struct {
	index string
	where
}

// way adds conditions that an index knows.
func (w *where) way(index string, add func()) {
	n, args := len(w.conditions), len(w.args)
	add()
	if len(w.conditions) > n {
		w.ways = append(w.ways, way{index, where{conditions: slices.Clone(w.conditions[n:]), args: slices.Clone(w.args[args:])}})
	}
}

// index is the one that leads to the fewest cases, if they are few, else one that
// has the order of lists.
func (w *where) index(ctx context.Context, tx *sql.Tx) (string, error) {
	best, least := cmp.Or(w.sorted, byReport), w.few
	for i := range w.ways {
		y := &w.ways[i]
		n, err := y.count(ctx, tx, least+1)
		if err != nil {
			return "", err
		}
		if n <= least {
			best, least = y.index, n
		}
	}
	return best, nil
}

// count is the number of cases that a way leads to, or most.
func (y *way) count(ctx context.Context, tx *sql.Tx, most int) (n int, err error) {
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM cases c INDEXED BY "+y.index+y.text()+" LIMIT ?)", append(slices.Clip(y.args), most)...).Scan(&n)
	return n, err
}
