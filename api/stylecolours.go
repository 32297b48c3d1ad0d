package api

// colours are a theme. Those of majors and zones stay apart for eyes that do
// not see red or green; the viewer uses the same.
type colours struct {
	land, water, waterEdge, green, building, buildingEdge, road, roadEdge string
	motorway, motorwayEdge, primary, primaryEdge, tunnel, path, rail      string
	afar                                                                  [3]string // roads without an edge
	text, quiet, halo, waterText, greenText                               string
	cell, zone, community, street, district, edge                         string
	count, other, address, resource, symbolEdge                           string
	lampGreen, lampYellow, lampRed, lampGrey                              string
	zoneFill                                                              float64
	majors, zones                                                         []string
}

var lightColours = colours{
	land: "#f5f4f0", water: "#bcd9ea", waterEdge: "#9cc4db", green: "#d5e8cb", building: "#e4e0d8", buildingEdge: "#cfc9be",
	road: "#ffffff", roadEdge: "#d3d1cb", motorway: "#f6d493", motorwayEdge: "#c99a4b", primary: "#fdf0cf", primaryEdge: "#d3bf92",
	afar: [3]string{"#e2b25c", "#dcca9c", "#dbd8d1"}, tunnel: "#eae7e0", path: "#b3a48e", rail: "#a39d93",
	text: "#18222e", quiet: "#4a5563", halo: "#fbfaf8", waterText: "#24587a", greenText: "#35632b",
	cell: "#69758a", zone: "#2f3b4a", community: "#3f5f2c", street: "#7a4a12", district: "#5b2a86", edge: "#5b2a86",
	count: "#177ce6", other: "#4a5563", address: "#6b4f1d", resource: "#c2185b", symbolEdge: "#ffffff",
	lampGreen: "#1a8f4c", lampYellow: "#e0a800", lampRed: "#d32f2f", lampGrey: "#7b8494",
	zoneFill: 0.3,
	majors:   []string{"#177ce6", "#cf8205", "#46a46f", "#530a72", "#67415d", "#7c4100", "#139fc4", "#381300"},
	zones:    []string{"#4477aa", "#ccbb44", "#aa3377", "#228833", "#ee7733", "#33bbee"},
}

var darkColours = colours{
	land: "#12171d", water: "#17364a", waterEdge: "#20465e", green: "#1d4030", building: "#2b343e", buildingEdge: "#3a4551",
	road: "#3b4653", roadEdge: "#1b222a", motorway: "#635029", motorwayEdge: "#2c2517", primary: "#555041", primaryEdge: "#22211d",
	afar: [3]string{"#635029", "#555041", "#3b4653"}, tunnel: "#222a33", path: "#5f6c7a", rail: "#5f6b78",
	text: "#eef3f8", quiet: "#b7c2cf", halo: "#0d1116", waterText: "#9ccbea", greenText: "#a6d79d",
	cell: "#7d8ca0", zone: "#dfe7f0", community: "#a4cf8c", street: "#dcb27c", district: "#c9a2f2", edge: "#c9a2f2",
	count: "#4b88ff", other: "#b7c2cf", address: "#d9bd85", resource: "#ff5c9a", symbolEdge: "#0d1116",
	lampGreen: "#3ecf7f", lampYellow: "#ffd54a", lampRed: "#ff6b5e", lampGrey: "#9aa4b2",
	zoneFill: 0.2,
	majors:   []string{"#4b88ff", "#ed6930", "#88ffa6", "#cf499b", "#bffff9", "#f2e726", "#4ecbff", "#c75d5e"},
	zones:    []string{"#6699cc", "#ddcc55", "#cc6699", "#55aa66", "#ee8855", "#55ccee"},
}
