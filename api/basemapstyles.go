package api

import (
	"encoding/json"
	"errors"
	"html"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/basemaps/upstream"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// The styles of whole maps: a basemap with the city on it.
const (
	styleLight   = "light"
	styleDark    = "dark"
	styleImagery = "imagery"
	styleBlank   = "blank"
)

// basemapSource is the basemap's in a style. What a style draws of it has names that
// begin so.
const basemapSource = "basemap"

func isMapStyle(name string) bool {
	return slices.Contains([]string{styleLight, styleDark, styleImagery, styleBlank}, name)
}

// mapStyle answers with the style of a whole map.
func (s *server) mapStyle(c echo.Context, kind string) error {
	known := map[string][]string{
		styleLight: {"basemap"}, styleDark: {"basemap"}, styleImagery: {"basemap", "theme"}, styleBlank: {"theme"},
	}
	params, err := web.Parameters(c, known[kind]...)
	if err != nil {
		return err
	}
	colours, err := themeOf(params)
	if err != nil {
		return err
	}
	if kind == styleDark {
		colours = &darkColours
	}
	id, asked := params.Find("basemap")
	under, err := s.under(c, kind, id, asked)
	if err != nil {
		return err
	}
	if under != nil && under.Type != stored.MVT {
		through := *colours
		through.zoneFill /= 3 // a photograph shows through
		colours = &through
	}
	snap := s.live.Current()
	// What the basemap draws the city does not draw again, in another hand.
	hidden := replaced(under)
	if kind == styleBlank {
		hidden = allBase()
	}
	layers := slices.DeleteFunc(s.filledLayers(), func(l tiler.Layer) bool { return slices.Contains(hidden, l.Name) })
	doc := newStyle(web.BaseURL(c), snap, layers, colours)
	doc.Name = snap.City.Name + " " + kind
	if len(layers) == 0 {
		delete(doc.Sources, styleSourceName) // an URL of no layers would be none
	}
	doc.Sprite = web.BaseURL(c) + "/sprites/" + spriteName
	lettering := s.lettering(colours, kind == styleImagery && under != nil)
	if lettering.regular != nil {
		doc.Glyphs = glyphsURL(c)
	}
	if under != nil {
		doc.Name += " " + under.ID
		doc.Sources[basemapSource] = s.basemapSource(c, under)
		doc.Layers = layUnder(doc.Layers, under, basemapLooks(under, colours))
		doc.Layers = append(doc.Layers, lettering.basemap(under)...)
	}
	doc.Layers = append(doc.Layers, iconLooks(snap, layers)...)
	doc.Layers = append(doc.Layers, lettering.city(layers)...)
	s.approve(&doc)
	return web.SendJSON(c, doc)
}

// layUnder puts a basemap under the city. The colours of zones lie over a picture; water
// and green of a street map keep their own, and the open land has the zone's.
func layUnder(layers []styleLayer, b *basemaps.Info, looks []styleLayer) []styleLayer {
	const background = 1
	if b.Type != stored.MVT {
		return slices.Insert(layers, background, looks...)
	}
	isZone := func(l styleLayer) bool { return l.SourceLayer == "zones" && l.Type == "fill" }
	if i := slices.IndexFunc(layers, isZone); i > 0 {
		looks = append([]styleLayer{layers[i]}, looks...)
		layers = slices.Delete(layers, i, i+1)
	}
	return slices.Insert(layers, background, looks...)
}

func themeOf(params web.Params) (*colours, error) {
	switch theme, _ := params.Find("theme"); theme {
	case "", "light":
		return &lightColours, nil
	case "dark":
		return &darkColours, nil
	default:
		return nil, web.Refuse("theme", theme, "there are light and dark", web.ErrMalformed)
	}
}

// under picks the basemap: the one asked for, else the first of the style's type that
// has the city, else the city's own; nil for none.
func (s *server) under(c echo.Context, kind, id string, asked bool) (*basemaps.Info, error) {
	if kind == styleBlank {
		return nil, nil
	}
	if asked {
		return s.askedFor(c, kind, id)
	}
	city := s.live.Current().Box(grids.Cells)
	var own *basemaps.Info
	list := s.basemapInfos()
	for i := range list {
		here := list[i].Box.Empty() || list[i].Box.Meets(city)
		switch {
		case undrawable(&list[i]) != "" || !here || (list[i].Type == stored.MVT) != (kind != styleImagery):
		case list[i].Format == cityFormat:
			own = &list[i]
		default:
			return &list[i], nil
		}
	}
	return own, nil
}

// askedFor is the basemap of the id, if the style can draw it.
func (s *server) askedFor(c echo.Context, kind, id string) (*basemaps.Info, error) {
	b, err := s.basemap(url.PathEscape(id))
	switch {
	case errors.Is(err, web.ErrNotFound):
		return nil, web.Refuse("basemap", id, "there is no such basemap; /basemaps.json lists those there are", web.ErrNotFound)
	case err != nil:
		waitHeader(c, err)
		return nil, err
	}
	defer b.Release()
	info := *b.Describe()
	if why := undrawable(&info); why != "" {
		return nil, web.Refuse("basemap", id, why, web.ErrMalformed)
	}
	if kind == styleImagery && info.Type == stored.MVT {
		return nil, web.Refuse("basemap", id, "imagery wants a basemap of pictures; this one has lines and areas", web.ErrMalformed)
	}
	return &info, nil
}

// undrawable says why maps cannot have the basemap; "" where they can.
func undrawable(b *basemaps.Info) string {
	switch b.CRS {
	case "":
		return ""
	case upstream.GCJ02:
		return "its pictures are in GCJ-02: under a city in CGCS2000 they would lie some 500 m off"
	default:
		return "its tiles are those of " + b.CRS + "; maps are drawn in Web Mercator"
	}
}

// replaced are the city's layers that are not drawn over the basemap, which draws the
// same: over a picture all of the background.
func replaced(b *basemaps.Info) []string {
	switch {
	case b == nil:
		return nil
	case b.Type != stored.MVT:
		return allBase()
	}
	there := sourceLayers(b)
	return slices.DeleteFunc(allBase(), func(name string) bool { return len(there[name]) == 0 })
}

// allBase are the layers of the city's own background.
func allBase() (names []string) {
	for _, l := range grids.BaseLayers() {
		names = append(names, string(l))
	}
	return names
}

// basemapSource is the basemap's tiles, and whom to name for them.
func (s *server) basemapSource(c echo.Context, b *basemaps.Info) styleSource {
	out := styleSource{
		Type: "vector", MinZoom: b.MinZoom, MaxZoom: b.MaxZoom, Attribution: attributionOf(b.Attribution),
		Tiles: []string{web.BaseURL(c) + "/basemaps/" + url.PathEscape(b.ID) + "/{z}/{x}/{y}." + b.Type.Ext()},
	}
	if b.Type != stored.MVT {
		out.Type, out.TileSize = "raster", 256
	}
	if !b.Box.Empty() {
		out.Bounds = []float64{b.Box.Min.Lon(), b.Box.Min.Lat(), b.Box.Max.Lon(), b.Box.Max.Lat()}
	}
	return out
}

// attributionOf makes plain text of an archive's, which may be any HTML, and names
// the licence wherever it names OpenStreetMap.
func attributionOf(said string) string {
	var text strings.Builder
	for i, part := range strings.Split(said, "<") {
		if i > 0 {
			_, part, _ = strings.Cut(part, ">") // the rest of a tag that does not end is dropped
		}
		text.WriteString(part)
	}
	plain := strings.Join(strings.Fields(html.UnescapeString(text.String())), " ")
	if strings.Contains(plain, "OpenStreetMap") && !strings.Contains(plain, "ODbL") {
		plain += " (ODbL 1.0)"
	}
	return html.EscapeString(plain)
}

// approve shows the map's approval number (审图号) beside who is named anyway.
func (s *server) approve(doc *style) {
	if s.mapApproval == "" {
		return
	}
	for _, name := range [...]string{styleSourceName, basemapSource} {
		if source, ok := doc.Sources[name]; ok {
			said := "审图号：" + html.EscapeString(s.mapApproval)
			if source.Attribution != "" {
				said = source.Attribution + " " + said
			}
			source.Attribution = said
			doc.Sources[name] = source
			return
		}
	}
}

// sourceLayers says which layers of a vector basemap have what a layer of ours has:
// those of the same name, else those that other makers call so.
func sourceLayers(b *basemaps.Info) map[string][]string {
	var described []struct{ ID string }
	_ = json.Unmarshal(b.VectorLayers, &described) // none are known then
	there := map[string]bool{}
	for _, l := range described {
		there[l.ID] = true
	}
	out := map[string][]string{}
	for ours, others := range map[string][]string{
		"base_green": {"landuse", "landcover", "park", "landuse_park"}, "base_water": {"water", "waterway", "physical_line"},
		"base_buildings": {"buildings", "building"}, "base_roads": {"roads", "transportation", "streets", "road"},
		"base_rail": {"transit"}, "base_places": {"places", "place", "place_label"}, "base_pois": {"pois", "poi", "poi_label"},
	} {
		if there[ours] || len(described) == 0 {
			out[ours] = []string{ours}
			continue
		}
		out[ours] = slices.DeleteFunc(others, func(name string) bool { return !there[name] })
	}
	return out
}
