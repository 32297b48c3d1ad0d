package cityfile

import (
	"fmt"
	"strconv"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// A column of a layer besides those every layer has: its SQL type, how a row
// gives its value and how it takes it back from text.
type column[T any] struct {
	name, sqlType string
	get           func(*T) any
	set           func(*T, string) error
}

// text is a column for a string field.
func text[T any](name string, field func(*T) *string) column[T] {
	return column[T]{
		name, "TEXT NOT NULL DEFAULT ''",
		func(r *T) any { return *field(r) },
		func(r *T, v string) error { *field(r) = v; return nil },
	}
}

// table knows how one layer's rows stand in the city and in the file.
type table interface {
	columns() (names, types []string)
	count(c *grids.City) int
	// row returns the feature and the values of the columns.
	row(c *grids.City, i int) (*grids.Feature, []any)
	// add appends a row; values are text in the order of the columns.
	add(c *grids.City, f grids.Feature, values []string) error
}

// rowsOf is the table of a layer whose rows are of type T.
type rowsOf[T any] struct {
	rows    func(c *grids.City) *[]T
	feature func(*T) *grids.Feature
	cols    []column[T]
}

func (t rowsOf[T]) columns() (names, types []string) {
	for _, c := range t.cols {
		names, types = append(names, c.name), append(types, c.sqlType)
	}
	return names, types
}

func (t rowsOf[T]) count(c *grids.City) int { return len(*t.rows(c)) }

func (t rowsOf[T]) row(c *grids.City, i int) (*grids.Feature, []any) {
	r := &(*t.rows(c))[i]
	values := make([]any, len(t.cols))
	for k, col := range t.cols {
		values[k] = col.get(r)
	}
	return t.feature(r), values
}

func (t rowsOf[T]) add(c *grids.City, f grids.Feature, values []string) error {
	var r T
	*t.feature(&r) = f
	for k, col := range t.cols {
		if err := col.set(&r, values[k]); err != nil {
			return fmt.Errorf("column %s: %w", col.name, err)
		}
	}
	rows := t.rows(c)
	*rows = append(*rows, r)
	return nil
}

// tableOf returns the table of a layer.
func tableOf(l grids.Layer) table {
	switch l {
	case grids.Districts:
		return rowsOf[grids.District]{
			func(c *grids.City) *[]grids.District { return &c.Districts },
			func(r *grids.District) *grids.Feature { return &r.Feature },
			[]column[grids.District]{text("parent", func(r *grids.District) *string { return &r.Parent })},
		}
	case grids.Streets:
		return rowsOf[grids.Street]{
			func(c *grids.City) *[]grids.Street { return &c.Streets },
			func(r *grids.Street) *grids.Feature { return &r.Feature },
			[]column[grids.Street]{text("parent", func(r *grids.Street) *string { return &r.Parent })},
		}
	case grids.Communities:
		return rowsOf[grids.Community]{
			func(c *grids.City) *[]grids.Community { return &c.Communities },
			func(r *grids.Community) *grids.Feature { return &r.Feature },
			[]column[grids.Community]{text("parent", func(r *grids.Community) *string { return &r.Parent })},
		}
	case grids.Zones:
		return zoneTable()
	case grids.Cells:
		return cellTable()
	case grids.Components:
		return componentTable()
	case grids.Addresses:
		return addressTable()
	case grids.Resources:
		return resourceTable()
	case grids.OwnershipAreas:
		return ownershipTable()
	}
	return baseTable(l)
}

// baseTable is the table of one background layer: they share a map.
type baseTable grids.Layer

func (t baseTable) columns() (names, types []string) {
	return []string{"class"}, []string{"TEXT NOT NULL DEFAULT ''"}
}

func (t baseTable) count(c *grids.City) int { return len(c.Base[grids.Layer(t)]) }

func (t baseTable) row(c *grids.City, i int) (*grids.Feature, []any) {
	b := &c.Base[grids.Layer(t)][i]
	return &b.Feature, []any{b.Class}
}

func (t baseTable) add(c *grids.City, f grids.Feature, values []string) error {
	if c.Base == nil {
		c.Base = map[grids.Layer][]grids.Base{}
	}
	l := grids.Layer(t)
	c.Base[l] = append(c.Base[l], grids.Base{Feature: f, Class: values[0]})
	return nil
}

func zoneTable() table {
	return rowsOf[grids.Zone]{
		func(c *grids.City) *[]grids.Zone { return &c.Zones },
		func(r *grids.Zone) *grids.Feature { return &r.Feature },
		[]column[grids.Zone]{
			text("street", func(r *grids.Zone) *string { return &r.Street }),
			text("unit", func(r *grids.Zone) *string { return &r.Unit }),
			text("staff", func(r *grids.Zone) *string { return &r.Staff }),
			{
				"on_duty", "BOOLEAN NOT NULL DEFAULT 0",
				func(r *grids.Zone) any { return r.OnDuty },
				func(r *grids.Zone, v string) error { r.OnDuty = v == "1" || v == "true"; return nil },
			},
		},
	}
}

func cellTable() table {
	return rowsOf[grids.Cell]{
		func(c *grids.City) *[]grids.Cell { return &c.Cells },
		func(r *grids.Cell) *grids.Feature { return &r.Feature },
		[]column[grids.Cell]{
			text("community", func(r *grids.Cell) *string { return &r.Community }),
			text("zone", func(r *grids.Cell) *string { return &r.Zone }),
			{
				"area_m2", "REAL",
				func(r *grids.Cell) any { return r.AreaM2 },
				func(r *grids.Cell, v string) (err error) { r.AreaM2, err = number(v); return err },
			},
			text("land_use", func(r *grids.Cell) *string { return &r.LandUse }),
		},
	}
}

func componentTable() table {
	type row = grids.Component
	return rowsOf[row]{
		func(c *grids.City) *[]row { return &c.Components },
		func(r *row) *grids.Feature { return &r.Feature },
		[]column[row]{
			text("category", func(r *row) *string { return &r.Category }),
			text("state", func(r *row) *string { return &r.State }),
			text("accuracy_class", func(r *row) *string { return &r.AccuracyClass }),
			text("cell", func(r *row) *string { return &r.Cell }),
			text("owner", func(r *row) *string { return &r.Owner }),
			text("maintainer", func(r *row) *string { return &r.Maintainer }),
			text("authority", func(r *row) *string { return &r.Authority }),
			text("source", func(r *row) *string { return &r.Source }),
			text("placed_on", func(r *row) *string { return &r.PlacedOn }),
			text("changed_on", func(r *row) *string { return &r.ChangedOn }),
		},
	}
}

func addressTable() table {
	type row = grids.Address
	return rowsOf[row]{
		func(c *grids.City) *[]row { return &c.Addresses },
		func(r *row) *grids.Feature { return &r.Feature },
		[]column[row]{
			text("kind", func(r *row) *string { return &r.Kind }),
			text("full", func(r *row) *string { return &r.Full }),
			text("pinyin", func(r *row) *string { return &r.Pinyin }),
		},
	}
}

func resourceTable() table {
	type row = grids.Resource
	return rowsOf[row]{
		func(c *grids.City) *[]row { return &c.Resources },
		func(r *row) *grids.Feature { return &r.Feature },
		[]column[row]{
			text("kind", func(r *row) *string { return &r.Kind }),
			text("unit", func(r *row) *string { return &r.Unit }),
			text("state", func(r *row) *string { return &r.State }),
			{
				"moved_at", "TEXT",
				func(r *row) any { return timeText(r.MovedAt) },
				func(r *row, v string) (err error) { r.MovedAt, err = readTime(v); return err },
			},
		},
	}
}

func ownershipTable() table {
	type row = grids.OwnershipArea
	return rowsOf[row]{
		func(c *grids.City) *[]row { return &c.OwnershipAreas },
		func(r *row) *grids.Feature { return &r.Feature },
		[]column[row]{
			text("category", func(r *row) *string { return &r.Category }),
			text("unit", func(r *row) *string { return &r.Unit }),
			text("evidence", func(r *row) *string { return &r.Evidence }),
		},
	}
}

func number(v string) (float64, error) {
	if v == "" {
		return 0, nil
	}
	return strconv.ParseFloat(v, 64)
}

// timeText is the stored form of a time, nil for none.
func timeText(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Format(time.RFC3339Nano) // fractions of a second only where there are some
}

func readTime(v string) (time.Time, error) {
	if v == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, v)
}
