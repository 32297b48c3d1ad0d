package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/tiler"
)

// OGC API – Tiles 1.0 (OGC 20-057) under /ogc: the same tiles as under /tiles,
// described so that programs which know the standard find them by themselves.
// Documents are JSON, tiles MVT.

// ogcLink is a link as OGC's documents have them.
type ogcLink struct {
	Href      string `json:"href"`
	Rel       string `json:"rel"`
	Type      string `json:"type,omitempty"`
	Title     string `json:"title,omitempty"`
	Templated bool   `json:"templated,omitempty"`
}

// Relations that the standard names.
const (
	relOGC            = "http://www.opengis.net/def/rel/ogc/1.0/"
	relTilesetsVector = relOGC + "tilesets-vector"
	relTilingScheme   = relOGC + "tiling-scheme"
	relTilingSchemes  = relOGC + "tiling-schemes"
	crs84             = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
	typeOpenAPI       = "application/vnd.oai.openapi+json;version=3.1"
)

// ogcConformance lists what of the standards is kept.
var ogcConformance = []string{
	"http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/landing-page",
	"http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
	"http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/dataset-tilesets",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/collections-selection",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
	"http://www.opengis.net/spec/tms/2.0/conf/tilematrixset",
	"http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
	"http://www.opengis.net/spec/tms/2.0/conf/tilesetmetadata",
	"http://www.opengis.net/spec/tms/2.0/conf/json-tilesetmetadata",
}

// ogcRoutes adds the paths; xyz answers /tiles/:layers/:z/:x/:file and makes
// every tile.
func (s *server) ogcRoutes(e *echo.Echo, api huma.API, xyz echo.HandlerFunc) {
	const (
		sets, tiles, one = "/ogc/tileMatrixSets", "/ogc/tiles", "/ogc/collections/:collection"
		tile             = "/:tms/:z/:row/:col"
	)
	s.ogcRoute(e, api, "/ogc", "The service: where everything is", s.ogcLanding)
	s.ogcRoute(e, api, "/ogc/conformance", "The parts of the standard that are kept", s.ogcConforms)
	s.ogcRoute(e, api, "/ogc/api", "The description of this API", s.ogcAPI)
	s.ogcRoute(e, api, sets, "The tile matrix sets there are", s.ogcSets)
	s.ogcRoute(e, api, sets+"/:tms", "One tile matrix set", s.ogcSet)
	s.ogcRoute(e, api, tiles, "The tilesets of the whole city", s.ogcTilesets)
	s.ogcRoute(e, api, tiles+"/:tms", "A tileset of the whole city", s.ogcTileset)
	s.ogcTileRoute(e, api, tiles+tile, "A vector tile of the whole city, or of ?collections=", s.ogcTile(xyz))
	s.ogcRoute(e, api, "/ogc/collections", "The layers as collections", s.ogcCollections)
	s.ogcRoute(e, api, one, "One layer", s.ogcCollection)
	s.ogcRoute(e, api, one+"/tiles", "The tilesets of a layer", s.ogcTilesets)
	s.ogcRoute(e, api, one+"/tiles/:tms", "A tileset of a layer", s.ogcTileset)
	s.ogcTileRoute(e, api, one+"/tiles"+tile, "A vector tile of a layer", s.ogcTile(xyz))
}

// ogcWords are the parameters in the paths, as they are described.
var ogcWords = map[string]struct{ name, doc string }{
	"tms": {"tileMatrixSetId", "A tile matrix set, such as WebMercatorQuad"}, "z": {"tileMatrix", "The zoom"},
	"row": {"tileRow", "The row from the north"}, "col": {"tileCol", "The column from the west; .mvt may follow"},
	"collection": {"collectionId", "A layer"},
}

func (s *server) ogcRoute(e *echo.Echo, api huma.API, path, summary string, h echo.HandlerFunc) {
	e.GET(path, h)
	s.describeOGC(path, summary, map[string]*huma.Response{"200": {Description: "JSON"}, "default": web.ProblemResponse(api)},
		web.QueryParam("f", "json, the only form there is", "string", false))
}

