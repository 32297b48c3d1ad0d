package cityfile

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-spatial/geom"
	"github.com/go-spatial/geom/encoding/gpkg"
	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
)

// FeatureTable is a table of a GeoPackage that is no city file.
type FeatureTable struct {
	Name, Description string
	// Kind of all geometries; lines and polygons are written as multi-parts, so
	// that the column has one type.
	Kind    spatial.Kind
	Columns []FeatureColumn
	// Row returns row i: its geometry, nil for none, and a value for each column.
	Row func(i int) (*spatial.Shape, []any)
	N   int
}

// FeatureColumn is a column with its type in SQL: TEXT, REAL, INTEGER, BOOLEAN.
type FeatureColumn struct{ Name, Type string }

// geometryTypes are the types of GeoPackage for the kinds of shapes.
var geometryTypes = map[spatial.Kind]struct {
	name string
	code uint32
}{
	spatial.Points:   {"POINT", wkbPoint},
	spatial.Lines:    {"MULTILINESTRING", wkbMultiLineString},
	spatial.Polygons: {"MULTIPOLYGON", wkbMultiPolygon},
}

// CreateFeatures writes a GeoPackage of feature tables in CGCS2000. It is built
// beside path and renamed when it is whole; what stood there is replaced,
// unless it is a city file.
func CreateFeatures(ctx context.Context, path string, tables []FeatureTable) (err error) {
	if err := refuseCity(ctx, path); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".part-*")
	if err != nil {
		return fmt.Errorf("create %s: %w", path, err)
	}
	name := part.Name()
	defer func() {
		if err != nil {
			os.Remove(name)
			err = fmt.Errorf("create %s: %w", path, err)
		}
	}()
	if err := part.Close(); err != nil {
		return err
	}
	db := openDB(name, create, 1)
	if err := errors.Join(fillFeatures(ctx, db, tables), db.Close()); err != nil {
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
	return os.Rename(name, path)
}

// ErrIsCity is returned by CreateFeatures for a target that is a city file.
var ErrIsCity = errors.New("the file is a city file, which is not replaced by a report")

func refuseCity(ctx context.Context, path string) error {
	if err := Inspect(path); err != nil {
		return nil // nothing there, or nothing of ours
	}
	db := openDB(path, readOnly, 1)
	defer db.Close()
	if _, err := readMeta(ctx, db); err == nil {
		return fmt.Errorf("%s: %w", path, ErrIsCity)
	}
	return nil
}

func fillFeatures(ctx context.Context, db *sql.DB, tables []FeatureTable) error {
	setup := fmt.Sprintf(`PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
		PRAGMA application_id=%d; PRAGMA user_version=%d;`, gpkg.ApplicationID, userVersion)
	for _, s := range []string{
		setup, gpkg.TableSpatialRefSysSQL, gpkg.TableContentsSQL, gpkg.TableGeometryColumnsSQL, gpkg.TableExtensionsSQL,
	} {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	h := &gpkg.Handle{DB: db}
	if err := h.UpdateSRS(referenceSystems()...); err != nil {
		return err
	}
	for i := range tables {
		if err := fillTable(ctx, h, &tables[i]); err != nil {
			return fmt.Errorf("table %s: %w", tables[i].Name, err)
		}
	}
	return nil
}

// fillTable makes a table, its rows, then its r-tree, as fillLayer does.
func fillTable(ctx context.Context, h *gpkg.Handle, t *FeatureTable) error {
	var b strings.Builder
	kind, ok := geometryTypes[t.Kind]
	if !ok {
		return fmt.Errorf("no kind of geometry %d", t.Kind)
	}
	fmt.Fprintf(&b, "CREATE TABLE %s (fid INTEGER PRIMARY KEY AUTOINCREMENT, geom %s", t.Name, kind.name)
	for _, c := range t.Columns {
		fmt.Fprintf(&b, ", %s %s", c.Name, c.Type)
	}
	if _, err := h.DB.ExecContext(ctx, b.String()+")"); err != nil {
		return err
	}
	box, err := insertFeatures(ctx, h.DB, t)
	if err != nil {
		return err
	}
	if err := h.AddGeometryTable(gpkg.TableDescription{
		Name: t.Name, ShortName: t.Name, Description: t.Description,
		GeometryField: "geom", GeometryType: gpkg.GeometryType(kind.code), SRS: SRID,
	}); err != nil {
		return err
	}
	index := fmt.Sprintf(update3+`; INSERT INTO rtree_%[1]s_geom
		SELECT fid, ST_MinX(geom), ST_MaxX(geom), ST_MinY(geom), ST_MaxY(geom) FROM %[1]s WHERE NOT ST_IsEmpty(geom)`, t.Name)
	if _, err := h.DB.ExecContext(ctx, index); err != nil {
		return err
	}
	if box.Empty() {
		return nil
	}
	bound := box.Bound()
	return h.UpdateGeometryExtent(t.Name, geom.NewExtent(bound.Min, bound.Max))
}

func insertFeatures(ctx context.Context, db *sql.DB, t *FeatureTable) (spatial.Box, error) {
	box := spatial.EmptyBox()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return box, err
	}
	defer tx.Rollback()
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	stmt, err := tx.PrepareContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)",
		t.Name, strings.Join(append([]string{"geom"}, names...), ", "), strings.Repeat(", ?", len(names))))
	if err != nil {
		return box, err
	}
	defer stmt.Close()
	for i := range t.N {
		shape, values := t.Row(i)
		var blob any
		if shape != nil {
			box = box.Union(shape.Box)
			blob = appendMulti(nil, shape)
		}
		if _, err := stmt.ExecContext(ctx, append([]any{blob}, values...)...); err != nil {
			return box, fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	return box, tx.Commit()
}

// appendMulti is appendBlob with lines and polygons as multi-parts.
func appendMulti(dst []byte, s *spatial.Shape) []byte {
	g := s.Orb()
	switch one := g.(type) {
	case orb.LineString:
		g = orb.MultiLineString{one}
	case orb.Polygon:
		g = orb.MultiPolygon{one}
	default:
		return appendBlob(dst, s)
	}
	le := binary.LittleEndian
	dst = append(dst, 'G', 'P', 0, flagLittle|flagEnvelope)
	dst = le.AppendUint32(dst, SRID)
	for _, v := range [...]float64{s.Box.Min.Lon(), s.Box.Max.Lon(), s.Box.Min.Lat(), s.Box.Max.Lat()} {
		dst = le.AppendUint64(dst, math.Float64bits(v))
	}
	return appendWKB(dst, g)
}
