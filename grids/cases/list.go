package cases

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// summaryColumns are what scanSummary reads of cases c.
var summaryColumns = `c.fid, c.id, coalesce(c.number, ''), c.kind, ` +
	`coalesce((SELECT code FROM categories WHERE id = c.category), (SELECT code FROM retired_code WHERE layer = 'categories' AND fid = c.category), ''), ` +
	`coalesce(c.condition, ''), c.source, c.geom, ` +
	codeOf(grids.Cells, "cell") + ", " + codeOf(grids.Zones, "zone") + ", " + codeOf(grids.Components, "component") + ", " +
	`c.state, ` + codeOf(grids.Units, "unit") + `, c.reported_at, c.yellow_at, c.due_at, c.closed_at, coalesce(c.on_time, 0), c.version`

func scanSummary(rows *sql.Rows) (s Summary, err error) {
	var id, geom []byte
	var kind, source, state, reported int64
	var yellow, due, closed sql.NullInt64
	if err := rows.Scan(&s.FID, &id, &s.Number, &kind, &s.Category, &s.Condition, &source, &geom, &s.Cell, &s.Zone, &s.Component,
		&state, &s.Unit, &reported, &yellow, &due, &closed, &s.OnTime, &s.Version); err != nil {
		return s, err
	}
	s.Kind, s.ReportedAt = kindOf(kind), unix(reported)
	if yellow.Valid {
		s.YellowAt = unix(yellow.Int64)
	}
	if due.Valid {
		s.DueAt = unix(due.Int64)
	}
	if closed.Valid {
		s.ClosedAt = unix(closed.Int64)
	}
	if s.ID, err = idOf(id); err != nil {
		return s, err
	}
	if s.State, err = stateOf(state); err != nil {
		return s, err
	}
	if s.Source, err = sourceOf(source); err != nil {
		return s, err
	}
	s.At, err = cityfile.PointOf(geom)
	return s, err
}

// List returns a page of cases. See [Store].
func (c *City) List(ctx context.Context, q Query) (Page, error) {
	if err := q.validate(); err != nil {
		return Page{}, err
	}
	var page Page
	err := c.file.View(ctx, func(tx *sql.Tx) error {
		w, err := c.where(ctx, tx, &q)
		if err != nil {
			return err
		}
		index, err := w.index(ctx, tx)
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, "SELECT "+summaryColumns+" FROM cases c INDEXED BY "+index+w.text()+
			" ORDER BY c.reported_at DESC, c.fid DESC LIMIT "+strconv.Itoa(q.limit()+1), w.args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			s, err := scanSummary(rows)
			if err != nil {
				return fmt.Errorf("row %d: %w", s.FID, err)
			}
			page.Cases = append(page.Cases, s)
		}
		return rows.Err()
	})
	if err != nil {
		return Page{}, fmt.Errorf("list cases: %w", err)
	}
	if n := q.limit(); len(page.Cases) > n {
		page.Cases = page.Cases[:n]
		last := page.Cases[n-1]
		page.Next = cursorOf(&last)
	}
	return page, nil
}

// cursorOf is where a list goes on after the case.
func cursorOf(s *Summary) string {
	return strconv.FormatInt(s.ReportedAt.Unix(), 10) + "-" + strconv.FormatInt(s.FID, 10)
}

func parseCursor(text string) (reported, fid int64, err error) {
	i := strings.LastIndexByte(text, '-')
	if i > 0 {
		if reported, err = strconv.ParseInt(text[:i], 10, 64); err == nil {
			fid, err = strconv.ParseInt(text[i+1:], 10, 64)
		}
	}
	if i <= 0 || err != nil {
		return 0, 0, invalid("cursor", text, "not a cursor of this list")
	}
	return reported, fid, nil
}

// where collects the conditions of a query, and the ways to what it picks.
type where struct {
	conditions []string
	args       []any
	ways       []way
	// sorted is an index that has what is picked in the order of lists, "" for that
	// of the reports.
	sorted string
	// few is how many cases an index may lead to.
	few int
}

