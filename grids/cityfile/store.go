package cityfile

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"

	"github.com/wanmi-gis/wanmi/grids"
)

// ErrClosed is returned by writes to a store that is closed or closing.
var ErrClosed = errors.New("the city file is closed")

// What a write may fail of without being at fault itself: another program that
// does not let go of the file, no room on the disk, a file that can no longer be
// written.
var (
	ErrHeld        = errors.New("another program holds the city file")
	ErrDiskFull    = errors.New("the disk is full")
	ErrNotWritable = errors.New("the city file cannot be written")
)

// Store is an open city file. One goroutine of its own does all the writing.
type Store struct {
	path    string
	db      *sql.DB // the writer's one connection
	read    *sql.DB
	epoch   string
	zone    *time.Location
	version atomic.Int64

	requests chan *request
	quit     chan struct{}
	stopped  chan struct{}
	closing  atomic.Bool
	// follow is told of each batch once it is durable, before its writes are
	// answered. It is set before the first write that it wants to know of.
	follow func([]*request)
	// news tells others of commits; see settled.go.
	news news
	// broken is why nothing is written any more, if so.
	broken atomic.Pointer[Broken]
	// purged is when answers kept for repetition were last cleared of old ones.
	purged time.Time
	// seen is the last data_version of the writer's connection that was looked at;
	// it changes when another program commits to the file. It is of who asks.
	seen  int64
	watch watch
}

// Change says what a write changed; it becomes a row of the change table unless it
// has no kind.
type Change struct {
	Kind string // component, zone, city …
	Key  string // the code of what changed
	Body string // JSON
	At   time.Time
}

// request is one write waiting for its commit.
type request struct {
	ctx context.Context
	// apply does the work in the transaction; version is the one it makes.
	apply func(tx *sql.Tx, version int64) (Change, error)
	// edit and moved are set by an apply that changed a row; replace is called
	// when the write is durable. They are for who follows.
	edit    *grids.Edit
	moved   bool
	replace func(version int64)
	// quiet leaves city_version as it is.
	quiet bool
	// more is what apply changed besides, each an entry of its own in the feed.
	more []Change

	at      time.Time
	version int64
	seq     int64 // in the feed
	err     error
	done    chan struct{}
}

// maxBatch bounds how many writes share one commit. At 64 writers the fsync is
// already a small part of a write.
const maxBatch = 256

// Path returns where the file is.
func (s *Store) Path() string { return s.path }

// Zone returns the city's time zone.
func (s *Store) Zone() *time.Location { return s.zone }

// Version returns the city_version last committed or found.
func (s *Store) Version() int64 { return s.version.Load() }

// Load reads the whole city.
func (s *Store) Load(ctx context.Context) (*grids.City, error) {
	city, err := loadCity(ctx, s.read)
	if err != nil {
		return nil, fmt.Errorf("load city file %s: %w", s.path, err)
	}
	return city, nil
}

// Write runs apply in a transaction together with its change row and the next
// city_version, and returns that version once all of it is durable. Writes that
// wait at the same time share a commit; one that fails costs only itself.
func (s *Store) Write(ctx context.Context, c Change, apply func(tx *sql.Tx) error) (int64, error) {
	r := &request{ctx: ctx, apply: func(tx *sql.Tx, _ int64) (Change, error) { return c, apply(tx) }}
	err := s.submit(r)
	return r.version, err
}

