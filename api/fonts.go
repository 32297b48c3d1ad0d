package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
	"github.com/wanmi-gis/wanmi/tiler"
)

// FontList is what maps can be lettered with.
type FontList struct {
	Fonts []string `json:"fonts" doc:"Names, as styles may give them"`
	// Stack is what the styles of this server use.
	Stack string `json:"stack,omitempty" doc:"The fonts that this server's styles use, joined by commas"`
	// Glyphs is the template of ranges, as styles have it.
	Glyphs string `json:"glyphs,omitempty"`
	// Refused are files that cannot be used.
	Refused []RefusedFont `json:"refused" doc:"Font files that are not used, and why"`
}

// RefusedFont is a font file that is not used.
type RefusedFont struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

// NewLetters makes ranges of letters as this server sends them.
func NewLetters(fonts *glyphs.Fonts) *glyphs.Cache {
	return glyphs.NewCache(fonts, glyphs.Options{Pack: func(b []byte) []byte { return tiler.Gzip(nil, b, tiler.GzipLevel) }})
}

// fontRoutes serve the letters of maps.
func (s *server) fontRoutes(e *echo.Echo, api huma.API) {
	e.GET("/fonts.json", s.fontList)
	e.GET("/fonts/:stack/:file", s.fontRange)
	path := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "path", Description: doc, Required: true, Schema: &huma.Schema{Type: "string"}}
	}
	s.doc.AddOperation(&huma.Operation{
		OperationID: "list-fonts", Method: http.MethodGet, Path: "/fonts.json", Tags: []string{"maps"}, Summary: "The fonts that maps can be lettered with",
		Responses: map[string]*huma.Response{"200": web.JSONResponse(api, "The fonts", FontList{}), "default": web.ProblemResponse(api)},
	})
	s.doc.AddOperation(&huma.Operation{
		OperationID: "get-glyphs", Method: http.MethodGet, Path: "/fonts/{stack}/{range}.pbf", Tags: []string{"maps"},
		Summary: "256 characters as MapLibre draws them (signed distance fields)",
		Parameters: []*huma.Param{
			path("stack", "Names of fonts joined by commas, at most ten; of each character the first font here that has it is taken"),
			path("range", "0-255, 256-511 … 65280-65535"),
		},
		Responses: map[string]*huma.Response{
			"200": {Description: "A glyphs message"}, "304": {Description: "Not changed"}, "default": web.ProblemResponse(api),
		},
	})
}

func (s *server) fontList(c echo.Context) error {
	if _, err := web.Parameters(c); err != nil {
		return err
	}
	out := FontList{Fonts: []string{}, Refused: []RefusedFont{}}
	if s.letters != nil {
		out.Fonts = append(out.Fonts, s.letters.Fonts().Names()...)
		for _, r := range s.letters.Fonts().Refused() {
			out.Refused = append(out.Refused, RefusedFont{r.Name, r.Err.Error()})
		}
	}
	if stack := s.fontStack(regular); stack != nil {
		out.Stack, out.Glyphs = strings.Join(stack, ","), glyphsURL(c)
	}
	return web.SendJSON(c, out)
}

// glyphsURL is the template of ranges.
func glyphsURL(c echo.Context) string { return web.BaseURL(c) + "/fonts/{fontstack}/{range}.pbf" }

// typeGlyphs is what servers of glyphs say they send.
const typeGlyphs = "application/x-protobuf"

func (s *server) fontRange(c echo.Context) error {
	if _, err := web.Parameters(c); err != nil {
		return err
	}
	stack := c.Param("stack")
	letters, ok := strings.CutSuffix(c.Param("file"), ".pbf")
	if !ok {
		return web.Refuse("range", c.Param("file"), "the name of a range ends with .pbf", web.ErrNotFound)
	}
	first, err := glyphs.ParseRange(letters)
	if err != nil {
		return web.Refuse("range", letters, err.Error(), web.ErrMalformed)
	}
	if s.letters == nil {
		return web.Refuse("stack", stack, "this server has no fonts; the configuration's fonts names a folder of them", web.ErrNotFound)
	}
	a, err := s.letters.Range(c.Request().Context(), stack, first)
	switch {
	case errors.Is(err, glyphs.ErrNoFont):
		return web.Refuse("stack", stack, "none of these fonts is here; /fonts.json lists those that are", web.ErrNotFound)
	case errors.Is(err, glyphs.ErrStack):
		return web.Refuse("stack", stack, err.Error(), web.ErrMalformed)
	case errors.Is(err, glyphs.ErrBusy), errors.Is(err, glyphs.ErrChanged):
		c.Response().Header().Set("Retry-After", "1")
		return err
	case err != nil:
		return err
	}
	body, encoding := a.Plain, ""
	if web.AcceptsGzip(c.Request().Header.Values("Accept-Encoding")) {
		body, encoding = a.Packed, "gzip"
	}
	// Letters change with the fonts of the server: as good as never.
	return web.SendEncoded(c, typeGlyphs, encoding, "public, max-age=86400", tiler.ETag(body, encoding), body)
}

// Weights of letters in styles.
const (
	regular = iota
	bold
)

// stacks are what is looked for, best first: Latin from the face made for it, Chinese
// in the forms of the mainland.
var stacks = [...][]string{
	regular: {"Noto Sans Regular", "Noto Sans CJK SC Regular", "Source Han Sans SC Regular", "Source Han Sans CN Regular", "Noto Sans SC Regular"},
	bold:    {"Noto Sans Bold", "Noto Sans CJK SC Bold", "Source Han Sans SC Bold", "Source Han Sans CN Bold", "Noto Sans SC Bold"},
}

// fontStack is those fonts of a stack that are here, or any font; nil where there is
// none.
func (s *server) fontStack(weight int) []string {
	if s.letters == nil {
		return nil
	}
	fonts := s.letters.Fonts()
	stack := slices.DeleteFunc(slices.Clone(stacks[weight]), func(name string) bool { return !fonts.Has(name) })
	if len(stack) == 0 && weight == bold {
		return s.fontStack(regular)
	}
	if names := fonts.Names(); len(stack) == 0 && len(names) > 0 {
		plain := slices.IndexFunc(names, func(name string) bool { return strings.HasSuffix(name, " Regular") })
		stack = []string{names[max(plain, 0)]}
	}
	return stack
}
