package spatial

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
)

// tiling is a random planar subdivision on whole numbers: a jittered grid whose
// edges are bent in the middle, its faces merged at random into areas with
// several parts, holes and enclaves; some faces belong to none. The faces are
// the independent truth: an area is its faces, whatever became of its rings.
//
//	+--.__+     faces 12 wide, vertices moved by up to 2,
//	|  a  \     bends by up to 1; where a bend lies straight,
//	+.__.--+    one neighbour may leave it out (a T-junction)
type tiling struct {
	origin Coord
	w, h   int32
	faces  [][]Coord // counter-clockwise, without the origin
	label  []int32   // area of each face, None for a gap
	rings  [][][]Coord
	shapes []*Shape
}

const (
	spacing = 12
	jitter  = 2
)

func newTiling(r *rand.Rand, w, h int, origin Coord, straight bool) *tiling {
	t := &tiling{origin: origin, w: int32(w) * spacing, h: int32(h) * spacing}
	off := func(n int) int32 { return int32(r.IntN(2*n+1) - n) }
	vertex := make([][]Coord, w+1)
	for i := range vertex {
		vertex[i] = make([]Coord, h+1)
		for j := range vertex[i] {
			vertex[i][j] = Coord{int32(i)*spacing + off(jitter), int32(j)*spacing + off(jitter)}
		}
	}
	bends := map[[2]Coord]Coord{}
	path := func(a, b Coord) []Coord { // a and the bend of a-b
		key := [2]Coord{a, b}
		if b.X < a.X || (b.X == a.X && b.Y < a.Y) {
			key = [2]Coord{b, a}
		}
		m, ok := bends[key]
		if !ok {
			m = Coord{(a.X + b.X) / 2, (a.Y + b.Y) / 2}
			if !straight && r.IntN(2) == 0 {
				m.X, m.Y = m.X+off(1), m.Y+off(1)
			}
			bends[key] = m
		}
		return []Coord{a, m}
	}
	labels := 1 + r.IntN(w*h)
	enclaves := r.IntN(2) == 0 // one large area with others in its holes
	for i := range w {
		for j := range h {
			a, b, c, d := vertex[i][j], vertex[i+1][j], vertex[i+1][j+1], vertex[i][j+1]
			t.faces = append(t.faces, slices.Concat(path(a, b), path(b, c), path(c, d), path(d, a)))
			l := int32(r.IntN(labels))
			switch {
			case r.IntN(12) == 0:
				l = None
			case enclaves && r.IntN(8) > 0:
				l = 0
			}
			t.label = append(t.label, l)
		}
	}
	t.renumber()
	for l := range t.rings {
		t.rings[l] = t.dissolve(int32(l))
		if r.IntN(2) == 0 {
			for i := range t.rings[l] {
				t.rings[l][i] = withoutStraights(t.rings[l][i])
			}
		}
		t.shapes = append(t.shapes, t.shape(r, t.rings[l]))
	}
	return t
}

// renumber makes the labels 0, 1, 2, … without holes in the count.
func (t *tiling) renumber() {
	seen := map[int32]int32{None: None}
	for i, l := range t.label {
		if _, ok := seen[l]; !ok {
			seen[l] = int32(len(seen) - 1)
		}
		t.label[i] = seen[l]
	}
	t.rings = make([][][]Coord, len(seen)-1)
}

// dissolve returns the simple rings around the faces of a label, shells
// counter-clockwise.
func (t *tiling) dissolve(label int32) (rings [][]Coord) {
	out := map[Coord][]Coord{}
	for f, l := range t.label {
		if l != label {
			continue
		}
		a := t.faces[f][len(t.faces[f])-1]
		for _, b := range t.faces[f] {
			if i := slices.Index(out[b], a); i >= 0 {
				out[b] = slices.Delete(out[b], i, i+1)
			} else {
				out[a] = append(out[a], b)
			}
			a = b
		}
	}
	starts := make([]Coord, 0, len(out))
	for c := range out {
		starts = append(starts, c)
	}
	slices.SortFunc(starts, func(a, b Coord) int { return int(a.X-b.X)*1000 + int(a.Y-b.Y) })
	for _, start := range starts {
		for len(out[start]) > 0 {
			var walk []Coord
			at := start
			for len(out[at]) > 0 {
				if i := slices.Index(walk, at); i >= 0 { // a loop is closed: cut it off
					rings = append(rings, slices.Clone(walk[i:]))
					walk = walk[:i]
				}
				walk = append(walk, at)
				next := out[at][0]
				out[at] = out[at][1:]
				at = next
			}
			rings = append(rings, walk[slices.Index(walk, at):])
		}
	}
	return rings
}

