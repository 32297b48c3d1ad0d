package stories

import (
	"fmt"
	"strconv"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/spatial"
)

// feature makes a row of the town; fid is its number in its layer.
func feature(fid int, code, name string, shape *spatial.Shape, at spatial.Coord) grids.Feature {
	f := grids.Feature{FID: int64(fid), Code: code, Name: name, Shape: shape, At: at, Valid: grids.Since(start())}
	if shape != nil && len(shape.Coords) > 0 {
		f.At = shape.Representative()
	}
	return f
}

// unit CODE KIND [above UNIT] [territory STREET]
func (s *Story) unit(f *fields) {
	u := grids.Unit{FID: int64(len(s.City.Units) + 1), Code: f.word(), Kind: f.word(), Valid: grids.Since(start())}
	u.Name = u.Code
	if f.is("above") {
		u.Parent = f.word()
	}
	if f.is("territory") {
		u.Territory = []string{f.word()}
	}
	s.City.Units = append(s.City.Units, u)
}

// zone CODE NAME unit UNIT [street CODE] [off-duty] box …: one cell, one
// community and a street of its own.
func (s *Story) zone(f *fields) error {
	code, name := f.word(), f.word()
	z := grids.Zone{OnDuty: true, Street: "S" + code}
	if f.is("unit") {
		z.Unit = f.word()
	}
	if f.is("street") {
		z.Street = f.word()
	}
	if f.is("off-duty") {
		z.OnDuty = false
	}
	if !f.is("box") {
		return fmt.Errorf("zone %s has no box", code)
	}
	shape := f.box()
	if shape == nil {
		return f.err
	}
	n := len(s.City.Zones) + 1
	z.Feature = feature(n, code, name, shape, spatial.Coord{})
	s.City.Zones = append(s.City.Zones, z)
	s.City.Cells = append(s.City.Cells, grids.Cell{
		Feature: feature(n, "C"+code, name, shape, spatial.Coord{}), Community: "M" + code, Zone: code, AreaM2: shape.AreaM2(),
	})
	return nil
}

// area CODE NAME category LIST unit UNIT box …
func (s *Story) area(f *fields) error {
	code, name := f.word(), f.word()
	a := grids.OwnershipArea{}
	for {
		switch {
		case f.is("category"):
			a.Category = f.word()
			continue
		case f.is("unit"):
			a.Unit = f.word()
			continue
		case f.is("box"):
			a.Feature = feature(len(s.City.OwnershipAreas)+1, code, name, f.box(), spatial.Coord{})
			s.City.OwnershipAreas = append(s.City.OwnershipAreas, a)
			return nil
		}
		return fmt.Errorf("area %s has no box", code)
	}
}

// road NAME box …: the name of a border.
func (s *Story) road(f *fields) error {
	name := f.word()
	if !f.is("box") {
		return fmt.Errorf("road %s has no box", name)
	}
	roads := s.City.Base[grids.BaseRoads]
	s.City.Base[grids.BaseRoads] = append(roads, grids.Base{Feature: feature(len(roads)+1, name, name, f.box(), spatial.Coord{})})
	return nil
}

// component CODE category CODE at X Y [owner U] [maintainer U] [class A] [state S]
func (s *Story) component(f *fields) error {
	code := f.word()
	c := grids.Component{}
	t := grids.ComponentTraits{State: "完好", AccuracyClass: "A"}
	var at spatial.Coord
	for len(f.words) > 0 && f.err == nil {
		switch w := f.word(); w {
		case "category":
			t.Category = f.word()
		case "at":
			at = f.at()
		case "owner":
			t.Owner = f.word()
		case "maintainer":
			t.Maintainer = f.word()
		case "class":
			t.AccuracyClass = f.word()
		case "state":
			t.State = f.word()
		default:
			return fmt.Errorf("component: %q", w)
		}
	}
	town := s.City // being built, no snapshot's
	c.Feature, c.ComponentTraits = feature(len(town.Components)+1, code, code, nil, at), &t
	town.Components = append(town.Components, c)
	return nil
}

// squad CODE at X Y
func (s *Story) squad(f *fields) error {
	code := f.word()
	if !f.is("at") {
		return fmt.Errorf("squad %s has no place", code)
	}
	s.City.Resources = append(s.City.Resources, grids.Resource{
		Feature: feature(len(s.City.Resources)+1, code, code, nil, f.at()), Kind: "squad",
	})
	return nil
}

// record|ruling NUMBER component CODE|area CODE|at X Y [to X Y …] within M
// [kind K [category LIST]] unit UNIT [from DATE] [until DATE]
func (s *Story) claim(what string, f *fields) error {
	id, err := strconv.ParseInt(f.word(), 10, 64)
	if err != nil {
		return fmt.Errorf("%s: its number: %w", what, err)
	}
	c := grids.Claim{ID: id, Valid: grids.Since(start())}
	for len(f.words) > 0 && f.err == nil {
		switch w := f.word(); w {
		case "component":
			c.Subject.Component = f.word()
		case "area":
			c.Subject.Area = f.word()
		case "at", "to":
			c.Subject.Line = append(c.Subject.Line, f.at())
		case "within":
			c.Subject.WithinM = f.number()
		case "kind":
			c.Subject.Kind = grids.Kind(f.word())
		case "category":
			c.Subject.Category = f.word()
		case "unit":
			c.Unit = f.word()
		case "from":
			c.Valid.From = grids.MomentOf(f.date())
		case "until":
			c.Valid.To = grids.MomentOf(f.date())
		default:
			return fmt.Errorf("%s: %q", what, w)
		}
	}
	if what == "record" {
		s.Book.Records = append(s.Book.Records, grids.OwnershipRecord{Claim: c})
		return nil
	}
	s.Book.Rulings = append(s.Book.Rulings, grids.Ruling{Claim: c})
	return nil
}

// return component CODE unit UNIT on DATE
func (s *Story) giveBack(f *fields) {
	r := dispatch.Return{}
	if f.is("component") {
		r.Component = f.word()
	}
	if f.is("unit") {
		r.Unit = f.word()
	}
	if f.is("on") {
		r.At = f.date()
	}
	s.Book.Returns = append(s.Book.Returns, r)
}

// report KIND CATEGORY at X Y [accuracy M] [component CODE] [on DATE] [nearest K]
func (s *Story) report(n int, f *fields) error {
	a := Ask{Line: n, Report: dispatch.Report{Kind: grids.Kind(f.word()), Category: f.word(), Time: Day()}}
	for len(f.words) > 0 && f.err == nil {
		switch w := f.word(); w {
		case "at":
			a.Report.At = f.at()
		case "accuracy":
			a.Report.AccuracyM = f.number()
		case "component":
			a.Report.Component = f.word()
		case "on":
			a.Report.Time = f.date()
		case "nearest":
			a.Report.Nearest = []dispatch.Wanted{{Kind: "squad", K: int(f.number())}}
		default:
			return fmt.Errorf("report: %q", w)
		}
	}
	s.Asks = append(s.Asks, a)
	return nil
}
