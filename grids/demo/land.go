package demo

import (
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// land divides the city into road land and blocks, so that every place is of
// one owner. Each face gets a ring inside its roads' edges, vertex for vertex;
// what lies between the rings of two faces is a stretch of road, and what lies
// between the rings around a crossing is the crossing:
//
//	block | s |  block        s: stretch, +: crossing
//	______|   |_______        Corners of blocks, stretches and crossings are
//	  s     +     s           the same vertices, so that together they tile
//	______     _______        the city as the faces do.
//	block | s |  block
type land struct {
	g  *graph
	at []pt // vertices of the graph, then those beside the roads
	of []int32
	// The arms of each vertex counter-clockwise, one vertex after the other,
	// and the vertex of land in the wedge that follows each arm.
	first []int32
	fan   []arm
	wedge []int32

	blocks [][]int32 // by face: the ring inside its roads, nil for none
	pieces []piece
	// pieces that touch a face: which[firstOf[f]:firstOf[f+1]].
	firstOf, which []int32
	coords         []spatial.Coord
}

// A piece is a stretch of road or a crossing.
type piece struct {
	ring           []int32
	road, district int32
	faces          []int32 // only while the land is divided
}

// vergeCm is how far a road's land reaches beyond its kerb: the pavement.
func (c class) vergeCm() int64 {
	switch c {
	case arterial:
		return 450
	case street:
		return 320
	}
	return 130
}

// reachCm is from a road's middle to the edge of its land, 0 for what is no
// road.
func (c class) reachCm() int64 {
	if c < lane {
		return 0
	}
	return c.halfWidth() + c.vergeCm()
}

// newLand divides the city's land.
func newLand(s *site) *land {
	l := &land{g: s.graph, at: slices.Clone(s.at)}
	l.of = make([]int32, len(l.at))
	for v := range l.of {
		l.of[v] = int32(v)
	}
	l.sortArms()
	l.wedge = make([]int32, len(l.fan))
	for v := range int32(len(s.at)) {
		l.placeWedges(v, s.wet)
	}
	l.divide(s)
	return l
}

// sortArms lays the arms of every vertex out counter-clockwise.
func (l *land) sortArms() {
	l.first = make([]int32, 1, len(l.g.arms)+1)
	for v, arms := range l.g.arms {
		from := len(l.fan)
		l.fan = append(l.fan, arms...)
		fan := l.fan[from:]
		slices.SortFunc(fan, func(a, b arm) int {
			p, q := l.g.at[a.to].sub(l.g.at[v]), l.g.at[b.to].sub(l.g.at[v])
			if lower(p) != lower(q) {
				if lower(p) {
					return 1
				}
				return -1
			}
			switch x := p.cross(q); {
			case x > 0:
				return -1
			case x < 0:
				return 1
			}
			return 0
		})
		l.first = append(l.first, int32(len(l.fan)))
	}
}

// lower tells whether a direction points into the lower half plane.
func lower(p pt) bool { return p.y < 0 || p.y == 0 && p.x < 0 }

// reach is from the middle of the arm's line to the edge of its land.
func (l *land) reach(a arm) int64 { return l.g.lines[a.line].class.reachCm() }

// placeWedges sets the vertices of land around v. Between two roads all wedges
// share one, also where walls part them; where the city ends between them, the
// wedges before and after that gap have one each, on the outline.
func (l *land) placeWedges(v int32, wet func(f int32) bool) {
	fan, wedge := l.armsOf(v)
	n := len(fan)
	var roads []int
	for i := range fan {
		wedge[i] = v
		if l.reach(fan[i]) > 0 {
			roads = append(roads, i)
		}
	}
	for k, i := range roads {
		j := roads[(k+1)%len(roads)]
		wedges := (j-i+n-1)%n + 1 // a lone road: all around it
		gap := -1
		for w := range wedges {
			f := fan[(i+w)%n].left
			if f < 0 || len(roads) == 1 && w > 0 && w < wedges-1 && wet(f) {
				gap = w
				break
			}
		}
		switch {
		case gap >= 0:
			// Only a road that ends at the gap itself gets its full width.
			if gap == 1 {
				wedge[i] = l.beyond(v, fan[i], fan[(i+1)%n])
			}
			if gap == wedges-2 {
				wedge[(j+n-1)%n] = l.beyond(v, fan[j], fan[(j+n-1)%n])
			}
		case len(roads) > 1:
			p := l.corner(v, fan[i], fan[j], l.between(i, wedges, fan))
			for w := range wedges {
				wedge[(i+w)%n] = p
			}
		}
	}
}

// between returns the first arm between two roads, or nil.
func (l *land) between(i, wedges int, fan []arm) *arm {
	if wedges == 1 {
		return nil
	}
	return &fan[(i+1)%len(fan)]
}

func (l *land) armsOf(v int32) (fan []arm, wedge []int32) {
	from, to := l.first[v], l.first[v+1]
	return l.fan[from:to], l.wedge[from:to]
}

// vertex adds a vertex of land that belongs to v.
func (l *land) vertex(v int32, p pt) int32 {
	l.at = append(l.at, p)
	l.of = append(l.of, v)
	return int32(len(l.at) - 1)
}

// sharpest is how many times the width of a road the corner of a block may lie
// off the crossing, times two: at acute corners the block is left more.
const sharpest = 5

// beyond is where the edge of a road's land meets another line at v.
func (l *land) beyond(v int32, road, other arm) int32 {
	o := l.g.at[v]
	a, m := l.g.at[road.to].sub(o), l.g.at[other.to].sub(o)
	return l.vertex(v, o.add(l.onto(a, l.reach(road), m)))
}

// onto is the place on m where the edge of the land of a road along a of the
// given reach crosses it.
func (l *land) onto(a pt, reach int64, m pt) pt {
	sin := a.cross(m)
	t := sharpest * reach / 2
	if sin = max(sin, -sin); sin > 0 {
		t = min(t, reach*a.length()/(sin/max(m.length(), 1)+1))
	}
	return m.to(min(t, m.length()*45/100))
}

// corner is the vertex between the roads a and b, b counter-clockwise of a: on
// the line m where one parts them.
func (l *land) corner(v int32, a, b arm, m *arm) int32 {
	o := l.g.at[v]
	p, q := l.g.at[a.to].sub(o), l.g.at[b.to].sub(o)
	if m != nil {
		d := l.g.at[m.to].sub(o)
		x, y := l.onto(p, l.reach(a), d), l.onto(q, l.reach(b), d)
		if y.dot(y) > x.dot(x) {
			x = y
		}
		return l.vertex(v, o.add(x))
	}
	return l.vertex(v, o.add(mitre(p, q, l.reach(a), l.reach(b))))
}

// mitre is where the left edge of a road along p meets the right edge of one
// along q, both from the origin.
func mitre(p, q pt, left, right int64) pt {
	wide := max(left, right)
	lp, lq := p.length(), q.length()
	det := -p.cross(q)
	if 6*max(det, -det) < lp*lq {
		if p.dot(q) < 0 { // straight on
			return p.to(1_000).sub(q.to(1_000)).left().to(wide)
		}
		return p.to(1_000).add(q.to(1_000)).to(sharpest * wide / 2)
	}
	a, b := p.left(), pt{}.sub(q.left())
	ca, cb := left*lp, right*lq
	at := pt{(ca*b.y - a.y*cb) / det, (a.x*cb - ca*b.x) / det}
	if at.length() > sharpest*wide/2 {
		return at.to(sharpest * wide / 2)
	}
	return at
}
