package demo

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// boxes finds rows by their boxes. Filled along a Hilbert curve the tree is
// several times as fast, which counts under -race.
func boxes(n int, feature func(i int) *grids.Feature) *spatial.Tree[int32] {
	whole := spatial.EmptyBox()
	order := make([]int32, n)
	for i := range n {
		whole, order[i] = whole.Union(feature(i).Box()), int32(i)
	}
	key := func(i int32) uint32 { return spatial.HilbertKey(whole, feature(int(i)).Box().Center()) }
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(key(a), key(b)), cmp.Compare(a, b)) })
	var tree spatial.Tree[int32]
	for _, i := range order {
		tree.Insert(feature(int(i)).Box(), i)
	}
	return &tree
}

func checkCityCells(t *testing.T, c *grids.City) {
	byCode := map[string]*grids.Cell{}
	for i := range c.Cells {
		byCode[c.Cells[i].Code] = &c.Cells[i]
	}
	tree := boxes(len(c.Cells), func(i int) *grids.Feature { return &c.Cells[i].Feature })
	wrong := 0
	for i := range c.Components {
		x := &c.Components[i]
		recorded := byCode[x.Cell]
		if recorded == nil {
			t.Fatalf("component %s is recorded in cell %q", x.Code, x.Cell)
		}
		if _, holds := recorded.Shape.Contains(x.At); holds {
			if x.Code[:6] != x.Cell[:6] {
				t.Errorf("component %s lies in cell %s", x.Code, x.Cell)
			}
			continue
		}
		wrong++
		var actual *grids.Cell
		tree.Search(spatial.Box{Min: x.At, Max: x.At}, func(j int32) bool {
			if _, holds := c.Cells[j].Shape.Contains(x.At); holds {
				actual = &c.Cells[j]
			}
			return actual == nil
		})
		switch tolerance := map[string]float64{"A": 1, "B": 2, "C": 10}[x.AccuracyClass]; {
		case actual == nil:
			t.Errorf("component %s lies in no cell", x.Code)
		case !neighbours(actual, recorded):
			t.Errorf("component %s lies in %s, recorded is %s, no neighbour", x.Code, actual.Code, x.Cell)
		case actual.Shape.DistanceM(x.At) < tolerance:
			t.Errorf("component %s is %.2f m off the border: its record may be right", x.Code, actual.Shape.DistanceM(x.At))
		case x.Code[:6] != actual.Code[:6]:
			t.Errorf("component %s lies in cell %s", x.Code, actual.Code)
		}
	}
	if wrong != 393 {
		t.Errorf("%d components have a wrong cell, want 393", wrong)
	}
}

// checkDryGround looks at every fourth; the proof looks at all.
func checkDryGround(t *testing.T, c *grids.City) { dryGround(t, c, 4) }

func dryGround(t *testing.T, c *grids.City, step int) {
	t.Helper()
	type layer struct {
		rows []grids.Base
		tree *spatial.Tree[int32]
	}
	var solid []layer
	for _, l := range []grids.Layer{grids.BaseWater, grids.BaseBuildings} {
		rows := c.Base[l]
		solid = append(solid, layer{rows, boxes(len(rows), func(i int) *grids.Feature { return &rows[i].Feature })})
	}
	n := 0
	for i := range c.Components {
		x := &c.Components[i]
		if !slices.Contains([]string{"0118", "0119", "0120", "0401", "0402", "0305"}, x.Category) {
			continue
		}
		if n++; n%step != 0 {
			continue
		}
		for _, s := range solid {
			s.tree.Search(spatial.Box{Min: x.At, Max: x.At}, func(j int32) bool {
				if b := &s.rows[j]; onOrIn(b.Shape, x.At) {
					t.Errorf("%s %s stands in %s %s", x.Code, x.Name, b.Code, b.Name)
				}
				return true
			})
		}
	}
	if n < 70_000 {
		t.Errorf("only %d lamps, trees and bins", n)
	}
}

func onOrIn(s *spatial.Shape, c spatial.Coord) bool {
	side, _ := s.Contains(c)
	return side != spatial.Outside
}

// checkHabits: most of a kind stand where such things stand. Signals have two
// roads near, benches a park or water.
func checkHabits(t *testing.T, c *grids.City) {
	roads := c.Base[grids.BaseRoads]
	onRoads := boxes(len(roads), func(i int) *grids.Feature { return &roads[i].Feature })
	water := c.Base[grids.BaseWater]
	use := map[string]string{}
	for i := range c.Cells {
		use[c.Cells[i].Code] = c.Cells[i].LandUse
	}
	count, right := map[string]int{}, map[string]int{}
	for i := range c.Components {
		x := &c.Components[i]
		switch count[x.Category]++; x.Category {
		case "0210":
			near := 0
			onRoads.Search(spatial.Box{Min: x.At, Max: x.At}.Grow(4_000), func(j int32) bool {
				if roads[j].Shape.DistanceM(x.At) < 40 {
					near++
				}
				return near < 2
			})
			if near > 1 {
				right[x.Category]++
			}
		case "0407":
			if u := use[x.Cell]; u == usePark || u == useSquare || slices.ContainsFunc(water, func(w grids.Base) bool {
				return w.Shape.Box.Grow(2_000).Holds(x.At) && w.Shape.DistanceM(x.At) < 15
			}) {
				right[x.Category]++
			}
		}
	}
	for _, code := range []string{"0210", "0407"} {
		if right[code]*100 < count[code]*98 {
			t.Errorf("%d of %d of kind %s stand where such things stand", right[code], count[code], code)
		}
	}
}

