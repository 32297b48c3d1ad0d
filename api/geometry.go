package api

import (
	"encoding/json"
	"strconv"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
)

// geoJSON writes a shape as a GeoJSON geometry (RFC 7946: shells
// counter-clockwise), each coordinate in the fewest digits that give the
// lattice value back.
func geoJSON(s *spatial.Shape) json.RawMessage {
	g := s.Orb()
	b := append([]byte(`{"type":"`), g.GeoJSONType()...)
	b = append(b, `","coordinates":`...)
	switch g := g.(type) {
	case orb.Point:
		b = appendPosition(b, g)
	case orb.MultiPoint:
		b = appendAll(b, g, appendPosition)
	case orb.LineString:
		b = appendAll(b, g, appendPosition)
	case orb.MultiLineString:
		b = appendAll(b, g, appendLine)
	case orb.Polygon:
		b = appendAll(b, g, appendRing)
	case orb.MultiPolygon:
		b = appendAll(b, g, func(b []byte, p orb.Polygon) []byte { return appendAll(b, p, appendRing) })
	}
	return append(b, '}')
}

func appendLine(b []byte, l orb.LineString) []byte { return appendAll(b, l, appendPosition) }

func appendRing(b []byte, r orb.Ring) []byte { return appendAll(b, r, appendPosition) }

func appendPosition(b []byte, p orb.Point) []byte {
	b = append(b, '[')
	b = strconv.AppendFloat(b, p[0], 'f', -1, 64)
	b = append(b, ',')
	b = strconv.AppendFloat(b, p[1], 'f', -1, 64)
	return append(b, ']')
}

func appendAll[T any](b []byte, items []T, one func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(b, item)
	}
	return append(b, ']')
}
