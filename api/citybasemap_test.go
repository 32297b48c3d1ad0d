package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb/encoding/mvt"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

// madeUp opens the demo's town.
func madeUp(t *testing.T, change func(*grids.City), o api.Options) *desk {
	t.Helper()
	city, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(city)
	}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return openSnapshot(t, snap, o)
}

// features reads a tile with a reader that is not ours: by layer, each feature's name,
// class and geometry.
func features(t *testing.T, d *desk, path string) map[string][]string {
	t.Helper()
	r := d.get(t, path)
	if r.status == http.StatusNoContent {
		return nil
	}
	if r.status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, r.status, r.body)
	}
	layers, err := mvt.Unmarshal(r.body)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, l := range layers {
		for _, f := range l.Features {
			out[l.Name] = append(out[l.Name], fmt.Sprint(f.Properties["class"], "|", f.Properties["name"], "|", f.Geometry))
		}
	}
	return out
}

func TestTheCitysOwnBackgroundIsABasemapInTheSchemaOfStreetMaps(t *testing.T) {
	t.Parallel()
	d := madeUp(t, func(c *grids.City) { // the town has no railway
		roads := c.Base[grids.BaseRoads]
		for i := 0; i < len(roads); i += 9 {
			roads[i].Class = "railway"
		}
	}, api.Options{})
	var doc basemaps.TileJSON
	d.get(t, "/basemaps/city.json").read(t, &doc)
	if doc.Tiles[0] != "http://wanmi.example/basemaps/city/{z}/{x}/{y}.mvt" || doc.MinZoom != 8 || doc.MaxZoom != 16 || doc.Attribution == "" {
		t.Errorf("%+v", doc)
	}
	// The oracle: the layers' own tiles, with the words changed by hand.
	words := strings.NewReplacer("arterial|", "primary|", "street|", "tertiary|", "lane|", "residential|", "riverside|", "park|")
	others, rails := 0, 0
	at := d.snap.Box(grids.Cells).Center()
	for z := uint8(8); z <= 16; z++ {
		id := tileAt(at, z)
		own := features(t, d, fmt.Sprintf("/tiles/base_roads,base_water,base_green,base_buildings/%v.mvt", id))
		want := map[string][]string{}
		for layer, list := range own {
			for _, f := range list {
				if strings.HasPrefix(f, "railway|") {
					want["base_rail"] = append(want["base_rail"], "rail"+strings.TrimPrefix(f, "railway"))
					rails++
					continue
				}
				want[layer] = append(want[layer], words.Replace(f))
				others++
			}
		}
		got := features(t, d, fmt.Sprintf("/basemaps/city/%v.mvt", id))
		for _, layer := range []string{"base_roads", "base_water", "base_green", "base_buildings", "base_rail"} {
			slices.Sort(got[layer])
			slices.Sort(want[layer])
			if !slices.Equal(got[layer], want[layer]) {
				t.Errorf("%v %s: %d features, %d wanted: %.200v %.200v", id, layer, len(got[layer]), len(want[layer]), got[layer], want[layer])
			}
		}
	}
	if others < 100 || rails == 0 {
		t.Errorf("%d features and %d rails were compared", others, rails)
	}
}

func TestTheCitysOwnBasemapIsKeptLikeItsTiles(t *testing.T) {
	t.Parallel()
	d := madeUp(t, nil, api.Options{})
	path := fmt.Sprintf("/basemaps/city/%v", tileAt(d.snap.Box(grids.Cells).Center(), 15))
	first := d.get(t, path+".mvt", "Accept-Encoding", "gzip")
	if first.status != http.StatusOK || first.header.Get("Content-Encoding") != "gzip" || first.header.Get("Content-Type") != "application/vnd.mapbox-vector-tile" {
		t.Fatalf("%d %v", first.status, first.header)
	}
	if again := d.get(t, path+".pbf", "Accept-Encoding", "gzip", "If-None-Match", first.header.Get("ETag")); again.status != http.StatusNotModified {
		t.Errorf("again: %d", again.status)
	}
	d.refuses(t, refusal{path + ".png", 404, "not-found", "ext"})
	if r := d.get(t, "/basemaps/city/15/0/0.mvt"); r.status != http.StatusNoContent {
		t.Errorf("elsewhere: %d", r.status)
	}
}

func TestACityWithoutABackgroundHasNoBasemap(t *testing.T) {
	t.Parallel()
	d := madeUp(t, func(c *grids.City) { c.Base = nil }, api.Options{})
	var list api.BasemapList
	d.get(t, "/basemaps.json").read(t, &list)
	if list.Basemaps == nil || len(list.Basemaps) != 0 {
		t.Errorf("%+v", list)
	}
	d.refuses(t, refusal{"/basemaps/city/15/0/0.mvt", 404, "not-found", "id"})
	d.refuses(t, refusal{"/styles/light.json?basemap=city", 404, "not-found", "basemap"})
	var doc mapDoc
	d.get(t, "/styles/light.json").read(t, &doc)
	if _, ok := doc.Sources["basemap"]; ok {
		t.Errorf("%+v", doc.Sources)
	}
}
