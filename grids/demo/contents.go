package demo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// contents is a city as it is being furnished.
type contents struct {
	*site
	land     *land
	grid     *cellGrid
	squares  squares
	houseOf  []int32 // by cell: its first house, with one entry more at the end
	roadCm   [arterial + 1]int64
	roles    roles
	days     []string // every day on which something can have been put up
	wrong    recorder
	traits   grids.TraitTable
	lastRoad int32
	lastName string
}

// A placed spot is one that was taken, small: there are millions.
type placed struct {
	x, y, cell, road int32
	shape            *spatial.Shape
}

func newContents(s *site) *contents {
	c := &contents{site: s, land: newLand(s), grid: newCellGrid(s), roles: s.newRoles(), days: calendarDays()}
	c.houseOf = make([]int32, len(s.faces)+1)
	for _, h := range s.houses {
		c.houseOf[h.cell+1]++
	}
	for f := range s.faces {
		c.houseOf[f+1] += c.houseOf[f]
	}
	for i := range s.streets {
		c.roadCm[s.streets[i].class] += lengthOf(s.streets[i].points)
	}
	return c
}

// wet tells whether the cell is water.
func (s *site) wet(f int32) bool {
	k := s.faces[f].kind
	return k == riverbed || k == lakebed
}

// inHouse tells whether a house of the cell holds the position: houses lie
// inside their cells.
func (c *contents) inHouse(f int32, at spatial.Coord) bool {
	for h := c.houseOf[f]; h < c.houseOf[f+1]; h++ {
		if _, holds := c.built.Shape(h).Contains(at); holds {
			return true
		}
	}
	return false
}

// furnish puts up all components of a city. The rows are written in the order
// of code when all places are known: nothing as large need be sorted.
func (c *contents) furnish(city *grids.City) (err error) {
	city.Scheme = schemeCity
	if city.Categories, err = cityCategories(); err != nil {
		return err
	}
	kinds := cityKinds()
	there := make([][]placed, len(kinds))
	left := c.design.components
	for i, k := range kinds {
		want := k.count * c.design.scale
		if i == len(kinds)-1 {
			want = left
		}
		there[i] = c.place(k, min(want, left))
		left -= len(there[i])
		if len(there[i]) == 0 {
			return fmt.Errorf("no place for kind %s %s: %w", k.code, k.label, errPlan)
		}
	}
	if left > 0 {
		return fmt.Errorf("%d components too few: %w", left, errPlan)
	}
	order := make([]int, len(kinds))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(kinds[a].code, kinds[b].code) })
	c.writeKinds(city, kinds, there, order)
	c.writeOwnership(city)
	return c.wrong.missing()
}

// place finds places for at most want things of a kind.
func (c *contents) place(k cityKind, want int) []placed {
	var out []placed
	for _, s := range k.from {
		for round := 0; len(out) < want; round++ {
			offered := s.of(c, want-len(out), round)
			if len(offered) == 0 {
				break
			}
			found := c.standing(offered, want-len(out), s.even)
			out = append(out, found...)
		}
	}
	return out
}

// standing takes those of the spots where something can stand: the first, or
// of even ones every so many.
func (c *contents) standing(offered []spot, want int, even bool) []placed {
	found := make([]placed, 0, min(want, len(offered)))
	for _, sp := range offered {
		if len(found) == want && !even {
			break
		}
		if cell, ok := c.stands(sp); ok {
			found = append(found, placed{int32(sp.at.x), int32(sp.at.y), cell, sp.road, sp.shape})
		}
	}
	if n := len(found); n > want {
		kept := found[:0]
		for i, p := range found {
			if int64(i)*int64(want)/int64(n) != int64(i+1)*int64(want)/int64(n) {
				kept = append(kept, p)
			}
		}
		found = kept
	}
	return found
}

// stands is site.stands for a city: houses and water are looked up by cell.
func (c *contents) stands(sp spot) (cell int32, ok bool) {
	if c.squares.taken(sp.at) {
		return 0, false
	}
	if !sp.crosses && !sp.afloat {
		margin := int64(20)
		if sp.onRoad {
			margin = 0
		}
		if c.near.onCarriageway(sp.at, sp.road, margin) {
			return 0, false
		}
	}
	at := sp.at.coord()
	if sp.shape != nil {
		at = sp.shape.Representative()
	}
	cell = c.grid.locate(at)
	if cell == spatial.None || c.wet(cell) && !sp.afloat || c.grid.rim[cell] && c.nearRim(cell, sp.at, apartCm) {
		return cell, false
	}
	if sp.shape != nil && !c.holdsShape(sp.shape) || c.inHouse(cell, at) {
		return cell, false
	}
	c.squares.take(sp.at)
	return cell, true
}

// holdsShape tells whether all corners of the shape lie in the city.
func (c *contents) holdsShape(shape *spatial.Shape) bool {
	for _, p := range shape.Coords {
		if c.grid.locate(p) == spatial.None {
			return false
		}
	}
	return true
}
