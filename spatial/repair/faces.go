package repair

import (
	"fmt"
	"math"
	"strings"

	"github.com/twpayne/go-geos"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Fault says what makes a polygon invalid in the sense of OGC Simple Features,
// and where; reason is "" when it is valid. Shapes that are no polygons are
// always valid.
func (j *Judge) Fault(s *spatial.Shape) (reason string, at spatial.Coord, err error) {
	defer recoverGEOS("fault", &err)
	if s.Kind != spatial.Polygons {
		return "", at, nil
	}
	g := j.polygons(s)
	if g.IsValid() {
		return "", at, nil
	}
	at = s.Box.Center()
	what, place, found := strings.Cut(g.IsValidReason(), "[")
	if found {
		var x, y float64
		if n, _ := fmt.Sscanf(place, "%g %g]", &x, &y); n == 2 {
			at = spatial.Coord{X: int32(math.Round(x)), Y: int32(math.Round(y))}
		}
	}
	return strings.TrimSpace(what), at, nil
}

// Face is a place that lines shut in, or where polygons overlap. Its
// coordinates are in quanta; crossings lie off the lattice.
type Face struct {
	// Rings are the outer border and those of islands, closed.
	Rings [][][]float64
	// X and Y are a position inside.
	X, Y float64
}

// Line is a piece of border.
type Line struct{ A, B spatial.Coord }

// Faces cuts the lines where they cross and returns the places that they shut
// in, in no stated order.
func (j *Judge) Faces(lines []Line) (faces []Face, err error) {
	defer recoverGEOS("faces", &err)
	if len(lines) == 0 {
		return nil, nil
	}
	// Near the origin a float64 resolves a billionth of a quantum.
	o := lines[0].A
	parts := make([]*geos.Geom, len(lines))
	for i, l := range lines {
		parts[i] = j.ctx.NewLineString([][]float64{near(o, l.A), near(o, l.B)})
	}
	noded := j.ctx.NewCollection(geos.TypeIDMultiLineString, parts).UnaryUnion()
	return facesOf(o, j.ctx.Polygonize([]*geos.Geom{noded})), nil
}

// Overlap returns where two polygons overlap.
func (j *Judge) Overlap(a, b *spatial.Shape) (faces []Face, err error) {
	defer recoverGEOS("overlap", &err)
	return facesOf(spatial.Coord{}, j.polygons(a).Intersection(j.polygons(b))), nil
}

func near(o, c spatial.Coord) []float64 {
	return []float64{float64(c.X) - float64(o.X), float64(c.Y) - float64(o.Y)}
}

// facesOf takes the polygons out of g, whose coordinates count from o.
func facesOf(o spatial.Coord, g *geos.Geom) (faces []Face) {
	if g.TypeID() != geos.TypeIDPolygon {
		for i := range g.NumGeometries() {
			part := g.Geometry(i)
			if t := part.TypeID(); t == geos.TypeIDPolygon || t == geos.TypeIDMultiPolygon {
				faces = append(faces, facesOf(o, part)...)
			}
		}
		return faces
	}
	if g.IsEmpty() {
		return nil
	}
	p := g.PointOnSurface()
	f := Face{X: p.X() + float64(o.X), Y: p.Y() + float64(o.Y)}
	f.Rings = append(f.Rings, moved(o, g.ExteriorRing()))
	for i := range g.NumInteriorRings() {
		f.Rings = append(f.Rings, moved(o, g.InteriorRing(i)))
	}
	return append(faces, f)
}

func moved(o spatial.Coord, ring *geos.Geom) [][]float64 {
	coords := ring.CoordSeq().ToCoords()
	for _, c := range coords {
		c[0] += float64(o.X)
		c[1] += float64(o.Y)
	}
	return coords
}
