package demo

import "cmp"

// A chance is a use with its weight.
type chance struct {
	use    string
	weight int64
}

// usesOf says what the quarters of a part of the city are for.
func usesOf(k faceKind) []chance {
	switch k {
	case oldTown:
		return []chance{{useOldTown, 82}, {useTrade, 9}, {useSchool, 3}, {usePark, 3}, {useHospital, 1}, {useOffice, 2}}
	case newDistrict:
		return []chance{{useHomes, 62}, {useTrade, 12}, {useOffice, 9}, {useSchool, 8}, {usePark, 7}, {useHospital, 2}}
	case works:
		return []chance{{useIndustry, 70}, {useWarehouse, 18}, {useHomes, 9}, {usePark, 3}}
	case outskirts:
		return []chance{{useFields, 76}, {useVillage, 15}, {useWarehouse, 3}, {usePark, 6}}
	}
	return []chance{{useHomes, 74}, {useTrade, 8}, {useSchool, 7}, {usePark, 6}, {useOffice, 3}, {useHospital, 2}}
}

// suburbUses are those of the outskirts along the ring and the big roads.
func suburbUses() []chance {
	return []chance{{useHomes, 38}, {useVillage, 22}, {useWarehouse, 10}, {useIndustry, 8}, {useTrade, 5}, {useSchool, 4}, {useFields, 10}, {usePark, 3}}
}

// cityUses decides what each cell of a city is for. A quarter has one use, but
// people trade along the big roads and around the main crossing.
func (p *plan) cityUses() []string {
	uses := make([]string, len(p.faces))
	ofQuarter := map[int32]string{}
	for f := range int32(len(p.faces)) {
		t := &p.faces[f]
		switch t.kind {
		case riverbed, lakebed:
			uses[f] = useWater
			continue
		case promenade, lakePark:
			uses[f] = usePark
			continue
		}
		use, ok := ofQuarter[t.quarter]
		if !ok {
			use = p.draws(usesOf(t.kind))
			if t.kind == outskirts && p.suburban(f) {
				use = p.draws(suburbUses())
			}
			ofQuarter[t.quarter] = use
		}
		if use == useHomes || use == useOldTown {
			switch b := &p.boroughs[t.borough]; {
			case t.kind == oldTown && apart(p.hearts[f], b.centre) < 40_000*40_000,
				t.kind != outskirts && p.onArterial(f) && p.percent(26):
				use = useTrade
			}
		}
		uses[f] = use
	}
	for i := range p.boroughs {
		p.placeCentre(int32(i), uses)
	}
	return uses
}

// suburban tells whether a cell of the outskirts lies near the outer ring or on
// a big road.
func (p *plan) suburban(f int32) bool {
	q := p.sketched(&p.boroughs[p.faces[f].borough], p.hearts[f])
	return max(max(q.x, -q.x)*100/outerX, max(q.y, -q.y)*100/outerY) < 117 || p.onArterial(f) && p.percent(60)
}

// draws picks one of the uses by its weight.
func (d dice) draws(of []chance) string {
	var sum int64
	for _, c := range of {
		sum += c.weight
	}
	n := d.between(1, sum)
	for _, c := range of {
		if n -= c.weight; n <= 0 {
			return c.use
		}
	}
	return of[0].use
}

func (p *plan) onArterial(f int32) bool {
	on := false
	p.eachEdge(f, func(e edge) { on = on || p.classOf(e) == arterial })
	return on
}

// placeCentre makes the cell nearest to the main crossing a square and the two
// next to it offices.
func (p *plan) placeCentre(b int32, uses []string) {
	var near [3]int32
	for i := range near {
		best := int32(-1)
		for f := range int32(len(p.faces)) {
			if p.faces[f].borough != b || p.faces[f].kind != oldTown || i > 0 && f == near[0] || i > 1 && f == near[1] {
				continue
			}
			if best < 0 || cmp.Less(apart(p.hearts[f], p.boroughs[b].centre), apart(p.hearts[best], p.boroughs[b].centre)) {
				best = f
			}
		}
		if near[i] = best; best >= 0 {
			uses[best] = useOffice
		}
	}
	if near[0] >= 0 {
		uses[near[0]] = useSquare
	}
}
