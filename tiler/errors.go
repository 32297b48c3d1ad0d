package tiler

import (
	"errors"
	"fmt"
)

// What callers branch on; each is wrapped in a [ParamError].
var (
	ErrTileRange     = errors.New("no such tile")
	ErrUnknownLayer  = errors.New("no such layer")
	ErrUnknownColumn = errors.New("no such column")
	ErrTooMany       = errors.New("too many in one request")
)

// ParamError says which part of a tile request is at fault, and why.
type ParamError struct {
	// Param is z, x, y, layers or columns.
	Param string
	// Value is what was given, shortened to maxQuoted bytes.
	Value string
	// Reason says in words what would have been right.
	Reason string
	// Err is one of the sentinels of this package.
	Err error
}

// maxQuoted bounds how much of a caller's text an error repeats.
const maxQuoted = 64

func paramError(param, value, reason string, sentinel error) error {
	if len(value) > maxQuoted {
		value = value[:maxQuoted] + "…"
	}
	return &ParamError{Param: param, Value: value, Reason: reason, Err: sentinel}
}

// Error returns one line for a log or a problem document.
func (e *ParamError) Error() string {
	return fmt.Sprintf("%s %q: %v: %s", e.Param, e.Value, e.Err, e.Reason)
}

// Unwrap returns the sentinel.
func (e *ParamError) Unwrap() error { return e.Err }
