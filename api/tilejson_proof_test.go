//go:build proof

package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
)

// TestProof_MapLibreOpensTheTilesByTheirTileJSON lets MapLibre in a browser open
// all layers by one URL from a page of another origin. In the tiles that it asks
// for it must see the features that are in them.
func TestProof_MapLibreOpensTheTilesByTheirTileJSON(t *testing.T) {
	d := demoCity(t)
	url := serve(t, d) + "/tiles/" + strings.Join(allLayers(), ",") + ".json"
	rnd := rand.New(rand.NewPCG(8, 18))
	zooms := []float64{8.5, 10.2, 11.5, 12.5, 13.9, 14.5, 16, 18.7}
	if testing.Short() {
		zooms = []float64{10.2, 16}
	}
	var views [][3]float64
	for _, z := range zooms {
		at := d.snap.Feature(grids.Components, int32(rnd.IntN(d.snap.Count(grids.Components)))).At
		views = append(views, [3]float64{z, at.Lon(), at.Lat()})
	}
	in, err := json.Marshal(map[string]any{"home": serve(t, mapPage()), "url": url, "views": views})
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join("judges", "maplibre.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	// Evaluated rather than run, the script finds its imports from the viewer,
	// whose browser and MapLibre these are.
	node := exec.CommandContext(t.Context(), "node", "--input-type=module", "--eval", string(script))
	node.Dir, node.Stdin, node.Stderr = filepath.Join("..", "viewer", "web"), bytes.NewReader(in), os.Stderr
	answer, err := node.Output()
	if err != nil {
		t.Fatalf("node (20 or later), Chromium and the viewer's packages (make viewer) must be there: %v", err)
	}
	var out struct {
		Wrong []string
		Views []struct {
			Tiles []string
			Seen  map[string]int
			Drawn int
		}
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range out.Wrong {
		t.Error(wrong)
	}
	for i, v := range out.Views {
		want, features := map[string]int{}, 0
		slices.Sort(v.Tiles)
		for _, tile := range slices.Compact(v.Tiles) {
			a := getTile(t, tile)
			if a.body == nil {
				continue
			}
			for layer, fs := range readByTiler(t, a.body) {
				want[layer] += len(fs)
				features += len(fs)
			}
		}
		for layer, n := range want {
			if v.Seen[layer] != n {
				t.Errorf("zoom %v: MapLibre sees %d %s in the tiles, %d are there", zooms[i], v.Seen[layer], layer, n)
			}
		}
		t.Logf("zoom %v: %d tiles with %d features in %d layers; %d drawn", zooms[i], len(v.Tiles), features, len(want), v.Drawn)
		if features == 0 || v.Drawn == 0 {
			t.Errorf("zoom %v at %v, %v: nothing to see", zooms[i], views[i][1], views[i][2])
		}
	}
}

// mapPage serves a page with MapLibre, as the viewer has it installed, and no
// map yet.
func mapPage() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(filepath.Join("..", "viewer", "web", "node_modules", "maplibre-gl", "dist"))))
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!doctype html><link rel="stylesheet" href="maplibre-gl.css"><div id="map" style="width:900px;height:600px"></div>
			<script type="module">
				import * as maplibre from './maplibre-gl.mjs'
				maplibre.setWorkerUrl(new URL('maplibre-gl-worker.mjs', location).href)
				window.maplibre = maplibre
			</script>`)
	})
	return mux
}

// TestProof_TileJSONIsAsVersion3Says holds the description of every layer, and of
// all, against what TileJSON 3.0.0 says of each member, in its text as in its
// schema.
func TestProof_TileJSONIsAsVersion3Says(t *testing.T) {
	for name, open := range proofCities {
		d := open(t)
		for _, layers := range append(allLayers(), strings.Join(allLayers(), ",")) {
			var doc map[string]any
			d.get(t, "/tiles/"+layers+".json").read(t, &doc)
			for _, fault := range tileJSONFaults(doc, strings.Split(layers, ",")) {
				t.Errorf("%s, %s: %s", name, layers, fault)
			}
		}
		for _, fault := range tileJSONFaults(map[string]any{"tilejson": "3", "bounds": []any{1.0}}, []string{"cells"}) {
			t.Log("found in a bad one, as it should: ", fault)
		}
		if len(tileJSONFaults(map[string]any{}, nil)) < 3 {
			t.Error("an empty document passes")
		}
		box := d.snap.Box(grids.Cells)
		var doc struct{ Bounds [4]float64 }
		d.get(t, "/tiles/cells.json").read(t, &doc)
		if want := [4]float64{box.Min.Lon(), box.Min.Lat(), box.Max.Lon(), box.Max.Lat()}; doc.Bounds != want {
			t.Errorf("%s: bounds %v, want %v", name, doc.Bounds, want)
		}
	}
}

var semver = regexp.MustCompile(`^\d+\.\d+\.\d+\w?[\w\d]*$`)

func tileJSONFaults(doc map[string]any, layers []string) (faults []string) {
	fail := func(ok bool, fault string) {
		if !ok {
			faults = append(faults, fault)
		}
	}
	version, _ := doc["tilejson"].(string)
	fail(version == "3.0.0" && semver.MatchString(version), "tilejson is not 3.0.0")
	tiles, _ := doc["tiles"].([]any)
	fail(len(tiles) > 0, "no tiles")
	for _, one := range tiles {
		url, _ := one.(string)
		fail(strings.Contains(url, "{z}") && strings.Contains(url, "{x}") && strings.Contains(url, "{y}") && strings.HasPrefix(url, "http"), "not the template of a URL")
	}
	for _, member := range []string{"name", "attribution", "description", "legend", "template", "scheme", "version"} {
		if v, there := doc[member]; there {
			text, ok := v.(string)
			fail(ok, member+" is no text")
			fail(member != "version" || semver.MatchString(text), "version is none")
			fail(member != "scheme" || text == "xyz" || text == "tms", "scheme is neither xyz nor tms")
		}
	}
	low, high := 0, 30
	zoom := func(of map[string]any, member string, otherwise int) int {
		v, there := of[member]
		if !there {
			return otherwise
		}
		z, ok := v.(float64)
		fail(ok && z == float64(int(z)) && z >= 0 && z <= 30, member+" is no zoom")
		return int(z)
	}
	low, high = zoom(doc, "minzoom", low), zoom(doc, "maxzoom", high)
	fail(low <= high, "minzoom above maxzoom")
	west, south, east, north := -180.0, -85.051128779806590, 180.0, 85.0511287798065923
	if v, there := doc["bounds"]; there {
		b := numbers(v)
		if fail(len(b) == 4, "bounds are not four numbers"); len(b) == 4 {
			fail(b[0] >= west && b[1] >= south && b[2] <= east && b[3] <= north && b[0] <= b[2] && b[1] <= b[3], "bounds are not west, south, east, north")
			west, south, east, north = b[0], b[1], b[2], b[3]
		}
	}
	if v, there := doc["center"]; there {
		c := numbers(v)
		if fail(len(c) == 3, "center is not three numbers"); len(c) == 3 {
			fail(c[0] >= west && c[0] <= east && c[1] >= south && c[1] <= north, "center outside of bounds")
			fail(c[2] >= float64(low) && c[2] <= float64(high) && c[2] == float64(int(c[2])), "center has no zoom of the tiles")
		}
	}
	described, _ := doc["vector_layers"].([]any)
	var ids []string
	for _, one := range described {
		l, _ := one.(map[string]any)
		id, ok := l["id"].(string)
		fail(ok, "a layer without id")
		ids = append(ids, id)
		fields, ok := l["fields"].(map[string]any)
		fail(ok, id+" has no fields")
		for field, kind := range fields {
			_, ok := kind.(string)
			fail(ok, id+": "+field+" is not described by a text")
		}
		from, to := zoom(l, "minzoom", low), zoom(l, "maxzoom", high)
		fail(from >= low && from <= to && to <= high, id+" has zooms that the tiles have not")
	}
	slices.Sort(ids)
	fail(described != nil && slices.Equal(ids, slices.Sorted(slices.Values(layers))), "vector_layers are not those asked for")
	return faults
}

// numbers reads a list of numbers, nil where it is none.
func numbers(v any) (out []float64) {
	list, _ := v.([]any)
	for _, one := range list {
		n, ok := one.(float64)
		if !ok {
			return nil
		}
		out = append(out, n)
	}
	return out
}
