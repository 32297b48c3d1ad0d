package api

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
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
			web.QueryParam("columns", "Attributes to write, separated by commas; default all. Below zoom 14 components have count_… by category", "string", false),
			web.QueryParam("kind", "component, the only kind whose categories filter tiles of components; or event, of cases", "string", false),
			web.QueryParam("category", "Codes of components' categories or how they begin, separated by commas; of cases with kind", "string", false),
			web.QueryParam("state", "Of components and resources", "string", false),
			web.QueryParam("status", "States of cases, separated by commas; only for the layer cases, as the next four", "string", false),
			web.QueryParam("source", "Of cases, separated by commas: patrol, public, sensor, system", "string", false),
			web.QueryParam("lamp", "Of cases, separated by commas: green, yellow, red, grey", "string", false),
			web.QueryParam("from", "Cases reported from then on (RFC 3339, or a day of the city)", "string", false),
			web.QueryParam("to", "Cases reported before", "string", false),
			web.QueryParam("unit", "Owner, maintainer or authority of components; the unit of zones and resources; units of cases, separated by commas", "string", false),
			web.QueryParam("zone", "Of the cell that holds a feature's position; likewise the next three, a code each", "string", false),
			web.QueryParam("community", "Code of a community", "string", false),
			web.QueryParam("street", "Code of a street", "string", false),
			web.QueryParam("district", "Code of a district", "string", false),
		},
		Responses: map[string]*huma.Response{
			"200": {Description: "The tile", Content: map[string]*huma.MediaType{web.TypeMVT: {}}},
			"204": {Description: "Nothing is here"}, "304": {Description: "Not changed"}, "default": web.ProblemResponse(api),
		},
	})
	s.doc.AddOperation(&huma.Operation{
		OperationID: "get-tilejson", Method: http.MethodGet, Path: "/tiles/{layers}.json", Tags: []string{"maps"},
		Summary: "TileJSON 3.0 of one or several layers", Parameters: []*huma.Param{path("layers", "Layer names separated by commas")},
		Responses: map[string]*huma.Response{"200": {Description: "TileJSON"}, "default": web.ProblemResponse(api)},
	})
	s.doc.AddOperation(&huma.Operation{
		OperationID: "get-tile-catalogue", Method: http.MethodGet, Path: "/tiles.json", Tags: []string{"maps"},
		Summary: "The layers there are", Responses: map[string]*huma.Response{"200": {Description: "Catalogue"}, "default": web.ProblemResponse(api)},
	})
}

// list is a comma list of names. The tiler refuses unknown ones.
func list(param, text string) ([]string, error) {
	names, err := web.List(param, text)
	for _, name := range names {
		if !isName(name) {
			return nil, web.Refuse(param, name, "not a list of names separated by commas", web.ErrMalformed)
		}
	}
	return names, err
}

// isName reports whether a layer or column could be called so.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '_' && c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return s != ""
}

// layerNumbers has the place of each layer in the catalogue, by name.
var layerNumbers = func() map[string]int {
	numbers := map[string]int{}
	for n, l := range grids.MapLayers() {
		numbers[string(l)] = n
	}
	numbers[casesName] = casesLayer
	return numbers
}()

// layerSet reads a comma list of layers. The order asked in is nobody's
// business: a tile has its layers in drawing order.
func layerSet(text string) (set tiler.LayerSet, err error) {
	if n, ok := layerNumbers[text]; ok {
		return 1 << n, nil
	}
	names, err := list("layers", text)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		n, ok := layerNumbers[name]
		if !ok {
			return 0, web.Refuse("layers", name, "there is no such layer; the catalogue lists those there are", tiler.ErrUnknownLayer)
		}
		set |= 1 << n
	}
	return set, nil
}

// layersOf names the layers of a set in drawing order.
func layersOf(set tiler.LayerSet) []string {
	var names []string
	for n, l := range grids.MapLayers() {
		if set&(1<<n) != 0 {
			names = append(names, string(l))
		}
	}
	if set&(1<<casesLayer) != 0 {
		names = append(names, casesName)
	}
	return names
}

// tileAsk is a request for a tile, read.
type tileAsk struct {
	key     tiler.Key
	options tiler.Options
	filter  grids.Filter
	cases   *caseFilter // of the layer of cases, nil where it is not asked for
}

func readTile(c echo.Context) (ask tileAsk, err error) {
	y, ok := strings.CutSuffix(c.Param("file"), ".mvt")
	if !ok {
		return ask, web.Refuse("y", c.Param("file"), "a tile's name ends with .mvt", web.ErrNotFound)
	}
	if ask.key.ID, err = tiler.ParseID(c.Param("z"), c.Param("x"), y); err != nil {
		return ask, err
	}
	if ask.key.Layers, err = layerSet(c.Param("layers")); err != nil {
		return ask, err
	}
	if c.Request().URL.RawQuery == "" {
		return ask, nil
	}
	ofCases := ask.key.Layers&(1<<casesLayer) != 0
	words := tileWords
	if ofCases {
		words = caseTileWords
	}
	params, err := web.Parameters(c, words...)
	if err != nil {
		return ask, err
	}
	if columns, ok := params.Find("columns"); ok {
		if ask.options.Columns, err = readColumns(columns); err != nil {
			return ask, err
		}
		ask.key.Query = "columns=" + strings.Join(ask.options.Columns, ",")
	}
	if ask.filter, err = tileFilter(&params, ofCases); err != nil {
		return ask, err
	}
	ask.key.Query += filterKey(&ask.filter)
	if ofCases {
		if ask.cases, err = readCaseFilter(&params); err != nil {
			return ask, err
		}
		ask.key.Query += ask.cases.key()
	}
	return ask, nil
}

