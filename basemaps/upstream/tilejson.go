package upstream

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// layout is what is known of a map: what it is and where its tiles are.
type layout struct {
	info  basemaps.Info
	tiles *template
}

// maxLat is where Web Mercator ends.
const maxLat = 85.06

// tileJSON reads a TileJSON of version 1 to 3.
func (s *Source) tileJSON(text []byte) (*layout, error) {
	var doc struct {
		TileJSON     string          `json:"tilejson"`
		Name         string          `json:"name"`
		Attribution  string          `json:"attribution"`
		Scheme       string          `json:"scheme"`
		Tiles        []string        `json:"tiles"`
		MinZoom      *float64        `json:"minzoom"`
		MaxZoom      *float64        `json:"maxzoom"`
		Bounds       []float64       `json:"bounds"`
		Format       string          `json:"format"`
		VectorLayers json.RawMessage `json:"vector_layers"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, errors.New("the TileJSON cannot be read") // what it says there may be anything
	}
	if len(doc.Tiles) == 0 {
		return nil, errors.New("the TileJSON names no tiles")
	}
	address := doc.Tiles[0]
	switch doc.Scheme {
	case "", "xyz":
	case "tms":
		address = strings.ReplaceAll(address, "{y}", "{-y}")
	default:
		return nil, fmt.Errorf("the TileJSON's scheme is %s", clipped(doc.Scheme))
	}
	tiles, err := s.template(address)
	if err != nil {
		return nil, fmt.Errorf("the TileJSON's tiles: %w", err)
	}
	out := layout{tiles: tiles, info: basemaps.Info{
		Name: doc.Name, Attribution: doc.Attribution, Type: stored.TypeOf(doc.Format), MaxZoom: tiler.MaxZoom, Box: spatial.EmptyBox(),
	}}
	for _, z := range []struct {
		said *float64
		to   *uint8
	}{{doc.MinZoom, &out.info.MinZoom}, {doc.MaxZoom, &out.info.MaxZoom}} {
		if z.said != nil {
			if *z.said < 0 || *z.said > 30 {
				return nil, fmt.Errorf("the TileJSON has a zoom of %v", *z.said)
			}
			*z.to = uint8(min(*z.said, tiler.MaxZoom))
		}
	}
	if out.info.Box, err = boxOf(doc.Bounds); err != nil {
		return nil, fmt.Errorf("the TileJSON's bounds: %w", err)
	}
	if string(doc.VectorLayers) != "null" && len(doc.VectorLayers) > 0 {
		out.info.VectorLayers = doc.VectorLayers
		if out.info.Type == stored.Unknown {
			out.info.Type = stored.MVT
		}
	}
	return &out, nil
}

// boxOf reads west, south, east, north in degrees; none and the whole world are
// the empty box.
func boxOf(b []float64) (spatial.Box, error) {
	none := spatial.EmptyBox()
	if len(b) == 0 {
		return none, nil
	}
	if len(b) != 4 {
		return none, errors.New("not west, south, east, north")
	}
	for _, v := range b {
		if math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v) > 1000 {
			return none, errors.New("not degrees")
		}
	}
	west, south, east, north := max(b[0], -180), max(b[1], -90), min(b[2], 180), min(b[3], 90)
	if west >= east || south >= north {
		return none, errors.New("not west, south, east, north of an area")
	}
	if west <= -180 && east >= 180 && south <= -maxLat+0.1 && north >= maxLat-0.1 {
		return none, nil
	}
	return spatial.Box{Min: spatial.At(west, south), Max: spatial.At(east, north)}, nil
}

// xyz is the layout of a template.
func (s *Source) xyz() (*layout, error) {
	tiles, err := s.template(s.URL)
	if err != nil {
		return nil, err
	}
	path, _, _ := strings.Cut(s.URL, "?")
	return &layout{tiles: tiles, info: basemaps.Info{Type: stored.TypeOf(path[strings.LastIndexByte(path, '.')+1:]), MaxZoom: defaultMaxZoom, Box: spatial.EmptyBox()}}, nil
}

// finish puts what the configuration says over what a document does.
func (s *Source) finish(l *layout) error {
	i := &l.info
	i.ID, i.Format = s.ID, string(s.Kind)
	// Written with other escapes, a document's key was not cut out of its text.
	i.Name, i.Attribution = string(s.Key.cut([]byte(i.Name))), string(s.Key.cut([]byte(i.Attribution)))
	if s.Name != "" {
		i.Name = s.Name
	}
	if i.Name == "" {
		i.Name = s.ID
	}
	if s.Attribution != "" {
		i.Attribution = s.Attribution
	}
	if s.Type != stored.Unknown {
		i.Type = s.Type
	}
	if i.Type == stored.Unknown {
		i.Type = stored.PNG
	}
	i.Coding = stored.Plain
	if i.Type == stored.MVT {
		i.Coding = stored.GZIP
	}
	if i.CRS == "" {
		i.CRS = s.CRS
	}
	i.MinZoom = max(i.MinZoom, s.MinZoom)
	switch {
	case s.Kind == XYZ && s.MaxZoom > 0:
		i.MaxZoom = s.MaxZoom
	case s.MaxZoom > 0:
		i.MaxZoom = min(i.MaxZoom, s.MaxZoom)
	}
	if i.MinZoom > i.MaxZoom {
		return fmt.Errorf("of zoom %d to %d there is nothing", i.MinZoom, i.MaxZoom)
	}
	if !s.Box.Empty() {
		i.Box = s.Box
	}
	return nil
}
