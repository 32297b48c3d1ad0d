package demo

import (
	"cmp"
	"fmt"
	"slices"
)

// divideCity divides each borough from above: blocks between arterials to
// districts and those to streets, so that their borders are big roads; quarters
// between streets to communities and to zones.
func (p *plan) divideCity() (divisions, error) {
	p.joinRiver()
	d := divisions{
		parcels:   p.cellParcels(),
		community: make([]int32, len(p.faces)), zone: make([]int32, len(p.faces)),
	}
	members := make([][]int32, len(p.boroughs))
	for f := range int32(len(p.faces)) {
		b := p.faces[f].borough
		members[b] = append(members[b], f)
	}
	for _, b := range mainFirst(len(p.boroughs)) {
		districts, err := p.districtsOf(b, members[b])
		if err != nil {
			return d, fmt.Errorf("districts of borough %d: %w", b, err)
		}
		if err := p.divideDistricts(&d, districts); err != nil {
			return d, fmt.Errorf("borough %d: %w", b, err)
		}
	}
	return d, nil
}

// joinRiver puts the river and its promenades to the blocks and quarters beside
// them, the river to its northern bank: for themselves they would make
// communities a kilometre long and a cell wide.
func (p *plan) joinRiver() {
	join := func(f int32, to func(o int32) (weight int64, ok bool)) {
		best, most := int32(-1), int64(0)
		weights := map[int32]int64{}
		p.eachEdge(f, func(e edge) {
			o, inner := p.across(e)
			if !inner {
				return
			}
			w, ok := to(o)
			if !ok {
				return
			}
			if weights[o] += w * p.at[e.to].sub(p.at[e.from]).length(); best < 0 || weights[o] > most {
				best, most = o, weights[o]
			}
		})
		if best >= 0 {
			p.faces[f].block, p.faces[f].quarter = p.faces[best].block, p.faces[best].quarter
		}
	}
	for f := range int32(len(p.faces)) {
		if p.faces[f].kind == promenade {
			join(f, func(o int32) (int64, bool) {
				k := p.faces[o].kind
				return 1, k != promenade && k != riverbed && p.faces[o].borough == p.faces[f].borough
			})
		}
	}
	for f := range int32(len(p.faces)) {
		if p.faces[f].kind == riverbed {
			b := &p.boroughs[p.faces[f].borough]
			y := p.sketched(b, p.hearts[f]).y
			join(f, func(o int32) (int64, bool) {
				if p.sketched(b, p.hearts[o]).y > y {
					return 1_000, p.faces[o].kind == promenade && p.faces[o].borough == p.faces[f].borough
				}
				return 1, p.faces[o].kind == promenade && p.faces[o].borough == p.faces[f].borough
			})
		}
	}
}

// mainFirst lists the boroughs with the one in the middle first: it has the
// districts with the first codes.
func mainFirst(n int) []int32 {
	out := []int32{int32(n / 2)}
	for b := range int32(n) {
		if b != out[0] {
			out = append(out, b)
		}
	}
	return out
}

// districtsOf shares the faces of a borough out to districts, the one of the
// main crossing first. In the main borough the new district and what only it
// borders on is the last: the management district.
func (p *plan) districtsOf(b int32, faces []int32) ([][]int32, error) {
	if len(p.boroughs) > 1 && b != mainFirst(len(p.boroughs))[0] {
		return p.shareFaces(faces, moreDistricts, func(f int32) int32 { return p.faces[f].block })
	}
	planned := func(f int32) bool {
		k := p.faces[f].kind
		return k == newDistrict || (k == lakePark || k == lakebed) && p.sketched(&p.boroughs[b], p.hearts[f]).x > besideX
	}
	old := p.largestPart(faces, func(f int32) bool { return !planned(f) })
	var rest []int32
	inOld := map[int32]bool{}
	for _, f := range old {
		inOld[f] = true
	}
	for _, f := range faces {
		if !inOld[f] {
			rest = append(rest, f)
		}
	}
	if whole := p.largestPart(rest, func(int32) bool { return true }); len(whole) != len(rest) {
		return nil, fmt.Errorf("management district in pieces: %w", errPlan)
	}
	districts, err := p.shareFaces(old, cityDistricts-1, func(f int32) int32 { return p.faces[f].block })
	if err != nil {
		return nil, err
	}
	centre := p.boroughs[b].centre
	slices.SortStableFunc(districts, func(x, y []int32) int {
		return cmp.Compare(apart(p.middleOf(x), centre), apart(p.middleOf(y), centre))
	})
	return append(districts, rest), nil
}

func (p *plan) middleOf(faces []int32) pt {
	var sum pt
	for _, f := range faces {
		sum = sum.add(p.hearts[f])
	}
	return sum.times(1, int64(len(faces)))
}

// largestPart returns the largest connected part of the chosen faces.
func (p *plan) largestPart(faces []int32, chosen func(f int32) bool) []int32 {
	left := map[int32]bool{}
	for _, f := range faces {
		if chosen(f) {
			left[f] = true
		}
	}
	var best []int32
	for _, f := range faces {
		if !left[f] {
			continue
		}
		delete(left, f)
		part := []int32{f}
		for at := 0; at < len(part); at++ {
			p.eachEdge(part[at], func(e edge) {
				if o, ok := p.across(e); ok && left[o] {
					delete(left, o)
					part = append(part, o)
				}
			})
		}
		if len(part) > len(best) {
			best = part
		}
	}
	slices.Sort(best)
	return best
}

