package demo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// waterside are the classes that go with rivers and lakes.
const waterside = "0603,0604,0606,2115"

// classesOf lists the codes of the kinds of some realms, separated by commas.
func classesOf(realms ...realm) string {
	var out []string
	for _, k := range cityKinds() {
		if slices.Contains(realms, k.realm) {
			out = append(out, k.code)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ",")
}

// writeOwnership adds who owns what where: roads, blocks and waters. Land of
// one class never overlaps, since roads and blocks tile the city; the classes
// of the water lie across both.
func (c *contents) writeOwnership(city *grids.City) {
	add := func(name, classes, unit string, shape *spatial.Shape) {
		n := len(city.OwnershipAreas)
		city.OwnershipAreas = append(city.OwnershipAreas, grids.OwnershipArea{
			Feature:  c.feature(c.design.numbered("OA", n), name, shape, spatial.Coord{}),
			Category: classes, Unit: unit, Evidence: fmt.Sprintf("确权〔2025〕%d号", n+1),
		})
	}
	c.ownRoads(add)
	c.ownBlocks(add)
	for _, r := range c.rivers {
		add(r.name.text+"河道", waterside, cityWaters, c.shapeOf(r.rings))
	}
	for _, l := range c.lakes {
		add(l.name.text+"水域", waterside, cityWaters, polygon(l.shore))
	}
	for f := range c.faces {
		if c.faces[f].kind == promenade {
			add(c.communityOf(int32(f))+"滨河带", waterside, cityWaters, c.cells.Shape(int32(f)))
		}
	}
}

// ownRoads adds the land of every road: an arterial's in one piece, class by
// class, any other's by district.
func (c *contents) ownRoads(add func(name, classes, unit string, shape *spatial.Shape)) {
	realms := [...]realm{roadworks, lighting, greenery, cleansing}
	all := classesOf(realms[:]...)
	var single [len(realms)]string
	for i, r := range realms {
		single[i] = classesOf(r)
	}
	byRoad := make([][]int32, len(c.streets))
	for i := range c.land.pieces {
		r := c.land.pieces[i].road
		byRoad[r] = append(byRoad[r], int32(i))
	}
	for r := range c.streets {
		road := &c.streets[r]
		if road.class == arterial {
			shape := c.land.union(byRoad[r])
			for i := range realms {
				if shape != nil {
					add(road.name+"道路", single[i], c.roadLord(realms[i], arterial, 0), shape)
				}
			}
			continue
		}
		districts := map[int32][]int32{}
		var order []int32
		for _, i := range byRoad[r] {
			d := c.land.pieces[i].district
			if districts[d] == nil {
				order = append(order, d)
			}
			districts[d] = append(districts[d], i)
		}
		for _, d := range order {
			if shape := c.land.union(districts[d]); shape != nil {
				add(road.name+"道路", all, c.roles.urban[d], shape)
			}
		}
	}
}

// ownBlocks adds parks, squares, courts and villages.
func (c *contents) ownBlocks(add func(name, classes, unit string, shape *spatial.Shape)) {
	all := classesOf(roadworks, lighting, greenery, cleansing, yardly)
	for f := range int32(len(c.faces)) {
		unit := c.blockLord(f)
		ring := c.land.blocks[f]
		if unit == "" || ring == nil || c.wet(f) {
			continue
		}
		what := "院落"
		switch c.uses[f] {
		case usePark:
			what = "公园绿地"
		case useSquare:
			what = "广场"
		case useVillage:
			what = "村庄"
		}
		add(c.communityOf(f)+c.cellCodes[f][12:]+"号"+what, all, unit, c.land.shape([][]int32{ring}))
	}
}

// shape returns rings of land, each shell followed by its holes.
func (l *land) shape(rings [][]int32) *spatial.Shape {
	s := &spatial.Shape{Kind: spatial.Polygons, Box: spatial.EmptyBox()}
	for _, r := range rings {
		ps := make([]pt, len(r))
		for i, v := range r {
			ps[i] = l.at[v]
		}
		if area2(ps) > 0 {
			s.Shells = append(s.Shells, uint32(len(s.Ends)))
		}
		s.Coords, s.Box = appendCoords(s.Coords, s.Box, ps)
		s.Ends = append(s.Ends, uint32(len(s.Coords)))
	}
	return s
}

// union returns the land of several pieces without the borders between them,
// or nil.
func (l *land) union(pieces []int32) *spatial.Shape {
	rim := map[edge]bool{}
	var order []edge
	for _, i := range pieces {
		ring := l.pieces[i].ring
		if len(ring) == 0 {
			continue
		}
		a := ring[len(ring)-1]
		for _, b := range ring {
			e := edge{a, b}
			a = b
			if rim[e.back()] {
				delete(rim, e.back())
				continue
			}
			rim[e] = true
			order = append(order, e)
		}
	}
	if len(rim) == 0 {
		return nil
	}
	next := map[int32][]int32{}
	starts := order[:0]
	for _, e := range order {
		if rim[e] {
			next[e.from] = append(next[e.from], e.to)
			starts = append(starts, e)
		}
	}
	var rings [][]int32
	for _, e := range starts {
		rings = append(rings, walkRim(next, e.from)...)
	}
	return l.shape(l.nested(rings))
}

// walkRim follows the border edges from a vertex until none is left there. A
// vertex met again closes a ring.
func walkRim(next map[int32][]int32, v int32) (rings [][]int32) {
	var path []int32
	onPath := map[int32]int{}
	for {
		if i, closed := onPath[v]; closed {
			rings = append(rings, append([]int32(nil), path[i:]...))
			for _, u := range path[i:] {
				delete(onPath, u)
			}
			path = path[:i]
		}
		out := next[v]
		if len(out) == 0 {
			return rings
		}
		onPath[v] = len(path)
		path = append(path, v)
		next[v] = out[1:]
		v = out[0]
	}
}

// nested puts every hole behind the shell that it lies in: the smallest that
// holds the middle of one of its edges. A road has few of either.
func (l *land) nested(rings [][]int32) [][]int32 {
	points := make([][]pt, len(rings))
	holes := make([][]int, len(rings))
	var shells []int
	for i, r := range rings {
		for _, v := range r {
			points[i] = append(points[i], l.at[v])
		}
		if area2(points[i]) > 0 {
			shells = append(shells, i)
		}
	}
	for i := range rings {
		if area2(points[i]) > 0 {
			continue
		}
		best := -1
		for _, s := range shells {
			if holdsRing(points[s], points[i]) && (best < 0 || area2(points[s]) < area2(points[best])) {
				best = s
			}
		}
		if best >= 0 {
			holes[best] = append(holes[best], i)
		}
	}
	var out [][]int32
	for _, s := range shells {
		out = append(out, rings[s])
		for _, h := range holes[s] {
			out = append(out, rings[h])
		}
	}
	return out
}

// holdsRing tells whether most corners of a hole lie in the shell: some may
// lie on it.
func holdsRing(shell, hole []pt) bool {
	in := 0
	for _, p := range hole {
		if within(p, shell) {
			in++
		}
	}
	return 2*in > len(hole)
}
