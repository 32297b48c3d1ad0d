package api

import (
	"fmt"
	"math"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/tiler"
)

// matrixSet is a tile matrix set (OGC 17-083r4) as a document.
type matrixSet struct {
	ID                string   `json:"id"`
	Title             string   `json:"title"`
	URI               string   `json:"uri"`
	CRS               string   `json:"crs"`
	OrderedAxes       []string `json:"orderedAxes"`
	WellKnownScaleSet string   `json:"wellKnownScaleSet"`
	TileMatrices      []matrix `json:"tileMatrices"`
}

type matrix struct {
	ID               string     `json:"id"`
	ScaleDenominator float64    `json:"scaleDenominator"`
	CellSize         float64    `json:"cellSize"`
	CornerOfOrigin   string     `json:"cornerOfOrigin"`
	PointOfOrigin    [2]float64 `json:"pointOfOrigin"`
	TileWidth        int        `json:"tileWidth"`
	TileHeight       int        `json:"tileHeight"`
	MatrixWidth      uint64     `json:"matrixWidth"`
	MatrixHeight     uint64     `json:"matrixHeight"`
}

// webMercatorQuad is the only set there is: that of /tiles.
const webMercatorQuad = "WebMercatorQuad"

const (
	matrixSetURI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/"
	crs3857      = "http://www.opengis.net/def/crs/EPSG/0/3857"
	// pixelM is the size of a pixel by which scales are defined.
	pixelM = 0.00028
	// cells are the pixels along a tile by which sizes are stated; a vector
	// tile has none.
	cells = 256
)

func newWebMercatorQuad() *matrixSet {
	const half = math.Pi * 6378137
	set := &matrixSet{
		ID: webMercatorQuad, Title: "Web Mercator, square tiles", URI: matrixSetURI + webMercatorQuad, CRS: crs3857,
		OrderedAxes: []string{"X", "Y"}, WellKnownScaleSet: "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
	}
	for z := range tiler.MaxZoom + 1 {
		side := uint64(1) << z
		size := 2 * half / cells / float64(side)
		set.TileMatrices = append(set.TileMatrices, matrix{
			ID: strconv.Itoa(z), ScaleDenominator: size / pixelM, CellSize: size, CornerOfOrigin: "topLeft",
			PointOfOrigin: [2]float64{-half, half}, TileWidth: cells, TileHeight: cells, MatrixWidth: side, MatrixHeight: side,
		})
	}
	return set
}

func (s *server) ogcSets(c echo.Context) error {
	if err := ogcJSON(c); err != nil {
		return err
	}
	type entry struct {
		ID    string    `json:"id"`
		Title string    `json:"title"`
		URI   string    `json:"uri"`
		CRS   string    `json:"crs"`
		Links []ogcLink `json:"links"`
	}
	set := newWebMercatorQuad()
	return web.SendJSON(c, map[string][]entry{"tileMatrixSets": {{
		set.ID, set.Title, set.URI, set.CRS,
		[]ogcLink{{Href: web.BaseURL(c) + "/ogc/tileMatrixSets/" + set.ID, Rel: "self", Type: web.TypeJSON}},
	}}})
}

func (s *server) ogcSet(c echo.Context) error {
	if err := ogcJSON(c); err != nil {
		return err
	}
	if err := knownSet(c); err != nil {
		return err
	}
	return web.SendJSON(c, newWebMercatorQuad())
}

// knownSet refuses a tile matrix set that there is not.
func knownSet(c echo.Context) error {
	if id := c.Param("tms"); id != webMercatorQuad {
		return web.Refuse(ogcWords["tms"].name, id, fmt.Sprintf("no such tile matrix set; there is %s", webMercatorQuad), web.ErrNotFound)
	}
	return nil
}
