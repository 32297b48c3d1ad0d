package spatial

import (
	"cmp"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// slabs are the oracle of gaps: the plane cut at the longitudes of all vertices
// and crossings, in rational numbers. Within a slab the edges lie one above the
// other, and what is between two is held by the areas that have an odd number of
// edges below. What no area holds and has more than a point in common with the
// like in the next slab is one place with it.
type slabs struct {
	xs    []*big.Rat
	edges [][]slabEdge // of every slab, upward
	place [][]int      // what is below each edge, and above the last
	whole []int        // a place's parent, places[0] the outside
	none  [][]bool     // whether no area holds it
}

type slabEdge struct {
	a, b                Coord
	area                int
	west, middle, level *big.Rat // the latitude at the slab's sides and in between
}

// latitude is where the line through a and b passes x.
func latitude(a, b Coord, x *big.Rat) *big.Rat {
	t := new(big.Rat).Sub(x, big.NewRat(int64(a.X), 1))
	t.Mul(t, big.NewRat(int64(b.Y)-int64(a.Y), int64(b.X)-int64(a.X)))
	return t.Add(t, big.NewRat(int64(a.Y), 1))
}

// meeting is the longitude where the lines of two edges meet, by their
// equations, or nil.
func meeting(a, b, c, d Coord) *big.Rat {
	if a.X == b.X || c.X == d.X {
		return nil
	}
	m, n := big.NewRat(int64(b.Y)-int64(a.Y), int64(b.X)-int64(a.X)), big.NewRat(int64(d.Y)-int64(c.Y), int64(d.X)-int64(c.X))
	slope := new(big.Rat).Sub(m, n)
	if slope.Sign() == 0 {
		return nil
	}
	zero := new(big.Rat)
	return slope.Quo(new(big.Rat).Sub(latitude(c, d, zero), latitude(a, b, zero)), slope)
}

func newSlabs(shapes []*Shape) *slabs {
	s := &slabs{whole: []int{0}}
	var all []slabEdge
	for i, shape := range shapes {
		if shape == nil {
			continue
		}
		for a, b := range shape.edges {
			if a.X > b.X {
				a, b = b, a
			}
			s.xs = append(s.xs, big.NewRat(int64(a.X), 1), big.NewRat(int64(b.X), 1))
			if a.X == b.X {
				continue // a side of slabs
			}
			for _, e := range all {
				if max(a.X, e.a.X) < min(b.X, e.b.X) {
					x := meeting(a, b, e.a, e.b)
					if x != nil && x.Cmp(big.NewRat(int64(max(a.X, e.a.X)), 1)) > 0 && x.Cmp(big.NewRat(int64(min(b.X, e.b.X)), 1)) < 0 {
						s.xs = append(s.xs, x)
					}
				}
			}
			all = append(all, slabEdge{a: a, b: b, area: i})
		}
	}
	slices.SortFunc(s.xs, (*big.Rat).Cmp)
	s.xs = slices.CompactFunc(s.xs, func(x, y *big.Rat) bool { return x.Cmp(y) == 0 })
	one := big.NewRat(1, 1) // beside what there is lies a slab without edges
	s.xs = append([]*big.Rat{new(big.Rat).Sub(s.xs[0], one)}, append(s.xs, new(big.Rat).Add(s.xs[len(s.xs)-1], one))...)
	for i := 0; i+1 < len(s.xs); i++ {
		s.addSlab(all, s.xs[i], s.xs[i+1])
	}
	for i := range s.edges {
		for k, none := range s.none[i] {
			if none && (k == 0 || k == len(s.edges[i])) {
				s.join(s.place[i][k], 0)
			}
		}
		s.joinOverPairs(i)
		s.joinWest(i)
	}
	return s
}

func (s *slabs) addSlab(all []slabEdge, west, east *big.Rat) {
	var edges []slabEdge
	middle := new(big.Rat).Mul(new(big.Rat).Add(west, east), big.NewRat(1, 2))
	for _, e := range all {
		if big.NewRat(int64(e.a.X), 1).Cmp(west) <= 0 && big.NewRat(int64(e.b.X), 1).Cmp(east) >= 0 {
			e.west, e.middle, e.level = latitude(e.a, e.b, west), latitude(e.a, e.b, middle), latitude(e.a, e.b, east)
			edges = append(edges, e)
		}
	}
	slices.SortStableFunc(edges, func(e, f slabEdge) int { return e.middle.Cmp(f.middle) })
	odd, places, none := map[int]bool{}, []int{len(s.whole)}, []bool{true}
	s.whole = append(s.whole, len(s.whole))
	for _, e := range edges {
		if odd[e.area] {
			delete(odd, e.area)
		} else {
			odd[e.area] = true
		}
		places, none = append(places, len(s.whole)), append(none, len(odd) == 0)
		s.whole = append(s.whole, len(s.whole))
	}
	s.edges, s.place, s.none = append(s.edges, edges), append(s.place, places), append(s.none, none)
}

// joinOverPairs joins what lies below and above edges on the same line, if nothing
// holds either: the edges are of areas that run there and back, and bound none.
func (s *slabs) joinOverPairs(i int) {
	edges := s.edges[i]
	for k := 0; k < len(edges); {
		m := k
		for m < len(edges) && edges[m].middle.Cmp(edges[k].middle) == 0 {
			m++
		}
		if s.none[i][k] && s.none[i][m] {
			s.join(s.place[i][k], s.place[i][m])
		}
		k = m
	}
}

// joinWest joins what nothing holds in slab i with the like in the one to its
// west, across its side.
func (s *slabs) joinWest(i int) {
	for k, none := range s.none[i] {
		if !none || i == 0 {
			continue
		}
		for m, there := range s.none[i-1] {
			if !there {
				continue
			}
			var low, high *big.Rat // nil without end
			for _, l := range [...]struct {
				k    int
				side []slabEdge
				at   func(e slabEdge) *big.Rat
			}{
				{k, s.edges[i], func(e slabEdge) *big.Rat { return e.west }},
				{m, s.edges[i-1], func(e slabEdge) *big.Rat { return e.level }},
			} {
				if l.k > 0 && (low == nil || low.Cmp(l.at(l.side[l.k-1])) < 0) {
					low = l.at(l.side[l.k-1])
				}
				if l.k < len(l.side) && (high == nil || high.Cmp(l.at(l.side[l.k])) > 0) {
					high = l.at(l.side[l.k])
				}
			}
			if low == nil || high == nil || low.Cmp(high) < 0 {
				s.join(s.place[i][k], s.place[i-1][m])
			}
		}
	}
}

func (s *slabs) root(p int) int {
	for s.whole[p] != p {
		p = s.whole[p]
	}
	return p
}

func (s *slabs) join(p, q int) {
	p, q = s.root(p), s.root(q)
	s.whole[max(p, q)] = min(p, q)
}

// gap reports whether c, moved east and then less north, is held by no area and
// shut off from the outside.
func (s *slabs) gap(c Coord) bool {
	x, y := big.NewRat(int64(c.X), 1), big.NewRat(int64(c.Y), 1)
	i, there := slices.BinarySearchFunc(s.xs, x, (*big.Rat).Cmp)
	if !there {
		i--
	}
	if i < 0 || i >= len(s.edges) {
		return false
	}
	k := 0
	for k < len(s.edges[i]) {
		e := s.edges[i][k]
		if at := cmp.Or(latitude(e.a, e.b, x).Cmp(y), cmp.Compare(e.b.Y, e.a.Y)); at > 0 {
			break
		}
		k++
	}
	return s.none[i][k] && s.root(s.place[i][k]) != 0
}

// inGaps lists positions in the middle of every slab's part of a gap, and beside.
func (s *slabs) inGaps() (out []Coord) {
	for i := range s.edges {
		for k, none := range s.none[i] {
			if !none || s.root(s.place[i][k]) == 0 {
				continue
			}
			x, _ := new(big.Rat).Add(s.xs[i], s.xs[i+1]).Float64()
			y, _ := new(big.Rat).Add(s.edges[i][k-1].middle, s.edges[i][k].middle).Float64()
			c := Coord{int32(x / 2), int32(y / 2)}
			out = append(out, c, Coord{c.X + 1, c.Y}, Coord{c.X, c.Y + 1}, Coord{c.X + 1, c.Y + 1})
		}
	}
	return out
}

// hoops are polygons about a middle that overlap each other, so that gaps lie
// between borders that cross off the lattice.
func hoops(r *rand.Rand, wide int32) (out []*Shape) {
	at := func() Coord { return Coord{kaifeng.X + r.Int32N(wide), kaifeng.Y + r.Int32N(wide)} }
	for range 3 + r.IntN(7) {
		ring := []Coord{at(), at(), at()}
		switch r.IntN(5) {
		case 0, 1, 2: // a beam
			c, d := ring[0], Coord{1 + r.Int32N(wide/8+1), r.Int32N(wide/8 + 1)}
			ring = []Coord{c, ring[1], {ring[1].X + d.X, ring[1].Y + d.Y}, {c.X + d.X, c.Y + d.Y}}
		case 3: // what crosses itself
			ring = append(ring, at(), at())
		}
		out = append(out, shapeOf(ring))
	}
	return out
}

// TestCoverage_GapsBesideOverlapsAreThoseOfTheOracle asks every position among
// polygons that overlap and cross themselves on a small lattice, in buckets of
// all sizes, and anywhere among larger ones.
func TestCoverage_GapsBesideOverlapsAreThoseOfTheOracle(t *testing.T) {
	r := newRand(t, 81)
	count := map[bool]int{}
	found := 0
	for round := range 100 {
		wide := [...]int32{24, 80, 80, 700, 20_000}[round%5]
		shapes := hoops(r, wide)
		if round%5 == 1 {
			shapes = append(newTiling(r, 3, 3, kaifeng, false).shapes, shapes[:3]...)
		}
		v, want := gridOf(shapes, uint8(r.IntN(7))), newSlabs(shapes)
		found += len(v.gaps.rings)
		for _, c := range append(askedIn(r, v, wide), want.inGaps()...) {
			if holder, also := v.Areas().Locate(c); holder != None && (len(also) > 0 || holds(shapes[holder], c)) {
				continue
			}
			got := v.gaps.holds(c)
			if got != want.gap(c) {
				t.Fatalf("round %d, %v: gap %v", round, c, got)
			}
			if asAreas(t, v, c) == None && v.Gap(c) != got {
				t.Fatalf("round %d, %v: gap %v, within a ring %v", round, c, v.Gap(c), got)
			}
			count[got]++
		}
	}
	t.Logf("%d gaps, positions %v", found, count)
	if found < 100 || count[true] < 1500 || count[false] < 1500 {
		t.Error("too few gaps: the test has lost its point")
	}
}

func holds(s *Shape, c Coord) bool {
	_, held := s.Contains(c)
	return held
}

// askedIn lists every position of a small lattice, of a large one some, and those
// around the places where borders meet.
func askedIn(r *rand.Rand, v *Coverage, wide int32) (out []Coord) {
	if wide < 30 {
		for x := int32(-2); x <= wide+2; x++ {
			for y := int32(-2); y <= wide+2; y++ {
				out = append(out, Coord{kaifeng.X + x, kaifeng.Y + y})
			}
		}
		return out
	}
	for range 40 {
		out = append(out, somewhere(r, v.Areas().Box()))
	}
	for _, ring := range v.gaps.rings {
		for _, p := range ring {
			for _, y := range [...]int32{p.low - 1, p.low, p.high - 1, p.high} {
				if p.a.Y != p.b.Y {
					x := int64(p.a.X) + (int64(y)-int64(p.a.Y))*(int64(p.b.X)-int64(p.a.X))/(int64(p.b.Y)-int64(p.a.Y))
					out = append(out, Coord{int32(x), y}, Coord{int32(x) + 1, y})
				}
			}
		}
	}
	return out
}

// TestCoverage_GapsStayWhenPolygonsAreCutRepeatedOrReordered asks about the same
// places said otherwise, more of it than a word of bits has room for.
func TestCoverage_GapsStayWhenPolygonsAreCutRepeatedOrReordered(t *testing.T) {
	r := newRand(t, 82)
	asked, crowded := 0, 0
	for round := range 60 {
		shapes := hoops(r, 3000)
		others := slices.Clone(shapes)
		for range round % 3 * maxMembers {
			others = append(others, shapes[r.IntN(len(shapes))])
		}
		for i, s := range others {
			if r.IntN(2) == 0 {
				others[i] = cutAtMiddles(s)
			}
		}
		r.Shuffle(len(others), func(i, k int) { others[i], others[k] = others[k], others[i] })
		shift := uint8(5 + r.IntN(6))
		v, w := gridOf(shapes, shift), gridOf(others, shift)
		crowded += countOf(w, bucketCrowded)
		for _, c := range append(askedIn(r, v, 3000), askedIn(r, w, 3000)...) {
			if holder, _ := v.Locate(c); holder != None {
				continue
			}
			asked++
			if v.Gap(c) != w.Gap(c) {
				t.Fatalf("round %d, %v: gap %v, said otherwise %v", round, c, v.Gap(c), w.Gap(c))
			}
		}
	}
	t.Logf("%d positions, %d crowded buckets", asked, crowded)
	if asked < 1500 || crowded < 300 {
		t.Error("the positions prove little")
	}
}

func countOf(v *Coverage, code bucket) (n int) {
	for _, b := range v.buckets {
		if b == code {
			n++
		}
	}
	return n
}

// cutAtMiddles adds the middle of every edge that has it on the lattice.
func cutAtMiddles(s *Shape) *Shape {
	var rings [][]Coord
	for i := range s.Ends {
		part := s.Part(i)
		var ring []Coord
		for k, a := range part {
			b := part[(k+1)%len(part)]
			ring = append(ring, a)
			if (a.X+b.X)%2 == 0 && (a.Y+b.Y)%2 == 0 {
				ring = append(ring, Box{a, b}.Center())
			}
		}
		rings = append(rings, ring)
	}
	return shapeOf(rings...)
}

// TestJunction_IsWhereTwoEdgesCross compares the 128-bit arithmetic with
// rational numbers, of edges short and half the globe long.
func TestJunction_IsWhereTwoEdgesCross(t *testing.T) {
	r := newRand(t, 83)
	crossed, lattice := 0, 0
	var last junction
	for range 40_000 {
		wide := int64(1)<<(2+r.IntN(29)) + 1
		if r.IntN(4) == 0 {
			wide = 7
		}
		at := func() Coord { return Coord{int32(r.Int64N(wide) - wide/2), int32(r.Int64N(wide) - wide/2)} }
		e, f, g := edgeAt(at(), at()), edgeAt(at(), at()), edgeAt(at(), at())
		n, ok := crossingOf(&e, &f)
		between := bigCross(e.a, e.b, f.a)*bigCross(e.a, e.b, f.b) < 0 && bigCross(f.a, f.b, e.a)*bigCross(f.a, f.b, e.b) < 0
		if ok != between {
			t.Fatalf("%v %v: crossing %v", e, f, ok)
		}
		if !ok {
			continue
		}
		crossed++
		x, y := n.rational()
		if n.parts == 1 {
			lattice++
		}
		if turnOf(e.a, e.b, x, y) != 0 || turnOf(f.a, f.b, x, y) != 0 {
			t.Fatalf("%v %v: %v is not on both", e, f, n)
		}
		if got, want := n.turn(g.a, g.b), turnOf(g.a, g.b, x, y); got != want {
			t.Fatalf("%v from %v: turn %d, want %d", n, g, got, want)
		}
		lx, ly := last.rational()
		if got, want := n.compare(last), cmp.Or(x.Cmp(lx), y.Cmp(ly)); got != want {
			t.Fatalf("%v and %v: compare %d, want %d", n, last, got, want)
		}
		if back, _ := crossingOf(&f, &e); back != n || !n.within(e.a, e.b) || !n.within(f.b, f.a) || n.within(n.Coord, e.a) && n.parts == 1 {
			t.Fatalf("%v %v: %v, the other way %v", e, f, n, back)
		}
		if level := big.NewRat(int64(n.level()), 1); level.Cmp(y) < 0 || new(big.Rat).Sub(level, y).Cmp(big.NewRat(1, 1)) >= 0 {
			t.Fatalf("%v: level %d", n, n.level())
		}
		last = n
	}
	t.Logf("%d crossings, %d on the lattice", crossed, lattice)
	if crossed < 5000 || lattice < 20 {
		t.Error("the edges prove little")
	}
}

func edgeAt(a, b Coord) borderEdge {
	if compare(b, a) < 0 {
		a, b = b, a
	}
	return borderEdge{a: a, b: b}
}

func (n junction) rational() (x, y *big.Rat) {
	of := func(whole int32, part uint64) *big.Rat {
		rest := new(big.Rat).SetFrac(new(big.Int).SetUint64(part), new(big.Int).SetUint64(max(n.parts, 1)))
		return rest.Add(rest, big.NewRat(int64(whole), 1))
	}
	return of(n.X, n.east), of(n.Y, n.north)
}

func turnOf(a, b Coord, x, y *big.Rat) int {
	l := new(big.Rat).Mul(big.NewRat(int64(b.X)-int64(a.X), 1), new(big.Rat).Sub(y, big.NewRat(int64(a.Y), 1)))
	m := new(big.Rat).Mul(big.NewRat(int64(b.Y)-int64(a.Y), 1), new(big.Rat).Sub(x, big.NewRat(int64(a.X), 1)))
	return l.Cmp(m)
}
