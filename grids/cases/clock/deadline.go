package clock

import (
	"fmt"
	"time"
)

// Due is by when something must be done.
type Due struct {
	// At is a whole second in the city's time zone. Zero when it cannot be
	// known: the clock is held without a date.
	At time.Time
	// CalendarMissing says that working time was counted in a year of which
	// only weekends are known: the real due time is likely to be later.
	CalendarMissing bool
}

// Deadline returns when a limit that starts at an instant is used up, to the
// second. The error is [ErrRange] or says what is wrong with the limit.
func (c *Calendar) Deadline(start time.Time, l Limit) (Due, error) {
	need, err := l.Seconds()
	if err != nil {
		return Due{}, err
	}
	from, err := instant(start)
	if err != nil {
		return Due{}, err
	}
	to, ok := c.after(from, need, l.Unit.Working())
	if !ok {
		return Due{}, fmt.Errorf("%s from %s: the deadline is %w", l, start.Format(time.RFC3339), ErrRange)
	}
	return Due{c.time(to), l.Unit.Working() && c.touchesBlank(from, to)}, nil
}

// Elapsed is the inverse: how much of a unit's time lies between two instants.
// It is negative when they are given in the other order. The error is
// [ErrRange].
func (c *Calendar) Elapsed(from, to time.Time, u Unit) (time.Duration, error) {
	a, err := instant(from)
	if err != nil {
		return 0, err
	}
	b, err := instant(to)
	if err != nil {
		return 0, err
	}
	if u.seconds() == 0 {
		return 0, fmt.Errorf("there is no unit %q; there are %v", u, Units())
	}
	return time.Duration(c.count(a, b, u.Working())) * time.Second, nil
}

// StartOf returns the first instant at which the city's clocks show a date, or
// a later one where they skip it: what is held until a date goes on then.
func (c *Calendar) StartOf(year int, month time.Month, dayOfMonth int) time.Time {
	midnight := time.Date(year, month, dayOfMonth, 0, 0, 0, 0, time.UTC).Unix()
	for p := range c.pieces(midnight-2*day, midnight+2*day) {
		if at := max(p.from, midnight-p.offset); at < p.to {
			return c.time(at)
		}
	}
	return c.time(midnight) // no zone is two days off
}

// instant is a time in whole Unix seconds.
func instant(t time.Time) (int64, error) {
	s := t.Unix()
	if s < epoch || s >= end {
		return 0, fmt.Errorf("the time %s is %w", t.Format(time.RFC3339), ErrRange)
	}
	return s, nil
}

func (c *Calendar) time(s int64) time.Time { return time.Unix(s, 0).In(c.zone) }

// after is when so many seconds have passed from an instant on.
func (c *Calendar) after(from, seconds int64, working bool) (int64, bool) {
	switch {
	case seconds == 0:
		return from, true
	case working:
		return c.whenWorked(c.worked(from) + seconds)
	}
	return from + seconds, from+seconds < end
}

// count is how many seconds passed between two instants.
func (c *Calendar) count(from, to int64, working bool) int64 {
	if working {
		return c.worked(to) - c.worked(from)
	}
	return to - from
}
