package heatmap

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/sheet"
	"github.com/wanmi-gis/wanmi/api/web"
)

// addHeat adds what tells where cases are, in numbers with a unit.
func (s *server) addHeat(e *echo.Echo, api huma.API) {
	e.GET("/heat.json", s.describe)
	e.GET("/heat/value", s.value)
	e.GET("/heat/areas", s.areas)
	e.GET("/heat/facets", s.facets)
	e.GET("/heat/piles", s.piles)
	e.GET("/heat/export.csv", s.export)
	e.GET("/heat/export.geojson", s.export)
	e.GET("/heat/export.tif", s.raster)
	e.GET("/heat/export.png", s.picture)
	e.GET("/heat/:z/:x/:file", s.tile)
	e.GET("/heat/clusters/:z/:x/:file", s.clusters)

	filter, made, looks := filterParams(), makeParams(), lookParams()
	tile := []*huma.Param{
		{Name: "z", In: "path", Required: true, Description: "0 to 22", Schema: &huma.Schema{Type: "string"}},
		{Name: "x", In: "path", Required: true, Description: "0 to 2^z − 1", Schema: &huma.Schema{Type: "string"}},
		{Name: "y", In: "path", Required: true, Description: "0 to 2^z − 1", Schema: &huma.Schema{Type: "string"}},
	}
	by := func(required bool) *huma.Param {
		return web.QueryParam("by", "cell, zone, community, street, district, hex", "string", required)
	}
	hex := web.QueryParam("hex_m", "With by=hex: metres between opposite sides, 20 to 20,000; default 200", "number", false)
	of := func(kind string) *huma.Response {
		return &huma.Response{Description: "The tile", Content: map[string]*huma.MediaType{kind: {}}}
	}
	file := func(what, kind string) *huma.Response {
		return &huma.Response{Description: what, Content: map[string]*huma.MediaType{kind: {}}}
	}
	for _, op := range []struct {
		id, path, summary, doc string
		params                 []*huma.Param
		ok                     *huma.Response
	}{
		{
			"get-heat", "/heat.json", "What heat means: TileJSON 3.0 with a legend",
			"The colour domain is the filter's, not the view's. Its tiles carry the coding of the legend, so that they stay readable when cases come.",
			slices.Concat(filter, made, looks), web.JSONResponse(api, "TileJSON with legend", HeatDescription{}),
		},
		{
			"get-heat-tile", "/heat/{z}/{x}/{y}.png", "A value tile: the number of each pixel packed into its colour",
			"value = R·r + G·g + B·b − shift by the legend's decode; for MapLibre a raster-dem source of encoding custom. With style a coloured picture of the same numbers.",
			slices.Concat(tile, filter, made, looks), of(web.TypePNG),
		},
		{
			"get-heat-value", "/heat/value", "The density at a place, and what it is made of", "The number is that of the tiles.",
			slices.Concat([]*huma.Param{
				web.QueryParam("lon", "Longitude or easting", "number", true), web.QueryParam("lat", "Latitude or northing", "number", true),
				web.QueryParam("crs", "Default cgcs2000", "string", false), web.QueryParam("limit", "How many cases are told, at most 100; default 10", "integer", false),
			}, filter, made, looks), web.JSONResponse(api, "The value", HeatValue{}),
		},
		{
			"get-heat-clusters", "/heat/clusters/{z}/{x}/{y}.mvt", "Cases as numbers, exact under any filter",
			"A layer clusters of points with count, count_component and count_event: those of a zoom add up to n. From zoom 16 on places says at how many positions the cases of a point lie: 1 is a stack.", slices.Concat(tile, filter), of(web.TypeMVT),
		},
		{
			"get-heat-piles", "/heat/piles", "Positions that hold suspiciously many cases",
			"A geocoder's answer to an address it does not know, a default of a form, the middle of an area. They are found among all cases, whatever is asked for; " +
				"the filter says which of their cases are counted. Each feature says what it is judged by. piles=without anywhere in heat leaves them out.",
			filter, web.JSONResponse(api, "GeoJSON FeatureCollection with totals", HeatPiles{}),
		},
		{
			"get-heat-areas", "/heat/areas", "Cases by area: counts, per km², per component, km of road and hour of patrol", "Rates come with exact Poisson intervals and empirical Bayes estimates; unsure marks what tells next to nothing. The hexagons' outlines: /heat/export.geojson?by=hex.",
			slices.Concat([]*huma.Param{by(true), hex}, filter), web.JSONResponse(api, "The areas", HeatAreas{}),
		},
		{
			"get-heat-facets", "/heat/facets", "The numbers beside every choice of a filter", "How many cases a choice would give, the rest of the filter being as it is; and all cases by time.",
			slices.Concat([]*huma.Param{web.QueryParam("step", "Of the histogram: day, week, month; default the one that fits", "string", false)}, filter),
			web.JSONResponse(api, "The numbers", HeatFacets{}),
		},
		{
			"export-heat-csv", "/heat/export.csv", "The areas or, without by, the nodes of the lattice as a table",
			"Of nodes: longitude, latitude, easting and northing in the city's plane, the value, the same for 30 days, and the cases in the node's square, which in edge mode mass add up to n. With bom=true it begins with a byte order mark.",
			slices.Concat([]*huma.Param{by(false), hex, web.QueryParam("bom", "true or false", "string", false)}, filter, made), file("The table", web.TypeCSV),
		},
		{
			"export-heat-geojson", "/heat/export.geojson", "The areas or, without by, the classes of the legend as features",
			"Of classes: one MultiPolygon each in CGCS2000, with min and max.", slices.Concat([]*huma.Param{by(false), hex}, filter, made, looks), file("The features", web.TypeGeoJSON),
		},
		{
			"export-heat-tif", "/heat/export.tif", "The lattice as a GeoTIFF",
			"float32 in the legend's units, NaN off the ground, in the city's plane; the metadata say filter, period, n, method, version and digest.",
			slices.Concat(filter, made), file("The GeoTIFF", typeTIFF),
		},
		{
			"export-heat-png", "/heat/export.png", "A picture for a report: map, legend, scale, title and footer", "",
			slices.Concat(filter, made, looks, []*huma.Param{
				web.QueryParam("width", fmt.Sprintf("%d to %d pixels; default 1600", sheet.MinSide, sheet.MaxSide), "integer", false),
				web.QueryParam("height", "Likewise; default 1200", "integer", false),
				web.QueryParam("bbox", "west,south,east,north in degrees of CGCS2000; default the whole city", "string", false),
				web.QueryParam("title", fmt.Sprintf("At most %d characters", maxTitle), "string", false), web.QueryParam("lang", "zh or en", "string", false),
				web.QueryParam("borders", "street, none, cell, zone, community or district", "string", false),
			}), file("The picture", web.TypePNG),
		},
	} {
		responses := map[string]*huma.Response{"200": op.ok, "304": {Description: "Not changed"}, "default": web.ProblemResponse(api)}
		if op.params[0] == tile[0] {
			responses["204"] = &huma.Response{Description: "Nothing is here"}
		}
		s.doc.AddOperation(&huma.Operation{
			OperationID: op.id, Method: http.MethodGet, Path: op.path, Tags: []string{"heat"}, Summary: op.summary, Parameters: op.params,
			Description: op.doc + " 503 not-ready with Retry-After while the cases are read after a start.", Responses: responses,
		})
	}
}

