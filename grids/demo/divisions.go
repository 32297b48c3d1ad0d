package demo

import (
	"cmp"
	"fmt"
	"slices"
)

// divisions says which district, street, community and zone each cell belongs
// to, by their order of code.
type divisions struct {
	district  []int32 // of a street
	street    []int32 // of a community
	community []int32 // of a cell
	zone      []int32 // of a cell
	zoneOf    []int32 // street of a zone
	// What kind of street and community it is, which decides the code.
	rank    []streetRank // of a street
	village []bool       // of a community
	parcels []parcel     // the cells
}

// districtOf is the district of a cell.
func (d *divisions) districtOf(f int32) int32 { return d.district[d.street[d.community[f]]] }

// A streetRank is what a division below the district is.
type streetRank uint8

const (
	subdistrict streetRank = iota // 街道
	township                      // 镇
	countryside                   // 乡
)

// divideTown shares the cells out: whole blocks between arterials to
// communities, so that their borders are big roads and the river; communities
// to two streets; the cells of a street, each for itself, to zones.
func (p *plan) divideTown() (divisions, error) {
	d := divisions{
		parcels: p.cellParcels(), district: make([]int32, 2), rank: make([]streetRank, 2),
		village: make([]bool, p.design.communities),
	}
	all := make([]int32, len(p.faces))
	for f := range all {
		all[f] = int32(f)
	}
	blocks, blockOf := p.grouped(all, func(f int32) int32 { return p.faces[f].block })
	byBlock, err := shareOut(p.dice, blocks, p.design.communities)
	if err != nil {
		return d, fmt.Errorf("communities: %w", err)
	}
	byCell := make([]int32, len(p.faces))
	for f := range p.faces {
		byCell[f] = byBlock[blockOf[f]]
	}
	north := p.northward(all, byCell, p.design.communities)
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
		k := p.design.zones / 2
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

// grouped makes a parcel of all faces with one key and returns the parcel of
// each face, in the order of faces.
func (p *plan) grouped(faces []int32, key func(f int32) int32) (groups []parcel, of []int32) {
	number := map[int32]int32{}
	of = make([]int32, len(faces))
	at := map[int32]int32{} // face → group
	for i, f := range faces {
		k := key(f)
		g, ok := number[k]
		if !ok {
			g = int32(len(groups))
			number[k] = g
			groups = append(groups, parcel{})
		}
		of[i], at[f] = g, g
		groups[g].at = groups[g].at.add(p.hearts[f])
		groups[g].weight++
	}
	for i, f := range faces {
		g := of[i]
		p.eachEdge(f, func(e edge) {
			if o, ok := p.across(e); ok {
				if h, in := at[o]; in && h != g && !slices.Contains(groups[g].next, h) {
					groups[g].next = append(groups[g].next, h)
				}
			}
		})
	}
	for g := range groups {
		groups[g].at = groups[g].at.times(1, groups[g].weight)
	}
	return groups, of
}

// northward lists the groups of faces from north to south by the mean of their
// cells.
func (p *plan) northward(faces, group []int32, k int) []int32 {
	sum, n := make([]int64, k), make([]int64, k)
	order := make([]int32, k)
	for i, g := range group {
		sum[g] += p.hearts[faces[i]].y
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
