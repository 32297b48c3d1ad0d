package heatmap

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/tiler"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// WMTS 1.0.0 (OGC 07-057r7) of the coloured heat, by words in the query (KVP) and by
// paths (REST), so that desktop GIS add it as they add any map. The words of heat's
// filter go along with every call: those given to GetCapabilities are in the addresses
// that it tells, so that a program that knows nothing of them shows what was asked for.

const (
	wmtsPath    = "/wmts"
	wmtsRoot    = wmtsPath + "/1.0.0"
	wmtsVersion = "1.0.0"
	wmtsLayer   = "heat"
	wmtsSet     = "GoogleMapsCompatible"
	typeXML     = "application/xml"
)

// wmtsHeatWords are heat's words that go along.
var wmtsHeatWords = slices.Concat(filterWords, makeWords, []string{"scale", "classes"})

// wmtsWords are WMTS's own, in lower case: names are read in any.
var wmtsWords = []string{
	"service", "request", "version", "layer", "style", "format", "tilematrixset", "tilematrix", "tilerow", "tilecol",
	"acceptversions", "acceptformats", "sections", "updatesequence", "exceptions",
}

// wmtsRoutes adds the paths.
func (s *server) addWMTS(e *echo.Echo) {
	e.GET(wmtsPath, s.wmtsKVP)
	e.GET(wmtsRoot+"/WMTSCapabilities.xml", s.wmtsREST)
	e.GET(wmtsRoot+"/:layer/:style/:tms/:z/:row/:file", s.wmtsREST)
	var heatParams []*huma.Param
	for _, p := range slices.Concat(filterParams(), makeParams(), lookParams()) {
		if slices.Contains(wmtsHeatWords, p.Name) {
			heatParams = append(heatParams, p)
		}
	}
	path := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "path", Required: true, Description: doc, Schema: &huma.Schema{Type: "string"}}
	}
	kvp := []*huma.Param{web.QueryParam("SERVICE", "WMTS", "string", true), web.QueryParam("REQUEST", "GetCapabilities or GetTile", "string", true)}
	for _, w := range wmtsWords[2:] {
		kvp = append(kvp, web.QueryParam(strings.ToUpper(w), "As in OGC 07-057r7", "string", false))
	}
	for _, op := range []struct {
		id, path, summary string
		params            []*huma.Param
		kinds             []string
	}{
		{"wmts", wmtsPath, "WMTS 1.0.0 by words in the query", kvp, []string{typeXML, web.TypePNG}},
		{"wmts-capabilities", wmtsRoot + "/WMTSCapabilities.xml", "WMTS 1.0.0: what there is", nil, []string{typeXML}},
		{"wmts-tile", wmtsRoot + "/{layer}/{style}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.png", "WMTS 1.0.0: a coloured tile of heat", []*huma.Param{
			path("layer", wmtsLayer), path("style", "A palette"), path("TileMatrixSet", wmtsSet), path("TileMatrix", fmt.Sprint("0 to ", maxZoom)),
			path("TileRow", "From the north"), path("TileCol", "From the west"),
		}, []string{web.TypePNG}},
	} {
		ok := &huma.Response{Description: "The document or the tile; where nothing is a clear one", Content: map[string]*huma.MediaType{}}
		for _, kind := range op.kinds {
			ok.Content[kind] = &huma.MediaType{}
		}
		s.doc.AddOperation(&huma.Operation{
			OperationID: op.id, Method: http.MethodGet, Path: op.path, Tags: []string{"heat"}, Summary: op.summary,
			Description: "Names of WMTS are read in any case; heat's words go along. Errors are OWS exception reports.",
			Parameters:  slices.Concat(op.params, heatParams),
			Responses: map[string]*huma.Response{
				"200": ok, "304": {Description: "Not changed"},
				"default": {Description: "ows:ExceptionReport", Content: map[string]*huma.MediaType{typeXML: {}}},
			},
		})
	}
}

// wmtsFault is an error as OGC's services tell it.
type wmtsFault struct {
	code, locator, text string
	status              int
}

func (f *wmtsFault) Error() string { return f.text }

func wmtsMissing(name string) error {
	return &wmtsFault{"MissingParameterValue", name, name + " is missing", http.StatusBadRequest}
}

func wmtsInvalid(name, value, reason string) error {
	return &wmtsFault{"InvalidParameterValue", name, fmt.Sprintf("%s is %q: %s", name, web.Clip(value), reason), http.StatusBadRequest}
}

