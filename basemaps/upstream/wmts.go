package upstream

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/spatial"
)

// capabilities is what is read of a WMTS 1.0.0 capabilities document.
type capabilities struct {
	XMLName    xml.Name
	Operations []struct {
		Name string `xml:"name,attr"`
		Gets []struct {
			Href string   `xml:"href,attr"`
			How  []string `xml:"Constraint>AllowedValues>Value"`
		} `xml:"DCP>HTTP>Get"`
	} `xml:"OperationsMetadata>Operation"`
	Layers []wmtsLayer `xml:"Contents>Layer"`
	Sets   []matrixSet `xml:"Contents>TileMatrixSet"`
}

type wmtsLayer struct {
	ID     string `xml:"Identifier"`
	Title  string `xml:"Title"`
	Lower  string `xml:"WGS84BoundingBox>LowerCorner"`
	Upper  string `xml:"WGS84BoundingBox>UpperCorner"`
	Styles []struct {
		ID      string `xml:"Identifier"`
		Default bool   `xml:"isDefault,attr"`
	} `xml:"Style"`
	Formats    []string `xml:"Format"`
	Sets       []string `xml:"TileMatrixSetLink>TileMatrixSet"`
	Dimensions []struct {
		ID      string `xml:"Identifier"`
		Default string `xml:"Default"`
	} `xml:"Dimension"`
	Resources []struct {
		Format   string `xml:"format,attr"`
		Kind     string `xml:"resourceType,attr"`
		Template string `xml:"template,attr"`
	} `xml:"ResourceURL"`
}

// Limits of a capabilities document, beside its bytes.
const (
	maxXMLDepth    = 32
	maxXMLElements = 100_000
)

// checkXML walks over a document: none of it is an entity or another document, and
// it is neither deep nor endless.
func checkXML(text []byte) error {
	d := xml.NewDecoder(bytes.NewReader(text))
	for depth, n := 0, 0; ; {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errors.New("the capabilities cannot be read")
		}
		switch t.(type) {
		case xml.StartElement:
			depth, n = depth+1, n+1
		case xml.EndElement:
			depth--
		case xml.Directive:
			return errors.New("the capabilities have a document type, which is not read")
		}
		if depth > maxXMLDepth || n > maxXMLElements {
			return fmt.Errorf("the capabilities have more than %d levels or %d elements", maxXMLDepth, maxXMLElements)
		}
	}
}

// wmts reads a capabilities document and chooses of it what is configured.
func (s *Source) wmts(text []byte) (*layout, error) {
	if err := checkXML(text); err != nil {
		return nil, err
	}
	var doc capabilities
	if err := xml.Unmarshal(text, &doc); err != nil {
		return nil, errors.New("the capabilities cannot be read")
	}
	if doc.XMLName.Local != "Capabilities" {
		return nil, fmt.Errorf("%s where capabilities were asked for", clipped(doc.XMLName.Local))
	}
	layer, err := doc.layer(s.Layer)
	if err != nil {
		return nil, err
	}
	style, err := layer.style(s.Style)
	if err != nil {
		return nil, err
	}
	set, grid, err := doc.set(layer, s.MatrixSet)
	if err != nil {
		return nil, err
	}
	format := layer.format(s.Type)
	tiles, err := s.wmtsTiles(&doc, layer, style, set, format)
	if err != nil {
		return nil, err
	}
	tiles.levels = grid.levels
	return &layout{tiles: tiles, info: basemaps.Info{
		Name: strings.TrimSpace(layer.Title), Type: typeOfMIME(format), MinZoom: grid.minZoom, MaxZoom: grid.maxZoom, Box: layer.box(), CRS: grid.crs, Notes: grid.notes,
	}}, nil
}

func (c *capabilities) layer(id string) (*wmtsLayer, error) {
	if id == "" && len(c.Layers) == 1 {
		return &c.Layers[0], nil
	}
	var names []string
	for i := range c.Layers {
		if c.Layers[i].ID == id && id != "" {
			return &c.Layers[i], nil
		}
		names = append(names, c.Layers[i].ID)
	}
	return nil, fmt.Errorf("layer: there are %s", clipped(strings.Join(names, ", ")))
}

func (l *wmtsLayer) style(id string) (string, error) {
	var names []string
	for _, s := range l.Styles {
		if s.ID == id || (id == "" && (s.Default || len(l.Styles) == 1)) {
			return s.ID, nil
		}
		names = append(names, s.ID)
	}
	switch {
	case len(l.Styles) == 0:
		return id, nil
	case id == "":
		return l.Styles[0].ID, nil
	}
	return "", fmt.Errorf("style: there are %s", clipped(strings.Join(names, ", ")))
}

// set chooses the matrix set: that of the id, or the first that a map can draw.
func (c *capabilities) set(l *wmtsLayer, id string) (string, *grid, error) {
	var why error
	for i := range c.Sets {
		set := &c.Sets[i]
		if !slices.Contains(l.Sets, set.ID) || (id != "" && set.ID != id) {
			continue
		}
		g, err := set.grid()
		if err == nil && id == "" && g.crs != "" {
			err = fmt.Errorf("it is in %s, which maps do not draw; matrix_set: %s takes it all the same", g.crs, set.ID)
		}
		if err == nil {
			return set.ID, g, nil
		}
		why = cmp.Or(why, fmt.Errorf("matrix set %s: %w", clipped(set.ID), err))
	}
	if why != nil {
		return "", nil, why
	}
	return "", nil, fmt.Errorf("matrix_set: the layer has %s", clipped(strings.Join(l.Sets, ", ")))
}

