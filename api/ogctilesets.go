package api

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// tileset describes tiles: which there are, where, and what is in them.
type tileset struct {
	Title            string         `json:"title"`
	DataType         string         `json:"dataType"`
	CRS              string         `json:"crs"`
	TileMatrixSetURI string         `json:"tileMatrixSetURI"`
	Limits           []matrixLimits `json:"tileMatrixSetLimits,omitempty"`
	BoundingBox      *boundingBox   `json:"boundingBox,omitempty"`
	Layers           []tilesetLayer `json:"layers,omitempty"`
	Attribution      string         `json:"attribution,omitempty"`
	Links            []ogcLink      `json:"links"`
}

type matrixLimits struct {
	TileMatrix string `json:"tileMatrix"`
	MinTileRow uint32 `json:"minTileRow"`
	MaxTileRow uint32 `json:"maxTileRow"`
	MinTileCol uint32 `json:"minTileCol"`
	MaxTileCol uint32 `json:"maxTileCol"`
}

type boundingBox struct {
	LowerLeft  [2]float64 `json:"lowerLeft"`
	UpperRight [2]float64 `json:"upperRight"`
	CRS        string     `json:"crs"`
}

type tilesetLayer struct {
	ID                string         `json:"id"`
	DataType          string         `json:"dataType"`
	GeometryDimension int            `json:"geometryDimension"`
	MinTileMatrix     string         `json:"minTileMatrix"`
	MaxTileMatrix     string         `json:"maxTileMatrix"`
	PropertiesSchema  map[string]any `json:"propertiesSchema"`
}

// collection is a layer as a collection of OGC API – Common.
type collection struct {
	ID          string    `json:"id"`
	Title       string    `json:"title"`
	Attribution string    `json:"attribution,omitempty"`
	DataType    string    `json:"dataType"`
	Extent      *extent   `json:"extent,omitempty"`
	CRS         []string  `json:"crs"`
	Links       []ogcLink `json:"links"`
}

type extent struct {
	Spatial struct {
		BBox [][4]float64 `json:"bbox"`
		CRS  string       `json:"crs"`
	} `json:"spatial"`
}

// ogcRoot is the path before "/tiles" of what is asked about.
func ogcRoot(c echo.Context) string {
	if name := c.Param("collection"); name != "" {
		return web.BaseURL(c) + "/ogc/collections/" + url.PathEscape(name)
	}
	return web.BaseURL(c) + "/ogc"
}

func (s *server) ogcTilesets(c echo.Context) error {
	if err := ogcJSON(c); err != nil {
		return err
	}
	if _, err := s.ogcLayers(c); err != nil {
		return err
	}
	root := ogcRoot(c) + "/tiles"
	return web.SendJSON(c, struct {
		Tilesets []tileset `json:"tilesets"`
		Links    []ogcLink `json:"links"`
	}{
		[]tileset{{
			Title: s.ogcTitle(c), DataType: "vector", CRS: crs3857, TileMatrixSetURI: matrixSetURI + webMercatorQuad,
			Links: []ogcLink{
				{Href: root + "/" + webMercatorQuad, Rel: "self", Type: web.TypeJSON},
				{Href: web.BaseURL(c) + "/ogc/tileMatrixSets/" + webMercatorQuad, Rel: relTilingScheme, Type: web.TypeJSON},
			},
		}},
		[]ogcLink{{Href: root, Rel: "self", Type: web.TypeJSON}},
	})
}

func (s *server) ogcTitle(c echo.Context) string {
	name := s.live.Current().City.Name
	if layer := c.Param("collection"); layer != "" {
		name += " " + layer
	}
	return name
}

func (s *server) ogcTileset(c echo.Context) error {
	if err := ogcJSON(c); err != nil {
		return err
	}
	if err := knownSet(c); err != nil {
		return err
	}
	layers, err := s.ogcLayers(c)
	if err != nil {
		return err
	}
	base, self := web.BaseURL(c), ogcRoot(c)+"/tiles/"+webMercatorQuad
	doc := tileset{
		Title: s.ogcTitle(c), DataType: "vector", CRS: crs3857, TileMatrixSetURI: matrixSetURI + webMercatorQuad,
		Attribution: s.live.Current().City.Attribution,
		Limits:      limitsOf(layers), BoundingBox: boundsOf(layers),
		Links: []ogcLink{
			{Href: self, Rel: "self", Type: web.TypeJSON},
			{Href: self + "/{tileMatrix}/{tileRow}/{tileCol}.mvt", Rel: "item", Type: web.TypeMVT, Templated: true},
			{Href: base + "/ogc/tileMatrixSets/" + webMercatorQuad, Rel: relTilingScheme, Type: web.TypeJSON},
		},
	}
	if len(layers) > 0 {
		names := strings.Join(layerNames(layers), ",")
		doc.Links = append(doc.Links,
			ogcLink{Href: base + "/tiles/" + names + ".json", Rel: "describedby", Type: web.TypeJSON, Title: "TileJSON"},
			ogcLink{Href: base + "/styles/" + names + ".json", Rel: relOGC + "styles", Type: typeStyle, Title: "MapLibre style"})
	}
	for i := range layers {
		doc.Layers = append(doc.Layers, layerOf(&layers[i]))
	}
	return web.SendJSON(c, doc)
}

