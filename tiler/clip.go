package tiler

import "math/bits"

// Clipping works on whole numbers. Where an edge crosses a limit depends on
// the edge alone, not on the direction it is walked in nor on the ring it
// belongs to: two polygons that share an edge are cut at the same vertex.
//
//	lo ┌────────┐
//	   │  tile  │    sides in order: x ≥ lo, x ≤ hi, y ≥ lo, y ≤ hi
//	   └────────┘ hi

// side is one half plane of the window.
type side struct {
	axis  int
	limit int64
	upper bool // keep what is at or below the limit
}

func (f *frame) sides() [4]side {
	return [4]side{{0, f.lo, false}, {0, f.hi, true}, {1, f.lo, false}, {1, f.hi, true}}
}

func (s side) holds(v vertex) bool {
	if s.upper {
		return v[s.axis] <= s.limit
	}
	return v[s.axis] >= s.limit
}

// crossing returns where the edge between a and b, which lie on both sides of
// the limit, meets it: rounded to the nearest vertex unit from the end with
// the smaller coordinate, in 128 bits (differences reach 2³⁴).
func (s side) crossing(a, b vertex) vertex {
	along, across := s.axis, 1-s.axis
	if a[along] > b[along] {
		a, b = b, a
	}
	run := uint64(b[along] - a[along])
	rise := b[across] - a[across]
	high, low := bits.Mul64(uint64(max(rise, -rise)), uint64(s.limit-a[along]))
	low, carry := bits.Add64(low, run/2, 0)
	offset, _ := bits.Div64(high+carry, low, run)
	out := a
	out[along] = s.limit
	if rise < 0 {
		out[across] -= int64(offset)
	} else {
		out[across] += int64(offset)
	}
	return out
}

// bounds is the box of a ring or line in vertex units.
type bounds struct{ min, max vertex }

func boundsOf(path []vertex) bounds {
	b := bounds{path[0], path[0]}
	for _, v := range path[1:] {
		b.min = vertex{min(b.min[0], v[0]), min(b.min[1], v[1])}
		b.max = vertex{max(b.max[0], v[0]), max(b.max[1], v[1])}
	}
	return b
}

// clips reports whether something of the box is cut off by s.
func (b bounds) clips(s side) bool {
	if s.upper {
		return b.max[s.axis] > s.limit
	}
	return b.min[s.axis] < s.limit
}

// misses reports whether the box has at most its border in the window.
func (b bounds) misses(f *frame) bool {
	return b.max[0] <= f.lo || b.max[1] <= f.lo || b.min[0] >= f.hi || b.min[1] >= f.hi
}

// clipRing cuts a ring to the window, one side after another (Sutherland and
// Hodgman), in O(vertices). A ring that leaves and enters again becomes one
// ring with pieces along the limit, which lie outside the visible tile. Both
// slices are overwritten; cut reports whether anything was cut off.
func clipRing(f *frame, ring, spare []vertex) (out, rest []vertex, cut bool) {
	if len(ring) == 0 {
		return ring, spare, false
	}
	box := boundsOf(ring)
	if box.misses(f) {
		return ring[:0], spare, true
	}
	for _, s := range f.sides() {
		if box.clips(s) && len(ring) > 0 {
			ring, spare = s.cutRing(spare[:0], ring), ring
			cut = true
		}
	}
	return ring, spare, cut
}

func (s side) cutRing(dst, ring []vertex) []vertex {
	prev := ring[len(ring)-1]
	inside := s.holds(prev)
	for _, v := range ring {
		if holds := s.holds(v); holds != inside {
			dst = append(dst, s.crossing(prev, v))
			inside = holds
		}
		if inside {
			dst = append(dst, v)
		}
		prev = v
	}
	return dst
}

// clipEdge cuts the edge a→b to the window; ok is false when none of it is
// inside, entered and left report that a or b was replaced.
func clipEdge(sides *[4]side, a, b vertex) (from, to vertex, entered, left, ok bool) {
	for _, s := range sides {
		switch in, out := s.holds(a), s.holds(b); {
		case in && out:
		case in:
			b, left = s.crossing(a, b), true
		case out:
			a, entered = s.crossing(a, b), true
		default:
			return a, b, false, false, false
		}
	}
	return a, b, entered, left, true
}
