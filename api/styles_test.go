package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
)

type styleDoc struct {
	Version int
	Name    string
	Center  []float64
	Glyphs  *string
	Sprite  *string
	Sources map[string]struct {
		Type             string
		Tiles            []string
		MinZoom, MaxZoom int
		Bounds           []float64
		Attribution      string
	}
	Layers []struct {
		ID, Type, Source string
		SourceLayer      string `json:"source-layer"`
		MinZoom, MaxZoom float64
		Paint            map[string]json.RawMessage
	}
}

func TestAStyleDrawsEachOfItsLayersFromThisServersTiles(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	sets := append(allLayers(), "city", "cells,components", "districts,streets,communities,zones,cells,components")
	for _, set := range sets {
		for _, theme := range []string{"", "?theme=light", "?theme=dark"} {
			var style styleDoc
			d.get(t, "/styles/"+set+".json"+theme).read(t, &style)
			layers := strings.Split(set, ",")
			if set == "city" {
				layers = allLayers()
			}
			source := style.Sources["city"]
			want := "http://wanmi.example/tiles/" + strings.Join(layers, ",") + "/{z}/{x}/{y}.mvt"
			if style.Version != 8 || len(style.Sources) != 1 || source.Type != "vector" || !slices.Equal(source.Tiles, []string{want}) {
				t.Fatalf("%s: %+v", set, style)
			}
			var tileJSON struct {
				MinZoom, MaxZoom int
				Bounds           []float64
			}
			d.get(t, "/tiles/"+strings.Join(layers, ",")+".json").read(t, &tileJSON)
			if tileJSON.MinZoom != source.MinZoom || tileJSON.MaxZoom != source.MaxZoom || !slices.Equal(tileJSON.Bounds, source.Bounds) {
				t.Errorf("%s: source %+v, TileJSON %+v", set, source, tileJSON)
			}
			seen, drawn := map[string]bool{}, map[string]bool{}
			for _, l := range style.Layers {
				if seen[l.ID] || l.Type == "symbol" || (l.Type != "background" && l.Source != "city") {
					t.Errorf("%s: layer %+v", set, l)
				}
				seen[l.ID], drawn[l.SourceLayer] = true, true
			}
			for _, name := range layers {
				if !drawn[name] {
					t.Errorf("%s: %s is not drawn", set, name)
				}
			}
			if len(drawn) != len(layers)+1 || style.Glyphs != nil || style.Sprite != nil { // with the background
				t.Errorf("%s draws %v", set, drawn)
			}
		}
	}
}

func TestComponentsAreCirclesByCountBelowZoom14AndByMajorFromThere(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	var style styleDoc
	d.get(t, "/styles/components,cells.json").read(t, &style)
	for _, l := range style.Layers {
		paint := fmt.Sprintf("%s", l.Paint)
		switch l.ID {
		case "components-count":
			if l.MaxZoom != 14 || !strings.Contains(paint, `"count"`) {
				t.Errorf("%+v", l)
			}
		case "components-point":
			for _, c := range d.snap.Catalogue.All() {
				if c.Kind == grids.ComponentKind && c.Major == "" && !strings.Contains(paint, `"`+c.Code+`"`) {
					t.Errorf("major %s has no colour", c.Code)
				}
			}
			if l.MinZoom != 14 {
				t.Errorf("%+v", l)
			}
		case "cells-mesh":
			if l.MaxZoom != 12 || l.Type != "line" || !strings.Contains(paint, `"level"`) {
				t.Errorf("%+v", l)
			}
		case "cells-line", "cells-area":
			if l.MinZoom != 12 {
				t.Errorf("%+v", l)
			}
		}
	}
}

func TestTheCatalogueAndTheTileJSONLeadToStyles(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	var catalogue struct{ Layers []struct{ ID, Style string } }
	d.get(t, "/tiles.json").read(t, &catalogue)
	for _, l := range catalogue.Layers {
		var style styleDoc
		d.get(t, strings.TrimPrefix(l.Style, "http://wanmi.example")).read(t, &style)
		if len(style.Layers) < 2 {
			t.Errorf("%s: %+v", l.ID, style)
		}
	}
	var doc struct{ Style string }
	d.get(t, "/tiles/cells,zones.json").read(t, &doc)
	if doc.Style != "http://wanmi.example/styles/cells,zones.json" {
		t.Errorf("%q", doc.Style)
	}
}

func TestBadStyleRequestsAreRefused(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for _, c := range []refusal{
		{"/styles/cells", 404, "not-found", "layers"},
		{"/styles/planets.json", 404, "not-found", "layers"},
		{"/styles/cells,city.json", 404, "not-found", "layers"},
		{"/styles/.json", 400, "malformed", "layers"},
		{"/styles/..%2Fcells.json", 400, "malformed", "layers"},
		{"/styles/" + names(51) + ".json", 400, "too-many", "layers"},
		{"/styles/cells.json?theme=pink", 400, "malformed", "theme"},
		{"/styles/cells.json?colour=1", 400, "malformed", "colour"},
	} {
		d.refuses(t, c)
	}
}
