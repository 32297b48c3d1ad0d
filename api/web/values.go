package web

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
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

// Instant reads a time (RFC 3339), or a day in a time zone.
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

// maxRepeats is how many names a list in a URL may have with repetitions.
const maxRepeats = 200

// List splits a comma list and drops repetitions, so that one name many times
// is one name's work.
func List(param, text string) ([]string, error) {
	if strings.Count(text, ",") >= maxRepeats {
		return nil, Refuse(param, "", fmt.Sprintf("at most %d names, with repetitions %d", MaxNames, maxRepeats), ErrTooMany)
	}
	var names []string
	for name := range strings.SplitSeq(text, ",") {
		if slices.Contains(names, name) {
			continue
		}
		if len(names) == MaxNames {
			return nil, Refuse(param, "", fmt.Sprintf("at most %d names", MaxNames), ErrTooMany)
		}
		names = append(names, name)
	}
	return names, nil
}
