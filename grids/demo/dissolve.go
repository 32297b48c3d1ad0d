package demo

import "github.com/wanmi-gis/wanmi/spatial"

// dissolve returns the union of a connected set of faces, chosen by a rule too,
// as rings, the shell first. It walks the edges that have no chosen face on their other side, so
// the union has exactly the vertices of its parts. Where the walk comes back
// to a vertex, a ring is complete: that parts shell and holes that touch.
func (g *graph) dissolve(faces []int32, chosen func(f int32) bool) [][]int32 {
	next := map[int32][]int32{} // vertex → where border edges lead from it
	var starts []int32
	for _, f := range faces {
		g.eachEdge(f, func(e edge) {
			if other, ok := g.across(e); !ok || !chosen(other) {
				next[e.from] = append(next[e.from], e.to)
				starts = append(starts, e.from)
			}
		})
	}
	var rings [][]int32
	for _, s := range starts {
		var path []int32
		onPath := map[int32]int{}
		for v := s; ; {
			if i, closed := onPath[v]; closed {
				rings = append(rings, append([]int32(nil), path[i:]...))
				for _, u := range path[i:] {
					delete(onPath, u)
				}
				path = path[:i]
			}
			out := next[v]
			if len(out) == 0 {
				break
			}
			onPath[v] = len(path)
			path = append(path, v)
			next[v] = out[1:]
			v = out[0]
		}
	}
	for i, r := range rings {
		if area2(g.positions(r)) > 0 {
			rings[0], rings[i] = rings[i], rings[0]
			break
		}
	}
	return rings
}

// shapeOf returns rings of the graph, shell first, as a polygon.
func (g *graph) shapeOf(rings [][]int32) *spatial.Shape {
	points := make([][]pt, len(rings))
	for i, r := range rings {
		points[i] = g.positions(r)
	}
	return polygon(points...)
}

// polygon returns rings of positions, shell first, as a polygon.
func polygon(rings ...[]pt) *spatial.Shape {
	s := &spatial.Shape{Kind: spatial.Polygons, Shells: []uint32{0}, Box: spatial.EmptyBox()}
	for _, r := range rings {
		s.Coords, s.Box = appendCoords(s.Coords, s.Box, r)
		s.Ends = append(s.Ends, uint32(len(s.Coords)))
	}
	return s
}

// polyline returns a line of positions as a shape.
func polyline(line []pt) *spatial.Shape {
	s := &spatial.Shape{Kind: spatial.Lines, Box: spatial.EmptyBox()}
	s.Coords, s.Box = appendCoords(nil, s.Box, line)
	s.Ends = []uint32{uint32(len(s.Coords))}
	return s
}

func appendCoords(to []spatial.Coord, box spatial.Box, ps []pt) ([]spatial.Coord, spatial.Box) {
	for _, p := range ps {
		c := p.coord()
		to = append(to, c)
		box = box.Extend(c)
	}
	return to, box
}
