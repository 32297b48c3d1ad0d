package importers

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Shape types of a Shapefile; +10 has Z (and M), +20 has M.
const (
	shpNull       = 0
	shpPoint      = 1
	shpPolyLine   = 3
	shpPolygon    = 5
	shpMultiPoint = 8
	shpMultiPatch = 31

	shpWithZ = 10
	shpWithM = 20
)

const (
	shpHeadBytes = 100
	shpCode      = 9994
	// maxShapeBytes bounds one record: the largest shape there may be, with Z and M.
	maxShapeBytes = spatial.MaxVertices*32 + spatial.MaxRings*4 + 128
)

// shpReader reads the records of a .shp one after the other. Each length is
// checked against the bytes that are left before anything is made of it: public
// readers of the format make slices of whatever a record announces.
type shpReader struct {
	r    io.Reader
	left int64 // bytes behind the header that are not read yet
	kind int32
	n    int
	buf  bytes.Buffer
}

func newShpReader(r io.Reader, size int64) (*shpReader, error) {
	var head [shpHeadBytes]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("the .shp has no whole header: %w", err)
	}
	if code := binary.BigEndian.Uint32(head[:]); code != shpCode {
		return nil, fmt.Errorf("not a Shapefile: the .shp begins with %d, want %d", code, shpCode)
	}
	if want := int64(binary.BigEndian.Uint32(head[24:])) * 2; want > size {
		return nil, fmt.Errorf("the .shp is cut short: %d of %d bytes are there", size, want)
	}
	s := &shpReader{r: r, left: size - shpHeadBytes, kind: int32(binary.LittleEndian.Uint32(head[32:]))}
	if base := baseKind(s.kind); base == shpMultiPatch {
		return nil, errors.New("the .shp has shapes of type 31 (multipatch), which are solids; export their footprints as polygons")
	} else if base < 0 {
		return nil, fmt.Errorf("the .shp has shapes of type %d, which does not exist", s.kind)
	}
	return s, nil
}

// baseKind is the shape type without Z and M, -1 when there is no such type.
func baseKind(kind int32) int32 {
	switch kind {
	case shpNull, shpMultiPatch:
		return kind
	}
	for _, more := range [...]int32{0, shpWithZ, shpWithM} {
		switch base := kind - more; base {
		case shpPoint, shpPolyLine, shpPolygon, shpMultiPoint:
			return base
		}
	}
	return -1
}

// next reads one record: its geometry, nil for a null shape, or what is wrong
// with it. err ends the file; io.EOF after the last record.
func (s *shpReader) next() (g orb.Geometry, bad, err error) {
	if s.left == 0 {
		return nil, nil, io.EOF
	}
	var head [8]byte
	if s.left < int64(len(head)) {
		return nil, nil, fmt.Errorf("%d bytes stand behind record %d of the .shp", s.left, s.n)
	}
	if _, err := io.ReadFull(s.r, head[:]); err != nil {
		return nil, nil, fmt.Errorf("record %d of the .shp: %w", s.n+1, err)
	}
	s.n++
	s.left -= int64(len(head))
	size := int64(binary.BigEndian.Uint32(head[4:])) * 2
	switch {
	case size > s.left:
		return nil, nil, fmt.Errorf("record %d of the .shp announces %d bytes, %d are left", s.n, size, s.left)
	case size > maxShapeBytes:
		return nil, nil, fmt.Errorf("record %d of the .shp announces %d bytes, at most %d are read", s.n, size, maxShapeBytes)
	}
	s.left -= size
	s.buf.Reset() // grows with what is there, not with what is announced
	if _, err := io.CopyN(&s.buf, s.r, size); err != nil {
		return nil, nil, fmt.Errorf("record %d of the .shp: %w", s.n, err)
	}
	g, bad = decodeShape(s.buf.Bytes(), s.kind)
	return g, bad, nil
}

