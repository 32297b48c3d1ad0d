package demo

import "slices"

// Spots off the road: in parks and courts, at shop fronts and by the water.

// lawns scatters spots over the parks.
func (s *site) lawns() []spot { return s.scattered(usePark, useSquare) }

// courts scatters spots between the houses.
func (s *site) courts() []spot { return s.scattered(useHomes, useOldTown, useOffice) }

func (s *site) scattered(uses ...string) []spot {
	const perCell = 3
	var out []spot
	for range perCell {
		for f := range s.faces {
			if !slices.Contains(uses, s.uses[f]) {
				continue
			}
			l := s.lotOf(int32(f))
			q := s.jitter(s.hearts[f], 4_000)
			if l.holds([]pt{q, q.add(pt{1, 0}), q.add(pt{1, 1})}) {
				out = append(out, spot{at: q, road: -1})
			}
		}
	}
	return shuffled(s.dice, out)
}

// shopFronts are just before the houses where people trade.
func (s *site) shopFronts() []spot {
	var out []spot
	for _, h := range s.houses {
		if s.uses[h.cell] != useTrade && !s.percent(6) {
			continue
		}
		if q, front, ok := s.door(h); ok {
			out = append(out, spot{at: q, road: front.road})
		}
	}
	return shuffled(s.dice, out)
}

// doorCm is how far before the wall a door plate is measured.
const doorCm = 30

// door is before the middle of the wall nearest to a road.
func (s *site) door(h house) (at pt, front frontage, ok bool) {
	a := h.ring[len(h.ring)-1]
	for _, b := range h.ring {
		q := middle(a, b).sub(b.sub(a).left().to(doorCm)) // the right of a ring is outside
		a = b
		if fr, near := s.near.nearest(q); near && (!ok || fr.distance < front.distance) {
			at, front, ok = q, fr, true
		}
	}
	return at, front, ok
}

// banks are the stretches of river bank with the dry land on their left.
func (s *site) banks() [][]pt {
	var out [][]pt
	for f := range int32(len(s.faces)) {
		if s.faces[f].kind == riverbed {
			continue
		}
		var line []pt
		s.eachEdge(f, func(e edge) {
			if s.classOf(e) != bank {
				return
			}
			if n := len(line); n > 0 && line[n-1] != s.at[e.from] {
				out, line = append(out, line), nil
			}
			if len(line) == 0 {
				line = append(line, s.at[e.from])
			}
			line = append(line, s.at[e.to])
		})
		if len(line) > 2 {
			out = append(out, line)
		}
	}
	return out
}

// shores are spots on the river bank and around the lake.
func (s *site) shores() []spot { return s.besideWater(300, 9_000) }

// benches stand by the water first, then in the parks.
func (s *site) benches() []spot { return append(s.besideWater(700, 4_500), s.lawns()...) }

// waterside is all along the water.
func (s *site) waterside() []spot { return s.besideWater(500, 3_000) }

func (s *site) besideWater(off, every int64) []spot {
	var out []spot
	for _, line := range s.banks() {
		total := lengthOf(line)
		for d := every / 2; d < total; d += every {
			p, along := pointAt(line, d)
			out = append(out, spot{at: p.add(along.left().to(off)), road: -1})
		}
	}
	out = shuffled(s.dice, out)
	var ponds []spot
	for _, l := range s.lakes {
		if l.inGraph {
			continue // its shore is among the banks
		}
		for i, p := range l.shore {
			if i%6 == 0 {
				ponds = append(ponds, spot{at: p.add(p.sub(s.hearts[l.park]).to(off)), road: -1})
			}
		}
	}
	return append(ponds, out...)
}
