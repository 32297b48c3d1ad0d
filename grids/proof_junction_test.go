//go:build proof

package grids_test

import (
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Cities as they are drawn have few T-junctions, the made-up one has none. Here
// they are made without moving a border: a corner of a cell is cut off to a cell
// of its own, by a line that ends within an edge, which the neighbour still has
// whole.
//
//	P             P
//	|             |\
//	|      →      |  \
//	A----------B  A---M------B    M is a position of the lattice on A-B, which
//	                              the neighbour below still has whole

// junctions recuts the city and asks at every new corner, on every new line and
// at the eight positions around each.
func junctions(t *testing.T, c *grids.City) {
	t.Helper()
	recut := *c
	recut.Cells = nil
	var corners, cuts []spatial.Coord
	for i := range c.Cells {
		cell := c.Cells[i]
		rest, corner, ok := cutCorner(cell.Shape)
		if !ok {
			recut.Cells = append(recut.Cells, cell)
			continue
		}
		part := cell
		part.Code += "T"
		cell.Shape, part.Shape = rest, corner
		recut.Cells = append(recut.Cells, cell, part)
		p, m := corner.Coords[0], corner.Coords[2]
		corners = append(corners, m)
		cuts = append(cuts, spatial.At((p.Lon()+m.Lon())/2, (p.Lat()+m.Lat())/2))
	}
	s := snapshotOf(t, &recut)
	b := newBrute(s, cellShapes(s))
	counts, made := map[string]int{}, 0
	for i, at := range slices.Concat(corners, cuts) {
		for d := range int32(9) {
			q := spatial.Coord{X: at.X + d%3 - 1, Y: at.Y + d/3 - 1}
			p, a := b.checkPlace(t, q, counts)
			b.checkGEOS(t, q, a)
			if q != at {
				continue
			}
			if p.Status != grids.StatusInside || p.Fault != "" {
				t.Errorf("%.7f %.7f at a T-junction: %+v, want exactly one cell", q.Lon(), q.Lat(), p)
			}
			if i < len(corners) && b.isJunction(q, a) {
				made++
			}
		}
	}
	t.Logf("%d T-junctions made, each in exactly one cell; with the positions around them and along the cuts: %v", made, counts)
	if made < len(c.Cells)/10 {
		t.Errorf("%d T-junctions among %d cells: the test has lost its point", made, len(c.Cells))
	}
}

// cutCorner cuts the first corner off that can be, of a cell of one ring: P, A
// and M, where M lies within the edge from A on and nothing of the cell lies in
// between.
func cutCorner(s *spatial.Shape) (rest, corner *spatial.Shape, ok bool) {
	if len(s.Ends) != 1 {
		return nil, nil, false
	}
	ring := s.Coords
	for i, a := range ring {
		p, b := ring[(i+len(ring)-1)%len(ring)], ring[(i+1)%len(ring)]
		m, ok := onEdge(a, b)
		if !ok || !convex(ring, p, a, b) || slices.ContainsFunc(ring, func(v spatial.Coord) bool {
			return v != p && v != a && inTriangle(p, a, m, v)
		}) {
			continue
		}
		left := slices.Clone(ring)
		left[i] = m
		return polygonOf(left), polygonOf([]spatial.Coord{p, a, m}), true
	}
	return nil, nil, false
}

// convex reports whether the ring turns the same way at a as it does as a whole.
func convex(ring []spatial.Coord, p, a, b spatial.Coord) bool {
	var area int64
	for i, v := range ring {
		area += turn(ring[0], ring[max(i, 1)-1], v)
	}
	return turn(p, a, b) != 0 && (turn(p, a, b) > 0) == (area > 0)
}

// turn is twice the area of a triangle, positive where it runs counter-clockwise.
func turn(a, b, c spatial.Coord) int64 {
	return (int64(b.X)-int64(a.X))*(int64(c.Y)-int64(a.Y)) - (int64(b.Y)-int64(a.Y))*(int64(c.X)-int64(a.X))
}

// inTriangle reports whether v lies in the triangle or on it.
func inTriangle(a, b, c, v spatial.Coord) bool {
	x, y, z := turn(a, b, v), turn(b, c, v), turn(c, a, v)
	return (x >= 0 && y >= 0 && z >= 0) || (x <= 0 && y <= 0 && z <= 0)
}

// polygonOf makes a polygon of rings, shell first.
func polygonOf(rings ...[]spatial.Coord) *spatial.Shape {
	s := &spatial.Shape{Kind: spatial.Polygons, Shells: []uint32{0}, Box: spatial.EmptyBox()}
	for _, r := range rings {
		s.Coords = append(s.Coords, r...)
		s.Ends = append(s.Ends, uint32(len(s.Coords)))
		for _, c := range r {
			s.Box = s.Box.Extend(c)
		}
	}
	return s
}
