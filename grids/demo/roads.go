package demo

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
	case bank:
		return "bank"
	}
	return "outline"
}

// roads strings the edges of each line together, in the order of the lines.
func (p *plan) roads() []road {
	next := make([][][2]int32, len(p.lines)) // by line: edges as first met
	for f := range int32(len(p.faces)) {
		p.eachEdge(f, func(e edge) {
			if o, ok := p.across(e); ok && o < f {
				return
			}
			if l := p.lineOf[e.undirected()]; p.lines[l].class >= lane {
				next[l] = append(next[l], [2]int32{e.from, e.to})
			}
		})
	}
	var out []road
	for l, edges := range next {
		if len(edges) == 0 {
			continue
		}
		vs := stringUp(edges)
		out = append(out, road{p.lines[l], vs, p.positions(vs)})
	}
	return out
}

// stringUp orders the edges of a path or a loop; a loop ends where it starts.
func stringUp(edges [][2]int32) []int32 {
	at := map[int32][]int32{}
	for _, e := range edges {
		at[e[0]] = append(at[e[0]], e[1])
		at[e[1]] = append(at[e[1]], e[0])
	}
	start := edges[0][0]
	for _, e := range edges { // from a loose end, if there is one
		if len(at[e[0]]) == 1 {
			start = e[0]
			break
		}
		if len(at[e[1]]) == 1 {
			start = e[1]
			break
		}
	}
	out := []int32{start}
	last, v := int32(-1), start
	for range edges {
		to := at[v][0]
		if to == last && len(at[v]) > 1 {
			to = at[v][1]
		}
		last, v = v, to
		out = append(out, v)
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
