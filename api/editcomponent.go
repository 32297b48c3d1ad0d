package api

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
)

// componentStates are the states a component may have (domain.md).
var componentStates = []string{"完好", "破损", "丢失", "废弃", "移除"}

// componentMembers are what can be written of a component.
var componentMembers = []string{
	"lon", "lat", "crs", "category", "state", "accuracy_class", "owner", "maintainer", "authority", "cell", "name",
	"attributes", "placed_on", "valid_to",
}

// maxCode bounds the code of a new component.
const maxCode = 64

// newComponent is POST /v1/components.
func (s *server) newComponent(c echo.Context) error {
	a, err := s.readEdit(c, web.TypeJSON)
	if err != nil {
		return err
	}
	if a.ifMatch != "" {
		return web.Refuse("If-Match", a.ifMatch, "a new component has no version yet", web.ErrMalformed)
	}
	if err := a.members.Only(append([]string{"code"}, componentMembers...)...); err != nil {
		return err
	}
	for _, name := range [...]string{"category", "lon"} {
		if _, ok := a.members[name]; !ok {
			return web.Refuse(name, "", "it is missing", web.ErrMalformed)
		}
	}
	p, attributes, err := componentPatch(a)
	if err != nil {
		return err
	}
	if p.State == nil {
		p.State = &componentStates[0]
	}
	e := cityfile.Edit{Layer: grids.Components, New: true}
	if e.Code, err = newCode(a.members); err != nil {
		return err
	}
	if e.Code == "" {
		if e.Prefix, err = codePrefix(a.snap, *p.At, *p.Category); err != nil {
			return err
		}
	}
	e.Change = func(row *grids.Edit, at time.Time) error {
		p.ValidFrom = &at
		return patchComponent(row, a.snap, p, attributes, at)
	}
	return s.edit(c, a, e, http.StatusCreated)
}

// newCode reads the code of a new component, "" to have one made.
func newCode(m web.Members) (string, error) {
	code, err := m.Text("code")
	if err != nil || code == nil {
		return "", err
	}
	bad := func(r rune) bool { return r <= ' ' || r > '~' || r == '/' }
	if *code == "" || len(*code) > maxCode || strings.ContainsFunc(*code, bad) {
		return "", web.Refuse("code", *code, fmt.Sprintf("1 to %d visible ASCII characters without /", maxCode), web.ErrMalformed)
	}
	return *code, nil
}

// divisionDigits is how many digits of GB/T 2260 a component's code begins with.
const divisionDigits = 6

// codePrefix is what the code of a component begins with: its district and its
// category.
func codePrefix(s *grids.Snapshot, at spatial.Coord, category string) (string, error) {
	division := s.City.Code
	if place := s.Locate(at); place.District != spatial.None {
		division = s.City.Districts[place.District].Code
	}
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	if len(division) < divisionDigits || !digits(division) || !digits(category) {
		return "", web.Refuse("code", "", "none can be made: the district's or the category's code is no number; give a code", web.ErrImpossible)
	}
	return division[:divisionDigits] + category, nil
}

// changeComponent is PATCH /v1/components/{code}.
func (s *server) changeComponent(c echo.Context) error {
	a, err := s.readEdit(c, typeMergePatch, web.TypeJSON)
	if err != nil {
		return err
	}
	if err := a.members.Only(componentMembers...); err != nil {
		return err
	}
	p, attributes, err := componentPatch(a)
	if err != nil {
		return err
	}
	return s.edit(c, a, cityfile.Edit{
		Layer: grids.Components, Code: c.Param("code"),
		Change: func(row *grids.Edit, at time.Time) error { return patchComponent(row, a.snap, p, attributes, at) },
	}, http.StatusOK)
}

// componentPatch reads the members of a component. The attributes are merged
// with those of the row.
func componentPatch(a *asked) (p grids.ComponentPatch, attributes func(string) (string, error), err error) {
	m, s := a.members, a.snap
	read := func(into **string, v *string, failed error) {
		if err == nil {
			*into, err = v, failed
		}
	}
	text := func(into **string, name string, of func(string) (*string, error)) {
		v, failed := of(name)
		read(into, v, failed)
	}
	unit := func(name string) (*string, error) { return terms.UnitIn(m, s, name) }
	text(&p.Name, "name", m.Text)
	text(&p.Category, "category", func(name string) (*string, error) { return category(m, s, name) })
	text(&p.State, "state", func(name string) (*string, error) { return m.OneOf(name, componentStates...) })
	text(&p.AccuracyClass, "accuracy_class", func(name string) (*string, error) { return m.OneOf(name, "", "A", "B", "C") })
	text(&p.Cell, "cell", func(name string) (*string, error) { return cell(m, s, name) })
	text(&p.Owner, "owner", unit)
	text(&p.Maintainer, "maintainer", unit)
	text(&p.Authority, "authority", unit)
	text(&p.PlacedOn, "placed_on", m.Date)
	if err != nil {
		return p, nil, err
	}
	if p.At, err = terms.PositionIn(m, s); err != nil {
		return p, nil, err
	}
	if p.ValidTo, err = m.Instant("valid_to", s.City.TimeZone); err != nil {
		return p, nil, err
	}
	attributes, err = m.Attributes()
	return p, attributes, err
}

// category reads a minor category of components.
func category(m web.Members, s *grids.Snapshot, name string) (*string, error) {
	v, err := m.Text(name)
	if err != nil || v == nil {
		return v, err
	}
	if cat := s.Catalogue.Find(grids.ComponentKind, *v); cat == nil || cat.Major == "" {
		return nil, web.Refuse(name, *v, "no minor component category of scheme "+s.City.Scheme, web.ErrCategory)
	}
	return v, nil
}

// cell reads the code of a cell of the city; "" is none.
func cell(m web.Members, s *grids.Snapshot, name string) (*string, error) {
	v, err := m.Text(name)
	if err == nil && v != nil && *v != "" && s.Find(grids.Cells, *v) == spatial.None {
		return nil, web.Refuse(name, *v, "no cell of the city", web.ErrImpossible)
	}
	return v, err
}

// patchComponent makes the change in the row as the file has it. A component
// that is moved is recorded in the cell it then lies in, unless the cell is
// given.
func patchComponent(row *grids.Edit, s *grids.Snapshot, p grids.ComponentPatch, attributes func(string) (string, error), at time.Time) error {
	old := row.Component
	if p.At != nil {
		if old.Shape != nil {
			return web.Refuse("lon,lat", "", "this component is a line or an area, which has no single position", web.ErrImpossible)
		}
		if place := s.Locate(*p.At); p.Cell == nil && place.Cell != spatial.None {
			p.Cell = &s.City.Cells[place.Cell].Code
		}
	}
	if attributes != nil {
		text, err := attributes(old.Attributes)
		if err != nil {
			return err
		}
		p.Attributes = &text
	}
	from := old.Valid.From.In(at.Location())
	if p.ValidFrom != nil {
		from = *p.ValidFrom
	}
	if p.ValidTo != nil && !p.ValidTo.IsZero() && !from.IsZero() && !p.ValidTo.After(from) {
		return web.Refuse("valid_to", p.ValidTo.Format(time.RFC3339), "not after the start, "+from.Format(time.RFC3339), web.ErrImpossible)
	}
	day := at.Format(time.DateOnly)
	p.ChangedOn = &day
	next := old.Patched(p)
	row.Component = &next
	return nil
}