// withoutStraights drops the vertices that lie on the line between their
// neighbours.
func withoutStraights(ring []Coord) (out []Coord) {
	for i, c := range ring {
		if cross(ring[(i+len(ring)-1)%len(ring)], c, ring[(i+1)%len(ring)]) != 0 {
			out = append(out, c)
		}
	}
	return out
}

// shape puts the rings, in random order, starts and directions, together to
// polygons.
func (t *tiling) shape(r *rand.Rand, rings [][]Coord) *Shape {
	var m orb.MultiPolygon
	var shells, holes [][]Coord
	for _, i := range r.Perm(len(rings)) {
		if doubleArea(rings[i]) > 0 {
			shells = append(shells, rings[i])
			m = append(m, orb.Polygon{t.ring(r, rings[i])})
		} else {
			holes = append(holes, rings[i])
		}
	}
	for _, hole := range holes {
		best := -1
		for i, shell := range shells {
			within := !slices.ContainsFunc(hole, func(c Coord) bool {
				side, _ := shapeOf(shell).Contains(c)
				return side == Outside
			})
			if within && doubleArea(shell) > -doubleArea(hole) && (best < 0 || doubleArea(shell) < doubleArea(shells[best])) {
				best = i
			}
		}
		m[best] = append(m[best], t.ring(r, hole))
	}
	s, err := FromOrb(m)
	if err != nil {
		panic(err)
	}
	return s
}

func (t *tiling) ring(r *rand.Rand, ring []Coord) orb.Ring {
	out := make(orb.Ring, 0, len(ring)+1)
	n := r.IntN(len(ring))
	for i := range ring {
		c := ring[(i+n)%len(ring)]
		out = append(out, Coord{c.X + t.origin.X, c.Y + t.origin.Y}.Point())
	}
	out = append(out, out[0])
	if r.IntN(2) == 0 {
		out.Reverse()
	}
	return out
}

// holds64 is oracleHolds in int64 for coordinates below 128.
func holds64(ring []Coord, c Coord) bool {
	const k = 1 << 10
	px, py := int64(c.X)*k*k+k, int64(c.Y)*k*k+1
	odd := false
	a := ring[len(ring)-1]
	for _, b := range ring {
		w, e := a, b
		a = b
		if w.X > e.X {
			w, e = e, w
		}
		wx, wy, ex, ey := int64(w.X)*k*k, int64(w.Y)*k*k, int64(e.X)*k*k, int64(e.Y)*k*k
		if wx < px && px < ex && (ex-wx)*(py-wy) < (ey-wy)*(px-wx) {
			odd = !odd
		}
	}
	return odd
}

// want is the area of a position (without the origin) by its face, or by the
// first area on whose faces' border it lies.
func (t *tiling) want(tb testing.TB, c Coord) int32 {
	area, touch, n := None, None, 0
	for f, face := range t.faces {
		box := EmptyBox()
		for _, v := range face {
			box = box.Extend(v)
		}
		if !box.Holds(c) {
			continue
		}
		if holds64(face, c) {
			area = t.label[f]
			n++
		}
		if l := t.label[f]; l != None && (touch == None || l < touch) && onRing(face, c) {
			touch = l
		}
	}
	if n > 1 {
		tb.Fatalf("%v lies in %d faces: the test's tiling overlaps", c, n)
	}
	if area == None {
		return touch
	}
	return area
}

func onRing(ring []Coord, c Coord) bool {
	a := ring[len(ring)-1]
	for _, b := range ring {
		if cross(a, b, c) == 0 && (Box{a, a}).Extend(b).Holds(c) {
			return true
		}
		a = b
	}
	return false
}
