package api

import (
	"slices"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/spatial"
)

// nobodys has the properties of ground that nobody owns.
type nobodys struct {
	Of           string          `json:"of"` // cell or zone
	Code         string          `json:"code"`
	Name         string          `json:"name,omitempty"`
	Zone         string          `json:"zone,omitempty"`
	Kind         grids.Kind      `json:"kind"`
	Category     string          `json:"category"`
	CategoryName string          `json:"category_name,omitempty"`
	Share        web.Probability `json:"share"`
	AreaM2       web.Metres      `json:"area_m2"`
	Basis        dispatch.Step   `json:"basis"`
	terms.UnitOf
}

func drawNobody(c echo.Context, m *chart, u *unownedMap) error {
	s := m.engine.City()
	l := web.NewLayer(c)
	base := nobodys{Kind: m.kind, Category: m.category, CategoryName: terms.CategoryName(s, m.kind, m.category), Share: 1}
	for z := range s.City.Zones {
		if of, whole := u.zones[int32(z)]; whole {
			p, f := base, &s.City.Zones[z]
			p.Of, p.Code, p.Name, p.Zone, p.AreaM2 = "zone", f.Code, f.Name, f.Code, web.Metres(f.Shape.AreaM2())
			p.Basis, p.UnitOf = of.Basis, terms.UnitWithName(s, of.Unit)
			l.Add(web.GeoJSON(f.Shape), 0, p)
		}
	}
	for i := range u.cells {
		of := &u.cells[i]
		zone, _, _, _ := s.Chain(of.Cell)
		if _, whole := u.zones[zone]; whole {
			continue
		}
		p, f := base, &s.City.Cells[of.Cell]
		p.Of, p.Code, p.Name, p.Zone = "cell", f.Code, f.Name, f.Zone
		p.Share, p.AreaM2 = web.Probability(of.Share), web.Metres(of.Share*cellAreaM2(s, of.Cell))
		p.Basis, p.UnitOf = of.Basis, terms.UnitWithName(s, of.Unit)
		l.Add(web.GeoJSON(f.Shape), 0, p)
	}
	return l.End(m.about(map[string]any{"step_m": u.stepM}))
}

// about are the members beside the features.
func (m *chart) about(more map[string]any) map[string]any {
	more["city_version"], more["book_version"], more["rules_version"] = m.engine.City().City.Version, m.book.version, m.engine.Rules().Version
	more["at"], more["method"] = m.at.In(m.engine.City().City.TimeZone), mapMethod()
	return more
}

// overlapped has the properties of two areas that lie on one another.
type overlapped struct {
	A         string     `json:"a"`
	AName     string     `json:"a_name,omitempty"`
	AUnit     string     `json:"a_unit"`
	AUnitName string     `json:"a_unit_name,omitempty"`
	ACategory string     `json:"a_category"`
	B         string     `json:"b"`
	BName     string     `json:"b_name,omitempty"`
	BUnit     string     `json:"b_unit"`
	BUnitName string     `json:"b_unit_name,omitempty"`
	BCategory string     `json:"b_category"`
	AreaM2    web.Metres `json:"area_m2"`
}

func drawOverlaps(c echo.Context, m *chart, all []dispatch.AreaOverlap) error {
	s := m.engine.City()
	when := grids.MomentOf(m.at)
	l := web.NewLayer(c)
	for i := range all {
		o := &all[i]
		a, b := &s.City.OwnershipAreas[o.A], &s.City.OwnershipAreas[o.B]
		p := overlapped{
			A: a.Code, AName: a.Name, AUnit: m.engine.AreaUnit(o.A, when), ACategory: a.Category,
			B: b.Code, BName: b.Name, BUnit: m.engine.AreaUnit(o.B, when), BCategory: b.Category, AreaM2: web.Metres(o.AreaM2),
		}
		p.AUnitName, p.BUnitName = terms.UnitName(s, p.AUnit), terms.UnitName(s, p.BUnit)
		text := append([]byte(`{"type":"MultiPolygon","coordinates":`), web.AppendAll(nil, o.Pieces, func(b []byte, p orb.Polygon) []byte { return web.AppendAll(b, p, web.AppendRing) })...)
		l.Add(text, '}', p)
	}
	return l.End(m.about(map[string]any{}))
}

