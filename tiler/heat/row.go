package heat

import (
	"errors"
	"fmt"
	"math"

	"github.com/wanmi-gis/wanmi/spatial"
)

// NoCell stands in [Row] where no cell holds the case: it is listed and counted
// as any other, and stays out of densities, which have nowhere to put it.
const NoCell = math.MaxUint32

// Limits of what a row can say.
const (
	MaxSources = 1 << sourceBits
	MaxStates  = 1 << stateBits
	sourceBits = 3
	stateBits  = 5
)

// ErrRow marks a row that the columns cannot hold.
var ErrRow = errors.New("row cannot be held")

// Row is one case as it is told to the columns. Class, Unit, Source and State
// are numbers of the caller's dictionaries, Cell that of its [Areas]. Two kinds
// of case that use the same codes of classes have different numbers for them.
type Row struct {
	// FID is the case's own number, different for each.
	FID uint32
	At  spatial.Coord
	// Time is when it was reported, in seconds since 1970, within 32 bits.
	Time   int64
	Class  uint16
	Unit   uint16
	Cell   uint32
	Source uint8 // below MaxSources
	State  uint8 // below MaxStates
}

// check reports what is wrong with the row, of a city with so many cells.
func (r *Row) check(cells int) error {
	wrong := func(what string, value any) error {
		return fmt.Errorf("case %d: %s %v: %w", r.FID, what, value, ErrRow)
	}
	switch {
	case r.Time < 0 || r.Time > math.MaxUint32:
		return wrong("time in seconds since 1970", r.Time)
	case r.Source >= MaxSources:
		return wrong("source", r.Source)
	case r.State >= MaxStates:
		return wrong("state", r.State)
	case r.Cell != NoCell && r.Cell >= uint32(cells):
		return wrong("cell", r.Cell)
	case r.At.X < -180e7 || r.At.X > 180e7 || r.At.Y < -90e7 || r.At.Y > 90e7:
		return wrong("position", r.At)
	}
	return nil
}

// tags are the source and the state in one byte.
func (r *Row) tags() uint8 { return r.Source<<stateBits | r.State }
