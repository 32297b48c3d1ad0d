package cityfile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ForeignSRS is what a GeoPackage says of the coordinate system of a table.
type ForeignSRS struct {
	// ID is the srs_id: 0 and −1 say that nothing is known.
	ID           int
	Organization string
	Code         int    // in the organization's register
	Definition   string // well-known text
}

// ReadForeignSRS looks up the coordinate system of a feature table of any
// GeoPackage. An empty table name means the only one there is.
func ReadForeignSRS(ctx context.Context, path, table string) (ForeignSRS, error) {
	var s ForeignSRS
	if err := Inspect(path); err != nil {
		return s, err
	}
	db := openDB(path, readOnly, 1)
	defer db.Close()
	table, _, err := featureTable(ctx, db, table)
	if err == nil {
		err = db.QueryRowContext(ctx, `SELECT g.srs_id, coalesce(s.organization, ''), coalesce(s.organization_coordsys_id, 0), coalesce(s.definition, '')
			FROM gpkg_geometry_columns g LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id WHERE g.table_name = ?`, table).
			Scan(&s.ID, &s.Organization, &s.Code, &s.Definition)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}
