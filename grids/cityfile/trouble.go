package cityfile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// Broken says why a store writes nothing any more. After a failed fsync the
// system may believe on disk what is not: trying again would succeed and prove
// nothing. Only opening the file anew, which writes the log once more and checks
// the whole file, ends it; reads go on.
type Broken struct{ Cause error }

func (b *Broken) Error() string {
	return fmt.Sprintf("%v until it is opened anew: %v", ErrNotWritable, b.Cause)
}

// Unwrap makes errors.Is(err, ErrNotWritable) true.
func (b *Broken) Unwrap() []error { return []error{ErrNotWritable, b.Cause} }

// breakOn ends writing where the error says that the disk or the file lied.
func (s *Store) breakOn(err error) {
	if isExtended(err, sqlite3.ErrIoErrFsync) || isExtended(err, sqlite3.ErrIoErrDirFsync) ||
		isCode(err, sqlite3.ErrCorrupt) || isCode(err, sqlite3.ErrNotADB) {
		s.broken.CompareAndSwap(nil, &Broken{err})
	}
}

func isExtended(err error, code sqlite3.ErrNoExtended) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.ExtendedCode == code
}

// checkpointFrames is how long the log may grow before its pages are brought
// into the file: SQLite's own figure, 4 MB.
const checkpointFrames = 1000

// checkpoint does after a commit what SQLite would do within it: there, a failure
// goes unheard.
func (s *Store) checkpoint() {
	if s.broken.Load() != nil {
		return
	}
	var busy, frames, done int64
	ctx := context.Background()
	err := s.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(NOOP)").Scan(&busy, &frames, &done)
	if err == nil && frames-done >= checkpointFrames {
		err = s.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &frames, &done)
	}
	s.breakOn(err) // of other failures the next commit tells, or the next checkpoint does better
}

// closeAsItIs closes a broken store without the checkpoint that SQLite does when
// the last connection goes: one that cannot write the file must be the last.
func (s *Store) closeAsItIs() error {
	last, err := s.read.Conn(context.Background())
	if err == nil {
		var n int
		err = last.QueryRowContext(context.Background(), "SELECT count(*) FROM wanmi_meta").Scan(&n)
	}
	err = errors.Join(err, s.db.Close())
	if last != nil {
		err = errors.Join(err, last.Close())
	}
	if err = errors.Join(err, s.read.Close()); err != nil {
		return fmt.Errorf("close city file %s: %w", s.path, err)
	}
	return nil
}

// settleLog makes sure of a log that was left by a crash or a failing disk: it
// is written again byte for byte, as the system may believe on disk what it only
// has in memory, and the whole file is checked. While it holds the write lock no
// other program appends to the log.
func settleLog(ctx context.Context, path string, db *sql.DB) error {
	log := path + "-wal"
	if info, err := os.Stat(log); errors.Is(err, os.ErrNotExist) || (err == nil && info.Size() == 0) {
		return nil
	} else if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := rewrite(log); err != nil {
		return fmt.Errorf("write %s again: %w", log, storeFault(err))
	}
	var found string
	if err := tx.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return fmt.Errorf("%w: %s; restore it from a copy", ErrCut, found)
	}
	return nil
}

// rewrite writes a file's bytes over themselves and has them brought to disk.
func rewrite(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	buf := make([]byte, 1<<20)
	for at := int64(0); ; {
		n, err := f.ReadAt(buf, at)
		if _, werr := f.WriteAt(buf[:n], at); werr != nil {
			return werr
		}
		at += int64(n)
		if errors.Is(err, io.EOF) {
			return f.Sync()
		}
		if err != nil {
			return err
		}
	}
}
