package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/spatial"
)

// claim reads an ownership record or a ruling, and holds it against the city:
// what it names must be there.
func (a *asked) claim(now time.Time) (*grids.Claim, error) {
	m := a.members
	if err := m.only("subject", "unit", "evidence", "decided_by", "valid"); err != nil {
		return nil, err
	}
	for _, name := range [...]string{"subject", "unit", "evidence"} {
		if _, ok := m[name]; !ok || m.null(name) {
			return nil, &inputError{name, "", "it is missing", errMalformed}
		}
	}
	out := &grids.Claim{}
	unit, err := m.unit(a.snap, "unit")
	if err != nil {
		return nil, err
	}
	evidence, err := m.text("evidence")
	if err != nil {
		return nil, err
	}
	if *unit == "" || strings.TrimSpace(*evidence) == "" {
		name := "unit"
		if *unit != "" {
			name = "evidence"
		}
		return nil, &inputError{name, "", "it is empty", errMalformed}
	}
	by, err := m.text("decided_by")
	if err != nil {
		return nil, err
	}
	if by != nil {
		out.DecidedBy = *by
	}
	out.Unit, out.Evidence = *unit, *evidence
	if out.Valid, err = m.validity(a.snap, now); err != nil {
		return nil, within("valid", err)
	}
	if out.Subject, err = m.subject(a.snap); err != nil {
		return nil, within("subject", err)
	}
	// The engine is asked before it is stored: what it cannot apply would be
	// found out only when the city is loaded next.
	book := dispatch.Book{Rulings: []grids.Ruling{{Claim: *out}}}
	if err := book.Check(); err != nil {
		return nil, &inputError{"subject.line", "", "a line that turns by a right angle or more, or a place that is none: write it in pieces", errImpossible}
	}
	return out, nil
}

// within names the member that holds the one at fault.
func within(name string, err error) error {
	if at, ok := errors.AsType[*inputError](err); ok {
		if at.param == "body" { // its own
			return &inputError{name, at.value, at.reason, at.err}
		}
		return &inputError{name + "." + at.param, at.value, at.reason, at.err}
	}
	return err
}

// validity reads from when to when a claim holds.
func (m members) validity(s *grids.Snapshot, now time.Time) (grids.Validity, error) {
	out := grids.Since(now)
	if _, ok := m["valid"]; !ok || m.null("valid") {
		return out, nil
	}
	inner, err := readMembers(m["valid"])
	if err != nil {
		return out, err
	}
	if err := inner.only("from", "to"); err != nil {
		return out, err
	}
	from, err := inner.instant("from", s.City.TimeZone)
	if err != nil {
		return out, err
	}
	to, err := inner.instant("to", s.City.TimeZone)
	if err != nil {
		return out, err
	}
	if from != nil {
		out.From = grids.MomentOf(*from)
	}
	if to != nil && !to.IsZero() {
		if out.To = grids.MomentOf(*to); out.To <= out.From {
			return out, &inputError{"to", to.Format(time.RFC3339), "it ends before it begins", errImpossible}
		}
	}
	return out, nil
}

// subject reads what a claim is about.
func (m members) subject(s *grids.Snapshot) (out grids.Subject, err error) {
	inner, err := readMembers(m["subject"])
	if err != nil {
		return out, err
	}
	if err := inner.only("component", "area", "line", "within_m", "crs", "kind", "category"); err != nil {
		return out, err
	}
	for _, f := range [...]struct {
		name string
		into *string
	}{{"component", &out.Component}, {"area", &out.Area}, {"category", &out.Category}} {
		text, err := inner.text(f.name)
		if err != nil {
			return out, err
		}
		if text != nil {
			*f.into = *text
		}
	}
	kind, err := inner.oneOf("kind", string(grids.ComponentKind), string(grids.EventKind))
	if err != nil {
		return out, err
	}
	if kind != nil {
		out.Kind = grids.Kind(*kind)
	}
	if _, ok := inner["within_m"]; ok {
		if err := inner.decode("within_m", "a number", &out.WithinM); err != nil {
			return out, err
		}
	}
	if out.Line, err = inner.line(s); err != nil {
		return out, err
	}
	if err := out.Check(); err != nil {
		return out, &inputError{"component,area,line", "", err.Error(), errMalformed}
	}
	return out, known(s, &out)
}

// line reads the positions of a place, each in the city or near it.
func (m members) line(s *grids.Snapshot) ([]spatial.Coord, error) {
	name, err := m.text("crs")
	if err != nil {
		return nil, err
	}
	if name == nil {
		name = new(string)
	}
	sys, err := system(s.City, "crs", *name)
	if err != nil {
		return nil, err
	}
	if _, ok := m["line"]; !ok {
		return nil, nil
	}
	var points batchPoints
	if err := json.Unmarshal(m["line"], &points); err != nil {
		return nil, &inputError{"line", "", "not a list of [lon, lat]", errMalformed}
	}
	if len(points) == 0 || len(points) > grids.MaxSubjectPoints {
		return nil, &inputError{"line", "", fmt.Sprintf("1 to %d positions", grids.MaxSubjectPoints), errMalformed}
	}
	out := make([]spatial.Coord, len(points))
	for i, p := range points {
		at := fmt.Sprintf("line[%d]", i)
		if p.broken {
			return nil, &inputError{at, "", "not [lon, lat]", errMalformed}
		}
		c, err := toLattice(sys, p.lon, p.lat)
		if err != nil {
			return nil, &inputError{at, fmt.Sprintf("%v,%v", p.lon, p.lat), err.Error(), err}
		}
		if s.Locate(c).Status == grids.StatusOutside {
			return nil, &inputError{at, fmt.Sprintf("%v,%v", p.lon, p.lat), "the position lies outside the city", errImpossible}
		}
		out[i] = c
	}
	return out, nil
}

// known holds a subject against the city.
func known(s *grids.Snapshot, subject *grids.Subject) error {
	if c := subject.Component; c != "" && s.Find(grids.Components, c) == spatial.None {
		return &inputError{"component", c, "the city has no such component", errImpossible}
	}
	if c := subject.Area; c != "" && s.Find(grids.OwnershipAreas, c) == spatial.None {
		return &inputError{"area", c, "the city has no such ownership area", errImpossible}
	}
	if subject.Category == "" {
		return nil
	}
	for begins := range strings.SplitSeq(subject.Category, ",") {
		begins = strings.TrimSpace(begins)
		if begins == "" || !slices.ContainsFunc(s.Catalogue.All(), func(c grids.Category) bool {
			return c.Kind == subject.Kind && strings.HasPrefix(c.Code, begins)
		}) {
			return &inputError{"category", begins, fmt.Sprintf("no %s category of scheme %s begins so", subject.Kind, s.City.Scheme), errCategory}
		}
	}
	return nil
}
