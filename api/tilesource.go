package api

import (
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// tileSource lets the tiler draw a snapshot, and the cases on a board if there is
// one: neither knows the other.
type tileSource struct {
	snap  *grids.Snapshot
	board *cases.View
}

// maxTileZoom is how deep tiles are described; clients enlarge beyond it.
const maxTileZoom = 18

// tileLayer says how a layer of the city appears in tiles.
type tileLayer struct {
	kind    spatial.Kind
	minZoom uint8
	fields  []string
	values  func(s *grids.Snapshot, i int32, dst []string) []string
}

// tileLayers: cells as polygons from the zoom where one is some 6 pixels wide
// (cellPolygonZoom), before that the mesh of all borders; components as sums from
// the zoom where a city is a thumb's breadth, singly from sumsBelow. Of layers of
// points the first two fields are code and name.
var tileLayers = map[grids.Layer]tileLayer{
	grids.BaseWater:     {spatial.Polygons, 8, baseFields, baseValues(grids.BaseWater)},
	grids.BaseGreen:     {spatial.Polygons, 10, baseFields, baseValues(grids.BaseGreen)},
	grids.BaseRoads:     {spatial.Lines, 11, baseFields, baseValues(grids.BaseRoads)},
	grids.BaseBuildings: {spatial.Polygons, 14, baseFields, baseValues(grids.BaseBuildings)},
	grids.Districts: {spatial.Polygons, 6, []string{"code", "name"}, func(s *grids.Snapshot, i int32, dst []string) []string {
		return append(dst, s.City.Districts[i].Code, s.City.Districts[i].Name)
	}},
	grids.Streets: {spatial.Polygons, 8, []string{"code", "name", "parent"}, func(s *grids.Snapshot, i int32, dst []string) []string {
		return append(dst, s.City.Streets[i].Code, s.City.Streets[i].Name, s.City.Streets[i].Parent)
	}},
	grids.Communities: {spatial.Polygons, 9, []string{"code", "name", "parent"}, func(s *grids.Snapshot, i int32, dst []string) []string {
		return append(dst, s.City.Communities[i].Code, s.City.Communities[i].Name, s.City.Communities[i].Parent)
	}},
	grids.Zones: {spatial.Polygons, 8, []string{"code", "name", "unit", "tint"}, func(s *grids.Snapshot, i int32, dst []string) []string {
		z := &s.City.Zones[i]
		return append(dst, z.Code, z.Name, z.Unit, tintNames[s.ZoneTint(i)])
	}},
	grids.Cells: {spatial.Polygons, 8, []string{"code", "name", "zone", "community", tiler.MeshField}, func(s *grids.Snapshot, i int32, dst []string) []string {
		c := &s.City.Cells[i]
		return append(dst, c.Code, c.Name, c.Zone, c.Community)
	}},
	grids.Components: {spatial.Points, 8, []string{"code", "name", "category", "major", "state"}, func(s *grids.Snapshot, i int32, dst []string) []string {
		c := s.Component(i)
		major := ""
		if cat := s.Catalogue.Find(grids.ComponentKind, c.Category); cat != nil {
			major = cat.Major
		}
		return append(dst, c.Code, c.Name, c.Category, major, c.State)
	}},
	grids.Addresses: {spatial.Points, 15, []string{"code", "name", "kind"}, func(s *grids.Snapshot, i int32, dst []string) []string {
		a := &s.City.Addresses[i]
		return append(dst, a.Code, a.Name, a.Kind)
	}},
	grids.Resources: {spatial.Points, 12, []string{"code", "name", "kind", "state"}, func(s *grids.Snapshot, i int32, dst []string) []string {
		r := &s.City.Resources[i]
		return append(dst, r.Code, r.Name, r.Kind, r.State)
	}},
}

// tintNames are the values of a zone's tint: neighbouring zones differ in it.
var tintNames = [grids.Tints]string{"0", "1", "2", "3", "4", "5"}

var baseFields = []string{"name", "class"}

func baseValues(l grids.Layer) func(*grids.Snapshot, int32, []string) []string {
	return func(s *grids.Snapshot, i int32, dst []string) []string {
		b := &s.City.Base[l][i]
		return append(dst, b.Name, b.Class)
	}
}

// Layers implements tiler.Source.
func (t tileSource) Layers() []tiler.Layer {
	layers := grids.MapLayers()
	out := make([]tiler.Layer, 0, len(layers))
	for _, l := range layers {
		d := tileLayers[l]
		layer := tiler.Layer{
			Name: string(l), Kind: d.kind, MinZoom: d.minZoom, MaxZoom: maxTileZoom, Fields: d.fields,
			Count: t.snap.Count(l), Box: t.snap.Box(l), Description: tileDescriptions[l],
		}
		if d.kind == spatial.Points {
			layer.Description = pointsDescription
		}
		if l == grids.Components {
			layer.Sums = componentSums(t.snap.Catalogue)
			layer.Description = sumsDescription + pointsDescription
		}
		out = append(out, layer)
	}
	if t.board != nil {
		out = append(out, caseLayer(t.board))
	}
	return out
}

// Visit implements tiler.Source.
func (t tileSource) Visit(layer string, window spatial.Box, visit func(f *tiler.Feature) bool) {
	t.visit(grids.Layer(layer), window, nil, visit)
}

// Prepared implements tiler.Preparer.
func (t tileSource) Prepared(layer string) tiler.Prepared {
	if layer == casesName {
		return caseView(t.snap, t.board, nil)
	}
	return t.prepared(grids.Layer(layer), nil)
}

// visit is Visit of what the sieve keeps, nil for all.
func (t tileSource) visit(l grids.Layer, window spatial.Box, sieve *grids.Sieve, visit func(f *tiler.Feature) bool) {
	d := tileLayers[l]
	var f tiler.Feature
	for _, i := range t.snap.Window(l, window) {
		if sieve != nil && !sieve.Keeps(i) {
			continue
		}
		g := t.snap.Feature(l, i)
		f.ID, f.Shape, f.At = uint64(g.FID), g.Shape, g.At
		f.Values = d.values(t.snap, i, f.Values[:0])
		if !visit(&f) {
			return
		}
	}
}

// prepared returns the layer in the form that the tiler draws fastest, nil where
// it has none.
func (t tileSource) prepared(l grids.Layer, sieve *grids.Sieve) tiler.Prepared {
	if v := pointView(t.snap, l, sieve); v != nil {
		return v
	}
	if a := sharedAreas(t.snap, l, sieve); a != nil {
		return a
	}
	return nil
}
