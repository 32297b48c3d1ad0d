package search

import (
	"cmp"
	"slices"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Position is a way to read coordinates.
type Position struct {
	At spatial.Coord
	// CRS is the system in which they were read.
	CRS string
	// InCity says that a cell of the city is there or near.
	InCity bool
}

// Positions reads coordinates in a text, most likely first. The system is the
// one named in the text ("gcj02 114.35,34.78"), else sys, else every one in
// which they lie in the city: degrees as CGCS2000, then GCJ-02 and BD-09 where
// the city's switch allows them; metres in the city's own grid, every
// Gauss-Krüger zone and EPSG:3857. Either order of the two is read, the usual
// one first. Coordinates that are nowhere in the city have one reading where
// they are degrees or their system was named; what cannot be a position has
// none.
func Positions(s *grids.Snapshot, text string, sys crs.System) []Position {
	p, ok := parsePair(text)
	if !ok {
		return nil
	}
	r := reader{
		s: s, near: s.Box(grids.Cells).Grow(nearQuanta),
		cityOnly: sys == nil && p.system == "" && !p.degrees && !lookLikeDegrees(p),
	}
	systems := systemsFor(s.City, p, sys)
	for _, swapped := range [...]bool{false, true} {
		x, y := p.x, p.y
		if swapped {
			if p.axes && !surveyors(p) {
				break
			}
			x, y = y, x
		}
		for _, sys := range systems {
			r.read(sys, x, y)
		}
	}
	return r.best()
}

// nearQuanta is how far around the city a position may be that was meant to be
// there, some 2 km.
const nearQuanta = 200_000

// surveyors holds for metres: a surveyor's x is the northing, and some write E
// and N for the axes of their sheet.
func surveyors(p pair) bool { return !p.degrees && !lookLikeDegrees(p) }

func lookLikeDegrees(p pair) bool {
	const most = 180
	return p.x >= -most && p.x <= most && p.y >= -most && p.y <= most
}

// systemsFor lists the systems to read a pair in.
func systemsFor(city *grids.City, p pair, sys crs.System) []crs.System {
	if p.system != "" {
		sys = nil
		if p.system == "city" && city.Grid != nil {
			sys = *city.Grid
		} else if named, err := crs.Parse(p.system); err == nil && allowed(city, named) {
			sys = named
		}
		if sys == nil {
			return nil
		}
	}
	if sys != nil {
		return []crs.System{sys}
	}
	geographic := p.degrees || lookLikeDegrees(p)
	var out []crs.System
	if !geographic && city.Grid != nil {
		out = append(out, *city.Grid)
	}
	for _, each := range crs.All() {
		if each.Geographic() == geographic && each.Name() != "wgs84" && allowed(city, each) {
			out = append(out, each)
		}
	}
	return out
}

// allowed is the city's switch for the systems with an offset.
func allowed(city *grids.City, sys crs.System) bool {
	return city.Offset || sys.Name() != "gcj02" && sys.Name() != "bd09"
}

// reader collects the readings of a pair.
type reader struct {
	s    *grids.Snapshot
	near spatial.Box
	// cityOnly drops what is elsewhere: metres of no named system lie in many
	// places.
	cityOnly bool
	all      []reading
}

type reading struct {
	Position
	// Order of likelihood: inside a cell or near one, around the city, elsewhere.
	where int
}

const (
	inside = iota
	around
	elsewhere
)

func (r *reader) read(sys crs.System, x, y float64) {
	if sys.Check(x, y) != nil {
		return
	}
	at, err := spatial.Checked(sys.ToCGCS2000(x, y))
	if err != nil || r.cityOnly && !r.near.Holds(at) || slices.ContainsFunc(r.all, func(o reading) bool { return o.At == at }) {
		return
	}
	one := reading{Position: Position{At: at, CRS: sys.Name()}, where: elsewhere}
	if r.near.Holds(at) {
		one.where = around
		if one.InCity = r.s.Locate(at).Status != grids.StatusOutside; one.InCity {
			one.where = inside
		}
	}
	r.all = append(r.all, one)
}

// best are the readings in the best place that there is; elsewhere only the
// first.
func (r *reader) best() []Position {
	if len(r.all) == 0 {
		return nil
	}
	slices.SortStableFunc(r.all, func(a, b reading) int { return cmp.Compare(a.where, b.where) })
	var out []Position
	for _, one := range r.all {
		if one.where == r.all[0].where && (one.where != elsewhere || len(out) == 0) {
			out = append(out, one.Position)
		}
	}
	return out
}
