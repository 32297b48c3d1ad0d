package tiler

import (
	"encoding/json"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
)

var described = []Layer{
	{
		Name: "cells", Kind: spatial.Polygons, MinZoom: 12, MaxZoom: 18, Fields: []string{"code", "zone"}, Count: 2,
		Box: spatial.Box{Min: spatial.At(114.30, 34.75), Max: spatial.At(114.35, 34.80)},
	},
	{
		Name: "roads", Kind: spatial.Lines, MinZoom: 8, MaxZoom: 16, Count: 1,
		Box: spatial.Box{Min: spatial.At(114.32, 34.70), Max: spatial.At(114.40, 34.76)},
	},
	{Name: "cases", Kind: spatial.Points, MinZoom: 14, MaxZoom: 22, Fields: []string{"id"}},
}

func TestATileJSONDescribesItsLayers(t *testing.T) {
	const want = `{"tilejson":"3.0.0","scheme":"xyz","tiles":["/tiles/cells,roads,cases/{z}/{x}/{y}.mvt"],"minzoom":8,"maxzoom":22,` +
		`"bounds":[114.3,34.7,114.4,34.8],"center":[114.35,34.75,11],"vector_layers":[` +
		`{"id":"cells","fields":{"code":"String","zone":"String"},"minzoom":12,"maxzoom":18},` +
		`{"id":"roads","fields":{},"minzoom":8,"maxzoom":16},` +
		`{"id":"cases","fields":{"id":"String"},"minzoom":14,"maxzoom":22}]}`
	got, err := json.Marshal(NewTileJSON(described, "/tiles/cells,roads,cases/{z}/{x}/{y}.mvt"))
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
}

func TestATileJSONWithoutFeaturesHasNoBounds(t *testing.T) {
	const want = `{"tilejson":"3.0.0","scheme":"xyz","tiles":["t"],"minzoom":14,"maxzoom":22,` +
		`"vector_layers":[{"id":"cases","fields":{"id":"String"},"minzoom":14,"maxzoom":22}]}`
	got, err := json.Marshal(NewTileJSON(described[2:], "t"))
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	if got, err := json.Marshal(NewTileJSON(nil)); err != nil || string(got) != `{"tilejson":"3.0.0","scheme":"xyz","tiles":[],"minzoom":0,"maxzoom":0,"vector_layers":[]}` {
		t.Errorf("no layers: %v %s", err, got)
	}
}

func TestACatalogueListsEachLayer(t *testing.T) {
	const want = `{"layers":[` +
		`{"id":"cells","geometry":"polygon","count":2,"fields":{"code":"String","zone":"String"},"minzoom":12,"maxzoom":18,"bounds":[114.3,34.75,114.35,34.8],"tilejson":"/tiles/cells.json"},` +
		`{"id":"roads","geometry":"line","count":1,"fields":{},"minzoom":8,"maxzoom":16,"bounds":[114.32,34.7,114.4,34.76],"tilejson":"/tiles/roads.json"},` +
		`{"id":"cases","geometry":"point","count":0,"fields":{"id":"String"},"minzoom":14,"maxzoom":22,"tilejson":"/tiles/cases.json"}]}`
	got, err := json.Marshal(NewCatalogue(described, func(name string) string { return "/tiles/" + name + ".json" }))
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
}
