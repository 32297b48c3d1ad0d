package heatmap_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/api/heatmap"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// oneCell is a city of one cell.
func oneCell() *grids.Snapshot {
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
	return snap
}

// A table of patrol hours, of which a row names a cell that the city has not.
func ExampleReadPatrolHours() {
	_, err := heatmap.ReadPatrolHours(strings.NewReader("cell,from,to,hours\n"+
		"990104001001001,2026-01-01,2026-02-01,31.5\n"+
		"990104001001002,2026-01-01,2026-02-01,8\n"), oneCell())
	fmt.Println(err)
	// Output:
	// line 3: 990104001001002: the city has no such code in cells
}

// The routes of a server that keeps no cases say so, those of WMTS in OGC's words.
func ExampleRoutes() {
	log := slog.New(slog.DiscardHandler)
	r := web.NewRouter(web.RouterOptions{Log: log, Otherwise: heatmap.WMTSErrors(log)})
	heatmap.Routes(r.Echo, r.API, heatmap.Host{Live: grids.NewLive(oneCell()), Log: log})
	for _, target := range []string{"/heat.json", "/wmts?SERVICE=WMTS&REQUEST=GetCoverage"} {
		w := httptest.NewRecorder()
		r.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil)) //nolint:noctx // an example
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 404 {"type":"urn:wanmi:problem:not-found","title":"not found","status":404,"detail":"heat: this server has no cases to show","code":"not-found","errors":[{"location":"heat","message":"this server has no cases to show"}]}
	// 501 <?xml version="1.0" encoding="UTF-8"?>
	// <ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" version="1.1.0" xml:lang="en"><ows:Exception exceptionCode="OperationNotSupported" locator="REQUEST"><ows:ExceptionText>REQUEST is &#34;GetCoverage&#34;: there are GetCapabilities and GetTile</ows:ExceptionText></ows:Exception></ows:ExceptionReport>
}
