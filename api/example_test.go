package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// A city of one cell is asked where a position is.
func ExampleNew() {
	shape, err := spatial.FromOrb(orb.Polygon{{{114.30, 34.78}, {114.31, 34.78}, {114.31, 34.79}, {114.30, 34.79}, {114.30, 34.78}}})
	if err != nil {
		panic(err)
	}
	city := &grids.City{Profile: grids.Profile{TimeZone: time.UTC, NearM: 30, Version: 1}}
	city.Cells = []grids.Cell{{Feature: grids.Feature{FID: 1, Code: "990104001001001", Shape: shape, At: shape.Representative()}}}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		panic(err)
	}
	handler := api.New(api.Options{Live: grids.NewLive(snap), Version: "1.0.0"})

	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/geocode?lon=114.305&lat=34.7801", nil)) //nolint:noctx // an example
	fmt.Println(w.Body)
	// Output:
	// {"position":{"lon":114.3050000,"lat":34.7801000,"crs":"cgcs2000"},"status":"inside","fault":null,"cell":{"code":"990104001001001","border_m":11.09,"across":null},"zone":null,"community":null,"street":null,"district":null,"city_version":1,"valid":{"from":null,"to":null}}
}
