package detect

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// ground is the city as points are held against it.
type ground struct {
	snap *grids.Snapshot
	// kinds has the components of the categories that were told, by the code
	// that was told; nil where the city has none.
	kinds map[string]*kind
	// byCategory has the components of each minor category.
	byCategory map[string][]int32
	// reach is where anything is that a point could be expected in.
	reach spatial.Box
}

// kind finds the components of a category: those that are points and the
// others.
type kind struct {
	points *spatial.PointSet
	shapes spatial.Tree[*spatial.Shape]
}

func newGround(snap *grids.Snapshot) *ground {
	g := &ground{snap: snap, kinds: map[string]*kind{}}
	const quanta = 100_000 // 1 km in latitude, more than any reach
	g.reach = snap.Box(grids.Cells).Union(snap.Box(grids.Components)).Union(snap.Box(grids.Zones)).Grow(quanta)
	return g
}

// expectation is where a point should lie: in a feature of a layer, or at a
// component of a category.
type expectation struct {
	layer    grids.Layer
	index    int32
	category string // of Components
}

// expect finds what the row says of its place.
func (g *ground) expect(r *Row) (expectation, error) {
	var unknown error
	for _, told := range [...]struct {
		layer grids.Layer
		code  string
		word  string
	}{{grids.Cells, r.Cell, "cell"}, {grids.Communities, r.Community, "community"}, {grids.Zones, r.Zone, "zone"}} {
		if told.code == "" {
			continue
		}
		if i := g.snap.Find(told.layer, told.code); i != spatial.None {
			return expectation{layer: told.layer, index: i}, nil
		}
		if unknown == nil {
			unknown = fmt.Errorf("the city has no %s %.64q", told.word, told.code)
		}
	}
	if r.Category != "" {
		if g.kind(r.Category) != nil {
			return expectation{layer: grids.Components, index: spatial.None, category: r.Category}, nil
		}
		if unknown == nil {
			unknown = fmt.Errorf("the city has no component of category %.64q", r.Category)
		}
	}
	if unknown == nil {
		unknown = fmt.Errorf("it names no cell, zone, community or category of component")
	}
	return expectation{}, unknown
}

// kind returns the components of a category, minor or major; nil for none.
func (g *ground) kind(code string) *kind {
	if known, ok := g.kinds[code]; ok {
		return known
	}
	if g.byCategory == nil {
		g.byCategory = map[string][]int32{}
		for i := range g.snap.All(grids.Components) {
			c := g.snap.Component(i).Category
			g.byCategory[c] = append(g.byCategory[c], i)
		}
	}
	minors := []string{code}
	for _, c := range g.snap.Catalogue.All() {
		if c.Kind == grids.ComponentKind && c.Major == code {
			minors = append(minors, c.Code)
		}
	}
	var k kind
	var points []spatial.Coord
	for _, minor := range minors {
		for _, i := range g.byCategory[minor] {
			if c := g.snap.Component(i); c.Shape == nil {
				points = append(points, c.At)
			} else {
				k.shapes.Insert(c.Shape.Box, c.Shape)
			}
		}
	}
	g.kinds[code] = nil
	if len(points)+k.shapes.Len() > 0 {
		k.points = spatial.NewPointSet(points)
		g.kinds[code] = &k
	}
	return g.kinds[code]
}

// distanceM is how far the nearest of the kind is, infinite beyond withinM.
func (k *kind) distanceM(c spatial.Coord, withinM float64) float64 {
	least := math.Inf(1)
	if near := k.points.Nearest(nil, c, 1, withinM, nil); len(near) > 0 {
		least = near[0].DistanceM
	}
	k.shapes.Search(around(c, withinM), func(s *spatial.Shape) bool {
		least = min(least, distanceM(s, c))
		return least > 0
	})
	return least
}

// distanceM is how far a place is from where the point should lie: 0 there,
// infinite beyond withinM.
func (g *ground) distanceM(want expectation, c spatial.Coord, withinM float64) (d float64) {
	if !g.reach.Holds(c) {
		return math.Inf(1)
	}
	city := g.snap.City
	switch want.layer {
	case grids.Components:
		d = g.kind(want.category).distanceM(c, withinM)
	case grids.Cells:
		d = distanceM(city.Cells[want.index].Geometry(), c)
	case grids.Communities:
		code := city.Communities[want.index].Code
		d = g.cellsM(c, withinM, func(cell *grids.Cell) bool { return cell.Community == code })
	default:
		zone := &city.Zones[want.index]
		if city.ZonesByGeometry {
			d = distanceM(zone.Geometry(), c)
			break
		}
		d = g.cellsM(c, withinM, func(cell *grids.Cell) bool { return cell.Zone == zone.Code })
	}
	if d > withinM {
		return math.Inf(1)
	}
	return d
}

// cellsM is how far the nearest of the cells is that belong. Most points lie in
// one of them, which takes a look at few.
func (g *ground) cellsM(c spatial.Coord, withinM float64, belongs func(*grids.Cell) bool) float64 {
	least := math.Inf(1)
	for _, m := range [...]float64{0, withinM} {
		for _, i := range g.snap.Window(grids.Cells, around(c, m)) {
			if cell := &g.snap.City.Cells[i]; belongs(cell) {
				if least = min(least, distanceM(cell.Geometry(), c)); least == 0 {
					return 0
				}
			}
		}
	}
	return least
}

// around is a box that holds all within so many metres.
func around(c spatial.Coord, withinM float64) spatial.Box {
	perLon, _ := crs.MetresPerDegree(c.Lat()) // the shorter of the two
	return spatial.Box{Min: c, Max: c}.Grow(int32(withinM/perLon/spatial.Quantum) + 1)
}

func distanceM(s *spatial.Shape, c spatial.Coord) float64 {
	if side, _ := s.Contains(c); side != spatial.Outside {
		return 0
	}
	return s.DistanceM(c)
}

// anywhere draws a place of the city, each cell as likely as any other.
func (g *ground) anywhere(r *rand.Rand) spatial.Coord {
	cell := &g.snap.City.Cells[r.IntN(len(g.snap.City.Cells))]
	box := cell.Box()
	const most = 20 // even a cell that fills a tenth of its box is missed only one time in eight
	for range most {
		if cell.Shape == nil {
			break
		}
		c := spatial.Coord{
			X: box.Min.X + int32(r.Int64N(int64(box.Max.X)-int64(box.Min.X)+1)),
			Y: box.Min.Y + int32(r.Int64N(int64(box.Max.Y)-int64(box.Min.Y)+1)),
		}
		if side, _ := cell.Shape.Contains(c); side != spatial.Outside {
			return c
		}
	}
	return cell.At
}
