package cityfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
)

// ErrBlob marks a geometry column that is not a GeoPackage geometry.
var ErrBlob = errors.New("not a GeoPackage geometry")

// SRID is the coordinate system of every geometry: CGCS2000.
const SRID = 4490

// Header flags of a GeoPackage geometry: little endian, and one of no
// envelope, or minx, maxx, miny, maxy.
const (
	flagLittle   = 0x01
	flagEnvelope = 0x02
	flagEmpty    = 0x10
	flagExtended = 0x20
)

// ISO WKB types.
const (
	wkbPoint = iota + 1
	wkbLineString
	wkbPolygon
	wkbMultiPoint
	wkbMultiLineString
	wkbMultiPolygon
	wkbCollection
)

// appendBlob appends the shape as a GeoPackage geometry: points without an
// envelope (29 bytes), the rest with one.
func appendBlob(dst []byte, s *spatial.Shape) []byte {
	le := binary.LittleEndian
	flags := byte(flagLittle | flagEnvelope)
	single := s.Kind == spatial.Points && len(s.Coords) == 1
	if single {
		flags = flagLittle
	}
	dst = append(dst, 'G', 'P', 0, flags)
	dst = le.AppendUint32(dst, SRID)
	if !single {
		for _, v := range [...]float64{s.Box.Min.Lon(), s.Box.Max.Lon(), s.Box.Min.Lat(), s.Box.Max.Lat()} {
			dst = le.AppendUint64(dst, math.Float64bits(v))
		}
	}
	return appendWKB(dst, s.Orb())
}

func appendWKB(dst []byte, g orb.Geometry) []byte {
	le := binary.LittleEndian
	head := func(kind, n int) {
		dst = append(dst, 1)
		dst = le.AppendUint32(dst, uint32(kind))
		if n >= 0 {
			dst = le.AppendUint32(dst, uint32(n))
		}
	}
	point := func(p orb.Point) {
		dst = le.AppendUint64(dst, math.Float64bits(p[0]))
		dst = le.AppendUint64(dst, math.Float64bits(p[1]))
	}
	switch g := g.(type) {
	case orb.Point:
		head(wkbPoint, -1)
		point(g)
	case orb.LineString:
		head(wkbLineString, len(g))
		for _, p := range g {
			point(p)
		}
	case orb.Polygon:
		head(wkbPolygon, len(g))
		for _, r := range g {
			dst = le.AppendUint32(dst, uint32(len(r)))
			for _, p := range r {
				point(p)
			}
		}
	case orb.MultiPoint:
		head(wkbMultiPoint, len(g))
		for _, p := range g {
			dst = appendWKB(dst, p)
		}
	case orb.MultiLineString:
		head(wkbMultiLineString, len(g))
		for _, l := range g {
			dst = appendWKB(dst, l)
		}
	case orb.MultiPolygon:
		head(wkbMultiPolygon, len(g))
		for _, p := range g {
			dst = appendWKB(dst, p)
		}
	}
	return dst
}

// header is what stands before the WKB.
type header struct {
	srid     int32
	empty    bool
	envelope [4]float64 // minx, maxx, miny, maxy
	hasEnv   bool
	wkb      []byte
}

func readHeader(b []byte) (header, error) {
	var h header
	if len(b) < 8 || b[0] != 'G' || b[1] != 'P' {
		return h, fmt.Errorf("%w: no GP header in %d bytes", ErrBlob, len(b))
	}
	flags := b[3]
	var order binary.ByteOrder = binary.BigEndian
	if flags&flagLittle != 0 {
		order = binary.LittleEndian
	}
	if flags&flagExtended != 0 {
		return h, fmt.Errorf("%w: extended geometry type", ErrBlob)
	}
	h.srid = int32(order.Uint32(b[4:]))
	h.empty = flags&flagEmpty != 0
	n := [8]int{0, 4, 6, 6, 8, -1, -1, -1}[flags>>1&7]
	if n < 0 || len(b) < 8+8*n {
		return h, fmt.Errorf("%w: envelope kind %d in %d bytes", ErrBlob, flags>>1&7, len(b))
	}
	if n > 0 {
		h.hasEnv = true
		for i := range h.envelope {
			h.envelope[i] = math.Float64frombits(order.Uint64(b[8+8*i:]))
		}
	}
	h.wkb = b[8+8*n:]
	return h, nil
}

// Decode reads a GeoPackage geometry column: the geometry (nil when it is
// empty or NULL) and the srs_id of its header. Z and M values are dropped.
func Decode(b []byte) (g orb.Geometry, srid int32, err error) {
	var r wkbReader
	return r.decode(b)
}

func (r *wkbReader) decode(b []byte) (g orb.Geometry, srid int32, err error) {
	if len(b) == 0 {
		return nil, 0, nil
	}
	h, err := readHeader(b)
	if err != nil {
		return nil, 0, err
	}
	if h.empty {
		return nil, h.srid, nil
	}
	r.b, r.err, r.room = h.wkb, nil, r.room[:0]
	g = r.geometry(0)
	if r.err == nil && len(r.b) > 0 {
		r.failf("%d bytes after the geometry", len(r.b))
	}
	if r.err != nil || empty(g) {
		return nil, h.srid, r.err
	}
	return g, h.srid, nil
}

// empty says whether a geometry has no part at all; not every program sets the
// header's flag.
func empty(g orb.Geometry) bool {
	switch g := g.(type) {
	case orb.LineString:
		return len(g) == 0
	case orb.Polygon:
		return len(g) == 0
	}
	return g == nil
}

// wkbReader reads ISO WKB (and the Z, M and SRID flag bits some programs
// write). Counts are checked against the bytes that are left before anything
// is allocated.
type wkbReader struct {
	b   []byte
	err error
	// again says that a geometry lasts until the next is read: the vertices of
	// all stand in room.
	again bool
	room  []orb.Point
}

