package api

import (
	"slices"

	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
)

// What a feature of a basemap is, in the words of this server's own archives and of
// others'.
var (
	classOf = expression{"coalesce", expression{"get", "class"}, expression{"get", "kind"}, expression{"get", "pmap:kind"}, ""}
	// structureOf is bridge or tunnel.
	structureOf = expression{
		"case",
		expression{"==", expression{"get", "is_tunnel"}, true},
		tunnel,
		expression{"==", expression{"get", "is_bridge"}, true},
		bridge,
		expression{"coalesce", expression{"get", "structure"}, expression{"get", "brunnel"}, ""},
	}
	isTunnel = expression{"==", structureOf, tunnel}
	isBridge = expression{"==", structureOf, bridge}
)

const (
	tunnel = "tunnel"
	bridge = "bridge"
	// roadEdgesFrom is the zoom from which roads have room for an edge.
	roadEdgesFrom = 12
)

// Classes of roads by how they are drawn. A centre line carries the name of a road
// whose surface is an area.
var (
	motorways = []string{"motorway", "trunk", "highway"}
	primaries = []string{"primary", "arterial", "major_road"}
	streets   = []string{"secondary", "tertiary", "street", "medium_road"}
	services  = []string{"service", "track_road", "minor_service", "pedestrian"}
	paths     = []string{"path", "steps", "track", "footway", "cycleway", "bridleway", "sidewalk"}
	unpaved   = append([]string{"pedestrian"}, paths...)

	isPath = among(classOf, paths)
	isRoad = expression{"all", isLine, expression{"!", isPath}, expression{"!=", classOf, "centerline"}, expression{"!=", classOf, "rail"}}
)

func among(of expression, words []string) expression {
	return expression{"in", of, expression{"literal", words}}
}

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
		green = expression{"all", isArea, among(classOf, greens)}
	}
	draw("base_green", fills(green, c.green, c.green, 1), strokes("line", isLine, c.green, 2))
	// A bank has no outline: areas of water are cut where tiles and extracts end.
	draw("base_water",
		fills(isArea, c.water, c.water, 1),
		strokes("line", expression{"all", isLine, expression{"!=", classOf, "coastline"}}, c.water, byZoom(8, 0.6, 13, 1.4, 18, 8)))
	draw("base_roads", fills(isArea, expression{"match", classOf, unpaved, c.tunnel, c.road}, c.roadEdge, 1))
	draw("base_rail", railLooks(c, false)...)
	draw("base_roads", tunnelLooks(c)...)
	draw("base_buildings",
		fills(isArea, c.building, c.buildingEdge, byZoom(13, 0.5, 15, 1)),
		strokes("line", isLine, c.buildingEdge, 1))
	draw("base_roads", surfaceLooks(c)...)
	draw("base_rail", railLooks(c, true)...)
	return out
}

// railLooks are tracks with their sleepers: those in the street above it, all others
// below, so that a crossing road is seen whole.
func railLooks(c *colours, inStreet bool) []styleLayer {
	trams := among(classOf, []string{"tram", "light_rail", "monorail", "funicular"})
	above := expression{"all", isLine, trams, expression{"!", isTunnel}}
	if inStreet {
		tram := strokes("tram", above, c.rail, byZoom(12, 0.6, 16, 1.2, 18, 2))
		tram.MinZoom = 12
		return []styleLayer{tram}
	}
	below := strokes(tunnel, expression{"all", isLine, isTunnel}, c.rail, byZoom(11, 0.8, 16, 1.6), 2, 2)
	below.MinZoom = 12
	open := expression{"all", isLine, expression{"!", trams}, expression{"!", isTunnel}}
	sleepers := strokes("sleepers", open, c.rail, byZoom(13, 3, 18, 7), 0.25, 2)
	sleepers.MinZoom = 13
	for _, look := range []*styleLayer{&below, &sleepers} {
		look.Layout["line-cap"] = "butt"
	}
	return []styleLayer{below, strokes("line", open, c.rail, byZoom(8, 0.7, 13, 1, 18, 2.4)), sleepers}
}

