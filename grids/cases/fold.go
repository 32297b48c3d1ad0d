package cases

import (
	"fmt"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

// Fold returns the case that the events make, in the order of their Seq. It asks
// for no rights: those were asked when the events were appended. An error means
// that the log is broken.
func Fold(id ID, events []Event) (*Case, error) {
	c := &Case{Summary: Summary{ID: id}}
	for i := range events {
		e := &events[i]
		if e.Seq != i+1 {
			return nil, fmt.Errorf("case %s: event %d stands at place %d", id, e.Seq, i+1)
		}
		if !slices.Contains(from[e.Kind], c.State) || (e.Kind == Report && e.Report == nil) {
			return nil, fmt.Errorf("case %s: event %d: %s in state %q", id, e.Seq, e.Kind, c.State)
		}
		c.apply(e)
	}
	return c, nil
}

// apply brings an event that may be into the case.
func (c *Case) apply(e *Event) {
	c.Version, c.LastAt = e.Seq, e.At
	switch e.Kind {
	case Report:
		c.begin(e.Report)
	case Register:
		if e.Number != "" {
			c.Number = e.Number
		}
	case Dispatch:
		if e.Level == DistrictLevel {
			c.District = e.Unit
		}
		c.lie(e.Level, e.Unit, e.Members)
		c.start(e)
	case Rule:
		c.District = ""
		c.start(e)
		c.lie(UnitLevel, e.Unit, e.Members)
	case Accept, Handle, Feedback:
		c.handled(e.Actor)
	case Return:
		c.back()
	case Hold:
		c.HeldFrom, c.HeldAt, c.HeldUntil = c.State, e.At, e.Until
		if c.Run.Limit != (clock.Limit{}) {
			c.Run.Pauses = append(slices.Clip(c.Run.Pauses), clock.Pause{From: e.At, Until: e.Until})
		}
	case Resume:
		c.State = c.HeldFrom
		c.Run = resumed(c.Run, e.At)
		c.HeldFrom, c.HeldAt, c.HeldUntil = New, time.Time{}, time.Time{}
	case Extend:
		c.Extensions++
		if c.Run.Limit != (clock.Limit{}) {
			c.Run.Extensions++
		}
	case Urge:
		c.Urges++
	case Close:
		c.ClosedAt = e.At
		c.OnTime = !c.DueAt.IsZero() && !e.At.After(c.DueAt)
	case Void:
		c.ClosedAt = e.At
	case Reopen:
		c.ClosedAt, c.YellowAt, c.DueAt, c.OnTime, c.Extensions = time.Time{}, time.Time{}, time.Time{}, false, 0
		c.Run = clock.Run{}
		c.District = ""
		c.lie(CityLevel, "", nil)
	}
	if s, ok := to[e.Kind]; ok {
		c.State = s
	}
	if !e.DueAt.IsZero() {
		c.DueAt, c.YellowAt = e.DueAt, e.YellowAt
	}
}

// start has the clock run that the event brought, if it brought one.
func (c *Case) start(e *Event) {
	if e.Limit != (clock.Limit{}) {
		c.Run = clock.Run{Start: e.At, Limit: e.Limit}
	}
}

// resumed is the run that goes on from an instant, or from its own date if that
// came before.
func resumed(r clock.Run, at time.Time) clock.Run {
	if n := len(r.Pauses); n > 0 && (r.Pauses[n-1].Until.IsZero() || at.Before(r.Pauses[n-1].Until)) {
		r.Pauses = slices.Clone(r.Pauses)
		r.Pauses[n-1].Until = at
	}
	return r
}

func (c *Case) begin(d *Draft) {
	c.Number, c.Kind, c.Category, c.Condition, c.Source = d.Number, d.Kind, d.Category, d.Condition, d.Source
	c.At, c.Cell, c.Zone, c.Component = d.At, d.Cell, d.Zone, d.Component
	c.ReportedAt, c.AccuracyM, c.Description = d.ReportedAt, d.AccuracyM, d.Description
	c.System, c.ExternalID, c.Attributes = d.System, d.ExternalID, d.Attributes
	c.Level = CityLevel
}

// lie puts the case with a unit.
func (c *Case) lie(l Level, unit string, members []string) {
	c.Level, c.Unit, c.Members = l, unit, members
}

// back gives the case to the level it came from.
func (c *Case) back() {
	if c.Level == UnitLevel && c.District != "" {
		c.lie(DistrictLevel, c.District, nil)
		return
	}
	c.District = ""
	c.lie(CityLevel, "", nil)
}

func (c *Case) handled(a Actor) {
	for _, h := range c.Handled {
		if h.ID == a.ID && h.Unit == a.Unit {
			return
		}
	}
	c.Handled = append(c.Handled, a)
}

// clone copies what apply may change.
func (c *Case) clone() *Case {
	out := *c
	out.Handled = slices.Clip(out.Handled)
	return &out
}

// whole is a time as the log has it: whole seconds in UTC.
func whole(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.Unix(t.Unix(), 0).UTC()
}
