package demo

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// wrongCells is how many components of a town have a wrong cell recorded on
// purpose.
const wrongCells = 6

// writeComponents puts up all components, kind after kind.
func (s *site) writeComponents(city *grids.City) error {
	if s.design.scale > 0 {
		return newContents(s).furnish(city)
	}
	var taken squares
	var at []pt
	for _, k := range townKinds() {
		n := min(k.count, s.design.components-len(city.Components))
		placed := 0
		for _, sp := range k.spots(s) {
			if placed == n {
				break
			}
			cell, ok := s.stands(sp, &taken)
			if !ok {
				continue
			}
			placed++
			at = append(at, sp.at)
			city.Components = append(city.Components, s.component(k, sp, cell, placed))
		}
	}
	if n := len(city.Components); n != s.design.components {
		return fmt.Errorf("%d components: %w", n, errPlan)
	}
	return s.misrecord(city.Components, at)
}

// stands tells whether something can stand at the spot, and in which cell:
// inside the town and not on its very edge, not in a house, not in the water
// and not on a carriageway unless it belongs there.
func (s *site) stands(sp spot, taken *squares) (cell int32, ok bool) {
	at := sp.at.coord()
	if sp.shape != nil {
		at = sp.shape.Representative()
	}
	cell, also := s.cells.Locate(at)
	if cell == spatial.None || len(also) > 0 || taken.taken(sp.at) {
		return cell, false
	}
	// So near to the outline it might be surveyed outside.
	if s.nearRim(cell, sp.at, apartCm) {
		return cell, false
	}
	if !sp.onRoad && s.near.onCarriageway(sp.at, sp.road, 20) {
		return cell, false
	}
	if sp.onRoad && !sp.afloat && s.near.onCarriageway(sp.at, sp.road, 0) {
		return cell, false // in the middle of a crossing
	}
	if in, _ := s.built.Locate(at); in != spatial.None {
		return cell, false
	}
	if in, _ := s.water.Locate(at); in != spatial.None && !sp.afloat {
		return cell, false
	}
	taken.take(sp.at)
	return cell, true
}

// component writes the row of number n of its kind.
func (s *site) component(k kind, sp spot, cell int32, n int) grids.Component {
	where := s.communityOf(cell)
	if sp.road >= 0 {
		where = s.streets[sp.road].name
	}
	placed, changed := s.dates()
	traits := grids.ComponentTraits{
		Category:      k.code,
		State:         state(s.dice),
		AccuracyClass: k.accuracy,
		Owner:         k.owner,
		Maintainer:    k.keeper,
		Authority:     k.authority,
		Source:        "普查",
	}
	c := grids.Component{
		Feature: s.feature(fmt.Sprintf("%s%s%06d", s.districtCodes[0], k.code, n),
			fmt.Sprintf("%s%s%03d", where, k.label, n), sp.shape, sp.at.coord()),
		ComponentTraits: &traits,
		Cell:            s.cellCodes[cell],
		PlacedOn:        placed,
		ChangedOn:       changed,
	}
	if s.percent(12) {
		traits.Owner = "" // not on record
	}
	c.Attributes = k.extras(s.dice)
	return c
}

// dates returns when something was put up and when its record last changed.
func (s *site) dates() (placed, changed string) {
	const first, last = 2009, 2025
	day := func(y int64) string { return fmt.Sprintf("%d-%02d-%02d", y, s.between(1, 12), s.between(1, 28)) }
	y := s.between(first, last-1)
	return day(y), day(s.between(y+1, last))
}

// misrecord gives six points, far apart in the list, a neighbour's cell. They
// lie further from the border than any accuracy class excuses.
func (s *site) misrecord(rows []grids.Component, at []pt) error {
	const clearCm = 1_100 // class C is ±10 m
	left := wrongCells
	for i := range rows {
		if left == 0 || rows[i].Shape != nil || i < len(rows)*(wrongCells-left)/wrongCells {
			continue
		}
		cell, _ := s.cells.Locate(rows[i].At)
		if far, across, ok := s.border(cell, at[i]); ok && far > clearCm {
			rows[i].Cell = s.cellCodes[across]
			left--
		}
	}
	if left > 0 {
		return fmt.Errorf("%d wrong cells left over: %w", left, errPlan)
	}
	return nil
}

// border is how far the border of the cell is from p, and the cell across it;
// ok is false where that is the town's edge.
func (s *site) border(cell int32, p pt) (far int64, across int32, ok bool) {
	far = -1
	s.eachEdge(cell, func(e edge) {
		if d := toSegment(p, s.at[e.from], s.at[e.to]); far < 0 || d < far {
			far = d
			across, ok = s.across(e)
		}
	})
	return far, across, ok
}

// communityOf is the name of the cell's community.
func (s *site) communityOf(cell int32) string { return s.communityNames[s.community[cell]].text }
