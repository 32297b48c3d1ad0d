package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/spatial"
)

// claim reads an ownership record or a ruling, and holds it against the city:
// what it names must be there.
func (a *asked) claim(now time.Time) (*grids.Claim, error) {
	m := a.members
	if err := m.Only("subject", "unit", "evidence", "decided_by", "valid"); err != nil {
		return nil, err
	}
	for _, name := range [...]string{"subject", "unit", "evidence"} {
		if _, ok := m[name]; !ok || m.Null(name) {
			return nil, web.Refuse(name, "", "it is missing", web.ErrMalformed)
		}
	}
	out := &grids.Claim{}
	unit, err := terms.UnitIn(m, a.snap, "unit")
	if err != nil {
		return nil, err
	}
	evidence, err := m.Text("evidence")
	if err != nil {
		return nil, err
	}
	if *unit == "" || strings.TrimSpace(*evidence) == "" {
		name := "unit"
		if *unit != "" {
			name = "evidence"
		}
		return nil, web.Refuse(name, "", "it is empty", web.ErrMalformed)
	}
	by, err := m.Text("decided_by")
	if err != nil {
		return nil, err
	}
	if by != nil {
		out.DecidedBy = *by
	}
	out.Unit, out.Evidence = *unit, *evidence
	if out.Valid, err = validityIn(m, a.snap, now); err != nil {
		return nil, web.Within("valid", err)
	}
	if out.Subject, err = subjectIn(m, a.snap); err != nil {
		return nil, web.Within("subject", err)
	}
	// The engine is asked before it is stored: what it cannot apply would be
	// found out only when the city is loaded next.
	book := dispatch.Book{Rulings: []grids.Ruling{{Claim: *out}}}
	if err := book.Check(); err != nil {
		return nil, web.Refuse("subject.line", "", "a line that turns by a right angle or more, or a place that is none: write it in pieces", web.ErrImpossible)
	}
	return out, nil
}

// validityIn reads from when to when a claim holds.
func validityIn(m web.Members, s *grids.Snapshot, now time.Time) (grids.Validity, error) {
	out := grids.Since(now)
	if _, ok := m["valid"]; !ok || m.Null("valid") {
		return out, nil
	}
	inner, err := web.ReadMembers(m["valid"])
	if err != nil {
		return out, err
	}
	if err := inner.Only("from", "to"); err != nil {
		return out, err
	}
	from, err := inner.Instant("from", s.City.TimeZone)
	if err != nil {
		return out, err
	}
	to, err := inner.Instant("to", s.City.TimeZone)
	if err != nil {
		return out, err
	}
	if from != nil {
		out.From = grids.MomentOf(*from)
	}
	if to != nil && !to.IsZero() {
		if out.To = grids.MomentOf(*to); out.To <= out.From {
			return out, web.Refuse("to", to.Format(time.RFC3339), "it ends before it begins", web.ErrImpossible)
		}
	}
	return out, nil
}

// subjectIn reads what a claim is about.
func subjectIn(m web.Members, s *grids.Snapshot) (out grids.Subject, err error) {
	inner, err := web.ReadMembers(m["subject"])
	if err != nil {
		return out, err
	}
	if err := inner.Only("component", "area", "line", "within_m", "crs", "kind", "category"); err != nil {
		return out, err
	}
	for _, f := range [...]struct {
		name string
		into *string
	}{{"component", &out.Component}, {"area", &out.Area}, {"category", &out.Category}} {
		text, err := inner.Text(f.name)
		if err != nil {
			return out, err
		}
		if text != nil {
			*f.into = *text
		}
	}
	kind, err := inner.OneOf("kind", string(grids.ComponentKind), string(grids.EventKind))
	if err != nil {
		return out, err
	}
	if kind != nil {
		out.Kind = grids.Kind(*kind)
	}
	if _, ok := inner["within_m"]; ok {
		if err := inner.Decode("within_m", "a number", &out.WithinM); err != nil {
			return out, err
		}
	}
	if out.Line, err = lineIn(inner, s); err != nil {
		return out, err
	}
	if err := out.Check(); err != nil {
		return out, web.Refuse("component,area,line", "", err.Error(), web.ErrMalformed)
	}
	return out, known(s, &out)
}

// lineIn reads the positions of a place, each in the city or near it.
func lineIn(m web.Members, s *grids.Snapshot) ([]spatial.Coord, error) {
	name, err := m.Text("crs")
	if err != nil {
		return nil, err
	}
	if name == nil {
		name = new(string)
	}
	sys, err := terms.System(s.City, "crs", *name)
	if err != nil {
		return nil, err
	}
	if _, ok := m["line"]; !ok {
		return nil, nil
	}
	var points batchPoints
	if err := json.Unmarshal(m["line"], &points); err != nil {
		return nil, web.Refuse("line", "", "not a list of [lon, lat]", web.ErrMalformed)
	}
	if len(points) == 0 || len(points) > grids.MaxSubjectPoints {
		return nil, web.Refuse("line", "", fmt.Sprintf("1 to %d positions", grids.MaxSubjectPoints), web.ErrMalformed)
	}
	out := make([]spatial.Coord, len(points))
	for i, p := range points {
		at := fmt.Sprintf("line[%d]", i)
		if p.broken {
			return nil, web.Refuse(at, "", "not [lon, lat]", web.ErrMalformed)
		}
		c, err := terms.ToLattice(sys, p.lon, p.lat)
		if err != nil {
			return nil, web.Refuse(at, fmt.Sprintf("%v,%v", p.lon, p.lat), err.Error(), err)
		}
		if s.Locate(c).Status == grids.StatusOutside {
			return nil, web.Refuse(at, fmt.Sprintf("%v,%v", p.lon, p.lat), "the position lies outside the city", web.ErrImpossible)
		}
		out[i] = c
	}
	return out, nil
}

// known holds a subject against the city.
func known(s *grids.Snapshot, subject *grids.Subject) error {
	if c := subject.Component; c != "" && s.Find(grids.Components, c) == spatial.None {
		return web.Refuse("component", c, "the city has no such component", web.ErrImpossible)
	}
	if c := subject.Area; c != "" && s.Find(grids.OwnershipAreas, c) == spatial.None {
		return web.Refuse("area", c, "the city has no such ownership area", web.ErrImpossible)
	}
	if subject.Category == "" {
		return nil
	}
	for begins := range strings.SplitSeq(subject.Category, ",") {
		begins = strings.TrimSpace(begins)
		if begins == "" || !slices.ContainsFunc(s.Catalogue.All(), func(c grids.Category) bool {
			return c.Kind == subject.Kind && strings.HasPrefix(c.Code, begins)
		}) {
			return web.Refuse("category", begins, fmt.Sprintf("no %s category of scheme %s begins so", subject.Kind, s.City.Scheme), web.ErrCategory)
		}
	}
	return nil
}
