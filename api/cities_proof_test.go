//go:build proof

package api_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/demo/demofile"
	"github.com/wanmi-gis/wanmi/grids/importers"
)

// proofCities are the cities that proofs of the API go over: one made up, whose
// file make bench shares, and two real ones.
var proofCities = map[string]func(*testing.T) *desk{
	"demo": demoCity, "Cambridge": cambridge,
	"San Francisco": func(t *testing.T) *desk { return imported(t, "sanfrancisco", "sf") },
}

func demoCity(t *testing.T) *desk {
	t.Helper()
	return served(t, demofile.Path(t, ".."))
}

func cambridge(t *testing.T) *desk {
	t.Helper()
	return imported(t, "cambridge", "cambridge-ma")
}

// imported imports a city by its mapping, stores it and loads it again.
func imported(t *testing.T, mapping, folder string) *desk {
	t.Helper()
	data := os.Getenv("WANMI_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "shared", "data")
	}
	data = filepath.Join(data, folder)
	if _, err := os.Stat(data); err != nil {
		t.Fatalf("the proof needs the data of %s (WANMI_DATA names the folder above): %v", mapping, err)
	}
	m, err := importers.ReadMapping(filepath.Join("..", "grids", "testdata", mapping, "city.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	city, report, err := importers.Import(t.Context(), m, importers.Options{Dir: data})
	if err != nil || city == nil {
		t.Fatalf("import: %v, %v", err, report.Summary())
	}
	return served(t, stored(t, city))
}

func stored(t *testing.T, city *grids.City) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "city.gpkg")
	if err := cityfile.Create(t.Context(), path, city); err != nil {
		t.Fatal(err)
	}
	return path
}

func served(t *testing.T, path string) *desk {
	t.Helper()
	city, err := cityfile.Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	live := grids.NewLive(snap)
	return &desk{api.New(api.Options{Live: live, Log: quiet()}), snap, live}
}
