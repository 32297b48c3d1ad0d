package detect

import (
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// withGrid gives a city a grid of its own, turned by 30° about its centre.
func withGrid(tb testing.TB, city *grids.City) *grids.Snapshot {
	tb.Helper()
	s, err := indexed(city)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func indexed(city *grids.City) (*grids.Snapshot, error) {
	tm := city.Plane
	grid, err := crs.NewGrid(tm, [6]float64{0.8, -0.6, 50_000, 0.6, 0.8, 30_000})
	if err != nil {
		return nil, err
	}
	city.Grid = &grid
	return grids.NewSnapshot(city, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
}

var townOnce = sync.OnceValues(func() (*grids.Snapshot, error) {
	city, err := demo.Town(1)
	if err != nil {
		return nil, err
	}
	return indexed(city)
})

func town(tb testing.TB) *grids.Snapshot {
	tb.Helper()
	s, err := townOnce()
	if err != nil {
		tb.Fatal(err)
	}
	return s
}
