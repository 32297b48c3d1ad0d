package osm

import (
	"cmp"
	"slices"
	"sort"

	"github.com/wanmi-gis/wanmi/spatial"
)

// nodes are the positions of all nodes of a file, 16 bytes each: one piece a
// block, so that nothing is copied while it grows.
type nodes struct {
	parts []nodePart
	count int
}

// nodePart is sorted by id.
type nodePart struct {
	ids []int64
	at  []spatial.Coord
}

func (p *nodePart) Len() int           { return len(p.ids) }
func (p *nodePart) Less(i, j int) bool { return p.ids[i] < p.ids[j] }
func (p *nodePart) Swap(i, j int) {
	p.ids[i], p.ids[j] = p.ids[j], p.ids[i]
	p.at[i], p.at[j] = p.at[j], p.at[i]
}

func (n *nodes) add(p nodePart) {
	if len(p.ids) > 0 {
		n.parts = append(n.parts, nodePart{slices.Clip(p.ids), slices.Clip(p.at)})
		n.count += len(p.ids)
	}
}

// sort makes it ready to be asked. Files are sorted as a rule, as a whole; where
// one is not, its nodes become one piece. Of nodes with one id the last stays.
func (n *nodes) sort() {
	last, sorted := int64(0), true
	for i, p := range n.parts {
		if i > 0 && p.ids[0] <= last || !slices.IsSorted(p.ids) {
			sorted = false
			break
		}
		last = p.ids[len(p.ids)-1]
	}
	if sorted {
		return
	}
	all := nodePart{make([]int64, 0, n.count), make([]spatial.Coord, 0, n.count)}
	for i := range n.parts {
		all.ids = append(all.ids, n.parts[i].ids...)
		all.at = append(all.at, n.parts[i].at...)
		n.parts[i] = nodePart{}
	}
	sort.Stable(&all)
	n.parts = []nodePart{all}
}

// at returns the position of a node.
func (n *nodes) at(id int64) (spatial.Coord, bool) {
	i, found := slices.BinarySearchFunc(n.parts, id, func(p nodePart, id int64) int { return cmp.Compare(p.ids[0], id) })
	if !found {
		i--
	}
	if i < 0 {
		return spatial.Coord{}, false
	}
	p := &n.parts[i]
	k, found := slices.BinarySearch(p.ids, id)
	if !found {
		return spatial.Coord{}, false
	}
	for k+1 < len(p.ids) && p.ids[k+1] == id {
		k++
	}
	return p.at[k], true
}

// box is that of all nodes.
func (n *nodes) box() spatial.Box {
	b := spatial.EmptyBox()
	for _, p := range n.parts {
		b = b.Union(boxOf(p.at))
	}
	return b
}
