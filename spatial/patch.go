package spatial

import (
	"cmp"
	"slices"
)

// Patch answers for many positions in one small box what [Areas.Locate] does, by
// the edges that matter there: it is cut out once, and a position then costs some
// 50 ns where the search of the tree and whole borders cost microseconds. The
// zero value is ready; Cut may be called again and keeps its room. It is for one
// goroutine at a time.
//
//	  ┌─────┐
//	──┼──a──┼────   of a border kept: the edges level with the box, from its
//	  │ box │   b   western side on to the east. The ray from a position to the
//	──┼─────┼────   east meets no others
type Patch struct {
	areas []patched
	// chains are pieces of borders, each vertex after vertex up to its end.
	coords []Coord
	chains []int
}

// patched is an area with the end of its chains.
type patched struct {
	area int32
	to   int
}

// Cut takes from the areas what matters in a box.
func (p *Patch) Cut(a *Areas, box Box) {
	p.areas, p.coords, p.chains = p.areas[:0], p.coords[:0], p.chains[:0]
	box = box.Grow(nearQuanta)
	a.tree.Search(box, func(i int32) bool {
		p.areas = append(p.areas, patched{area: i})
		return true
	})
	slices.SortFunc(p.areas, func(x, y patched) int { return cmp.Compare(x.area, y.area) })
	for k := range p.areas {
		s, r := a.shapes[p.areas[k].area], a.runs[p.areas[k].area]
		for part := range s.Ends {
			for from, run := range r.each(s, part, func(b Box) bool { return onRay(b, box) }) {
				p.keep(from, run, box)
			}
		}
		p.areas[k].to = len(p.chains)
	}
}

// onRay reports whether a ray to the east from a position of the box, or the
// box itself, may meet b.
func onRay(b, box Box) bool {
	return b.Max.Y >= box.Min.Y && b.Min.Y <= box.Max.Y && b.Max.X >= box.Min.X
}

// keep adds the edges that matter.
func (p *Patch) keep(a Coord, to []Coord, box Box) {
	open := false
	for _, b := range to {
		switch {
		case !onRay(Box{a, a}.Extend(b), box):
			p.end(open)
			open = false
		case open:
			p.coords = append(p.coords, b)
		default:
			p.coords = append(p.coords, a, b)
			open = true
		}
		a = b
	}
	p.end(open)
}

func (p *Patch) end(open bool) {
	if open {
		p.chains = append(p.chains, len(p.coords))
	}
}

// chain is the k-th.
func (p *Patch) chain(k int) []Coord {
	if k == 0 {
		return p.coords[:p.chains[0]]
	}
	return p.coords[p.chains[k-1]:p.chains[k]]
}

// Locate returns the area that holds c by the border rule, the first of several,
// or None: the first answer of [Areas.Locate] of what the patch was cut from. c
// must lie in the box.
func (p *Patch) Locate(c Coord) int32 {
	touch, k := None, 0
	for _, x := range p.areas {
		odd, on := false, false
		for ; k < x.to; k++ {
			chain := p.chain(k)
			odd, on = crossings(chain[0], chain[1:], c, odd, on)
		}
		if odd {
			return x.area
		}
		if on && touch == None {
			touch = x.area
		}
	}
	if touch != None {
		return touch
	}
	return p.snap(c)
}

// snap is rule 3.
func (p *Patch) snap(c Coord) int32 {
	found, best, k := None, float64(SnapQuanta*SnapQuanta), 0
	near := Box{c, c}.Grow(nearQuanta)
	for _, x := range p.areas {
		for ; k < x.to; k++ {
			chain := p.chain(k)
			a := chain[0]
			for _, b := range chain[1:] {
				if near.Meets(Box{a, a}.Extend(b)) {
					if d2 := segment2(c, a, b, 1, 1); d2 < best || (d2 == best && found == None) {
						found, best = x.area, d2
					}
				}
				a = b
			}
		}
	}
	return found
}
