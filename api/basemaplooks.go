package api

import (
	"slices"

	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/sprites"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// iconsFrom is the zoom from which components have icons: some 20 m to an icon.
const iconsFrom = 17

// What a feature of a basemap is, and its name, in the words of this server's own
// archives and of others'.
var (
	classOf = expression{"coalesce", expression{"get", "class"}, expression{"get", "kind"}, expression{"get", "pmap:kind"}, ""}
	nameOf  = expression{"coalesce", expression{"get", "name:zh"}, expression{"get", "name"}, expression{"get", "name_en"}, ""}
	isNamed = expression{"!=", nameOf, ""}
)

// greens are the classes of land that is drawn green where a layer has all uses.
var greens = []string{
	"park", "forest", "wood", "grass", "garden", "cemetery", "pitch", "playground", "golf_course", "nature_reserve", "meadow", "scrub",
	"recreation_ground", "orchard", "village_green", "wetland", "grassland",
}

// basemapLooks draws a basemap: a picture as it is, lines and areas in the colours of
// the style.
func basemapLooks(b *basemaps.Info, c *colours) (out []styleLayer) {
	if b.Type != stored.MVT {
		return []styleLayer{{ID: basemapSource + "-picture", Type: "raster", Source: basemapSource}}
	}
	there := sourceLayers(b)
	draw := func(ours string, looks ...styleLayer) {
		for _, layer := range there[ours] {
			for _, look := range looks {
				look.ID = basemapSource + "-" + layer + "-" + look.ID
				look.Source, look.SourceLayer = basemapSource, layer
				out = append(out, look)
			}
		}
	}
	green := isArea
	if !slices.Contains(there["base_green"], "base_green") {
		green = expression{"all", isArea, expression{"in", classOf, expression{"literal", greens}}}
	}
	draw("base_green", fills(green, c.green, c.green, 1))
	draw("base_water",
		fills(isArea, c.water, c.waterEdge, 1),
		strokes("line", expression{"all", isLine, expression{"!=", classOf, "coastline"}}, c.water, byZoom(8, 0.6, 13, 1.4, 18, 8)))
	draw("base_buildings", fills(isArea, c.building, c.buildingEdge, byZoom(13, 0.5, 15, 1)))
	draw("base_rail", strokes("line", isLine, c.roadEdge, byZoom(8, 0.8, 14, 1.6, 18, 4), 4, 2))
	edge := strokes("edge", isLine, c.roadEdge, roadWidths(1.2))
	edge.MinZoom = 12
	draw("base_roads", edge, strokes("line", isLine, c.road, roadWidths(0)))
	return out
}

func fills(filter expression, colour, outline string, opacity any) styleLayer {
	return styleLayer{ID: "area", Type: "fill", Filter: filter, Paint: map[string]any{
		"fill-color": colour, "fill-outline-color": outline, "fill-opacity": opacity,
	}}
}

func strokes(id string, filter expression, colour string, width any, dash ...float64) styleLayer {
	paint := map[string]any{"line-color": colour, "line-width": width}
	if len(dash) > 0 {
		paint["line-dasharray"] = dash
	}
	return styleLayer{ID: id, Type: "line", Filter: filter, Layout: map[string]any{"line-join": "round", "line-cap": "round"}, Paint: paint}
}

// roadWidths are those of roads by class, extra pixels added.
func roadWidths(extra float64) expression {
	at := func(large, middle, small, path float64) expression {
		return expression{
			"+", expression{
				"match", classOf,
				[]string{"motorway", "trunk", "primary", "arterial", "highway"},
				large,
				[]string{"secondary", "tertiary", "street", "major_road"},
				middle,
				[]string{"path", "steps", "track", "footway", "sidewalk"},
				path, small,
			}, extra,
		}
	}
	return expression{
		"interpolate",
		expression{"exponential", 1.6},
		expression{"zoom"},
		6, at(0.8, 0.3, 0.1, 0), 11, at(2, 1, 0.4, 0.1), 14, at(5, 3.6, 2, 0.6), 18, at(26, 20, 13, 3),
	}
}

// lettering is how names are written in a style.
type lettering struct {
	regular, bold []string // fonts; nil where the server has none
	text, halo    string
}

// lettering chooses fonts and colours; over pictures names are white.
func (s *server) lettering(c *colours, overPicture bool) lettering {
	out := lettering{regular: s.fontStack(regular), bold: s.fontStack(bold), text: c.zone, halo: c.land}
	if overPicture {
		out.text, out.halo = "#ffffff", "#000000"
	}
	return out
}

// basemap names what the basemap has: roads along themselves, places, and points of
// interest from near by.
func (t lettering) basemap(b *basemaps.Info) (out []styleLayer) {
	if b.Type != stored.MVT {
		return nil
	}
	there := sourceLayers(b)
	name := func(ours string, look styleLayer, from float64) {
		for _, layer := range there[ours] {
			look.ID, look.Source, look.SourceLayer, look.MinZoom = basemapSource+"-"+layer+"-name", basemapSource, layer, from
			out = append(out, look)
		}
	}
	name("base_pois", t.points(byZoom(15, 10, 18, 12), t.regular), 16)
	name("base_roads", t.lines(), 13)
	name("base_places", t.points(expression{
		"interpolate",
		expression{"linear"},
		expression{"zoom"},
		6,
		expression{"match", classOf, []string{"city", "locality"}, 14, 10},
		14,
		expression{"match", classOf, []string{"city", "town", "district", "locality"}, 18, 13},
	}, t.bold), 4)
	return out
}

// city names the roads of the city's own base map.
func (t lettering) city(layers []tiler.Layer) []styleLayer {
	if !slices.ContainsFunc(layers, func(l tiler.Layer) bool { return l.Name == "base_roads" }) {
		return nil
	}
	look := t.lines()
	look.ID, look.Source, look.SourceLayer, look.MinZoom = "base_roads-name", styleSourceName, "base_roads", 14
	return []styleLayer{look}
}

func (t lettering) points(size any, fonts []string) styleLayer {
	return styleLayer{
		Type: "symbol", Filter: expression{"all", isPoint, isNamed},
		Layout: map[string]any{"text-field": nameOf, "text-font": orLocal(fonts), "text-size": size, "text-max-width": 8, "text-padding": 4},
		Paint:  t.paint(),
	}
}

func (t lettering) lines() styleLayer {
	return styleLayer{
		Type: "symbol", Filter: expression{"all", isLine, isNamed},
		Layout: map[string]any{
			"symbol-placement": "line", "symbol-spacing": 400, "text-field": nameOf, "text-font": orLocal(t.regular),
			"text-size": byZoom(13, 10, 18, 14), "text-padding": 6,
		},
		Paint: t.paint(),
	}
}

func (t lettering) paint() map[string]any {
	return map[string]any{"text-color": t.text, "text-halo-color": t.halo, "text-halo-width": 1.4}
}

// orLocal names the families a browser is to look for where the server has no fonts.
func orLocal(fonts []string) []string {
	if fonts == nil {
		return []string{"Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC"}
	}
	return fonts
}

// iconOf is the icon of a component by its major.
func iconOf(snap *grids.Snapshot) any {
	match := expression{"match", expression{"get", "major"}}
	said := map[string]bool{}
	for _, cat := range snap.Catalogue.All() {
		if cat.Kind == grids.ComponentKind && cat.Major == "" && !said[cat.Code] {
			said[cat.Code] = true
			match = append(match, cat.Code, sprites.Icon("component", cat.Name))
		}
	}
	if len(said) == 0 { // a match needs a branch
		return "component-" + sprites.Other
	}
	return append(match, "component-"+sprites.Other)
}
