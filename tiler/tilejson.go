package tiler

import (
	"math/bits"

	"github.com/wanmi-gis/wanmi/spatial"
)

// TileJSON describes a tile set to a map client (TileJSON 3.0.0).
type TileJSON struct {
	TileJSON     string        `json:"tilejson"`
	Name         string        `json:"name,omitempty"`
	Attribution  string        `json:"attribution,omitempty"`
	Scheme       string        `json:"scheme"`
	Tiles        []string      `json:"tiles"`
	MinZoom      uint8         `json:"minzoom"`
	MaxZoom      uint8         `json:"maxzoom"`
	Bounds       []float64     `json:"bounds,omitempty"` // west, south, east, north in degrees
	Center       []float64     `json:"center,omitempty"` // longitude, latitude, zoom
	VectorLayers []VectorLayer `json:"vector_layers"`
	// Style is where a MapLibre style of the layers is: a member of our own,
	// which TileJSON allows.
	Style string `json:"style,omitempty"`
}

// VectorLayer is one layer of a TileJSON.
type VectorLayer struct {
	ID          string            `json:"id"`
	Description string            `json:"description,omitempty"`
	Fields      map[string]string `json:"fields"`
	MinZoom     uint8             `json:"minzoom"`
	MaxZoom     uint8             `json:"maxzoom"`
}

// NewTileJSON describes the layers, as [Select] picks them, served under the
// URL templates given ({z}, {x} and {y} stand for the tile's numbers). Without
// a feature there are no bounds and no centre.
func NewTileJSON(layers []Layer, templates ...string) TileJSON {
	doc := TileJSON{
		TileJSON:     "3.0.0",
		Scheme:       "xyz",
		Tiles:        append([]string{}, templates...),
		VectorLayers: make([]VectorLayer, 0, len(layers)),
	}
	box := spatial.EmptyBox()
	for i, l := range layers {
		doc.VectorLayers = append(doc.VectorLayers, VectorLayer{
			ID: l.Name, Description: l.Description, Fields: fieldTypes(&l), MinZoom: l.MinZoom, MaxZoom: l.MaxZoom,
		})
		if i == 0 {
			doc.MinZoom, doc.MaxZoom = l.MinZoom, l.MaxZoom
		}
		doc.MinZoom, doc.MaxZoom = min(doc.MinZoom, l.MinZoom), max(doc.MaxZoom, l.MaxZoom)
		box = box.Union(mapBox(&l))
	}
	if !box.Empty() {
		c := box.Center()
		doc.Bounds = boundsDegrees(box)
		doc.Center = []float64{c.Lon(), c.Lat(), float64(min(max(fitZoom(box), doc.MinZoom), doc.MaxZoom))}
	}
	return doc
}

// fieldTypes names the layer's fields: texts, and numbers where they count.
// Those that are only written when asked for are not among them.
func fieldTypes(l *Layer) map[string]string {
	fields := make(map[string]string, len(l.Fields))
	for _, name := range l.Fields {
		fields[name] = "String"
	}
	for _, name := range l.Numbers {
		fields[name] = "Number"
	}
	if l.Sums != nil {
		fields[CountField] = "Number"
		for _, name := range l.Sums.Classes {
			fields[name] = "Number"
		}
	}
	return fields
}

// mapBox is the layer's box as far as the projection reaches; empty when the
// layer has none.
func mapBox(l *Layer) spatial.Box {
	if l.Count == 0 && l.Box == (spatial.Box{}) {
		return spatial.EmptyBox()
	}
	box := l.Box
	box.Min.Y, box.Max.Y = max(box.Min.Y, -maxLat), min(box.Max.Y, maxLat)
	return box
}

func boundsDegrees(b spatial.Box) []float64 {
	return []float64{b.Min.Lon(), b.Min.Lat(), b.Max.Lon(), b.Max.Lat()}
}

// fitZoom is the deepest zoom at which the box is no larger than a tile.
func fitZoom(b spatial.Box) uint8 {
	x0, y1 := World(b.Min)
	x1, y0 := World(b.Max)
	return uint8(min(bits.LeadingZeros32(max(x1-x0, y1-y0)), MaxZoom))
}
