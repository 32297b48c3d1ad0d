package tiler

import (
	"cmp"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// PointView is a prepared layer as one version of a city and one filter show
// it. It is made for a tile and costs nothing by itself.
type PointView struct {
	Points *Points
	// Keep reports whether the point at place k of Points is shown; nil shows all.
	Keep func(k int) bool
	// Added lists the features that stand beside Points, or in the place of some
	// of them, and whose box meets the window; others do no harm. nil: none.
	Added func(window spatial.Box) []AddedPoint
	// Values appends an added feature's text for each field of the layer, Classes
	// the fields of [Sums] that count it besides count.
	Values, Classes func(row int32, dst []string) []string
	// Shapes visits, as [Source] does, the features that are shown and are no
	// single points, with their rows and without values. nil: none.
	Shapes func(window spatial.Box, visit func(row int32, f *Feature) bool)
}

// AddedPoint is a feature that Points does not have, or has otherwise.
type AddedPoint struct {
	ID uint64
	At spatial.Coord
	// Row is what Values and Classes are asked for; none of Points.
	Row int32
	// Shaped says that the feature is a line or polygon that At stands for:
	// Shapes has it, sums count it here.
	Shaped bool
}

// shown has the points of a view that are in the tile being written, in order
// of their Morton keys, then of their ids: the order does not depend on which
// of them are added. A reference is a place in Points, or ^ of one in added.
type shown struct {
	refs  []int32
	kept  []int32 // after thinning
	ranks []ranked
	added []placedPoint
	mixed bool // features were added in or around the tile
}

// placedPoint is an added point on the world grid.
type placedPoint struct {
	key  uint64
	x, y uint32
	id   uint64
	row  int32
}

// collect fills s; shapes says whether those that only stand for a shape are
// wanted.
func (v *PointView) collect(s *shown, id ID, window spatial.Box, shapes bool) {
	s.refs, s.added, s.mixed = s.refs[:0], s.added[:0], false
	if v.Added != nil {
		s.add(v.Added(window), id, shapes)
	}
	p, next := v.Points, 0
	from, to := p.span(id)
	for k := from; k < to; k++ {
		if p.row[k] < 0 && !shapes || v.Keep != nil && !v.Keep(k) {
			continue
		}
		for next < len(s.added) && s.added[next].before(p, k) {
			s.refs = append(s.refs, ^int32(next))
			next++
		}
		s.refs = append(s.refs, int32(k))
	}
	for ; next < len(s.added); next++ {
		s.refs = append(s.refs, ^int32(next))
	}
}

// add takes those of the added points that are in the tile, in their order.
func (s *shown) add(points []AddedPoint, id ID, shapes bool) {
	s.mixed = len(points) > 0
	for _, a := range points {
		if at, ok := At(a.At, id.Z); !ok || at != id || a.Shaped && !shapes {
			continue
		}
		x, y := World(a.At)
		s.added = append(s.added, placedPoint{morton(x, y), x, y, a.ID, a.Row})
	}
	slices.SortFunc(s.added, func(a, b placedPoint) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.id, b.id), cmp.Compare(a.row, b.row))
	})
}

// before reports whether the added point stands before the point at place k.
func (a *placedPoint) before(p *Points, k int) bool {
	if key := p.key(k); a.key != key {
		return a.key < key
	}
	id, _ := p.own(p.Row(k))
	return a.id < id
}

// at is where a point is on the world grid.
func (s *shown) at(p *Points, ref int32) (x, y uint32) {
	if ref < 0 {
		return s.added[^ref].x, s.added[^ref].y
	}
	return p.x[ref], p.y[ref]
}

// id is the feature id of a point.
func (s *shown) id(p *Points, ref int32) uint64 {
	if ref < 0 {
		return s.added[^ref].id
	}
	id, _ := p.own(p.Row(int(ref)))
	return id
}
