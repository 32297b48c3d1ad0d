package demo

import "slices"

// A road is a line of the graph as one polyline along its centre.
type road struct {
	line
	vertices []int32
	points   []pt
}

// halfWidth is from the centre line to the kerb, in centimetres.
func (c class) halfWidth() int64 {
	switch c {
	case arterial:
		return 1000
	case street:
		return 550
	case lane:
		return 280
	}
	return 0
}

// String is the class as it stands in the city file.
func (c class) String() string {
	switch c {
	case arterial:
		return "arterial"
	case street:
		return "street"
	case lane:
		return "lane"
	case wall:
		return "wall"
	case rail:
		return "railway"
	case bank:
		return "bank"
	}
	return "outline"
}

// roads strings the edges of each line of the classes together, in the order of
// the lines. A line that is interrupted gives several.
func (p *plan) roads(from, to class) []road {
	edges := make([][][2]int32, len(p.lines)) // by line, as first met
	for f := range int32(len(p.faces)) {
		p.eachEdge(f, func(e edge) {
			if o, ok := p.across(e); ok && o < f {
				return
			}
			if l := p.lineOf(e); p.lines[l].class >= from && p.lines[l].class <= to {
				edges[l] = append(edges[l], [2]int32{e.from, e.to})
			}
		})
	}
	var out []road
	for l := range edges {
		for _, vs := range stringUp(edges[l]) {
			out = append(out, road{p.lines[l], vs, p.positions(vs)})
		}
	}
	return out
}

// stringUp orders edges into paths and loops; a loop ends where it starts.
func stringUp(edges [][2]int32) [][]int32 {
	at := make(map[int32][]int32, len(edges)+1)
	for _, e := range edges {
		at[e[0]] = append(at[e[0]], e[1])
		at[e[1]] = append(at[e[1]], e[0])
	}
	var out [][]int32
	walk := func(v int32) {
		path := []int32{v}
		for len(at[v]) > 0 {
			to := at[v][0]
			at[v] = at[v][1:]
			i := slices.Index(at[to], v)
			at[to] = slices.Delete(at[to], i, i+1)
			v = to
			path = append(path, v)
		}
		if len(path) > 1 {
			out = append(out, path)
		}
	}
	for _, e := range edges { // from loose ends, where there are any
		for _, v := range e {
			if len(at[v]) == 1 {
				walk(v)
			}
		}
	}
	for _, e := range edges {
		walk(e[0])
	}
	return out
}

// A crossing of roads, with the way each road leaves it.
type junction struct {
	at    pt
	arms  []pt
	major class // of its largest road
	roads []int32
}

// junctions lists where three or more stretches of road meet.
func (p *plan) junctions(roads []road) []junction {
	all := make([]junction, len(p.at))
	for r, road := range roads {
		for i := 1; i < len(road.vertices); i++ {
			u, v := road.vertices[i-1], road.vertices[i]
			for _, arm := range [...]edge{{u, v}, {v, u}} {
				j := &all[arm.from]
				j.at = p.at[arm.from]
				j.arms = append(j.arms, p.at[arm.to].sub(p.at[arm.from]))
				j.major = max(j.major, road.class)
				j.roads = append(j.roads, int32(r))
			}
		}
	}
	var out []junction
	for _, j := range all {
		if len(j.arms) >= 3 {
			out = append(out, j)
		}
	}
	return out
}
