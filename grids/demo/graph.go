package demo

import (
	"errors"
	"slices"
)

// errPlan marks a plan that did not work out; another attempt is made.
var errPlan = errors.New("plan does not work out")

// A graph is a division of the site into faces. Neighbours share the vertices
// of their common border, also those on a straight stretch, because a vertex
// is put into an edge once, for both sides. Coordinates are written once and
// never moved, so what fits now fits for good.
type graph struct {
	at    []pt
	faces []face
	arms  [][]arm // by vertex
	lines []line
}

// An arm is an edge as seen from the vertex it leaves: few meet at a vertex,
// so that a look through them is quicker than a map and takes half its space.
type arm struct {
	to   int32
	left int32 // face, or -1 outside
	line int32
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
	// block is the face between the arterials that this one was cut from,
	// quarter the one between streets.
	block, quarter int32
	borough        int32
	kind           faceKind
}

type faceKind uint8

const (
	newTown faceKind = iota
	oldTown
	outskirts
	riverbed
	promenade   // between the river and the road along it
	lakePark    // around a lake
	newDistrict // planned, on a grid
	works       // the industrial edge
	lakebed
)

// class is what a line of the graph is.
type class uint8

const (
	noRoad class = iota // the outline, a line across water
	bank
	rail
	wall // around a courtyard
	lane
	street
	arterial
)

// A line is a street or another border drawn through the graph.
type line struct {
	class  class
	old    bool // in the old town
	rural  bool
	off    int32 // the line it branches off
	name   string
	pinyin string
}

func named(c class, w word) line { return line{class: c, name: w.text, pinyin: w.pinyin} }

// newGraph makes a graph of one face, counter-clockwise.
func newGraph(outline []pt) *graph {
	g := &graph{lines: []line{{class: noRoad}}}
	ring := make([]int32, len(outline))
	for i, p := range outline {
		ring[i] = g.vertex(p)
	}
	g.faces = []face{{ring: ring}}
	for i, v := range ring {
		u := ring[(i+1)%len(ring)]
		g.arms[v] = append(g.arms[v], arm{u, 0, 0})
		g.arms[u] = append(g.arms[u], arm{v, -1, 0})
	}
	return g
}

func (g *graph) vertex(p pt) int32 {
	g.at = append(g.at, p)
	g.arms = append(g.arms, nil)
	return int32(len(g.at) - 1)
}

// degree counts the edges at a vertex.
func (g *graph) degree(v int32) int { return len(g.arms[v]) }

// arm finds the edge among those that leave its start, or returns nil.
func (g *graph) arm(e edge) *arm {
	arms := g.arms[e.from]
	for i := range arms {
		if arms[i].to == e.to {
			return &arms[i]
		}
	}
	return nil
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

// leftOf returns the face on the left of the edge.
func (g *graph) leftOf(e edge) (f int32, ok bool) {
	if a := g.arm(e); a != nil && a.left >= 0 {
		return a.left, true
	}
	return 0, false
}

// across returns the face on the other side of the edge.
func (g *graph) across(e edge) (f int32, ok bool) { return g.leftOf(e.back()) }

// lineOf returns the line the edge belongs to.
func (g *graph) lineOf(e edge) int32 { return g.arm(e).line }

// classOf returns the class of the line the edge belongs to.
func (g *graph) classOf(e edge) class { return g.lines[g.lineOf(e)].class }

// insert puts a vertex into an edge, for the faces on both sides.
func (g *graph) insert(e edge, p pt) int32 {
	w := g.vertex(p)
	there, back := g.arm(e), g.arm(e.back())
	g.arms[w] = append(make([]arm, 0, 2), arm{e.to, there.left, there.line}, arm{e.from, back.left, back.line})
	there.to, back.to = w, w
	if f := there.left; f >= 0 {
		ring := g.faces[f].ring
		g.faces[f].ring = slices.Insert(ring, indexOf(ring, e.from)+1, w)
	}
	if f := back.left; f >= 0 {
		ring := g.faces[f].ring
		g.faces[f].ring = slices.Insert(ring, indexOf(ring, e.to)+1, w)
	}
	return w
}

func indexOf(ring []int32, v int32) int { return slices.Index(ring, v) }

// split cuts face f by a chord from a to b, both on its ring, over the points
// between. The part on the right of the chord becomes a new face at the end.
func (g *graph) split(f, a, b int32, between []pt, l int32) (right int32) {
	ring := g.faces[f].ring
	chord := make([]int32, 0, len(between)+2)
	chord = append(chord, a)
	for _, p := range between {
		chord = append(chord, g.vertex(p))
	}
	chord = append(chord, b)
	right = int32(len(g.faces))
	for i := 1; i < len(chord); i++ {
		u, v := chord[i-1], chord[i]
		g.arms[u] = append(g.arms[u], arm{v, f, l})
		g.arms[v] = append(g.arms[v], arm{u, right, l})
	}
	leftRing := append(span(ring, b, a), chord[:len(chord)-1]...)
	rightRing := append(span(ring, a, b), b)
	for i := 1; i < len(rightRing); i++ {
		g.arm(edge{rightRing[i-1], rightRing[i]}).left = right
	}
	for i := len(chord) - 2; i > 0; i-- {
		rightRing = append(rightRing, chord[i])
	}
	g.faces = append(g.faces, g.faces[f])
	g.faces[f].ring, g.faces[right].ring = leftRing, rightRing
	return right
}

// span returns the ring from one vertex up to but without another, with room
// for a chord.
func span(ring []int32, from, to int32) []int32 {
	i, j := indexOf(ring, from), indexOf(ring, to)
	out := make([]int32, 0, len(ring)+8)
	if i <= j {
		return append(out, ring[i:j]...)
	}
	return append(append(out, ring[i:]...), ring[:j]...)
}

// nearRim tells whether p, which lies in face f, is less than so many
// centimetres from the outline, as far as it is the border of that face.
func (g *graph) nearRim(f int32, p pt, cm int64) bool {
	near := false
	g.eachEdge(f, func(e edge) {
		if _, inner := g.across(e); !inner {
			near = near || nearSegment(p, g.at[e.from], g.at[e.to], cm)
		}
	})
	return near
}
