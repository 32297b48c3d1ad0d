package api

import (
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/basemaps/sprites"
	"github.com/wanmi-gis/wanmi/tiler"
)

// spriteName is the one sheet there is.
const spriteName = "wanmi"

// sheets are drawn when they are first asked for: by ratio, from 1.
type sheets [2]func() (sprites.Sheet, error)

func newSheets() (s sheets) {
	for i := range s {
		s[i] = sync.OnceValues(func() (sprites.Sheet, error) { return sprites.Draw(i + 1) })
	}
	return s
}

// spriteRoute serves the icons of maps.
func (s *server) spriteRoute(e *echo.Echo, api huma.API) {
	drawn := newSheets()
	e.GET("/sprites/:file", func(c echo.Context) error {
		if _, err := web.Parameters(c); err != nil {
			return err
		}
		name, ext, _ := strings.Cut(c.Param("file"), ".")
		ratio := 1
		if plain, fine := strings.CutSuffix(name, "@2x"); fine {
			name, ratio = plain, 2
		}
		if name != spriteName || (ext != "json" && ext != "png") {
			return web.Refuse("id", c.Param("file"), "there are "+spriteName+".json, "+spriteName+".png and both with @2x", web.ErrNotFound)
		}
		sheet, err := drawn[ratio-1]()
		if err != nil {
			return err
		}
		if ext == "json" {
			return web.SendCompressed(c, web.TypeJSON, sheet.JSON)
		}
		return web.SendEncoded(c, "image/png", "", "no-cache", tiler.ETag(sheet.PNG, ""), sheet.PNG)
	})
	path := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "path", Description: doc, Required: true, Schema: &huma.Schema{Type: "string"}}
	}
	s.doc.AddOperation(&huma.Operation{
		OperationID: "get-sprite", Method: http.MethodGet, Path: "/sprites/{id}.{ext}", Tags: []string{"maps"},
		Summary:    "Icons of the kinds of components and cases and of points of interest: a picture, and where each is on it",
		Parameters: []*huma.Param{path("id", spriteName+", or "+spriteName+"@2x with twice the pixels"), path("ext", "json or png")},
		Responses: map[string]*huma.Response{
			"200": {Description: "The list or the picture"}, "304": {Description: "Not changed"}, "default": web.ProblemResponse(api),
		},
	})
}
