package spatial

import (
	"cmp"
	"slices"
)

// turn is the side of the line a→b that c lies on: 1 left, -1 right, 0 on it.
// Exact for all positions on the globe: each product stays below 2^63 as one
// factor is a difference of latitudes, and they are compared, not subtracted.
func turn(a, b, c Coord) int {
	return cmp.Compare(
		(int64(b.X)-int64(a.X))*(int64(c.Y)-int64(a.Y)),
		(int64(b.Y)-int64(a.Y))*(int64(c.X)-int64(a.X)))
}

// leans compares the directions of two segments that both point north: 1 when
// c→d lies to the left of a→b, -1 to its right, 0 along it.
func leans(a, b, c, d Coord) int {
	return cmp.Compare(
		(int64(b.X)-int64(a.X))*(int64(d.Y)-int64(c.Y)),
		(int64(b.Y)-int64(a.Y))*(int64(d.X)-int64(c.X)))
}

// properlyCross reports whether a-b and c-d cross at a position that is an end
// of neither. Exact.
func properlyCross(a, b, c, d Coord) bool {
	return turn(a, b, c)*turn(a, b, d) < 0 && turn(c, d, a)*turn(c, d, b) < 0
}

// edgesMeet reports whether the segments a-b and c-d share a position; an
// end is part of its segment. Exact.
func edgesMeet(a, b, c, d Coord) bool {
	// Boxes that meet settle all cases on one line.
	if max(a.X, b.X) < min(c.X, d.X) || max(c.X, d.X) < min(a.X, b.X) ||
		max(a.Y, b.Y) < min(c.Y, d.Y) || max(c.Y, d.Y) < min(a.Y, b.Y) {
		return false
	}
	return turn(a, b, c)*turn(a, b, d) <= 0 && turn(c, d, a)*turn(c, d, b) <= 0
}

// Meets reports whether the shape and the region share a position; borders and
// ends count. Exact. Each edge of the shape costs a few searches, a long one a
// few in each slab that has edges near it.
func (g *Region) Meets(s *Shape) bool {
	if !s.Box.Meets(g.shape.Box) {
		return false
	}
	if s.Kind == Points {
		return slices.ContainsFunc(s.Coords, g.Holds)
	}
	// If no part of the shape begins in the region, it goes through the border
	// or lies outside, or all of a polygon of the region is inside.
	for i := range s.Ends {
		if g.Holds(s.Part(i)[0]) {
			return true
		}
	}
	for a, b := range s.edges {
		if g.crossedBy(a, b) {
			return true
		}
	}
	if s.Kind == Polygons {
		for i := range g.shape.Shells {
			from, _ := g.shape.Rings(i)
			if side, _ := s.Contains(g.shape.Part(from)[0]); side != Outside {
				return true
			}
		}
	}
	return false
}

// crossedBy reports whether the segment a-b meets the region's border.
func (g *Region) crossedBy(a, b Coord) bool {
	if b.Y < a.Y || (b.Y == a.Y && b.X < a.X) {
		a, b = b, a
	}
	if box := (Box{a, a}).Extend(b); !box.Meets(g.shape.Box) {
		return false
	}
	return g.crossedBelow(1, a, b) || g.levelsCrossed(a, b)
}

// crossedBelow reports whether a-b, lower end first, meets an edge of node n or
// below it.
func (g *Region) crossedBelow(n int, a, b Coord) bool {
	if max(a.X, b.X) < g.west[n] || min(a.X, b.X) > g.east[n] { // also where there is none
		return false
	}
	south, north := g.latitudes(n)
	south, north = max(south, a.Y), min(north, b.Y)
	if south > north {
		return false
	}
	if list := g.node(n); len(list) > 0 && meetsOne(list, a, b, south, north) {
		return true
	}
	return n < g.size && (g.crossedBelow(2*n, a, b) || g.crossedBelow(2*n+1, a, b))
}

// meetsOne reports whether a-b meets an edge of the list between the latitudes.
// From west to east there are first those surely west of it at both, then those
// that may meet it, then those surely east of it: only the second are tried,
// and nearly always the first of them does.
func meetsOne(list []span, a, b Coord, south, north int32) bool {
	west0, east0 := float64(a.X), float64(b.X)
	west1, east1 := west0, east0
	if a.Y < b.Y {
		west0, west1 = longitudeAt(a, b, south), longitudeAt(a, b, north)
		east0, east1 = west0, west1
	}
	lo, hi := 0, len(list)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		s := &list[m]
		if longitudeAt(s.lo, s.hi, south) < west0-surelyApart && longitudeAt(s.lo, s.hi, north) < west1-surelyApart {
			lo = m + 1
		} else {
			hi = m
		}
	}
	for ; lo < len(list); lo++ {
		s := &list[lo]
		if longitudeAt(s.lo, s.hi, south) > east0+surelyApart && longitudeAt(s.lo, s.hi, north) > east1+surelyApart {
			return false
		}
		if edgesMeet(a, b, s.lo, s.hi) {
			return true
		}
	}
	return false
}

// levelsCrossed reports whether a-b meets a level edge.
func (g *Region) levelsCrossed(a, b Coord) bool {
	west, east := min(a.X, b.X), max(a.X, b.X)
	first := g.levelFrom(a.Y)
	for i := first; i < len(g.level) && g.level[i].a.Y <= b.Y; {
		y := g.level[i].a.Y
		next := g.levelFrom(y + 1)
		x0, x1 := west, east
		if a.Y < b.Y {
			x := longitudeAt(a, b, y)
			x0, x1 = max(west, int32(x)-1), min(east, int32(x)+1)
		}
		if g.levelBetween(i, next, x0, x1, a, b) {
			return true
		}
		i = next
	}
	return false
}

// levelFrom returns the first level edge at latitude y or north of it.
func (g *Region) levelFrom(y int32) int {
	i, _ := slices.BinarySearchFunc(g.level, y, func(e levelEdge, y int32) int { return cmp.Compare(e.a.Y, y) })
	return i
}

// levelBetween reports whether a-b meets one of the level edges i to n, which
// lie at one latitude where a-b is between x0 and x1.
func (g *Region) levelBetween(i, n int, x0, x1 int32, a, b Coord) bool {
	beyond, _ := slices.BinarySearchFunc(g.level[i:n], x1, func(e levelEdge, x int32) int {
		if e.a.X <= x {
			return -1
		}
		return 1
	})
	for k := i + beyond - 1; k >= i && g.reach[k] >= x0; k-- {
		if edgesMeet(a, b, g.level[k].a, g.level[k].b) {
			return true
		}
	}
	return false
}
