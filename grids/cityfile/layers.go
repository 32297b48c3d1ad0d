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

// textColumn and realColumn are SQL types that loading tells apart.
const (
	textColumn = "TEXT NOT NULL DEFAULT ''"
	realColumn = "REAL"
)

// text is a column for a string field.
func text[T any](name string, field func(*T) *string) column[T] {
	return column[T]{
		name, textColumn,
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
	// reserve makes room for n rows.
	reserve(c *grids.City, n int)
	// add appends a row; values are text in the order of the columns.
	add(c *grids.City, f *grids.Feature, values []string) error
}

// rowsOf is the table of a layer whose rows are of type T.
type rowsOf[T any] struct {
	rows    func(c *grids.City) *[]T
	feature func(*T) *grids.Feature
	cols    []column[T]
	// finish, where there is one, ends a row whose columns are set.
	finish func(*T)
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

func (t rowsOf[T]) reserve(c *grids.City, n int) { *t.rows(c) = make([]T, 0, n) }

func (t rowsOf[T]) add(c *grids.City, f *grids.Feature, values []string) error {
	var none T
	rows := t.rows(c)
	*rows = append(*rows, none)
	r := &(*rows)[len(*rows)-1]
	*t.feature(r) = *f
	for k := range t.cols {
		if err := t.cols[k].set(r, values[k]); err != nil {
			return fmt.Errorf("column %s: %w", t.cols[k].name, err)
		}
	}
	if t.finish != nil {
		t.finish(r)
	}
	return nil
}

// tableOf returns the table of a layer.
func tableOf(l grids.Layer) table {
	switch l {
	case grids.Districts:
		return rowsOf[grids.District]{
			rows:    func(c *grids.City) *[]grids.District { return &c.Districts },
			feature: func(r *grids.District) *grids.Feature { return &r.Feature },
			cols:    []column[grids.District]{text("parent", func(r *grids.District) *string { return &r.Parent })},
		}
	case grids.Streets:
		return rowsOf[grids.Street]{
			rows:    func(c *grids.City) *[]grids.Street { return &c.Streets },
			feature: func(r *grids.Street) *grids.Feature { return &r.Feature },
			cols:    []column[grids.Street]{text("parent", func(r *grids.Street) *string { return &r.Parent })},
		}
	case grids.Communities:
		return rowsOf[grids.Community]{
			rows:    func(c *grids.City) *[]grids.Community { return &c.Communities },
			feature: func(r *grids.Community) *grids.Feature { return &r.Feature },
			cols:    []column[grids.Community]{text("parent", func(r *grids.Community) *string { return &r.Parent })},
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
	return []string{"class"}, []string{textColumn}
}

func (t baseTable) count(c *grids.City) int { return len(c.Base[grids.Layer(t)]) }

func (t baseTable) row(c *grids.City, i int) (*grids.Feature, []any) {
	b := &c.Base[grids.Layer(t)][i]
	return &b.Feature, []any{b.Class}
}

func (t baseTable) reserve(c *grids.City, n int) {
	if c.Base == nil {
		c.Base = map[grids.Layer][]grids.Base{}
	}
	c.Base[grids.Layer(t)] = make([]grids.Base, 0, n)
}

func (t baseTable) add(c *grids.City, f *grids.Feature, values []string) error {
	l := grids.Layer(t)
	c.Base[l] = append(c.Base[l], grids.Base{Feature: *f, Class: values[0]})
	return nil
}

func zoneTable() table {
	return rowsOf[grids.Zone]{
		rows:    func(c *grids.City) *[]grids.Zone { return &c.Zones },
		feature: func(r *grids.Zone) *grids.Feature { return &r.Feature },
		cols: []column[grids.Zone]{
			text("street", func(r *grids.Zone) *string { return &r.Street }),
			text("unit", func(r *grids.Zone) *string { return &r.Unit }),
			text("staff", func(r *grids.Zone) *string { return &r.Staff }),
			{
				"on_duty", "BOOLEAN NOT NULL DEFAULT 0",
				func(r *grids.Zone) any { return r.OnDuty },
				func(r *grids.Zone, v string) error { r.OnDuty = truth(v); return nil },
			},
		},
	}
}

func cellTable() table {
	return rowsOf[grids.Cell]{
		rows:    func(c *grids.City) *[]grids.Cell { return &c.Cells },
		feature: func(r *grids.Cell) *grids.Feature { return &r.Feature },
		cols: []column[grids.Cell]{
			text("community", func(r *grids.Cell) *string { return &r.Community }),
			text("zone", func(r *grids.Cell) *string { return &r.Zone }),
			{
				"area_m2", realColumn,
				func(r *grids.Cell) any { return r.AreaM2 },
				func(r *grids.Cell, v string) (err error) { r.AreaM2, err = number(v); return err },
			},
			text("land_use", func(r *grids.Cell) *string { return &r.LandUse }),
		},
	}
}

func componentTable() table {
	type row = grids.Component
	type traits = grids.ComponentTraits
	var next traits // of the row whose columns are being set
	var shared grids.TraitTable
	trait := func(name string, field func(*traits) *string) column[row] {
		return column[row]{
			name, textColumn,
			func(r *row) any {
				if r.ComponentTraits == nil {
					return ""
				}
				return *field(r.ComponentTraits)
			},
			func(_ *row, v string) error { *field(&next) = v; return nil },
		}
	}
	return rowsOf[row]{
		rows:    func(c *grids.City) *[]row { return &c.Components },
		feature: func(r *row) *grids.Feature { return &r.Feature },
		cols: []column[row]{
			trait("category", func(t *traits) *string { return &t.Category }),
			trait("state", func(t *traits) *string { return &t.State }),
			trait("accuracy_class", func(t *traits) *string { return &t.AccuracyClass }),
			text("cell", func(r *row) *string { return &r.Cell }),
			trait("owner", func(t *traits) *string { return &t.Owner }),
			trait("maintainer", func(t *traits) *string { return &t.Maintainer }),
			trait("authority", func(t *traits) *string { return &t.Authority }),
			trait("source", func(t *traits) *string { return &t.Source }),
			text("placed_on", func(r *row) *string { return &r.PlacedOn }),
			text("changed_on", func(r *row) *string { return &r.ChangedOn }),
		},
		finish: func(r *row) { r.ComponentTraits = shared.Share(next) },
	}
}

func addressTable() table {
	type row = grids.Address
	return rowsOf[row]{
		rows:    func(c *grids.City) *[]row { return &c.Addresses },
		feature: func(r *row) *grids.Feature { return &r.Feature },
		cols: []column[row]{
			text("kind", func(r *row) *string { return &r.Kind }),
			text("full", func(r *row) *string { return &r.Full }),
			text("pinyin", func(r *row) *string { return &r.Pinyin }),
		},
	}
}

func resourceTable() table {
	type row = grids.Resource
	return rowsOf[row]{
		rows:    func(c *grids.City) *[]row { return &c.Resources },
		feature: func(r *row) *grids.Feature { return &r.Feature },
		cols: []column[row]{
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
		rows:    func(c *grids.City) *[]row { return &c.OwnershipAreas },
		feature: func(r *row) *grids.Feature { return &r.Feature },
		cols: []column[row]{
			text("category", func(r *row) *string { return &r.Category }),
			text("unit", func(r *row) *string { return &r.Unit }),
			text("evidence", func(r *row) *string { return &r.Evidence }),
		},
	}
}

// truth is what SQLite programs write into a BOOLEAN column.
func truth(v string) bool {
	n, err := strconv.ParseInt(v, 10, 64)
	return n > 0 || (err != nil && v == "true")
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

// momentText is the stored form of a moment, nil for none.
func momentText(m grids.Moment, zone *time.Location) any { return timeText(m.In(zone)) }

func readTime(v string) (time.Time, error) {
	if v == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, v)
}
