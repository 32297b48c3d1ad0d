package clock

import (
	"fmt"
	"time"
)

// Lamp is the colour that shows how a run stands.
type Lamp string

// The lamps: up to 80 % of the limit used, up to the due time, after it.
const (
	Green  Lamp = "green"
	Yellow Lamp = "yellow"
	Red    Lamp = "red"
)

// Standing is how a run stands at an instant.
type Standing struct {
	Due
	// Total is the limit with its extensions and Used what of it is used, in
	// time of the limit's unit: a working day is 8 hours. Left is negative
	// after the due time.
	Total, Used, Left time.Duration
	Lamp              Lamp
	// Held says that the clock stands still.
	Held bool
	// Urged is how often it was urged until then.
	Urged int
}

// Due returns by when a run is due. Its time is zero where the run is held
// without a date before its limit is used up.
func (c *Calendar) Due(r Run) (Due, error) {
	total, err := r.total()
	if err != nil {
		return Due{}, fmt.Errorf("due time: %w", err)
	}
	return c.usedUp(&r, total)
}

// Yellow returns when the lamp of a run turns yellow: the first instant at which
// 80 % of its time are used up, to the second below. Its time is zero where the
// run is held without a date before that.
func (c *Calendar) Yellow(r Run) (Due, error) {
	total, err := r.total()
	if err != nil {
		return Due{}, fmt.Errorf("yellow time: %w", err)
	}
	return c.usedUp(&r, total*4/5)
}

// usedUp returns the first instant at which so many seconds of a run are used up.
func (c *Calendar) usedUp(r *Run, left int64) (Due, error) {
	var due Due
	working, beyond := r.Limit.Unit.Working(), false
	err := r.stretches(func(s stretch) bool {
		if used := c.count(s.from, s.to, working); !s.open && used < left {
			left -= used
			due.CalendarMissing = due.CalendarMissing || working && c.touchesBlank(s.from, s.to)
			return true
		}
		at, ok := c.after(s.from, left, working)
		if beyond = !ok; ok {
			due.At = c.time(at)
			due.CalendarMissing = due.CalendarMissing || working && c.touchesBlank(s.from, at)
		}
		return false
	})
	if err == nil && beyond {
		err = ErrRange
	}
	if err != nil {
		return Due{}, fmt.Errorf("due time of %s from %s: %w", r.Limit, r.Start.Format(time.RFC3339), err)
	}
	return due, nil
}

// used is how much of a run's time has passed at an instant.
func (c *Calendar) used(r *Run, now int64) (used int64, err error) {
	err = r.stretches(func(s stretch) bool {
		if s.from < now {
			used += c.count(s.from, min(s.to, now), r.Limit.Unit.Working())
		}
		return s.to < now
	})
	return used, err
}

// Standing returns how a run stands at an instant; for a closed case that is
// when it was closed.
func (c *Calendar) Standing(r Run, at time.Time) (Standing, error) {
	due, err := c.Due(r)
	if err != nil {
		return Standing{}, err
	}
	now, err := instant(at)
	if err != nil {
		return Standing{}, err
	}
	used, err := c.used(&r, now)
	if err != nil {
		return Standing{}, err
	}
	total, err := r.total()
	if err != nil {
		return Standing{}, err
	}
	s := Standing{
		Due: due, Total: time.Duration(total) * time.Second, Used: time.Duration(used) * time.Second,
		Left: time.Duration(total-used) * time.Second, Held: r.HeldAt(at), Lamp: Green,
	}
	switch {
	case !due.At.IsZero() && now > due.At.Unix():
		s.Lamp = Red
	case used*5 > total*4:
		s.Lamp = Yellow
	}
	for _, u := range r.Urged {
		if !u.After(at) {
			s.Urged++
		}
	}
	return s, nil
}
