package report

import (
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// outline is a layer drawn under the findings. Parts holds the parts of all
// its shapes in base64: of each the number of its vertices, then each vertex as
// the difference to the one before in units of Step · 1e-7 degree, longitude
// first; the first one to 0. Counts are varints, differences zigzag varints.
type outline struct {
	Layer grids.Layer `json:"layer"`
	Step  int32       `json:"step"`
	Parts string      `json:"parts"`
}

// coarsest is the widest lattice on which cells are still drawn: 2^10 · 1e-7
// degree, about 11 m. What is still too much then is left out, cells first.
const coarsest = 1 << 10

// outlines draws the layers that say where one is, within maxBytes. Each layer
// is rounded to the finest lattice that fits: rounding moves a vertex the same
// way in every shape that shares it, so that neighbours stay neighbours.
func outlines(city *grids.City, at time.Time, maxBytes int) []outline {
	out := []outline{}
	if city == nil {
		return out
	}
	room := base64.StdEncoding.DecodedLen(maxBytes)
	for _, l := range []struct {
		name   grids.Layer
		shapes []*spatial.Shape
		share  int // of the room that is left, in percent
	}{
		{grids.Districts, shapesOf(city.Districts, at, func(d *grids.District) *grids.Feature { return &d.Feature }), 10},
		{grids.Communities, shapesOf(city.Communities, at, func(d *grids.Community) *grids.Feature { return &d.Feature }), 25},
		{grids.Cells, shapesOf(city.Cells, at, func(c *grids.Cell) *grids.Feature { return &c.Feature }), 100},
	} {
		for step := int32(8); step <= coarsest; step *= 2 {
			b := encoded(l.shapes, step, room*l.share/100)
			if b == nil {
				continue
			}
			if len(b) > 0 {
				out = append(out, outline{l.name, step, base64.StdEncoding.EncodeToString(b)})
			}
			room -= len(b)
			break
		}
	}
	return out
}

// encoded is all shapes on a lattice, or nil where they take more than max bytes.
func encoded(shapes []*spatial.Shape, step int32, maxBytes int) []byte {
	b := []byte{}
	for _, s := range shapes {
		if b = appendParts(b, s, step); len(b) > maxBytes {
			return nil
		}
	}
	return b
}

// shapesOf lists the shapes of the rows that hold at a time.
func shapesOf[T any](rows []T, at time.Time, feature func(*T) *grids.Feature) []*spatial.Shape {
	out := make([]*spatial.Shape, 0, len(rows))
	for i := range rows {
		if f := feature(&rows[i]); f.Shape != nil && f.Valid.Holds(at) {
			out = append(out, f.Shape)
		}
	}
	return out
}

// appendParts appends the parts of a shape on a lattice. Vertices that fall
// together are merged; a part that falls together wholly is left out.
func appendParts(b []byte, s *spatial.Shape, step int32) []byte {
	var part []spatial.Coord
	for i := range s.Ends {
		part = part[:0]
		for _, c := range s.Part(i) {
			c = spatial.Coord{X: onto(c.X, step), Y: onto(c.Y, step)}
			if n := len(part); n == 0 || part[n-1] != c {
				part = append(part, c)
			}
		}
		if len(part) < 2 {
			continue
		}
		b = binary.AppendUvarint(b, uint64(len(part)))
		var last spatial.Coord
		for _, c := range part {
			b = binary.AppendVarint(b, int64(c.X)-int64(last.X))
			b = binary.AppendVarint(b, int64(c.Y)-int64(last.Y))
			last = c
		}
	}
	return b
}

// onto is the nearest multiple of step, in steps.
func onto(v, step int32) int32 {
	if step == 1 {
		return v
	}
	half := step / 2
	if v < 0 {
		return -((-v + half) / step)
	}
	return (v + half) / step
}
