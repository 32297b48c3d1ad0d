package spatial

import (
	"math"
	"slices"
)

// Corridor is all that is within a radius of a line: a buffered line.
//
// The line's pieces stand in the order in which they follow each other, so that
// eight neighbours lie close together: their boxes, and the boxes of eight of
// those and so on, leave most of a long line out of each question.
type Corridor struct {
	pieces  []piece
	radiusM float64
	box     Box
	// levels[0] has the boxes of the pieces, eight by eight, levels[1] those of
	// eight such boxes; the last has one.
	levels [][]Box
	start  Coord
}

// piece is one straight part of a line.
type piece struct{ a, b Coord }

// fanout is how many boxes or pieces make one box of the level above.
const fanout = 8

// NewCorridor makes the corridor along a shape of lines. The radius is finite
// and not negative.
func NewCorridor(line *Shape, radiusM float64) *Corridor {
	c := &Corridor{radiusM: radiusM, box: grownM(line.Box, radiusM), start: line.Coords[0]}
	var level []Box
	for a, b := range line.edges {
		if len(c.pieces)%fanout == 0 {
			level = append(level, EmptyBox())
		}
		c.pieces = append(c.pieces, piece{a, b})
		last := &level[len(level)-1]
		*last = last.Extend(a).Extend(b)
	}
	c.levels = append(c.levels, level)
	for len(level) > 1 {
		var above []Box
		for i, b := range level {
			if i%fanout == 0 {
				above = append(above, EmptyBox())
			}
			above[i/fanout] = above[i/fanout].Union(b)
		}
		level = above
		c.levels = append(c.levels, level)
	}
	return c
}

// Box returns a box of all positions of the corridor.
func (c *Corridor) Box() Box { return c.box }

// Holds reports whether p is within the radius of the line, measured in the
// plane at p: always the answer of [Shape.DistanceM], with its error.
func (c *Corridor) Holds(p Coord) bool {
	mx, my := quantumM(p)
	q := nearness{c: c, a: p, b: p, mx: mx, my: my}
	return q.within(len(c.levels)-1, 0)
}

// Meets reports whether any of the shape is within the radius of the line,
// measured in the plane at the middle of the shape, or at the corridor's edge
// where that is farther away.
func (c *Corridor) Meets(s *Shape) bool {
	if !s.Box.Meets(c.box) {
		return false
	}
	if s.Kind == Points {
		return slices.ContainsFunc(s.Coords, c.Holds)
	}
	if side, _ := s.Contains(c.start); side != Outside {
		return true // else a line that begins outside and comes in meets an edge
	}
	middle := s.Box.Center()
	middle.Y = min(max(middle.Y, c.box.Min.Y), c.box.Max.Y)
	mx, my := quantumM(middle)
	for a, b := range s.edges {
		q := nearness{c: c, a: a, b: b, mx: mx, my: my}
		if q.within(len(c.levels)-1, 0) {
			return true
		}
	}
	return false
}

// nearness asks whether a segment, or a point as one of no length, is within
// the radius where a quantum is mx wide and my high.
type nearness struct {
	c      *Corridor
	a, b   Coord
	mx, my float64
}

// boundsSlack is more than two distances may differ by that are worked out in
// different ways.
const boundsSlack = 1e-9

// within asks box i of a level, and what is in it.
func (q *nearness) within(level, i int) bool {
	c := q.c
	least, most := q.bounds(c.levels[level][i])
	if least > c.radiusM*(1+boundsSlack) {
		return false
	}
	if most < c.radiusM*(1-boundsSlack) {
		return true
	}
	from := i * fanout
	if level > 0 {
		for k := from; k < min(from+fanout, len(c.levels[level-1])); k++ {
			if q.within(level-1, k) {
				return true
			}
		}
		return false
	}
	for _, p := range c.pieces[from:min(from+fanout, len(c.pieces))] {
		if q.distanceM(p) <= c.radiusM {
			return true
		}
	}
	return false
}

// bounds returns how near the segment may be to what is in the box, and how far
// the farthest of both can be apart.
func (q *nearness) bounds(b Box) (least, most float64) {
	s := Box{q.a, q.a}.Extend(q.b)
	gap := func(from, to, low, high int32) (float64, float64) {
		least := max(int64(low)-int64(to), int64(from)-int64(high), 0)
		most := max(int64(high)-int64(from), int64(to)-int64(low))
		return float64(least), float64(most)
	}
	nearX, farX := gap(s.Min.X, s.Max.X, b.Min.X, b.Max.X)
	nearY, farY := gap(s.Min.Y, s.Max.Y, b.Min.Y, b.Max.Y)
	nearX, farX, nearY, farY = nearX*q.mx, farX*q.mx, nearY*q.my, farY*q.my
	return math.Sqrt(float64(nearX*nearX) + float64(nearY*nearY)), math.Sqrt(float64(farX*farX) + float64(farY*farY))
}

// distanceM is the distance between the segment and a piece of the line.
func (q *nearness) distanceM(p piece) float64 {
	d2 := segment2(q.a, p.a, p.b, q.mx, q.my)
	if q.a != q.b {
		if edgesMeet(q.a, q.b, p.a, p.b) {
			return 0
		}
		d2 = min(d2, segment2(q.b, p.a, p.b, q.mx, q.my),
			segment2(p.a, q.a, q.b, q.mx, q.my), segment2(p.b, q.a, q.b, q.mx, q.my))
	}
	return math.Sqrt(d2)
}
