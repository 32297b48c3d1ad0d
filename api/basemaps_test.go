package api_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/pmtiles"
	"github.com/wanmi-gis/wanmi/tiler"
)

// basemapPlain is a vector tile with an empty layer roads.
var basemapPlain = []byte("\x1a\x09\x0a\x05roads\x78\x02")

func openBasemaps(t testing.TB) (d *desk, dir string, maps *basemaps.Catalogue) {
	t.Helper()
	dir = t.TempDir()
	var out bytes.Buffer
	doc := tiler.TileJSON{Name: "街道", Attribution: "© OpenStreetMap contributors", MaxZoom: 5, VectorLayers: []tiler.VectorLayer{{ID: "roads", Fields: map[string]string{}}}}
	if _, err := pmtiles.Write(&out, &doc, "1", func(yield func(pmtiles.Tile, error) bool) {
		yield(pmtiles.Tile{ID: tiler.ID{Z: 5, X: 26, Y: 12}, Body: tiler.Gzip(nil, basemapPlain, 9)}, nil)
	}); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string][]byte{"街 道.pmtiles": out.Bytes(), "broken.pmtiles": out.Bytes()[:200]} {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	maps, err := basemaps.NewCatalogue(context.Background(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := maps.Close(); err != nil {
			t.Error(err)
		}
	})
	return openWith(t, api.Options{Basemaps: maps}), dir, maps
}

const basemapURL = "/basemaps/%E8%A1%97%20%E9%81%93"

func TestBasemapsAreListedDescribedAndServed(t *testing.T) {
	t.Parallel()
	d, _, _ := openBasemaps(t)
	var list api.BasemapList
	d.get(t, "/basemaps.json").read(t, &list)
	if len(list.Basemaps) != 2 || len(list.Refused) != 1 || list.Basemaps[0].ID != "city" {
		t.Fatalf("%+v", list)
	}
	b, refused := list.Basemaps[1], list.Refused[0]
	if b.ID != "街 道" || b.Type != "mvt" || b.Attribution == "" || b.TileJSON != "http://wanmi.example"+basemapURL+".json" {
		t.Errorf("%+v", b)
	}
	if refused.File != "broken.pmtiles" || !strings.Contains(refused.Reason, "byte") {
		t.Errorf("%+v", refused)
	}
	var doc basemaps.TileJSON
	d.get(t, basemapURL+".json").read(t, &doc)
	if doc.Tiles[0] != "http://wanmi.example"+basemapURL+"/{z}/{x}/{y}.mvt" || doc.Name != "街道" || !strings.Contains(string(doc.VectorLayers), "roads") {
		t.Errorf("%+v", doc)
	}

	packed := d.get(t, basemapURL+"/5/26/12.mvt", "Accept-Encoding", "gzip")
	if packed.status != http.StatusOK || packed.header.Get("Content-Encoding") != "gzip" || packed.header.Get("Content-Type") != "application/vnd.mapbox-vector-tile" {
		t.Fatalf("%d %v", packed.status, packed.header)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r); err != nil || !bytes.Equal(body, basemapPlain) {
		t.Errorf("%q, %v", body, err)
	}
	plain := d.get(t, basemapURL+"/5/26/12.pbf")
	if !bytes.Equal(plain.body, basemapPlain) || plain.header.Get("Content-Encoding") != "" || plain.header.Get("ETag") == packed.header.Get("ETag") {
		t.Errorf("%q, %v", plain.body, plain.header)
	}
	if again := d.get(t, basemapURL+"/5/26/12.mvt", "Accept-Encoding", "gzip", "If-None-Match", packed.header.Get("ETag")); again.status != http.StatusNotModified {
		t.Errorf("the same tile again: %d", again.status)
	}
}

func TestBasemapsThatAreNotThereSayWhy(t *testing.T) {
	t.Parallel()
	d, dir, maps := openBasemaps(t)
	for target, want := range map[string]int{
		basemapURL + "/5/26/13.mvt":            http.StatusNoContent,
		basemapURL + "/9/1/1.mvt":              http.StatusNoContent,
		basemapURL + "/5/26/12.png":            http.StatusNotFound,
		basemapURL + "/5/26/12":                http.StatusNotFound,
		basemapURL + "/5/99/12.mvt":            http.StatusBadRequest,
		basemapURL + "/99/1/1.mvt":             http.StatusBadRequest,
		basemapURL + "/5/x/12.mvt":             http.StatusBadRequest,
		basemapURL + "/5/26/12.mvt?style=dark": http.StatusBadRequest,
		"/basemaps/none.json":                  http.StatusNotFound,
		"/basemaps/none/5/26/12.mvt":           http.StatusNotFound,
		"/basemaps/broken/5/26/12.mvt":         http.StatusNotFound,
		"/basemaps/..%2f..%2fetc/0/0/0.png":    http.StatusNotFound,
		"/basemaps/street":                     http.StatusNotFound,
		"/basemaps.json?x=1":                   http.StatusBadRequest,
	} {
		if got := d.get(t, target); got.status != want {
			t.Errorf("%s: %d, want %d: %s", target, got.status, want, got.body)
		}
	}
	if err := os.Remove(filepath.Join(dir, "街 道.pmtiles")); err != nil {
		t.Fatal(err)
	}
	if err := maps.Look(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := d.get(t, basemapURL+"/5/26/12.mvt"); got.status != http.StatusNotFound {
		t.Errorf("a tile of a removed archive: %d", got.status)
	}
	var list api.BasemapList
	none := open(t, townPlan{})
	none.get(t, "/basemaps.json").read(t, &list)
	if len(list.Basemaps) != 1 || list.Basemaps[0].Format != "city" {
		t.Errorf("a server without a folder: %+v", list)
	}
}
