package web

import (
	"encoding/json"
	"strconv"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
)

// GeoJSON writes a shape as a GeoJSON geometry (RFC 7946: shells
// counter-clockwise), each coordinate in the fewest digits that give the
// lattice value back.
func GeoJSON(s *spatial.Shape) json.RawMessage {
	g := s.Orb()
	b := append([]byte(`{"type":"`), g.GeoJSONType()...)
	b = append(b, `","coordinates":`...)
	switch g := g.(type) {
	case orb.Point:
		b = AppendPosition(b, g)
	case orb.MultiPoint:
		b = AppendAll(b, g, AppendPosition)
	case orb.LineString:
		b = AppendAll(b, g, AppendPosition)
	case orb.MultiLineString:
		b = AppendAll(b, g, appendLine)
	case orb.Polygon:
		b = AppendAll(b, g, AppendRing)
	case orb.MultiPolygon:
		b = AppendAll(b, g, func(b []byte, p orb.Polygon) []byte { return AppendAll(b, p, AppendRing) })
	}
	return append(b, '}')
}

func appendLine(b []byte, l orb.LineString) []byte { return AppendAll(b, l, AppendPosition) }

// AppendRing appends a list of positions.
func AppendRing(b []byte, r orb.Ring) []byte { return AppendAll(b, r, AppendPosition) }

// AppendPosition appends [lon,lat].
func AppendPosition(b []byte, p orb.Point) []byte {
	b = append(b, '[')
	b = strconv.AppendFloat(b, p[0], 'f', -1, 64)
	b = append(b, ',')
	b = strconv.AppendFloat(b, p[1], 'f', -1, 64)
	return append(b, ']')
}

// AppendAll appends a list, each item by one.
func AppendAll[T any](b []byte, items []T, one func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(b, item)
	}
	return append(b, ']')
}
