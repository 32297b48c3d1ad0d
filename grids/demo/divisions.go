package demo

import (
	"cmp"
	"fmt"
	"slices"
)

// How many divisions there are.
const (
	communityCount = 5
	zoneCount      = 5
)

// divisions says which street, community and zone each cell belongs to, by
// their order of code.
type divisions struct {
	street    []int32 // of a community
	community []int32 // of a cell
	zone      []int32 // of a cell
	zoneOf    []int32 // street of a zone
	parcels   []parcel
}

// divide shares the cells out: whole blocks between arterials to communities,
// so that their borders are big roads and the river; communities to two
// streets; the cells of a street, each for itself, to zones.
func (p *plan) divide() (divisions, error) {
	d := divisions{parcels: p.cellParcels()}
	blocks, blockOf := p.blockParcels()
	byBlock, err := shareOut(p.dice, blocks, communityCount)
	if err != nil {
		return d, fmt.Errorf("communities: %w", err)
	}
	byCell := make([]int32, len(p.faces))
	for f := range p.faces {
		byCell[f] = byBlock[blockOf[f]]
	}
	north := p.northward(byCell, communityCount)
	streetOf, err := twoStreets(d.parcels, byCell, north)
	if err != nil {
		return d, err
	}
	// Codes: street 1 first, in each from north to south.
	slices.SortStableFunc(north, func(a, b int32) int { return cmp.Compare(streetOf[a], streetOf[b]) })
	d.community = renumber(byCell, north)
	for _, c := range north {
		d.street = append(d.street, streetOf[c])
	}
	return d, p.divideZones(&d)
}

// divideZones makes three zones of the street with more cells, two of the other.
func (p *plan) divideZones(d *divisions) error {
	d.zone = make([]int32, len(p.faces))
	counts := [2]int{}
	for _, c := range d.community {
		counts[d.street[c]]++
	}
	first := int32(0)
	for s := range int32(2) {
		k := zoneCount / 2
		if counts[s] > counts[1-s] || counts[s] == counts[1-s] && s == 0 {
			k++
		}
		parcels, cells := subset(d.parcels, func(i int32) bool { return d.street[d.community[i]] == s })
		group, err := shareOut(p.dice, parcels, k)
		if err != nil {
			return fmt.Errorf("zones: %w", err)
		}
		for i, f := range cells {
			d.zone[f] = first + group[i]
		}
		for range k {
			d.zoneOf = append(d.zoneOf, s)
		}
		first += int32(k)
	}
	return nil
}

// twoStreets returns the street, 0 or 1, of each community: the second is the
// two communities, else the one, furthest south that leave both connected.
func twoStreets(parcels []parcel, byCell, north []int32) ([]int32, error) {
	last := len(north) - 1
	var tries [][]int32
	for i := last; i > 0; i-- {
		for j := i - 1; j >= 0; j-- {
			tries = append(tries, []int32{north[i], north[j]})
		}
	}
	for i := last; i >= 0; i-- {
		tries = append(tries, []int32{north[i]})
	}
	for _, t := range tries {
		in := func(i int32) bool { return slices.Contains(t, byCell[i]) }
		out := func(i int32) bool { return !in(i) }
		if !connected(parcels, in) || !connected(parcels, out) {
			continue
		}
		streetOf := make([]int32, len(north))
		for _, c := range t {
			streetOf[c] = 1
		}
		return streetOf, nil
	}
	return nil, fmt.Errorf("no two connected streets: %w", errPlan)
}

// cellParcels makes a parcel of every face.
func (p *plan) cellParcels() []parcel {
	out := make([]parcel, len(p.faces))
	for f := range p.faces {
		out[f] = parcel{at: p.hearts[f], weight: 1}
		p.eachEdge(int32(f), func(e edge) {
			if o, ok := p.across(e); ok && !slices.Contains(out[f].next, o) {
				out[f].next = append(out[f].next, o)
			}
		})
	}
	return out
}

// blockParcels makes a parcel of every block between arterials and returns the
// parcel of each face.
func (p *plan) blockParcels() (blocks []parcel, of []int32) {
	number := map[int32]int32{}
	of = make([]int32, len(p.faces))
	for f := range p.faces {
		b, ok := number[p.faces[f].block]
		if !ok {
			b = int32(len(blocks))
			number[p.faces[f].block] = b
			blocks = append(blocks, parcel{})
		}
		of[f] = b
		blocks[b].at = blocks[b].at.add(p.hearts[f])
		blocks[b].weight++
	}
	for f := range p.faces {
		b := of[f]
		p.eachEdge(int32(f), func(e edge) {
			if o, ok := p.across(e); ok && of[o] != b && !slices.Contains(blocks[b].next, of[o]) {
				blocks[b].next = append(blocks[b].next, of[o])
			}
		})
	}
	for b := range blocks {
		blocks[b].at = blocks[b].at.times(1, blocks[b].weight)
	}
	return blocks, of
}

// northward lists the groups from north to south by the mean of their cells.
func (p *plan) northward(group []int32, k int) []int32 {
	sum, n := make([]int64, k), make([]int64, k)
	order := make([]int32, k)
	for f, g := range group {
		sum[g] += p.hearts[f].y
		n[g]++
		order[g] = g
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(sum[b]/n[b], sum[a]/n[a]) })
	return order
}

// renumber gives each group its place in the order.
func renumber(group, order []int32) []int32 {
	out := make([]int32, len(group))
	for i, g := range group {
		out[i] = int32(slices.Index(order, g))
	}
	return out
}

// subset returns the parcels chosen, their neighbours renumbered, and which
// they were.
func subset(parcels []parcel, chosen func(i int32) bool) (out []parcel, which []int32) {
	number := make([]int32, len(parcels))
	for i := range int32(len(parcels)) {
		number[i] = -1
		if chosen(i) {
			number[i] = int32(len(which))
			which = append(which, i)
		}
	}
	for _, i := range which {
		q := parcels[i]
		q.next = nil
		for _, j := range parcels[i].next {
			if number[j] >= 0 {
				q.next = append(q.next, number[j])
			}
		}
		out = append(out, q)
	}
	return out, which
}