// shareFaces puts faces into k connected groups of about equal size that keep
// together what has one key.
func (p *plan) shareFaces(faces []int32, k int, key func(f int32) int32) ([][]int32, error) {
	parcels, of := p.grouped(faces, key)
	if len(parcels) < k {
		return nil, fmt.Errorf("%d parcels for %d groups: %w", len(parcels), k, errPlan)
	}
	group, err := shareOut(p.dice, parcels, k)
	if err != nil {
		return nil, err
	}
	out := make([][]int32, k)
	for i, f := range faces {
		g := group[of[i]]
		out[g] = append(out[g], f)
	}
	return out, nil
}

// divideDistricts divides the districts of a borough into streets, those into
// communities and zones, and numbers all of them.
func (p *plan) divideDistricts(d *divisions, districts [][]int32) error {
	first := int32(0)
	if n := len(d.district); n > 0 {
		first = d.district[n-1] + 1
	}
	streets := apportioned(cityStreets, sizes(districts))
	var all [][]int32
	for i, faces := range districts {
		parts, err := p.shareFaces(faces, streets[i], func(f int32) int32 { return p.faces[f].block })
		if err != nil {
			return fmt.Errorf("streets: %w", err)
		}
		p.inOrder(parts, func(part []int32) streetRank { return p.rankOf(part) })
		for _, part := range parts {
			d.district = append(d.district, first+int32(i))
			d.rank = append(d.rank, p.rankOf(part))
			all = append(all, part)
		}
	}
	communities, zones := apportioned(cityCommunities, sizes(all)), apportioned(cityZones, sizes(all))
	quarter := func(f int32) int32 { return p.faces[f].quarter }
	for i, faces := range all {
		street := int32(len(d.district) - len(all) + i)
		parts, err := p.shareFaces(faces, communities[i], quarter)
		if err != nil {
			return fmt.Errorf("communities: %w", err)
		}
		p.inOrder(parts, func(part []int32) streetRank { return rankIf(d.rank[street] > subdistrict && p.isVillage(part)) })
		for _, part := range parts {
			for _, f := range part {
				d.community[f] = int32(len(d.street))
			}
			d.street = append(d.street, street)
			d.village = append(d.village, d.rank[street] > subdistrict && p.isVillage(part))
		}
		if parts, err = p.shareFaces(faces, zones[i], quarter); err != nil {
			return fmt.Errorf("zones: %w", err)
		}
		p.inOrder(parts, func([]int32) streetRank { return subdistrict })
		for _, part := range parts {
			for _, f := range part {
				d.zone[f] = int32(len(d.zoneOf))
			}
			d.zoneOf = append(d.zoneOf, street)
		}
	}
	return nil
}

func rankIf(village bool) streetRank {
	if village {
		return countryside
	}
	return subdistrict
}

// inOrder sorts groups for their codes: by rank, then from north to south.
func (p *plan) inOrder(groups [][]int32, rank func(group []int32) streetRank) {
	slices.SortStableFunc(groups, func(a, b []int32) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(p.middleOf(b).y, p.middleOf(a).y))
	})
}

// rankOf makes towns of streets with much country and townships of those with
// hardly anything else.
func (p *plan) rankOf(faces []int32) streetRank {
	switch share := p.country(faces); {
	case share > 88:
		return countryside
	case share > 55:
		return township
	}
	return subdistrict
}

func (p *plan) isVillage(faces []int32) bool { return p.country(faces) > 60 }

// country is how many percent of the faces lie outside the built-up area.
func (p *plan) country(faces []int32) int {
	n := 0
	for _, f := range faces {
		if p.faces[f].kind == outskirts {
			n++
		}
	}
	return 100 * n / len(faces)
}

func sizes(groups [][]int32) []int64 {
	out := make([]int64, len(groups))
	for i, g := range groups {
		out[i] = int64(len(g))
	}
	return out
}

// apportioned shares n out in proportion to the weights, by largest remainder,
// at least one to each.
func apportioned(n int, weights []int64) []int {
	var sum int64
	for _, w := range weights {
		sum += w
	}
	out := make([]int, len(weights))
	left := n
	type part struct {
		i    int
		rest int64
	}
	parts := make([]part, len(weights))
	for i, w := range weights {
		share := w * int64(n)
		out[i] = max(int(share/sum), 1)
		left -= out[i]
		parts[i] = part{i, share - int64(out[i])*sum}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.rest, a.rest) })
	for i := 0; left > 0; i = (i + 1) % len(parts) {
		out[parts[i].i]++
		left--
	}
	for i := len(parts) - 1; left < 0; i-- { // small ones were given one too many
		if j := parts[(i+len(parts))%len(parts)].i; out[j] > 1 {
			out[j]--
			left++
		}
	}
	return out
}

// shareCells decides how many cells each borough has, by its area.
func (p *plan) shareCells() {
	areas := make([]int64, len(p.boroughs))
	for f := range int32(len(p.faces)) {
		areas[p.faces[f].borough] += area2(p.points(f)) / 1_000_000
	}
	for i, n := range apportioned(p.design.cells, areas) {
		p.boroughs[i].cells = n
	}
}
