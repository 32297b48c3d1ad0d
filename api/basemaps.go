package api

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/basemaps/upstream"
	"github.com/wanmi-gis/wanmi/tiler"
)

// BasemapList is what lies under the city's own map.
type BasemapList struct {
	Basemaps []BasemapEntry `json:"basemaps"`
	// Refused are files of the folder that cannot be served, and maps of other
	// servers of which it is not known what they are.
	Refused []RefusedBasemap `json:"refused" doc:"Files of the folder, and maps of other servers by their id, that are not served, and why"`
	// MapApproval is shown with every map.
	MapApproval string `json:"map_approval,omitempty" doc:"The map's approval number (审图号)"`
}

// BasemapEntry is one basemap of the catalogue.
type BasemapEntry struct {
	ID          string        `json:"id"`
	Name        string        `json:"name"`
	Format      string        `json:"format" enum:"pmtiles,mbtiles,xyz,tilejson,wmts,city" doc:"An archive's, or how another server is asked; city is the background of the city's own file"`
	Type        string        `json:"type" doc:"mvt, png, jpg, webp or avif; of other servers' pictures any may come"`
	MinZoom     uint8         `json:"minzoom"`
	MaxZoom     uint8         `json:"maxzoom"`
	Bounds      []web.Degrees `json:"bounds,omitempty" doc:"West, south, east, north"`
	Attribution string        `json:"attribution,omitempty"`
	CRS         string        `json:"crs,omitempty" doc:"Of tiles that are not Web Mercator's, such as EPSG:4490, or of a shifted picture, GCJ-02"`
	Undrawable  string        `json:"undrawable,omitempty" doc:"Why no style and no viewer draws it, though its tiles are served"`
	Replaces    []string      `json:"replaces,omitempty" doc:"Layers of the city that are not drawn over it, as it draws the same"`
	Bytes       int64         `json:"bytes" doc:"Of the archive; 0 of another server's"`
	Changed     time.Time     `json:"changed,omitzero" doc:"When the archive was; of another server's when it was asked what it is; not said of the city's own"`
	TileJSON    string        `json:"tilejson"`
	Notes       []string      `json:"notes,omitempty" doc:"What in the archive is odd and does no harm"`
}

// RefusedBasemap is a file that is not served.
type RefusedBasemap struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

// basemap is an archive or a map of another server, which is to be released.
type basemap interface {
	Describe() *basemaps.Info
	TileJSON(tiles string) basemaps.TileJSON
	Load(ctx context.Context, t tiler.ID) (basemaps.Tile, error)
	Release()
}

// basemapRoutes serve the archives of a folder and the maps of other servers.
func (s *server) basemapRoutes(e *echo.Echo, api huma.API) {
	e.GET("/basemaps.json", s.basemapList)
	e.GET("/basemaps/:file", s.basemapTileJSON)
	e.GET("/basemaps/:id/:z/:x/:file", s.basemapTile)
	path := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "path", Description: doc, Required: true, Schema: &huma.Schema{Type: "string"}}
	}
	s.doc.AddOperation(&huma.Operation{
		OperationID: "list-basemaps", Method: http.MethodGet, Path: "/basemaps.json", Tags: []string{"maps"}, Summary: "The basemaps there are",
		Responses: map[string]*huma.Response{"200": web.JSONResponse(api, "The catalogue", BasemapList{}), "default": web.ProblemResponse(api)},
	})
	s.doc.AddOperation(&huma.Operation{
		OperationID: "get-basemap-tilejson", Method: http.MethodGet, Path: "/basemaps/{id}.json", Tags: []string{"maps"}, Summary: "TileJSON 3.0 of a basemap",
		Parameters: []*huma.Param{path("id", "Of the catalogue")},
		Responses:  map[string]*huma.Response{"200": {Description: "TileJSON"}, "default": web.ProblemResponse(api)},
	})
	s.doc.AddOperation(&huma.Operation{
		OperationID: "get-basemap-tile", Method: http.MethodGet, Path: "/basemaps/{id}/{z}/{x}/{y}.{ext}", Tags: []string{"maps"},
		Summary:     "A tile of a basemap, as the archive or the other server has it",
		Description: "Of another server's map that cannot be fetched anew, an older tile has the header X-Basemap-Stale: for how many seconds it is over its age.",
		Parameters: []*huma.Param{
			path("id", "Of the catalogue"), path("z", "0 to 22"), path("x", "0 to 2^z − 1"), path("y", "0 to 2^z − 1"),
			path("ext", "The basemap's type; pbf is mvt, jpeg is jpg"),
		},
		Responses: map[string]*huma.Response{
			"200": {Description: "The tile", Headers: map[string]*huma.Param{staleHeader: {Description: "Seconds over its age", Schema: &huma.Schema{Type: "integer"}}}},
			"204": {Description: "Nothing is here"}, "304": {Description: "Not changed"}, "default": web.ProblemResponse(api),
		},
	})
}

func (s *server) basemapList(c echo.Context) error {
	if _, err := web.Parameters(c); err != nil {
		return err
	}
	out := BasemapList{Basemaps: []BasemapEntry{}, Refused: []RefusedBasemap{}, MapApproval: s.mapApproval}
	known, refused := s.basemapInfos(), s.upstreams.Refused()
	if s.basemaps != nil {
		refused = append(refused, s.basemaps.Refused()...)
	}
	for i := range known {
		out.Basemaps = append(out.Basemaps, basemapEntry(c, &known[i]))
	}
	for _, r := range refused {
		out.Refused = append(out.Refused, RefusedBasemap{r.Name, r.Err.Error()})
	}
	return web.SendJSON(c, out)
}

