package api

import (
	"slices"
	"sync"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// pointLayer is a layer of points as it is prepared for tiles, once for all the
// versions between two builds of the city's index.
type pointLayer struct {
	points *tiler.Points
	// example has for each set of traits a row that has it.
	example []int32
	// cells has the cell that holds each point by geometry, for filters; 4 bytes
	// a point from the first such filter on.
	findCells sync.Once
	cells     []int32
}

// pointLayerOf returns the prepared layer of a snapshot, nil for layers that are
// not points.
func pointLayerOf(s *grids.Snapshot, l grids.Layer) *pointLayer {
	if tileLayers[l].kind != spatial.Points {
		return nil
	}
	return s.Derive(l, func() any { return newPointLayer(s, l) }).(*pointLayer)
}

// newPointLayer prepares the rows as they were indexed. It keeps the rows, not
// the snapshot.
func newPointLayer(s *grids.Snapshot, l grids.Layer) *pointLayer {
	n := s.Indexed(l)
	out := &pointLayer{}
	rows, feature := tiler.PointRows{N: int(n)}, s.IndexedFeature(l)
	setOf := make([]uint32, n)
	numbers := traitNumbers{sets: map[any]uint32{}, shared: map[*grids.ComponentTraits]uint32{}}
	describe, values := tileLayers[l].values, []string(nil)
	for i := range n {
		at, known := numbers.of(s, l, i)
		if !known {
			values = describe(s, i, values[:0])
			rows.Sets = append(rows.Sets, tiler.PointTraits{Values: slices.Clone(values[2:]), Classes: classesOf(s, l, i, nil)})
			out.example = append(out.example, i)
		}
		setOf[i] = at
	}
	rows.Set = func(i int32) uint32 { return setOf[i] }
	rows.At = func(i int32) (spatial.Coord, bool) {
		f := feature(i)
		return f.At, f.Shape != nil
	}
	rows.Own = func(i int32) (uint64, string) {
		f := feature(i)
		return uint64(f.FID), f.Code
	}
	rows.Name = func(i int32) string { return feature(i).Name }
	out.points = tiler.NewPoints(rows)
	return out
}

// traitNumbers numbers sets of traits. Most components of a set have the same
// copy of it, which is found much sooner than an equal one.
type traitNumbers struct {
	sets   map[any]uint32
	shared map[*grids.ComponentTraits]uint32
}

// of returns the number of a row's set: all that a tile shows and a filter's
// words ask for, besides code, name and position.
func (t *traitNumbers) of(s *grids.Snapshot, l grids.Layer, i int32) (at uint32, known bool) {
	switch l {
	case grids.Addresses:
		return t.number(s.City.Addresses[i].Kind)
	case grids.Resources:
		r := &s.City.Resources[i]
		return t.number([3]string{r.Kind, r.State, r.Unit})
	}
	traits := s.Component(i).ComponentTraits // of an indexed row
	if at, known = t.shared[traits]; !known {
		at, known = t.number(*traits)
		t.shared[traits] = at
	}
	return at, known
}

func (t *traitNumbers) number(set any) (at uint32, known bool) {
	if at, known = t.sets[set]; !known {
		at = uint32(len(t.sets))
		t.sets[set] = at
	}
	return at, known
}

// classesOf appends the fields of sums that count a component.
func classesOf(s *grids.Snapshot, l grids.Layer, i int32, dst []string) []string {
	if l != grids.Components {
		return dst
	}
	cat := s.Catalogue.Find(grids.ComponentKind, s.Component(i).Category)
	switch {
	case cat == nil:
		return dst
	case cat.Major == "":
		return append(dst, countPrefix+cat.Code)
	}
	return append(dst, countPrefix+cat.Major, countPrefix+cat.Code)
}

const (
	countPrefix = tiler.CountField + "_"
	// sumsBelow is the zoom from where a tile holds a few thousand components:
	// they are drawn singly from there on.
	sumsBelow = 14
)

// componentSums lists the fields of sums: a number for each major of the city's
// scheme, and for each minor if it is asked for.
func componentSums(c *grids.Catalogue) *tiler.Sums {
	return c.Derive(func() any { return newComponentSums(c) }).(*tiler.Sums)
}

func newComponentSums(c *grids.Catalogue) *tiler.Sums {
	sums := &tiler.Sums{Below: sumsBelow}
	for _, cat := range c.All() {
		switch {
		case cat.Kind != grids.ComponentKind:
		case cat.Major == "":
			sums.Classes = append(sums.Classes, countPrefix+cat.Code)
		default:
			sums.Finer = append(sums.Finer, countPrefix+cat.Code)
		}
	}
	return sums
}

// pointView is the layer as the snapshot and the sieve, if there is one, show it.
func pointView(s *grids.Snapshot, l grids.Layer, sieve *grids.Sieve) *tiler.PointView {
	prepared := pointLayerOf(s, l)
	if prepared == nil {
		return nil
	}
	v := &tiler.PointView{Points: prepared.points, Keep: prepared.keep(s, l, sieve)}
	keeps := func(i int32) bool { return sieve == nil || sieve.Keeps(i) }
	v.Added = func(window spatial.Box) []tiler.AddedPoint {
		var out []tiler.AddedPoint
		for _, i := range s.EditedWindow(l, window) {
			if f := s.Feature(l, i); keeps(i) {
				out = append(out, tiler.AddedPoint{ID: uint64(f.FID), At: f.At, Row: i, Shaped: f.Shape != nil})
			}
		}
		return out
	}
	v.Values = func(i int32, dst []string) []string { return tileLayers[l].values(s, i, dst) }
	v.Classes = func(i int32, dst []string) []string { return classesOf(s, l, i, dst) }
	v.Shapes = func(window spatial.Box, visit func(int32, *tiler.Feature) bool) {
		var f tiler.Feature
		for _, i := range s.ShapesWindow(l, window) {
			g := s.Feature(l, i)
			f.ID, f.Shape, f.At = uint64(g.FID), g.Shape, g.At
			if keeps(i) && !visit(i, &f) {
				return
			}
		}
	}
	return v
}

// keep returns which of the prepared points are shown, nil for all. A filter's
// words are asked once for each set of traits and once for each cell, not for
// each point.
func (p *pointLayer) keep(s *grids.Snapshot, l grids.Layer, sieve *grids.Sieve) func(k int) bool {
	gone := s.Replaced(l)
	if sieve == nil {
		if gone == nil {
			return nil
		}
		return func(k int) bool { return !gone(p.points.Row(k)) }
	}
	sets := make([]bool, len(p.example))
	for i, row := range p.example {
		sets[i] = sieve.Row(row)
	}
	inChain := p.inChain(s, l, sieve)
	return func(k int) bool {
		return sets[p.points.Set(k)] && (gone == nil || !gone(p.points.Row(k))) && (inChain == nil || inChain(k))
	}
}

// inChain returns whether a point's cell is in the zone, community, street and
// district asked for; nil where none is.
func (p *pointLayer) inChain(s *grids.Snapshot, l grids.Layer, sieve *grids.Sieve) func(k int) bool {
	if !sieve.Chained() {
		return nil
	}
	cells := sieve.Cells()
	if cells == nil {
		return func(k int) bool { return sieve.Place(s.Feature(l, p.points.Row(k)).At) }
	}
	p.findCells.Do(func() {
		at := make([]spatial.Coord, p.points.Len())
		for k := range at {
			at[k] = s.Feature(l, p.points.Row(k)).At
		}
		p.cells = make([]int32, len(at))
		s.CellsAt(p.cells, at)
	})
	return func(k int) bool { return p.cells[k] != spatial.None && cells[p.cells[k]] }
}

// What a map's maker must know of layers of points.
const (
	sumsDescription = "Below zoom 14 one point for each square of 32 units of 4096 that has any, with their number (count) and that of each " +
		"major category (count_01; ?columns=count_0101 for a minor); the counts of a view add up to what is in it. From zoom 14 on single features. "
	pointsDescription = "Where a tile has more than 50,000 or more than about 500 KB compressed, at most 12 of each square of 64 units stay, " +
		"or as many fewer as needed; the header X-Tile-Thinned says how many of how many."
)
