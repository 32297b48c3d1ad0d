package cases

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// IntakeRule says what counts as the same thing reported again. A component's
// rule counts where the components are not both known; where they are, they are
// the same or they are not.
type IntakeRule struct {
	RadiusM float64
	// Within is how long after an open case's report another is its duplicate.
	Within time.Duration
	// Recurs is how long after a closing another report is a recurrence (反复).
	Recurs time.Duration
}

// IntakeRules has the rule for each class. They are a city's data; the zero value
// is [DefaultIntake].
type IntakeRules struct {
	Components, Events IntakeRule
	ByClass            map[Class]IntakeRule
}

// DefaultIntake returns made-up rules for a city that has none of its own: 10 m
// for things, 30 m for happenings, a week for what is open and 30 days for what
// comes back.
func DefaultIntake() IntakeRules {
	const day = 24 * time.Hour
	return IntakeRules{
		Components: IntakeRule{RadiusM: 10, Within: 7 * day, Recurs: 30 * day},
		Events:     IntakeRule{RadiusM: 30, Within: 7 * day, Recurs: 30 * day},
	}
}

// maxIntakeRadiusM bounds a rule's radius: beyond it everything is near.
const maxIntakeRadiusM = 5000

// Of returns the rule of a class.
func (r *IntakeRules) Of(k Class) IntakeRule {
	if rule, ok := r.ByClass[k]; ok {
		return rule
	}
	all := *r
	if all.Components == (IntakeRule{}) && all.Events == (IntakeRule{}) {
		all = DefaultIntake()
	}
	if k.Kind == grids.ComponentKind {
		return all.Components
	}
	return all.Events
}

// Nearby asks for the cases of one class near a place or about a component.
type Nearby struct {
	Class     Class
	At        spatial.Coord
	RadiusM   float64
	Component string
	// Since is how long ago what counts was reported, if it is open, or closed.
	Since time.Time
}

// Neighbours finds cases for [Intake]. It may return more than was asked.
type Neighbours interface {
	Neighbours(ctx context.Context, n Nearby) ([]Summary, error)
}

// Match is a case that a new report may be about.
type Match struct {
	ID            ID        `json:"id"`
	Number        string    `json:"number,omitempty"`
	State         State     `json:"state"`
	DistanceM     float64   `json:"distance_m"`
	SameComponent bool      `json:"same_component"`
	ReportedAt    time.Time `json:"reported_at"`
	ClosedAt      time.Time `json:"closed_at,omitzero"`
}

// Repeats is what a report may repeat, the nearest first, and of the same
// distance the latest.
type Repeats struct {
	// Duplicates are open: the report is of the same thing.
	Duplicates []Match `json:"duplicates"`
	// Recurrences are closed: the thing has come back.
	Recurrences []Match `json:"recurrences"`
}

// Intake finds what a report may repeat. It changes nothing.
func Intake(ctx context.Context, d *Draft, near Neighbours, rules IntakeRules) (Repeats, error) {
	class := Class{d.Kind, d.Category}
	rule := rules.Of(class)
	rule.RadiusM = min(max(rule.RadiusM, 0), maxIntakeRadiusM)
	list, err := near.Neighbours(ctx, Nearby{class, d.At, rule.RadiusM, d.Component, d.ReportedAt.Add(-max(rule.Within, rule.Recurs))})
	if err != nil {
		return Repeats{}, fmt.Errorf("look for what the report repeats: %w", err)
	}
	out := Repeats{Duplicates: []Match{}, Recurrences: []Match{}}
	for i := range list {
		s := &list[i]
		m := Match{s.ID, s.Number, s.State, spatial.DistanceM(d.At, s.At), s.Component != "" && s.Component == d.Component, s.ReportedAt, s.ClosedAt}
		other := s.Component != "" && d.Component != "" && !m.SameComponent
		switch {
		case s.Kind != d.Kind || s.Category != d.Category || other || (!m.SameComponent && m.DistanceM > rule.RadiusM):
		case s.State == Closed && !s.ClosedAt.After(d.ReportedAt) && d.ReportedAt.Sub(s.ClosedAt) <= rule.Recurs:
			out.Recurrences = append(out.Recurrences, m)
		case !s.State.Over() && apartBy(s.ReportedAt, d.ReportedAt) <= rule.Within:
			out.Duplicates = append(out.Duplicates, m)
		}
	}
	slices.SortFunc(out.Duplicates, nearestFirst)
	slices.SortFunc(out.Recurrences, nearestFirst)
	return out, nil
}

func apartBy(a, b time.Time) time.Duration { return max(a.Sub(b), b.Sub(a)) }

func nearestFirst(a, b Match) int {
	return cmp.Or(cmp.Compare(a.DistanceM, b.DistanceM), b.ReportedAt.Compare(a.ReportedAt), slices.Compare(a.ID[:], b.ID[:]))
}

// Degrees of a box around a circle: a degree of latitude has at least 110,574 m,
// and the r-tree keeps 32 bits of a coordinate, which at 180° is 1.7 m.
const (
	metresPerDegree = 110_000
	treeMargin      = 2e-5
)

// Neighbours finds cases by the r-tree and by their component.
func (c *City) Neighbours(ctx context.Context, n Nearby) (out []Summary, err error) {
	lat := n.RadiusM / metresPerDegree
	lon := lat / max(0.01, math.Cos((math.Abs(n.At.Lat())+lat)*math.Pi/180))
	lat, lon = lat+treeMargin, lon+treeMargin
	err = c.file.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT "+summaryColumns+` FROM cases c WHERE c.fid IN (
				SELECT id FROM rtree_cases_geom WHERE minx <= ? AND maxx >= ? AND miny <= ? AND maxy >= ?
				UNION SELECT fid FROM cases WHERE ? != '' AND component IN (SELECT fid FROM components WHERE code = ?))
			AND c.category = (SELECT id FROM categories WHERE scheme = ? AND kind = ? AND code = ?)
			AND coalesce(c.closed_at, c.reported_at) >= ? ORDER BY c.fid`,
			n.At.Lon()+lon, n.At.Lon()-lon, n.At.Lat()+lat, n.At.Lat()-lat, n.Component, n.Component,
			c.codes.scheme, string(n.Class.Kind), n.Class.Code, n.Since.Unix())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			s, err := scanSummary(rows)
			if err != nil {
				return err
			}
			out = append(out, s)
		}
		return rows.Err()
	})
	return out, err
}
