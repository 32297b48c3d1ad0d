package cityfile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/paulmach/orb"
)

// ReadForeign reads a feature table of any GeoPackage, row by row: the
// geometry in the table's own coordinates (nil when NULL or empty) and the
// other columns. A row whose geometry cannot be read comes with its error.
// An empty table name means the only one there is.
func ReadForeign(path, table string, row func(g orb.Geometry, props map[string]any, err error)) error {
	if err := Inspect(path); err != nil {
		return err
	}
	ctx := context.Background()
	db := openDB(path, readOnly, 1)
	defer db.Close()
	table, geomColumn, err := featureTable(ctx, db, table)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	columns, err := columnList(ctx, db, table)
	if err != nil {
		return fmt.Errorf("%s: table %s: %w", path, table, err)
	}
	rows, err := db.QueryContext(ctx, "SELECT "+columns+" FROM "+quoted(table))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	values := make([]any, len(names))
	args := make([]any, len(names))
	for i := range values {
		args[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(args...); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		var g orb.Geometry
		var bad error
		props := make(map[string]any, len(names))
		for i, n := range names {
			b, isBlob := values[i].([]byte)
			switch {
			case n == geomColumn:
				g, _, bad = Decode(b)
			case isBlob:
				props[n] = fmt.Sprintf("%x", b)
			default:
				props[n] = values[i]
			}
		}
		row(g, props, bad)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// columnList selects all columns of a table. A column declared as a date is
// read through an expression, which has no type: the driver would make times of
// its text, and the year 1 of text it cannot read.
func columnList(ctx context.Context, db *sql.DB, table string) (string, error) {
	rows, err := db.QueryContext(ctx, "SELECT name, upper(type) FROM pragma_table_info(?)", table)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var name, declared string
		if err := rows.Scan(&name, &declared); err != nil {
			return "", err
		}
		expr := quoted(name)
		switch declared {
		case "DATE", "DATETIME", "TIMESTAMP":
			expr = "+" + expr + " AS " + expr
		}
		list = append(list, expr)
	}
	if len(list) == 0 {
		return "", errors.Join(rows.Err(), errors.New("no such table"))
	}
	return strings.Join(list, ", "), rows.Err()
}

// featureTable finds the table and its geometry column.
func featureTable(ctx context.Context, db *sql.DB, want string) (table, column string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT table_name, column_name FROM gpkg_geometry_columns ORDER BY table_name")
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrNotCityFile, err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var t, c string
		if err := rows.Scan(&t, &c); err != nil {
			return "", "", err
		}
		names = append(names, t)
		if want == "" || t == want {
			table, column = t, c
		}
	}
	switch {
	case rows.Err() != nil:
		return "", "", rows.Err()
	case want != "" && table == "":
		return "", "", fmt.Errorf("no feature table %q; there are %s", want, strings.Join(names, ", "))
	case len(names) == 0:
		return "", "", fmt.Errorf("no feature table")
	case want == "" && len(names) > 1:
		return "", "", fmt.Errorf("several feature tables, name one as table: %s", strings.Join(names, ", "))
	}
	return table, column, nil
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
