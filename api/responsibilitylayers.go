package api

import (
	"math"
	"slices"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/spatial"
)

// nobodys has the properties of ground that nobody owns.
type nobodys struct {
	Of           string        `json:"of"` // cell or zone
	Code         string        `json:"code"`
	Name         string        `json:"name,omitempty"`
	Zone         string        `json:"zone,omitempty"`
	Kind         grids.Kind    `json:"kind"`
	Category     string        `json:"category"`
	CategoryName string        `json:"category_name,omitempty"`
	Share        Probability   `json:"share"`
	AreaM2       Metres        `json:"area_m2"`
	Basis        dispatch.Step `json:"basis"`
	UnitOf
}

func drawNobody(c echo.Context, m *chart, u *unownedMap) error {
	s := m.engine.City()
	l := newLayer(c)
	base := nobodys{Kind: m.kind, Category: m.category, CategoryName: categoryName(s, m.kind, m.category), Share: 1}
	for z := range s.City.Zones {
		if of, whole := u.zones[int32(z)]; whole {
			p, f := base, &s.City.Zones[z]
			p.Of, p.Code, p.Name, p.Zone, p.AreaM2 = "zone", f.Code, f.Name, f.Code, Metres(f.Shape.AreaM2())
			p.Basis, p.UnitOf = of.Basis, unitOf(s, of.Unit)
			l.add(geoJSON(f.Shape), 0, p)
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
		p.Share, p.AreaM2 = Probability(of.Share), Metres(of.Share*cellAreaM2(s, of.Cell))
		p.Basis, p.UnitOf = of.Basis, unitOf(s, of.Unit)
		l.add(geoJSON(f.Shape), 0, p)
	}
	return l.end(m.about(map[string]any{"step_m": u.stepM}))
}

// about are the members beside the features.
func (m *chart) about(more map[string]any) map[string]any {
	more["city_version"], more["book_version"], more["rules_version"] = m.engine.City().City.Version, m.book.version, m.engine.Rules().Version
	more["at"], more["method"] = m.at.In(m.engine.City().City.TimeZone), mapMethod()
	return more
}

// overlapped has the properties of two areas that lie on one another.
type overlapped struct {
	A         string `json:"a"`
	AName     string `json:"a_name,omitempty"`
	AUnit     string `json:"a_unit"`
	AUnitName string `json:"a_unit_name,omitempty"`
	ACategory string `json:"a_category"`
	B         string `json:"b"`
	BName     string `json:"b_name,omitempty"`
	BUnit     string `json:"b_unit"`
	BUnitName string `json:"b_unit_name,omitempty"`
	BCategory string `json:"b_category"`
	AreaM2    Metres `json:"area_m2"`
}

func drawOverlaps(c echo.Context, m *chart, all []dispatch.AreaOverlap) error {
	s := m.engine.City()
	when := grids.MomentOf(m.at)
	l := newLayer(c)
	for i := range all {
		o := &all[i]
		a, b := &s.City.OwnershipAreas[o.A], &s.City.OwnershipAreas[o.B]
		p := overlapped{
			A: a.Code, AName: a.Name, AUnit: m.engine.AreaUnit(o.A, when), ACategory: a.Category,
			B: b.Code, BName: b.Name, BUnit: m.engine.AreaUnit(o.B, when), BCategory: b.Category, AreaM2: Metres(o.AreaM2),
		}
		p.AUnitName, p.BUnitName = unitName(s, p.AUnit), unitName(s, p.BUnit)
		text := append([]byte(`{"type":"MultiPolygon","coordinates":`), appendAll(nil, o.Pieces, func(b []byte, p orb.Polygon) []byte { return appendAll(b, p, appendRing) })...)
		l.add(text, '}', p)
	}
	return l.end(m.about(map[string]any{}))
}

// unstaffed has the properties of a zone that has nobody on duty.
type unstaffed struct {
	Zone   string `json:"zone"`
	Name   string `json:"name,omitempty"`
	Street string `json:"street"`
	UnitOf
	Answers     string `json:"answers"` // who answers for it meanwhile
	AnswersName string `json:"answers_name,omitempty"`
	Cells       int    `json:"cells"`
	AreaM2      Metres `json:"area_m2"`
}

func drawOffDuty(c echo.Context, m *chart) error {
	s := m.engine.City()
	cells := map[string]int{}
	for i := range s.City.Cells {
		cells[s.City.Cells[i].Zone]++
	}
	l := newLayer(c)
	for z := range s.City.Zones {
		f := &s.City.Zones[z]
		if f.OnDuty {
			continue
		}
		answers := m.engine.Answers(int32(z))
		l.add(geoJSON(f.Shape), 0, unstaffed{
			f.Code, f.Name, f.Street, unitOf(s, f.Unit), answers, unitName(s, answers), cells[f.Code], Metres(f.Shape.AreaM2()),
		})
	}
	return l.end(m.about(map[string]any{}))
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
	Need    bool   `json:"need"` // of a 确权
	LengthM Metres `json:"length_m"`
}

func (s *server) drawReturns(c echo.Context, q *qualityState) error {
	snap := q.by.engine.City()
	wanted := map[string]bool{}
	for i := range q.report.Borders {
		if q.report.Borders[i].Wrong > 0 {
			wanted[q.report.Borders[i].Key] = true
		}
	}
	lines := borderLines(snap, wanted)
	l := newLayer(c)
	for i := range q.report.Borders {
		row := &q.report.Borders[i]
		if !wanted[row.Key] || lines[row.Key] == nil {
			continue
		}
		a, b := borderZones(row.Key)
		p := returned{A: a, AName: zoneName(snap, a), AUnit: zoneUnit(snap, a), B: b, BName: zoneName(snap, b), BUnit: zoneUnit(snap, b)}
		p.QualityRow = qualityRow(row, func(string) string { return p.AName + " | " + p.BName })
		p.Need = slices.ContainsFunc(q.report.NeedBorders, func(x dispatch.Accuracy) bool { return x.Key == row.Key })
		for _, line := range lines[row.Key] {
			for k := 1; k < len(line); k++ {
				p.LengthM += Metres(spatial.DistanceM(line[k-1], line[k]))
			}
		}
		text := appendAll([]byte(`{"type":"MultiLineString","coordinates":`), lines[row.Key], func(b []byte, line []spatial.Coord) []byte {
			return appendAll(b, line, func(b []byte, c spatial.Coord) []byte { return appendPosition(b, c.Point()) })
		})
		l.add(text, '}', p)
	}
	return l.end(map[string]any{
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

// How a border is found: an edge of a cell is looked across every pieceM, at a spot
// beyondM off it.
const (
	pieceM  = 10
	beyondM = 0.2
)

// borderLines finds the borders of zones, by key, as lines along the edges of their
// cells.
func borderLines(s *grids.Snapshot, wanted map[string]bool) map[string][][]spatial.Coord {
	out := map[string][][]spatial.Coord{}
	zones := map[int32]bool{}
	for key := range wanted {
		a, _ := borderZones(key)
		zones[s.Find(grids.Zones, a)] = true
	}
	for i := range s.City.Cells {
		zone, _, _, _ := s.Chain(int32(i))
		if zone == spatial.None || !zones[zone] {
			continue
		}
		b := bordering{s, s.City.Zones[zone].Code, wanted, out}
		shape := s.City.Cells[i].Shape
		for part := range shape.Ends {
			ring := shape.Part(part)
			p := ring[len(ring)-1]
			for _, q := range ring {
				b.edge(p, q)
				p = q
			}
		}
	}
	return out
}

type bordering struct {
	s      *grids.Snapshot
	zone   string
	wanted map[string]bool
	out    map[string][][]spatial.Coord
}

// edge adds the pieces of an edge of the zone's cell beyond which a zone lies that
// comes after it, so that each border is found once.
func (b *bordering) edge(p, q spatial.Coord) {
	length := spatial.DistanceM(p, q)
	n := max(int(math.Ceil(length/pieceM)), 1)
	at := func(t float64) spatial.Coord {
		return spatial.Coord{
			X: p.X + int32(math.Round(t*(float64(q.X)-float64(p.X)))),
			Y: p.Y + int32(math.Round(t*(float64(q.Y)-float64(p.Y)))),
		}
	}
	for k := range n {
		from, to := at(float64(k)/float64(n)), at(float64(k+1)/float64(n))
		if key := b.beyond(at((float64(k)+0.5)/float64(n)), p, q, length); key != "" {
			b.add(key, from, to)
		}
	}
}

// beyond is the key of the border at the middle of a piece, "" for none.
func (b *bordering) beyond(middle, p, q spatial.Coord, length float64) string {
	across := beyondM / max(length, beyondM)
	// A quantum is not as wide as high; to look across is all that counts.
	dx, dy := float64(q.Y)-float64(p.Y), float64(p.X)-float64(q.X)
	for _, side := range [...]float64{across, -across} {
		c := spatial.Coord{X: middle.X + int32(math.Round(dx*side)), Y: middle.Y + int32(math.Round(dy*side))}
		place := b.s.Locate(c)
		if place.Status != grids.StatusInside || place.Zone == spatial.None {
			continue
		}
		other := b.s.City.Zones[place.Zone].Code
		if key := borderKey(b.zone, other); other > b.zone && b.wanted[key] {
			return key
		}
	}
	return ""
}

// add lengthens the last line of a border, or begins another.
func (b *bordering) add(key string, from, to spatial.Coord) {
	lines := b.out[key]
	if n := len(lines); n > 0 && lines[n-1][len(lines[n-1])-1] == from {
		lines[n-1] = append(lines[n-1], to)
		return
	}
	b.out[key] = append(lines, []spatial.Coord{from, to})
}
