package api

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/tiler"
)

// BasemapList is what lies under the city's own map.
type BasemapList struct {
	Basemaps []BasemapEntry `json:"basemaps"`
	// Refused are the files of the folder that cannot be served.
	Refused []RefusedBasemap `json:"refused" doc:"Files of the folder that are not served, and why"`
	// MapApproval is shown with every map.
	MapApproval string `json:"map_approval,omitempty" doc:"The map's approval number (审图号)"`
}

// BasemapEntry is one basemap of the catalogue.
type BasemapEntry struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Format      string    `json:"format" enum:"pmtiles,mbtiles"`
	Type        string    `json:"type" doc:"mvt, png, jpg, webp or avif"`
	MinZoom     uint8     `json:"minzoom"`
	MaxZoom     uint8     `json:"maxzoom"`
	Bounds      []Degrees `json:"bounds,omitempty" doc:"West, south, east, north"`
	Attribution string    `json:"attribution,omitempty"`
	Bytes       int64     `json:"bytes"`
	Changed     time.Time `json:"changed"`
	TileJSON    string    `json:"tilejson"`
	Notes       []string  `json:"notes,omitempty" doc:"What in the archive is odd and does no harm"`
}

// RefusedBasemap is a file that is not served.
type RefusedBasemap struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

// basemapRoutes serve the archives of a folder.
func (s *server) basemapRoutes(e *echo.Echo, api huma.API) {
	e.GET("/basemaps.json", s.basemapList)
	e.GET("/basemaps/:file", s.basemapTileJSON)
	e.GET("/basemaps/:id/:z/:x/:file", s.basemapTile)
	path := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "path", Description: doc, Required: true, Schema: &huma.Schema{Type: "string"}}
	}
	s.doc.AddOperation(&huma.Operation{
		OperationID: "list-basemaps", Method: http.MethodGet, Path: "/basemaps.json", Tags: []string{"maps"}, Summary: "The basemaps there are",
		Responses: map[string]*huma.Response{"200": jsonResponse(api, "The catalogue", BasemapList{}), "default": problemResponse(api)},
	})
	s.doc.AddOperation(&huma.Operation{
		OperationID: "get-basemap-tilejson", Method: http.MethodGet, Path: "/basemaps/{id}.json", Tags: []string{"maps"}, Summary: "TileJSON 3.0 of a basemap",
		Parameters: []*huma.Param{path("id", "Of the catalogue")},
		Responses:  map[string]*huma.Response{"200": {Description: "TileJSON"}, "default": problemResponse(api)},
	})
	s.doc.AddOperation(&huma.Operation{
		OperationID: "get-basemap-tile", Method: http.MethodGet, Path: "/basemaps/{id}/{z}/{x}/{y}.{ext}", Tags: []string{"maps"},
		Summary: "A tile of a basemap, as the archive has it",
		Parameters: []*huma.Param{
			path("id", "Of the catalogue"), path("z", "0 to 22"), path("x", "0 to 2^z − 1"), path("y", "0 to 2^z − 1"),
			path("ext", "The basemap's type; pbf is mvt, jpeg is jpg"),
		},
		Responses: map[string]*huma.Response{
			"200": {Description: "The tile"}, "204": {Description: "Nothing is here"}, "304": {Description: "Not changed"}, "default": problemResponse(api),
		},
	})
}

