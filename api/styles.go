package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// typeStyle is the type of a MapLibre style by OGC API – Styles; it is sent as
// JSON, which every client takes.
const typeStyle = "application/vnd.mapbox.style+json"

// cityStyle is the style of every layer that has features.
const cityStyle = "city"

// style is a MapLibre style, version 8, as far as it is used here. Those of layers
// name no fonts and no pictures: there are no symbol layers in them.
type style struct {
	Version int                    `json:"version"`
	Name    string                 `json:"name"`
	Center  []float64              `json:"center,omitempty"`
	Zoom    float64                `json:"zoom,omitempty"`
	Glyphs  string                 `json:"glyphs,omitempty"`
	Sprite  string                 `json:"sprite,omitempty"`
	Sources map[string]styleSource `json:"sources"`
	Layers  []styleLayer           `json:"layers"`
}

type styleSource struct {
	Type        string    `json:"type"`
	Tiles       []string  `json:"tiles"`
	TileSize    int       `json:"tileSize,omitempty"`
	MinZoom     uint8     `json:"minzoom"`
	MaxZoom     uint8     `json:"maxzoom"`
	Bounds      []float64 `json:"bounds,omitempty"`
	Attribution string    `json:"attribution,omitempty"`
}

type styleLayer struct {
	ID          string         `json:"id"`
	Type        string         `json:"type"`
	Source      string         `json:"source,omitempty"`
	SourceLayer string         `json:"source-layer,omitempty"`
	MinZoom     float64        `json:"minzoom,omitempty"`
	MaxZoom     float64        `json:"maxzoom,omitempty"`
	Filter      expression     `json:"filter,omitempty"`
	Layout      map[string]any `json:"layout,omitempty"`
	Paint       map[string]any `json:"paint,omitempty"`
}

// expression is a MapLibre expression: an operator and its operands.
type expression []any

// styleRoutes serves a style for each set of layers, to be pasted into MapLibre
// or QGIS as it is.
func (s *server) styleRoutes(e *echo.Echo, api huma.API) {
	e.GET("/styles/:file", s.style)
	s.doc.AddOperation(&huma.Operation{
		OperationID: "get-style", Method: http.MethodGet, Path: "/styles/{layers}.json", Tags: []string{"maps"},
		Summary: "A MapLibre style of one or several layers over this server's tiles",
		Parameters: []*huma.Param{
			{
				Name: "layers", In: "path", Required: true, Schema: &huma.Schema{Type: "string"},
				Description: "Layer names separated by commas, or " + cityStyle + " for all that have features; " +
					"light, dark, imagery or blank for a whole map: a basemap with the city on it, with letters and icons",
			},
			web.QueryParam("theme", "light (default) or dark; not for the maps light and dark", "string", false),
			web.QueryParam("basemap", "Of light, dark and imagery: a basemap of /basemaps.json; default the first that fits", "string", false),
		},
		Responses: map[string]*huma.Response{"200": {Description: "A style, version 8"}, "default": web.ProblemResponse(api)},
	})
}

func (s *server) style(c echo.Context) error {
	names, ok := strings.CutSuffix(c.Param("file"), ".json")
	if !ok {
		return web.Refuse("layers", c.Param("file"), "a style's name ends with .json", web.ErrNotFound)
	}
	if isMapStyle(names) {
		return s.mapStyle(c, names)
	}
	params, err := web.Parameters(c, "theme")
	if err != nil {
		return err
	}
	colours, err := themeOf(params)
	if err != nil {
		return err
	}
	layers := s.filledLayers()
	if names != cityStyle {
		asked, err := list("layers", names)
		if err != nil {
			return err
		}
		if layers, err = tiler.Select(s.source().Layers(), asked); err != nil {
			return err
		}
	}
	return web.SendJSON(c, newStyle(web.BaseURL(c), s.live.Current(), layers, colours))
}

// newStyle draws the layers of one source: one request a tile, whatever is shown.
func newStyle(base string, snap *grids.Snapshot, layers []tiler.Layer, colours *colours) style {
	names := strings.Join(layerNames(layers), ",")
	doc := tiler.NewTileJSON(layers, base+"/tiles/"+names+"/{z}/{x}/{y}.mvt")
	out := style{
		Version: 8, Name: snap.City.Name + " " + names,
		Sources: map[string]styleSource{styleSourceName: {
			Type: "vector", Tiles: doc.Tiles, MinZoom: doc.MinZoom, MaxZoom: doc.MaxZoom, Bounds: doc.Bounds, Attribution: snap.City.Attribution,
		}},
		Layers: []styleLayer{{ID: "background", Type: "background", Paint: map[string]any{"background-color": colours.land}}},
	}
	if len(doc.Center) == 3 {
		out.Center, out.Zoom = doc.Center[:2], doc.Center[2]
	}
	shown := map[string]bool{}
	for i := range layers {
		shown[layers[i].Name] = true
	}
	for _, l := range looks(colours, majorsOf(snap)) {
		if shown[l.SourceLayer] {
			l.Source = styleSourceName
			out.Layers = append(out.Layers, l)
		}
	}
	return out
}

// styleSourceName is the one source of a style.
const styleSourceName = "city"

// majorsOf lists the majors of components, by code.
func majorsOf(snap *grids.Snapshot) (majors []string) {
	for _, cat := range snap.Catalogue.All() {
		if cat.Kind == grids.ComponentKind && cat.Major == "" {
			majors = append(majors, cat.Code)
		}
	}
	slices.Sort(majors)
	return slices.Compact(majors)
}

// styleURL is where the style of the layers is.
func styleURL(c echo.Context, layers []string) string {
	return web.BaseURL(c) + "/styles/" + strings.Join(layers, ",") + ".json"
}