// checkCityLamps measures to the middle of the roads, which is more than the
// carriageway's edge asks.
func checkCityLamps(t *testing.T, c *grids.City) {
	var tree spatial.Tree[int32]
	var sides []spatial.Shape
	for i := range c.Base[grids.BaseRoads] {
		r := &c.Base[grids.BaseRoads][i]
		if !slices.Contains([]string{"arterial", "street", "lane"}, r.Class) {
			continue
		}
		for j := 1; j < len(r.Shape.Coords); j++ {
			a, b := r.Shape.Coords[j-1], r.Shape.Coords[j]
			tree.Insert(spatial.EmptyBox().Extend(a).Extend(b), int32(len(sides)))
			sides = append(sides, spatial.Shape{Kind: spatial.Lines, Coords: []spatial.Coord{a, b}, Ends: []uint32{2}})
		}
	}
	const reach = 2_000 // quanta, over 18 m each way
	lamps, near := 0, 0
	for i := range c.Components {
		x := &c.Components[i]
		if x.Category != "0118" {
			continue
		}
		lamps++
		tree.Search(spatial.Box{Min: x.At, Max: x.At}.Grow(reach), func(j int32) bool {
			if sides[j].DistanceM(x.At) > 15 {
				return true
			}
			near++
			return false
		})
	}
	if lamps < 20_000 || near*100 < lamps*95 {
		t.Errorf("%d of %d lamps stand by a road", near, lamps)
	}
}

// checkRuns: the next cover of the same pipe is mostly some tens of metres
// away, which chance would not bring about.
func checkRuns(t *testing.T, c *grids.City) {
	for _, code := range []string{"0101", "0102", "0103", "0105", "0107", "0110", "0111"} {
		n, inRun := 0, 0
		var last *grids.Component
		for i := range c.Components {
			x := &c.Components[i]
			if x.Category != code {
				continue
			}
			if n++; last != nil && last.Name == x.Name {
				if d := spatial.DistanceM(last.At, x.At); d > 5 && d < 200 {
					inRun++
				}
			}
			last = x
		}
		if inRun*100 < n*75 {
			t.Errorf("%d of %d covers %s follow another of their run", inRun, n, code)
		}
	}
}

func checkCityAddresses(t *testing.T, c *grids.City) {
	kinds := map[string]int{}
	for i := range c.Addresses {
		a := &c.Addresses[i]
		kinds[a.Kind]++
		if a.Name == "" || a.Pinyin == "" || !strings.HasSuffix(a.Full, a.Name) || len(a.Full) <= len(a.Name) {
			t.Errorf("address %+v", a)
		}
	}
	if kinds["plate"] < 15_000 || kinds["place"] < 500 || kinds["street"] < 1_000 || kinds["area"] != len(c.Communities) {
		t.Errorf("addresses %v", kinds)
	}
}

// checkOwners looks at every nineteenth component; the proof looks at all.
func checkOwners(t *testing.T, c *grids.City) {
	areas := c.OwnershipAreas
	tree := boxes(len(areas), func(i int) *grids.Feature { return &areas[i].Feature })
	owned := map[string]bool{}
	for _, k := range cityKinds() {
		owned[k.code] = k.realm != noRealm
	}
	in, out := 0, 0
	for i := 0; i < len(c.Components); i += 19 {
		x := &c.Components[i]
		var found []*grids.OwnershipArea
		tree.Search(spatial.Box{Min: x.At, Max: x.At}, func(j int32) bool {
			if _, holds := areas[j].Shape.Contains(x.At); holds && strings.Contains(","+areas[j].Category+",", ","+x.Category+",") {
				found = append(found, &areas[j])
			}
			return true
		})
		switch {
		case len(found) > 1:
			t.Errorf("component %s lies in areas %s and %s", x.Code, found[0].Code, found[1].Code)
		case !owned[x.Category]:
		case len(found) == 1:
			in++
			if x.Maintainer != found[0].Unit || x.Owner != "" && x.Owner != found[0].Unit {
				t.Errorf("component %s %s is of %q, its area of %q", x.Code, x.Name, x.Owner, found[0].Unit)
			}
		default:
			out++
		}
	}
	if in < 20*out {
		t.Errorf("%d components lie in an area of ownership, %d in none", in, out)
	}
}
