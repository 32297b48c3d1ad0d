package demo

// A roadPiece is the part of a road between two vertices, with the distance from
// the road's start.
type roadPiece struct {
	road int32
	a, b pt
	from int64
}

// nearby finds the roads around a position by squares of the plan.
type nearby struct {
	roads   []road
	squares map[pt][]roadPiece
}

// squareCm is the side of a square; roads are found up to this far away.
const squareCm = 4_000

func newNearby(roads []road) *nearby {
	n := &nearby{roads: roads, squares: map[pt][]roadPiece{}}
	for r, road := range roads {
		from := int64(0)
		for i := 1; i < len(road.points); i++ {
			s := roadPiece{int32(r), road.points[i-1], road.points[i], from}
			from += s.b.sub(s.a).length()
			lo, hi := squareOf(pt{min(s.a.x, s.b.x), min(s.a.y, s.b.y)}), squareOf(pt{max(s.a.x, s.b.x), max(s.a.y, s.b.y)})
			for x := lo.x; x <= hi.x; x++ {
				for y := lo.y; y <= hi.y; y++ {
					n.squares[pt{x, y}] = append(n.squares[pt{x, y}], s)
				}
			}
		}
	}
	return n
}

func squareOf(p pt) pt {
	const shift = 1 << 20 // keeps the division from rounding towards zero
	return pt{(p.x+shift*squareCm)/squareCm - shift, (p.y+shift*squareCm)/squareCm - shift}
}

// each visits the stretches of road around p, some more than once.
func (n *nearby) each(p pt, visit func(s roadPiece)) {
	c := squareOf(p)
	for x := c.x - 1; x <= c.x+1; x++ {
		for y := c.y - 1; y <= c.y+1; y++ {
			for _, s := range n.squares[pt{x, y}] {
				visit(s)
			}
		}
	}
}

// onCarriageway tells whether p lies on a road other than the given one, or
// less than margin beside it.
func (n *nearby) onCarriageway(p pt, but int32, margin int64) bool {
	on := false
	n.each(p, func(s roadPiece) {
		on = on || s.road != but && toSegment(p, s.a, s.b) < n.roads[s.road].class.halfWidth()+margin
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
	n.each(p, func(s roadPiece) {
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
