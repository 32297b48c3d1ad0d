package spatial

import (
	"math/bits"
	"slices"
	"unsafe"
)

// Coverage finds the polygon that holds a position, as [Areas] does, by
// arithmetic instead of a search: a raster of square buckets over the polygons.
//
//	+-----+-----+-----+   a bucket no border comes near: one area, or none
//	|  7  | 7\  |     |
//	+-----+---\-+  r  |   a border bucket: the areas that hold its corner r, and
//	|  7  | 7 |9\     |   the edges near it, each with the areas it bounds
//	+-----+-----+-----+
//
// Where two areas meet along one edge or two, five border buckets of six, the
// sides of their lines on which the position lies tell the area, see fork. In
// any other border bucket the way from the position east to the bucket's side and
// then north to r is walked: every edge it crosses takes the areas it bounds in
// or out of the set of those that hold r. What is left holds the position. The
// set is one word of bits, so that overlaps, gaps, T-junctions and borders that
// cross themselves need no case of their own: nothing is assumed of the input,
// and every answer is that of Areas.
//
// Locating costs 10 to 30 ns and no allocation where at most one area holds the
// position and 1 µs where none does next to a border.
type Coverage struct {
	areas *Areas
	gaps  gaps

	// The raster from its south-west corner, row by row: buckets 1<<shift quanta
	// on a side, wide of them in a row.
	x0, y0     int64
	shift      uint8
	wide, high int64
	buckets    []bucket

	forks []fork
	words []int32 // the other border buckets, see border
}

// bucket is the area that holds all of it, or one of the codes below, or how
// far beyond firstOther its code is: of a fork its place in forks, four bits of
// its table and a 0, of a border its place in words and a 1.
type bucket int32

const (
	bucketNone    bucket = -1 // no area, open to the outside
	bucketGap     bucket = -2 // no area, enclosed by areas
	bucketCrowded bucket = -3 // near more than maxMembers areas: ask Areas
	firstOther    bucket = -4 // downward
)

func borderAt(word int) bucket { return firstOther - bucket(word<<1|1) }

func forkAt(i int, table uint32) bucket { return firstOther - bucket(i<<5|int(table)<<1) }

// maxWords is how many words a bucket's code reaches.
const maxWords = 1 << 29

// maxMembers is how many areas the word of a border bucket has room for. Where
// a tiling's borders meet there are three or four.
const maxMembers = 32

// border is a bucket that edges come near: the areas near it ascending, which of
// them hold its north-eastern corner, and the edges. It is a piece of words, all
// in one place so that a lookup waits for memory once:
//
//	number of edges, number of members, corner, members…, edges…
type border struct {
	members []int32
	corner  uint32
	edges   []int32 // edgeWords each
}

// borderEdge is an edge near a bucket and the members it bounds: five words.
type borderEdge struct {
	a, b Coord
	mask uint32
}

const edgeWords = 5

func (v *Coverage) border(k bucket) border {
	w := v.words[uint32(firstOther-k)>>1:]
	edges, members := int(w[0]), int(w[1])
	return border{w[3 : 3+members], uint32(w[2]), w[3+members : 3+members+edges*edgeWords]}
}

// each yields the border's edges.
func (b *border) each(yield func(e borderEdge) bool) {
	for w := b.edges; len(w) >= edgeWords; w = w[edgeWords:] {
		if !yield(edgeOf(w)) {
			return
		}
	}
}

func edgeOf(w []int32) borderEdge {
	_ = w[4]
	return borderEdge{Coord{w[0], w[1]}, Coord{w[2], w[3]}, uint32(w[4])}
}

// Areas returns the reference the coverage was built from.
func (v *Coverage) Areas() *Areas { return v.areas }

// Locate returns the area that holds c by the border rule, or None, and the
// other areas that hold it: always the answer of [Areas.Locate].
func (v *Coverage) Locate(c Coord) (area int32, also []int32) {
	k := v.at(c)
	if k >= 0 {
		return int32(k), nil
	}
	if k > firstOther {
		if k == bucketCrowded {
			return v.areas.Locate(c)
		}
		return None, nil
	}
	if code := uint32(firstOther - k); code&1 == 0 {
		return v.forks[code>>5].area(c, code>>1), nil
	}
	return v.locateAmong(c, k)
}

// LocateAll puts the area that Locate finds for each position into areas, which
// is as long. It reads the raster for all positions before it goes on, so that
// they wait for memory together and not one after the other: where the raster is
// in no cache that is most of the time.
func (v *Coverage) LocateAll(areas []int32, at []Coord) {
	areas = areas[:len(at)]
	for i, c := range at {
		areas[i] = int32(v.at(c))
	}
	for i, k := range areas {
		if k >= 0 {
			continue
		}
		code := uint32(int32(firstOther) - k)
		if k <= int32(firstOther) && code&1 == 0 {
			areas[i] = v.forks[code>>5].area(at[i], code>>1)
			continue
		}
		areas[i], _ = v.Locate(at[i])
	}
}