// tunnelLooks are roads below what is built: pale, between broken lines.
func tunnelLooks(c *colours) []styleLayer {
	where := expression{"all", isRoad, isTunnel}
	edge := roadLook("tunnel-edge", where, roadEdges(c), roadWidths(1.6), 2, 1.5)
	inner := roadLook("tunnel-line", where, c.tunnel, roadWidths(0))
	return []styleLayer{edge, inner}
}

// surfaceLooks are roads on the ground, paths first, and bridges over them; within
// each the larger lie over the smaller.
func surfaceLooks(c *colours) []styleLayer {
	path := strokes("path", expression{"all", isLine, isPath, expression{"!", isTunnel}}, c.path, byZoom(14, 0.6, 17, 1.4, 19, 3), 2.4, 1.2)
	path.MinZoom = 14
	path.Layout["line-cap"] = "butt"
	ground := expression{"all", isRoad, expression{"!", isTunnel}, expression{"!", isBridge}}
	over := expression{"all", isRoad, isBridge}
	edge := roadLook("edge", ground, roadEdges(c), roadWidths(1.4))
	bridgeEdge := roadLook("bridge-edge", over, roadEdges(c), roadWidths(2.2))
	bridgeEdge.MinZoom = 13
	inner := roadLook("line", ground, roadColours(c), roadWidths(0))
	inner.Layout["line-cap"] = "round"
	inner.MinZoom = 0
	bridgeInner := roadLook("bridge-line", over, roadColours(c), roadWidths(0))
	bridgeInner.MinZoom = 0
	return []styleLayer{path, edge, inner, bridgeEdge, bridgeInner}
}

// roadLook is one stroke of roads, from where there is room for an edge.
func roadLook(id string, filter expression, colour, width any, dash ...float64) styleLayer {
	look := strokes(id, filter, colour, width, dash...)
	look.MinZoom = roadEdgesFrom
	look.Layout["line-cap"] = "butt"
	look.Layout["line-sort-key"] = byRoad(5, 4, 3, 2, 1)
	return look
}

// byRoad gives a value by class.
func byRoad(motorway, primary, street, small, service any) expression {
	return expression{"match", classOf, motorways, motorway, primaries, primary, streets, street, services, service, small}
}

// roadColours are stronger where roads have no edge yet.
func roadColours(c *colours) expression {
	return expression{
		"step",
		expression{"zoom"},
		byRoad(c.afar[0], c.afar[1], c.afar[2], c.afar[2], c.afar[2]),
		roadEdgesFrom,
		byRoad(c.motorway, c.primary, c.road, c.road, c.road),
	}
}

func roadEdges(c *colours) expression {
	return byRoad(c.motorwayEdge, c.primaryEdge, c.roadEdge, c.roadEdge, c.roadEdge)
}

func fills(filter expression, colour any, outline string, opacity any) styleLayer {
	return styleLayer{ID: "area", Type: "fill", Filter: filter, Paint: map[string]any{
		"fill-color": colour, "fill-outline-color": outline, "fill-opacity": opacity,
	}}
}

func strokes(id string, filter expression, colour, width any, dash ...float64) styleLayer {
	paint := map[string]any{"line-color": colour, "line-width": width}
	if len(dash) > 0 {
		paint["line-dasharray"] = dash
	}
	return styleLayer{ID: id, Type: "line", Filter: filter, Layout: map[string]any{"line-join": "round", "line-cap": "round"}, Paint: paint}
}

// roadWidths are those of roads by class, extra pixels added. A ramp is as wide as a
// small street.
func roadWidths(extra float64) expression {
	at := func(motorway, primary, street, small, service float64) expression {
		return expression{
			"+", expression{
				"case",
				expression{"==", expression{"get", "link"}, "yes"},
				small,
				byRoad(motorway, primary, street, small, service),
			}, extra,
		}
	}
	return expression{
		"interpolate",
		expression{"exponential", 1.6},
		expression{"zoom"},
		6, at(0.9, 0.5, 0.3, 0.1, 0), 11, at(2.2, 1.6, 1, 0.4, 0.1), 14, at(5, 4.2, 3, 1.8, 0.9), 18, at(28, 25, 20, 14, 7),
	}
}
