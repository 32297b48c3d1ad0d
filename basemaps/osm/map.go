package osm

import (
	"cmp"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// feature is one thing on the map.
type feature struct {
	id     uint64
	shape  *drawn // nil for a point
	at     spatial.Coord
	values []string
	from   uint8 // zoom
}

func (f *feature) box() spatial.Box {
	if f.shape != nil {
		return f.shape.Box
	}
	return spatial.Box{Min: f.at, Max: f.at}
}

// What an object is, in its feature's id.
const (
	idNode     = 1
	idWay      = 2
	idRelation = 3
)

// featureID makes one number of an object's id and kind, as is usual in tiles:
// 10 · id + kind. An id that an editor gave and the database did not is below 0:
// such a feature has none.
func featureID(id int64, kind uint64) uint64 {
	const largest = 1 << 49 // ten times as much is exact in a script's number
	if id <= 0 || id > largest {
		return 0
	}
	return uint64(id)*10 + kind
}

// Map is what a file has to draw: a tiler.Source and tiler.ZoomSource. It does not
// change; any number of goroutines may read it.
type Map struct {
	layers [layerCount]mapLayer
	last   uint8
	// box is what the file says it is an extract of, empty where it does not. What
	// the file has beyond is only a part of what there is: no tile is made of it.
	box     spatial.Box
	Report  Report
	Sum     [32]byte // SHA-256 of the file
	Written int64    // when its data left the database, in unix seconds; 0 is not said
}

type mapLayer struct {
	features []feature
	tree     spatial.Tree[int32]
	first    uint8
}

var layerNames = [layerCount]string{
	green: "base_green", water: "base_water", rail: "base_rail", roads: "base_roads",
	buildings: "base_buildings", pois: "base_pois", places: "base_places",
}

var layerKinds = [layerCount]spatial.Kind{
	green: spatial.Polygons, water: spatial.Polygons, rail: spatial.Lines, roads: spatial.Lines,
	buildings: spatial.Polygons, pois: spatial.Points, places: spatial.Points,
}

// Names are the layers in the order in which they should be written to a tile:
// where one has more features than a tile takes, buildings are left out first.
func Names() []string {
	var all []string
	for _, n := range [...]layerNumber{places, roads, water, green, rail, pois, buildings} {
		all = append(all, layerNames[n])
	}
	return all
}

// finish sorts and indexes the features.
func (m *Map) finish() {
	for n := range m.layers {
		l := &m.layers[n]
		slices.SortStableFunc(l.features, func(a, b feature) int { return cmp.Compare(a.id, b.id) })
		l.first = m.last
		for i := range l.features {
			f := &l.features[i]
			f.from = min(f.from, m.last)
			l.first = min(l.first, f.from)
			l.tree.Insert(f.box(), int32(i))
		}
	}
}

// Layers implements tiler.Source.
func (m *Map) Layers() []tiler.Layer {
	all := make([]tiler.Layer, 0, layerCount)
	for n := range m.layers {
		l := &m.layers[n]
		d := tiler.Layer{
			Name: layerNames[n], Kind: layerKinds[n], MinZoom: l.first, MaxZoom: m.last,
			Fields: fields[n], Count: len(l.features), Box: spatial.EmptyBox(),
		}
		if d.Count > 0 {
			d.Box = m.within(l.tree.Box())
		}
		all = append(all, d)
	}
	return all
}

// within is the part of b in the extract.
func (m *Map) within(b spatial.Box) spatial.Box {
	if m.box.Empty() {
		return b
	}
	if !m.box.Meets(b) {
		return spatial.EmptyBox()
	}
	b.Min.X, b.Min.Y = max(b.Min.X, m.box.Min.X), max(b.Min.Y, m.box.Min.Y)
	b.Max.X, b.Max.Y = min(b.Max.X, m.box.Max.X), min(b.Max.Y, m.box.Max.Y)
	return b
}

// Visit implements tiler.Source: all features, as they are at the last zoom.
func (m *Map) Visit(layer string, window spatial.Box, visit func(f *tiler.Feature) bool) {
	m.VisitZoom(layer, m.last, window, visit)
}

// VisitZoom implements tiler.ZoomSource: the features of a zoom, with its
// vertices.
func (m *Map) VisitZoom(layer string, z uint8, window spatial.Box, visit func(f *tiler.Feature) bool) {
	n := slices.Index(layerNames[:], layer)
	if n < 0 || !m.box.Empty() && !window.Meets(m.box) {
		return
	}
	l := &m.layers[n]
	z = min(z, m.last)
	var found []int32
	l.tree.Search(window, func(i int32) bool {
		if l.features[i].from <= z {
			found = append(found, i)
		}
		return true
	})
	slices.Sort(found)
	var room spatial.Shape
	var out tiler.Feature
	for _, i := range found {
		f := &l.features[i]
		out = tiler.Feature{ID: f.id, At: f.at, Values: f.values}
		switch {
		case f.shape != nil && z == m.last:
			out.Shape = &f.shape.Shape
		case f.shape != nil:
			if out.Shape = f.shape.at(z, &room); out.Shape == nil {
				continue
			}
		}
		if !visit(&out) {
			return
		}
	}
}
