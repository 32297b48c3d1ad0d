package cases

import (
	"context"
	"database/sql"

	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// fillQuery finds the cases that are not over and those over since a time, each by
// an index of its own.
var fillQuery = "SELECT " + summaryColumns + " FROM cases c WHERE c.closed_at IS NULL UNION ALL SELECT " +
	summaryColumns + " FROM cases c WHERE c.closed_at > ?"

// importQuery finds the same among the rows after one: an import leaves them at the
// end of the table, where they are few among those of the indexes.
var importQuery = "SELECT " + summaryColumns + " FROM cases c NOT INDEXED WHERE c.fid > ? AND (c.closed_at IS NULL OR c.closed_at > ?)"

// read reads the cases that belong on the board, and the end of the feed that they
// are true as of.
func (b *Board) read(ctx context.Context) (list []*Live, end cityfile.Cursor, err error) {
	return b.query(ctx, fillQuery, b.over())
}

// imported is the view with the cases that came since cases were read last.
func (b *Board) imported(ctx context.Context, v *View) (*View, error) {
	list, _, err := b.query(ctx, importQuery, b.last, b.over())
	if err != nil {
		return nil, err
	}
	fresh := list[:0]
	for _, c := range list {
		if v.Case(c.ID) == nil { // its report was a step of its own, which has been told
			fresh = append(fresh, c)
		}
	}
	return v.with(fresh), nil
}

// over is when a case that leaves the board now was over.
func (b *Board) over() int64 { return b.now().Add(-keptOver).Unix() }

// query reads cases as of one moment, which it returns as the end of the feed.
func (b *Board) query(ctx context.Context, query string, args ...any) (list []*Live, end cityfile.Cursor, err error) {
	now := b.now()
	var last int64
	err = b.city.file.View(ctx, func(tx *sql.Tx) error {
		if end, err = b.city.file.End(ctx, tx); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(fid), 0) FROM cases").Scan(&last); err != nil {
			return err
		}
		return summaries(ctx, tx, func(s *Summary) {
			if c := b.lit(s, now); c != nil {
				list = append(list, c)
			}
		}, query, args...)
	})
	if err != nil {
		return nil, end, err
	}
	b.last = last
	return list, end, nil
}

// names has one copy of each text that many cases have.
type names map[string]string

// mostNames bounds it: a condition can be any text in a city that lists none.
const mostNames = 100_000

func (n *names) share(s *Summary) {
	if *n == nil || len(*n) > mostNames {
		*n = names{} // who has a text keeps it
	}
	s.Kind = kindOf(kindNumber(s.Kind))
	if k, err := stateOf(stateNumber(s.State)); err == nil {
		s.State = k
	}
	if k, err := sourceOf(sourceNumber(s.Source)); err == nil {
		s.Source = k
	}
	for _, text := range [...]*string{&s.Category, &s.Condition, &s.Cell, &s.Zone, &s.Unit} {
		if *text == "" {
			continue
		}
		if one, ok := (*n)[*text]; ok {
			*text = one
		} else {
			(*n)[*text] = *text
		}
	}
}