// basemapInfos are all basemaps that are known, by id.
func (s *server) basemapInfos() []basemaps.Info {
	known := s.upstreams.List()
	if s.basemaps != nil {
		known = append(known, s.basemaps.List()...)
	}
	taken := func(b basemaps.Info) bool { return b.ID == cityBasemapID }
	if own := s.cityBasemap(); own != nil && !slices.ContainsFunc(known, taken) {
		known = append(known, *own.Describe())
	}
	slices.SortFunc(known, func(a, b basemaps.Info) int { return cmp.Compare(a.ID, b.ID) })
	return known
}

func basemapEntry(c echo.Context, b *basemaps.Info) BasemapEntry {
	entry := BasemapEntry{
		ID: b.ID, Name: b.Name, Format: b.Format, Type: b.Type.Ext(), MinZoom: b.MinZoom, MaxZoom: b.MaxZoom, Attribution: b.Attribution, CRS: b.CRS,
		Bytes: b.Bytes, Changed: b.Changed.UTC(), TileJSON: web.BaseURL(c) + "/basemaps/" + url.PathEscape(b.ID) + ".json", Notes: b.Notes,
		Undrawable: undrawable(b), Replaces: replaced(b),
	}
	if !b.Box.Empty() {
		for _, v := range [...]float64{b.Box.Min.Lon(), b.Box.Min.Lat(), b.Box.Max.Lon(), b.Box.Max.Lat()} {
			entry.Bounds = append(entry.Bounds, web.Degrees(v))
		}
	}
	return entry
}

// basemap finds the one with the id, which is to be released.
func (s *server) basemap(id string) (basemap, error) {
	if name, err := url.PathUnescape(id); err == nil {
		id = name
	}
	if m, err := s.upstreams.Find(id); m != nil || err != nil {
		return m, err
	}
	if s.basemaps != nil {
		if b := s.basemaps.Find(id); b != nil {
			return b, nil
		}
	}
	if id == cityBasemapID {
		if own := s.cityBasemap(); own != nil {
			return own, nil
		}
	}
	return nil, web.Refuse("id", id, "there is no such basemap; /basemaps.json lists those there are", web.ErrNotFound)
}

// waitHeader says when to come again, where an error is one of time.
func waitHeader(c echo.Context, err error) {
	if f, ok := errors.AsType[*upstream.Failure](err); ok {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	if errors.Is(err, basemaps.ErrChanged) {
		c.Response().Header().Set("Retry-After", "1")
	}
}

func (s *server) basemapTileJSON(c echo.Context) error {
	id, ok := strings.CutSuffix(c.Param("file"), ".json")
	if !ok {
		return web.Refuse("id", c.Param("file"), "a description's name ends with .json", web.ErrNotFound)
	}
	if _, err := web.Parameters(c); err != nil {
		return err
	}
	b, err := s.basemap(id)
	if err != nil {
		waitHeader(c, err)
		return err
	}
	defer b.Release()
	info := b.Describe()
	return web.SendJSON(c, b.TileJSON(web.BaseURL(c)+"/basemaps/"+url.PathEscape(info.ID)+"/{z}/{x}/{y}."+info.Type.Ext()))
}

func (s *server) basemapTile(c echo.Context) error {
	if c.Request().URL.RawQuery != "" {
		if _, err := web.Parameters(c); err != nil {
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
		waitHeader(c, err)
		return err
	}
	defer b.Release()
	if want := b.Describe().Type; stored.TypeOf(ext) != want {
		return web.Refuse("ext", ext, "this basemap's tiles are ."+want.Ext(), web.ErrNotFound)
	}
	if own, ok := b.(*cityBasemap); ok {
		return s.cityTile(c, own, id)
	}
	t, err := b.Load(c.Request().Context(), id)
	if err != nil {
		waitHeader(c, err)
		return err
	}
	if t.Stale > 0 {
		c.Response().Header().Set(staleHeader, strconv.Itoa(int(math.Ceil(t.Stale.Seconds()))))
		c.Response().Header().Set("Warning", `110 - "Response is Stale"`)
	}
	if len(t.Body) == 0 {
		return c.NoContent(http.StatusNoContent)
	}
	return sendStored(c, &t)
}

// staleHeader has the seconds that a tile is over its age.
const staleHeader = "X-Basemap-Stale"

// httpCodings are those that a browser may have.
var httpCodings = map[stored.Coding]tiler.Coding{stored.GZIP: tiler.GZIP, stored.Zstd: tiler.Zstd, stored.Brotli: tiler.Brotli}

// sendStored answers with a tile as it is stored, or unpacked for who does not
// take it so.
func sendStored(c echo.Context, t *basemaps.Tile) error {
	coding, packed := httpCodings[t.Coding]
	encoding, body, etag := "", t.Body, `"`+t.Tag
	switch {
	case packed && web.AcceptEncoding(c.Request().Header.Values("Accept-Encoding"))[coding] > 0:
		encoding = coding.String()
		etag += "-" + encoding
	case t.Coding != stored.Plain:
		var err error
		if body, err = stored.Inflate(t.Coding, body, basemaps.MaxTile); err != nil {
			return err
		}
	}
	return web.SendEncoded(c, t.Type.MIME(), encoding, "no-cache", etag+`"`, body)
}
