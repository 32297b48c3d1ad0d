package tiler

import "github.com/wanmi-gis/wanmi/spatial"

// drawing takes a feature's geometry from the lattice to drawing commands.
// Its slices are reused from feature to feature.
type drawing struct {
	frame
	pen
	path, spare []vertex
	units       []unit
}

// draw writes the part of the feature that the tile shows and returns its
// type, typeNone when nothing is left.
func (d *drawing) draw(f *Feature) int {
	d.pen.reset()
	if f.Shape == nil {
		if u, ok := d.point(f.At); ok {
			d.units = append(d.units[:0], u)
			d.points(d.units)
			return typePoint
		}
		return typeNone
	}
	kind := typeNone
	switch f.Shape.Kind {
	case spatial.Points:
		kind = typePoint
		d.drawPoints(f.Shape)
	case spatial.Lines:
		kind = typeLine
		for i := range f.Shape.Ends {
			d.drawLine(f.Shape.Part(i))
		}
	case spatial.Polygons:
		kind = typePolygon
		for i := range f.Shape.Shells {
			d.drawPolygon(f.Shape, i)
		}
	}
	if d.pen.empty() {
		return typeNone
	}
	return kind
}

func (d *drawing) drawPoints(s *spatial.Shape) {
	d.units = d.units[:0]
	for _, c := range s.Coords {
		if u, ok := d.point(c); ok {
			d.units = append(d.units, u)
		}
	}
	d.points(d.units)
}

// drawLine cuts a line into the pieces inside the window.
func (d *drawing) drawLine(line []spatial.Coord) {
	if len(line) == 0 {
		return
	}
	sides := d.sides()
	d.units = d.units[:0]
	a := d.vertex(line[0])
	for _, c := range line[1:] {
		b := d.vertex(c)
		from, to, entered, left, ok := clipEdge(&sides, a, b)
		a = b
		if !ok {
			continue
		}
		if entered {
			d.line(d.units)
			d.units = d.units[:0]
		}
		if len(d.units) == 0 {
			d.addUnit(from)
		}
		d.addUnit(to)
		if left {
			d.line(d.units)
			d.units = d.units[:0]
		}
	}
	d.line(d.units)
}

// drawPolygon writes polygon i: its shell, then the holes that are left. A
// polygon whose holes leave nothing of it (the tile lies in a hole) is taken back.
func (d *drawing) drawPolygon(s *spatial.Shape, i int) {
	from, to := s.Rings(i)
	length, at := d.pen.mark()
	left := d.drawRing(s.Part(from), false)
	if left == 0 {
		return
	}
	for r := from + 1; r < to; r++ {
		left -= d.drawRing(s.Part(r), true)
	}
	if left <= 0 {
		d.pen.rewind(length, at)
	}
}

// drawRing clips a ring, rounds it to the grid, and writes what has an area.
func (d *drawing) drawRing(ring []spatial.Coord, hole bool) (doubleArea int64) {
	d.path = d.path[:0]
	for _, c := range ring {
		d.path = append(d.path, d.vertex(c))
	}
	var cut bool
	d.path, d.spare, cut = clipRing(&d.frame, d.path, d.spare)
	d.units = d.units[:0]
	for _, v := range d.path {
		d.addUnit(v)
	}
	if cut {
		d.units = dropAlongLimits(d.units)
	}
	for n := len(d.units); n > 1 && d.units[n-1] == d.units[0]; n-- {
		d.units = d.units[:n-1]
	}
	return d.pen.ring(d.units, hole)
}

// addUnit appends v on the grid unless the vertex before is the same.
func (d *drawing) addUnit(v vertex) {
	u := d.unit(v)
	if n := len(d.units); n == 0 || d.units[n-1] != u {
		d.units = append(d.units, u)
	}
}

// dropAlongLimits removes the vertices between two others on the same limit
// of the window. Clipping leaves many there when a long border wanders
// outside; they add nothing to the area. Works in place.
func dropAlongLimits(ring []unit) []unit {
	out := ring[:0]
	for _, u := range ring {
		for len(out) >= 2 && alongLimit(out[len(out)-2], out[len(out)-1], u) {
			out = out[:len(out)-1]
		}
		if len(out) == 0 || out[len(out)-1] != u {
			out = append(out, u)
		}
	}
	// Across the ring's start.
	for len(out) >= 3 {
		n := len(out)
		switch {
		case out[n-1] == out[0] || alongLimit(out[n-2], out[n-1], out[0]):
			out = out[:n-1]
		case alongLimit(out[n-1], out[0], out[1]):
			out = out[1:]
		default:
			return out
		}
	}
	return out
}

// alongLimit reports whether the three lie on one limit of the window.
func alongLimit(a, b, c unit) bool {
	const lo, hi = -Buffer, Extent + Buffer
	return a.x == b.x && b.x == c.x && (b.x == lo || b.x == hi) ||
		a.y == b.y && b.y == c.y && (b.y == lo || b.y == hi)
}
