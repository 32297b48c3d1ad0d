package cases

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Row is what statistics read of a case.
type Row struct {
	FID int64
	At  spatial.Coord
	// Class numbers the class: equal numbers are one kind and category.
	Class    int64
	Kind     grids.Kind
	Category string
	Source   Source
	State    State
	// Unit, Cell and Zone are codes, "" where the case has none.
	Unit, Cell, Zone string
	// Component numbers the component: 0 where none is known.
	Component int64
	// Times are Unix seconds; DueAt and ClosedAt are 0 where there is none.
	ReportedAt, DueAt, ClosedAt int64
	OnTime                      bool
}

// rowsPage is how many rows are read in one transaction: some 3 MB.
const rowsPage = 20_000

// Rows yields all cases that the query picks, by report and number, whatever its
// Limit says. Cases that are reported meanwhile may be left out, no case comes
// twice. It costs some 5 µs of a processor for each and the memory of a page.
func (c *City) Rows(ctx context.Context, q Query) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if err := q.validate(); err != nil {
			yield(Row{}, err)
			return
		}
		q.After = ""
		var w *where
		var index string
		if err := c.file.View(ctx, func(tx *sql.Tx) (err error) {
			if w, err = c.where(ctx, tx, &q); err == nil {
				index, err = w.index(ctx, tx)
			}
			return err
		}); err != nil {
			yield(Row{}, err)
			return
		}
		w.add("(c.reported_at, c.fid) > (?, ?)")
		r := scanning{city: c, ctx: ctx, names: map[named]string{}, page: make([]packedRow, 0, rowsPage)}
		r.text = "SELECT " + packedColumns + " FROM cases c INDEXED BY " + index + w.text() + " ORDER BY c.reported_at, c.fid LIMIT " + strconv.Itoa(rowsPage)
		at, fid := int64(-1<<62), int64(0)
		for {
			if err := r.read(append(slices.Clip(w.args), at, fid)); err != nil {
				yield(Row{}, fmt.Errorf("read cases: %w", err))
				return
			}
			for i := range r.page {
				row, err := r.row(&r.page[i])
				if err != nil {
					yield(Row{}, fmt.Errorf("read cases: row %d: %w", r.page[i].fid, err))
					return
				}
				if !yield(row, nil) {
					return
				}
			}
			if len(r.page) < rowsPage {
				return
			}
			last := &r.page[len(r.page)-1]
			at, fid = last.reported, last.fid
		}
	}
}

// packedColumns are read together where they are small: what a row costs is its
// number of columns.
const packedColumns = `c.fid, c.geom, c.kind | (c.source << 1) | (c.state << 8) | (coalesce(c.on_time, 0) << 16), c.category,
	(coalesce(c.unit, 0) << 32) | coalesce(c.zone, 0), coalesce(c.cell, 0), coalesce(c.component, 0), c.reported_at, coalesce(c.due_at, 0), coalesce(c.closed_at, 0)`

type packedRow struct {
	fid                                                              int64
	geom                                                             spatial.Coord
	bits, category, unitZone, cell, component, reported, due, closed int64
}

// named is a row of a layer by its number.
type named struct {
	layer grids.Layer
	fid   int64
}

// scanning is a walk over the rows of a query.
type scanning struct {
	city  *City
	ctx   context.Context //nolint:containedctx // of the one call of Rows
	text  string
	names map[named]string
	page  []packedRow
}

// categoryNames stands for the table of categories among the layers.
const categoryNames = grids.Layer("categories")

// read reads a page and the codes in it that were not met before.
func (s *scanning) read(args []any) error {
	s.page = s.page[:0]
	return s.city.file.View(s.ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(s.ctx, s.text, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		var geom sql.RawBytes
		for rows.Next() {
			var p packedRow
			if err := rows.Scan(&p.fid, &geom, &p.bits, &p.category, &p.unitZone, &p.cell, &p.component, &p.reported, &p.due, &p.closed); err != nil {
				return err
			}
			if p.geom, err = cityfile.PointOf(geom); err != nil {
				return fmt.Errorf("row %d: %w", p.fid, err)
			}
			s.page = append(s.page, p)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for i := range s.page {
			p := &s.page[i]
			for _, n := range [...]named{
				{grids.Units, p.unitZone >> 32}, {grids.Zones, p.unitZone & (1<<32 - 1)}, {grids.Cells, p.cell}, {categoryNames, p.category},
			} {
				if err := s.name(tx, n); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// name reads a code once.
func (s *scanning) name(tx *sql.Tx, n named) error {
	if _, known := s.names[n]; known || n.fid == 0 {
		return nil
	}
	key := "fid"
	if n.layer == categoryNames {
		key = "id"
	}
	var code string
	err := tx.QueryRowContext(s.ctx, fmt.Sprintf(`SELECT coalesce((SELECT code FROM %[1]s WHERE %[2]s = ?1),
		(SELECT code FROM retired_code WHERE layer = '%[1]s' AND fid = ?1), '')`, n.layer, key), n.fid).Scan(&code)
	s.names[n] = code
	return err
}

func (s *scanning) row(p *packedRow) (r Row, err error) {
	r = Row{
		FID: p.fid, At: p.geom, Class: p.category, Kind: kindOf(p.bits & 1), Category: s.names[named{categoryNames, p.category}],
		Unit: s.names[named{grids.Units, p.unitZone >> 32}], Zone: s.names[named{grids.Zones, p.unitZone & (1<<32 - 1)}],
		Cell: s.names[named{grids.Cells, p.cell}], Component: p.component,
		ReportedAt: p.reported, DueAt: p.due, ClosedAt: p.closed, OnTime: p.bits>>16&1 == 1,
	}
	if r.Source, err = sourceOf(p.bits >> 1 & 127); err != nil {
		return r, err
	}
	r.State, err = stateOf(p.bits >> 8 & 255)
	return r, err
}
