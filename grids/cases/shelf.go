package cases

import (
	"cmp"
	"slices"
	"sort"

	"github.com/wanmi-gis/wanmi/spatial"
)

// shelf is a sorted list of cases that is changed by making another, a draft, which
// shares all boxes but those that it changes:
//
//	published  ─ boxes ─▶ [····][····][····][····]
//	                        ▲     ▲           ▲
//	draft      ─ boxes ─────┴─────┴─▶[·····]──┘
//
// The first change of a draft copies the list of boxes, the first change in a box
// that box; what follows is done in place. So an event among 3,000 cases copies
// some KB, and 512 events among 800,000 cases not 512 times their list.
type shelf struct {
	// boxes are never empty.
	boxes []*box
	// extents has what the cases of each box span, for a shelf by place.
	extents []spatial.Box
	order   func(c *Live) place
	n       int
	// draft numbers the version, from 1; list is the draft that the list of boxes
	// was made for. Only what was made for a draft is changed in place.
	draft, list uint64
	wide        bool
}

// box is a part of a shelf.
type box struct {
	draft uint64
	cases []*Live
}

// place is where a case stands on a shelf; no two have the same.
type place struct{ first, second uint64 }

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.first, o.first), cmp.Compare(p.second, o.second))
}

// before says whether p comes first.
func (p place) before(o place) bool {
	return p.first < o.first || p.first == o.first && p.second < o.second
}

// leastRoom is how many cases fit in a box.
const leastRoom = 128

// room is how many cases fit in a box of a shelf of so many: between half and once
// the square root, where copying a box costs about as much as copying the list of
// boxes.
func room(n int) int {
	r := leastRoom
	for 4*r*r < n {
		r *= 2
	}
	return r
}

// shelved returns the cases on a shelf. It keeps nothing of the list.
func shelved(list []*Live, order func(c *Live) place, wide bool) shelf {
	type placed struct {
		place
		c *Live
	}
	all := make([]placed, len(list)) // the places are made once, and lie together
	for i, c := range list {
		all[i] = placed{order(c), c}
	}
	slices.SortFunc(all, func(a, b placed) int { return a.compare(b.place) })
	s := shelf{order: order, n: len(list), wide: wide}
	for size := room(len(list)); len(all) > 0; {
		part := all[:min(size, len(all))]
		all = all[len(part):]
		b := &box{cases: make([]*Live, len(part))}
		for i := range part {
			b.cases[i] = part[i].c
		}
		s.boxes = append(s.boxes, b)
		if wide {
			s.extents = append(s.extents, extentOf(b.cases))
		}
	}
	return s
}

func extentOf(list []*Live) spatial.Box {
	e := spatial.EmptyBox()
	for _, c := range list {
		e = e.Extend(c.At)
	}
	return e
}

// at returns the box where a place is or would be.
func (s *shelf) at(p place) int {
	i := sort.Search(len(s.boxes), func(i int) bool { return p.before(s.order(s.boxes[i].cases[0])) })
	return max(i-1, 0)
}

// in returns where in a box a place is or would be.
func (s *shelf) in(b *box, p place) int {
	return sort.Search(len(b.cases), func(k int) bool { return !s.order(b.cases[k]).before(p) })
}

// find returns the case at a place, nil for none.
func (s *shelf) find(p place) *Live {
	if len(s.boxes) == 0 {
		return nil
	}
	b := s.boxes[s.at(p)]
	if k := s.in(b, p); k < len(b.cases) && s.order(b.cases[k]) == p {
		return b.cases[k]
	}
	return nil
}

// ownList makes the list of boxes the draft's.
func (s *shelf) ownList() {
	if s.list == s.draft {
		return
	}
	const more = 8 // boxes that may come before the list grows
	s.boxes = append(make([]*box, 0, len(s.boxes)+more), s.boxes...)
	if s.wide {
		s.extents = append(make([]spatial.Box, 0, len(s.extents)+more), s.extents...)
	}
	s.list = s.draft
}

