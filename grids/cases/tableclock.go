package cases

import (
	"errors"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

// HandleStage is the stage of a city's conditions that a case's own time is taken
// from: how long the unit has to deal with it.
const HandleStage = "handle"

// TableClock is the clock of a city: its calendar and its table of limits.
//
//   - The city's dispatch starts the time, and so does a ruling, which may name
//     another unit. When a district passes a case on, the time runs on.
//   - A case without a condition has the strictest of its class.
//   - What a dispatch started is in the log: holds and extensions go by the limit
//     of then, whatever the table says since.
type TableClock struct {
	Calendar *clock.Calendar
	Table    *clock.Table
}

var _ Clock = (*TableClock)(nil)

// Due implements [Clock].
func (t *TableClock) Due(before *Case, e *Event) (Deadline, error) {
	d, err := t.due(before, e)
	if errors.Is(err, clock.ErrRange) {
		return Deadline{}, nil // no calendar knows when that is
	}
	return d, err
}

func (t *TableClock) due(before *Case, e *Event) (Deadline, error) {
	run := before.Run
	started := run.Limit != (clock.Limit{})
	switch e.Kind {
	case Dispatch, Rule:
		if e.Kind == Dispatch && started && before.State == Dispatched {
			return Deadline{}, nil
		}
		l, ok := t.limit(before.Kind, before.Category, before.Condition, e.At)
		if !ok {
			return Deadline{}, nil
		}
		d, err := t.deadline(clock.Run{Start: e.At, Limit: l})
		d.Limit = l
		return d, err
	case Extend:
		if !started {
			return t.extendUnknown(before)
		}
		run.Extensions++
		return t.deadline(run)
	case Resume:
		if !started {
			return resumeUnknown(before, e.At), nil
		}
		return t.deadline(resumed(run, e.At))
	}
	return Deadline{}, nil
}

// deadline is when a run turns yellow and is due.
func (t *TableClock) deadline(r clock.Run) (Deadline, error) {
	due, err := t.Calendar.Due(r)
	if err != nil {
		return Deadline{}, err
	}
	yellow, err := t.Calendar.Yellow(r)
	return Deadline{YellowAt: yellow.At, DueAt: due.At}, err
}

// limit is the time of a class under a condition, and without one the strictest
// as of an instant.
func (t *TableClock) limit(kind grids.Kind, category, condition string, at time.Time) (best clock.Limit, ok bool) {
	var bestDue time.Time
	for _, c := range t.Table.Of(kind, category) {
		if c.Stage != HandleStage || condition != "" && c.Code != condition {
			continue
		}
		l := clock.Limit{Count: c.Limit, Unit: clock.Unit(c.Unit)}
		due, err := t.Calendar.Deadline(at, l)
		if err == nil && (!ok || due.At.Before(bestDue)) {
			best, bestDue, ok = l, due.At, true
		}
	}
	return best, ok
}

// extendUnknown lengthens the time of a case whose dispatch did not say its
// limit, as bulk history does not: by what the class has now.
func (t *TableClock) extendUnknown(before *Case) (Deadline, error) {
	l, ok := t.limit(before.Kind, before.Category, before.Condition, before.DueAt)
	if !ok || before.DueAt.IsZero() {
		return Deadline{}, nil
	}
	due, err := t.Calendar.Deadline(before.DueAt, l)
	return Deadline{DueAt: due.At}, err
}

// resumeUnknown moves the due time of such a case by how long it was held.
func resumeUnknown(before *Case, at time.Time) Deadline {
	if before.DueAt.IsZero() {
		return Deadline{}
	}
	if !before.HeldUntil.IsZero() && before.HeldUntil.Before(at) {
		at = before.HeldUntil
	}
	d := Deadline{DueAt: before.DueAt.Add(at.Sub(before.HeldAt))}
	if !before.YellowAt.IsZero() {
		d.YellowAt = before.YellowAt.Add(at.Sub(before.HeldAt))
	}
	return d
}
