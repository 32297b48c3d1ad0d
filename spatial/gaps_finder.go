package spatial

import (
	"cmp"
	"slices"
)

// gapFinder goes over the border buckets for the junctions in them: how they cut
// the edges, and the wedges at them that no area holds.
type gapFinder struct {
	r      *raster
	cuts   map[line][]junction // those between the ends of an edge, from a to b
	wedges []wedge

	// What is at hand: of a bucket its edges and junctions, of a junction the
	// spokes.
	edges     []borderEdge
	junctions []junction
	star      []spoke
	layer     []spoke
}

// wedge is what no area holds from one spoke of a junction to the next.
type wedge struct {
	at        junction
	from, end line // the spokes' edges, from a toward b
}

// line is an edge's ends.
type line struct{ a, b Coord }

// ways returns the ways along what nothing holds, by the way that leads to where
// they start, and these in an order that every run has.
func (f *gapFinder) ways() (next map[way]step, starts []way) {
	f.eachBorder(f.collect)
	for l, cuts := range f.cuts {
		slices.SortFunc(cuts, junction.compare)
		f.cuts[l] = slices.Compact(cuts) // an edge that an area has twice is cut twice
	}
	next, starts = make(map[way]step, len(f.wedges)), make([]way, len(f.wedges))
	for i, w := range f.wedges {
		starts[i] = way{f.toward(w.end, w.at), w.at}
		next[starts[i]] = step{f.toward(w.from, w.at), w.from}
	}
	return next, starts
}

// eachBorder visits the buckets that edges come near, as one border or, where
// more areas are near than a word has bits, as several that share the edges.
func (f *gapFinder) eachBorder(visit func(layers []border, s bounds)) {
	v, side, crowds := f.r.v, int64(1)<<f.r.v.shift, f.r.crowds
	var one [1]border
	for k, code := range v.buckets {
		var layers []border
		switch {
		case code <= firstOther:
			one[0] = v.border(code)
			layers = one[:]
		case len(crowds) > 0 && crowds[0].bucket == int64(k):
			layers, crowds = f.r.layers(crowds[0]), crowds[1:]
		default:
			continue
		}
		west, south := v.x0+int64(k)%v.wide*side, v.y0+int64(k)/v.wide*side
		visit(layers, bounds{west, south, west + side, south + side})
	}
}

// collect finds the junctions in the bucket, what they cut and their wedges.
func (f *gapFinder) collect(layers []border, s bounds) {
	f.edges, f.junctions = f.edges[:0], f.junctions[:0]
	for e := range layers[0].each {
		f.edges = append(f.edges, e)
		for _, end := range [...]Coord{e.a, e.b} {
			if n := junctionAt(end); s.holds(end) && !slices.Contains(f.junctions, n) {
				f.junctions = append(f.junctions, n)
			}
		}
	}
	vertices := len(f.junctions)
	f.addCrossings(s)
	if len(f.junctions) > vertices {
		slices.SortFunc(f.junctions, junction.compare)
		f.junctions = slices.Compact(f.junctions)
	}
	for _, n := range f.junctions {
		for i := range f.edges {
			if e := &f.edges[i]; n.within(e.a, e.b) {
				f.cuts[line{e.a, e.b}] = append(f.cuts[line{e.a, e.b}], n)
			}
		}
		f.open(layers, n)
	}
}

func (s *bounds) holds(c Coord) bool {
	x, y := int64(c.X), int64(c.Y)
	return x >= s.west && x < s.east && y >= s.south && y < s.north
}

// addCrossings adds where two edges cross in the bucket. They stand in the order
// of their western ends, so that each is compared only with those that begin
// before it ends.
func (f *gapFinder) addCrossings(s bounds) {
	for i := range f.edges {
		e := &f.edges[i]
		low, high := min(e.a.Y, e.b.Y), max(e.a.Y, e.b.Y)
		for k := i + 1; k < len(f.edges) && f.edges[k].a.X <= e.b.X; k++ {
			g := &f.edges[k]
			if max(g.a.Y, g.b.Y) < low || min(g.a.Y, g.b.Y) > high {
				continue
			}
			if n, ok := crossingOf(e, g); ok && s.holds(n.Coord) {
				f.junctions = append(f.junctions, n)
			}
		}
	}
}

