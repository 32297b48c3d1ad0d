package demo

import (
	"errors"
	"slices"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// scene is where a case is.
type scene struct {
	at    spatial.Coord
	cell  int32
	thing int32 // the component, or none
}

const none = spatial.None

// How much happens in a cell by its land use, up to mostWeight, times a chance of
// half to twice.
const (
	mostWeight  = 16
	usualWeight = 3
)

var weightOf = map[string]int64{
	"商业": 9, "广场": 8, "老城居住": 7, "医疗": 6, "居住": 5, "行政办公": 5, "教育": 4,
	"工业": 3, "村庄": 3, "公园绿地": 2, "仓储": 2, "水域": 1, "农田": 1,
}

// homes are the land uses where the public is; elsewhere two of three of its
// reports are drawn again.
var homes = map[string]bool{"居住": true, "老城居住": true, "商业": true, "医疗": true, "教育": true}

// places draws where cases are.
type places struct {
	snap   *grids.Snapshot
	sums   []int64 // of the weights of cells up to and with each
	home   []bool  // by cell
	zones  []int32 // by cell
	cellOf []int32 // of each component, by geometry; none outside
	along  []*alongStreet
}

var errNoCells = errors.New("the city has no cells with zones")

func newPlaces(snap *grids.Snapshot, dice dice) (places, error) {
	cells := snap.City.Cells
	p := places{snap: snap, sums: make([]int64, len(cells)), home: make([]bool, len(cells)), zones: make([]int32, len(cells))}
	sum := int64(0)
	for i := range cells {
		w, ok := weightOf[cells[i].LandUse]
		if !ok {
			w = usualWeight
		}
		const half, twice, whole = 50, 200, 100
		w = min(max((w*dice.between(half, twice)+half)/whole, 1), mostWeight)
		if p.zones[i] = snap.Find(grids.Zones, cells[i].Zone); p.zones[i] == none {
			w = 0
		}
		sum += w
		p.sums[i], p.home[i] = sum, homes[cells[i].LandUse]
	}
	if sum == 0 {
		return p, errNoCells
	}
	// Edited components have numbers beyond the others.
	var at []spatial.Coord
	for i := range snap.All(grids.Components) {
		for int(i) >= len(at) {
			at = append(at, spatial.Coord{})
		}
		at[i] = snap.Component(i).At
	}
	p.cellOf = make([]int32, len(at))
	snap.CellsAt(p.cellOf, at)
	return p, nil
}

// weight is that of a cell.
func (p *places) weight(cell int32) int64 {
	if cell == 0 {
		return p.sums[0]
	}
	return p.sums[cell] - p.sums[cell-1]
}

// drawn is the cell in which the r-th part of all weights lies.
func (p *places) drawn(r int64) int32 {
	i, _ := slices.BinarySearchFunc(p.sums, r, func(sum, r int64) int {
		if sum > r {
			return 1
		}
		return -1
	})
	return int32(i)
}

// suits tells whether a place is kept: that of the public rather where it lives.
func (p *places) suits(dice dice, cell int32, public bool) bool {
	return !public || p.home[cell] || dice.between(1, 3) == 1
}

// placeTries bounds how often a place is drawn that suits.
const placeTries = 60

// gpsCm is how far from its component a report is at most, each way.
const gpsCm = 300

// ofThing draws one of the components: in cells with much weight sooner.
func (p *places) ofThing(dice dice, things []int32, public bool) scene {
	var last scene
	for range placeTries {
		thing := pick(dice, things)
		cell := p.cellOf[thing]
		if cell == none || p.weight(cell) == 0 {
			continue
		}
		last = scene{p.snap.Component(thing).At, cell, thing}
		if dice.between(1, mostWeight) <= p.weight(cell) && p.suits(dice, cell, public) {
			break
		}
	}
	if last == (scene{}) { // all of the class lie outside the cells
		return p.ofEvent(dice, strength{}, public)
	}
	return p.near(dice, last)
}

// near moves a place as a satellite's fix does, within its cell.
func (p *places) near(dice dice, of scene) scene {
	moved := movedBy(of.at, dice.jitter(pt{}, gpsCm))
	if at := p.snap.Locate(moved); at.Status == grids.StatusInside && at.Cell == of.cell {
		of.at = moved
	}
	return of
}

// strength is how much more happens along a planted street.
type strength struct {
	along *alongStreet // nil for none
	extra int64        // beside the weights of all cells
}

// ofEvent draws where something happens.
func (p *places) ofEvent(dice dice, s strength, public bool) scene {
	for {
		r := dice.between(0, p.sums[len(p.sums)-1]+s.extra-1)
		if r >= p.sums[len(p.sums)-1] {
			return s.along.place(dice, p)
		}
		cell := p.drawn(r)
		if !p.suits(dice, cell, public) {
			continue
		}
		return p.within(dice, cell)
	}
}

// within draws a position in a cell.
func (p *places) within(dice dice, cell int32) scene {
	f := &p.snap.City.Cells[cell].Feature
	box := p.snap.City.Cells[cell].Shape.Box
	for range placeTries {
		c := spatial.Coord{
			X: int32(dice.between(int64(box.Min.X), int64(box.Max.X))),
			Y: int32(dice.between(int64(box.Min.Y), int64(box.Max.Y))),
		}
		if at := p.snap.Locate(c); at.Status == grids.StatusInside && at.Cell == cell {
			return scene{c, cell, none}
		}
	}
	return scene{f.At, cell, none}
}

// movedBy moves a position by a vector of the plan.
func movedBy(c spatial.Coord, by pt) spatial.Coord {
	return spatial.Coord{
		X: c.X + int32(nearest(by.x*eastPerCm, stepsPerCm)),
		Y: c.Y + int32(nearest(by.y*northCm, stepsPerCm)),
	}
}

// vector is the vector of the plan from one position to another.
func vector(from, to spatial.Coord) pt {
	return pt{
		nearest((int64(to.X)-int64(from.X))*stepsPerCm, eastPerCm),
		nearest((int64(to.Y)-int64(from.Y))*stepsPerCm, northCm),
	}
}
