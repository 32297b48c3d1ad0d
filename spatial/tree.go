package spatial

import (
	"math"

	"github.com/tidwall/rtree"

	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Tree is an R-tree over boxes on the lattice: the reference index of every
// layer. Fill it, then read it from any number of goroutines; it is not to be
// changed while read.
type Tree[T comparable] struct {
	t rtree.RTreeGN[int32, T]
}

// Insert adds v with its box. For a packed tree insert in the order of [HilbertKey].
func (t *Tree[T]) Insert(b Box, v T) {
	t.t.Insert([2]int32{b.Min.X, b.Min.Y}, [2]int32{b.Max.X, b.Max.Y}, v)
}

// Len returns how many values the tree holds.
func (t *Tree[T]) Len() int { return t.t.Len() }

// Search calls visit for every value whose box meets w, in no stated order,
// until visit returns false.
func (t *Tree[T]) Search(w Box, visit func(v T) bool) {
	t.t.Search([2]int32{w.Min.X, w.Min.Y}, [2]int32{w.Max.X, w.Max.Y},
		func(_, _ [2]int32, v T) bool { return visit(v) })
}

// boundSlack shrinks the distance to a box so that it never exceeds the
// distance to what is in it: the scale of a degree of longitude is taken at
// the box's poleward edge, and both measures differ from the ellipsoid by less
// than 1e-6 within a city.
const boundSlack = 1 - 1e-5

// Nearest visits values by their distance from c in metres, nearest first,
// until visit returns false. distM must return the distance to the value
// itself, which lies in its box; values at the same distance come in no stated
// order.
func (t *Tree[T]) Nearest(c Coord, distM func(v T) float64, visit func(v T, metres float64) bool) {
	t.t.Nearby(func(lo, hi [2]int32, v T, item bool) float64 {
		if item {
			return distM(v)
		}
		return boxDistanceM(c, Box{Coord{lo[0], lo[1]}, Coord{hi[0], hi[1]}}) * boundSlack
	}, func(_, _ [2]int32, v T, d float64) bool { return visit(v, d) })
}

// boxDistanceM is a lower bound of the distance from c to any point of b.
func boxDistanceM(c Coord, b Box) float64 {
	gap := func(v, lo, hi int32) float64 {
		switch {
		case v < lo:
			return float64(int64(lo) - int64(v))
		case v > hi:
			return float64(int64(v) - int64(hi))
		}
		return 0
	}
	dx, dy := gap(c.X, b.Min.X, b.Max.X), gap(c.Y, b.Min.Y, b.Max.Y)
	if dx == 0 && dy == 0 {
		return 0
	}
	poleward := max(math.Abs(c.Lat()), math.Abs(b.Min.Lat()), math.Abs(b.Max.Lat()))
	perLon, _ := crs.MetresPerDegree(poleward)
	_, perLat := crs.MetresPerDegree(0) // a degree of latitude is shortest at the equator
	dx, dy = dx/perDegree*perLon, dy/perDegree*perLat
	return math.Sqrt(float64(dx*dx) + float64(dy*dy))
}

// HilbertKey orders positions along a Hilbert curve of order 16 over b.
func HilbertKey(b Box, c Coord) uint32 {
	scale := func(v, lo, hi int32) uint32 {
		if hi <= lo {
			return 0
		}
		return uint32((int64(v) - int64(lo)) * 65535 / (int64(hi) - int64(lo)))
	}
	x, y := scale(c.X, b.Min.X, b.Max.X), scale(c.Y, b.Min.Y, b.Max.Y)
	var key uint32
	for s := uint32(1 << 15); s > 0; s >>= 1 {
		var rx, ry uint32
		if x&s != 0 {
			rx = 1
		}
		if y&s != 0 {
			ry = 1
		}
		key = key<<2 | (3*rx ^ ry)
		if ry == 0 {
			if rx == 1 {
				x, y = 65535-x, 65535-y
			}
			x, y = y, x
		}
	}
	return key
}