// spoke is one direction in which borders leave a junction, from a toward b: the
// areas that are bounded there, whether there are any, and whether one holds the
// wedge to its left, up to the next spoke.
type spoke struct {
	line
	mask          uint32
	borders, held bool
}

// open notes the wedges at a junction that no area holds.
func (f *gapFinder) open(layers []border, at junction) {
	f.star = starAt(&layers[0], at, f.star[:0])
	f.r.v.hold(f.star, &layers[0], at)
	for i := range layers[1:] {
		b := &layers[1+i]
		f.layer = starAt(b, at, f.layer[:0])
		f.r.v.hold(f.layer, b, at)
		for k, s := range f.layer { // its directions are the same
			f.star[k].held, f.star[k].borders = f.star[k].held || s.held, f.star[k].borders || s.borders
		}
	}
	star := slices.DeleteFunc(f.star, func(s spoke) bool { return !s.borders })
	for k, s := range star {
		if !s.held {
			f.wedges = append(f.wedges, wedge{at, s.line, star[(k+1)%len(star)].line})
		}
	}
}

// starAt appends the spokes of n in counter-clockwise order, from a little north
// of east on, where the border rule moves n to.
func starAt(b *border, n junction, star []spoke) []spoke {
	for e := range b.each {
		isA, isB := n == junctionAt(e.a), n == junctionAt(e.b)
		if isA == isB && (isA || !n.within(e.a, e.b)) {
			continue
		}
		if !isB {
			star = append(star, spoke{line: line{e.a, e.b}, mask: e.mask})
		}
		if !isA {
			star = append(star, spoke{line: line{e.b, e.a}, mask: e.mask})
		}
	}
	slices.SortFunc(star, turnwise)
	k := 0
	for _, s := range star {
		if k > 0 && turnwise(star[k-1], s) == 0 {
			star[k-1].mask ^= s.mask // the next junction is the same
			continue
		}
		star[k] = s
		k++
	}
	return star[:k]
}

// turnwise orders spokes by their angle in (0, 2π] from east.
func turnwise(s, t spoke) int {
	half := func(s spoke) int {
		if s.b.Y > s.a.Y || (s.b.Y == s.a.Y && s.b.X < s.a.X) {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(half(s), half(t)), cmp.Compare(0, s.bend(t.line)))
}

// hold fills in which spokes bound an area and which of their wedges one holds.
func (v *Coverage) hold(star []spoke, b *border, n junction) {
	set := v.walkFrom(b, n)
	for k := range star {
		s := &star[k]
		set ^= s.mask
		s.held, s.borders = set != 0, s.mask != 0
	}
}

// walkFrom is walk from a junction.
func (v *Coverage) walkFrom(b *border, n junction) uint32 {
	if n.parts == 1 {
		return v.walk(b, n.Coord)
	}
	set := b.corner
	r := Coord{int32(v.x0 + (((int64(n.X)-v.x0)>>v.shift)+1)<<v.shift), v.top(n.Coord)}
	for e := range b.each {
		if n.crosses(e.a, e.b, r) {
			set ^= e.mask
		}
	}
	return set
}

// toward is the junction next to n along a spoke.
func (f *gapFinder) toward(s line, n junction) junction {
	if compare(s.a, s.b) < 0 {
		cuts := f.cuts[s]
		k, there := slices.BinarySearchFunc(cuts, n, junction.compare)
		if there {
			k++
		}
		if k < len(cuts) {
			return cuts[k]
		}
		return junctionAt(s.b)
	}
	cuts := f.cuts[line{s.b, s.a}]
	if k, _ := slices.BinarySearchFunc(cuts, n, junction.compare); k > 0 {
		return cuts[k-1]
	}
	return junctionAt(s.b)
}