func layerNames(layers []tiler.Layer) []string {
	names := make([]string, 0, len(layers))
	for i := range layers {
		names = append(names, layers[i].Name)
	}
	return names
}

func layerOf(l *tiler.Layer) tilesetLayer {
	properties := map[string]any{}
	for _, name := range l.Fields {
		properties[name] = map[string]string{"type": "string"}
	}
	dimension := map[spatial.Kind]int{spatial.Points: 0, spatial.Lines: 1, spatial.Polygons: 2}[l.Kind]
	return tilesetLayer{
		ID: l.Name, DataType: "vector", GeometryDimension: dimension,
		MinTileMatrix: strconv.Itoa(int(l.MinZoom)), MaxTileMatrix: strconv.Itoa(int(l.MaxZoom)),
		PropertiesSchema: map[string]any{"type": "object", "properties": properties},
	}
}

// limitsOf says for each zoom of the layers which tiles their extent meets.
func limitsOf(layers []tiler.Layer) (limits []matrixLimits) {
	box := tiler.Span(layers)
	if len(layers) == 0 || box.Empty() {
		return nil
	}
	from, to := layers[0].MinZoom, layers[0].MaxZoom
	for i := range layers {
		from, to = min(from, layers[i].MinZoom), max(to, layers[i].MaxZoom)
	}
	for z := from; z <= to; z++ {
		northWest, _ := tiler.At(spatial.Coord{X: box.Min.X, Y: box.Max.Y}, z)
		southEast, _ := tiler.At(spatial.Coord{X: box.Max.X, Y: box.Min.Y}, z)
		limits = append(limits, matrixLimits{strconv.Itoa(int(z)), northWest.Y, southEast.Y, northWest.X, southEast.X})
	}
	return limits
}

func boundsOf(layers []tiler.Layer) *boundingBox {
	box := tiler.Span(layers)
	if box.Empty() {
		return nil
	}
	return &boundingBox{
		[2]float64{box.Min.Lon(), box.Min.Lat()}, [2]float64{box.Max.Lon(), box.Max.Lat()}, crs84,
	}
}

func (s *server) ogcCollections(c echo.Context) error {
	if err := ogcJSON(c); err != nil {
		return err
	}
	list := []collection{}
	for _, l := range s.filledLayers() {
		list = append(list, s.collectionOf(c, &l))
	}
	return web.SendJSON(c, struct {
		Collections []collection `json:"collections"`
		Links       []ogcLink    `json:"links"`
	}{list, []ogcLink{{Href: web.BaseURL(c) + "/ogc/collections", Rel: "self", Type: web.TypeJSON}}})
}

func (s *server) ogcCollection(c echo.Context) error {
	if err := ogcJSON(c); err != nil {
		return err
	}
	layers, err := s.ogcLayers(c)
	if err != nil {
		return err
	}
	return web.SendJSON(c, s.collectionOf(c, &layers[0]))
}

func (s *server) collectionOf(c echo.Context, l *tiler.Layer) collection {
	self := web.BaseURL(c) + "/ogc/collections/" + l.Name
	doc := collection{
		ID: l.Name, Title: s.live.Current().City.Name + " " + l.Name, Attribution: s.live.Current().City.Attribution,
		DataType: "vector", CRS: []string{crs84},
		Links: []ogcLink{
			{Href: self, Rel: "self", Type: web.TypeJSON},
			{Href: self + "/tiles", Rel: relTilesetsVector, Type: web.TypeJSON},
		},
	}
	if b := boundsOf([]tiler.Layer{*l}); b != nil {
		doc.Extent = new(extent)
		doc.Extent.Spatial.BBox = [][4]float64{{b.LowerLeft[0], b.LowerLeft[1], b.UpperRight[0], b.UpperRight[1]}}
		doc.Extent.Spatial.CRS = crs84
	}
	return doc
}

// ogcTile translates to the tile that /tiles has, and lets it answer: one way
// of making tiles, one cache.
func (s *server) ogcTile(xyz echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := knownSet(c); err != nil {
			return err
		}
		query := c.QueryParams()
		if f := query.Get("f"); query.Has("f") && f != "mvt" && f != web.TypeMVT {
			return web.Refuse("f", f, "there is mvt", web.ErrMalformed)
		}
		layers := c.Param("collection")
		if layers == "" {
			if layers = strings.Join(layerNames(s.filledLayers()), ","); query.Has("collections") {
				layers = query.Get("collections")
			}
			query.Del("collections")
		}
		query.Del("f")
		r := c.Request().Clone(c.Request().Context())
		r.URL.RawQuery, r.URL.RawPath = query.Encode(), ""
		inner := c.Echo().NewContext(r, c.Response())
		inner.SetParamNames("layers", "z", "x", "file")
		inner.SetParamValues(layers, c.Param("z"), strings.TrimSuffix(c.Param("col"), ".mvt"), c.Param("row")+".mvt")
		return xyz(inner)
	}
}
