package cases

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/wanmi-gis/wanmi/grids"
)

// codes turns the city's codes into the numbers of their rows and back.
type codes struct{ scheme string }

// numberOf returns the row of a code, the one that holds latest: nil for "".
func (codes) numberOf(ctx context.Context, tx *sql.Tx, field string, layer grids.Layer, code string) (any, error) {
	if code == "" {
		return nil, nil
	}
	var fid int64
	err := tx.QueryRowContext(ctx, "SELECT fid FROM "+string(layer)+" WHERE code = ? ORDER BY coalesce(valid_from, '') DESC LIMIT 1", code).Scan(&fid)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, unknown(field, code, "the city has no such code in "+string(layer))
	}
	return fid, err
}

// category returns the row of a minor of the city's scheme.
func (c codes) category(ctx context.Context, tx *sql.Tx, kind grids.Kind, code string) (id int64, err error) {
	var major string
	err = tx.QueryRowContext(ctx, "SELECT id, major FROM categories WHERE scheme = ? AND kind = ? AND code = ?",
		c.scheme, string(kind), code).Scan(&id, &major)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, unknown("category", code, "no "+string(kind)+" category of the city's scheme "+c.scheme)
	case err == nil && major == "":
		return 0, unknown("category", code, "a major; a case has a minor")
	}
	return id, err
}

// condition looks whether the category has the condition, in a city that has a
// table of them.
func (c codes) condition(ctx context.Context, tx *sql.Tx, d *Draft) error {
	if d.Condition == "" {
		return nil
	}
	var listed, found bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM conditions WHERE scheme = ?1),
		EXISTS (SELECT 1 FROM conditions WHERE scheme = ?1 AND kind = ?2 AND minor = ?3 AND code = ?4)`,
		c.scheme, string(d.Kind), d.Category, d.Condition).Scan(&listed, &found); err != nil {
		return err
	}
	if listed && !found {
		return unknown("condition", d.Condition, fmt.Sprintf("%s %s has no such condition", d.Kind, d.Category))
	}
	return nil
}

// Numbers of words in the file: case_words has the same.

func kindNumber(k grids.Kind) int64 {
	if k == grids.EventKind {
		return 1
	}
	return 0
}

func kindOf(n int64) grids.Kind {
	if n == 1 {
		return grids.EventKind
	}
	return grids.ComponentKind
}

func stateNumber(s State) int64   { return int64(slices.Index(states[:], s) + 1) }
func sourceNumber(s Source) int64 { return int64(slices.Index(sources[:], s) + 1) }

func stateOf(n int64) (State, error) {
	if n < 1 || n > int64(len(states)) {
		return New, fmt.Errorf("state number %d", n)
	}
	return states[n-1], nil
}

func sourceOf(n int64) (Source, error) {
	if n < 1 || n > int64(len(sources)) {
		return "", fmt.Errorf("source number %d", n)
	}
	return sources[n-1], nil
}

// codeOf is SQL for the code of a row that is or was in a layer.
func codeOf(layer grids.Layer, column string) string {
	return fmt.Sprintf(`coalesce((SELECT code FROM %[1]s WHERE fid = c.%[2]s), (SELECT code FROM retired_code WHERE layer = '%[1]s' AND fid = c.%[2]s), '')`, layer, column)
}