func filterParams() []*huma.Param {
	docs := map[string]string{
		"from": "Reported from then on (RFC 3339, or a day of the city)", "to": "Reported before; at most 100 years after from",
		"kind": "component or event", "category": "Codes or how they begin, separated by commas; with kind", "status": "States, separated by commas",
		"source": "patrol, public, sensor, system", "unit": "With whom the case lies", "zone": "Codes of zones, separated by commas: of the case's cell",
		"community": "Codes of communities, likewise", "street": "Codes of streets, likewise", "district": "Codes of districts, likewise",
		"hour": "7-9 is [7, 9) by the city's clocks", "weekday": "1 is Monday; 1-5 is Monday to Friday",
		"piles": "with or without the cases at positions that hold suspiciously many (GET /heat/piles); default with",
	}
	var out []*huma.Param
	for _, w := range filterWords {
		out = append(out, web.QueryParam(w, docs[w], "string", false))
	}
	return out
}

func makeParams() []*huma.Param {
	docs := map[string]string{
		"mode":         "density, rate (over components, roads or patrol hours), difference (of two periods) or sources (log ratio of public over patrol); default density",
		"against_from": "Of the other period; default the one of the same length before", "against_to": "Its end, not in it; with against_from",
		"per": "With mode=rate: component (of the filter's category), road_km or patrol_hour (409 where none are configured)", "bandwidth_m": "Sigma in metres, 5 to 10,000, or auto; default 150",
		"kernel": "gaussian or quartic", "edge": "uniform: an even city is even to its border; mass: the integral is n",
		"quality": "full, or draft for a slider while it moves: numbers are off by at most 1.7 % of the maximum; only with mode=density",
	}
	var out []*huma.Param
	for _, w := range makeWords {
		out = append(out, web.QueryParam(w, docs[w], "string", false))
	}
	return out
}

func lookParams() []*huma.Param {
	docs := map[string]string{
		"style": "A palette: viridis, cividis, inferno, each of these with -reversed (much is dark), or blue-red", "scale": "Of the classes: linear, log, quantile, jenks, head_tail",
		"classes": "2 to 32; default 7", "quantum": "The legend's, with which tiles are written", "shift": "Likewise", "size": "256",
	}
	var out []*huma.Param
	for _, w := range lookWords {
		out = append(out, web.QueryParam(w, docs[w], "string", false))
	}
	return out
}
