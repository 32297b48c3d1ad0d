package cityfile

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-spatial/geom"
	"github.com/go-spatial/geom/encoding/gpkg"
	sqlite3 "github.com/mattn/go-sqlite3"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// ErrHasCases is returned by Create for a target that holds cases: those are
// records, not input.
var ErrHasCases = errors.New("the file holds cases")

// ErrInUse is returned by Create for a target that another program has open.
var ErrInUse = errors.New("the file is in use")

// Create writes the city to path. The file is built beside it and renamed when
// it is whole and on disk; what stood there before is replaced, unless it
// holds cases. FIDs are set in the city as they stand in the file.
func Create(ctx context.Context, path string, city *grids.City) error {
	return CreateWith(ctx, path, city, Claims{})
}

// CreateWith is Create for a city of which it is known already who answers for
// what; the claims are numbered from 1, each kind on its own.
func CreateWith(ctx context.Context, path string, city *grids.City, claims Claims) error {
	return createVersion(ctx, path, city, claims, SchemaVersion)
}

// createVersion is CreateWith for a given schema version.
func createVersion(ctx context.Context, path string, city *grids.City, claims Claims, version int) (err error) {
	if err := refuseCases(ctx, path); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".part-*")
	if err != nil {
		return fmt.Errorf("create city file %s: %w", path, err)
	}
	name := part.Name()
	defer func() {
		if err != nil {
			os.Remove(name)
			os.Remove(name + "-journal")
			err = fmt.Errorf("create city file %s: %w", path, err)
		}
	}()
	if err := part.Close(); err != nil {
		return err
	}
	db := openDB(name, create, 1)
	if err := errors.Join(fill(ctx, db, city, &claims, version), db.Close()); err != nil {
		return err
	}
	if err := syncFile(name); err != nil {
		return err
	}
	if err := os.Chmod(name, 0o644); err != nil {
		return err
	}
	if err := settle(ctx, path); err != nil {
		return err
	}
	if err := os.Rename(name, path); err != nil {
		return err
	}
	return syncFile(filepath.Dir(path))
}

func syncFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// refuseCases looks whether a file at path has rows in a table of cases.
func refuseCases(ctx context.Context, path string) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	db := openDB(path, readOnly, 1)
	defer db.Close()
	var n int
	err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE name = 'cases'").Scan(&n)
	if err == nil && n > 0 {
		// The rows themselves: an index may be whole where they are not.
		err = db.QueryRowContext(ctx, "SELECT count(*) FROM cases NOT INDEXED").Scan(&n)
	}
	switch {
	case isCode(err, sqlite3.ErrNotADB):
		return nil // no city file: nothing to lose but a file the user names
	case err != nil:
		return fmt.Errorf("whether %s holds cases cannot be seen: %w; move it away to write a new one", path, err)
	case n > 0:
		return fmt.Errorf("%s: %d cases: %w", path, n, ErrHasCases)
	}
	return nil
}

