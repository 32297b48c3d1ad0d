package cases_test

import (
	"path/filepath"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/storetest"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// opened opens the town's file at a path, made if it is not there.
func opened(t testing.TB, path string, o cases.Options) (*cases.City, *cityfile.Store) {
	t.Helper()
	file, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	city, err := cases.NewCity(t.Context(), file, o)
	if err != nil {
		t.Fatal(err)
	}
	return city, file
}

func created(t testing.TB) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "town.gpkg")
	if err := cityfile.Create(t.Context(), path, storetest.Town()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestACitysFileIsAStoreOfCases(t *testing.T) {
	storetest.Run(t, func(t *testing.T, o cases.Options) cases.Store {
		city, _ := opened(t, created(t), o)
		return city
	})
}
