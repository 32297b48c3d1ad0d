package api

import (
	"slices"

	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/tiler"
)

// What is written: the Chinese name first, the English second where it is another.
var (
	nameOf    = expression{"coalesce", expression{"get", "name:zh"}, expression{"get", "name"}, expression{"get", "name_en"}, ""}
	isNamed   = expression{"!=", nameOf, ""}
	englishOf = expression{"coalesce", expression{"get", "name_en"}, expression{"get", "name:en"}, ""}
	isEnglish = expression{"any", expression{"==", englishOf, ""}, expression{"==", englishOf, nameOf}}
	// isHan says that the name begins with a Chinese character.
	isHan = expression{"all", expression{">=", expression{"to-string", nameOf}, "\u4e00"}, expression{"<", expression{"to-string", nameOf}, "\ua000"}}
	// twoLines has the English name below, inOneLine after the other.
	twoLines  = bilingual("\n", 0.82)
	inOneLine = bilingual("  ", 0.9)
)

func bilingual(between string, scale float64) expression {
	return expression{
		"format", nameOf,
		map[string]any{},
		expression{"case", isEnglish, "", expression{"concat", between, englishOf}},
		map[string]any{"font-scale": scale},
	}
}

// lettering is how names are written in a style.
type lettering struct {
	regular, bold []string // fonts; nil where the server has none
	text, quiet   string
	water, green  string
	halo          string
}

// lettering chooses fonts and colours; over pictures names are white.
func (s *server) lettering(c *colours, overPicture bool) lettering {
	out := lettering{
		regular: s.fontStack(regular), bold: s.fontStack(bold),
		text: c.text, quiet: c.quiet, water: c.waterText, green: c.greenText, halo: c.halo,
	}
	if overPicture {
		const white = "#ffffff"
		out.text, out.quiet, out.water, out.green, out.halo = white, white, white, white, "#000000"
	}
	return out
}

// Places by how much is to be seen of them: towns and their parts, and what is only of
// interest on the spot.
var (
	cities     = []string{"city", "locality_city"}
	towns      = []string{"town", "district", "borough", "macrohood"}
	smallSpots = []string{"square", "hamlet", "island", "isolated_dwelling"}
)

// basemap names what the basemap has. The later a layer, the sooner it gets its room:
// points of interest come last, places first.
func (t lettering) basemap(b *basemaps.Info) (out []styleLayer) {
	if b.Type != stored.MVT {
		return nil
	}
	there := sourceLayers(b)
	name := func(ours, id string, from float64, look styleLayer) {
		for _, layer := range there[ours] {
			look.ID, look.Source, look.SourceLayer, look.MinZoom = basemapSource+"-"+layer+"-"+id, basemapSource, layer, from
			out = append(out, look)
		}
	}
	small := among(classOf, smallSpots)
	name("base_pois", "name", poisFrom, t.interest())
	name("base_green", "name", 15, t.ground(t.green))
	lake := t.ground(t.water)
	lake.Filter = append(lake.Filter, expression{"!", among(classOf, []string{"river", "canal", "stream", "pool", "fountain"})}) // named as lines, or not at all
	name("base_water", "name", 13, lake)
	name("base_water", "line-name", 13, t.lines(t.water, expression{"all", isLine, isNamed, expression{"!=", classOf, "coastline"}}))
	name("base_roads", "name", 13, t.lines(t.quiet, expression{"all", isLine, isNamed}))
	name("base_places", "small-name", 15, t.places(expression{"all", isPoint, isNamed, small}, t.regular, t.quiet, byZoom(15, 11, 18, 13)))
	name("base_places", "name", 4, t.places(expression{"all", isPoint, isNamed, expression{"!", small}}, t.bold, t.text, placeSizes))
	return out
}

var placeSizes = expression{
	"interpolate",
	expression{"linear"},
	expression{"zoom"},
	6,
	expression{"match", classOf, cities, 14, towns, 11, 10},
	14,
	expression{"match", classOf, cities, 19, towns, 15, 12.5},
}

// city names the roads of the city's own base map.
func (t lettering) city(layers []tiler.Layer) []styleLayer {
	if !slices.ContainsFunc(layers, func(l tiler.Layer) bool { return l.Name == "base_roads" }) {
		return nil
	}
	look := t.lines(t.quiet, expression{"all", isLine, isNamed})
	look.ID, look.Source, look.SourceLayer, look.MinZoom = "base_roads-name", styleSourceName, "base_roads", 14
	return []styleLayer{look}
}

// places have the larger written first.
func (t lettering) places(filter expression, fonts []string, colour string, size any) styleLayer {
	return styleLayer{
		Type: "symbol", Filter: filter,
		Layout: map[string]any{
			"text-field": twoLines, "text-font": orLocal(fonts), "text-size": size, "text-max-width": 8, "text-padding": 6,
			"symbol-sort-key": expression{"match", classOf, cities, 0, towns, 1, []string{"suburb", "village"}, 2, 3},
		},
		Paint: t.paint(colour),
	}
}

// ground names areas: once in each tile that has a part of them, hence the distance.
func (t lettering) ground(colour string) styleLayer {
	return styleLayer{
		Type: "symbol", Filter: expression{"all", isArea, isNamed},
		Layout: map[string]any{
			"text-field": nameOf, "text-font": orLocal(t.regular), "text-size": byZoom(13, 10, 18, 13), "text-max-width": 7, "text-padding": 24,
		},
		Paint: t.paint(colour),
	}
}

// lines are named along themselves, the larger road first; both names have room from
// near by.
func (t lettering) lines(colour string, filter expression) styleLayer {
	return styleLayer{
		Type: "symbol", Filter: filter,
		Layout: map[string]any{
			"symbol-placement": "line", "symbol-spacing": 400, "text-field": expression{"step", expression{"zoom"}, nameOf, 17, inOneLine},
			"text-font": orLocal(t.regular), "text-size": byZoom(13, 10, 18, 14), "text-padding": 6, "text-max-angle": 35,
			// Upright characters one below the other touch on a slant.
			"text-letter-spacing": expression{"case", isHan, 0.16, 0.02},
			"symbol-sort-key":     byRoad(0, 1, 2, 3, 4),
		},
		Paint: t.paint(colour),
	}
}

func (t lettering) paint(colour string) map[string]any {
	return map[string]any{"text-color": colour, "text-halo-color": t.halo, "text-halo-width": 1.4}
}

// orLocal names the families a browser is to look for where the server has no fonts.
func orLocal(fonts []string) []string {
	if fonts == nil {
		return []string{"Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC"}
	}
	return fonts
}
