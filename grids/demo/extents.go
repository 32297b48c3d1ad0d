package demo

import "github.com/wanmi-gis/wanmi/spatial"

// Components that are lines and polygons.

// partOf returns the part of a line between two distances from its start.
func partOf(line []pt, from, to int64) []pt {
	first, _ := pointAt(line, from)
	out := []pt{first}
	d := int64(0)
	for i := 1; i+1 < len(line); i++ {
		d += line[i].sub(line[i-1]).length()
		if d > from+100 && d < to-100 { // no shorter edges than a metre
			out = append(out, line[i])
		}
	}
	last, _ := pointAt(line, to)
	return append(out, last)
}

// standing makes a spot of a shape, at its representative position. The
// position on the plan is only used to keep things apart.
func standing(shape *spatial.Shape, near pt, road int32) spot {
	return spot{at: near, road: road, shape: shape}
}

// trafficRails part the lanes of arterials.
func (s *site) trafficRails() []spot {
	const length, off = 6_000, 600
	var out []spot
	for _, r := range s.inDisorder(arterial) {
		points := s.streets[r].points
		total := lengthOf(points)
		for d := int64(9_000); d+length+2_000 < total; d += 31_000 {
			line := beside(partOf(points, d, d+length), off)
			sp := standing(polyline(line), line[len(line)/2], r)
			sp.onRoad = true
			out = append(out, sp)
		}
	}
	return shuffled(s.dice, out)
}

// parkRails run along the roads around parks, on the park's side.
func (s *site) parkRails() []spot {
	const longest = 5_000
	var out []spot
	for f, use := range s.uses {
		if use != usePark || s.faces[f].kind == promenade {
			continue
		}
		s.eachEdge(int32(f), func(e edge) {
			c := s.classOf(e)
			a, b := s.at[e.from], s.at[e.to]
			l := b.sub(a).length()
			if c < lane || l < 1_500 {
				return
			}
			n := b.sub(a).left().to(c.halfWidth() + 250)
			part := min(l-600, longest)
			start := a.add(b.sub(a).to((l - part) / 2))
			line := []pt{start.add(n), start.add(b.sub(a).to(part)).add(n)}
			out = append(out, standing(polyline(line), middle(line[0], line[1]), -1))
		})
	}
	return shuffled(s.dice, out)
}

// riverRails run along the banks.
func (s *site) riverRails() []spot {
	const length, off, end = 7_000, 120, 2_000
	var out []spot
	for _, bank := range s.banks() {
		total := lengthOf(bank)
		for d := int64(end); d+length < total-end; d += 2 * length {
			line := beside(partOf(bank, d, d+length), off)
			out = append(out, standing(polyline(line), line[len(line)/2], -1))
		}
	}
	return shuffled(s.dice, out)
}

// floodWalls run along the banks behind the rails.
func (s *site) floodWalls() []spot {
	const length, off, end = 12_000, 420, 1_500
	var out []spot
	for _, bank := range s.banks() {
		total := lengthOf(bank)
		for d := int64(end); d+length < total-end; d += length + 3_000 {
			line := beside(partOf(bank, d, d+length), off)
			out = append(out, standing(polyline(line), line[len(line)/2], -1))
		}
	}
	return shuffled(s.dice, out)
}

// bridges are the stretches of road between the banks, with their abutments.
func (s *site) bridges() []spot {
	const abutment = 300
	var out []spot
	for r, road := range s.streets {
		var line []pt
		for i := 1; i < len(road.points); i++ {
			u, v := road.vertices[i-1], road.vertices[i]
			f, ok := s.leftOf(edge{u, v})
			g, other := s.leftOf(edge{v, u})
			over := ok && other && s.faces[f].kind == riverbed && s.faces[g].kind == riverbed
			if over && len(line) == 0 {
				line = append(line, road.points[i-1])
			}
			if over {
				line = append(line, road.points[i])
			}
			if (!over || i == len(road.points)-1) && len(line) > 0 {
				out = append(out, s.bridge(line, int32(r), road.class.halfWidth()+150, abutment))
				line = nil
			}
		}
	}
	return out
}

func (s *site) bridge(line []pt, road int32, half, abutment int64) spot {
	a, b := line[0], line[len(line)-1]
	ab := b.sub(a)
	a, b = a.sub(ab.to(abutment)), b.add(ab.to(abutment))
	n := ab.left().to(half)
	sp := standing(polygon([]pt{a.sub(n), b.sub(n), b.add(n), a.add(n)}), middle(a, b), road)
	sp.onRoad, sp.afloat = true, true
	return sp
}

// carParks are the lots left empty between works and shops.
func (s *site) carParks() []spot {
	var out []spot
	for _, y := range s.yards {
		out = append(out, standing(polygon(y.ring), middle(y.ring[0], y.ring[2]), -1))
	}
	return shuffled(s.dice, out)
}
