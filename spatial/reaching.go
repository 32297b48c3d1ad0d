package spatial

import "math"

// contains is [Shape.Contains] of area i; of large shapes it looks only at the
// runs level with c and not west of it.
func (a *Areas) contains(i int32, c Coord) (side Side, holds bool) {
	s, r := a.shapes[i], a.runs[i]
	if r == nil || !s.Box.Holds(c) {
		return s.Contains(c)
	}
	odd, on := false, false
	for part := range s.Ends {
		for from, run := range r.each(s, part, func(b Box) bool { return onRay(b, Box{c, c}) }) {
			odd, on = crossings(from, run, c, odd, on)
		}
	}
	return sideOf(odd, on)
}

// each yields the runs of a part whose boxes are wanted, each with the position
// that its first edge starts from; a part without runs is one.
func (r runs) each(s *Shape, part int, wanted func(b Box) bool) func(yield func(from Coord, run []Coord) bool) {
	return func(yield func(from Coord, run []Coord) bool) {
		ring := s.Part(part)
		last := ring[len(ring)-1]
		if r == nil {
			yield(last, ring)
			return
		}
		for i, b := range r[part] {
			run := ring[i*runEdges : min((i+1)*runEdges, len(ring))]
			if wanted(b) && !yield(last, run) {
				return
			}
			last = run[len(run)-1]
		}
	}
}

// BorderWithin reports whether the border of area i is at most radiusM from c: as
// [Areas.Border] says, at a fraction of its cost, for it looks at near edges only
// and not at what lies beyond.
func (a *Areas) BorderWithin(i int32, c Coord, radiusM float64) bool {
	mx, my := quantumM(c)
	for p, q := range a.edgesIn(i, reachOf(c, radiusM+slackM, mx, my)) {
		if math.Sqrt(segment2(c, p, q, mx, my)) <= radiusM {
			return true
		}
	}
	return false
}

// edgesIn yields the edges of area i whose boxes meet a box.
func (a *Areas) edgesIn(i int32, box Box) func(yield func(p, q Coord) bool) {
	return func(yield func(p, q Coord) bool) {
		s, r := a.shapes[i], a.runs[i]
		for part := range s.Ends {
			for p, run := range r.each(s, part, box.Meets) {
				for _, q := range run {
					if box.Meets(Box{p, p}.Extend(q)) && !yield(p, q) {
						return
					}
					p = q
				}
			}
		}
	}
}

// reachOf is the box of what is within a radius of c.
func reachOf(c Coord, radiusM, mx, my float64) Box {
	const most = 1 << 30
	wide := Box{c, c}.Grow(int32(min(math.Ceil(radiusM/mx), most)))
	high := Box{c, c}.Grow(int32(min(math.Ceil(radiusM/my), most)))
	return Box{Coord{wide.Min.X, high.Min.Y}, Coord{wide.Max.X, high.Max.Y}}
}
