package cases

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strconv"

	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// Log is a case as its row has it, with all its events; media are left out.
type Log struct {
	Summary
	Events []Event
}

// logsPage is how many cases are read in one transaction: a longer one would hold
// up the cleaning of the file's journal, and what has been read is in memory.
const logsPage = 500

// Logs yields at most so many cases that the query picks, all for 0, with their
// events, the newest report first; the query's own Limit does not count. Cases that
// are reported meanwhile may be left out, no case comes twice. It costs some 30 µs
// of a processor for each and the memory of a page.
func (c *City) Logs(ctx context.Context, q Query, most int) iter.Seq2[Log, error] {
	return func(yield func(Log, error) bool) {
		names := &readNames{actors: map[int64]Actor{}, units: map[int64]string{}}
		for n := 0; ; {
			q.Limit = logsPage
			if most > 0 {
				q.Limit = min(logsPage, most-n)
			}
			page, next, err := c.logsPage(ctx, q, names)
			for i := range page {
				if !yield(page[i], nil) {
					return
				}
			}
			n += len(page)
			if err != nil {
				yield(Log{}, fmt.Errorf("read the logs of cases: %w", err))
				return
			}
			if next == "" || n == most {
				return
			}
			q.After = next
		}
	}
}

// CountLogs returns how many cases the query picks. It refuses what List refuses.
func (c *City) CountLogs(ctx context.Context, q Query) (n int, err error) {
	if err := q.validate(); err != nil {
		return 0, err
	}
	if err := c.file.View(ctx, func(tx *sql.Tx) error {
		w, err := c.where(ctx, tx, &q)
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT count(*) FROM cases c"+w.text(), w.args...).Scan(&n)
	}); err != nil {
		return 0, fmt.Errorf("count cases: %w", err)
	}
	return n, nil
}

// logsPage reads the cases of a page, then the events of each.
func (c *City) logsPage(ctx context.Context, q Query, names *readNames) (out []Log, next string, err error) {
	page, err := c.List(ctx, q)
	if err != nil {
		return nil, "", err
	}
	out = make([]Log, 0, len(page.Cases))
	err = c.file.View(ctx, func(tx *sql.Tx) error {
		names.fileNames = fileNames{ctx, tx}
		blobs, err := tx.PrepareContext(ctx, "SELECT events FROM history WHERE case_fid = ?")
		if err != nil {
			return err
		}
		defer blobs.Close()
		for i := range page.Cases {
			events, err := logOf(ctx, tx, blobs, &page.Cases[i], names)
			if err != nil {
				return fmt.Errorf("case %s: %w", page.Cases[i].ID, err)
			}
			out = append(out, Log{page.Cases[i], events})
		}
		return nil
	})
	return out, page.Next, err
}

// logOf reads a case's events: what came in bulk, then a row each. The case may
// have got more of them since its row was read.
func logOf(ctx context.Context, tx *sql.Tx, blobs *sql.Stmt, s *Summary, names naming) (events []Event, err error) {
	var blob []byte
	switch err := blobs.QueryRowContext(ctx, s.FID).Scan(&blob); {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return nil, err
	default:
		if events, err = readHistory(blob, s.draft(), names); err != nil {
			return nil, err
		}
	}
	if len(events) >= s.Version {
		return events, nil
	}
	live, err := readEvents(ctx, tx, s.FID)
	if err != nil {
		return nil, err
	}
	if events = append(events, live...); len(events) < s.Version {
		return nil, errors.New("the log has " + strconv.Itoa(len(events)) + " events, the row says " + strconv.Itoa(s.Version))
	}
	return events, nil
}

// draft is the report of a case of bulk history as its row has it.
func (s *Summary) draft() *Draft {
	return &Draft{
		Kind: s.Kind, Category: s.Category, Condition: s.Condition, At: s.At, Cell: s.Cell, Zone: s.Zone, Component: s.Component,
		Source: s.Source, Number: s.Number, ReportedAt: s.ReportedAt,
	}
}

// readNames asks the file for each number once.
type readNames struct {
	fileNames
	actors map[int64]Actor
	units  map[int64]string
}

func (r *readNames) actorOf(n int64) (a Actor, err error) {
	a, ok := r.actors[n]
	if ok {
		return a, nil
	}
	if a, err = r.fileNames.actorOf(n); err == nil {
		r.actors[n] = a
	}
	return a, err
}

func (r *readNames) unitOf(n int64) (code string, err error) {
	code, ok := r.units[n]
	if ok {
		return code, nil
	}
	if code, err = r.fileNames.unitOf(n); err == nil {
		r.units[n] = code
	}
	return code, err
}

// Position is where the file's feed ends: while it stays, no case, claim or row of
// the city has changed.
func (c *City) Position(ctx context.Context) (cityfile.Cursor, error) {
	_, at, err := c.file.Feed(ctx, cityfile.Cursor{}, 0) // its epoch
	if err != nil {
		return at, err
	}
	err = c.file.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM change").Scan(&at.Seq)
	})
	return at, err
}
