package demo

import (
	"fmt"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// A site is the built town from which the rows of the city are written.
type site struct {
	*plan
	divisions
	uses      []string
	houses    []house
	yards     []house
	lake      []pt
	river     [][]int32
	streets   []road
	crossings []junction
	near      *nearby
	from      time.Time // since when all of it holds

	// Codes by place in the order of code; cellCodes by face.
	streetCodes, communityCodes, zoneCodes, cellCodes []string
	communityNames                                    []word
	// What is where: cells (by face), houses, water.
	cells, built, water *spatial.Areas
}

// newSite builds up the plan of one attempt.
func newSite(seed, attempt uint64, from time.Time) (*site, error) {
	p, err := newPlan(newDice(seed, attempt))
	if err != nil {
		return nil, err
	}
	if err := p.divideBlocks(); err != nil {
		return nil, err
	}
	s := &site{plan: p, from: from}
	if s.divisions, err = p.divide(); err != nil {
		return nil, err
	}
	if err := p.nameLines(); err != nil {
		return nil, err
	}
	s.communityNames = s.byAge(communityCount, func(f int32) int32 { return s.community[f] }, communityNames())
	s.uses = p.assignUses()
	s.houses, s.yards = p.build(s.uses)
	s.lake = p.digLake()
	s.river = p.dissolve(func(f int32) bool { return p.faces[f].kind == riverbed })
	s.streets = p.roads()
	s.crossings = p.junctions(s.streets)
	s.near = newNearby(s.streets)
	s.index()
	return s, nil
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
	s.cells, s.built = spatial.NewAreas(cells), spatial.NewAreas(houses)
	s.water = spatial.NewAreas([]*spatial.Shape{s.shapeOf(s.river), polygon(s.lake)})
}

// feature begins a row. A nil shape makes it the point at.
func (s *site) feature(code, name string, shape *spatial.Shape, at spatial.Coord) grids.Feature {
	if shape != nil {
		at = shape.Representative()
	}
	return grids.Feature{Code: code, Name: name, Shape: shape, At: at, Valid: grids.Validity{From: s.from}}
}

// numbered makes a code of a prefix and a place in a list: RD0001.
func numbered(prefix string, i int) string { return fmt.Sprintf("%s%04d", prefix, i+1) }