// wmtsAsk is a call, read: WMTS's words by their lower-case names, and heat's.
type wmtsAsk struct {
	words map[string]string
	heat  url.Values
}

// readWMTS sorts the words of a query. One that neither knows is refused, as everywhere
// in this API and against OGC 06-121r3: with a filter misspelt the map would be a wrong
// one. EXCEPTIONS, which older clients send, has one value.
func readWMTS(query url.Values) (*wmtsAsk, error) {
	a := &wmtsAsk{map[string]string{}, url.Values{}}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		word, value := strings.ToLower(name), query[name][0]
		switch {
		case slices.Contains(wmtsWords, word):
			if _, twice := a.words[word]; twice || len(query[name]) > 1 {
				return nil, wmtsInvalid(strings.ToUpper(word), value, "given twice")
			}
			a.words[word] = value
		case slices.Contains(wmtsHeatWords, word):
			if a.heat.Has(word) || len(query[name]) > 1 {
				return nil, wmtsInvalid(word, value, "given twice")
			}
			a.heat.Set(word, value)
		default:
			return nil, wmtsInvalid(web.Clip(name), value, "unknown; beside WMTS's own there are "+strings.Join(wmtsHeatWords, ", "))
		}
	}
	return a, nil
}

// need returns a word that must be there, and must be the one value if there is one.
func (a *wmtsAsk) need(word, only string) (string, error) {
	value, ok := a.words[word]
	name := strings.ToUpper(word)
	if !ok || value == "" {
		return "", wmtsMissing(name)
	}
	if only != "" && value != only {
		return "", wmtsInvalid(name, value, "there is "+only)
	}
	return value, nil
}

// wmtsKVP is GET /wmts.
func (s *server) wmtsKVP(c echo.Context) error {
	a, err := readWMTS(c.QueryParams())
	if err != nil {
		return err
	}
	if service, ok := a.words["service"]; !ok {
		return wmtsMissing("SERVICE")
	} else if !strings.EqualFold(service, "wmts") {
		return wmtsInvalid("SERVICE", service, "this is WMTS")
	}
	request, err := a.need("request", "")
	if err != nil {
		return err
	}
	switch request {
	case "GetCapabilities":
		if versions, ok := a.words["acceptversions"]; ok && !slices.Contains(strings.Split(versions, ","), wmtsVersion) {
			return &wmtsFault{"VersionNegotiationFailed", "ACCEPTVERSIONS", "there is " + wmtsVersion, http.StatusBadRequest}
		}
		return s.wmtsCapabilities(c, a)
	case "GetTile":
		for _, w := range [...][2]string{{"version", wmtsVersion}, {"layer", wmtsLayer}, {"format", web.TypePNG}, {"tilematrixset", wmtsSet}} {
			if _, err := a.need(w[0], w[1]); err != nil {
				return err
			}
		}
		return s.wmtsTile(c, a)
	}
	return &wmtsFault{"OperationNotSupported", "REQUEST", fmt.Sprintf("REQUEST is %q: there are GetCapabilities and GetTile", web.Clip(request)), http.StatusNotImplemented}
}

// wmtsREST is the paths: those of tiles have the same words in their places.
func (s *server) wmtsREST(c echo.Context) error {
	a, err := readWMTS(c.QueryParams())
	if err != nil {
		return err
	}
	if len(a.words) > 0 {
		name := slices.Sorted(maps.Keys(a.words))[0]
		return wmtsInvalid(strings.ToUpper(name), a.words[name], "here it is in the path")
	}
	if c.Param("layer") == "" {
		return s.wmtsCapabilities(c, a)
	}
	column, ok := strings.CutSuffix(c.Param("file"), ".png")
	if !ok {
		return wmtsInvalid("FORMAT", c.Param("file"), "a tile's name ends with .png")
	}
	a.words = map[string]string{
		"layer": c.Param("layer"), "style": c.Param("style"), "tilematrixset": c.Param("tms"),
		"tilematrix": c.Param("z"), "tilerow": c.Param("row"), "tilecol": column,
	}
	for _, w := range [...][2]string{{"layer", wmtsLayer}, {"tilematrixset", wmtsSet}} {
		if _, err := a.need(w[0], w[1]); err != nil {
			return err
		}
	}
	return s.wmtsTile(c, a)
}

