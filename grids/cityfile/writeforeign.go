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

	"github.com/wanmi-gis/wanmi/grids"
)

// ForeignTable is a feature table for programs that know nothing of cities.
type ForeignTable struct {
	Name string
	// Columns and their SQL types: TEXT, REAL, INTEGER.
	Columns, Types []string
	// Each calls row for each row: its geometry in the file's system and its values.
	Each func(row func(fid int64, g orb.Geometry, values []any) error) error
}

// WriteForeign writes a plain GeoPackage with the tables in one coordinate system.
// The file is built beside path and renamed when it is whole; what stood there is
// replaced, unless it holds cases.
func WriteForeign(ctx context.Context, path string, srs ForeignSRS, tables []ForeignTable) (err error) {
	if err := refuseCases(ctx, path); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".part-*")
	if err != nil {
		return err
	}
	name := part.Name()
	defer func() {
		if err != nil {
			os.Remove(name)
			os.Remove(name + "-journal")
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	if err := part.Close(); err != nil {
		return err
	}
	db := openDB(name, create, 1)
	if err := errors.Join(fillForeign(ctx, db, srs, tables), db.Close()); err != nil {
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

func fillForeign(ctx context.Context, db *sql.DB, srs ForeignSRS, tables []ForeignTable) error {
	setup := fmt.Sprintf(`PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
		PRAGMA application_id=%d; PRAGMA user_version=%d;`, gpkg.ApplicationID, userVersion)
	for _, s := range [...]string{setup, gpkg.TableSpatialRefSysSQL, gpkg.TableContentsSQL, gpkg.TableGeometryColumnsSQL, gpkg.TableExtensionsSQL} {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	h := &gpkg.Handle{DB: db}
	systems := referenceSystems()
	known := false
	for _, s := range systems {
		known = known || s.ID == srs.ID
	}
	if !known {
		systems = append(systems, gpkg.SpatialReferenceSystem{
			Name: srs.Organization + " " + fmt.Sprint(srs.Code), ID: srs.ID, Organization: srs.Organization,
			OrganizationCoordsysID: srs.Code, Definition: srs.Definition,
		})
	}
	if err := h.UpdateSRS(systems...); err != nil {
		return err
	}
	for i := range tables {
		if err := fillForeignTable(ctx, h, srs.ID, &tables[i]); err != nil {
			return fmt.Errorf("table %s: %w", tables[i].Name, err)
		}
	}
	return nil
}

func fillForeignTable(ctx context.Context, h *gpkg.Handle, srid int, t *ForeignTable) (err error) {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s (fid INTEGER PRIMARY KEY AUTOINCREMENT, geom GEOMETRY", quoted(t.Name))
	names := []string{"fid", "geom"}
	for i, c := range t.Columns {
		fmt.Fprintf(&b, ", %s %s", quoted(c), t.Types[i])
		names = append(names, quoted(c))
	}
	if _, err := h.DB.ExecContext(ctx, b.String()+")"); err != nil {
		return err
	}
	tx, err := h.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	stmt, err := tx.PrepareContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", quoted(t.Name), strings.Join(names, ", "), strings.Repeat(", ?", len(names)-1)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	extent := orb.MultiPoint{}.Bound()
	rows := 0
	err = t.Each(func(fid int64, g orb.Geometry, values []any) error {
		bound := g.Bound()
		if rows++; rows == 1 {
			extent = bound
		}
		extent = extent.Union(bound)
		var id any
		if fid > 0 {
			id = fid
		}
		_, err := stmt.ExecContext(ctx, append([]any{id, foreignBlob(g, bound, srid)}, values...)...)
		return err
	})
	if err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if err := h.AddGeometryTable(gpkg.TableDescription{
		Name: t.Name, ShortName: t.Name, Description: t.Name, GeometryField: "geom", GeometryType: gpkg.Geometry, SRS: int32(srid),
	}); err != nil {
		return err
	}
	index := fmt.Sprintf(`INSERT INTO "rtree_%[1]s_geom"
		SELECT fid, ST_MinX(geom), ST_MaxX(geom), ST_MinY(geom), ST_MaxY(geom) FROM "%[1]s" WHERE NOT ST_IsEmpty(geom)`, t.Name)
	if _, err := h.DB.ExecContext(ctx, fmt.Sprintf(update3, t.Name)+index); err != nil {
		return err
	}
	if rows == 0 {
		return nil
	}
	return h.UpdateGeometryExtent(t.Name, geom.NewExtent(extent.Min, extent.Max))
}

// foreignBlob is a geometry with its envelope.
func foreignBlob(g orb.Geometry, bound orb.Bound, srid int) []byte {
	le := binary.LittleEndian
	dst := append(make([]byte, 0, 64), 'G', 'P', 0, flagLittle|flagEnvelope)
	dst = le.AppendUint32(dst, uint32(int32(srid)))
	for _, v := range [...]float64{bound.Min[0], bound.Max[0], bound.Min[1], bound.Max[1]} {
		dst = le.AppendUint64(dst, math.Float64bits(v))
	}
	return appendWKB(dst, g)
}

// ForeignRow is what WriteForeign needs of a city's row: its own columns and those
// every layer has.
func ForeignRow(p *grids.Profile, f *grids.Feature) (code, name string, from, to any) {
	zone := zoneOf(p)
	return f.Code, f.Name, momentText(f.Valid.From, zone), momentText(f.Valid.To, zone)
}
