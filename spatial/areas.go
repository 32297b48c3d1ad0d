package spatial

import (
	"cmp"
	"slices"
)

// SnapQuanta is how far off a border a position still counts as lying on it.
// A position on a border (an edge's midpoint, say) is rounded to the lattice
// and so moves by at most √½ quanta; the vertices of two edges that met before
// rounding move by as much again. Only positions that no polygon holds are
// tried, so the snap never takes a position away from a polygon.
const SnapQuanta = 1.5

// None stands where no area was found.
const None = int32(-1)

// Areas finds the polygon that holds a position by searching a tree of their
// boxes. It is built once from shapes in a stable order (their code's) and
// answers with indices into that order. [Coverage] gives the same answers faster
// and is proved against it.
type Areas struct {
	shapes []*Shape
	tree   Tree[int32]
	box    Box
	runs   map[int32]runs // of large shapes, for Masses
}

// NewAreas indexes the shapes; a nil shape or one that is no polygon is never found.
func NewAreas(shapes []*Shape) *Areas {
	a := &Areas{shapes: shapes, box: EmptyBox()}
	for _, s := range shapes {
		if s != nil {
			a.box = a.box.Union(s.Box)
		}
	}
	type entry struct {
		key uint32
		i   int32
	}
	order := make([]entry, 0, len(shapes))
	for i, s := range shapes {
		if s != nil && s.Kind == Polygons {
			order = append(order, entry{HilbertKey(a.box, s.Box.Center()), int32(i)})
		}
	}
	slices.SortFunc(order, func(x, y entry) int {
		return cmp.Or(cmp.Compare(x.key, y.key), cmp.Compare(x.i, y.i))
	})
	for _, e := range order {
		a.tree.Insert(shapes[e.i].Box, e.i)
		if len(shapes[e.i].Coords) >= runsFrom {
			a.addRuns(e.i)
		}
	}
	return a
}

// Len returns the number of shapes given.
func (a *Areas) Len() int { return len(a.shapes) }

// Shape returns shape i.
func (a *Areas) Shape(i int32) *Shape { return a.shapes[i] }

// Box returns the box of all shapes.
func (a *Areas) Box() Box { return a.box }

// Locate returns the area that holds c by the border rule, or None. also has
// the other areas that hold it: they overlap there.
func (a *Areas) Locate(c Coord) (area int32, also []int32) {
	area, touch := None, None
	a.tree.Search(Box{c, c}, func(i int32) bool {
		side, holds := a.contains(i, c)
		switch {
		case holds && area == None:
			area = i
		case holds:
			also = append(also, i)
		case side == OnBorder && (touch == None || i < touch):
			touch = i
		}
		return true
	})
	switch {
	case len(also) > 0:
		also = append(also, area)
		slices.Sort(also)
		return also[0], also[1:]
	case area != None:
		return area, nil
	case touch != None:
		return touch, nil
	}
	return a.snap(c), nil
}

// snap finds the area whose border lies within SnapQuanta of c.
func (a *Areas) snap(c Coord) int32 {
	found, best := None, float64(SnapQuanta*SnapQuanta)
	near := Box{c, c}.Grow(nearQuanta)
	a.tree.Search(near, func(i int32) bool {
		for p, q := range a.edgesIn(i, near) {
			d2 := segment2(c, p, q, 1, 1)
			if d2 < best || (d2 == best && (found == None || i < found)) {
				found, best = i, d2
			}
		}
		return true
	})
	return found
}

// Nearest returns the area nearest to c among those within radiusM, and its
// distance in metres, or None. An area that holds c is at distance 0.
func (a *Areas) Nearest(c Coord, radiusM float64) (area int32, metres float64) {
	area = None
	a.tree.Nearest(c, func(i int32) float64 {
		if _, holds := a.shapes[i].Contains(c); holds {
			return 0
		}
		return a.shapes[i].DistanceM(c)
	}, func(i int32, d float64) bool {
		if d > radiusM || (area != None && d > metres) {
			return false
		}
		if area == None || i < area {
			area, metres = i, d
		}
		return true
	})
	return area, metres
}
