package api_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/api"
)

// TestABasemapWrittenOverInPlaceIsSaidToComeLater is of an archive that loses its end
// while it is served: a tile of it is 503 for a while, which maps ask for again, and
// the catalogue says what is wrong with the file.
func TestABasemapWrittenOverInPlaceIsSaidToComeLater(t *testing.T) {
	t.Parallel()
	d, dir, maps := openBasemaps(t)
	path, tile := filepath.Join(dir, "街 道.pmtiles"), basemapURL+"/5/26/12.mvt"
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before := d.get(t, tile)
	if err := os.Truncate(path, int64(len(whole)/2)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // before the folder is looked at, and after
		r := d.get(t, tile, "If-None-Match", before.header.Get("ETag"))
		if r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") != "1" || r.header.Get("ETag") != "" || !strings.Contains(string(r.body), "not-ready") {
			t.Fatalf("%d %v %s", r.status, r.header, r.body)
		}
		if err := maps.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var list api.BasemapList
	d.get(t, "/basemaps.json").read(t, &list)
	said := ""
	for _, r := range list.Refused {
		if r.File == "街 道.pmtiles" {
			said = r.Reason
		}
	}
	if !strings.Contains(said, "at byte") || strings.Contains(said, dir) {
		t.Errorf("refused: %+v", list.Refused)
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := maps.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := d.get(t, tile); r.status != http.StatusOK || string(r.body) != string(basemapPlain) {
		t.Errorf("whole again: %d, %q", r.status, r.body)
	}
}
