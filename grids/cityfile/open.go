package cityfile

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/go-spatial/geom/encoding/gpkg"

	"github.com/wanmi-gis/wanmi/grids"
)

// Why a file is refused.
var (
	ErrNotCityFile = errors.New("not a city file")
	ErrCut         = errors.New("the file is cut short")
	ErrNewer       = errors.New("the file's schema is newer than this program")
)

// applicationIDs of GeoPackage: GPKG since 1.2, GP10 and GP11 before.
var applicationIDs = [...]uint32{gpkg.ApplicationID, 0x47503130, 0x47503131}

// Inspect looks at the first bytes of a file: a whole SQLite database with the
// application id of GeoPackage. It opens nothing and changes nothing.
func Inspect(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("%s is a folder: %w", path, ErrNotCityFile)
	}
	var head [100]byte
	if _, err := io.ReadFull(f, head[:]); err != nil {
		return fmt.Errorf("%s has %d bytes: %w; a city file is made by wanmi import", path, info.Size(), ErrNotCityFile)
	}
	if string(head[:16]) != "SQLite format 3\x00" {
		return fmt.Errorf("%s does not begin like a GeoPackage: %w; a city file is made by wanmi import", path, ErrNotCityFile)
	}
	if id := binary.BigEndian.Uint32(head[68:]); !slices.Contains(applicationIDs[:], id) {
		return fmt.Errorf("%s has application id %#x, a GeoPackage has %#x: %w", path, id, gpkg.ApplicationID, ErrNotCityFile)
	}
	page := int64(binary.BigEndian.Uint16(head[16:]))
	if page == 1 {
		page = 65536
	}
	// The page count is right when the change counter equals version-valid-for.
	// With a write-ahead log beside it the file may be short after a kill amid a
	// checkpoint; the log has the rest.
	pages := int64(binary.BigEndian.Uint32(head[28:]))
	current := binary.BigEndian.Uint32(head[24:]) == binary.BigEndian.Uint32(head[92:])
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return nil
	}
	if current && pages*page > info.Size() {
		return fmt.Errorf("%s: %w: %d of %d bytes are there; restore it from a copy or import it again",
			path, ErrCut, info.Size(), pages*page)
	}
	return nil
}

// Open opens a city file for serving and writing. An older schema is migrated
// first; the file as it was stays beside it as PATH.v1.bak (with its version).
func Open(ctx context.Context, path string) (*Store, error) {
	if err := Inspect(path); err != nil {
		return nil, err
	}
	db := openDB(path, readWrite, 1)
	s, err := prepare(ctx, path, db)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open city file %s: %w", path, err), db.Close())
	}
	go s.run()
	return s, nil
}

// Read loads a city from a file that nobody needs to write: the file is not
// migrated nor changed. Where layers are named, the others with geometry stay
// empty.
func Read(ctx context.Context, path string, only ...grids.Layer) (*grids.City, error) {
	if err := Inspect(path); err != nil {
		return nil, err
	}
	db := openDB(path, readOnly, 1)
	defer db.Close()
	if _, err := schemaOf(ctx, db); err != nil {
		return nil, fmt.Errorf("read city file %s: %w", path, err)
	}
	city, err := loadCity(ctx, db, only...)
	if err != nil {
		return nil, fmt.Errorf("read city file %s: %w", path, err)
	}
	return city, nil
}

// schemaOf returns the file's schema version if this program can read it.
func schemaOf(ctx context.Context, db *sql.DB) (int, error) {
	meta, err := readMeta(ctx, db)
	if err != nil {
		return 0, fmt.Errorf("%w (no readable wanmi_meta: %w)", ErrNotCityFile, err)
	}
	schema, err := strconv.Atoi(meta[keySchema])
	if err != nil || schema < 1 {
		return 0, fmt.Errorf("%w: schema_version %q", ErrNotCityFile, meta[keySchema])
	}
	if schema > SchemaVersion {
		return 0, fmt.Errorf("%w: the file has %d, this program knows %d; use a newer wanmi", ErrNewer, schema, SchemaVersion)
	}
	return schema, nil
}

func prepare(ctx context.Context, path string, db *sql.DB) (*Store, error) {
	if err := settleLog(ctx, path, db); err != nil {
		return nil, err
	}
	schema, err := schemaOf(ctx, db)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, db, path, schema); err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0"); err != nil {
		return nil, err
	}
	meta, err := readMeta(ctx, db)
	if err != nil {
		return nil, err
	}
	p, err := profile(meta)
	if err != nil {
		return nil, err
	}
	s := &Store{
		path: path, db: db, read: openDB(path, readOnly, 2), epoch: p.Epoch, zone: zoneOf(&p),
		requests: make(chan *request), stopped: make(chan struct{}), quit: make(chan struct{}),
	}
	s.version.Store(p.Version)
	if s.seen, err = dataVersion(ctx, db); err == nil {
		err = s.View(ctx, func(tx *sql.Tx) (err error) {
			s.watch.known, err = s.watch.now(ctx, tx)
			return err
		})
	}
	if err != nil {
		return nil, errors.Join(err, s.read.Close())
	}
	return s, nil
}

// migrate brings the file to SchemaVersion step by step, each in one
// transaction, after a copy was made.
func migrate(ctx context.Context, db *sql.DB, path string, from int) error {
	if from == SchemaVersion {
		return nil
	}
	kept := fmt.Sprintf("%s.v%d.bak", path, from)
	if _, err := os.Stat(kept); errors.Is(err, os.ErrNotExist) {
		if err := keepCopy(ctx, db, kept); err != nil {
			return fmt.Errorf("keep a copy as %s: %w", kept, err)
		}
	}
	for v := from + 1; v <= SchemaVersion; v++ {
		if err := migrateTo(ctx, db, v); err != nil {
			return fmt.Errorf("migrate to schema %d (the file as it was is %s): %w", v, kept, err)
		}
	}
	return nil
}

// keepCopy writes the whole database to a new file; a copy under that name is
// always a finished one.
func keepCopy(ctx context.Context, db *sql.DB, kept string) error {
	part := kept + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err // of an attempt that was killed
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", part); err != nil {
		return errors.Join(err, os.RemoveAll(part))
	}
	if err := syncFile(part); err != nil {
		return err
	}
	if err := os.Rename(part, kept); err != nil {
		return err
	}
	return syncFile(filepath.Dir(kept))
}

func migrateTo(ctx context.Context, db *sql.DB, version int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, migrations[version-2]+layerTriggers[version]); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE wanmi_meta SET value = ? WHERE key = ?", strconv.Itoa(version), keySchema); err != nil {
		return err
	}
	return tx.Commit()
}