// locateAmong is Locate in a border bucket that is no fork.
func (v *Coverage) locateAmong(c Coord, k bucket) (area int32, also []int32) {
	b := v.border(k)
	set := v.walk(&b, c)
	if set == 0 {
		return b.touching(c), nil
	}
	area = b.members[bits.TrailingZeros32(set)]
	for set &= set - 1; set != 0; set &= set - 1 {
		also = append(also, b.members[bits.TrailingZeros32(set)])
	}
	return area, also
}

// Gap reports whether c, which no area holds, lies in a hole of the tiling: the
// areas around shut it off from the outside, one touching the next at least in a
// point. Exact, also beside overlaps, where borders cross between positions.
func (v *Coverage) Gap(c Coord) bool {
	k := v.at(c)
	if k >= 0 || k == bucketNone || k == bucketGap {
		return k == bucketGap
	}
	return v.gaps.holds(c)
}

// Bytes returns the memory the coverage takes besides its areas.
func (v *Coverage) Bytes() int {
	return 4*(len(v.buckets)+len(v.words)) + int(unsafe.Sizeof(fork{}))*len(v.forks)
}

func (v *Coverage) at(c Coord) bucket {
	// As unsigned numbers positions to the west and south are far beyond.
	x, y := uint64(int64(c.X)-v.x0)>>(v.shift&63), uint64(int64(c.Y)-v.y0)>>(v.shift&63)
	if x >= uint64(v.wide) || y >= uint64(v.high) {
		return bucketNone
	}
	return v.buckets[y*uint64(v.wide)+x]
}

// walk returns the members that hold c.
func (v *Coverage) walk(b *border, c Coord) uint32 {
	set := b.corner
	x := int32(v.x0 + (((int64(c.X)-v.x0)>>v.shift)+1)<<v.shift)
	for w := b.edges; len(w) >= edgeWords; w = w[edgeWords:] {
		e := edgeOf(w)
		if e.a.X <= x && e.b.X <= x { // the usual case: it can only cross the way east
			if (e.a.Y > c.Y) != (e.b.Y > c.Y) && eastOf(e.a, e.b, c) {
				set ^= e.mask
			}
			continue
		}
		if crosses(e.a, e.b, c, Coord{x, v.top(c)}) {
			set ^= e.mask
		}
	}
	return set
}

// touches reports whether c lies on the edge.
func (e *borderEdge) touches(c Coord) bool {
	return cross(e.a, e.b, c) == 0 && (Box{e.a, e.a}).Extend(e.b).Holds(c)
}

// top is the latitude of the northern corners of c's bucket.
func (v *Coverage) top(c Coord) int32 {
	return int32(v.y0 + (((int64(c.Y)-v.y0)>>v.shift)+1)<<v.shift)
}

// crosses reports whether the edge a-b crosses the way from c east to the
// longitude of r and then north to r an odd number of times, where c and r are
// moved by the border rule's steps, so that neither meets a vertex or an edge.
func crosses(a, b, c, r Coord) bool {
	turn := Coord{r.X, c.Y}
	odd := (a.Y > c.Y) != (b.Y > c.Y) && eastOf(a, b, c) && !eastOf(a, b, turn)
	if (a.X > r.X) != (b.X > r.X) && northOf(a, b, turn) && !northOf(a, b, r) {
		return !odd
	}
	return odd
}

// eastOf reports whether the edge a-b, which reaches both north and south of
// the moved c, passes east of it. On the edge the step to the east decides.
func eastOf(a, b, c Coord) bool {
	turn := cross(a, b, c)
	return turn != 0 && (turn > 0) == (b.Y > a.Y)
}

// northOf reports whether the edge a-b, which reaches both west and east of the
// moved c, passes north of it. On the edge the step to the east decides, where
// the edge is level the one to the north.
func northOf(a, b, c Coord) bool {
	if b.X < a.X {
		a, b = b, a
	}
	turn := cross(a, b, c)
	return turn < 0 || (turn == 0 && b.Y > a.Y)
}

// touching is rules 2 and 3 for a position that no member holds. All edges
// within SnapQuanta are the bucket's.
func (b *border) touching(c Coord) int32 {
	touch, near, best := None, None, SnapQuanta*SnapQuanta
	for e := range b.each {
		first := b.members[bits.TrailingZeros32(e.mask)]
		if e.touches(c) {
			if touch == None || first < touch {
				touch = first
			}
		}
		d2 := segment2(c, e.a, e.b, 1, 1)
		if d2 < best || (d2 == best && (near == None || first < near)) {
			near, best = first, d2
		}
	}
	if touch != None {
		return touch
	}
	return near
}

// holders is the running set of the areas that hold a bucket's corner.
type holders []int32

func (h *holders) toggle(i int32) {
	k, there := slices.BinarySearch(*h, i)
	if there {
		*h = slices.Delete(*h, k, k+1)
		return
	}
	*h = slices.Insert(*h, k, i)
}
