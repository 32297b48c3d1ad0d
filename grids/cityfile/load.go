package cityfile

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strconv"

	"github.com/wanmi-gis/wanmi/grids"
)

// loadCity reads all in one read transaction, so that the city is of one
// version; of the layers with geometry only those named, if any are.
func loadCity(ctx context.Context, db *sql.DB, only ...grids.Layer) (*grids.City, error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	meta := map[string]string{}
	if err := each(ctx, tx, "SELECT key, value FROM wanmi_meta", func(r []sql.RawBytes) error {
		meta[string(r[0])] = string(r[1])
		return nil
	}); err != nil {
		return nil, err
	}
	p, err := profile(meta)
	if err != nil {
		return nil, err
	}
	city := &grids.City{Profile: p, Base: map[grids.Layer][]grids.Base{}}
	shapes, room := &shapeReader{wkb: wkbReader{again: true}}, &textBlock{}
	for _, l := range layerOrder {
		if len(only) > 0 && !slices.Contains(only, l) {
			continue
		}
		if err := newLayerReader(l, shapes, room).load(ctx, tx, city); err != nil {
			return nil, fmt.Errorf("layer %s: %w", l, err)
		}
	}
	if err := loadUnits(ctx, tx, city); err != nil {
		return nil, fmt.Errorf("units: %w", err)
	}
	if err := loadCategories(ctx, tx, city); err != nil {
		return nil, fmt.Errorf("categories: %w", err)
	}
	schema, err := strconv.Atoi(meta[keySchema])
	if err == nil && schema >= schemaDeadlines {
		if err := loadConditions(ctx, tx, city); err != nil {
			return nil, fmt.Errorf("conditions: %w", err)
		}
		if err := loadCalendar(ctx, tx, city); err != nil {
			return nil, fmt.Errorf("calendar: %w", err)
		}
	}
	if err == nil && schema >= schemaRowVersion {
		if err := loadVersions(ctx, tx, city); err != nil {
			return nil, fmt.Errorf("row versions: %w", err)
		}
	}
	city.Sort() // rows added later stand at the end
	return city, nil
}

// yieldEvery is after how many rows, some tenths of a millisecond, loading lets
// those go first who wait for a processor: without it a request beside a reload
// can wait for the scheduler's whole slice of 10 ms.
const yieldEvery = 128

// each calls row for every row of a query; the bytes hold until it returns.
func each(ctx context.Context, tx *sql.Tx, query string, row func([]sql.RawBytes) error, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	raw := make([]sql.RawBytes, len(names))
	into := make([]any, len(names))
	for i := range raw {
		into[i] = &raw[i]
	}
	for n := 1; rows.Next(); n++ {
		if n%yieldEvery == 0 {
			runtime.Gosched()
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := row(raw); err != nil {
			return err
		}
	}
	return rows.Err()
}

// schemaRowVersion is the schema from which on rows have versions.
const schemaRowVersion = 3

// loadVersions reads the versions of the rows that were edited.
func loadVersions(ctx context.Context, tx *sql.Tx, city *grids.City) error {
	city.RowVersions = map[grids.Layer]map[int64]int64{}
	return each(ctx, tx, "SELECT layer, fid, version FROM row_version", func(r []sql.RawBytes) error {
		fid, err := strconv.ParseInt(string(r[1]), 10, 64)
		if err != nil {
			return err
		}
		version, err := strconv.ParseInt(string(r[2]), 10, 64)
		if err != nil {
			return err
		}
		l := grids.Layer(r[0])
		if city.RowVersions[l] == nil {
			city.RowVersions[l] = map[int64]int64{}
		}
		city.RowVersions[l][fid] = version
		return nil
	})
}

func loadUnits(ctx context.Context, tx *sql.Tx, city *grids.City) error {
	query := "SELECT fid, code, name, kind, parent, territory, contact, valid_from, valid_to FROM units ORDER BY fid"
	return each(ctx, tx, query, func(r []sql.RawBytes) error {
		u := grids.Unit{
			Code: string(r[1]), Name: string(r[2]), Kind: string(r[3]), Parent: string(r[4]), Contact: string(r[6]),
		}
		var err error
		if u.FID, err = strconv.ParseInt(string(r[0]), 10, 64); err != nil {
			return err
		}
		if err := json.Unmarshal(r[5], &u.Territory); err != nil {
			return fmt.Errorf("unit %s: territory: %w", u.Code, err)
		}
		if len(u.Territory) == 0 {
			u.Territory = nil
		}
		var from, to readMoment
		if u.Valid.From, err = from.read(r[7]); err != nil {
			return fmt.Errorf("unit %s: valid_from: %w", u.Code, err)
		}
		if u.Valid.To, err = to.read(r[8]); err != nil {
			return fmt.Errorf("unit %s: valid_to: %w", u.Code, err)
		}
		city.Units = append(city.Units, u)
		return nil
	})
}

func loadCategories(ctx context.Context, tx *sql.Tx, city *grids.City) error {
	query := "SELECT scheme, kind, code, major, name, accuracy_class, equivalent FROM categories ORDER BY id"
	return each(ctx, tx, query, func(r []sql.RawBytes) error {
		city.Categories = append(city.Categories, grids.Category{
			Scheme: string(r[0]), Kind: grids.Kind(r[1]), Code: string(r[2]), Major: string(r[3]),
			Name: string(r[4]), AccuracyClass: string(r[5]), Equivalent: string(r[6]),
		})
		return nil
	})
}
