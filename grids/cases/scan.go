package cases

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Bare is a case as columns in memory have it.
type Bare struct {
	FID      int64
	At       spatial.Coord
	Kind     grids.Kind
	Category string
	Source   Source
	State    State
	Unit     string
	// Cell is the code of the cell that held the case when it came in.
	Cell       string
	ReportedAt int64 // seconds since 1970
}

// BareOf is what columns have of a summary.
func BareOf(s *Summary) Bare {
	return Bare{
		FID: s.FID, At: s.At, Kind: s.Kind, Category: s.Category, Source: s.Source, State: s.State, Unit: s.Unit, Cell: s.Cell,
		ReportedAt: s.ReportedAt.Unix(),
	}
}

// Scan visits all cases of the file, in the order of their numbers, as of one moment,
// until visit returns an error; what happened until then in the feed is before the
// cursor that it returns. Codes are looked up beside, not by the file: that is three
// times as fast as a list of as many.
func (c *City) Scan(ctx context.Context, visit func(b *Bare) error) (end cityfile.Cursor, err error) {
	err = c.file.View(ctx, func(tx *sql.Tx) error {
		if end, err = c.file.End(ctx, tx); err != nil {
			return err
		}
		var of [3]map[int64]string // by number of row
		for i, q := range [...]string{
			"SELECT fid, code FROM retired_code WHERE layer = 'categories' UNION ALL SELECT id, code FROM categories",
			"SELECT fid, code FROM retired_code WHERE layer = 'units' UNION ALL SELECT fid, code FROM units",
			"SELECT fid, code FROM retired_code WHERE layer = 'cells' UNION ALL SELECT fid, code FROM cells",
		} {
			if of[i], err = codesByNumber(ctx, tx, q); err != nil {
				return err
			}
		}
		rows, err := tx.QueryContext(ctx,
			"SELECT fid, geom, kind, category, source, state, coalesce(unit, 0), coalesce(cell, 0), reported_at FROM cases ORDER BY fid")
		if err != nil {
			return err
		}
		defer rows.Close()
		var b Bare
		var geom sql.RawBytes
		var kind, category, source, state, unit, cell int64
		for rows.Next() {
			if err := rows.Scan(&b.FID, &geom, &kind, &category, &source, &state, &unit, &cell, &b.ReportedAt); err != nil {
				return err
			}
			b.Kind, b.Category, b.Unit, b.Cell = kindOf(kind), of[0][category], of[1][unit], of[2][cell]
			if b.Source, err = sourceOf(source); err == nil {
				if b.State, err = stateOf(state); err == nil {
					b.At, err = cityfile.PointOf(geom)
				}
			}
			if err == nil {
				err = visit(&b)
			}
			if err != nil {
				return fmt.Errorf("case in row %d: %w", b.FID, err)
			}
		}
		return rows.Err()
	})
	if err != nil {
		return cityfile.Cursor{}, fmt.Errorf("read all cases: %w", err)
	}
	return end, nil
}

// codesByNumber reads the codes of a layer, those of now after those that were.
func codesByNumber(ctx context.Context, tx *sql.Tx, query string) (map[int64]string, error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	of := map[int64]string{}
	for rows.Next() {
		var fid int64
		var code string
		if err := rows.Scan(&fid, &code); err != nil {
			return nil, err
		}
		of[fid] = code
	}
	return of, rows.Err()
}

// Summaries returns the cases in rows of the file, by their numbers; those that do
// not exist are left out. At most 1,000 may be asked for.
func (c *City) Summaries(ctx context.Context, fids []int64) (map[int64]*Summary, error) {
	if len(fids) > maxWords {
		return nil, invalid("fid", "", "too many values")
	}
	out := make(map[int64]*Summary, len(fids))
	if len(fids) == 0 {
		return out, nil
	}
	err := c.file.View(ctx, func(tx *sql.Tx) error {
		return summaries(ctx, tx, func(s *Summary) { out[s.FID] = s },
			"SELECT "+summaryColumns+" FROM cases c WHERE c.fid IN ("+marks(len(fids))+")", anys(fids)...)
	})
	if err != nil {
		return nil, fmt.Errorf("read cases by their numbers: %w", err)
	}
	return out, nil
}

// Check refuses a query as List does, without looking for cases.
func (c *City) Check(ctx context.Context, q *Query) error {
	if err := q.validate(); err != nil {
		return err
	}
	if len(q.Categories)+len(q.Units)+len(q.Zones)+len(q.Cells)+len(q.Communities)+len(q.Streets)+len(q.Districts)+len(q.Component) == 0 {
		return nil
	}
	return c.file.View(ctx, func(tx *sql.Tx) error { return c.codes.known(ctx, tx, q) })
}
