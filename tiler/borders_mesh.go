package tiler

import (
	"cmp"
	"slices"
)

// kind is the highest kind of border that an arc is.
func (b *Borders) kind(a *arc) BorderKind {
	if a.sides != 3 {
		return EdgeBorder
	}
	kind := EdgeBorder
	for i := range b.layers {
		if a.layers>>i&1 != 0 {
			kind = min(kind, b.layers[i].kind)
		}
	}
	return kind
}

// chain puts the arcs of each kind into trails, as few as there can be: from
// one node where an odd number of them meet to another, then round what is
// left. A trail needs one vertex less for each node that it passes.
func (b *Borders) chain(net *network) {
	var kinds [kindCount][]int32
	for i := range b.arcs {
		k := b.kind(&b.arcs[i])
		kinds[k] = append(kinds[k], int32(i))
	}
	for k, arcs := range kinds {
		b.trails[k] = newChainer(b, net, arcs).trails()
	}
}

// spoke is an arc as it leaves a node.
type spoke struct{ node, ref int32 }

type chainer struct {
	b      *Borders
	net    *network
	spokes []spoke // by node
	begins []int32 // the first spokes of the nodes, and the end
	used   []bool  // by arc
	out    []int32
}

func newChainer(b *Borders, net *network, arcs []int32) *chainer {
	c := &chainer{b: b, net: net, used: make([]bool, len(b.arcs))}
	for _, i := range arcs {
		a := &b.arcs[i]
		c.spokes = append(c.spokes, spoke{net.numbers[a.from], i}, spoke{net.numbers[a.to-1], ^i})
	}
	slices.SortFunc(c.spokes, func(s, t spoke) int {
		return cmp.Or(cmp.Compare(s.node, t.node), cmp.Compare(max(s.ref, ^s.ref), max(t.ref, ^t.ref)), cmp.Compare(t.ref, s.ref))
	})
	for i := range c.spokes {
		if i == 0 || c.spokes[i].node != c.spokes[i-1].node {
			c.begins = append(c.begins, int32(i))
		}
	}
	c.begins = append(c.begins, int32(len(c.spokes)))
	return c
}

func (c *chainer) trails() []int32 {
	for _, odd := range [...]bool{true, false} {
		for n := range len(c.begins) - 1 {
			at := c.spokes[c.begins[n]:c.begins[n+1]]
			for left := c.left(at); left > 0 && (!odd || left%2 == 1); left = c.left(at) {
				c.walk(at)
			}
		}
	}
	return c.out
}

// left is how many spokes are unused.
func (c *chainer) left(at []spoke) (n int) {
	for _, s := range at {
		if !c.used[max(s.ref, ^s.ref)] {
			n++
		}
	}
	return n
}

// walk goes on until it comes to a node where nothing is left.
func (c *chainer) walk(at []spoke) {
	for {
		i := slices.IndexFunc(at, func(s spoke) bool { return !c.used[max(s.ref, ^s.ref)] })
		if i < 0 {
			return
		}
		ref := at[i].ref
		c.used[max(ref, ^ref)] = true
		c.out = append(c.out, ref)
		a := &c.b.arcs[max(ref, ^ref)]
		end := c.net.numbers[a.to-1]
		if ref < 0 {
			end = c.net.numbers[a.from]
		}
		n, _ := slices.BinarySearchFunc(c.begins[:len(c.begins)-1], end, func(b, node int32) int {
			return cmp.Compare(c.spokes[b].node, node)
		})
		at = c.spokes[c.begins[n]:c.begins[n+1]]
	}
}

// mesh writes the borders of all layers as one feature of lines per kind.
func (e *encoder) mesh(b *Borders) {
	column := slices.IndexFunc(e.columns, func(c column) bool { return c.name == MeshField })
	window := e.frame.worldWindow()
	for k := range b.trails {
		e.pen.reset()
		m := meshLine{encoder: e, sides: e.frame.sides()}
		e.units = e.units[:0]
		for _, ref := range b.trails[k] {
			m.arc(b, ref, &window)
		}
		m.end()
		if e.pen.empty() {
			continue
		}
		if e.room == 0 {
			e.stats.Dropped++
			continue
		}
		e.room--
		e.stats.Features++
		e.tags = e.tags[:0]
		if column >= 0 {
			e.tagKind(&e.columns[column], BorderKind(k))
		}
		e.appendDrawn(0, typeLine)
	}
}

func (e *encoder) tagKind(c *column, k BorderKind) {
	if !c.used {
		c.key, c.used = e.keyCount, true
		e.keyCount++
		e.keys = appendField(e.keys, keyLayerKeys, c.name)
	}
	e.tags = appendVarint(e.tags, uint64(c.key))
	e.tags = appendVarint(e.tags, uint64(e.values.number(k.String())))
}

// meshLine draws arcs that may continue each other, cut to the window.
type meshLine struct {
	*encoder

	sides [4]side
	at    vertex
	drawn bool // up to at
}

func (m *meshLine) arc(b *Borders, ref int32, window *worldBox) {
	a := &b.arcs[max(ref, ^ref)]
	if !a.box.meets(window) {
		m.end()
		return
	}
	vertices, levels := b.vertices[a.from:a.to], b.levels[a.from:a.to]
	z, cut, n := m.frame.id.Z, m.frame.cuts(&a.box), len(vertices)
	for i := range n {
		k := i
		if ref < 0 {
			k = n - 1 - i
		}
		if levels[k] > z {
			continue
		}
		v := m.frame.place(vertices[k])
		switch {
		case i > 0:
			m.to(v, cut)
		case !m.drawn || m.at != v:
			m.end()
			m.at, m.drawn = v, true
		}
	}
}

func (m *meshLine) to(v vertex, cut bool) {
	from, to := m.at, v
	m.at = v
	if !cut {
		m.step(from, to)
		return
	}
	from, to, entered, left, ok := clipEdge(&m.sides, from, to)
	if !ok {
		return
	}
	if entered {
		m.flush()
	}
	m.step(from, to)
	if left {
		m.flush()
	}
}

func (m *meshLine) step(from, to vertex) {
	if len(m.units) == 0 {
		m.addUnit(from)
	}
	m.addUnit(to)
}

func (m *meshLine) flush() {
	m.pen.line(m.units)
	m.units = m.units[:0]
}

func (m *meshLine) end() {
	m.flush()
	m.drawn = false
}