// format chooses of the layer's formats: one of the type, else the first picture.
func (l *wmtsLayer) format(t stored.Type) string {
	best := ""
	for _, f := range l.Formats {
		switch got := typeOfMIME(f); {
		case t != stored.Unknown && got == t:
			return f
		case best == "" && (got.Picture() || len(l.Formats) == 1):
			best = f
		}
	}
	if best == "" && len(l.Formats) > 0 {
		return l.Formats[0]
	}
	return best
}

func typeOfMIME(text string) stored.Type {
	kind, _, err := mime.ParseMediaType(text)
	if err != nil {
		return stored.Unknown
	}
	switch kind {
	case "application/x-protobuf", "application/vnd.mapbox-vector-tile":
		return stored.MVT
	case "image/jpg":
		return stored.JPEG
	}
	for t := stored.PNG; t <= stored.AVIF; t++ {
		if t.MIME() == kind {
			return t
		}
	}
	return stored.Unknown
}

// box is the layer's; empty where it says none that makes sense, or the world.
func (l *wmtsLayer) box() spatial.Box {
	var b []float64
	for text := range strings.FieldsSeq(l.Lower + " " + l.Upper) {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return spatial.EmptyBox()
		}
		b = append(b, v)
	}
	box, err := boxOf(b)
	if err != nil {
		return spatial.EmptyBox()
	}
	return box
}

// wmtsTiles is where tiles are: by resource (REST) where that is at a listed host,
// else by parameters (KVP), where the document says or where it came from itself,
// which a gateway that hands on another's document has.
func (s *Source) wmtsTiles(doc *capabilities, l *wmtsLayer, style, set, format string) (*template, error) {
	var why error
	for _, r := range l.Resources {
		if r.Kind != "tile" || (r.Format != format && format != "") {
			continue
		}
		t, err := s.template(l.resource(r.Template, style, set))
		if err == nil {
			return t, nil
		}
		why = cmp.Or(why, fmt.Errorf("ResourceURL: %w", err))
	}
	kvp, declared := doc.kvp()
	if why != nil && !declared {
		return nil, why
	}
	query := url.Values{
		"SERVICE": {"WMTS"}, "REQUEST": {"GetTile"}, "VERSION": {"1.0.0"},
		"LAYER": {l.ID}, "STYLE": {style}, "TILEMATRIXSET": {set}, "FORMAT": {format},
	}
	for _, d := range l.Dimensions {
		query.Set(d.ID, d.Default)
	}
	tail := query.Encode() + "&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"
	if kvp != "" {
		if t, err := s.template(withoutWords(kvp) + tail); err == nil {
			return t, nil
		}
	}
	return s.template(withoutWords(s.URL) + tail)
}

// kvp returns where tiles are asked for by parameters; declared says that they are,
// or that the document does not say how.
func (c *capabilities) kvp() (href string, declared bool) {
	declared = true
	for _, op := range c.Operations {
		if op.Name != "GetTile" {
			continue
		}
		for _, g := range op.Gets {
			if len(g.How) == 0 || slices.Contains(g.How, "KVP") {
				return strings.TrimSpace(g.Href), true
			}
			declared = false
		}
	}
	return "", declared
}

// withoutWords is an address without the words of WMTS requests, ready for others.
func withoutWords(address string) string {
	base, query, _ := strings.Cut(address, "?")
	var left []string
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		switch strings.ToLower(name) {
		case "", "service", "request", "version", "layer", "style", "tilematrixset", "format", "tilematrix", "tilerow", "tilecol", "acceptversions", "sections":
		default:
			left = append(left, part)
		}
	}
	return base + "?" + strings.Join(append(left, ""), "&")
}

// resource puts what was chosen into a ResourceURL's template, and the words of
// templates for what a tile differs in.
func (l *wmtsLayer) resource(text, style, set string) string {
	words := map[string]string{
		"tilematrix": "{z}", "tilerow": "{y}", "tilecol": "{x}",
		"tilematrixset": url.PathEscape(set), "style": url.PathEscape(style), "layer": url.PathEscape(l.ID),
	}
	for _, d := range l.Dimensions {
		words[strings.ToLower(d.ID)] = url.PathEscape(d.Default)
	}
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{")
		out.WriteString(before)
		word, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			return out.String()
		}
		if w, known := words[strings.ToLower(word)]; known {
			out.WriteString(w)
		} else {
			out.WriteString("{" + word + "}") // refused with its name's sense
		}
		text = after
	}
}

// capabilitiesURL is where the document is asked for.
func (s *Source) capabilitiesURL() string {
	base, query, _ := strings.Cut(s.URL, "?")
	if strings.HasSuffix(strings.ToLower(base), ".xml") || strings.Contains(strings.ToLower(query), "request=") {
		return s.URL
	}
	return withoutWords(s.URL) + "SERVICE=WMTS&REQUEST=GetCapabilities&VERSION=1.0.0"
}