// readColumns reads a list of columns; they are written in the layer's order,
// whatever the order asked in.
func readColumns(text string) ([]string, error) {
	if text == "" {
		return []string{}, nil
	}
	columns, err := list("columns", text)
	slices.Sort(columns)
	return columns, err
}

func (s *server) tile(c echo.Context) error {
	ask, err := readTile(c)
	if err != nil {
		return err
	}
	source, serial := s.scene()
	version := source.snap.City.Version
	t, err := s.tiles.Tile(ask.key, serial, version, func(dst []byte) ([]byte, tiler.Stats, error) {
		layers := layersOf(ask.key.Layers)
		kept, err := source.filtered(&ask.filter, ask.cases, layers)
		if err != nil {
			return dst, tiler.Stats{}, err
		}
		return tiler.Encode(dst, kept, layers, ask.key.ID, ask.options)
	})
	if err != nil {
		return err
	}
	if t.Serial > serial {
		version = t.Version // a later truth, published while this request was read
	}
	h := c.Response().Header()
	h.Set("X-City-Version", strconv.FormatInt(version, 10))
	if t.Stats.Dropped > 0 {
		h.Set("X-Features-Dropped", strconv.Itoa(t.Stats.Dropped))
	}
	if t.Stats.Total > 0 {
		h.Set("X-Tile-Thinned", fmt.Sprintf("%d/%d", t.Stats.Kept, t.Stats.Total))
	}
	h["Cache-Control"] = s.tileCacheControl
	if t.Empty() {
		return c.NoContent(http.StatusNoContent)
	}
	return s.sendTile(c, ask.key, t)
}

// sendTile answers with a tile in the coding that the client wants most, or
// with 304 where it has the tile in one that it wants as much: Brotli, made
// later than the others, is no new tile.
func (s *server) sendTile(c echo.Context, key tiler.Key, t *tiler.Cached) error {
	h, asked := c.Response().Header(), c.Request().Header
	h["Vary"] = varyEncoding
	w := web.AcceptEncoding(asked["Accept-Encoding"])
	best := w.Best(func(coding tiler.Coding) bool {
		return coding != tiler.Brotli || s.tiles.WorthBrotli(key, t)
	})
	if best == tiler.Identity && w[tiler.Identity] == 0 && w[tiler.Brotli] > 0 {
		best = tiler.Brotli // nothing else will do
	}
	body := s.tiles.In(key, t, best)
	if tags := asked["If-None-Match"]; len(tags) > 0 {
		for coding := tiler.GZIP; int(coding) < tiler.Codings; coding++ {
			other := t.Ready(coding)
			if other != nil && best != tiler.Identity && w[coding] == w[best] && web.Matches(tags, other.ETag[0]) {
				body = other
				break
			}
		}
		if web.Matches(tags, body.ETag[0]) {
			h["Etag"] = body.ETag
			return c.NoContent(http.StatusNotModified)
		}
	}
	h["Etag"], h["Content-Length"], h["Content-Type"] = body.ETag, body.Length, mvtType
	if body.Encoding != nil {
		h["Content-Encoding"] = body.Encoding
	}
	r := c.Response()
	r.WriteHeader(http.StatusOK)
	_, err := r.Write(body.Body)
	return err
}

// Headers of every tile; the values are shared.
var (
	varyEncoding = []string{"Accept-Encoding"}
	mvtType      = []string{web.TypeMVT}
)

func (s *server) tileJSON(c echo.Context) error {
	names, ok := strings.CutSuffix(c.Param("file"), ".json")
	if !ok {
		return web.Refuse("layers", c.Param("file"), "a description's name ends with .json", web.ErrNotFound)
	}
	if _, err := web.Parameters(c); err != nil {
		return err
	}
	asked, err := list("layers", names)
	if err != nil {
		return err
	}
	source := s.source()
	snap := source.snap
	layers, err := tiler.Select(source.Layers(), asked)
	if err != nil {
		return err
	}
	doc := tiler.NewTileJSON(layers, web.BaseURL(c)+"/tiles/"+strings.Join(asked, ",")+"/{z}/{x}/{y}.mvt")
	doc.Name, doc.Attribution = snap.City.Name, snap.City.Attribution
	doc.Style = styleURL(c, asked)
	return web.SendJSON(c, doc)
}

func (s *server) catalogue(c echo.Context) error {
	if _, err := web.Parameters(c); err != nil {
		return err
	}
	base := web.BaseURL(c)
	doc := tiler.NewCatalogue(s.source().Layers(), func(name string) string {
		return base + "/tiles/" + name + ".json"
	})
	for i := range doc.Layers {
		doc.Layers[i].Style = styleURL(c, []string{doc.Layers[i].ID})
	}
	return web.SendJSON(c, doc)
}
