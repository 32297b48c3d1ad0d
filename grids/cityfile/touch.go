package cityfile

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// A commit of another program says nothing of what it changed, and most change no
// city: an import of cases commits every few thousand. So each table of the city
// counts its changes in the file itself, by triggers that work whoever writes, and
// the city is read anew only when the count, or what stands beside it, has moved.

// touched lists the tables besides the layers that make the city or decide in it.
var touched = [...]string{"units", "categories", "conditions", "calendar", "row_version", "ownership", "rulings"}

// touchPrefix begins the names of the triggers.
const touchPrefix = "touch_"

// touchSchema has the count: a table of one row.
const touchSchema = `
CREATE TABLE touch (n INTEGER NOT NULL);
INSERT INTO touch VALUES (0);
`

// touchTriggers count every row of the city that comes, changes or goes.
func touchTriggers() string {
	var b strings.Builder
	for _, t := range touchedTables() {
		for _, what := range [...]string{"INSERT", "UPDATE", "DELETE"} {
			fmt.Fprintf(&b, "CREATE TRIGGER %s%s_%s AFTER %s ON %s BEGIN UPDATE touch SET n = n + 1; END;\n",
				touchPrefix, t, strings.ToLower(what), what, t)
		}
	}
	return b.String()
}

func touchedTables() (all []string) {
	for _, l := range layerOrder {
		all = append(all, string(l))
	}
	return append(all, touched[:]...)
}

// touch is the city's part of a file as it can be told without reading the city:
// where two are equal the city is the same.
type touch struct {
	count    int64  // of changed rows
	meta     string // what is known of the city as a whole, its version too
	schema   int64  // changes when a table does
	triggers int    // that count
}

// touchQuery reads a touch but for the triggers; notes are the server's own.
const touchQuery = `SELECT (SELECT n FROM touch),
	(SELECT group_concat(key || ' ' || value, char(10)) FROM (SELECT key, value FROM wanmi_meta WHERE key NOT GLOB '` + notePrefix + `*' ORDER BY key)),
	(SELECT schema_version FROM pragma_schema_version)`

// touchIn reads the touch of now after another, of the same file.
func touchIn(ctx context.Context, tx *sql.Tx, was touch) (t touch, err error) {
	var count sql.NullInt64
	if err = tx.QueryRowContext(ctx, touchQuery).Scan(&count, &t.meta, &t.schema); err != nil {
		return t, err
	}
	t.count, t.triggers = count.Int64, was.triggers
	if t.schema != was.schema {
		err = tx.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name GLOB '"+touchPrefix+"*'").Scan(&t.triggers)
	}
	return t, err
}

// counts says whether every change is counted: a program that makes a table anew
// takes its triggers away.
func (t *touch) counts() bool {
	return t.triggers == (len(layerOrder)+len(touched))*len([...]string{"INSERT", "UPDATE", "DELETE"})
}

// watch is what is known of the city in the file.
type watch struct {
	asked sync.Mutex // lets one look at a time

	mu    sync.Mutex // is never held while the file is read
	known touch
	// foreign is that another program changed the city since it was asked.
	foreign bool
	// turns counts when writes of this program to the city begin and end: while one
	// is under way the file may look as if another had changed it.
	turns uint64

	// data is the data_version in the last write: while it stays, others committed
	// nothing. It is the writer's.
	data int64
}

func (w *watch) look() (known touch, turns uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.known, w.turns
}

// meet notes what others did until now. The caller holds mu.
func (w *watch) meet(now touch) {
	w.foreign = w.foreign || now != w.known || !now.counts()
	w.known = now
}

// Foreign reports whether another program has changed the city since the last call,
// or since Open. Cases, the feed and notes are no part of the city.
func (s *Store) Foreign(ctx context.Context) (bool, error) {
	w := &s.watch
	w.asked.Lock()
	defer w.asked.Unlock()
	data, err := dataVersion(ctx, s.db)
	if err != nil {
		return false, fmt.Errorf("watch %s: %w", s.path, err)
	}
	known, turns := w.look()
	now := known
	if data != s.seen {
		if err := s.View(ctx, func(tx *sql.Tx) error {
			now, err = touchIn(ctx, tx, known)
			return err
		}); err != nil {
			return false, fmt.Errorf("watch %s: %w", s.path, err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if writing := turns%2 == 1; !writing && turns == w.turns && data != s.seen {
		s.seen = data
		w.meet(now)
	} // else it is looked at the next time, and the write looks itself
	foreign := w.foreign
	w.foreign = false
	return foreign, nil
}

// begin notes, in the transaction of a write that may change the city, what others
// did before it. When the write is done end is to be called, with the touch that it
// left if it was committed.
func (w *watch) begin(ctx context.Context, tx *sql.Tx) error {
	var data int64
	if err := tx.QueryRowContext(ctx, "PRAGMA data_version").Scan(&data); err != nil {
		return err
	}
	if data == w.data {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.turns++
		return nil
	}
	now, err := w.now(ctx, tx)
	if err != nil {
		return err
	}
	w.data = data
	w.mu.Lock()
	defer w.mu.Unlock()
	w.meet(now)
	w.turns++
	return nil
}

func (w *watch) end(did *touch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if did != nil {
		w.known = *did
	}
	w.turns++
}

func (w *watch) now(ctx context.Context, tx *sql.Tx) (touch, error) {
	known, _ := w.look()
	return touchIn(ctx, tx, known)
}

// changesCity says whether a batch may change the city.
func changesCity(batch []*request) bool {
	return slices.ContainsFunc(batch, func(r *request) bool { return !r.quiet })
}
