package api

import (
	"time"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

// CaseDeadline is how long a stage of a case may take, from now.
type CaseDeadline struct {
	Condition string    `json:"condition"`
	Text      string    `json:"text,omitempty" doc:"The condition in words"`
	Stage     string    `json:"stage"`
	Limit     string    `json:"limit" doc:"As in 4 work_hour: urgent_hour, urgent_day, work_hour, work_day, natural_day"`
	From      time.Time `json:"from"`
	YellowAt  time.Time `json:"yellow_at" doc:"When 80 % of the time are used up"`
	DueAt     time.Time `json:"due_at"`
	Calendar  string    `json:"calendar,omitempty" enum:"missing" doc:"missing: it reaches into a year of which only weekends are known"`
}

// CaseMatch is a case that a report may repeat.
type CaseMatch struct {
	ID            string      `json:"id"`
	Number        string      `json:"number,omitempty"`
	State         cases.State `json:"state"`
	DistanceM     web.Metres  `json:"distance_m"`
	SameComponent bool        `json:"same_component"`
	ReportedAt    time.Time   `json:"reported_at"`
	ClosedAt      *time.Time  `json:"closed_at,omitempty"`
}

// deadlines are those of a class from an instant on, of all its conditions where
// none is named.
func (k *CaseClock) deadlines(city *grids.City, kind grids.Kind, category, condition string, from time.Time) []CaseDeadline {
	now := k.of(city)
	out := []CaseDeadline{}
	from = from.Truncate(time.Second).In(city.TimeZone)
	for _, c := range now.Table.Of(kind, category) {
		if condition != "" && c.Code != condition {
			continue
		}
		run := clock.Run{Start: from, Limit: clock.Limit{Count: c.Limit, Unit: clock.Unit(c.Unit)}}
		due, err := now.Calendar.Due(run)
		if err != nil {
			continue // beyond every calendar
		}
		yellow, err := now.Calendar.Yellow(run)
		if err != nil {
			continue
		}
		d := CaseDeadline{Condition: c.Code, Text: c.Text, Stage: c.Stage, Limit: run.Limit.String(), From: from, YellowAt: yellow.At, DueAt: due.At}
		if due.CalendarMissing {
			d.Calendar = "missing"
		}
		out = append(out, d)
	}
	return out
}

func matchesOf(list []cases.Match, zone *time.Location) []CaseMatch {
	out := make([]CaseMatch, len(list))
	for i, m := range list {
		out[i] = CaseMatch{m.ID.String(), m.Number, m.State, web.Metres(m.DistanceM), m.SameComponent, m.ReportedAt.In(zone), terms.TimeOrNil(m.ClosedAt, zone)}
	}
	return out
}
