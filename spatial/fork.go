package spatial

// fork is a border bucket in which two areas meet, along one line or along two
// that end in a vertex:
//
//	+-----------+     +-----------+   the sides of both lines on which a position
//	|     B     |     |  B   /    |   lies, two bits, choose its area from a table
//	|___________|     |     v  A  |   of four. With one line both are the same.
//	|     A     |     |      \    |
//	+-----------+     +-----------+
//
// There is no way to walk and nothing to guess for the processor.
type fork struct {
	areas [2]int32
	v     Coord // on both lines
	// The lines' directions: south, or straight east, so that a position on a
	// line, which the border rule moves a little east and less north, is then on
	// the left as the sign of zero says.
	d, e Coord
}

// farQuanta bounds the numbers of a fork so that no product overflows.
const farQuanta = 1 << 30

// area returns the area that holds c, where table is the lowest four bits.
func (f *fork) area(c Coord, table uint32) int32 {
	return f.areas[table>>f.sides(c)&1]
}

// sides has bit 0 set where c is on the right of d, and bit 1 of e.
func (f *fork) sides(c Coord) uint32 {
	x, y := int64(c.X)-int64(f.v.X), int64(c.Y)-int64(f.v.Y)
	d := int64(f.d.X)*y - int64(f.d.Y)*x
	e := int64(f.e.X)*y - int64(f.e.Y)*x
	return uint32(uint64(d)>>63 | uint64(e)>>63<<1)
}

// findForks turns all border buckets that can be into forks.
func (r *raster) findForks() {
	v, side := r.v, int64(1)<<r.v.shift
	words := v.words
	var kept []int32
	for k, code := range v.buckets {
		if code > firstOther {
			continue
		}
		b := v.border(code)
		west, south := v.x0+int64(k)%v.wide*side, v.y0+int64(k)/v.wide*side
		if f, table, ok := b.fork(bounds{west, south, west + side, south + side}); ok {
			v.buckets[k] = forkAt(len(v.forks), table)
			v.forks = append(v.forks, f)
			continue
		}
		v.buckets[k] = borderAt(len(kept))
		at := uint32(firstOther-code) >> 1
		kept = append(kept, words[at:int(at)+b.words()]...)
	}
	v.words, v.forks = append(make([]int32, 0, len(kept)), kept...), append(make([]fork, 0, len(v.forks)), v.forks...)
}

// words is how many the border takes.
func (b *border) words() int { return 3 + len(b.members) + len(b.edges) }

// bounds is a bucket with its sides and corners, in quanta.
type bounds struct{ west, south, east, north int64 }

// fork returns the border as one, if it is.
func (b *border) fork(s bounds) (f fork, table uint32, ok bool) {
	const both = 3
	if len(b.members) != 2 || (b.corner != 1 && b.corner != 2) {
		return f, 0, false
	}
	var edges []borderEdge
	for e := range b.each {
		if edges = append(edges, e); e.mask != both || len(edges) > 2 {
			return f, 0, false
		}
	}
	var p, q Coord // where the lines end, seen from v
	switch {
	case len(edges) == 0:
		return f, 0, false
	case len(edges) == 1:
		f.v, p, q = edges[0].a, edges[0].b, edges[0].b
		ok = s.leaves(f.v, p) && s.leaves(p, f.v)
	default:
		f.v, p, q, ok = meet(edges[0], edges[1])
		ok = ok && s.leaves(p, f.v) && s.leaves(q, f.v)
	}
	if !ok || !s.near(f.v) || !s.near(p) || !s.near(q) {
		return f, 0, false
	}
	f.areas = [2]int32{b.members[0], b.members[1]}
	return f, f.aim(p, q, Coord{int32(s.east), int32(s.north)}, b.corner>>1), true
}

// meet returns the vertex that two edges share and their other ends, the second
// to the left of the first or straight on. Edges that lie on each other are none.
func meet(e, g borderEdge) (v, p, q Coord, ok bool) {
	switch {
	case e.a == g.a:
		v, p, q = e.a, e.b, g.b
	case e.a == g.b:
		v, p, q = e.a, e.b, g.a
	case e.b == g.a:
		v, p, q = e.b, e.a, g.b
	case e.b == g.b:
		v, p, q = e.b, e.a, g.a
	default:
		return v, p, q, false
	}
	switch turn := cross(v, p, q); {
	case turn < 0:
		p, q = q, p
	case turn == 0: // they go on straight, or back
		ok = (p.X < v.X) != (q.X < v.X) || (p.Y < v.Y) != (q.Y < v.Y)
		return v, p, q, ok && p != v && q != v
	}
	return v, p, q, true
}

// aim fills in the directions and returns the table for lines from v through p
// and through q, which lies to the left, where area i holds the position r.
func (f *fork) aim(p, q, r Coord, i uint32) (table uint32) {
	var backP, backQ bool
	f.d, backP = f.v.toward(p)
	f.e, backQ = f.v.toward(q)
	between := func(sides uint32) bool {
		leftOfP, leftOfQ := sides&1 == 0 != backP, sides&2 == 0 != backQ
		if f.d == f.e { // one line
			return leftOfP
		}
		return leftOfP && !leftOfQ
	}
	here := between(f.sides(r))
	for sides := range uint32(4) {
		if between(sides) == here {
			table |= i << sides
		} else {
			table |= (1 - i) << sides
		}
	}
	return table
}

// toward is the direction from v to p, or back when that is the one that a
// fork has.
func (v Coord) toward(p Coord) (d Coord, back bool) {
	d = Coord{p.X - v.X, p.Y - v.Y}
	if d.Y > 0 || (d.Y == 0 && d.X < 0) {
		return Coord{-d.X, -d.Y}, true
	}
	return d, false
}

// leaves reports whether the way from v to p and straight on beyond p does not
// come to the bounds any more from p on. It may say no where that is true.
func (s *bounds) leaves(p, v Coord) bool {
	x, y := int64(p.X), int64(p.Y)
	return (x < s.west && v.X >= p.X) || (x > s.east && v.X <= p.X) ||
		(y < s.south && v.Y >= p.Y) || (y > s.north && v.Y <= p.Y)
}

func (s *bounds) near(c Coord) bool {
	const far = farQuanta / 4
	x, y := int64(c.X), int64(c.Y)
	return x > s.east-far && x < s.west+far && y > s.south-far && y < s.north+far && s.east-s.west < far
}