// own makes a box the draft's, with room for a case more.
func (s *shelf) own(i int) *box {
	s.ownList()
	b := s.boxes[i]
	if b.draft == s.draft {
		return b
	}
	mine := &box{s.draft, append(make([]*Live, 0, len(b.cases)+1), b.cases...)}
	s.boxes[i] = mine
	return mine
}

// replace puts a case where another of the same place stands.
func (s *shelf) replace(p place, c *Live) {
	b := s.own(s.at(p))
	b.cases[s.in(b, p)] = c
}

// put puts a case on the shelf that is not on it.
func (s *shelf) put(p place, c *Live) {
	s.n++
	if len(s.boxes) == 0 {
		s.ownList()
		s.insert(0, &box{s.draft, []*Live{c}})
		return
	}
	i := s.at(p)
	b := s.own(i)
	k := s.in(b, p)
	b.cases = slices.Insert(b.cases, k, c)
	if s.wide {
		s.extents[i] = s.extents[i].Extend(c.At)
	}
	if len(b.cases) > room(s.n) {
		s.split(i, k)
	}
}

// split makes two boxes of one in which a case came to stand at k.
func (s *shelf) split(i, k int) {
	b := s.boxes[i]
	// Ids and reports mostly come at one end: a box left behind there stays full.
	half := len(b.cases) / 2
	switch k {
	case len(b.cases) - 1:
		half = k
	case 0:
		half = 1
	}
	rest := &box{s.draft, slices.Clone(b.cases[half:])}
	b.cases = slices.Delete(b.cases, half, len(b.cases))
	s.insert(i+1, rest)
	if s.wide {
		s.extents[i] = extentOf(b.cases)
	}
}

// insert puts a box among the others, the list of which is the draft's.
func (s *shelf) insert(i int, b *box) {
	s.boxes = slices.Insert(s.boxes, i, b)
	if s.wide {
		s.extents = slices.Insert(s.extents, i, extentOf(b.cases))
	}
}

// drop takes a box out.
func (s *shelf) drop(i int) {
	s.boxes = slices.Delete(s.boxes, i, i+1)
	if s.wide {
		s.extents = slices.Delete(s.extents, i, i+1)
	}
}

// take takes a case off the shelf that is on it.
func (s *shelf) take(p place) {
	s.n--
	i := s.at(p)
	b := s.own(i)
	k := s.in(b, p)
	b.cases = slices.Delete(b.cases, k, k+1)
	if len(b.cases) == 0 {
		s.drop(i)
		return
	}
	if s.wide {
		s.extents[i] = extentOf(b.cases)
	}
	s.join(i)
}

// join brings a box that has become small together with a neighbour, if that is not
// large: without it a shelf that 800,000 cases left would keep all their boxes.
func (s *shelf) join(i int) {
	size := room(s.n)
	if len(s.boxes[i].cases) > size/4 || len(s.boxes) == 1 {
		return
	}
	i = max(i-1, 0)
	if len(s.boxes[i].cases)+len(s.boxes[i+1].cases) > size/2 {
		return
	}
	b := s.own(i)
	b.cases = append(b.cases, s.boxes[i+1].cases...)
	if s.wide {
		s.extents[i] = s.extents[i].Union(s.extents[i+1])
	}
	s.drop(i + 1)
}

// least returns the first case, nil for none.
func (s *shelf) least() *Live {
	if len(s.boxes) == 0 {
		return nil
	}
	return s.boxes[0].cases[0]
}

// each calls visit for every case in order until it returns false.
func (s *shelf) each(visit func(c *Live) bool) {
	for _, box := range s.boxes {
		for _, c := range box.cases {
			if !visit(c) {
				return
			}
		}
	}
}

// window calls visit for the cases in a window until it returns false.
func (s *shelf) window(w spatial.Box, visit func(c *Live) bool) {
	for i := range s.extents {
		if !s.extents[i].Meets(w) {
			continue
		}
		for _, c := range s.boxes[i].cases {
			if w.Holds(c.At) && !visit(c) {
				return
			}
		}
	}
}
