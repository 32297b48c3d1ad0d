package cityfile

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/url"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// connector opens SQLite connections that know the functions a GeoPackage's
// r-tree triggers call. It is used without registering a driver, so that there
// is no package state.
type connector struct {
	dsn    string
	driver *sqlite3.SQLiteDriver
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return c.driver }

// mode is how a file is opened.
type mode string

const (
	readWrite mode = "rw"  // an existing file
	create    mode = "rwc" // a new one
	readOnly  mode = "ro"
)

// openDB opens the file with one connection per pool slot.
func openDB(path string, m mode, conns int) *sql.DB {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	dsn := fmt.Sprintf("%s?mode=%s&_busy_timeout=5000&_foreign_keys=off", u.String(), m)
	if m == readWrite {
		// A transaction that reads first and then finds another program's commit
		// before its own first write fails at once, whatever the timeout: take
		// the write lock at the beginning, where waiting helps. Edits and cases are the
		// same few dozen statements again and again: they stay prepared.
		dsn += "&_txlock=immediate&_stmt_cache_size=64"
	}
	db := sql.OpenDB(connector{dsn, &sqlite3.SQLiteDriver{ConnectHook: registerFunctions}})
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db
}

// registerFunctions adds ST_IsEmpty and the envelope functions. A NULL or
// broken geometry counts as empty.
func registerFunctions(c *sqlite3.SQLiteConn) error {
	// The argument is any: a function of []byte fails on NULL and on numbers.
	envelopeOf := func(v any) ([4]float64, bool) {
		b, _ := v.([]byte)
		return envelope(b)
	}
	side := func(i int) func(any) any {
		return func(v any) any {
			if env, ok := envelopeOf(v); ok {
				return env[i]
			}
			return nil
		}
	}
	fns := map[string]any{
		"ST_MinX": side(0), "ST_MaxX": side(1), "ST_MinY": side(2), "ST_MaxY": side(3),
		"ST_IsEmpty": func(v any) int64 {
			if _, ok := envelopeOf(v); ok {
				return 0
			}
			return 1
		},
	}
	for name, fn := range fns {
		if err := c.RegisterFunc(name, fn, true); err != nil {
			return fmt.Errorf("register %s: %w", name, err)
		}
	}
	return nil
}
