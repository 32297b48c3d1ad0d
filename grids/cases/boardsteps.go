package cases

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// Step is an entry of the feed as those are told who follow the cases.
type Step struct {
	Seq         int64
	CityVersion int64 // that held then
	// Kind is FeedKind, FeedImport, or that of a change of the city.
	Kind string
	At   time.Time
	// Of an event of a case: what is told of it, and the case as it stood after it,
	// whatever came later.
	Told *Told
	Case *Summary
}

// Steps returns at most limit steps after the cursor, in the order of their
// commits, and the cursor to go on from. It reads the file: the same steps come
// out however long they are over.
func (b *Board) Steps(ctx context.Context, after cityfile.Cursor, limit int) ([]Step, cityfile.Cursor, error) {
	entries, next, err := b.city.Feed(ctx, after, limit)
	if err != nil {
		return nil, after, err
	}
	steps, err := b.city.steps(ctx, b.View(), entries)
	if err != nil {
		return nil, after, err
	}
	return steps, next, nil
}

// steps reads entries. What never changes in a case is taken from its report, from
// the view, or from its row.
func (c *City) steps(ctx context.Context, v *View, entries []cityfile.Entry) ([]Step, error) {
	out := make([]Step, 0, len(entries))
	base := map[ID]*Summary{}
	rows := map[int64]ID{}
	for i := range entries {
		e := &entries[i]
		s := Step{Seq: e.Seq, CityVersion: e.Version, Kind: e.Kind}
		at, err := time.Parse(time.RFC3339, e.At)
		if err != nil {
			return nil, fmt.Errorf("entry %d of the feed: %w", e.Seq, err)
		}
		s.At = at
		if e.Kind == FeedKind {
			if s.Told, s.Case, err = told(e); err != nil {
				return nil, fmt.Errorf("entry %d of the feed: %w", e.Seq, err)
			}
			id := s.Case.ID
			if live := v.Case(id); s.Told.Case != nil {
				base[id] = s.Told.Case
			} else if live != nil {
				base[id] = &live.Summary
			} else if base[id] == nil {
				rows[s.Told.FID] = id
			}
		}
		out = append(out, s)
	}
	if len(rows) > 0 {
		if err := c.rows(ctx, rows, base); err != nil {
			return nil, err
		}
	}
	for i := range out {
		s := &out[i]
		if s.Case == nil {
			continue
		}
		of := base[s.Case.ID]
		if of == nil {
			return nil, fmt.Errorf("entry %d of the feed: case %s has no row", s.Seq, s.Case.ID)
		}
		*s.Case = s.Told.onto(*of)
	}
	return out, nil
}

// told reads an entry of a case.
func told(e *cityfile.Entry) (*Told, *Summary, error) {
	id, err := ParseID(e.Key)
	if err != nil {
		return nil, nil, err
	}
	t := new(Told)
	if err := json.Unmarshal(e.Body, t); err != nil {
		return nil, nil, err
	}
	return t, &Summary{ID: id}, nil
}

// onto returns the case as it stood after the event.
func (t *Told) onto(s Summary) Summary {
	s.FID, s.Number, s.State, s.Unit, s.Version = t.FID, t.Number, t.State, t.Unit, t.Seq
	s.YellowAt, s.DueAt, s.ClosedAt, s.OnTime = t.YellowAt, t.DueAt, t.ClosedAt, t.OnTime
	return s
}

// rows reads the rows of cases by their number.
func (c *City) rows(ctx context.Context, of map[int64]ID, into map[ID]*Summary) error {
	numbers := make([]int64, 0, len(of))
	for fid := range of {
		numbers = append(numbers, fid)
	}
	return c.file.View(ctx, func(tx *sql.Tx) error {
		return summaries(ctx, tx, func(s *Summary) { into[s.ID] = s },
			"SELECT "+summaryColumns+" FROM cases c WHERE c.fid IN ("+marks(len(numbers))+")", anys(numbers)...)
	})
}

// summaries reads rows of summaryColumns.
func summaries(ctx context.Context, tx *sql.Tx, take func(*Summary), query string, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		s, err := scanSummary(rows)
		if err != nil {
			return fmt.Errorf("row %d: %w", s.FID, err)
		}
		take(&s)
	}
	return rows.Err()
}
