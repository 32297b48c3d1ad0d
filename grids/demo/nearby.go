package demo

// A roadPiece is the part of a road between two vertices, with the distance from
// the road's start.
type roadPiece struct {
	road int32
	a, b pt
	from int64
}

// nearby finds the roads around a position by squares of the plan, row by row
// from the lowest corner: two flat slices, because a map of squares would be
// the largest thing in memory while a big city is made.
type nearby struct {
	roads      []road
	corner     pt // the lowest square, in squares
	wide, high int64
	first      []int32 // by square: where its pieces begin in which
	which      []int32
	pieces     []roadPiece
}

// squareCm is the side of a square; roads are found up to this far away.
const squareCm = 4_000

func newNearby(roads []road) *nearby {
	n := &nearby{roads: roads}
	for r, road := range roads {
		from := int64(0)
		for i := 1; i < len(road.points); i++ {
			s := roadPiece{int32(r), road.points[i-1], road.points[i], from}
			from += s.b.sub(s.a).length()
			n.pieces = append(n.pieces, s)
		}
	}
	if len(n.pieces) == 0 {
		return n
	}
	lo, hi := n.pieces[0].squares()
	for _, s := range n.pieces {
		l, h := s.squares()
		lo, hi = pt{min(lo.x, l.x), min(lo.y, l.y)}, pt{max(hi.x, h.x), max(hi.y, h.y)}
	}
	n.corner, n.wide, n.high = lo, hi.x-lo.x+1, hi.y-lo.y+1
	n.first = make([]int32, n.wide*n.high+1)
	n.eachSquare(func(square int64, _ int32) { n.first[square+1]++ })
	for i := 1; i < len(n.first); i++ {
		n.first[i] += n.first[i-1]
	}
	n.which = make([]int32, n.first[len(n.first)-1])
	next := append([]int32(nil), n.first...)
	n.eachSquare(func(square int64, piece int32) {
		n.which[next[square]] = piece
		next[square]++
	})
	return n
}

// squares returns the lowest and the highest square the piece may touch.
func (s roadPiece) squares() (lo, hi pt) {
	return squareOf(pt{min(s.a.x, s.b.x), min(s.a.y, s.b.y)}), squareOf(pt{max(s.a.x, s.b.x), max(s.a.y, s.b.y)})
}

// eachSquare visits every piece with every square it may touch.
func (n *nearby) eachSquare(visit func(square int64, piece int32)) {
	for i, s := range n.pieces {
		lo, hi := s.squares()
		for x := lo.x; x <= hi.x; x++ {
			for y := lo.y; y <= hi.y; y++ {
				visit((y-n.corner.y)*n.wide+x-n.corner.x, int32(i))
			}
		}
	}
}

func squareOf(p pt) pt {
	const shift = 1 << 20 // keeps the division from rounding towards zero
	return pt{(p.x+shift*squareCm)/squareCm - shift, (p.y+shift*squareCm)/squareCm - shift}
}

// each visits the stretches of road around p, some more than once: all in the
// squares that come within reach of it.
func (n *nearby) each(p pt, reach int64, visit func(s *roadPiece)) {
	lo, hi := squareOf(p.sub(pt{reach, reach})), squareOf(p.add(pt{reach, reach}))
	for x := max(lo.x-n.corner.x, 0); x <= min(hi.x-n.corner.x, n.wide-1); x++ {
		for y := max(lo.y-n.corner.y, 0); y <= min(hi.y-n.corner.y, n.high-1); y++ {
			square := y*n.wide + x
			for _, i := range n.which[n.first[square]:n.first[square+1]] {
				visit(&n.pieces[i])
			}
		}
	}
}

// onCarriageway tells whether p lies on a road other than the given one, or
// less than margin beside it.
func (n *nearby) onCarriageway(p pt, but int32, margin int64) bool {
	on := false
	n.each(p, arterial.halfWidth()+margin, func(s *roadPiece) {
		if on || s.road == but {
			return
		}
		reach := n.roads[s.road].class.halfWidth() + margin
		// Most pieces of the square are further off than that: no square roots.
		if min(s.a.x, s.b.x)-reach > p.x || max(s.a.x, s.b.x)+reach < p.x ||
			min(s.a.y, s.b.y)-reach > p.y || max(s.a.y, s.b.y)+reach < p.y {
			return
		}
		on = toSegment(p, s.a, s.b) < reach
	})
	return on
}

// frontage is where a plot faces a road.
type frontage struct {
	road     int32
	distance int64 // from the road's centre line
	along    int64 // from the road's start
	left     bool  // of the road
}

// nearest returns the road nearest to p within squareCm.
func (n *nearby) nearest(p pt) (front frontage, ok bool) {
	n.each(p, squareCm, func(s *roadPiece) {
		d := toSegment(p, s.a, s.b)
		if ok && (d > front.distance || d == front.distance && s.road >= front.road) {
			return
		}
		ab := s.b.sub(s.a)
		l := ab.length()
		t := min(max(ab.dot(p.sub(s.a))/max(l, 1), 0), l)
		front, ok = frontage{s.road, d, s.from + t, ab.cross(p.sub(s.a)) > 0}, true
	})
	return front, ok
}
