package clock

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// Why a case has no limit.
var (
	// ErrCategory is a minor category for which there is no condition at all.
	ErrCategory = errors.New("the category has no conditions")
	// ErrCondition is a condition or stage that the category does not have.
	ErrCondition = errors.New("the category has no such condition")
)

// Table finds the limits of a city's conditions. It never changes: another
// state of the table is another Table.
type Table struct {
	limits map[key]Limit
	rows   map[minor][]grids.Condition // by code, then stage
}

type minor struct {
	kind grids.Kind
	code string
}

type key struct {
	minor
	condition, stage string
}

// NewTable indexes the conditions of one scheme; those of others are left out.
// All faults are in the error: a limit that is none, a condition given twice
// for a stage.
func NewTable(scheme string, all []grids.Condition) (*Table, error) {
	t := &Table{limits: map[key]Limit{}, rows: map[minor][]grids.Condition{}}
	var faults []error
	for _, c := range all {
		if c.Scheme != scheme {
			continue
		}
		m := minor{c.Kind, c.Minor}
		k, l := key{m, c.Code, c.Stage}, Limit{c.Limit, Unit(c.Unit)}
		_, err := l.Seconds()
		if _, twice := t.limits[k]; twice {
			err = errors.New("it is given twice")
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("condition %s %s %q stage %q: %w", c.Kind, c.Minor, c.Code, c.Stage, err))
			continue
		}
		t.limits[k] = l
		t.rows[m] = append(t.rows[m], c)
	}
	for _, rows := range t.rows {
		slices.SortFunc(rows, func(a, b grids.Condition) int {
			return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Stage, b.Stage))
		})
	}
	return t, errors.Join(faults...)
}

// Of lists the conditions of a minor category by code and stage. Not to be
// changed.
func (t *Table) Of(kind grids.Kind, code string) []grids.Condition { return t.rows[minor{kind, code}] }

// Limit returns how long a stage may take under a condition of a minor
// category. The error is [ErrCategory] or [ErrCondition].
func (t *Table) Limit(kind grids.Kind, category, condition, stage string) (Limit, error) {
	m := minor{kind, category}
	if l, ok := t.limits[key{m, condition, stage}]; ok {
		return l, nil
	}
	if len(t.rows[m]) == 0 {
		return Limit{}, fmt.Errorf("%s %s: %w", kind, category, ErrCategory)
	}
	return Limit{}, fmt.Errorf("%s %s condition %q, stage %q: %w", kind, category, condition, stage, ErrCondition)
}

// Start starts the clock of a stage, with the limit as it is now. The errors
// are those of [Table.Limit].
func (t *Table) Start(kind grids.Kind, category, condition, stage string, at time.Time) (Run, error) {
	l, err := t.Limit(kind, category, condition, stage)
	if err != nil {
		return Run{}, err
	}
	return Run{Start: at, Limit: l}, nil
}
