package tiler

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
)

// town is a made-up city for tests: a tiling of cells whose shared borders
// wander, polygons with holes, lines and points, all from a seed.
type town struct {
	side   int // cells along a side
	west   int32
	south  int32
	layers []Layer
	shapes map[string][]*Feature
	trees  map[string]*spatial.Tree[int]
	// arcs are the borders of the cells: arcs[0] those that run east from
	// vertex (i, j), arcs[1] those that run north.
	arcs [2]map[[2]int][]spatial.Coord
}

const cellQuanta = 10_000 // 1e-3 degree, about 100 m

func newTown(tb testing.TB, seed uint64, side int) *town {
	tb.Helper()
	t := &town{
		side: side, west: 1_143_000_000, south: 347_000_000,
		shapes: map[string][]*Feature{}, trees: map[string]*spatial.Tree[int]{},
	}
	rnd := rand.New(rand.NewPCG(seed, 1))
	t.buildArcs(rnd)
	t.addCells(tb, rnd)
	t.addParks(tb, rnd)
	t.addRoads(tb, rnd)
	t.addComponents(tb, rnd)
	return t
}

func (t *town) Layers() []Layer { return t.layers }

func (t *town) Visit(layer string, window spatial.Box, visit func(*Feature) bool) {
	var hits []int
	t.trees[layer].Search(window, func(i int) bool {
		hits = append(hits, i)
		return true
	})
	slices.Sort(hits)
	var shared Feature // reused between calls, as a source may
	for _, i := range hits {
		shared = *t.shapes[layer][i]
		if !visit(&shared) {
			return
		}
	}
}

func (t *town) addLayer(l Layer, features []*Feature) {
	tree := new(spatial.Tree[int])
	l.Box = spatial.EmptyBox()
	for i, f := range features {
		f.ID = uint64(i + 1)
		box := spatial.Box{Min: f.At, Max: f.At}
		if f.Shape != nil {
			box = f.Shape.Box
		}
		tree.Insert(box, i)
		l.Box = l.Box.Union(box)
	}
	l.Count, l.MaxZoom = len(features), MaxZoom
	t.layers = append(t.layers, l)
	t.shapes[l.Name], t.trees[l.Name] = features, tree
}

func (t *town) vertex(rnd *rand.Rand, i, j int) spatial.Coord {
	jitter := func() int32 { return int32(rnd.IntN(cellQuanta/2) - cellQuanta/4) }
	return spatial.Coord{
		X: t.west + int32(i*cellQuanta) + jitter(),
		Y: t.south + int32(j*cellQuanta) + jitter(),
	}
}

func (t *town) buildArcs(rnd *rand.Rand) {
	grid := map[[2]int]spatial.Coord{}
	for i := 0; i <= t.side; i++ {
		for j := 0; j <= t.side; j++ {
			grid[[2]int{i, j}] = t.vertex(rnd, i, j)
		}
	}
	arc := func(a, b spatial.Coord) []spatial.Coord {
		line := []spatial.Coord{a}
		n := rnd.IntN(9)
		for k := 1; k <= n; k++ {
			between := func(p, q int32) int32 {
				return p + int32(int64(q-p)*int64(k)/int64(n+1)) + int32(rnd.IntN(cellQuanta/50))
			}
			line = append(line, spatial.Coord{X: between(a.X, b.X), Y: between(a.Y, b.Y)})
		}
		return append(line, b)
	}
	t.arcs = [2]map[[2]int][]spatial.Coord{{}, {}}
	for i := 0; i <= t.side; i++ {
		for j := 0; j <= t.side; j++ {
			if i < t.side {
				t.arcs[0][[2]int{i, j}] = arc(grid[[2]int{i, j}], grid[[2]int{i + 1, j}])
			}
			if j < t.side {
				t.arcs[1][[2]int{i, j}] = arc(grid[[2]int{i, j}], grid[[2]int{i, j + 1}])
			}
		}
	}
}

// ring goes round cell (i, j) from a random start in a random direction.
func (t *town) ring(rnd *rand.Rand, i, j int) []spatial.Coord {
	var ring []spatial.Coord
	add := func(arc []spatial.Coord, back bool) {
		arc = slices.Clone(arc)
		if back {
			slices.Reverse(arc)
		}
		ring = append(ring, arc[:len(arc)-1]...)
	}
	add(t.arcs[0][[2]int{i, j}], false)
	add(t.arcs[1][[2]int{i + 1, j}], false)
	add(t.arcs[0][[2]int{i, j + 1}], true)
	add(t.arcs[1][[2]int{i, j}], true)
	if rnd.IntN(2) == 0 {
		slices.Reverse(ring)
	}
	k := rnd.IntN(len(ring))
	return append(slices.Clone(ring[k:]), ring[:k]...)
}

func (t *town) addCells(tb testing.TB, rnd *rand.Rand) {
	var cells []*Feature
	for j := range t.side {
		for i := range t.side {
			cells = append(cells, &Feature{
				Shape:  polygon(tb, t.ring(rnd, i, j)),
				Values: []string{fmt.Sprintf("4102040%02d%06d", i%9, len(cells)), fmt.Sprintf("zone %d", i/5*10+j/5)},
			})
		}
	}
	t.addLayer(Layer{Name: "cells", Kind: spatial.Polygons, Fields: []string{"code", "zone"}}, cells)
}

