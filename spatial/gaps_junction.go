package spatial

import (
	"cmp"
	"math/bits"
)

// junction is where borders meet: a position of the lattice, or between positions
// where two edges cross. It is Coord and east and north of that some parts of a
// quantum, in lowest terms, so that equal junctions are equal values:
//
//	longitude = X + east/parts    latitude = Y + north/parts
//
// On the lattice parts is 1. It stays below 2^63, as twice the product of the
// extents of two shapes does.
type junction struct {
	Coord
	east, north, parts uint64
}

func junctionAt(c Coord) junction { return junction{Coord: c, parts: 1} }

// crossing returns where two edges cross, each from its western end, if it is
// between the ends of both.
func crossingOf(e, f *borderEdge) (n junction, ok bool) {
	before, after := cross(f.a, f.b, e.a), cross(f.a, f.b, e.b)
	if (before > 0) == (after > 0) || before == 0 || after == 0 {
		return n, false
	}
	south, north := cross(e.a, e.b, f.a), cross(e.a, e.b, f.b)
	if (south > 0) == (north > 0) || south == 0 || north == 0 {
		return n, false
	}
	part := magnitude(before)
	n.parts = part + magnitude(after)
	n.X, n.east = along(e.a.X, e.b.X, part, n.parts)
	n.Y, n.north = along(e.a.Y, e.b.Y, part, n.parts)
	g := divisor(divisor(n.parts, n.east), n.north)
	n.east, n.north, n.parts = n.east/g, n.north/g, n.parts/g
	return n, true
}

// along goes part of the parts from a to b, and rounds down.
func along(a, b int32, part, parts uint64) (whole int32, rest uint64) {
	hi, lo := bits.Mul64(magnitude(int64(b)-int64(a)), part)
	q, rest := bits.Div64(hi, lo, parts) // below |b-a|, as part is below parts
	if b >= a {
		return int32(int64(a) + int64(q)), rest
	}
	if rest > 0 {
		q, rest = q+1, parts-rest
	}
	return int32(int64(a) - int64(q)), rest
}

// divisor is the greatest common divisor, of 0 and a number that number.
func divisor(a, b uint64) uint64 {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

func magnitude(a int64) uint64 { return uint64(max(a, -a)) }

// level is the first latitude of the lattice that the junction is not north of.
func (n junction) level() int32 {
	if n.north > 0 {
		return n.Y + 1
	}
	return n.Y
}

// compare orders junctions from west to east, those of a longitude from south to
// north, and so the junctions along an edge from its western end.
func (n junction) compare(m junction) int {
	return cmp.Or(cmp.Compare(n.X, m.X), compareParts(n.east, n.parts, m.east, m.parts),
		cmp.Compare(n.Y, m.Y), compareParts(n.north, n.parts, m.north, m.parts))
}

// compareParts compares a/b with c/d.
func compareParts(a, b, c, d uint64) int {
	if b == d {
		return cmp.Compare(a, c)
	}
	h, l := bits.Mul64(a, d)
	k, m := bits.Mul64(c, b)
	return cmp.Or(cmp.Compare(h, k), cmp.Compare(l, m))
}

// turn is the sign of cross(a, b, n): positive when n lies to the left of a→b.
func (n junction) turn(a, b Coord) int {
	whole := cross(a, b, n.Coord)
	if n.parts == 1 {
		return cmp.Compare(whole, 0)
	}
	return product(whole, n.parts).
		plus(product(int64(b.X)-int64(a.X), n.north)).
		plus(product(int64(a.Y)-int64(b.Y), n.east)).sign()
}

// within reports whether n lies on the edge a-b between its ends.
func (n junction) within(a, b Coord) bool {
	if n.parts == 1 {
		e := borderEdge{a: a, b: b}
		return n.Coord != a && n.Coord != b && e.touches(n.Coord)
	}
	return ((a.X > n.X) != (b.X > n.X) || (a.Y > n.Y) != (b.Y > n.Y)) && n.turn(a, b) == 0
}

// crosses is the function of that name for the way from n.
func (n junction) crosses(a, b, r Coord) bool {
	corner := junction{Coord{r.X, n.Y}, 0, n.north, n.parts}
	odd := (a.Y > n.Y) != (b.Y > n.Y) && n.westOf(a, b) && !corner.westOf(a, b)
	if (a.X > r.X) != (b.X > r.X) && corner.southOf(a, b) && !northOf(a, b, r) {
		return !odd
	}
	return odd
}

// westOf is eastOf seen from the junction, southOf northOf.
func (n junction) westOf(a, b Coord) bool {
	turn := n.turn(a, b)
	return turn != 0 && (turn > 0) == (b.Y > a.Y)
}

func (n junction) southOf(a, b Coord) bool {
	if b.X < a.X {
		a, b = b, a
	}
	turn := n.turn(a, b)
	return turn < 0 || (turn == 0 && b.Y > a.Y)
}

// wide is a whole number of 128 bits in two's complement. The products of turn
// stay below 2^126.
type wide struct{ hi, lo uint64 }

func product(a int64, b uint64) wide {
	hi, lo := bits.Mul64(magnitude(a), b)
	if a >= 0 {
		return wide{hi, lo}
	}
	lo, borrow := bits.Sub64(0, lo, 0)
	hi, _ = bits.Sub64(0, hi, borrow)
	return wide{hi, lo}
}

func (w wide) plus(x wide) wide {
	lo, carry := bits.Add64(w.lo, x.lo, 0)
	hi, _ := bits.Add64(w.hi, x.hi, carry)
	return wide{hi, lo}
}

func (w wide) sign() int {
	if w.hi == 0 && w.lo == 0 {
		return 0
	}
	return 1 - 2*int(w.hi>>63)
}