// maxNesting bounds collections within collections; the multi types nest once.
const maxNesting = 2

func (r *wkbReader) failf(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrBlob, fmt.Sprintf(format, args...))
	}
	r.b = nil
}

func (r *wkbReader) uint32(o binary.ByteOrder) uint32 {
	if len(r.b) < 4 {
		r.failf("cut short")
		return 0
	}
	v := o.Uint32(r.b)
	r.b = r.b[4:]
	return v
}

// count reads how many items of at least size bytes follow.
func (r *wkbReader) count(o binary.ByteOrder, size int) int {
	n := int64(r.uint32(o))
	if n*int64(size) > int64(len(r.b)) {
		r.failf("%d items announced, %d bytes left", n, len(r.b))
		return 0
	}
	return int(n)
}

func (r *wkbReader) points(o binary.ByteOrder, n, dims int) []orb.Point {
	if n*dims*8 > len(r.b) {
		r.failf("cut short")
		return nil
	}
	ps := r.vertices(n)
	for i := range ps {
		ps[i] = orb.Point{math.Float64frombits(o.Uint64(r.b)), math.Float64frombits(o.Uint64(r.b[8:]))}
		r.b = r.b[8*dims:]
	}
	return ps
}

// vertices makes room for n vertices, which are there in the bytes left.
func (r *wkbReader) vertices(n int) []orb.Point {
	if !r.again {
		return make([]orb.Point, n)
	}
	if cap(r.room)-len(r.room) < n {
		const least = 256
		r.room = make([]orb.Point, 0, max(n, least, len(r.b)/16)) // what is read already stays where it is
	}
	from := len(r.room)
	r.room = r.room[:from+n]
	return r.room[from : from+n : from+n]
}

// geometry reads one geometry with its own byte order and type.
func (r *wkbReader) geometry(depth int) orb.Geometry {
	if len(r.b) < 5 || depth > maxNesting {
		r.failf("cut short or nested too deep")
		return nil
	}
	var o binary.ByteOrder = binary.BigEndian
	if r.b[0] == 1 {
		o = binary.LittleEndian
	} else if r.b[0] != 0 {
		r.failf("byte order %d", r.b[0])
		return nil
	}
	r.b = r.b[1:]
	kind, dims := r.kind(o)
	switch kind {
	case wkbPoint:
		p := r.points(o, 1, dims)
		if r.err != nil || (math.IsNaN(p[0][0]) && math.IsNaN(p[0][1])) {
			return nil // POINT EMPTY
		}
		return p[0]
	case wkbLineString:
		return orb.LineString(r.points(o, r.count(o, 8*dims), dims))
	case wkbPolygon:
		n := r.count(o, 4)
		p := make(orb.Polygon, 0, n)
		for range n {
			p = append(p, orb.Ring(r.points(o, r.count(o, 8*dims), dims)))
		}
		return p
	case wkbMultiPoint, wkbMultiLineString, wkbMultiPolygon, wkbCollection:
		return r.multi(o, kind, depth)
	}
	r.failf("geometry type %d is none of points, lines and polygons", kind)
	return nil
}

// kind reads the type word and splits it into type and dimensions; a type word
// that is neither ISO's nor EWKB's gives kind 0.
func (r *wkbReader) kind(o binary.ByteOrder) (kind uint32, dims int) {
	v := r.uint32(o)
	dims = 2
	if v&0x80000000 != 0 {
		dims++
	}
	if v&0x40000000 != 0 {
		dims++
	}
	if v&0x20000000 != 0 {
		r.uint32(o) // an SRID of its own
	}
	v &= 0x1fffffff
	switch v / 1000 {
	case 0:
	case 1, 2:
		dims++
	case 3:
		dims += 2
	default:
		return 0, dims
	}
	return v % 1000, min(dims, 4)
}

func (r *wkbReader) multi(o binary.ByteOrder, kind uint32, depth int) orb.Geometry {
	n := r.count(o, 5)
	var points orb.MultiPoint
	var lines orb.MultiLineString
	var polygons orb.MultiPolygon
	for range n {
		g := r.geometry(depth + 1)
		if empty(g) {
			if r.err != nil {
				return nil
			}
			continue
		}
		switch g := g.(type) {
		case orb.Point:
			points = append(points, g)
		case orb.LineString:
			lines = append(lines, g)
		case orb.Polygon:
			polygons = append(polygons, g)
		case orb.MultiPolygon:
			polygons = append(polygons, g...)
		case orb.MultiLineString:
			lines = append(lines, g...)
		case orb.MultiPoint:
			points = append(points, g...)
		}
	}
	switch {
	case len(polygons) > 0 && len(lines) == 0 && len(points) == 0:
		return polygons
	case len(lines) > 0 && len(polygons) == 0 && len(points) == 0:
		return lines
	case len(points) > 0 && len(polygons) == 0 && len(lines) == 0:
		return points
	case len(points)+len(lines)+len(polygons) == 0:
		return nil // none inside, or empty ones only
	}
	r.failf("geometry collection of different kinds (type %d)", kind)
	return nil
}

// envelope is what the r-tree triggers ask for.
func envelope(b []byte) (env [4]float64, ok bool) {
	h, err := readHeader(b)
	if err != nil || h.empty {
		return env, false
	}
	if h.hasEnv && !slices.ContainsFunc(h.envelope[:], math.IsNaN) {
		return h.envelope, true
	}
	g, _, err := Decode(b)
	if err != nil || g == nil {
		return env, false
	}
	bound := g.Bound()
	return [4]float64{bound.Min[0], bound.Max[0], bound.Min[1], bound.Max[1]}, true
}