// settle takes the companions from the file that is about to be replaced: a
// write-ahead log left by a killed server would be replayed into the new one. A
// file that a program holds open is refused, as that program would go on
// writing the log.
func settle(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err == nil {
		db := openDB(path, readWrite, 1)
		_, err := db.ExecContext(ctx, "PRAGMA busy_timeout=0; PRAGMA journal_mode=DELETE")
		_ = db.Close() // the file is given up
		if isCode(err, sqlite3.ErrBusy) || isCode(err, sqlite3.ErrLocked) {
			return fmt.Errorf("%w by another program, which must stop first", ErrInUse)
		}
	}
	for _, companion := range [...]string{"-wal", "-shm", "-journal"} {
		if err := os.Remove(path + companion); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

func isCode(err error, code sqlite3.ErrNo) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == code
}

// fill writes schema, layers, r-trees and meta into an empty database.
func fill(ctx context.Context, db *sql.DB, city *grids.City, claims *Claims, version int) error {
	// Until the rename nobody depends on the file: no journal, one sync at the end.
	setup := fmt.Sprintf(`PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
		PRAGMA application_id=%d; PRAGMA user_version=%d;`, gpkg.ApplicationID, userVersion)
	steps := []string{
		setup, gpkg.TableSpatialRefSysSQL, gpkg.TableContentsSQL, gpkg.TableGeometryColumnsSQL,
		gpkg.TableExtensionsSQL, baseSchema,
	}
	for v := 2; v <= version; v++ {
		steps = append(steps, migrations[v-2])
	}
	for _, s := range steps {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	h := &gpkg.Handle{DB: db}
	if err := h.UpdateSRS(referenceSystems()...); err != nil {
		return err
	}
	for _, l := range layerOrder {
		if err := fillLayer(ctx, h, city, l); err != nil {
			return fmt.Errorf("layer %s: %w", l, err)
		}
	}
	for v := 2; v <= version; v++ {
		if _, err := db.ExecContext(ctx, layerTriggers[v]); err != nil {
			return err
		}
	}
	city.Version = max(city.Version, 1)
	if err := fillTables(ctx, db, city, claims, version); err != nil {
		return err
	}
	if city.Epoch == "" {
		id := make([]byte, 16)
		if _, err := rand.Read(id); err != nil {
			return err
		}
		city.Epoch = hex.EncodeToString(id)
	}
	return writeMeta(ctx, db, &city.Profile, version)
}

// referenceSystems lists the rows every GeoPackage must have and our own.
// geom's ready-made rows for −1 and 0 fail the validator: organization and
// definition must read NONE and undefined.
func referenceSystems() []gpkg.SpatialReferenceSystem {
	return []gpkg.SpatialReferenceSystem{
		{Name: "Undefined Cartesian", ID: -1, Organization: "NONE", OrganizationCoordsysID: -1, Definition: "undefined"},
		{Name: "Undefined geographic", ID: 0, Organization: "NONE", OrganizationCoordsysID: 0, Definition: "undefined"},
		{Name: "WGS 84", ID: 4326, Organization: "EPSG", OrganizationCoordsysID: 4326, Definition: wkt4326},
		{Name: "CGCS2000", ID: SRID, Organization: "EPSG", OrganizationCoordsysID: SRID, Definition: wkt4490},
	}
}

// fillLayer makes the table, its rows, then the r-tree: triggers on a filled
// table cost a quarter less than row by row.
func fillLayer(ctx context.Context, h *gpkg.Handle, city *grids.City, l grids.Layer) error {
	t := tableOf(l)
	if err := makeLayer(ctx, h.DB, l, t); err != nil {
		return err
	}
	box, err := insertRows(ctx, h.DB, city, l, t)
	if err != nil {
		return err
	}
	if err := h.AddGeometryTable(gpkg.TableDescription{
		Name: string(l), ShortName: string(l), Description: string(l),
		GeometryField: "geom", GeometryType: gpkg.Geometry, SRS: SRID,
	}); err != nil {
		return err
	}
	if _, err := h.DB.ExecContext(ctx, fmt.Sprintf(update3, l)); err != nil {
		return err
	}
	index := fmt.Sprintf(`INSERT INTO rtree_%[1]s_geom
		SELECT fid, ST_MinX(geom), ST_MaxX(geom), ST_MinY(geom), ST_MaxY(geom) FROM %[1]s WHERE NOT ST_IsEmpty(geom)`, l)
	if _, err := h.DB.ExecContext(ctx, index); err != nil {
		return err
	}
	if box.Empty() {
		return nil
	}
	b := box.Bound()
	return h.UpdateGeometryExtent(string(l), geom.NewExtent(b.Min, b.Max))
}

func makeLayer(ctx context.Context, db *sql.DB, l grids.Layer, t table) error {
	var b strings.Builder
	fmt.Fprintf(&b, `CREATE TABLE %s (
		fid INTEGER PRIMARY KEY AUTOINCREMENT, geom GEOMETRY,
		code TEXT NOT NULL, name TEXT NOT NULL DEFAULT '', valid_from TEXT, valid_to TEXT, attributes TEXT NOT NULL DEFAULT ''`, l)
	names, types := t.columns()
	for i := range names {
		fmt.Fprintf(&b, ", %s %s", names[i], types[i])
	}
	// Two NULLs are different to UNIQUE, two open starts of one code are not to us.
	fmt.Fprintf(&b, "); CREATE UNIQUE INDEX %[1]s_code ON %[1]s (code, coalesce(valid_from, ''))", l)
	_, err := db.ExecContext(ctx, b.String())
	return err
}

// insertRows writes all rows of a layer in one transaction and sets their FIDs.
func insertRows(ctx context.Context, db *sql.DB, city *grids.City, l grids.Layer, t table) (spatial.Box, error) {
	box := spatial.EmptyBox()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return box, err
	}
	defer tx.Rollback()
	names, _ := t.columns()
	insert := fmt.Sprintf("INSERT INTO %s (geom, code, name, valid_from, valid_to, attributes, %s) VALUES (?%s)",
		l, strings.Join(names, ", "), strings.Repeat(", ?", len(names)+5))
	stmt, err := tx.PrepareContext(ctx, insert)
	if err != nil {
		return box, err
	}
	defer stmt.Close()
	zone := zoneOf(&city.Profile)
	var blob []byte
	for i := range t.count(city) {
		f, values := t.row(city, i)
		blob = appendBlob(blob[:0], f.Geometry())
		box = box.Union(f.Box())
		args := append([]any{blob, f.Code, f.Name, momentText(f.Valid.From, zone), momentText(f.Valid.To, zone), f.Attributes}, values...)
		res, err := stmt.ExecContext(ctx, args...)
		if err != nil {
			return box, fmt.Errorf("row %s: %w", f.Code, err)
		}
		if f.FID, err = res.LastInsertId(); err != nil {
			return box, err
		}
	}
	return box, tx.Commit()
}

// fillTables writes units and categories and lists them as attribute tables,
// so that desktop GIS shows them; what deadlines are made from; and the claims.
func fillTables(ctx context.Context, db *sql.DB, city *grids.City, claims *Claims, version int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	zone := zoneOf(&city.Profile)
	for i := range city.Units {
		u := &city.Units[i]
		territory, err := json.Marshal(append([]string{}, u.Territory...))
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO units (code, name, kind, parent, territory, contact, valid_from, valid_to)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, u.Code, u.Name, u.Kind, u.Parent, string(territory), u.Contact,
			momentText(u.Valid.From, zone), momentText(u.Valid.To, zone))
		if err != nil {
			return fmt.Errorf("unit %s: %w", u.Code, err)
		}
		if u.FID, err = res.LastInsertId(); err != nil {
			return err
		}
	}
	for _, c := range city.Categories {
		if _, err := tx.ExecContext(ctx, `INSERT INTO categories (scheme, kind, code, major, name, accuracy_class, equivalent)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, c.Scheme, string(c.Kind), c.Code, c.Major, c.Name, c.AccuracyClass, c.Equivalent); err != nil {
			return fmt.Errorf("category %s %s %s: %w", c.Scheme, c.Kind, c.Code, err)
		}
	}
	if version >= schemaDeadlines {
		if err := errors.Join(insertConditions(ctx, tx, city.Conditions), insertCalendar(ctx, tx, city.Calendar),
			claims.fill(ctx, tx, city.Version, zone)); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO gpkg_contents (table_name, data_type, identifier, description)
		VALUES ('units', 'attributes', 'units', 'units'), ('categories', 'attributes', 'categories', 'categories')`); err != nil {
		return err
	}
	return tx.Commit()
}
