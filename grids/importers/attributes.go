package importers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
)

// attributes are the rows of a table, found by a code.
type attributes struct {
	of   *AttributeMapping
	rows map[string]map[string]any
	// zeroless has the keys without their leading zeros, to tell a code that is not
	// in the table from one that a spreadsheet took for a number.
	zeroless map[string]string
	used     map[string]bool
}

// maxTableRows bounds the rows kept of a table of attributes; a sheet of a workbook
// cannot have more.
const maxTableRows = 1 << 20

// checkTables tells what is wrong with the tables of attributes as mapped.
func (f *FileMapping) checkTables() error {
	if f.HeaderRow < 0 {
		return errors.New("header_row counts from 1")
	}
	for i := range f.Attributes {
		a := &f.Attributes[i]
		if a.File == "" || a.Key == "" || a.On == "" {
			return errors.New("attributes need file, key and on")
		}
		source := a.source()
		kind, err := source.format()
		if err == nil && !kind.tabular() {
			err = errors.New("they come from a table (csv, xlsx)")
		}
		if err != nil {
			return fmt.Errorf("attributes %s: %w", a.File, err)
		}
	}
	return nil
}

func (a *AttributeMapping) source() FileMapping {
	return FileMapping{File: a.File, Format: a.Format, Table: a.Table, HeaderRow: a.HeaderRow, Encoding: a.Encoding}
}

// attributeTables reads the tables that a file's records take columns from.
func (im *importer) attributeTables(ctx context.Context, layer grids.Layer, f *FileMapping) ([]attributes, error) {
	out := make([]attributes, 0, len(f.Attributes))
	for i := range f.Attributes {
		a := attributes{
			of: &f.Attributes[i], rows: map[string]map[string]any{}, zeroless: map[string]string{}, used: map[string]bool{},
		}
		source := a.of.source()
		fault := im.recordFaults(layer, a.of.File)
		keyed := false
		var columns []string
		err := source.read(ctx, im.options.Dir, func(r *record) {
			if columns == nil {
				columns = columnNames(r)
			}
			key, ok := r.column(a.of.Key)
			keyed = keyed || ok
			if !ok {
				return // told below
			}
			if key = strings.TrimSpace(key); key == "" {
				fault(&recordError{number: r.number, rule: "missing-code", reason: fmt.Errorf("column %s is empty", a.of.Key)})
				return
			}
			if len(a.rows) >= maxTableRows {
				return // told below
			}
			if _, again := a.rows[key]; again {
				fault(&recordError{number: r.number, rule: "duplicate-code", reason: fmt.Errorf("an earlier row has the %s %s too", a.of.Key, key)})
				return
			}
			a.rows[key] = a.of.take(r)
			a.zeroless[strings.TrimLeft(key, "0")] = key
		}, fault)
		switch {
		case err != nil:
		case !keyed:
			err = fmt.Errorf("no column %q (key); there are %s", a.of.Key, strings.Join(columns, ", "))
		case len(a.rows) >= maxTableRows:
			err = fmt.Errorf("more than %d rows", maxTableRows-1)
		default:
			for _, c := range a.of.Fields {
				if !slices.Contains(columns, c) {
					err = fmt.Errorf("no column %q (fields); there are %s", c, strings.Join(columns, ", "))
				}
			}
		}
		if err != nil {
			return nil, fmt.Errorf("attributes %s: %w", a.of.File, err)
		}
		out = append(out, a)
	}
	return out, nil
}

// take leaves of a row the columns wanted.
func (a *AttributeMapping) take(r *record) map[string]any {
	props := make(map[string]any, len(r.props))
	for name, v := range r.props {
		if name != a.Key && (a.Fields == nil || slices.Contains(a.Fields, name)) {
			props[name] = v
		}
	}
	return props
}

// extend adds the columns of the tables to a record; the record's own stay.
func (rd *reading) extend(r *record) {
	for i := range rd.extra {
		a := &rd.extra[i]
		key, ok := r.column(a.of.On)
		if key = strings.TrimSpace(key); !ok || key == "" {
			continue // a column that is missing is told once
		}
		row, ok := a.rows[key]
		if !ok {
			if like, lost := a.zeroless[strings.TrimLeft(key, "0")]; lost {
				rd.fault(r, grids.Error, "leading-zero-lost", key,
					fmt.Sprintf("%s has %s: one of the two lost its leading zeros", a.of.File, like),
					"format the column as text in the spreadsheet and enter the codes again")
			} else {
				rd.fault(r, grids.Warning, "no-attributes", key, fmt.Sprintf("%s has no row %s %s", a.of.File, a.of.Key, key), "")
			}
			continue
		}
		a.used[key] = true
		for name, v := range row {
			if _, taken := r.props[name]; !taken {
				r.props[name] = v
			}
		}
	}
}

// unusedRows reports how many rows of the tables no record asked for.
func (rd *reading) unusedRows() {
	for i := range rd.extra {
		a := &rd.extra[i]
		if n := len(a.rows) - len(a.used); n > 0 {
			rd.im.report.Add(grids.Fault{
				Severity: grids.Warning, Rule: "unused-rows", File: a.of.File, Layer: rd.layer,
				Reason: fmt.Sprintf("%d of %d rows belong to no record of %s", n, len(a.rows), rd.f.File),
			})
		}
	}
}
