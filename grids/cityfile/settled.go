package cityfile

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// news lets others follow the feed without asking all the time, and without
// reading of an edit before it is published.
type news struct {
	// from is the first entry of a commit under way, until what it changed is
	// published; 0 for none.
	from atomic.Int64

	mu   sync.Mutex
	told []func()
}

// Notify has f called after each commit of this program, once what it changed is
// published, and before it is answered. The writer calls it: it must not wait.
// Commits of other programs are not told.
func (s *Store) Notify(f func()) {
	s.news.mu.Lock()
	defer s.news.mu.Unlock()
	s.news.told = append(s.news.told, f)
}

// unsettle notes where the entries of the transaction begin, before anybody can
// read them.
func (s *Store) unsettle(ctx context.Context, tx *sql.Tx) error {
	last, err := lastEntry(ctx, tx)
	s.news.from.Store(last + 1)
	return err
}

func lastEntry(ctx context.Context, tx *sql.Tx) (seq int64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM change").Scan(&seq)
	return seq, err
}

// settle ends what unsettle began: the commit is published, or was none.
func (n *news) settle(done bool) {
	n.from.Store(0)
	if !done {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range n.told {
		f()
	}
}

// settled returns the entries before those of a commit under way. It is asked
// after they were read: what was read is committed, so it is either published by
// now or still noted.
func (n *news) settled(read []Entry) []Entry {
	from := n.from.Load()
	if from == 0 {
		from = math.MaxInt64
	}
	end := slices.IndexFunc(read, func(e Entry) bool { return e.Seq >= from })
	if end < 0 {
		return read
	}
	return read[:end]
}

// End returns the cursor of the last entry that the transaction sees.
func (s *Store) End(ctx context.Context, tx *sql.Tx) (Cursor, error) {
	seq, err := lastEntry(ctx, tx)
	return Cursor{s.epoch, seq}, err
}

// Epoch names the file among all that were ever made.
func (s *Store) Epoch() string { return s.epoch }

// Note returns what was kept under a name by KeepNote, "" for nothing.
func (s *Store) Note(ctx context.Context, name string) (text string, err error) {
	err = s.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT coalesce((SELECT value FROM wanmi_meta WHERE key = ?), '')", notePrefix+name).Scan(&text)
	})
	return text, err
}

// KeepNote keeps a short text of the server's own under a name, such as how far a
// webhook was told, and returns once it is durable. It is no change of the city and
// is not in the feed.
func (s *Store) KeepNote(ctx context.Context, name, text string) error {
	_, err := s.Record(ctx, func(tx *sql.Tx, _ int64) (Change, error) {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO wanmi_meta (key, value) VALUES (?, ?)", notePrefix+name, text)
		return Change{}, err
	})
	return err
}

// notePrefix begins the keys of notes among those of the city.
const notePrefix = "note:"