func (s *server) ogcTileRoute(e *echo.Echo, api huma.API, path, summary string, h echo.HandlerFunc) {
	e.GET(path, h)
	more := []*huma.Param{
		web.QueryParam("f", "mvt, the only form there is", "string", false),
		web.QueryParam("columns", "As of /tiles", "string", false),
	}
	if !strings.Contains(path, ":collection") {
		more = append(more, web.QueryParam("collections", "Only these layers, separated by commas", "string", false))
	}
	s.describeOGC(path, summary, map[string]*huma.Response{
		"200": {Description: "The tile", Content: map[string]*huma.MediaType{web.TypeMVT: {}}},
		"204": {Description: "Nothing is here"}, "304": {Description: "Not changed"}, "default": web.ProblemResponse(api),
	}, more...)
}

func (s *server) describeOGC(path, summary string, responses map[string]*huma.Response, params ...*huma.Param) {
	parts, id := strings.Split(path, "/"), "ogc"
	for i, part := range parts {
		name, isParam := strings.CutPrefix(part, ":")
		if !isParam {
			if i > 1 {
				id += "-" + part
			}
			continue
		}
		word := ogcWords[name]
		parts[i] = "{" + word.name + "}"
		id += "-" + name
		params = append(params, &huma.Param{Name: word.name, In: "path", Description: word.doc, Required: true, Schema: &huma.Schema{Type: "string"}})
	}
	s.doc.AddOperation(&huma.Operation{
		OperationID: id, Method: http.MethodGet, Path: strings.Join(parts, "/"), Tags: []string{"ogc"},
		Summary: summary, Parameters: params, Responses: responses,
	})
}

// ogcJSON reads the query of a document, which may ask for JSON.
func ogcJSON(c echo.Context) error {
	p, err := web.Parameters(c, "f")
	if err != nil {
		return err
	}
	if f, ok := p.Find("f"); ok && f != "json" && f != web.TypeJSON {
		return web.Refuse("f", f, "there is json", web.ErrMalformed)
	}
	return nil
}

func (s *server) ogcLanding(c echo.Context) error {
	if err := ogcJSON(c); err != nil {
		return err
	}
	base, city := web.BaseURL(c), s.live.Current().City
	return web.SendJSON(c, struct {
		Title       string    `json:"title"`
		Description string    `json:"description"`
		Attribution string    `json:"attribution,omitempty"`
		Links       []ogcLink `json:"links"`
	}{
		city.Name, "The layers of " + city.Name + " as vector tiles (OGC API – Tiles 1.0).", city.Attribution,
		[]ogcLink{
			{Href: base + "/ogc", Rel: "self", Type: web.TypeJSON},
			{Href: base + "/openapi.json", Rel: "service-desc", Type: typeOpenAPI},
			{Href: base + "/ogc/conformance", Rel: "conformance", Type: web.TypeJSON},
			{Href: base + "/ogc/conformance", Rel: relOGC + "conformance", Type: web.TypeJSON},
			{Href: base + "/ogc/collections", Rel: "data", Type: web.TypeJSON},
			{Href: base + "/ogc/collections", Rel: relOGC + "data", Type: web.TypeJSON},
			{Href: base + "/ogc/tiles", Rel: relTilesetsVector, Type: web.TypeJSON},
			{Href: base + "/ogc/tileMatrixSets", Rel: relTilingSchemes, Type: web.TypeJSON},
		},
	})
}

func (s *server) ogcConforms(c echo.Context) error {
	if err := ogcJSON(c); err != nil {
		return err
	}
	return web.SendJSON(c, map[string][]string{"conformsTo": ogcConformance})
}

// ogcAPI leads to the one description of everything.
func (s *server) ogcAPI(c echo.Context) error {
	if err := ogcJSON(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusTemporaryRedirect, web.BaseURL(c)+"/openapi.json")
}

// filledLayers are the layers that have features, in drawing order.
func (s *server) filledLayers() []tiler.Layer {
	return slices.DeleteFunc(s.source().Layers(), func(l tiler.Layer) bool { return l.Count == 0 })
}

// ogcLayers are the layers a path is about: the collection's, or all.
func (s *server) ogcLayers(c echo.Context) ([]tiler.Layer, error) {
	name := c.Param("collection")
	if name == "" {
		return s.filledLayers(), nil
	}
	return tiler.Select(s.source().Layers(), []string{name})
}
