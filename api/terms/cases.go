package terms

import (
	"context"
	"iter"
	"time"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
)

// CaseSummary is a case as lists, the stream and webhooks have it.
type CaseSummary struct {
	ID           string        `json:"id"`
	Number       string        `json:"number,omitempty" doc:"The city's own number, once it was given"`
	Kind         grids.Kind    `json:"kind" enum:"component,event"`
	Category     string        `json:"category" doc:"A minor code of the city's scheme"`
	CategoryName string        `json:"category_name"`
	Condition    string        `json:"condition,omitempty"`
	Source       cases.Source  `json:"source" enum:"patrol,public,sensor,system"`
	Position     []web.Degrees `json:"position" doc:"[lon, lat] in CGCS2000"`
	// Cell and Zone are those when the case came in; community, street and
	// district are the cell's now.
	Cell      string      `json:"cell,omitempty" doc:"That of the position when the case came in; none outside the city"`
	Zone      string      `json:"zone,omitempty"`
	Community string      `json:"community,omitempty"`
	Street    string      `json:"street,omitempty"`
	District  string      `json:"district,omitempty"`
	Component string      `json:"component,omitempty"`
	State     cases.State `json:"state"`
	Unit      string      `json:"unit,omitempty" doc:"With whom the case lies; none is the city's centre"`
	UnitName  string      `json:"unit_name,omitempty"`

	ReportedAt time.Time  `json:"reported_at"`
	YellowAt   *time.Time `json:"yellow_at,omitempty" doc:"When 80 % of the time are used up"`
	DueAt      *time.Time `json:"due_at,omitempty"`
	ClosedAt   *time.Time `json:"closed_at,omitempty" doc:"Also when it was made void"`
	OnTime     *bool      `json:"on_time,omitempty" doc:"Of closed cases that had a limit"`
	Held       bool       `json:"held"`
	Lamp       cases.Lamp `json:"lamp" enum:"green,yellow,red,grey" doc:"As of the answer; grey: no limit, held, or over"`
	Version    int        `json:"version" doc:"Counts the case's events"`
}

// SummaryOf puts a case into the words of the city that is served; the lamp is
// as of now.
func SummaryOf(snap *grids.Snapshot, s *cases.Summary, now time.Time) CaseSummary {
	zone := snap.City.TimeZone
	out := CaseSummary{
		ID: s.ID.String(), Number: s.Number, Kind: s.Kind, Category: s.Category, Condition: s.Condition, Source: s.Source,
		Position: []web.Degrees{web.Degrees(s.At.Lon()), web.Degrees(s.At.Lat())},
		Cell:     s.Cell, Zone: s.Zone, Component: s.Component, State: s.State, Unit: s.Unit, UnitName: UnitName(snap, s.Unit),
		ReportedAt: s.ReportedAt.In(zone), YellowAt: TimeOrNil(s.YellowAt, zone), DueAt: TimeOrNil(s.DueAt, zone),
		ClosedAt: TimeOrNil(s.ClosedAt, zone), Held: s.State == cases.Held, Lamp: s.Lamp(now), Version: s.Version,
	}
	if c := snap.Catalogue.Find(s.Kind, s.Category); c != nil {
		out.CategoryName = c.Name
	}
	if s.State == cases.Closed && !s.DueAt.IsZero() {
		onTime := s.OnTime
		out.OnTime = &onTime
	}
	if s.Cell == "" {
		return out
	}
	if cell := snap.Find(grids.Cells, s.Cell); cell != spatial.None {
		_, community, street, district := snap.Chain(cell)
		out.Community = CodeAt(snap, grids.Communities, community)
		out.Street, out.District = CodeAt(snap, grids.Streets, street), CodeAt(snap, grids.Districts, district)
	}
	return out
}

// CaseLogs has the cases of the past with their events: a city's file does, see
// [cases.City].
type CaseLogs interface {
	// Logs yields at most so many cases, all for 0, the newest report first.
	Logs(ctx context.Context, q cases.Query, most int) iter.Seq2[cases.Log, error]
	// CountLogs is how many cases there are.
	CountLogs(ctx context.Context, q cases.Query) (int, error)
	// Position is where the feed ends: while it stays, nothing has changed.
	Position(ctx context.Context) (cityfile.Cursor, error)
}
