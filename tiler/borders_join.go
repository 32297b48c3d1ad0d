package tiler

import (
	"cmp"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// network is the rings of all layers while borders are built of them: each
// position once, numbered along a Morton curve, so that a number says nothing
// about the order of the input.
type network struct {
	positions []worldPoint // of ring vertices until join, then by number
	vertices  []int32      // of the rings, one after the other; numbers after join
	rings     []netRing
	tree      boxTree // of positions
	node      []bool  // by number: an end of arcs
	numbers   []int32 // of the arcs' vertices, once they are cut
}

// netRing is vertices[from:to] of a network.
type netRing struct {
	from, to int32
	layer    uint8
	area     int32
	hole     bool
}

// joinUnits is how near, in world units, a vertex counts as lying on another or
// on an edge. Where borders met before they were rounded to the lattice, they
// are up to 1.5 quanta apart now (spatial.SnapQuanta); a quantum is 1.2 units
// east and 1.2 to 2.1 north (up to 55° of latitude).
const joinUnits = 3

// add takes a ring.
func (n *network) add(bands *latTable, ring []spatial.Coord, r netRing) {
	r.from = int32(len(n.positions))
	for _, c := range ring {
		n.positions = append(n.positions, worldPoint{
			uint32(min(worldX(c.X), worldSize-1)), uint32(min(bands.worldY(c.Y), worldSize-1)),
		})
	}
	r.to = int32(len(n.positions))
	n.rings = append(n.rings, r)
}

// join numbers the positions, makes one of those that lie together, and puts
// vertices that lie on an edge into it.
func (n *network) join() {
	n.number()
	n.snap()
	n.split()
	n.tidy()
	n.findNodes()
}

// number gives every position its place along the Morton curve.
func (n *network) number() {
	type placed struct {
		key uint64
		at  int32
	}
	order := make([]placed, len(n.positions))
	for i, p := range n.positions {
		order[i] = placed{mortonOf(p), int32(i)}
	}
	slices.SortFunc(order, func(a, b placed) int { return cmp.Compare(a.key, b.key) })
	n.vertices = make([]int32, len(order))
	distinct := make([]worldPoint, 0, len(order)/2)
	for i, o := range order {
		if i == 0 || o.key != order[i-1].key {
			distinct = append(distinct, n.positions[o.at])
		}
		n.vertices[o.at] = int32(len(distinct) - 1)
	}
	n.positions = distinct
	boxes := make([]worldBox, len(distinct))
	for i, p := range distinct {
		boxes[i] = worldBox{p.x, p.y, p.x, p.y}
	}
	n.tree = newBoxTree(boxes)
}

func mortonOf(p worldPoint) uint64 { return morton(p.x, p.y) }

// snap moves each vertex onto the first one that stays and lies within
// joinUnits; those that stay are further apart.
func (n *network) snap() {
	to := make([]int32, len(n.positions))
	var found []int32
	for i, p := range n.positions {
		to[i] = int32(i)
		found = n.tree.find(found[:0], worldBox{
			p.x - min(joinUnits, p.x), p.y - min(joinUnits, p.y), saturating(p.x, joinUnits), saturating(p.y, joinUnits),
		})
		for _, k := range found {
			if int(k) >= i {
				break
			}
			if q := n.positions[k]; to[k] == k && distance(p, q) <= joinUnits {
				to[i] = k
				break
			}
		}
	}
	for i, v := range n.vertices {
		n.vertices[i] = to[v]
	}
}

// split puts vertices that lie on an edge, or within joinUnits of it, into it.
// Each edge is looked at once, whoever has it and whichever way.
func (n *network) split() {
	edges := make([]uint64, 0, len(n.vertices))
	used := make([]bool, len(n.positions))
	for _, r := range n.rings {
		ring := n.vertices[r.from:r.to]
		for i, v := range ring {
			used[v] = true
			if u := ring[(i+len(ring)-1)%len(ring)]; u != v {
				edges = append(edges, edgeKey(u, v))
			}
		}
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	inserted := map[uint64][]int32{}
	var found []int32
	for _, e := range edges {
		a, b := int32(e>>32), int32(uint32(e))
		p, q := n.positions[a], n.positions[b]
		s := stripAround(p, q, joinUnits)
		found = n.tree.near(found[:0], &s)
		found = slices.DeleteFunc(found, func(v int32) bool {
			return v == a || v == b || !used[v] || !onEdge(p, q, n.positions[v])
		})
		if len(found) > 0 {
			slices.SortFunc(found, func(v, w int32) int {
				return cmp.Or(cmp.Compare(along(p, q, n.positions[v]), along(p, q, n.positions[w])), cmp.Compare(v, w))
			})
			inserted[e] = slices.Clone(found)
		}
	}
	if len(inserted) > 0 {
		n.insert(inserted)
	}
}

func edgeKey(u, v int32) uint64 { return uint64(min(u, v))<<32 | uint64(max(u, v)) }

// along is how far v is on the way from p to q, times its length.
func along(p, q, v worldPoint) int64 {
	return (int64(q.x)-int64(p.x))*(int64(v.x)-int64(p.x)) + (int64(q.y)-int64(p.y))*(int64(v.y)-int64(p.y))
}

// onEdge reports whether v lies within joinUnits of the edge, between its ends.
func onEdge(p, q, v worldPoint) bool {
	at := along(p, q, v)
	return at > 0 && at < along(p, q, q) && segmentDistance(v, p, q) <= joinUnits
}

// insert writes the rings anew with the vertices on their edges, which are in
// order from the edge's lower number.
func (n *network) insert(inserted map[uint64][]int32) {
	out := make([]int32, 0, len(n.vertices)+len(inserted))
	for i := range n.rings {
		r := &n.rings[i]
		ring, from := n.vertices[r.from:r.to], int32(len(out))
		for k, v := range ring {
			out = append(out, v)
			next := ring[(k+1)%len(ring)]
			between := inserted[edgeKey(v, next)]
			if v < next {
				out = append(out, between...)
				continue
			}
			for _, w := range slices.Backward(between) {
				out = append(out, w)
			}
		}
		r.from, r.to = from, int32(len(out))
	}
	n.vertices = out
}

// tidy drops repeated vertices and rings that have become nothing. A shell
// takes its holes with it.
func (n *network) tidy() {
	rings := n.rings[:0]
	gone := false
	for _, r := range n.rings {
		ring := slices.Compact(n.vertices[r.from:r.to])
		for len(ring) > 1 && ring[0] == ring[len(ring)-1] {
			ring = ring[:len(ring)-1]
		}
		r.to = r.from + int32(len(ring))
		if !r.hole {
			gone = len(ring) < 3
		}
		if gone || len(ring) < 3 {
			continue
		}
		rings = append(rings, r)
	}
	n.rings = rings
}

// findNodes marks the vertices that rings pass in different ways. Between
// nodes, all rings that have an edge of a border have all of it.
func (n *network) findNodes() {
	n.node = make([]bool, len(n.positions))
	passed := make([]uint64, len(n.positions)) // the edge key of the vertices before and after
	for _, r := range n.rings {
		ring := n.vertices[r.from:r.to]
		before := ring[len(ring)-1]
		for i, v := range ring {
			after := ring[0]
			if i+1 < len(ring) {
				after = ring[i+1]
			}
			switch way := edgeKey(before, after) + 1; {
			case passed[v] == 0:
				passed[v] = way
			case passed[v] != way:
				n.node[v] = true
			}
			if before == after {
				n.node[v] = true // there and back
			}
			before = v
		}
	}
}