// decodeShape reads the content of a record of a file of the given type. Z and M
// are dropped.
func decodeShape(b []byte, fileKind int32) (orb.Geometry, error) {
	if len(b) < 4 {
		return nil, fmt.Errorf("a shape of %d bytes", len(b))
	}
	kind := int32(binary.LittleEndian.Uint32(b))
	b = b[4:]
	switch {
	case kind == shpNull:
		return nil, nil
	case kind != fileKind:
		return nil, fmt.Errorf("a shape of type %d in a file of type %d", kind, fileKind)
	}
	switch baseKind(kind) {
	case shpPoint:
		if len(b) < 16 {
			return nil, fmt.Errorf("a point of %d bytes", len(b))
		}
		if p := shpVertex(b); !math.IsNaN(p[0]) || !math.IsNaN(p[1]) {
			return p, nil
		}
		return nil, nil // how some programs write an empty point
	case shpMultiPoint:
		return shpPoints(b)
	}
	parts, err := shpParts(b)
	if err != nil || len(parts) == 0 {
		return nil, err
	}
	if baseKind(kind) == shpPolygon {
		return assemble(parts), nil
	}
	if len(parts) == 1 {
		return orb.LineString(parts[0]), nil
	}
	lines := make(orb.MultiLineString, len(parts))
	for i, p := range parts {
		lines[i] = p
	}
	return lines, nil
}

func shpVertex(b []byte) orb.Point {
	return orb.Point{
		math.Float64frombits(binary.LittleEndian.Uint64(b)),
		math.Float64frombits(binary.LittleEndian.Uint64(b[8:])),
	}
}

const shpBoxBytes = 32

func shpPoints(b []byte) (orb.Geometry, error) {
	const head = shpBoxBytes + 4
	if len(b) < head {
		return nil, fmt.Errorf("points of %d bytes", len(b))
	}
	n := int64(binary.LittleEndian.Uint32(b[shpBoxBytes:]))
	if b = b[head:]; n*16 > int64(len(b)) {
		return nil, fmt.Errorf("%d points announced, %d bytes are there", n, len(b))
	}
	switch n {
	case 0:
		return nil, nil
	case 1:
		return shpVertex(b), nil
	}
	out := make(orb.MultiPoint, n)
	for i := range out {
		out[i] = shpVertex(b[16*i:])
	}
	return out, nil
}

// shpParts reads the lines or rings of a record.
func shpParts(b []byte) ([][]orb.Point, error) {
	const head = shpBoxBytes + 8
	if len(b) < head {
		return nil, fmt.Errorf("lines of %d bytes", len(b))
	}
	parts := int64(binary.LittleEndian.Uint32(b[shpBoxBytes:]))
	n := int64(binary.LittleEndian.Uint32(b[shpBoxBytes+4:]))
	if b = b[head:]; parts*4+n*16 > int64(len(b)) {
		return nil, fmt.Errorf("%d parts of %d vertices announced, %d bytes are there", parts, n, len(b))
	}
	if parts > spatial.MaxRings || n > spatial.MaxVertices {
		return nil, fmt.Errorf("%d parts of %d vertices: %w", parts, n, spatial.ErrTooLarge)
	}
	if parts == 0 || n == 0 {
		return nil, nil
	}
	starts, vertices := b[:4*parts], b[4*parts:]
	out := make([][]orb.Point, parts)
	from := int64(binary.LittleEndian.Uint32(starts))
	if from != 0 {
		return nil, fmt.Errorf("part 1 begins at vertex %d", from+1)
	}
	for i := range out {
		to := n
		if 4*i+4 < len(starts) {
			to = int64(binary.LittleEndian.Uint32(starts[4*i+4:]))
		}
		if to < from || to > n {
			return nil, fmt.Errorf("part %d runs from vertex %d to %d of %d", i+1, from+1, to, n)
		}
		line := make([]orb.Point, to-from)
		for k := range line {
			line[k] = shpVertex(vertices[16*(from+int64(k)):])
		}
		out[i], from = line, to
	}
	return out, nil
}
