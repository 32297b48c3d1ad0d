package cityfile

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/wanmi-gis/wanmi/grids"
)

// ReplaceCalendar puts these days in the place of all that the file names.
func (s *Store) ReplaceCalendar(ctx context.Context, c Change, days []grids.CalendarDay) (version int64, err error) {
	version, err = s.Write(ctx, c, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM calendar"); err != nil {
			return err
		}
		return insertCalendar(ctx, tx, days)
	})
	if err != nil {
		return 0, fmt.Errorf("replace calendar: %w", err)
	}
	return version, nil
}

func insertCalendar(ctx context.Context, tx *sql.Tx, days []grids.CalendarDay) error {
	for _, d := range days {
		if _, err := tx.ExecContext(ctx, "INSERT INTO calendar (date, working, name) VALUES (?, ?, ?)", d.Date, d.Working, d.Name); err != nil {
			return fmt.Errorf("day %s: %w", d.Date, err)
		}
	}
	return nil
}

func loadCalendar(ctx context.Context, tx *sql.Tx, city *grids.City) error {
	return each(ctx, tx, "SELECT date, working, name FROM calendar ORDER BY rowid", func(r []sql.RawBytes) error {
		d := grids.CalendarDay{Date: string(r[0]), Name: string(r[2])}
		switch string(r[1]) {
		case "0":
		case "1":
			d.Working = true
		default:
			return fmt.Errorf("%s: working is %q, not 0 or 1", d.Date, r[1])
		}
		city.Calendar = append(city.Calendar, d)
		return nil
	})
}
