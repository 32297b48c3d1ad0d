package api

import "slices"

// Zooms at which a layer changes its face.
const (
	cellAreasFrom  = 12 // below, cells are one mesh of borders
	componentsFrom = 14 // below, components are counts by square
)

var (
	isArea  = expression{"==", expression{"geometry-type"}, "Polygon"}
	isLine  = expression{"==", expression{"geometry-type"}, "LineString"}
	isPoint = expression{"==", expression{"geometry-type"}, "Point"}
)

// looks draws every layer there is, in the order from the ground up.
func looks(c *colours, majors []string) []styleLayer {
	return slices.Concat(
		groundLooks(c), zoneAreas(c), cellLooks(c), borderLooks(c), componentLooks(c, majors), pointLooks(c), caseLooks(c),
	)
}

// byZoom interpolates between pairs of zoom and value.
func byZoom(stops ...any) expression {
	return append(expression{"interpolate", expression{"linear"}, expression{"zoom"}}, stops...)
}

// area, line and circle are the three kinds of drawing.
func area(layer string, filter expression, colour, outline, opacity any) styleLayer {
	paint := map[string]any{"fill-color": colour, "fill-opacity": opacity}
	if outline != nil {
		paint["fill-outline-color"] = outline
	}
	return styleLayer{ID: layer + "-area", SourceLayer: layer, Type: "fill", Filter: filter, Paint: paint}
}

func line(layer, id string, filter expression, colour, width any, dash ...float64) styleLayer {
	paint := map[string]any{"line-color": colour, "line-width": width}
	if len(dash) > 0 {
		paint["line-dasharray"] = dash
	}
	return styleLayer{
		ID: layer + "-" + id, SourceLayer: layer, Type: "line", Filter: filter,
		Layout: map[string]any{"line-join": "round"}, Paint: paint,
	}
}

func circle(layer, id string, filter expression, colour, radius, opacity any, edge string) styleLayer {
	return styleLayer{
		ID: layer + "-" + id, SourceLayer: layer, Type: "circle", Filter: filter,
		Paint: map[string]any{
			"circle-color": colour, "circle-radius": radius, "circle-opacity": opacity,
			"circle-stroke-color": edge, "circle-stroke-width": byZoom(12, 0.3, 16, 0.8),
		},
	}
}

func groundLooks(c *colours) []styleLayer {
	return []styleLayer{
		area("base_green", isArea, c.green, nil, 1),
		line("base_green", "line", isLine, c.green, 2),
		area("base_water", isArea, c.water, c.waterEdge, 1),
		line("base_water", "line", isLine, c.water, byZoom(10, 1, 18, 8)),
		area("base_roads", isArea, c.road, c.roadEdge, 1),
		line("base_roads", "edge", isLine, c.roadEdge, byZoom(11, 1.2, 15, 6, 18, 24)),
		line("base_roads", "line", isLine, c.road, byZoom(11, 0.6, 15, 4, 18, 21)),
		area("base_buildings", isArea, c.building, c.buildingEdge, byZoom(14, 0.6, 16, 1)),
		line("base_buildings", "line", isLine, c.buildingEdge, 1),
	}
}

// zoneAreas colours zones so that those which meet differ (attribute tint).
func zoneAreas(c *colours) []styleLayer {
	tint := expression{"match", expression{"get", "tint"}}
	for i, colour := range c.zones {
		tint = append(tint, tintNames[i], colour)
	}
	tint = append(tint, c.zones[0])
	return []styleLayer{area("zones", isArea, tint, nil, byZoom(11, c.zoneFill, 17, c.zoneFill/2))}
}

