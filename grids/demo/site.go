package demo

import (
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// A site is the built town or city from which the rows are written.
type site struct {
	*plan
	divisions
	uses      []string
	houses    []house
	yards     []house
	streets   []road
	walls     []road // around courtyards
	rails     []road
	crossings []junction
	near      *nearby
	from      time.Time // since when all of it holds

	cityCode, cityName string
	parkNames          *pool
	// Codes by place in the order of code; cellCodes by face.
	districtCodes, streetCodes, communityCodes, zoneCodes, cellCodes []string
	districtNames, officeNames, communityNames                       []word
	// What is where: cells (by face), houses, water.
	cells, built, water *spatial.Areas
}

// newTownSite builds up one attempt at a town.
func newTownSite(seed, attempt uint64, from time.Time) (*site, error) {
	p, err := sketchTown(newDice(seed, attempt))
	if err != nil {
		return nil, err
	}
	if err := p.divideBlocks(); err != nil {
		return nil, err
	}
	s := &site{plan: p, from: from, cityCode: cityCode, cityName: townName}
	if s.divisions, err = p.divideTown(); err != nil {
		return nil, err
	}
	if err := p.nameLines(); err != nil {
		return nil, err
	}
	s.communityNames = s.byAge(p.design.communities, func(f int32) int32 { return s.community[f] }, communityNames())
	s.officeNames = s.byAge(p.design.streets, func(f int32) int32 { return s.street[s.community[f]] }, officeNames())
	s.districtNames = []word{{districtName, "shi li qu"}}
	s.uses = p.assignUses()
	s.houses, s.yards = p.build(s.uses)
	p.lakes = []lake{{name: word{"镜湖", "jing hu"}, shore: p.digLake(), park: p.boroughs[0].park}}
	p.rivers = []river{{name: word{"清水河", "qing shui he"}}}
	s.finish()
	return s, nil
}

// newCitySite builds up one attempt at a city.
func newCitySite(seed, attempt uint64, want design, from time.Time) (*site, error) {
	p, err := sketchCity(newDice(seed, attempt), want)
	if err != nil {
		return nil, err
	}
	if err := p.divideBlocks(); err != nil {
		return nil, err
	}
	s := &site{plan: p, from: from, cityCode: cityCode, cityName: cityName}
	if s.divisions, err = p.divideCity(); err != nil {
		return nil, err
	}
	s.nameAll()
	s.uses = s.cityUses()
	s.houses, s.yards = p.build(s.uses)
	s.finish()
	return s, nil
}

// finish strings the lines together and prepares to answer what is where.
func (s *site) finish() {
	beds := make([][]int32, len(s.rivers))
	for f := range int32(len(s.faces)) {
		if s.faces[f].kind == riverbed {
			r := s.boroughs[s.faces[f].borough].river
			beds[r] = append(beds[r], f)
		}
	}
	for i := range s.rivers {
		s.rivers[i].rings = s.dissolve(beds[i], func(f int32) bool { return s.faces[f].kind == riverbed })
	}
	s.streets = s.roads(lane, arterial)
	s.walls = s.roads(wall, wall)
	s.rails = s.roads(rail, rail)
	s.crossings = s.junctions(s.streets)
	s.near = newNearby(s.streets)
	s.index()
	s.giveCodes()
}

// index prepares to answer what is at a position.
func (s *site) index() {
	cells := make([]*spatial.Shape, len(s.faces))
	for f := range s.faces {
		cells[f] = polygon(s.points(int32(f)))
	}
	houses := make([]*spatial.Shape, len(s.houses))
	for i, h := range s.houses {
		houses[i] = polygon(h.ring)
	}
	var water []*spatial.Shape
	for _, r := range s.rivers {
		water = append(water, s.shapeOf(r.rings))
	}
	for _, l := range s.lakes {
		water = append(water, polygon(l.shore))
	}
	s.cells, s.built, s.water = spatial.NewAreas(cells), spatial.NewAreas(houses), spatial.NewAreas(water)
}

// feature begins a row. A nil shape makes it the point at.
func (s *site) feature(code, name string, shape *spatial.Shape, at spatial.Coord) grids.Feature {
	if shape != nil {
		at = shape.Representative()
	}
	return grids.Feature{Code: code, Name: name, Shape: shape, At: at, Valid: grids.Since(s.from)}
}