// addParks makes polygons of any size with holes, some of several parts.
func (t *town) addParks(tb testing.TB, rnd *rand.Rand) {
	var parks []*Feature
	for range 60 {
		var many orb.MultiPolygon
		for range 1 + rnd.IntN(3) {
			c, size := t.somewhere(rnd).Point(), 1e-6*float64(int(1)<<rnd.IntN(18))
			p := orb.Polygon{star(rnd, c, size)}
			if rnd.IntN(2) == 0 {
				p = append(p, star(rnd, c, size*0.3))
			}
			many = append(many, p)
		}
		s, err := spatial.FromOrb(many)
		if err != nil {
			continue // collapsed on the lattice
		}
		parks = append(parks, &Feature{Shape: s, Values: []string{"park", ""}})
	}
	if len(parks) == 0 {
		tb.Fatal("no parks")
	}
	t.addLayer(Layer{Name: "parks", Kind: spatial.Polygons, Fields: []string{"kind", "name"}}, parks)
}

// star is a ring around c whose radius varies between size/2 and size.
func star(rnd *rand.Rand, c orb.Point, size float64) orb.Ring {
	corners := [][2]float64{{1, 0}, {.7, .7}, {0, 1}, {-.7, .7}, {-1, 0}, {-.7, -.7}, {0, -1}, {.7, -.7}}
	var ring orb.Ring
	for _, d := range corners {
		r := size * (0.5 + rnd.Float64()/2)
		ring = append(ring, orb.Point{c[0] + d[0]*r, c[1] + d[1]*r})
	}
	return append(ring, ring[0])
}

func (t *town) addRoads(tb testing.TB, rnd *rand.Rand) {
	var roads []*Feature
	for range 80 {
		var many orb.MultiLineString
		for range 1 + rnd.IntN(2) {
			p, step := t.somewhere(rnd).Point(), 1e-6*float64(int(1)<<rnd.IntN(14))
			var line orb.LineString
			for range 2 + rnd.IntN(60) {
				line = append(line, p)
				p = orb.Point{p[0] + (rnd.Float64()-0.4)*step, p[1] + (rnd.Float64()-0.5)*step}
			}
			many = append(many, line)
		}
		s, err := spatial.FromOrb(many)
		if err != nil {
			continue
		}
		roads = append(roads, &Feature{Shape: s, Values: []string{fmt.Sprint("road ", len(roads))}})
	}
	if len(roads) == 0 {
		tb.Fatal("no roads")
	}
	t.addLayer(Layer{Name: "roads", Kind: spatial.Lines, Fields: []string{"name"}}, roads)
}

func (t *town) addComponents(tb testing.TB, rnd *rand.Rand) {
	var components []*Feature
	states := []string{"normal", "damaged", "missing", ""}
	for i := range 30 * t.side {
		f := &Feature{At: t.somewhere(rnd), Values: []string{
			fmt.Sprintf("class %02d", rnd.IntN(32)), states[rnd.IntN(4)], fmt.Sprintf("unit %d", rnd.IntN(24)), fmt.Sprint(i),
		}}
		if i%50 == 0 {
			s, err := spatial.FromOrb(orb.MultiPoint{t.somewhere(rnd).Point(), t.somewhere(rnd).Point()})
			if err != nil {
				tb.Fatal(err)
			}
			f.Shape = s
		}
		components = append(components, f)
	}
	t.addLayer(Layer{Name: "components", Kind: spatial.Points, Fields: []string{"class", "state", "unit", "number"}}, components)
}

func (t *town) somewhere(rnd *rand.Rand) spatial.Coord {
	n := t.side * cellQuanta
	return spatial.Coord{X: t.west + int32(rnd.IntN(n)), Y: t.south + int32(rnd.IntN(n))}
}

func (t *town) names() []string {
	var names []string
	for _, l := range t.layers {
		names = append(names, l.Name)
	}
	return names
}

// tile is a random tile of the town at zoom z.
func (t *town) tile(rnd *rand.Rand, z uint8) ID {
	id, _ := At(t.somewhere(rnd), z)
	return id
}

// polygon makes a shape of rings given as coordinates.
func polygon(tb testing.TB, rings ...[]spatial.Coord) *spatial.Shape {
	tb.Helper()
	var p orb.Polygon
	for _, r := range rings {
		var ring orb.Ring
		for _, c := range r {
			ring = append(ring, c.Point())
		}
		p = append(p, append(ring, ring[0]))
	}
	s, err := spatial.FromOrb(p)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// list is a source of one layer that visits everything.
type list struct {
	layer    Layer
	features []*Feature
}

func listOf(features ...*Feature) *list {
	return &list{Layer{Name: "l", MaxZoom: MaxZoom, Fields: []string{"a", "b"}}, features}
}

func (l *list) Layers() []Layer { return []Layer{l.layer} }

func (l *list) Visit(_ string, _ spatial.Box, visit func(*Feature) bool) {
	for _, f := range l.features {
		if !visit(f) {
			return
		}
	}
}

// one encodes the features of l into one tile and returns its only layer's
// features.
func (l *list) one(tb testing.TB, id ID) []featureDoc {
	tb.Helper()
	b, _, err := Encode(nil, l, []string{"l"}, id, Options{})
	if err != nil {
		tb.Fatal(err)
	}
	doc, err := decodeStrict(b)
	if err != nil {
		tb.Fatalf("%v: %v", id, err)
	}
	if len(doc.layers) == 0 {
		return nil
	}
	return doc.layers[0].features
}
