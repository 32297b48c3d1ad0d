package cityfile

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"github.com/wanmi-gis/wanmi/grids"
)

// schemaDeadlines is the schema from which on a file has conditions and a
// calendar.
const schemaDeadlines = 2

// ReplaceConditions puts these conditions in the place of all that the file
// has. Cases that were dispatched before keep the limits they were given.
func (s *Store) ReplaceConditions(ctx context.Context, c Change, all []grids.Condition) (version int64, err error) {
	version, err = s.Write(ctx, c, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM conditions"); err != nil {
			return err
		}
		return insertConditions(ctx, tx, all)
	})
	if err != nil {
		return 0, fmt.Errorf("replace conditions: %w", err)
	}
	return version, nil
}

func insertConditions(ctx context.Context, tx *sql.Tx, all []grids.Condition) error {
	if len(all) == 0 {
		return nil
	}
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO conditions (scheme, kind, minor, code, text, stage, "limit", unit) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, c := range all {
		if _, err := stmt.ExecContext(ctx, c.Scheme, string(c.Kind), c.Minor, c.Code, c.Text, c.Stage, c.Limit, c.Unit); err != nil {
			return fmt.Errorf("condition %s %s %s %q stage %q: %w", c.Scheme, c.Kind, c.Minor, c.Code, c.Stage, err)
		}
	}
	return nil
}

func loadConditions(ctx context.Context, tx *sql.Tx, city *grids.City) error {
	query := `SELECT scheme, kind, minor, code, text, stage, "limit", unit FROM conditions ORDER BY rowid`
	return each(ctx, tx, query, func(r []sql.RawBytes) error {
		limit, err := strconv.ParseFloat(string(r[6]), 64)
		if err != nil {
			return fmt.Errorf("%s %s %s %q: limit %q is no number", r[0], r[1], r[2], r[3], r[6])
		}
		city.Conditions = append(city.Conditions, grids.Condition{
			Scheme: string(r[0]), Kind: grids.Kind(r[1]), Minor: string(r[2]), Code: string(r[3]),
			Text: string(r[4]), Stage: string(r[5]), Limit: limit, Unit: string(r[7]),
		})
		return nil
	})
}
