package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/basemaps/upstream"
)

// openUpstreams opens the usual town with maps of another server of every kind.
func openUpstreams(t *testing.T) *desk {
	t.Helper()
	const vector = `{"tilejson": "3.0.0", "tiles": ["TILES/{z}/{x}/{y}.pbf"], "minzoom": 0, "maxzoom": 14, "attribution": "© OpenStreetMap contributors",
		"vector_layers": [{"id": "transportation", "fields": {"class": "String"}}, {"id": "water", "fields": {}}]}`
	var other *httptest.Server
	other = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := map[string]string{"/w": "tianditu_w.xml", "/c": "tianditu_c.xml"}[r.URL.Path]
		switch {
		case name != "":
			body, err := os.ReadFile(filepath.Join("..", "basemaps", "upstream", "testdata", name))
			if err != nil {
				t.Error(err)
			}
			_, _ = w.Write(body)
		case r.URL.Path == "/vector.json":
			_, _ = w.Write([]byte(strings.ReplaceAll(vector, "TILES", other.URL)))
		case strings.HasSuffix(r.URL.Path, ".png"):
			_, _ = w.Write([]byte("\x89PNG\r\n\x1a\n"))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(other.Close)
	source := func(id string, kind upstream.Kind, path string) upstream.Source {
		return upstream.Source{ID: id, Kind: kind, URL: other.URL + path, AllowHTTP: true, AllowAddresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	}
	shifted := source("shifted", upstream.XYZ, "/{z}/{x}/{y}.png")
	shifted.CRS = upstream.GCJ02
	narrow := source("photo", upstream.XYZ, "/{z}/{x}/{y}.jpg")
	narrow.Attribution = "© <b>Office</b> of Surveying"
	quad, degrees := source("wmts", upstream.WMTS, "/w"), source("degrees", upstream.WMTS, "/c")
	degrees.MatrixSet = "c"
	for _, s := range []*upstream.Source{&quad, &degrees} {
		s.Hosts = []string{"t0.tianditu.gov.cn"}
	}
	maps, err := upstream.New(upstream.Options{Sources: []upstream.Source{
		shifted, narrow, quad, degrees, source("vector", upstream.JSON, "/vector.json"), source("unknown", upstream.JSON, "/nothing.json"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := maps.Close(); err != nil {
			t.Error(err)
		}
	})
	maps.Look(t.Context())
	return withLetters(t, api.Options{Upstreams: maps, MapApproval: "GS(2026)0000号"})
}

func TestStylesOfferMapsOfOtherServers(t *testing.T) {
	t.Parallel()
	d := openUpstreams(t)
	for _, c := range []struct{ style, tiles, kind, attribution, drawn string }{
		{"imagery", "photo/{z}/{x}/{y}.jpg", "raster", "© Office of Surveying", ""},
		{"imagery.json?basemap=photo", "photo/{z}/{x}/{y}.jpg", "raster", "© Office of Surveying", ""},
		{"light.json?basemap=photo", "photo/{z}/{x}/{y}.jpg", "raster", "© Office of Surveying", ""},
		{"imagery.json?basemap=wmts&theme=dark", "wmts/{z}/{x}/{y}.png", "raster", "", ""},
		{"light", "vector/{z}/{x}/{y}.mvt", "vector", "© OpenStreetMap contributors (ODbL 1.0)", "transportation water"},
		{"dark.json?basemap=vector", "vector/{z}/{x}/{y}.mvt", "vector", "© OpenStreetMap contributors (ODbL 1.0)", "transportation water"},
	} {
		if !strings.Contains(c.style, ".json") {
			c.style += ".json"
		}
		var doc mapDoc
		d.get(t, "/styles/"+c.style).read(t, &doc)
		source := doc.Sources["basemap"]
		if source.Type != c.kind || source.Attribution != c.attribution || len(source.Tiles) != 1 || source.Tiles[0] != "http://wanmi.example/basemaps/"+c.tiles {
			t.Errorf("%s: %+v", c.style, source)
		}
		if drawn := slices.DeleteFunc(doc.drawn("basemap"), func(l string) bool { return l == "" }); strings.Join(drawn, " ") != c.drawn {
			t.Errorf("%s draws %v", c.style, drawn)
		}
		if said := doc.Sources["city"].Attribution; !strings.Contains(said, "审图号：GS(2026)0000号") {
			t.Errorf("%s: %q", c.style, said)
		}
	}
}

func TestAMapThatCannotLieUnderTheCitySaysWhy(t *testing.T) {
	t.Parallel()
	d := openUpstreams(t)
	var list api.BasemapList
	d.get(t, "/basemaps.json").read(t, &list)
	why := map[string]string{}
	for _, b := range list.Basemaps {
		why[b.ID] = b.CRS + " " + b.Undrawable
		if b.Undrawable == "" && len(b.Replaces) == 0 {
			t.Errorf("%s replaces nothing", b.ID)
		}
	}
	for id, word := range map[string]string{"shifted": "GCJ-02", "degrees": "EPSG:4490"} {
		if strings.Count(why[id], word) != 2 {
			t.Errorf("%s: %q", id, why[id])
		}
		for _, style := range []string{"light", "imagery"} {
			d.refuses(t, refusal{"/styles/" + style + ".json?basemap=" + id, 400, "malformed", "basemap"})
		}
	}
	if len(why) != 6 || why["photo"] != " " || why["wmts"] != " " || why["vector"] != " " || why["city"] != " " {
		t.Errorf("%v", why)
	}
	// What is not known yet may come later.
	if r := d.get(t, "/styles/light.json?basemap=unknown"); r.status < 500 || r.header.Get("Retry-After") == "" {
		t.Errorf("unknown: %d %s", r.status, r.body)
	}
	// The tiles of a shifted picture are those of Web Mercator all the same.
	if r := d.get(t, "/basemaps/shifted/5/26/31.png"); r.status != http.StatusOK {
		t.Errorf("a row of the south: %d", r.status)
	}
}

func TestZonesLieOverAPictureAndUnderAStreetMap(t *testing.T) {
	t.Parallel()
	d := openUpstreams(t)
	at := func(path, id string) int {
		t.Helper()
		var doc mapDoc
		d.get(t, path).read(t, &doc)
		for i, l := range doc.Layers {
			if l.ID == id {
				return i
			}
		}
		t.Fatalf("%s has no %s", path, id)
		return 0
	}
	for _, path := range []string{"/styles/light.json?basemap=city", "/styles/dark.json?basemap=city"} {
		if zones, water := at(path, "zones-area"), at(path, "basemap-base_water-area"); zones > water {
			t.Errorf("%s: zones %d, water %d", path, zones, water)
		}
		if cells, names := at(path, "cells-line"), at(path, "basemap-base_roads-name"); cells > names || cells < at(path, "basemap-base_roads-line") {
			t.Errorf("%s: cells %d, names %d", path, cells, names)
		}
	}
	const photo = "/styles/imagery.json?basemap=photo"
	if zones, picture := at(photo, "zones-area"), at(photo, "basemap-picture"); zones < picture {
		t.Errorf("%s: zones %d, picture %d", photo, zones, picture)
	}
}
