package stories

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

// Outcome is what came of a step, whoever did it: the engine or a server.
type Outcome struct {
	// Refused is the reason, "" where the event was taken; Allowed then says what
	// may be done instead.
	Refused string
	Allowed []string
	// Alarm is "new" or "note" of an alarm.
	Alarm           string
	State           cases.State
	Unit            string
	DueAt, YellowAt time.Time
	OnTime          bool
	Events          int
}

// Check says what of a step's expectation does not hold.
func (s *Story) Check(st *Step, o *Outcome) error {
	want := strings.Join(st.Want, " ")
	if got := o.words(st.Want, s.Zone); got != want {
		return fmt.Errorf("it is %q, the story says %q", got, want)
	}
	return nil
}

// words tells an outcome in the words that were asked for.
func (o *Outcome) words(asked []string, zone *time.Location) string {
	if o.Refused != "" {
		out := "refused: " + o.Refused
		if slices.Contains(asked, "allowed") {
			out += " allowed " + strings.Join(o.Allowed, ",")
		}
		return out
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return "never"
		}
		return t.In(zone).Format(timeForm)
	}
	out := []string{strings.TrimSpace(o.Alarm + " " + string(o.State))}
	for _, w := range asked {
		switch w {
		case "with":
			out = append(out, "with", cmp.Or(o.Unit, "nobody"))
		case "due":
			out = append(out, "due", at(o.DueAt))
		case "yellow":
			out = append(out, "yellow", at(o.YellowAt))
		case "late", "in":
			out = append(out, map[bool]string{true: "in time", false: "late"}[o.OnTime])
		case "events":
			out = append(out, "events", strconv.Itoa(o.Events))
		}
	}
	return strings.Join(out, " ")
}

// City fills a city with what the story names and the city has not: its units,
// and its conditions.
func (s *Story) City(c *grids.City) {
	for _, u := range s.Units {
		if slices.ContainsFunc(c.Units, func(has grids.Unit) bool { return has.Code == u }) {
			continue
		}
		c.Units = append(c.Units, grids.Unit{FID: int64(len(c.Units) + 1), Code: u, Name: u})
	}
	c.Conditions, c.TimeZone = s.limits, s.Zone
}

// Clock returns the story's clock, nil where it has none.
func (s *Story) Clock() (cases.Clock, error) {
	if len(s.limits) == 0 {
		if s.hours == 0 {
			return nil, nil
		}
		return plainClock{time.Duration(s.hours) * time.Hour}, nil
	}
	calendar, err := clock.ForCity(&grids.Profile{TimeZone: s.Zone}, nil)
	if err != nil {
		return nil, err
	}
	table, err := clock.NewTable(grids.SchemeGB2013, s.limits)
	return &cases.TableClock{Calendar: calendar, Table: table}, err
}

// plainClock gives each dispatch the same time, by day and night.
type plainClock struct{ limit time.Duration }

// Due implements [cases.Clock].
func (p plainClock) Due(before *cases.Case, e *cases.Event) (cases.Deadline, error) {
	switch e.Kind {
	case cases.Extend:
		return cases.Deadline{DueAt: before.DueAt.Add(p.limit)}, nil
	case cases.Resume:
		if before.DueAt.IsZero() {
			return cases.Deadline{}, nil
		}
		return cases.Deadline{DueAt: before.DueAt.Add(e.At.Sub(before.HeldAt))}, nil
	}
	return cases.Deadline{DueAt: e.At.Add(p.limit)}, nil
}
