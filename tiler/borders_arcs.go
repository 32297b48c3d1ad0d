package tiler

import (
	"math"
	"slices"
)

// cutter cuts rings into arcs at the nodes and knows each arc again by its
// first two vertices, which no other arc begins with.
type cutter struct {
	net   *network
	known map[uint64]int32
	arcs  [][]int32 // vertex numbers, from the end where the key is smaller
	uses  []uint16  // layers, and sides in bits 8 and 9
}

// cut makes the arcs and the areas' rings of the joined network.
func (b *Borders) cut(net *network) {
	c := cutter{net: net, known: make(map[uint64]int32, len(net.positions)/4)}
	var walk []int32
	for _, r := range net.rings {
		ring := net.vertices[r.from:r.to]
		walk = append(walk[:0], ring[c.start(ring):]...)
		walk = append(walk, ring[:len(ring)-len(walk)]...)
		walk = append(walk, walk[0])
		refs := c.ring(walk, r, net.doubleArea(ring) > 0)
		a := &b.layers[r.layer].areas[r.area]
		a.rings = append(a.rings, ringRef{arcs: refs, hole: r.hole})
	}
	order := c.order()
	b.fill(&c, order)
	b.renumber(order)
}

// start is where a ring begins: at its node of the lowest number, or without
// nodes at its lowest vertex, so that it does not matter how it was stored.
func (c *cutter) start(ring []int32) int {
	best := 0
	for i, v := range ring {
		w := ring[best]
		if node, other := c.net.node[v], c.net.node[w]; (node && !other) || (node == other && v < w) {
			best = i
		}
	}
	return best
}

// ring cuts a closed walk that begins at a node, if it has one.
func (c *cutter) ring(walk []int32, r netRing, positive bool) []int32 {
	var refs []int32
	from := 0
	for i := 1; i < len(walk); i++ {
		if i < len(walk)-1 && !c.net.node[walk[i]] {
			continue
		}
		ref := c.arc(walk[from : i+1])
		// World y grows to the south: inside is to the right of a ring of
		// positive area, to its left as a hole, and so on.
		side := 0
		if (positive != r.hole) != (ref < 0) {
			side = 1
		}
		c.uses[max(ref, ^ref)] |= 1<<r.layer | 1<<(8+side)
		refs = append(refs, ref)
		from = i
	}
	return slices.Clip(refs)
}

// arc returns the number of an arc, or its complement if it is walked from the
// other end.
func (c *cutter) arc(path []int32) int32 {
	n := len(path)
	ahead, back := pairKey(path[0], path[1]), pairKey(path[n-1], path[n-2])
	known, ok := c.known[min(ahead, back)]
	if !ok {
		known = int32(len(c.arcs))
		c.known[min(ahead, back)] = known
		own := slices.Clone(path)
		if back < ahead {
			slices.Reverse(own)
		}
		c.arcs, c.uses = append(c.arcs, own), append(c.uses, 0)
	}
	if back < ahead {
		return ^known
	}
	return known
}

func pairKey(u, v int32) uint64 { return uint64(u)<<32 | uint64(v) }

// order sorts the arcs by their first two vertices: along the Morton curve.
func (c *cutter) order() []int32 {
	order := make([]int32, len(c.arcs))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int { return slices.Compare(c.arcs[i][:2], c.arcs[j][:2]) })
	return order
}

// fill writes the arcs in order.
func (b *Borders) fill(c *cutter, order []int32) {
	total := 0
	for _, a := range c.arcs {
		total += len(a)
	}
	c.net.numbers = make([]int32, 0, total)
	b.vertices, b.levels = make([]worldPoint, 0, total), make([]uint8, total)
	b.arcs = make([]arc, 0, len(c.arcs))
	for _, i := range order {
		a := arc{from: uint32(len(b.vertices)), box: emptyWorldBox(), layers: uint8(c.uses[i]), sides: uint8(c.uses[i] >> 8)}
		for _, v := range c.arcs[i] {
			p := c.net.positions[v]
			a.box = a.box.extend(p)
			b.vertices = append(b.vertices, p)
		}
		c.net.numbers = append(c.net.numbers, c.arcs[i]...)
		a.to = uint32(len(b.vertices))
		b.arcs = append(b.arcs, a)
	}
}

