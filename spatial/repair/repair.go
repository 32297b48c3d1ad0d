// Package repair is where GEOS lives: validity and overlaps of polygons, at
// import time only, never in a request.
//
// Shapes are handed over in lattice units (whole numbers of 1e-7 degree), so
// what GEOS judges is exactly what the server holds. Areas are therefore in
// square quanta; ratios of areas of one place are true to 1e-6.
//
// Use one [Judge] per goroutine. GEOS reports errors as panics; they are
// recovered here and come back as errors.
package repair

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/twpayne/go-geos"

	"github.com/wanmi-gis/wanmi/spatial"
)

// ErrInvalid marks a geometry that GEOS does not accept, with its reason and
// place in degrees.
var ErrInvalid = errors.New("invalid geometry")

// Judge asks GEOS. Not for concurrent use.
type Judge struct{ ctx *geos.Context }

// NewJudge starts a GEOS context.
func NewJudge() *Judge { return &Judge{geos.NewContext()} }

// Check returns nil when the shape is valid in the sense of OGC Simple
// Features, else an error that wraps ErrInvalid.
func (j *Judge) Check(s *spatial.Shape) (err error) {
	defer recoverGEOS("check", &err)
	if s.Kind != spatial.Polygons {
		return nil
	}
	g := j.polygons(s)
	if g.IsValid() {
		return nil
	}
	reason := g.IsValidReason()
	var what string
	var x, y float64
	if i := slices.Index([]byte(reason), '['); i > 0 {
		what = reason[:i]
		if n, _ := fmt.Sscanf(reason[i:], "[%g %g]", &x, &y); n == 2 {
			return fmt.Errorf("%w: %s at %.7f,%.7f", ErrInvalid, what, x*spatial.Quantum, y*spatial.Quantum)
		}
	}
	return fmt.Errorf("%w: %s", ErrInvalid, reason)
}

// polygons makes a GEOS geometry of a polygonal shape, in quanta.
func (j *Judge) polygons(s *spatial.Shape) *geos.Geom {
	parts := make([]*geos.Geom, len(s.Shells))
	for i := range s.Shells {
		from, to := s.Rings(i)
		rings := make([][][]float64, 0, to-from)
		for r := from; r < to; r++ {
			rings = append(rings, closed(s.Part(r)))
		}
		parts[i] = j.ctx.NewPolygon(rings)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return j.ctx.NewCollection(geos.TypeIDMultiPolygon, parts)
}

func closed(ring []spatial.Coord) [][]float64 {
	out := make([][]float64, 0, len(ring)+1)
	for _, c := range ring {
		out = append(out, []float64{float64(c.X), float64(c.Y)})
	}
	return append(out, out[0])
}

// Share is how much of a shape lies in one polygon of a Cover.
type Share struct {
	Index    int32
	Fraction float64
}

// Cover answers how shapes spread over a set of polygons.
type Cover struct {
	judge *Judge
	geoms []*geos.Geom
	tree  spatial.Tree[int32]
}

// Cover prepares the polygons of a layer; nil shapes and those that are no
// polygons cover nothing.
func (j *Judge) Cover(shapes []*spatial.Shape) (c *Cover, err error) {
	defer recoverGEOS("cover", &err)
	c = &Cover{judge: j, geoms: make([]*geos.Geom, len(shapes))}
	for i, s := range shapes {
		if s == nil || s.Kind != spatial.Polygons {
			continue
		}
		c.geoms[i] = j.polygons(s)
		c.tree.Insert(s.Box, int32(i))
	}
	return c, nil
}

// Shares returns the polygons that s overlaps with the fraction of its area in
// each, largest first, ties to the lower index.
func (c *Cover) Shares(s *spatial.Shape) (shares []Share, err error) {
	defer recoverGEOS("shares", &err)
	if s.Kind != spatial.Polygons {
		return nil, nil
	}
	g := c.judge.polygons(s)
	area := g.Area()
	c.tree.Search(s.Box, func(i int32) bool {
		if a := g.Intersection(c.geoms[i]).Area(); a > 0 {
			shares = append(shares, Share{i, a / area})
		}
		return true
	})
	slices.SortFunc(shares, func(a, b Share) int {
		return cmp.Or(cmp.Compare(b.Fraction, a.Fraction), cmp.Compare(a.Index, b.Index))
	})
	return shares, nil
}

func recoverGEOS(what string, err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("geos %s: %v", what, r)
	}
}
