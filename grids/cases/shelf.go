package cases

import "sort"

// shelf is a sorted list of cases that is changed by making another, which shares
// all but one of its boxes: of 3,000 cases, 12 KB at most are copied for a change.
type shelf struct {
	// boxes are never empty and hold at most boxSize cases each.
	boxes [][]*Live
	less  func(a, b *Live) bool
	n     int
}

// boxSize is near the square root of the number of live cases of a large city,
// where copying a box costs as much as copying the list of boxes.
const boxSize = 128

// box returns the place of the box where the case stands or would.
func (s *shelf) box(c *Live) int {
	i := sort.Search(len(s.boxes), func(i int) bool { return s.less(c, s.boxes[i][0]) })
	return max(i-1, 0)
}

// find returns the first case that is not before the probe, nil for none.
func (s *shelf) find(probe *Live) *Live {
	for i := s.box(probe); i < len(s.boxes); i++ {
		box := s.boxes[i]
		if k := sort.Search(len(box), func(k int) bool { return !s.less(box[k], probe) }); k < len(box) {
			return box[k]
		}
	}
	return nil
}

// with returns the list with the case, which is not in it.
func (s *shelf) with(c *Live) shelf {
	next := *s
	next.n++
	if len(s.boxes) == 0 {
		next.boxes = [][]*Live{{c}}
		return next
	}
	i := s.box(c)
	old := s.boxes[i]
	k := sort.Search(len(old), func(k int) bool { return s.less(c, old[k]) })
	grown := make([]*Live, 0, len(old)+1)
	grown = append(append(append(grown, old[:k]...), c), old[k:]...)
	if len(grown) <= boxSize {
		next.boxes = s.replaced(i, grown)
		return next
	}
	// Ids and reports mostly come at one end: a box left behind there stays full.
	half := len(grown) / 2
	switch k {
	case len(old):
		half = len(old)
	case 0:
		half = 1
	}
	next.boxes = s.replaced(i, grown[:half:half], grown[half:])
	return next
}

// without returns the list without the case, which is in it.
func (s *shelf) without(c *Live) shelf {
	i := s.box(c)
	old := s.boxes[i]
	k := sort.Search(len(old), func(k int) bool { return !s.less(old[k], c) })
	next := *s
	next.n--
	if len(old) == 1 {
		next.boxes = s.replaced(i)
		return next
	}
	rest := make([]*Live, 0, len(old)-1)
	next.boxes = s.replaced(i, append(append(rest, old[:k]...), old[k+1:]...))
	return next
}

// replaced returns the boxes with others in the place of box i.
func (s *shelf) replaced(i int, by ...[]*Live) [][]*Live {
	out := make([][]*Live, 0, len(s.boxes)+len(by))
	out = append(out, s.boxes[:i]...)
	out = append(out, by...)
	return append(out, s.boxes[i+1:]...)
}

// each calls visit for every case in order until it returns false.
func (s *shelf) each(visit func(c *Live) bool) {
	for _, box := range s.boxes {
		for _, c := range box {
			if !visit(c) {
				return
			}
		}
	}
}
