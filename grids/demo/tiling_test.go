package demo

import (
	"math"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

func checkPolygons(t *testing.T, c *grids.City) {
	for _, rows := range features(c) {
		for _, f := range rows {
			if f.Shape != nil && f.Shape.Kind == spatial.Polygons {
				checkValid(t, f.Code+" "+f.Name, f.Shape)
			}
		}
	}
}

// checkTiling proves it from three facts: each edge of a cell is met exactly
// once, in reverse, by another cell or, as it is, by the outline of all
// districts; no vertex lies within an edge; and the areas add up.
func checkTiling(t *testing.T, c *grids.City) {
	count := map[side]int{}
	vertices := map[spatial.Coord]bool{}
	var sum int64
	for i := range c.Cells {
		s := c.Cells[i].Shape
		if len(s.Ends) != 1 {
			t.Fatalf("cell %s has %d rings", c.Cells[i].Code, len(s.Ends))
		}
		sum += shapeArea(s)
		for _, e := range sidesOf(s.Coords) {
			count[e]++
			vertices[e.a] = true
		}
	}
	outline := map[side]bool{}
	var whole int64
	for i := range c.Districts {
		whole += shapeArea(c.Districts[i].Shape)
		for _, r := range ringsOf(c.Districts[i].Shape) {
			for _, e := range sidesOf(r) {
				if back := (side{e.b, e.a}); outline[back] {
					delete(outline, back) // between two districts
				} else {
					outline[e] = true
				}
			}
		}
	}
	for e, n := range count {
		if n != 1 {
			t.Errorf("edge %v belongs to %d cells", e, n)
		}
		across := count[side{e.b, e.a}]
		if outline[e] {
			across++
		}
		if across != 1 {
			t.Errorf("edge %v has %d neighbours", e, across)
		}
		delete(outline, e)
	}
	if len(outline) > 0 {
		t.Errorf("%d edges of the outline belong to no cell", len(outline))
	}
	if whole != sum {
		t.Errorf("the districts have %d, the cells %d", whole, sum)
	}
	checkNoVertexInEdge(t, count, vertices)
}

// checkNoVertexInEdge looks at the squares that each edge passes.
func checkNoVertexInEdge(t *testing.T, edges map[side]int, vertices map[spatial.Coord]bool) {
	const squareQuanta = 4_096
	type square struct{ x, y int32 }
	in := map[square][]spatial.Coord{}
	for v := range vertices {
		q := square{v.X / squareQuanta, v.Y / squareQuanta}
		in[q] = append(in[q], v)
	}
	for e := range edges {
		for x := min(e.a.X, e.b.X) / squareQuanta; x <= max(e.a.X, e.b.X)/squareQuanta; x++ {
			for y := min(e.a.Y, e.b.Y) / squareQuanta; y <= max(e.a.Y, e.b.Y)/squareQuanta; y++ {
				for _, v := range in[square{x, y}] {
					if v != e.a && v != e.b && onSide(v, e) {
						t.Errorf("vertex %v lies within edge %v", v, e)
					}
				}
			}
		}
	}
}

func checkSizes(t *testing.T, c *grids.City) {
	var sum float64
	for i := range c.Cells {
		x := &c.Cells[i]
		sum += x.AreaM2
		if x.AreaM2 < 2_500 || x.AreaM2 > 25_000 {
			t.Errorf("cell %s has %.0f m²", x.Code, x.AreaM2)
		}
		// Degrees times the scale at the town's latitude, within 0.1 %.
		rough := float64(shapeArea(x.Shape)) / 2 * 0.00915208 * 0.01109367
		if math.Abs(rough-x.AreaM2) > x.AreaM2/1000 {
			t.Errorf("cell %s has %.1f m², roughly reckoned %.1f", x.Code, x.AreaM2, rough)
		}
	}
	if mean := sum / float64(len(c.Cells)); mean < 9_500 || mean > 10_500 {
		t.Errorf("mean cell is %.0f m²", mean)
	}
}

// A union is a division or zone with the cells it should have.
type union struct {
	f     *grids.Feature
	cells []*grids.Cell
}

func unions(c *grids.City) []union {
	var out []union
	add := func(f *grids.Feature, in func(x *grids.Cell) bool) {
		u := union{f: f}
		for i := range c.Cells {
			if in(&c.Cells[i]) {
				u.cells = append(u.cells, &c.Cells[i])
			}
		}
		out = append(out, u)
	}
	for i := range c.Districts {
		f := &c.Districts[i].Feature
		add(f, func(x *grids.Cell) bool { return x.Code[:6] == f.Code })
	}
	for i := range c.Streets {
		f := &c.Streets[i].Feature
		add(f, func(x *grids.Cell) bool { return x.Code[:9] == f.Code })
	}
	for i := range c.Communities {
		f := &c.Communities[i].Feature
		add(f, func(x *grids.Cell) bool { return x.Community == f.Code })
	}
	for i := range c.Zones {
		f := &c.Zones[i].Feature
		add(f, func(x *grids.Cell) bool { return x.Zone == f.Code })
	}
	return out
}

// checkUnions compares the edges of the union with those edges of its cells
// that no other of its cells has: equal sets, so equal areas.
func checkUnions(t *testing.T, c *grids.City) {
	for _, u := range unions(c) {
		left := map[side]bool{}
		var sum int64
		for _, x := range u.cells {
			sum += shapeArea(x.Shape)
			for _, e := range sidesOf(x.Shape.Coords) {
				if back := (side{e.b, e.a}); left[back] {
					delete(left, back)
				} else {
					left[e] = true
				}
			}
		}
		if got := shapeArea(u.f.Shape); got != sum {
			t.Errorf("%s has %d, its cells %d", u.f.Code, got, sum)
		}
		for _, r := range ringsOf(u.f.Shape) {
			for _, e := range sidesOf(r) {
				if !left[e] {
					t.Errorf("%s has an edge that is no rim of its cells: %v", u.f.Code, e)
				}
				delete(left, e)
			}
		}
		if len(left) > 0 {
			t.Errorf("%s lacks %d edges", u.f.Code, len(left))
		}
		if len(u.f.Shape.Shells) != 1 {
			t.Errorf("%s has %d parts", u.f.Code, len(u.f.Shape.Shells))
		}
	}
}

func checkConnected(t *testing.T, c *grids.City) {
	least := 15 // cells of a union
	if len(c.Cells) > 200 {
		least = 4 // communities of a city along the river are small
	}
	for _, u := range unions(c) {
		owner := map[side]int{}
		for i, x := range u.cells {
			for _, e := range sidesOf(x.Shape.Coords) {
				owner[e] = i
			}
		}
		seen := map[int]bool{0: true}
		queue := []int{0}
		for len(queue) > 0 {
			x := u.cells[queue[0]]
			queue = queue[1:]
			for _, e := range sidesOf(x.Shape.Coords) {
				if j, ok := owner[side{e.b, e.a}]; ok && !seen[j] {
					seen[j] = true
					queue = append(queue, j)
				}
			}
		}
		if len(seen) != len(u.cells) || len(seen) < least {
			t.Errorf("%s: %d of %d cells hang together", u.f.Code, len(seen), len(u.cells))
		}
	}
}
