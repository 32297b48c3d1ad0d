package heat

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
)

// ErrTooManyCodes is returned by [Dictionary.Intern] when all numbers are given.
var ErrTooManyCodes = errors.New("more codes than a column has numbers")

// Dictionary gives codes (of classes, of units) the numbers by which columns
// keep them, in the order in which they come. A number once given stays.
// Safe for concurrent use; the zero value is empty.
type Dictionary struct {
	mu    sync.RWMutex
	codes []string
	index map[string]uint16
}

// Intern returns the number of the code, a new one where it has none.
func (d *Dictionary) Intern(code string) (uint16, error) {
	if n, ok := d.Number(code); ok {
		return n, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if n, ok := d.index[code]; ok {
		return n, nil
	}
	if len(d.codes) > math.MaxUint16 {
		return 0, fmt.Errorf("code %q: %w", code, ErrTooManyCodes)
	}
	if d.index == nil {
		d.index = make(map[string]uint16)
	}
	n := uint16(len(d.codes))
	d.codes, d.index[code] = append(d.codes, code), n
	return n, nil
}

// Number returns the number of the code, if it has one.
func (d *Dictionary) Number(code string) (n uint16, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	n, ok = d.index[code]
	return n, ok
}

// Codes returns all codes by their numbers; not to be changed.
func (d *Dictionary) Codes() []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Clip(d.codes)
}