// unstaffed has the properties of a zone that has nobody on duty.
type unstaffed struct {
	Zone   string `json:"zone"`
	Name   string `json:"name,omitempty"`
	Street string `json:"street"`
	terms.UnitOf
	Answers     string     `json:"answers"` // who answers for it meanwhile
	AnswersName string     `json:"answers_name,omitempty"`
	Cells       int        `json:"cells"`
	AreaM2      web.Metres `json:"area_m2"`
}

func drawOffDuty(c echo.Context, m *chart) error {
	s := m.engine.City()
	cells := map[string]int{}
	for i := range s.City.Cells {
		cells[s.City.Cells[i].Zone]++
	}
	l := web.NewLayer(c)
	for z := range s.City.Zones {
		f := &s.City.Zones[z]
		if f.OnDuty {
			continue
		}
		answers := m.engine.Answers(int32(z))
		l.Add(web.GeoJSON(f.Shape), 0, unstaffed{
			f.Code, f.Name, f.Street, terms.UnitWithName(s, f.Unit), answers, terms.UnitName(s, answers), cells[f.Code], web.Metres(f.Shape.AreaM2()),
		})
	}
	return l.End(m.about(map[string]any{}))
}

// returned has the properties of a border of two zones.
type returned struct {
	A     string `json:"a"`
	AName string `json:"a_name,omitempty"`
	AUnit string `json:"a_unit,omitempty"`
	B     string `json:"b"`
	BName string `json:"b_name,omitempty"`
	BUnit string `json:"b_unit,omitempty"`
	QualityRow
	Need    bool       `json:"need"` // of a 确权
	LengthM web.Metres `json:"length_m"`
}

func (s *server) drawReturns(c echo.Context, q *qualityState) error {
	snap := q.by.engine.City()
	wanted := map[string]bool{}
	for i := range q.report.Borders {
		if q.report.Borders[i].Wrong > 0 {
			wanted[q.report.Borders[i].Key] = true
		}
	}
	lines := terms.BorderLines(snap, wanted)
	l := web.NewLayer(c)
	for i := range q.report.Borders {
		row := &q.report.Borders[i]
		if !wanted[row.Key] || lines[row.Key] == nil {
			continue
		}
		a, b := terms.BorderZones(row.Key)
		p := returned{A: a, AName: zoneName(snap, a), AUnit: zoneUnit(snap, a), B: b, BName: zoneName(snap, b), BUnit: zoneUnit(snap, b)}
		p.QualityRow = qualityRow(row, func(string) string { return p.AName + " | " + p.BName })
		p.Need = slices.ContainsFunc(q.report.NeedBorders, func(x dispatch.Accuracy) bool { return x.Key == row.Key })
		for _, line := range lines[row.Key] {
			for k := 1; k < len(line); k++ {
				p.LengthM += web.Metres(spatial.DistanceM(line[k-1], line[k]))
			}
		}
		text := web.AppendAll([]byte(`{"type":"MultiLineString","coordinates":`), lines[row.Key], func(b []byte, line []spatial.Coord) []byte {
			return web.AppendAll(b, line, func(b []byte, c spatial.Coord) []byte { return web.AppendPosition(b, c.Point()) })
		})
		l.Add(text, '}', p)
	}
	return l.End(map[string]any{
		"from": q.past.From.In(snap.City.TimeZone), "to": q.past.To.In(snap.City.TimeZone), "method": qualityMethod(),
		"city_version": snap.City.Version, "position": q.position.String(),
	})
}

func zoneUnit(s *grids.Snapshot, code string) string {
	if i := s.Find(grids.Zones, code); i != spatial.None {
		return s.City.Zones[i].Unit
	}
	return ""
}