// askHeatOf asks with the words of heat alone, as if they were the whole query.
func (s *server) askOf(c echo.Context, words url.Values) (*ask, error) {
	r := *c.Request()
	at := *r.URL
	at.RawQuery = words.Encode()
	r.URL = &at
	return s.ask(c.Echo().NewContext(&r, c.Response()))
}

// wmtsTile answers with a tile: the same picture as /heat/{z}/{x}/{y}.png?style=, but
// a clear one where nothing is, for clients that take no other answer.
func (s *server) wmtsTile(c echo.Context, a *wmtsAsk) error {
	id, err := a.tile()
	if err != nil {
		return err
	}
	style, ok := a.words["style"]
	switch {
	case !ok:
		return wmtsMissing("STYLE")
	case style == "" || style == "default":
		style = heat.Palettes[0].Name
	}
	if _, ok := heat.PaletteOf(style); !ok {
		return wmtsInvalid("STYLE", style, "the capabilities list those there are")
	}
	a.heat.Set("style", style)
	ask, err := s.askOf(c, a.heat)
	if err != nil {
		return err
	}
	surface, err := s.heat.surface(c.Request().Context(), ask)
	if err != nil {
		return err
	}
	body := surface.Picture(id, ask.codingOf(surface), *ask.style, ask.breaks(surface))
	if body == nil {
		body = clearTile()
	}
	h := c.Response().Header()
	h.Set("X-City-Version", strconv.FormatInt(ask.snap.City.Version, 10))
	h["Cache-Control"] = s.tileCacheControl
	return web.SendEncoded(c, web.TypePNG, "", h.Get("Cache-Control"), tiler.ETag(body, ""), body)
}

// tile reads which.
func (a *wmtsAsk) tile() (tiler.ID, error) {
	var text [3]string
	for i, word := range [...]string{"tilematrix", "tilecol", "tilerow"} {
		var err error
		if text[i], err = a.need(word, ""); err != nil {
			return tiler.ID{}, err
		}
	}
	z, err := strconv.ParseUint(text[0], 10, 8)
	if err != nil || z > maxZoom {
		return tiler.ID{}, wmtsInvalid("TILEMATRIX", text[0], fmt.Sprintf("0 to %d", maxZoom))
	}
	var at [2]uint64
	for i, word := range [...]string{"TILECOL", "TILEROW"} {
		if at[i], err = strconv.ParseUint(text[i+1], 10, 32); err != nil {
			return tiler.ID{}, wmtsInvalid(word, text[i+1], "a whole number")
		}
		if at[i]>>z > 0 {
			return tiler.ID{}, &wmtsFault{"TileOutOfRange", word, fmt.Sprintf("%s is %d: 0 to %d", word, at[i], uint64(1)<<z-1), http.StatusBadRequest}
		}
	}
	return tiler.ID{Z: uint8(z), X: uint32(at[0]), Y: uint32(at[1])}, nil
}

// clearTile is a picture of nothing.
var clearTile = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewPaletted(image.Rect(0, 0, heat.TileSize, heat.TileSize), color.Palette{color.NRGBA{}})); err != nil {
		panic(err) // to memory
	}
	return b.Bytes()
})

// failWMTS writes an error as an exception report.
func failWMTS(log *slog.Logger, err error, c echo.Context) error {
	f, ok := err.(*wmtsFault) //nolint:errorlint // made here and returned as it is
	if !ok {
		p := web.Report(log, err)
		f = &wmtsFault{code: "NoApplicableCode", text: p.Detail, status: p.Status}
		if len(p.Errors) > 0 && (p.Status == http.StatusBadRequest || p.Status == http.StatusUnprocessableEntity) {
			f.code, f.locator = "InvalidParameterValue", p.Errors[0].Location
		}
	}
	var text, locator strings.Builder
	_ = xml.EscapeText(&text, []byte(f.text)) // to memory
	_ = xml.EscapeText(&locator, []byte(f.locator))
	body := xml.Header + `<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" version="1.1.0" xml:lang="en"><ows:Exception exceptionCode="` + f.code + `"`
	if f.locator != "" {
		body += ` locator="` + locator.String() + `"`
	}
	body += `><ows:ExceptionText>` + text.String() + `</ows:ExceptionText></ows:Exception></ows:ExceptionReport>`
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.Blob(f.status, typeXML, []byte(body))
}

// isWMTS reports whether the answer is one of WMTS.
func isWMTS(c echo.Context) bool {
	path := c.Request().URL.Path
	return path == wmtsPath || strings.HasPrefix(path, wmtsPath+"/")
}