// cellLooks has the mesh from afar, where each border is drawn once by the
// highest kind it is, and the cells' outlines from near by.
func cellLooks(c *colours) []styleLayer {
	level := func(edge, district, street, community, zone, cell any) expression {
		return expression{
			"match",
			expression{"get", "level"},
			"edge", edge, "district", district, "street", street, "community", community, "zone", zone, cell,
		}
	}
	mesh := line("cells", "mesh", isLine,
		level(c.edge, c.district, c.street, c.community, c.zone, c.cell), level(1.6, 1.6, 1.1, 0.7, 0.7, 0.35))
	mesh.MaxZoom = cellAreasFrom
	fill := area("cells", isArea, c.cell, nil, 0.03)
	outline := line("cells", "line", isArea, c.cell, byZoom(12, 0.4, 15, 0.8, 18, 1.4))
	fill.MinZoom, outline.MinZoom = cellAreasFrom, cellAreasFrom
	return []styleLayer{fill, mesh, outline}
}

func borderLooks(c *colours) []styleLayer {
	return []styleLayer{
		line("zones", "line", isArea, c.zone, byZoom(10, 0.8, 14, 1.3, 18, 2)),
		line("communities", "line", isArea, c.community, byZoom(10, 0.8, 17, 2), 2, 2),
		line("streets", "line", isArea, c.street, byZoom(10, 1, 17, 2.6), 5, 2),
		line("districts", "line", isArea, c.district, byZoom(10, 1.6, 17, 3.4), 6, 2, 1, 2),
	}
}

// componentLooks has circles whose area grows with what they count from afar,
// and the components in the colour of their major from near by.
func componentLooks(c *colours, majors []string) []styleLayer {
	var colour any = c.other
	if len(majors) > 0 { // a match needs a branch
		match := expression{"match", expression{"get", "major"}}
		for i, major := range majors {
			match = append(match, major, c.majors[i%len(c.majors)])
		}
		match = append(match, c.other)
		colour = match
	}
	root := expression{"sqrt", expression{"to-number", expression{"get", "count"}, 1}}
	counts := circle("components", "count", expression{"has", "count"}, c.count,
		expression{"interpolate", expression{"linear"}, root, 1, 1.2, 10, 4, 40, 10, 200, 18}, 0.55, c.symbolEdge)
	counts.MaxZoom = componentsFrom
	near := []styleLayer{
		area("components", isArea, colour, nil, 0.35),
		line("components", "line", isLine, colour, byZoom(14, 1.5, 18, 4)),
		circle("components", "point", isPoint, colour, byZoom(14, 1.6, 16, 3.4, 18, 5), 1, c.symbolEdge),
	}
	for i := range near {
		near[i].MinZoom = componentsFrom
	}
	return append([]styleLayer{counts}, near...)
}

func pointLooks(c *colours) []styleLayer {
	return []styleLayer{
		circle("addresses", "point", isPoint, c.address, byZoom(15, 1.2, 18, 3), 0.8, c.symbolEdge),
		circle("resources", "point", isPoint, c.resource, byZoom(12, 3, 16, 6), 1, c.symbolEdge),
	}
}

// caseLooks has cases in the colour of their lamp, and from afar circles in that
// of the worst in them.
func caseLooks(c *colours) []styleLayer {
	lamp := expression{"match", expression{"get", "lamp"}, "red", c.lampRed, "yellow", c.lampYellow, "green", c.lampGreen, c.lampGrey}
	worst := expression{
		"case",
		expression{"has", "count_red"},
		c.lampRed,
		expression{"has", "count_yellow"},
		c.lampYellow,
		expression{"has", "count_green"},
		c.lampGreen,
		c.lampGrey,
	}
	root := expression{"sqrt", expression{"to-number", expression{"get", "count"}, 1}}
	counts := circle("cases", "count", expression{"has", "count"}, worst,
		expression{"interpolate", expression{"linear"}, root, 1, 3, 10, 12}, 0.8, c.symbolEdge)
	counts.MaxZoom = caseSumsBelow
	near := circle("cases", "point", isPoint, lamp, byZoom(12, 3.5, 16, 7), 1, c.symbolEdge)
	near.MinZoom = caseSumsBelow
	return []styleLayer{counts, near}
}
