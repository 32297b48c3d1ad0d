package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/pmtiles"
	"github.com/wanmi-gis/wanmi/basemaps/sprites"
	"github.com/wanmi-gis/wanmi/tiler"
)

// mapDoc is a style as far as these tests look at it.
type mapDoc struct {
	Name, Glyphs, Sprite string
	Sources              map[string]struct {
		Type, Attribution string
		Tiles             []string
		TileSize          int
	}
	Layers []struct {
		ID, Type, Source string
		SourceLayer      string `json:"source-layer"`
		Layout           map[string]json.RawMessage
	}
}

func (m *mapDoc) drawn(source string) (layers []string) {
	for _, l := range m.Layers {
		if l.Source == source && !slices.Contains(layers, l.SourceLayer) {
			layers = append(layers, l.SourceLayer)
		}
	}
	slices.Sort(layers)
	return layers
}

// vectorArchive writes an archive with one empty tile and the layers.
func vectorArchive(t testing.TB, path string, bounds []float64, attribution string, layers ...string) {
	t.Helper()
	doc := tiler.TileJSON{Name: "街道", Attribution: attribution, MaxZoom: 5, Bounds: bounds}
	for _, l := range layers {
		doc.VectorLayers = append(doc.VectorLayers, tiler.VectorLayer{ID: l, Fields: map[string]string{"name": "String"}})
	}
	var out bytes.Buffer
	if _, err := pmtiles.Write(&out, &doc, "1", func(yield func(pmtiles.Tile, error) bool) {
		yield(pmtiles.Tile{ID: tiler.ID{Z: 5, X: 26, Y: 12}, Body: tiler.Gzip(nil, basemapPlain, 9)}, nil)
	}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

var everywhere = []float64{-180, -85, 180, 85}

func openMaps(t testing.TB) *desk {
	t.Helper()
	dir := t.TempDir()
	vectorArchive(t, filepath.Join(dir, "a-elsewhere.pmtiles"), []float64{-10, -10, -9, -9}, "Nobody", "roads")
	vectorArchive(t, filepath.Join(dir, "b-ours.pmtiles"), everywhere, `<a href="x">© OpenStreetMap</a> contributors <script>`, "base_roads", "base_water", "base_places", "base_pois", "base_green", "base_buildings", "base_rail")
	vectorArchive(t, filepath.Join(dir, "c-others.pmtiles"), everywhere, "A &amp; B", "roads", "water", "landuse", "boundaries")
	maps, err := basemaps.NewCatalogue(context.Background(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := maps.Close(); err != nil {
			t.Error(err)
		}
	})
	return withLetters(t, api.Options{Basemaps: maps, MapApproval: "GS(2026)<1>号"})
}

func TestAMapsStylePutsTheCityOnTheBasemapThatHasIt(t *testing.T) {
	t.Parallel()
	d := openMaps(t)
	for _, c := range []struct {
		path  string
		under string // of the basemap
		base  string // the city's own base layers that are drawn
	}{
		{"light", "b-ours", ""},
		{"dark", "b-ours", ""},
		{"imagery", "", "base_buildings base_green base_roads base_water"},
		{"blank", "", ""},
		{"blank.json?theme=dark", "", ""},
		{"light.json?basemap=c-others", "c-others", "base_buildings"},
		{"dark.json?basemap=a-elsewhere", "a-elsewhere", "base_buildings base_green base_water"},
		{"light.json?basemap=city", "city", ""},
		{"imagery.json?theme=dark", "", "base_buildings base_green base_roads base_water"},
	} {
		path := "/styles/" + c.path
		if !strings.Contains(path, ".json") {
			path += ".json"
		}
		var doc mapDoc
		d.get(t, path).read(t, &doc)
		source, ok := doc.Sources["basemap"]
		if ok != (c.under != "") || (ok && (source.Type != "vector" || source.Tiles[0] != "http://wanmi.example/basemaps/"+c.under+"/{z}/{x}/{y}.mvt")) {
			t.Errorf("%s: %+v", path, doc.Sources)
		}
		if doc.Glyphs != "http://wanmi.example/fonts/{fontstack}/{range}.pbf" || doc.Sprite != "http://wanmi.example/sprites/wanmi" {
			t.Errorf("%s: %q %q", path, doc.Glyphs, doc.Sprite)
		}
		drawn := doc.drawn("city")
		base := slices.DeleteFunc(slices.Clone(drawn), func(name string) bool { return !strings.HasPrefix(name, "base_") })
		if strings.Join(base, " ") != c.base || !slices.Contains(drawn, "cells") || !slices.Contains(drawn, "components") {
			t.Errorf("%s draws %v of the city", path, drawn)
		}
		ids := map[string]bool{}
		for _, l := range doc.Layers {
			if ids[l.ID] {
				t.Errorf("%s: two layers %s", path, l.ID)
			}
			ids[l.ID] = true
			if font := string(l.Layout["text-font"]); l.Layout["text-field"] != nil && font != `["Go Regular"]` {
				t.Errorf("%s: %s is lettered with %s", path, l.ID, font)
			}
		}
		said := doc.Sources["city"].Attribution
		if !strings.Contains(said, "审图号：GS(2026)&lt;1&gt;号") {
			t.Errorf("%s: %q", path, said)
		}
	}
}

func TestABasemapOfAnotherMakerIsDrawnByItsOwnLayers(t *testing.T) {
	t.Parallel()
	d := openMaps(t)
	var ours, others mapDoc
	d.get(t, "/styles/light.json").read(t, &ours)
	d.get(t, "/styles/light.json?basemap=c-others").read(t, &others)
	if got := ours.drawn("basemap"); !slices.Equal(got, []string{"base_buildings", "base_green", "base_places", "base_pois", "base_rail", "base_roads", "base_water"}) {
		t.Errorf("ours: %v", got)
	}
	if got := others.drawn("basemap"); !slices.Equal(got, []string{"landuse", "roads", "water"}) {
		t.Errorf("another's: %v", got)
	}
	if said := ours.Sources["basemap"].Attribution; said != "© OpenStreetMap contributors (ODbL 1.0)" {
		t.Errorf("%q", said)
	}
	if said := others.Sources["basemap"].Attribution; said != "A &amp; B" {
		t.Errorf("%q", said)
	}
}

func TestIconsOfAMapAreOnTheSheet(t *testing.T) {
	t.Parallel()
	d := openMaps(t)
	var places map[string]sprites.Place
	d.get(t, "/sprites/wanmi.json").read(t, &places)
	var doc mapDoc
	d.get(t, "/styles/light.json").read(t, &doc)
	found := 0
	for _, l := range doc.Layers {
		for word := range strings.SplitSeq(string(l.Layout["icon-image"]), `"`) {
			if strings.HasPrefix(word, "component-") || strings.HasPrefix(word, "poi-") {
				found++
				if _, ok := places[word]; !ok {
					t.Errorf("%s is not on the sheet", word)
				}
			}
		}
	}
	if found < 30 {
		t.Errorf("%d icons", found)
	}
}

func TestBadMapStylesAreRefused(t *testing.T) {
	t.Parallel()
	d := openMaps(t)
	for _, c := range []refusal{
		{"/styles/light.json?basemap=nowhere", 404, "not-found", "basemap"},
		{"/styles/light.json?theme=dark", 400, "malformed", "theme"},
		{"/styles/blank.json?basemap=b-ours", 400, "malformed", "basemap"},
		{"/styles/blank.json?theme=pink", 400, "malformed", "theme"},
		{"/styles/imagery.json?basemap=b-ours", 400, "malformed", "basemap"},
	} {
		d.refuses(t, c)
	}
	open(t, townPlan{}).refuses(t, refusal{"/styles/dark.json?basemap=b-ours", 404, "not-found", "basemap"})
	var doc mapDoc
	open(t, townPlan{}).get(t, "/styles/dark.json").read(t, &doc)
	if doc.Glyphs != "" || doc.Sources["basemap"].Tiles[0] != "http://wanmi.example/basemaps/city/{z}/{x}/{y}.mvt" || len(doc.Layers) < 5 {
		t.Errorf("without basemaps and fonts: %+v", doc.Sources)
	}
}
