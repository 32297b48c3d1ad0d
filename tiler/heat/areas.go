package heat

import (
	"errors"
	"fmt"
)

// Level is a level of a city's division.
type Level uint8

// The levels, from a cell up.
const (
	Cells Level = iota
	Zones
	Communities
	Streets
	Districts
	levels
)

// ErrArea marks an area that the city does not have.
var ErrArea = errors.New("no such area")

// Chain has the codes of a cell and of the areas it lies in, by level; "" where
// it lies in none.
type Chain [levels]string

// Areas tells of each cell which areas it lies in. Cells are numbered as they
// were given; those of the other levels as they first appear. Immutable.
type Areas struct {
	codes  [levels][]string
	number [levels]map[string]int32
	of     [levels][]int32 // by cell; none is -1
}

// NewAreas makes the table; chain i is that of cell i.
func NewAreas(chains []Chain) (*Areas, error) {
	a := &Areas{}
	for l := range levels {
		a.number[l] = make(map[string]int32)
		a.of[l] = make([]int32, len(chains))
	}
	for i := range chains {
		for l, code := range chains[i] {
			n, known := a.number[l][code]
			switch {
			case code == "" && Level(l) == Cells:
				return nil, fmt.Errorf("cell %d has no code: %w", i, ErrArea)
			case known && Level(l) == Cells:
				return nil, fmt.Errorf("cell %s stands twice: %w", code, ErrArea)
			case code == "":
				n = -1
			case !known:
				n = int32(len(a.codes[l]))
				a.codes[l], a.number[l][code] = append(a.codes[l], code), n
			}
			a.of[l][i] = n
		}
	}
	return a, nil
}

// Codes returns the codes of a level by their numbers; not to be changed.
func (a *Areas) Codes(l Level) []string { return a.codes[l] }

// Number returns the number of an area.
func (a *Areas) Number(l Level, code string) (n int32, ok bool) {
	n, ok = a.number[l][code]
	return n, ok
}

// Of returns the area of the level that a cell lies in, -1 for none.
func (a *Areas) Of(l Level, cell uint32) int32 {
	if cell >= uint32(len(a.of[l])) {
		return -1
	}
	return a.of[l][cell]
}

// Fold adds up counts by cell to counts by area of a level. What lies in no area
// of the level is in rest.
func (a *Areas) Fold(l Level, byCell []int64) (byArea []int64, rest int64) {
	byArea = make([]int64, len(a.codes[l]))
	for cell, n := range byCell {
		if area := a.Of(l, uint32(cell)); area >= 0 {
			byArea[area] += n
		} else {
			rest += n
		}
	}
	return byArea, rest
}
