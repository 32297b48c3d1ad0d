package web

import (
	"errors"
	"strconv"
	"time"
)

// Coordinate reads the number in a parameter.
func Coordinate(p *Params, name string) (float64, error) {
	text := p.Get(name)
	if text == "" {
		return 0, Refuse(name, "", "the parameter is missing", ErrMalformed)
	}
	v, ok := ParseNumber(text)
	if !ok {
		return 0, Refuse(name, text, "not a number", ErrMalformed)
	}
	return v, nil
}

// ParseNumber reads a number. One too large for a float64 is infinite, and that and
// what strconv takes for NaN is refused by the coordinate system's own check.
func ParseNumber(text string) (v float64, ok bool) {
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil || errors.Is(err, strconv.ErrRange)
}

// Instant reads a time, or a day in the city's zone.
func Instant(name, text string, zone *time.Location) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		if t, err = time.ParseInLocation(time.DateOnly, text, zone); err != nil {
			return t, Refuse(name, text, "write 2026-01-31 or RFC 3339", ErrMalformed)
		}
	}
	if y := t.UTC().Year(); y < 1 || y > 9998 {
		return t, Refuse(name, text, "a year from 1 to 9998", ErrMalformed)
	}
	return t, nil
}