// submit has the writer do the request and waits for it.
func (s *Store) submit(r *request) error {
	r.done = make(chan struct{})
	select {
	case s.requests <- r:
	case <-s.quit:
		return ErrClosed
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
	// Once accepted a write is not abandoned: its answer must say what became of it.
	<-r.done
	return r.err
}

// Raise publishes a change that is in the tables already, made by another
// program or by the clock: it raises city_version and says why in the feed.
func (s *Store) Raise(ctx context.Context, why string, at time.Time) (int64, error) {
	return s.raise(ctx, why, at, nil)
}

// raise is Raise with something to do when it is durable.
func (s *Store) raise(ctx context.Context, why string, at time.Time, replace func(version int64)) (int64, error) {
	body, err := json.Marshal(map[string]string{"reason": why})
	if err != nil {
		return 0, err
	}
	c := Change{Kind: "city", Body: string(body), At: at}
	r := &request{ctx: ctx, apply: func(*sql.Tx, int64) (Change, error) { return c, nil }, replace: replace}
	err = s.submit(r)
	return r.version, err
}

// run is the writer.
func (s *Store) run() {
	defer close(s.stopped)
	batch := make([]*request, 0, maxBatch)
	for {
		select {
		case r := <-s.requests:
			batch = s.gather(append(batch[:0], r))
			s.commit(batch)
			s.checkpoint()
		case <-s.quit:
			return
		}
	}
}

// yields is how often the writer lets others run before it believes that nobody
// else wants to write now: those whose writes were just answered come back with
// their next at once, if they get a processor. It costs a single writer under
// 1 µs a write, and brings 64 of them from 7 writes an fsync to 34 and more.
const yields = 4

// gather takes the writes that wait already, or come meanwhile.
func (s *Store) gather(batch []*request) []*request {
	for idle := 0; len(batch) < maxBatch && idle < yields; {
		select {
		case r := <-s.requests:
			batch, idle = append(batch, r), 0
		default:
			idle++
			runtime.Gosched()
		}
	}
	return batch
}

// commit applies the batch in one transaction, each write under its own
// savepoint, and answers all of them.
func (s *Store) commit(batch []*request) {
	version, err := s.tryBatch(batch)
	for _, r := range batch {
		s.breakOn(r.err)
		if err != nil {
			// Also those that were refused or answered from a kept answer: what they
			// were told may rest on a write before them that is now undone.
			r.version, r.err = 0, fmt.Errorf("write to %s: %w", s.path, storeFault(err))
		}
	}
	if err == nil {
		s.version.Store(version)
		if s.follow != nil {
			s.follow(batch)
		}
	}
	s.news.settle(err == nil)
	for _, r := range batch {
		close(r.done)
	}
}

// tryBatch commits the batch unless the store is broken, or breaks over it.
func (s *Store) tryBatch(batch []*request) (version int64, err error) {
	if b := s.broken.Load(); b != nil {
		return 0, b
	}
	version, err = s.commitBatch(batch)
	s.breakOn(err)
	return version, err
}

func (s *Store) commitBatch(batch []*request) (version int64, err error) {
	// The batch belongs to many callers: none of their contexts may end it.
	ctx := context.Background()
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	city := changesCity(batch)
	var did *touch
	if city {
		if err := s.watch.begin(ctx, tx); err != nil {
			return 0, err
		}
		defer func() { s.watch.end(did) }()
	}
	// Read, not remembered: another program may have raised it.
	if version, err = versionIn(ctx, tx); err != nil {
		return 0, err
	}
	if err := s.unsettle(ctx, tx); err != nil {
		return 0, err
	}
	before := version
	for _, r := range batch {
		if r.err = r.ctx.Err(); r.err != nil {
			continue
		}
		if _, err := tx.ExecContext(ctx, "SAVEPOINT one"); err != nil {
			return 0, err
		}
		next := version + 1
		if r.quiet {
			next = version
		}
		r.err = s.applyOne(ctx, tx, r, next)
		end := "RELEASE one"
		if r.err != nil {
			end = "ROLLBACK TO one; RELEASE one"
		} else {
			version, r.version = next, next
		}
		if _, err := tx.ExecContext(ctx, end); err != nil {
			return 0, err
		}
	}
	if err := s.tidy(ctx, tx, batch); err != nil {
		return 0, err
	}
	if version != before {
		if _, err := tx.ExecContext(ctx, "UPDATE wanmi_meta SET value = ? WHERE key = ?",
			strconv.FormatInt(version, 10), keyVersion); err != nil {
			return 0, err
		}
	}
	var left touch
	if city {
		if left, err = s.watch.now(ctx, tx); err != nil {
			return 0, err
		}
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	did = &left
	return version, nil
}

func (s *Store) applyOne(ctx context.Context, tx *sql.Tx, r *request, version int64) error {
	c, err := guarded(r, tx, version)
	if err != nil {
		return storeFault(err)
	}
	r.at = c.At
	if r.seq, err = s.note(ctx, tx, &c, version); err != nil {
		return err
	}
	for i := range r.more {
		if r.seq, err = s.note(ctx, tx, &r.more[i], version); err != nil {
			return err
		}
	}
	return nil
}

// note writes an entry of the feed and returns its number.
func (s *Store) note(ctx context.Context, tx *sql.Tx, c *Change, version int64) (int64, error) {
	if c.Kind == "" { // nothing to tell
		return 0, nil
	}
	res, err := tx.ExecContext(ctx, "INSERT INTO change (epoch, kind, key, version, at, body) VALUES (?, ?, ?, ?, ?, ?)",
		s.epoch, c.Kind, c.Key, version, c.At.Format(time.RFC3339), c.Body)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// guarded lets a panic cost only its own write: the writer is everyone's.
func guarded(r *request, tx *sql.Tx, version int64) (c Change, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return r.apply(tx, version)
}

// storeFault marks what is wrong with the disk or the file.
func storeFault(err error) error {
	if isExtended(err, sqlite3.ErrIoErrSHMSize) { // no room for the log's index
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	}
	for code, mark := range map[sqlite3.ErrNo]error{
		sqlite3.ErrFull: ErrDiskFull, sqlite3.ErrReadonly: ErrNotWritable, sqlite3.ErrIoErr: ErrNotWritable,
		sqlite3.ErrCantOpen: ErrNotWritable, sqlite3.ErrCorrupt: ErrNotWritable, sqlite3.ErrBusy: ErrHeld,
	} {
		if isCode(err, code) {
			return fmt.Errorf("%w: %w", mark, err)
		}
	}
	return err
}

func versionIn(ctx context.Context, tx *sql.Tx) (int64, error) {
	var text string
	if err := tx.QueryRowContext(ctx, "SELECT value FROM wanmi_meta WHERE key = ?", keyVersion).Scan(&text); err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// dataVersion changes with the commits of all connections but the one asked.
func dataVersion(ctx context.Context, db *sql.DB) (v int64, err error) {
	err = db.QueryRowContext(ctx, "PRAGMA data_version").Scan(&v)
	return v, err
}

// Ready reports whether the file can be read, and written as far as is known.
func (s *Store) Ready(ctx context.Context) error {
	if s.closing.Load() {
		return ErrClosed
	}
	if b := s.broken.Load(); b != nil {
		return b
	}
	var n int
	return s.read.QueryRowContext(ctx, "SELECT count(*) FROM wanmi_meta").Scan(&n)
}

// Close waits for the write under way and leaves one plain file behind.
func (s *Store) Close() error {
	if s.closing.Swap(true) {
		return nil
	}
	close(s.quit)
	<-s.stopped
	if s.broken.Load() != nil {
		return s.closeAsItIs()
	}
	err := s.read.Close()
	_, werr := s.db.Exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE")
	if isCode(werr, sqlite3.ErrBusy) {
		werr = nil // another program has the file open: the last one to close leaves the plain file
	}
	if err = errors.Join(err, werr, s.db.Close()); err != nil {
		return fmt.Errorf("close city file %s: %w", s.path, err)
	}
	return nil
}
