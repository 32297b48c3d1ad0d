package demo

import (
	"cmp"
	"slices"
)

// What a cell is used for, as it stands in the city file.
const (
	useHomes     = "居住"
	useOldTown   = "老城居住"
	useTrade     = "商业"
	useIndustry  = "工业"
	useSchool    = "教育"
	useHospital  = "医疗"
	useOffice    = "行政办公"
	useSquare    = "广场"
	usePark      = "公园绿地"
	useFields    = "农田"
	useWater     = "水域"
	useVillage   = "村庄"
	useWarehouse = "仓储"
)

// assignUses decides what each cell of the town is for: the square at the main crossing,
// trade around it, works on one side of the town and fields at its edge.
func (p *plan) assignUses() []string {
	uses := make([]string, len(p.faces))
	works := p.lay(pt{1000, p.between(-900, 900)}).to(1000)
	for f := range p.faces {
		uses[f] = p.usualUse(int32(f), works)
	}
	p.give(uses, useSquare, 1, func(f int32) int64 { return -p.hearts[f].sub(p.boroughs[0].centre).length() }, useTrade)
	p.give(uses, useOffice, 1, func(f int32) int64 { return -p.hearts[f].sub(p.boroughs[0].centre).length() }, useOldTown, useTrade)
	at := p.hearts[p.boroughs[0].park]
	p.give(uses, useHospital, 1, func(f int32) int64 { return -p.hearts[f].sub(at).length() }, useHomes)
	chance := func(int32) int64 { return p.between(0, 1_000_000) }
	p.give(uses, useSchool, 3, chance, useHomes)
	p.give(uses, useSchool, 1, chance, useOldTown)
	p.give(uses, usePark, 3, chance, useHomes)
	p.give(uses, usePark, 2, chance, useOldTown)
	return uses
}

func (p *plan) usualUse(f int32, works pt) string {
	at := p.hearts[f]
	switch p.faces[f].kind {
	case riverbed:
		return useWater
	case promenade, lakePark:
		return usePark
	case oldTown:
		if at.sub(p.boroughs[0].centre).length() < 16_000 {
			return useTrade
		}
		return useOldTown
	case outskirts:
		edge := p.onOutline(f)
		switch {
		case at.dot(works)/1000 > 48_000:
			return useIndustry
		case edge && p.percent(30):
			return useFields
		}
	}
	if p.percent(8) {
		return useTrade
	}
	return useHomes
}

// give hands a use to the n cells of the given uses with the highest rank.
func (p *plan) give(uses []string, use string, n int, rank func(f int32) int64, from ...string) {
	type ranked struct {
		f    int32
		rank int64
	}
	var all []ranked
	for f := range uses {
		if slices.Contains(from, uses[f]) {
			all = append(all, ranked{int32(f), rank(int32(f))})
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(b.rank, a.rank) })
	for _, r := range all[:min(n, len(all))] {
		uses[r.f] = use
	}
}