// where is what picks the cases of a query, whose codes the city must have.
func (c *City) where(ctx context.Context, tx *sql.Tx, q *Query) (*where, error) {
	if err := c.codes.known(ctx, tx, q); err != nil {
		return nil, err
	}
	w := &where{few: c.few}
	return w, w.query(q, c.codes.scheme, c.zone)
}

func (w *where) text() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

func (w *where) add(condition string, args ...any) {
	w.conditions, w.args = append(w.conditions, condition), append(w.args, args...)
}

func (w *where) query(q *Query, scheme string, zone *time.Location) error {
	if q.After != "" {
		reported, fid, err := parseCursor(q.After)
		if err != nil {
			return err
		}
		w.add("(c.reported_at, c.fid) < (?, ?)", reported, fid)
	}
	w.way(byReport, func() {
		if !q.From.IsZero() {
			w.add("c.reported_at >= ?", q.From.Unix())
		}
		if !q.To.IsZero() {
			w.add("c.reported_at < ?", q.To.Unix())
		}
	})
	if q.Kind != "" && len(q.Categories) == 0 { // which are of the kind
		w.add("c.kind = ?", kindNumber(q.Kind))
	}
	w.categories(q, scheme)
	w.states(q)
	if n := numbers(q.Sources, sourceNumber); len(n) > 0 {
		w.add("c.source IN ("+marks(len(n))+")", anys(n)...)
	}
	w.codes("unit", grids.Units, q.Units)
	w.codes("zone", grids.Zones, q.Zones)
	w.codes("cell", grids.Cells, q.Cells)
	w.chain(q)
	w.way(byComponent, func() { w.codes("component", grids.Components, nonEmpty(q.Component)) })
	w.clocks(q, zone)
	w.words(q.Text, scheme)
	return nil
}

// states picks by states, and says again what follows from them in the words of an
// index: without them "returned" or "void" reads a million closed cases.
func (w *where) states(q *Query) {
	in := func() {
		if n := numbers(q.States, stateNumber); len(n) > 0 {
			w.add("c.state IN ("+marks(len(n))+")", anys(n)...)
		}
	}
	switch over := slices.ContainsFunc(q.States, State.Over); {
	case q.Live || (len(q.States) > 0 && !over):
		w.way(byLive, func() { w.add("c.closed_at IS NULL"); in() })
		if len(q.States) == 1 {
			w.sorted = byLive
		}
	case len(q.States) == 1 && q.States[0] == Voided:
		w.way(byVoid, func() { w.add("c.state = 15") }) // a number of its own: an index of a part is not found by a parameter
		w.sorted = byVoid
	default:
		in()
	}
}

// categories picks by prefixes of codes.
func (w *where) categories(q *Query, scheme string) {
	if len(q.Categories) == 0 {
		return
	}
	var prefixes []string
	args := []any{scheme, string(q.Kind)}
	for _, p := range q.Categories {
		prefixes = append(prefixes, "substr(code, 1, length(?)) = ?")
		args = append(args, p, p)
	}
	w.add("c.category IN (SELECT id FROM categories WHERE scheme = ? AND kind = ? AND ("+strings.Join(prefixes, " OR ")+"))", args...)
}

// codes picks by codes that the city has or had.
func (w *where) codes(column string, layer grids.Layer, codes []string) {
	if len(codes) == 0 {
		return
	}
	in := marks(len(codes))
	args := append(anys(codes), anys(codes)...)
	w.add(fmt.Sprintf("c.%s IN (SELECT fid FROM %s WHERE code IN (%s) UNION SELECT fid FROM retired_code WHERE layer = '%s' AND code IN (%s))",
		column, layer, in, layer, in), args...)
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

func numbers[T any](list []T, number func(T) int64) []int64 {
	out := make([]int64, len(list))
	for i, v := range list {
		out[i] = number(v)
	}
	return out
}