// renumber puts the arcs' new numbers into the rings, and the parts of each
// area in the order of where they begin.
func (b *Borders) renumber(order []int32) {
	now := make([]int32, len(order))
	for k, i := range order {
		now[i] = int32(k)
	}
	for i := range b.layers {
		l := &b.layers[i]
		for k := range l.areas {
			rings := l.areas[k].rings
			for _, r := range rings {
				for j, ref := range r.arcs {
					if ref < 0 {
						r.arcs[j] = ^now[^ref]
					} else {
						r.arcs[j] = now[ref]
					}
				}
			}
			sortRings(rings)
			for i := range rings {
				b.measure(&rings[i])
			}
		}
		l.pack()
	}
}

// pack puts the rings of all areas side by side, and so their arcs: what is
// drawn together is near in memory.
func (l *borderLayer) pack() {
	n, m := 0, 0
	for k := range l.areas {
		n += len(l.areas[k].rings)
		for _, r := range l.areas[k].rings {
			m += len(r.arcs)
		}
	}
	rings, arcs := make([]ringRef, 0, n), make([]int32, 0, m)
	for k := range l.areas {
		from := len(rings)
		for _, r := range l.areas[k].rings {
			first := len(arcs)
			arcs = append(arcs, r.arcs...)
			r.arcs = arcs[first:len(arcs):len(arcs)]
			rings = append(rings, r)
		}
		l.areas[k].rings = rings[from:len(rings):len(rings)]
	}
}

// sortRings begins each ring at the same arc and turns it the same way, however
// it was stored, and sorts the polygons, and the holes in each, by their arcs.
func sortRings(rings []ringRef) {
	for i := range rings {
		rings[i].arcs = canonical(rings[i].arcs)
	}
	var polygons [][]ringRef
	for from, i := 0, 1; i <= len(rings); i++ {
		if i < len(rings) && rings[i].hole {
			continue
		}
		byArcs := func(a, b ringRef) int { return slices.Compare(a.arcs, b.arcs) }
		slices.SortFunc(rings[from+1:i], byArcs)
		polygons = append(polygons, slices.Clone(rings[from:i]))
		from = i
	}
	if len(polygons) > 1 {
		slices.SortFunc(polygons, func(a, b []ringRef) int { return slices.Compare(a[0].arcs, b[0].arcs) })
		copy(rings, slices.Concat(polygons...))
	}
}

// measure fills in what drawing wants to know of a ring beforehand. A drawn
// border stays within a distance d of the stored one; so does what the ring
// gains or loses: less than 2d times its length and πd², here four times that.
func (b *Borders) measure(r *ringRef) {
	var area int64
	var length float64
	o := b.vertices[b.arcs[max(r.arcs[0], ^r.arcs[0])].from]
	for _, ref := range r.arcs {
		a := &b.arcs[max(ref, ^ref)]
		r.most += a.to - a.from
		var part int64
		for i := a.from + 1; i < a.to; i++ {
			p, q := b.vertices[i-1], b.vertices[i]
			part += turn(o, p, q)
			length += distance(p, q)
		}
		if ref < 0 {
			part = -part
		}
		area += part
	}
	r.positive = area > 0
	r.solid = maxLevel
	for r.solid > 0 {
		d := 2*toleranceAt(r.solid-1) + 2*joinUnits
		if math.Abs(float64(area))/2 < 4*(float64(2*d*length)+float64(math.Pi*d*d)) {
			break
		}
		r.solid--
	}
}

// canonical returns the ring from its smallest reference on, in the direction
// that has the smaller one.
func canonical(ring []int32) []int32 {
	back := slices.Clone(ring)
	slices.Reverse(back)
	for i := range back {
		back[i] = ^back[i]
	}
	for _, r := range [...][]int32{ring, back} {
		first := slices.Index(r, slices.Min(r))
		copy(r, slices.Concat(r[first:], r[:first]))
	}
	if slices.Compare(back, ring) < 0 {
		return back
	}
	return ring
}

// doubleArea is twice the area of a ring, exact: it is below 2⁶¹, and the sum
// wraps on its way at most.
func (n *network) doubleArea(ring []int32) (sum int64) {
	o := n.positions[ring[0]]
	for i := 2; i < len(ring); i++ {
		sum += turn(o, n.positions[ring[i-1]], n.positions[ring[i]])
	}
	return sum
}

// turn is twice the area of the triangle, below 2⁶¹: of points that are less
// than maxBorderSpan apart.
func turn(a, b, c worldPoint) int64 {
	return (int64(b.x)-int64(a.x))*(int64(c.y)-int64(a.y)) - (int64(b.y)-int64(a.y))*(int64(c.x)-int64(a.x))
}
