//go:build proof

package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/importers"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// cambridge imports the city by its mapping, stores it and loads it again.
func cambridge(t *testing.T) *desk {
	t.Helper()
	data := os.Getenv("WANMI_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "shared", "data")
	}
	data = filepath.Join(data, "cambridge-ma")
	if _, err := os.Stat(data); err != nil {
		t.Fatalf("the proof needs the data of Cambridge (WANMI_DATA names the folder above): %v", err)
	}
	mapping, err := importers.ReadMapping(filepath.Join("..", "grids", "testdata", "cambridge", "city.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	city, report, err := importers.Import(t.Context(), mapping, importers.Options{Dir: data})
	if err != nil || city == nil {
		t.Fatalf("import: %v, %v", err, report.Summary())
	}
	path := filepath.Join(t.TempDir(), "cambridge.gpkg")
	if err := cityfile.Create(t.Context(), path, city); err != nil {
		t.Fatal(err)
	}
	if city, err = cityfile.Read(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	live := grids.NewLive(snap)
	return &desk{api.New(api.Options{Live: live, Log: quiet()}), snap, live}
}

// somewhereIn is a position in the box or a tenth beyond.
func somewhereIn(rnd *rand.Rand, b spatial.Box) spatial.Coord {
	w, h := int(b.Max.X-b.Min.X), int(b.Max.Y-b.Min.Y)
	return spatial.Coord{
		X: b.Min.X - int32(w/10) + int32(rnd.IntN(w+w/5)),
		Y: b.Min.Y - int32(h/10) + int32(rnd.IntN(h+h/5)),
	}
}

func TestProof_ThreeDecodersAndACountAgreeOnCambridgesTiles(t *testing.T) {
	d := cambridge(t)
	base := serve(t, d)
	const seed = 2511
	rnd := rand.New(rand.NewPCG(seed, seed))
	tiles := 300
	if testing.Short() {
		tiles = 60
	}
	all := strings.Join(allLayers(), ",")
	var ids []tiler.ID
	var urls []string
	for i := range tiles {
		id, _ := tiler.At(somewhereIn(rnd, d.snap.Box(grids.Cells)), uint8(8+i%11))
		ids, urls = append(ids, id), append(urls, base+tileURL(all, id))
	}
	features, empty := 0, 0
	for i, got := range readWithNode(t, urls) {
		id := ids[i]
		features += d.agrees(t, id, all, got.decoded, holdsCentre)
		r := d.get(t, tileURL(all, id))
		if dropped := r.header.Get("X-Features-Dropped"); dropped != "" {
			t.Errorf("%v: %s features were dropped", id, dropped)
		}
		if r.status == http.StatusNoContent {
			empty++
			continue
		}
		d.agrees(t, id, all, readWithGDAL(t, urls[i]), holdsCentre)
	}
	t.Logf("seed %d: %d tiles, %d of them empty, %d features; orb, @mapbox/vector-tile, GDAL and the count agree", seed, tiles, empty, features)
	if features < 100*tiles || empty > tiles/3 {
		t.Errorf("the tiles prove little: %d features, %d empty", features, empty)
	}
}

func TestProof_GeocodingCambridgeOverHTTPIsTheSnapshots(t *testing.T) {
	d := cambridge(t)
	base := serve(t, d)
	const seed = 2000
	rnd := rand.New(rand.NewPCG(seed, seed))
	seen := map[string]int{}
	code := func(l grids.Layer, i int32) string {
		if i == spatial.None {
			return ""
		}
		return d.snap.Feature(l, i).Code
	}
	for range 2000 {
		at := somewhereIn(rnd, d.snap.Box(grids.Cells))
		want := d.snap.Locate(at)
		var got struct {
			Status                                  string
			Cell, Zone, Community, Street, District struct{ Code string }
		}
		fetch(t, base+"/v1/geocode?"+lonLat(at), &got)
		is := []string{got.Status, got.Cell.Code, got.Zone.Code, got.Community.Code, got.Street.Code, got.District.Code}
		should := []string{
			string(want.Status), code(grids.Cells, want.Cell), code(grids.Zones, want.Zone),
			code(grids.Communities, want.Community), code(grids.Streets, want.Street), code(grids.Districts, want.District),
		}
		if fmt.Sprint(is) != fmt.Sprint(should) {
			t.Fatalf("%v: %v, want %v", at.Point(), is, should)
		}
		seen[got.Status]++
	}
	t.Logf("seed %d: %v", seed, seen)
	if seen["inside"] < 500 || seen["outside"] < 100 || seen["near"] == 0 {
		t.Errorf("the points prove little: %v", seen)
	}
}

func fetch(t *testing.T, url string, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s, %v", url, answer.StatusCode, body, err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatal(err)
	}
}
