package tiler

// Catalogue lists the layers a source has, in drawing order.
type Catalogue struct {
	Layers []CatalogueLayer `json:"layers"`
}

// CatalogueLayer is one layer of a Catalogue.
type CatalogueLayer struct {
	ID       string            `json:"id"`
	Geometry string            `json:"geometry"` // what most are: point, line or polygon
	Count    int               `json:"count"`
	Fields   map[string]string `json:"fields"` // as in the TileJSON
	MinZoom  uint8             `json:"minzoom"`
	MaxZoom  uint8             `json:"maxzoom"`
	Bounds   []float64         `json:"bounds,omitempty"` // west, south, east, north in degrees
	// TileJSON is where the layer's description is.
	TileJSON string `json:"tilejson"`
	// Style, where there is one, is the URL of a MapLibre style of the layer.
	Style string `json:"style,omitempty"`
}

// NewCatalogue describes the layers; link gives the URL of a layer's TileJSON.
func NewCatalogue(layers []Layer, link func(name string) string) Catalogue {
	c := Catalogue{Layers: make([]CatalogueLayer, 0, len(layers))}
	for _, l := range layers {
		entry := CatalogueLayer{
			ID: l.Name, Geometry: l.Kind.String(), Count: l.Count,
			Fields:  fieldTypes(&l),
			MinZoom: l.MinZoom, MaxZoom: l.MaxZoom,
			TileJSON: link(l.Name),
		}
		if box := mapBox(&l); !box.Empty() {
			entry.Bounds = boundsDegrees(box)
		}
		c.Layers = append(c.Layers, entry)
	}
	return c
}
