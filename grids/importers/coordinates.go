package importers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// coordinates reads the coordinates member of a GeoJSON geometry, which is
// valid JSON already. A library that decodes into [2]float64 takes [114.3] and
// [null, 34] for places on the equator and on the meridian of Greenwich; here a
// position is two numbers or more, of which the first two are kept.
type coordinates struct {
	b   []byte
	err error
}

// decodeGeometry reads a GeoJSON geometry; a third coordinate is dropped. Nil
// is a geometry that is null or absent.
func decodeGeometry(raw json.RawMessage) (orb.Geometry, error) {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil, nil
	}
	var g struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	}
	if err := json.Unmarshal(raw, &g); err != nil {
		return nil, fmt.Errorf("geometry: %w", err)
	}
	c := coordinates{b: g.Coordinates}
	var out orb.Geometry
	switch g.Type {
	case "Point":
		out = c.position()
	case "MultiPoint":
		out = orb.MultiPoint(c.line())
	case "LineString":
		out = orb.LineString(c.line())
	case "MultiLineString":
		out = orb.MultiLineString(listOf(&c, func() orb.LineString { return c.line() }))
	case "Polygon":
		out = c.polygon()
	case "MultiPolygon":
		out = orb.MultiPolygon(listOf(&c, c.polygon))
	default:
		return nil, fmt.Errorf("geometry: type %.40q is none of points, lines and polygons", g.Type)
	}
	c.blanks()
	if c.err == nil && len(c.b) > 0 {
		c.fail()
	}
	if c.err != nil {
		return nil, fmt.Errorf("%s: %w", g.Type, c.err)
	}
	return out, nil
}

func (c *coordinates) line() []orb.Point    { return listOf(c, c.position) }
func (c *coordinates) polygon() orb.Polygon { return listOf(c, func() orb.Ring { return c.line() }) }

// listOf reads an array of items.
func listOf[T any](c *coordinates, item func() T) []T {
	if !c.next('[') {
		c.fail()
		return nil
	}
	out := []T{}
	if c.next(']') {
		return out
	}
	for c.err == nil {
		out = append(out, item())
		if c.next(']') {
			break
		}
		if !c.next(',') {
			c.fail()
		}
	}
	return out
}

// position reads [x, y] or [x, y, z …]; without allocating, as it is read a
// million times.
func (c *coordinates) position() (p orb.Point) {
	if !c.next('[') {
		c.fail()
		return p
	}
	n := 0
	for ; c.err == nil; n++ {
		v := c.number()
		if n < 2 {
			p[n] = v
		}
		if !c.next(',') {
			break
		}
	}
	if n < 1 || !c.next(']') {
		c.fail()
	}
	return p
}

func (c *coordinates) number() float64 {
	c.blanks()
	n := 0
	for n < len(c.b) && strings.IndexByte("+-.0123456789Ee", c.b[n]) >= 0 {
		n++
	}
	v, err := strconv.ParseFloat(string(c.b[:n]), 64)
	if err != nil {
		c.fail()
		return 0
	}
	c.b = c.b[n:]
	return v
}

func (c *coordinates) blanks() { c.b = bytes.TrimLeft(c.b, " \t\r\n") }

// next takes one byte if it is the one wanted.
func (c *coordinates) next(want byte) bool {
	c.blanks()
	if len(c.b) == 0 || c.b[0] != want {
		return false
	}
	c.b = c.b[1:]
	return true
}

// shown is how much of what cannot be read is repeated in the error.
const shown = 24

func (c *coordinates) fail() {
	if c.err != nil {
		return
	}
	switch {
	case len(c.b) == 0:
		c.err = errors.New("coordinates are missing")
	case len(c.b) > shown:
		c.err = fmt.Errorf("coordinates do not fit at %q…", c.b[:shown])
	default:
		c.err = fmt.Errorf("coordinates do not fit at %q", c.b)
	}
	c.b = nil
}
