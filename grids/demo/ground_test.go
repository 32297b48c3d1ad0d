package demo

import (
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// afloat are the categories that belong over water: bridges.
var afloat = map[string]bool{"0209": true}

func checkGround(t *testing.T, c *grids.City) {
	states := map[string]int{}
	at := map[spatial.Coord]string{}
	shapes := map[spatial.Kind]int{}
	for i := range c.Components {
		x := &c.Components[i]
		states[x.State]++
		shapes[x.Geometry().Kind]++
		if other, taken := at[x.At]; taken {
			t.Errorf("%s and %s stand on one another", x.Code, other)
		}
		at[x.At] = x.Code
		for _, h := range c.Base[grids.BaseBuildings] {
			if h.Box().Holds(x.At) && inside(x.At, h.Shape) {
				t.Errorf("%s %s stands in %s", x.Code, x.Name, h.Code)
			}
		}
		for _, w := range c.Base[grids.BaseWater] {
			if inside(x.At, w.Shape) && !afloat[x.Category] {
				t.Errorf("%s %s stands in %s", x.Code, x.Name, w.Name)
			}
		}
		for _, p := range x.Geometry().Coords {
			if !inside(p, c.Districts[0].Shape) {
				t.Errorf("%s %s reaches out of the town", x.Code, x.Name)
			}
		}
	}
	if states["完好"] < 2700 || states["破损"] == 0 || states["丢失"] == 0 {
		t.Errorf("states %v", states)
	}
	if shapes[spatial.Lines] < 20 || shapes[spatial.Polygons] < 5 {
		t.Errorf("shapes %v", shapes)
	}
}

func checkLamps(t *testing.T, c *grids.City) {
	lamps := 0
	for i := range c.Components {
		x := &c.Components[i]
		if x.Category != "0137" {
			continue
		}
		lamps++
		near := 1e9
		for _, r := range c.Base[grids.BaseRoads] {
			if r.Box().Grow(2_000).Holds(x.At) {
				near = min(near, r.Shape.DistanceM(x.At))
			}
		}
		if near > 15 {
			t.Errorf("lamp %s is %.1f m from the nearest road", x.Code, near)
		}
	}
	if lamps < 400 {
		t.Errorf("%d lamps", lamps)
	}
}

// checkRecordedCells asks the snapshot, as the server would.
func checkRecordedCells(t *testing.T, c *grids.City) {
	s, err := grids.NewSnapshot(c, c.Cells[0].Valid.From.Time())
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i := range c.Components {
		x := &c.Components[i]
		p := s.Locate(x.At)
		if p.Status != grids.StatusInside || p.Fault != "" {
			t.Errorf("%s is %s %s", x.Code, p.Status, p.Fault)
			continue
		}
		if c.Cells[p.Cell].Code == x.Cell {
			continue
		}
		wrong++
		recorded := &c.Cells[s.Find(grids.Cells, x.Cell)]
		if !neighbours(&c.Cells[p.Cell], recorded) {
			t.Errorf("%s lies in %s, recorded is %s, no neighbour", x.Code, c.Cells[p.Cell].Code, x.Cell)
		}
		if m, _ := s.Border(p); m < 10 {
			t.Errorf("%s is only %.1f m off the border", x.Code, m)
		}
	}
	if wrong != 6 {
		t.Errorf("%d components have a wrong cell", wrong)
	}
}

func neighbours(a, b *grids.Cell) bool {
	edges := map[side]bool{}
	for _, e := range sidesOf(a.Shape.Coords) {
		edges[e] = true
	}
	for _, e := range sidesOf(b.Shape.Coords) {
		if edges[side{e.b, e.a}] {
			return true
		}
	}
	return false
}

// checkHouses: a cell cuts no house, and no house stands in another.
func checkHouses(t *testing.T, c *grids.City) {
	var houses []*grids.Base
	for i := range c.Base[grids.BaseBuildings] {
		if h := &c.Base[grids.BaseBuildings][i]; h.Shape.Kind == spatial.Polygons {
			houses = append(houses, h)
		}
	}
	cells := boxes(len(c.Cells), func(i int) *grids.Feature { return &c.Cells[i].Feature })
	others := boxes(len(houses), func(i int) *grids.Feature { return &houses[i].Feature })
	for i, h := range houses {
		in := 0
		cells.Search(h.Box(), func(j int32) bool {
			all := true
			for _, p := range h.Shape.Coords {
				all = all && inside(p, c.Cells[j].Shape)
			}
			if all {
				in++
			}
			return true
		})
		if in != 1 {
			t.Errorf("house %s lies in %d cells", h.Code, in)
		}
		others.Search(h.Box(), func(j int32) bool {
			for _, p := range h.Shape.Coords {
				if int(j) < i && inside(p, houses[j].Shape) {
					t.Errorf("houses %s and %s overlap", h.Code, houses[j].Code)
				}
			}
			return true
		})
	}
}
