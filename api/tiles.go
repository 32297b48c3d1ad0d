package api

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/tiler"
)

func typeOf(v any) reflect.Type { return reflect.TypeOf(v) }

const (
	typeMVT  = "application/vnd.mapbox-vector-tile"
	typeJSON = "application/json"
)

// tileRoutes serves vector tiles and their descriptions.
func (s *server) tileRoutes(e *echo.Echo, api huma.API) {
	e.GET("/tiles/:layers/:z/:x/:file", s.tile)
	e.GET("/tiles/:file", s.tileJSON)
	e.GET("/tiles.json", s.catalogue)
	path := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "path", Description: doc, Required: true, Schema: &huma.Schema{Type: "string"}}
	}
	s.doc.AddOperation(&huma.Operation{
		OperationID: "get-tile", Method: http.MethodGet, Path: "/tiles/{layers}/{z}/{x}/{y}.mvt", Tags: []string{"maps"},
		Summary: "A vector tile (MVT 2.1) of one or several layers",
		Parameters: []*huma.Param{
			path("layers", "Layer names separated by commas"), path("z", "0 to 22"), path("x", "0 to 2^z − 1"), path("y", "0 to 2^z − 1"),
			queryParam("columns", "Attributes to write, separated by commas; default all. Below zoom 14 components have count_… by category", "string", false),
			queryParam("kind", "component, the only kind whose categories filter tiles", "string", false),
			queryParam("category", "Codes of components' categories or how they begin, separated by commas", "string", false),
			queryParam("state", "Of components and resources", "string", false),
			queryParam("unit", "Owner, maintainer or authority of components; the unit of zones and resources", "string", false),
			queryParam("zone", "Of the cell that holds a feature's position; likewise the next three", "string", false),
			queryParam("community", "", "string", false),
			queryParam("street", "", "string", false),
			queryParam("district", "", "string", false),
		},
		Responses: map[string]*huma.Response{
			"200": {Description: "The tile", Content: map[string]*huma.MediaType{typeMVT: {}}},
			"204": {Description: "Nothing is here"}, "304": {Description: "Not changed"}, "default": problemResponse(api),
		},
	})
	s.doc.AddOperation(&huma.Operation{
		OperationID: "get-tilejson", Method: http.MethodGet, Path: "/tiles/{layers}.json", Tags: []string{"maps"},
		Summary: "TileJSON 3.0 of one or several layers", Parameters: []*huma.Param{path("layers", "Layer names separated by commas")},
		Responses: map[string]*huma.Response{"200": {Description: "TileJSON"}, "default": problemResponse(api)},
	})
	s.doc.AddOperation(&huma.Operation{
		OperationID: "get-tile-catalogue", Method: http.MethodGet, Path: "/tiles.json", Tags: []string{"maps"},
		Summary: "The layers there are", Responses: map[string]*huma.Response{"200": {Description: "Catalogue"}, "default": problemResponse(api)},
	})
}

// list splits a comma list and drops repetitions, so that one name a thousand
// times is one name's work. The tiler refuses empty and unknown names.
func list(param, text string) ([]string, error) {
	var names []string
	for name := range strings.SplitSeq(text, ",") {
		if slices.Contains(names, name) {
			continue
		}
		if len(names) == maxNames {
			return nil, &inputError{param, "", fmt.Sprintf("at most %d names", maxNames), errTooMany}
		}
		names = append(names, name)
	}
	return names, nil
}

func (s *server) tile(c echo.Context) error {
	y, ok := strings.CutSuffix(c.Param("file"), ".mvt")
	if !ok {
		return &inputError{"y", c.Param("file"), "a tile's name ends with .mvt", errNotFound}
	}
	id, err := tiler.ParseID(c.Param("z"), c.Param("x"), y)
	if err != nil {
		return err
	}
	layers, err := list("layers", c.Param("layers"))
	if err != nil {
		return err
	}
	params, err := parameters(c, tileWords...)
	if err != nil {
		return err
	}
	var options tiler.Options
	if columns, ok := params.find("columns"); ok {
		options.Columns = []string{}
		if columns != "" {
			if options.Columns, err = list("columns", columns); err != nil {
				return err
			}
		}
	}
	filter, err := tileFilter(&params)
	if err != nil {
		return err
	}
	snap := s.live.Current()
	source, err := tileSource{snap}.filtered(&filter, layers)
	if err != nil {
		return err
	}
	body, stats, err := tiler.Encode(nil, source, layers, id, options)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("X-City-Version", strconv.FormatInt(snap.City.Version, 10))
	if stats.Dropped > 0 {
		h.Set("X-Features-Dropped", strconv.Itoa(stats.Dropped))
	}
	if stats.Total > 0 {
		h.Set("X-Tile-Thinned", fmt.Sprintf("%d/%d", stats.Kept, stats.Total))
	}
	if len(body) == 0 {
		h.Set("Cache-Control", "no-cache")
		return c.NoContent(http.StatusNoContent)
	}
	return sendCompressed(c, typeMVT, body)
}

func (s *server) tileJSON(c echo.Context) error {
	names, ok := strings.CutSuffix(c.Param("file"), ".json")
	if !ok {
		return &inputError{"layers", c.Param("file"), "a description's name ends with .json", errNotFound}
	}
	if _, err := parameters(c); err != nil {
		return err
	}
	asked, err := list("layers", names)
	if err != nil {
		return err
	}
	snap := s.live.Current()
	layers, err := tiler.Select(tileSource{snap}.Layers(), asked)
	if err != nil {
		return err
	}
	doc := tiler.NewTileJSON(layers, baseURL(c)+"/tiles/"+strings.Join(asked, ",")+"/{z}/{x}/{y}.mvt")
	doc.Name, doc.Attribution = snap.City.Name, snap.City.Attribution
	doc.Style = styleURL(c, asked)
	return sendJSON(c, doc)
}

func (s *server) catalogue(c echo.Context) error {
	if _, err := parameters(c); err != nil {
		return err
	}
	base := baseURL(c)
	doc := tiler.NewCatalogue(tileSource{s.live.Current()}.Layers(), func(name string) string {
		return base + "/tiles/" + name + ".json"
	})
	for i := range doc.Layers {
		doc.Layers[i].Style = styleURL(c, []string{doc.Layers[i].ID})
	}
	return sendJSON(c, doc)
}

// baseURL is where the client reached the server. Of a proxy on this machine or
// a private network echo takes the word that it was over https.
func baseURL(c echo.Context) string { return c.Scheme() + "://" + c.Request().Host }
