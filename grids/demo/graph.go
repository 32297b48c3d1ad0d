package demo

import "errors"

// errPlan marks a plan that did not work out; another attempt is made.
var errPlan = errors.New("plan does not work out")

// A graph is a division of the town into faces. Neighbours share the vertices
// of their common border, also those on a straight stretch, because a vertex
// is put into an edge once, for both sides. Coordinates are written once and
// never moved, so what fits now fits for good.
type graph struct {
	at    []pt
	faces []face
	// leftOf finds the face on the left of a directed edge, lineOf the line an
	// edge belongs to (key with the smaller vertex first).
	leftOf map[edge]int32
	lineOf map[edge]int32
	lines  []line
	// degree counts the edges at a vertex.
	degree []int8
}

type edge struct{ from, to int32 }

func (e edge) back() edge { return edge{e.to, e.from} }

func (e edge) undirected() edge {
	if e.from > e.to {
		return e.back()
	}
	return e
}

// A face is a ring of vertices, counter-clockwise.
type face struct {
	ring []int32
	// block is the face between the arterials that this one was cut from.
	block int32
	kind  faceKind
}

type faceKind uint8

const (
	newTown faceKind = iota
	oldTown
	outskirts
	riverbed
	promenade // between the river and the road along it
	lakePark  // one large block of the new town
)

// class is what a line of the graph is.
type class uint8

const (
	noRoad class = iota // the town's outline, a river bank
	bank
	lane
	street
	arterial
)

// A line is a street or another border drawn through the graph.
type line struct {
	class  class
	name   string
	pinyin string
	old    bool // in the old town
}

// newGraph makes a graph of one face, counter-clockwise.
func newGraph(outline []pt) *graph {
	g := &graph{leftOf: map[edge]int32{}, lineOf: map[edge]int32{}, lines: []line{{class: noRoad}}}
	ring := make([]int32, len(outline))
	for i, p := range outline {
		ring[i] = g.vertex(p)
	}
	g.faces = []face{{ring: ring}}
	g.claim(0)
	for i, v := range ring {
		g.lineOf[edge{v, ring[(i+1)%len(ring)]}.undirected()] = 0
	}
	return g
}

func (g *graph) vertex(p pt) int32 {
	g.at = append(g.at, p)
	g.degree = append(g.degree, 2)
	return int32(len(g.at) - 1)
}

// claim writes down that the edges of face f have it on their left.
func (g *graph) claim(f int32) {
	g.eachEdge(f, func(e edge) { g.leftOf[e] = f })
}

func (g *graph) eachEdge(f int32, visit func(e edge)) {
	ring := g.faces[f].ring
	a := ring[len(ring)-1]
	for _, b := range ring {
		visit(edge{a, b})
		a = b
	}
}

// points returns the ring of a face as positions.
func (g *graph) points(f int32) []pt { return g.positions(g.faces[f].ring) }

func (g *graph) positions(vs []int32) []pt {
	out := make([]pt, len(vs))
	for i, v := range vs {
		out[i] = g.at[v]
	}
	return out
}

// across returns the face on the other side of the edge.
func (g *graph) across(e edge) (f int32, ok bool) {
	f, ok = g.leftOf[e.back()]
	return f, ok
}

// classOf returns the class of the line the edge belongs to.
func (g *graph) classOf(e edge) class { return g.lines[g.lineOf[e.undirected()]].class }

// insert puts a vertex into an edge, for the faces on both sides.
func (g *graph) insert(e edge, p pt) int32 {
	w := g.vertex(p)
	for _, side := range [...]edge{e, e.back()} {
		f, ok := g.leftOf[side]
		if !ok {
			continue
		}
		ring := g.faces[f].ring
		i := indexOf(ring, side.from)
		grown := make([]int32, 0, len(ring)+1)
		grown = append(append(append(grown, ring[:i+1]...), w), ring[i+1:]...)
		g.faces[f].ring = grown
		delete(g.leftOf, side)
		g.leftOf[edge{side.from, w}], g.leftOf[edge{w, side.to}] = f, f
	}
	l := g.lineOf[e.undirected()]
	delete(g.lineOf, e.undirected())
	g.lineOf[edge{e.from, w}.undirected()], g.lineOf[edge{w, e.to}.undirected()] = l, l
	return w
}

func indexOf(ring []int32, v int32) int {
	for i, u := range ring {
		if u == v {
			return i
		}
	}
	return -1
}

// split cuts face f by a chord from a to b, both on its ring, over the points
// between. The part on the right of the chord becomes a new face at the end.
func (g *graph) split(f, a, b int32, between []pt, l int32) {
	ring := g.faces[f].ring
	chord := make([]int32, 0, len(between)+2)
	chord = append(chord, a)
	for _, p := range between {
		chord = append(chord, g.vertex(p))
	}
	chord = append(chord, b)
	for i := 1; i < len(chord); i++ {
		g.lineOf[edge{chord[i-1], chord[i]}.undirected()] = l
	}
	g.degree[a]++
	g.degree[b]++
	leftRing := append(span(ring, b, a), chord[:len(chord)-1]...)
	rightRing := span(ring, a, b)
	for i := len(chord) - 1; i > 0; i-- {
		rightRing = append(rightRing, chord[i])
	}
	right := int32(len(g.faces))
	g.faces = append(g.faces, g.faces[f])
	g.faces[f].ring, g.faces[right].ring = leftRing, rightRing
	g.claim(f)
	g.claim(right)
}

// span returns the ring from one vertex up to but without another.
func span(ring []int32, from, to int32) []int32 {
	i, j := indexOf(ring, from), indexOf(ring, to)
	if i <= j {
		return append([]int32(nil), ring[i:j]...)
	}
	return append(append([]int32(nil), ring[i:]...), ring[:j]...)
}
