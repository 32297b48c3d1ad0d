package clock

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Unit is what a limit is counted in.
type Unit string

// The units of limits. Working ones stop outside working hours, the others
// never do.
const (
	UrgentHour Unit = "urgent_hour" // 紧急工作时
	UrgentDay  Unit = "urgent_day"  // 紧急日, 24 urgent hours
	WorkHour   Unit = "work_hour"   // 工作时
	WorkDay    Unit = "work_day"    // 工作日, 8 working hours
	NaturalDay Unit = "natural_day" // 自然日, 24 hours
)

// Units lists them.
func Units() []Unit { return []Unit{UrgentHour, UrgentDay, WorkHour, WorkDay, NaturalDay} }

const (
	hour       = 3_600
	day        = 24 * hour
	workingDay = 8 * hour
)

// seconds is how long one of the unit is, 0 for what is no unit.
func (u Unit) seconds() int64 {
	switch u {
	case UrgentHour, WorkHour:
		return hour
	case UrgentDay, NaturalDay:
		return day
	case WorkDay:
		return workingDay
	}
	return 0
}

// Working tells whether the unit counts only in working hours.
func (u Unit) Working() bool { return u == WorkHour || u == WorkDay }

// maxLimitSeconds bounds a limit: ten years without a break, or 36 of working.
const maxLimitSeconds = 10 * 366 * day

// Limit is how long something may take. It is a value to be stored with what it
// was given to; its text is as "2 work_day".
type Limit struct {
	// Count may have a fraction that makes whole seconds.
	Count float64
	Unit  Unit
}

// Seconds returns the limit's length in seconds of its unit's clock, or what is
// wrong with it.
func (l Limit) Seconds() (int64, error) {
	unit := l.Unit.seconds()
	if unit == 0 {
		return 0, fmt.Errorf("limit %s: there is no unit %q; there are %v", l, l.Unit, Units())
	}
	s := l.Count * float64(unit)
	if !(s >= 0 && s <= maxLimitSeconds) { // also false for NaN
		return 0, fmt.Errorf("limit %s: a limit is 0 to %d %s", l, maxLimitSeconds/unit, l.Unit)
	}
	// A decimal fraction is not exact: 0.1 of an hour may miss 360 s by 1e-13.
	whole := math.Round(s)
	if math.Abs(s-whole) > 1e-6 {
		return 0, fmt.Errorf("limit %s: %g s are no whole seconds", l, s)
	}
	return int64(whole), nil
}

// String returns the limit as [ParseLimit] reads it.
func (l Limit) String() string {
	return strconv.FormatFloat(l.Count, 'f', -1, 64) + " " + string(l.Unit)
}

// maxLimitText is longer than any limit that is written by people.
const maxLimitText = 40

// ParseLimit reads "2 work_day": a number without sign or exponent, one space,
// a unit.
func ParseLimit(text string) (Limit, error) {
	if len(text) > maxLimitText {
		return Limit{}, fmt.Errorf("limit of %d bytes: at most %d", len(text), maxLimitText)
	}
	count, unit, ok := strings.Cut(text, " ")
	if !ok || count == "" || strings.Trim(count, "0123456789.") != "" {
		return Limit{}, fmt.Errorf("limit %q: not a number and a unit as in %q", text, Limit{2, WorkDay})
	}
	n, err := strconv.ParseFloat(count, 64)
	if err != nil {
		return Limit{}, fmt.Errorf("limit %q: %q is no number", text, count)
	}
	l := Limit{n, Unit(unit)}
	if _, err := l.Seconds(); err != nil {
		return Limit{}, err
	}
	return l, nil
}

// MarshalText writes the limit as its text.
func (l Limit) MarshalText() ([]byte, error) {
	if _, err := l.Seconds(); err != nil {
		return nil, err
	}
	return []byte(l.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (l *Limit) UnmarshalText(text []byte) (err error) {
	*l, err = ParseLimit(string(text))
	return err
}