func (s *server) basemapList(c echo.Context) error {
	if _, err := parameters(c); err != nil {
		return err
	}
	out := BasemapList{Basemaps: []BasemapEntry{}, Refused: []RefusedBasemap{}, MapApproval: s.mapApproval}
	if s.basemaps == nil {
		return sendJSON(c, out)
	}
	for _, b := range s.basemaps.List() {
		entry := BasemapEntry{
			ID: b.ID, Name: b.Name, Format: b.Format, Type: b.Type.Ext(), MinZoom: b.MinZoom, MaxZoom: b.MaxZoom, Attribution: b.Attribution,
			Bytes: b.Bytes, Changed: b.Changed.UTC(), TileJSON: baseURL(c) + "/basemaps/" + url.PathEscape(b.ID) + ".json", Notes: b.Notes,
		}
		if !b.Box.Empty() {
			for _, v := range [...]float64{b.Box.Min.Lon(), b.Box.Min.Lat(), b.Box.Max.Lon(), b.Box.Max.Lat()} {
				entry.Bounds = append(entry.Bounds, Degrees(v))
			}
		}
		out.Basemaps = append(out.Basemaps, entry)
	}
	for _, r := range s.basemaps.Refused() {
		out.Refused = append(out.Refused, RefusedBasemap{r.Name, r.Err.Error()})
	}
	return sendJSON(c, out)
}

// basemap finds the one with the id, which is to be released.
func (s *server) basemap(id string) (*basemaps.Basemap, error) {
	if name, err := url.PathUnescape(id); err == nil {
		id = name
	}
	if s.basemaps != nil {
		if b := s.basemaps.Find(id); b != nil {
			return b, nil
		}
	}
	return nil, &inputError{"id", id, "there is no such basemap; /basemaps.json lists those there are", errNotFound}
}

func (s *server) basemapTileJSON(c echo.Context) error {
	id, ok := strings.CutSuffix(c.Param("file"), ".json")
	if !ok {
		return &inputError{"id", c.Param("file"), "a description's name ends with .json", errNotFound}
	}
	if _, err := parameters(c); err != nil {
		return err
	}
	b, err := s.basemap(id)
	if err != nil {
		return err
	}
	defer b.Release()
	return sendJSON(c, b.TileJSON(baseURL(c)+"/basemaps/"+url.PathEscape(b.ID)+"/{z}/{x}/{y}."+b.Type.Ext()))
}

func (s *server) basemapTile(c echo.Context) error {
	if c.Request().URL.RawQuery != "" {
		if _, err := parameters(c); err != nil {
			return err
		}
	}
	y, ext, _ := strings.Cut(c.Param("file"), ".")
	id, err := tiler.ParseID(c.Param("z"), c.Param("x"), y)
	if err != nil {
		return err
	}
	b, err := s.basemap(c.Param("id"))
	if err != nil {
		return err
	}
	defer b.Release()
	if t := stored.TypeOf(ext); t == stored.Unknown || t != b.Type {
		return &inputError{"ext", ext, "this basemap's tiles are ." + b.Type.Ext(), errNotFound}
	}
	body, err := b.Tile(c.Request().Context(), id)
	if errors.Is(err, basemaps.ErrChanged) {
		c.Response().Header().Set("Retry-After", "1")
	}
	if err != nil {
		return err
	}
	if len(body) == 0 {
		return c.NoContent(http.StatusNoContent)
	}
	return sendStored(c, b, id, body)
}

// httpCodings are those that a browser may have.
var httpCodings = map[stored.Coding]tiler.Coding{stored.GZIP: tiler.GZIP, stored.Zstd: tiler.Zstd, stored.Brotli: tiler.Brotli}

// sendStored answers with a tile as it is stored, or unpacked for who does not
// take it so. The file's digest and the tile's number name its content: what is
// stored once under one digest does not change.
func sendStored(c echo.Context, b *basemaps.Basemap, id tiler.ID, body []byte) error {
	coding, packed := httpCodings[b.Coding]
	plain := b.Coding == stored.Plain
	encoding := ""
	switch {
	case packed && acceptEncoding(c.Request().Header.Values("Accept-Encoding"))[coding] > 0:
		encoding = coding.String()
	case !plain:
		var err error
		if body, err = stored.Inflate(b.Coding, body, basemaps.MaxTile); err != nil {
			return err
		}
	}
	etag := `"` + b.Digest + "-" + id.String() + `"`
	if encoding != "" {
		etag = etag[:len(etag)-1] + "-" + encoding + `"`
	}
	return sendEncoded(c, b.Type.MIME(), encoding, "no-cache", etag, body)
}
