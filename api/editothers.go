package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// changeZone is PATCH /v1/zones/{code}.
func (s *server) changeZone(c echo.Context) error {
	a, err := s.readEdit(c, typeMergePatch, web.TypeJSON)
	if err != nil {
		return err
	}
	p, attributes, err := zonePatch(a)
	if err != nil {
		return err
	}
	return s.edit(c, a, cityfile.Edit{
		Layer: grids.Zones, Code: c.Param("code"),
		Change: func(row *grids.Edit, _ time.Time) error {
			if attributes != nil {
				text, err := attributes(row.Zone.Attributes)
				if err != nil {
					return err
				}
				p.Attributes = &text
			}
			next := row.Zone.Patched(p)
			row.Zone = &next
			return nil
		},
	}, http.StatusOK)
}

func zonePatch(a *asked) (p grids.ZonePatch, attributes func(string) (string, error), err error) {
	m := a.members
	if err := m.Only("name", "unit", "staff", "on_duty", "attributes"); err != nil {
		return p, nil, err
	}
	if p.Name, err = m.Text("name"); err != nil {
		return p, nil, err
	}
	if p.Unit, err = terms.UnitIn(m, a.snap, "unit"); err != nil {
		return p, nil, err
	}
	if p.Staff, err = staffIn(m); err != nil {
		return p, nil, err
	}
	if _, ok := m["on_duty"]; ok {
		p.OnDuty = new(bool)
		if err := m.Decode("on_duty", "true or false", p.OnDuty); err != nil {
			return p, nil, err
		}
	}
	attributes, err = m.Attributes()
	return p, attributes, err
}

// staffIn reads the list of people or posts; "" for null.
func staffIn(m web.Members) (*string, error) {
	if _, ok := m["staff"]; !ok {
		return nil, nil
	}
	out := new(string)
	if m.Null("staff") {
		return out, nil
	}
	var list []any
	if err := m.Decode("staff", "a list", &list); err != nil {
		return nil, err
	}
	if len(list) > web.MaxMembers || web.Bounded(list) != nil {
		return nil, web.Refuse("staff", "", "too long a list or text", web.ErrMalformed)
	}
	var b bytes.Buffer
	err := json.Compact(&b, m["staff"])
	*out = b.String()
	return out, err
}

// maxAhead is how far a clock may be ahead of the server's.
const maxAhead = time.Minute

// moveResource is PUT /v1/resources/{code}/position.
func (s *server) moveResource(c echo.Context) error {
	a, err := s.readEdit(c, web.TypeJSON)
	if err != nil {
		return err
	}
	m := a.members
	if err := m.Only("lon", "lat", "crs", "at", "state"); err != nil {
		return err
	}
	p := grids.ResourcePatch{}
	if p.At, err = terms.PositionIn(m, a.snap); err != nil {
		return err
	}
	if p.At == nil {
		return web.Refuse("lon", "", "it is missing", web.ErrMalformed)
	}
	if p.State, err = m.Text("state"); err != nil {
		return err
	}
	if p.MovedAt, err = m.Instant("at", a.snap.City.TimeZone); err != nil {
		return err
	}
	return s.edit(c, a, cityfile.Edit{
		Layer: grids.Resources, Code: c.Param("code"),
		Change: func(row *grids.Edit, at time.Time) error { return patchResource(row, p, at) },
	}, http.StatusOK)
}

// patchResource moves the resource, unless it was seen elsewhere later.
func patchResource(row *grids.Edit, p grids.ResourcePatch, at time.Time) error {
	old := row.Resource
	switch {
	case p.MovedAt == nil || p.MovedAt.IsZero():
		p.MovedAt = &at
	case p.MovedAt.Sub(at) > maxAhead:
		return web.Refuse("at", p.MovedAt.Format(time.RFC3339), "in the future; it is "+at.Format(time.RFC3339), web.ErrImpossible)
	case p.MovedAt.Before(old.MovedAt):
		return web.Refuse("at", p.MovedAt.Format(time.RFC3339), "a later position is known, of "+old.MovedAt.Format(time.RFC3339), web.ErrConflict)
	}
	if old.Shape != nil {
		return web.Refuse("lon,lat", "", "this resource is a line or an area, which does not move", web.ErrImpossible)
	}
	next := old.Patched(p)
	row.Resource = &next
	return nil
}
