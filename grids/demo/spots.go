package demo

import (
	"cmp"
	"maps"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// A spot is where a component could stand.
type spot struct {
	at    pt
	road  int32          // the road it stands on or by, or -1
	shape *spatial.Shape // of a line or polygon
	// onRoad: it lies in a carriageway. crosses: of several roads at a crossing.
	// afloat: it may lie over water.
	onRoad, crosses, afloat bool
}

// A kerb is a row of things along a road, beyond its kerb: on alternating
// sides, on both, or always on the right.
type kerb struct {
	every, off  int64
	of          []class
	both, right bool
}

func (k kerb) spots(s *site) []spot {
	var out []spot
	for _, c := range k.of {
		for _, r := range s.inDisorder(c) {
			road := &s.streets[r]
			total := lengthOf(road.points)
			side := int64(1)
			if s.toss() || k.right {
				side = -1
			}
			for d := s.between(k.every/4, k.every*3/4); d < total; d += k.every {
				p, along := pointAt(road.points, d)
				n := along.left().to(side * (c.halfWidth() + k.off))
				out = append(out, spot{at: p.add(n), road: r})
				if k.both {
					out = append(out, spot{at: p.sub(n), road: r})
				} else if !k.right {
					side = -side
				}
			}
		}
	}
	return out
}

// and puts the rows of other kinds behind.
func (k kerb) and(others ...kerb) func(*site) []spot {
	return func(s *site) []spot {
		out := k.spots(s)
		for _, o := range others {
			out = append(out, o.spots(s)...)
		}
		return out
	}
}

// inDisorder lists the roads of a class in an order of chance, so that what
// runs out does not run out in one part of the town.
func (s *site) inDisorder(c class) []int32 {
	var out []int32
	for i, r := range s.streets {
		if r.class == c {
			out = append(out, int32(i))
		}
	}
	return shuffled(s.dice, out)
}

// A carriageway is a run of covers in the roadway; aside is how far from the
// centre line in percent of the half width, positive to the left.
type carriageway struct {
	every, aside int64
	per          int64 // one road in so many has a run
	both         bool
}

// leastAsideCm keeps covers off the centre line, which is the border of cells:
// twice the position error of accuracy class A and more.
const leastAsideCm = 150

func (c carriageway) spots(s *site) []spot {
	var all []int32
	for i := range s.streets {
		all = append(all, int32(i))
	}
	all = shuffled(s.dice, all)
	first := len(all) / int(c.per)
	var out []spot
	for _, r := range append(shuffled(s.dice, all[:first]), all[first:]...) {
		road := &s.streets[r]
		total := lengthOf(road.points)
		off := road.class.halfWidth() * c.aside / 100
		if off > 0 {
			off = max(off, leastAsideCm)
		} else {
			off = min(off, -leastAsideCm)
		}
		for d := s.between(c.every/5, c.every); d < total; d += c.every + s.between(-200, 200) {
			p, along := pointAt(road.points, d)
			n := along.left().to(off)
			out = append(out, spot{at: p.add(n), road: r, onRoad: true})
			if c.both {
				out = append(out, spot{at: p.sub(n), road: r, onRoad: true})
			}
		}
	}
	return out
}

// A corner is something at crossings: between two arms, off their kerbs.
type corner struct {
	off         int64
	from        class // of the largest road there
	perCrossing int
	largest     bool // the largest crossings first
}

func (c corner) spots(s *site) []spot {
	var out []spot
	crossings := shuffled(s.dice, s.crossings)
	if c.largest {
		crossings = s.byTraffic(crossings)
	}
	for _, j := range crossings {
		if j.major < c.from {
			continue
		}
		start := s.between(0, int64(len(j.arms)-1))
		for i := range min(c.perCrossing, len(j.arms)) {
			k := (int(start) + i) % len(j.arms)
			arm := j.arms[k]
			road := s.streets[j.roads[k]]
			// Along the arm until the other roads' kerbs are passed, then aside.
			ahead := j.major.halfWidth()*5/4 + c.off
			side := road.class.halfWidth() + c.off
			if s.toss() {
				side = -side
			}
			out = append(out, spot{at: j.at.add(arm.to(ahead)).add(arm.left().to(side)), road: j.roads[k]})
		}
	}
	return out
}

// byTraffic brings the largest crossings to the front and keeps the order of
// equals. There are few sizes of crossing.
func (s *site) byTraffic(crossings []junction) []junction {
	bySize := map[int64][]junction{}
	for _, j := range crossings {
		n := s.traffic(j)
		bySize[n] = append(bySize[n], j)
	}
	sizes := slices.SortedFunc(maps.Keys(bySize), func(a, b int64) int { return cmp.Compare(b, a) })
	out := make([]junction, 0, len(crossings))
	for _, n := range sizes {
		out = append(out, bySize[n]...)
	}
	return out
}

// traffic ranks a crossing by the roads that meet in it.
func (s *site) traffic(j junction) (sum int64) {
	for _, r := range j.roads {
		sum += s.streets[r].class.halfWidth()
	}
	return sum
}

// and puts rows along the kerb behind.
func (c corner) and(k kerb) func(*site) []spot {
	return func(s *site) []spot { return append(c.spots(s), k.spots(s)...) }
}
