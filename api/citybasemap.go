package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

const (
	// cityBasemapID names the city's own background among the basemaps. An archive or
	// another server's map by the name stands instead of it.
	cityBasemapID = "city"
	cityFormat    = "city"
	baseRail      = "base_rail"
	// cityBasemapMaxZoom is as deep as a tile's unit is 15 cm.
	cityBasemapMaxZoom = 16
	// cityBasemapQuery tells its tiles from those of the same layers as the file has
	// them.
	cityBasemapQuery = "basemap"
)

// cityBasemap is the background of the city file in the schema of street maps (package
// osm), so that one style draws both. Of classes in a city's own words those that are
// known become the schema's; others stay.
type cityBasemap struct {
	tileSource
}

// cityBasemap is nil where the city has no background.
func (s *server) cityBasemap() *cityBasemap {
	source := s.source()
	for _, l := range grids.BaseLayers() {
		if source.snap.Count(l) > 0 {
			return &cityBasemap{source}
		}
	}
	return nil
}

// Layers implements tiler.Source. Rails are among the roads of a city file.
func (m *cityBasemap) Layers() []tiler.Layer {
	var out []tiler.Layer
	for _, l := range [...]grids.Layer{grids.BaseGreen, grids.BaseWater, baseRail, grids.BaseRoads, grids.BaseBuildings} {
		of := l
		if l == baseRail {
			of = grids.BaseRoads
		}
		d := tileLayers[of]
		if n := m.snap.Count(of); n > 0 {
			out = append(out, tiler.Layer{
				Name: string(l), Kind: d.kind, MinZoom: d.minZoom, MaxZoom: cityBasemapMaxZoom, Fields: d.fields, Count: n, Box: m.snap.Box(of),
			})
		}
	}
	return out
}

// Visit implements tiler.Source.
func (m *cityBasemap) Visit(layer string, window spatial.Box, visit func(f *tiler.Feature) bool) {
	of, rails := grids.Layer(layer), layer == baseRail
	if rails {
		of = grids.BaseRoads
	}
	m.visit(of, window, nil, func(f *tiler.Feature) bool {
		class := f.Values[1]
		switch of {
		case grids.BaseRoads:
			if rail, ok := railClasses[class]; ok != rails {
				return true
			} else if ok {
				class = rail
			} else {
				class = inSchema(roadClasses, class)
			}
		case grids.BaseGreen:
			class = inSchema(greenClasses, class)
		}
		f.Values[1] = class
		return visit(f)
	})
}

// Prepared implements tiler.Preparer: there is nothing quicker.
func (m *cityBasemap) Prepared(string) tiler.Prepared { return nil }

func inSchema(known map[string]string, class string) string {
	if c, ok := known[class]; ok {
		return c
	}
	return class
}

// Classes of city files in the words of the schema.
var (
	railClasses = map[string]string{
		"rail": "rail", "railway": "rail", "铁路": "rail", "subway": "subway", "metro": "subway", "地铁": "subway",
		"light_rail": "light_rail", "轻轨": "light_rail", "tram": "tram", "有轨电车": "tram",
	}
	roadClasses = map[string]string{
		"expressway": "motorway", "高速公路": "motorway", "快速路": "trunk", "highway": "trunk", "arterial": "primary", "主干路": "primary", "主干道": "primary",
		"secondary_arterial": "secondary", "次干路": "secondary", "次干道": "secondary", "street": "tertiary", "支路": "residential", "branch": "residential",
		"road": "residential", "lane": "residential", "alley": "service", "巷道": "service", "sidewalk": "path", "人行道": "path",
	}
	greenClasses = map[string]string{"riverside": "park", "promenade": "park", "公园": "park", "wood": "forest", "林地": "forest", "lawn": "grass", "草地": "grass"}
)

// Describe says what it is.
func (m *cityBasemap) Describe() *basemaps.Info {
	layers := m.Layers()
	doc := tiler.NewTileJSON(layers)
	described, err := json.Marshal(doc.VectorLayers)
	if err != nil {
		panic(err) // texts and numbers
	}
	info := &basemaps.Info{
		ID: cityBasemapID, Format: cityFormat, Name: m.snap.City.Name, Attribution: m.snap.City.Attribution, Type: stored.MVT, Coding: stored.GZIP,
		MinZoom: doc.MinZoom, MaxZoom: doc.MaxZoom, Box: spatial.EmptyBox(), VectorLayers: described,
	}
	for i := range layers {
		info.Box = info.Box.Union(layers[i].Box)
	}
	return info
}

// TileJSON describes it for maps; tiles is the template of its URLs.
func (m *cityBasemap) TileJSON(tiles string) basemaps.TileJSON { return m.Describe().TileJSON(tiles) }

// Load makes a tile, without keeping it.
func (m *cityBasemap) Load(_ context.Context, id tiler.ID) (basemaps.Tile, error) {
	body, _, err := m.encode(nil, id)
	return basemaps.Tile{Body: body, Type: stored.MVT, Coding: stored.Plain, Tag: strconv.FormatInt(m.snap.City.Version, 10) + "-" + id.String()}, err
}

// Release does nothing: the city is there as long as the server.
func (m *cityBasemap) Release() {}

func (m *cityBasemap) encode(dst []byte, id tiler.ID) ([]byte, tiler.Stats, error) {
	names := make([]string, 0, len(baseNames))
	for _, name := range baseNames {
		if name == baseRail && m.snap.Count(grids.BaseRoads) > 0 || name != baseRail && m.snap.Count(grids.Layer(name)) > 0 {
			names = append(names, name)
		}
	}
	return tiler.Encode(dst, m, names, id, tiler.Options{})
}

// baseNames are its layers in the order in which they should be written to a tile:
// where one has more features than a tile takes, buildings are left out first.
var baseNames = [...]string{
	string(grids.BaseRoads), string(grids.BaseWater), string(grids.BaseGreen), baseRail, string(grids.BaseBuildings),
}

// cityTile answers with a tile of the city's own basemap, kept and told to be old like
// all tiles of the city.
func (s *server) cityTile(c echo.Context, m *cityBasemap, id tiler.ID) error {
	source, serial := s.scene()
	m.tileSource = source
	key := tiler.Key{ID: id, Query: cityBasemapQuery}
	for _, l := range grids.BaseLayers() {
		key.Layers |= 1 << layerNumbers[string(l)]
	}
	t, err := s.tiles.Tile(key, serial, source.snap.City.Version, func(dst []byte) ([]byte, tiler.Stats, error) { return m.encode(dst, id) })
	if err != nil {
		return err
	}
	c.Response().Header()["Cache-Control"] = s.tileCacheControl
	if t.Empty() {
		return c.NoContent(http.StatusNoContent)
	}
	return s.sendTile(c, key, t)
}
