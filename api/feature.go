package api

import (
	"encoding/json"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Feature is a GeoJSON feature of one of the city's layers.
type Feature struct {
	Type       string          `json:"type" enum:"Feature"`
	ID         int64           `json:"id" doc:"The row's number in the city file and in tiles"`
	Geometry   json.RawMessage `json:"geometry" doc:"GeoJSON geometry in CGCS2000, null for units"`
	Properties map[string]any  `json:"properties"`
}

// featureOf describes feature i of a map layer.
func featureOf(s *grids.Snapshot, l grids.Layer, i int32) *Feature {
	if row := editable(s, l, i); row != nil {
		return rowFeature(s, row)
	}
	f := s.Feature(l, i)
	p := commonProperties(s, l, f)
	switch l {
	case grids.Districts:
		p["parent"] = s.City.Districts[i].Parent
	case grids.Streets:
		p["parent"] = s.City.Streets[i].Parent
	case grids.Communities:
		p["parent"] = s.City.Communities[i].Parent
	case grids.Cells:
		c := &s.City.Cells[i]
		p["community"], p["zone"], p["area_m2"], p["land_use"] = c.Community, c.Zone, c.AreaM2, c.LandUse
	case grids.Addresses:
		a := &s.City.Addresses[i]
		p["kind"], p["full"], p["pinyin"] = a.Kind, a.Full, a.Pinyin
	case grids.OwnershipAreas:
		o := &s.City.OwnershipAreas[i]
		p["category"], p["unit"], p["unit_name"], p["evidence"] = o.Category, o.Unit, terms.UnitName(s, o.Unit), o.Evidence
	}
	return &Feature{Type: "Feature", ID: f.FID, Geometry: web.GeoJSON(f.Geometry()), Properties: p}
}

func commonProperties(s *grids.Snapshot, l grids.Layer, f *grids.Feature) map[string]any {
	p := map[string]any{
		"layer": l, "code": f.Code, "name": f.Name, "valid": terms.ValidityOf(s, f.Valid),
		"point": [2]web.Degrees{web.Degrees(f.At.Lon()), web.Degrees(f.At.Lat())},
	}
	if f.Attributes != "" {
		p["attributes"] = jsonOrText(f.Attributes)
	}
	return p
}

// editable returns feature i of a layer whose rows can be edited, else nil.
func editable(s *grids.Snapshot, l grids.Layer, i int32) *grids.Edit {
	switch l {
	case grids.Components:
		return &grids.Edit{Version: s.RowVersion(l, i), Component: s.Component(i)}
	case grids.Zones:
		return &grids.Edit{Version: s.RowVersion(l, i), Zone: &s.City.Zones[i]}
	case grids.Resources:
		return &grids.Edit{Version: s.RowVersion(l, i), Resource: &s.City.Resources[i]}
	}
	return nil
}

// rowFeature describes a row that can be edited, as the snapshot has it or as it
// will stand.
func rowFeature(s *grids.Snapshot, row *grids.Edit) *Feature {
	l, f := row.Row()
	p := commonProperties(s, l, f)
	p["version"] = row.Version
	switch {
	case row.Component != nil:
		componentProperties(s, row.Component, p)
	case row.Zone != nil:
		z := row.Zone
		p["street"], p["unit"], p["unit_name"], p["on_duty"] = z.Street, z.Unit, terms.UnitName(s, z.Unit), z.OnDuty
		if z.Staff != "" {
			p["staff"] = jsonOrText(z.Staff)
		}
	case row.Resource != nil:
		r := row.Resource
		p["kind"], p["unit"], p["state"] = r.Kind, r.Unit, r.State
		if !r.MovedAt.IsZero() {
			p["moved_at"] = r.MovedAt.In(s.City.TimeZone)
		}
	}
	return &Feature{Type: "Feature", ID: f.FID, Geometry: web.GeoJSON(f.Geometry()), Properties: p}
}

// componentProperties adds a component's columns, the words for its category,
// and the cell by geometry beside the one recorded.
func componentProperties(s *grids.Snapshot, c *grids.Component, p map[string]any) {
	p["category"], p["state"], p["accuracy_class"] = c.Category, c.State, c.AccuracyClass
	p["recorded_cell"], p["cell"] = c.Cell, nil
	p["owner"], p["maintainer"], p["authority"] = c.Owner, c.Maintainer, c.Authority
	for field, code := range map[string]string{"owner_name": c.Owner, "maintainer_name": c.Maintainer, "authority_name": c.Authority} {
		if name := terms.UnitName(s, code); name != "" {
			p[field] = name
		}
	}
	p["source"], p["placed_on"], p["changed_on"] = c.Source, c.PlacedOn, c.ChangedOn
	if place := s.Locate(c.At); place.Status == grids.StatusInside {
		p["cell"] = s.City.Cells[place.Cell].Code
	}
	if cat := s.Catalogue.Find(grids.ComponentKind, c.Category); cat != nil {
		p["category_name"], p["major"], p["equivalent"] = cat.Name, cat.Major, cat.Equivalent
		if major := s.Catalogue.Find(grids.ComponentKind, cat.Major); major != nil {
			p["major_name"] = major.Name
		}
	}
}

// unitFeature describes a unit, which has no geometry.
func unitFeature(s *grids.Snapshot, u *grids.Unit) *Feature {
	return &Feature{
		Type: "Feature", ID: u.FID, Geometry: json.RawMessage("null"),
		Properties: map[string]any{
			"layer": grids.Units, "code": u.Code, "name": u.Name, "kind": u.Kind, "parent": u.Parent,
			"territory": append([]string{}, u.Territory...), "contact": u.Contact, "valid": terms.ValidityOf(s, u.Valid),
		},
	}
}

// jsonOrText keeps stored JSON as it is and anything else as text.
func jsonOrText(s string) any {
	if json.Valid([]byte(s)) {
		return json.RawMessage(s)
	}
	return s
}

// find looks a code up in a layer.
func find(s *grids.Snapshot, l grids.Layer, code string) (*Feature, error) {
	if l == grids.Units {
		if u := s.Unit(code); u != nil {
			return unitFeature(s, u), nil
		}
	} else if i := s.Find(l, code); i != spatial.None {
		return featureOf(s, l, i), nil
	}
	return nil, web.Refuse("code", code, "no such code in "+string(l), web.ErrNotFound)
}
