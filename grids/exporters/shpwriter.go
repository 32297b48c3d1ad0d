package exporters

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids/batch"
)

// outFile is a buffered file that counts its bytes.
type outFile struct {
	f   *os.File
	w   *bufio.Writer
	n   int64
	err error
}

func newOutFile(o *outputs, name string) (*outFile, error) {
	f, err := o.create(name)
	if err != nil {
		return nil, err
	}
	return &outFile{f: f, w: bufio.NewWriterSize(f, 1<<16)}, nil
}

func (o *outFile) put(b []byte) {
	n, err := o.w.Write(b)
	if o.n += int64(n); o.err == nil {
		o.err = err
	}
}

// patch writes over the beginning, once everything is written.
func (o *outFile) patch(b []byte) error {
	if err := errors.Join(o.err, o.w.Flush()); err != nil {
		return err
	}
	_, err := o.f.WriteAt(b, 0)
	return err
}

func (o *outFile) close() error { return errors.Join(o.err, o.w.Flush(), o.f.Close()) }

// shpTypes are the types of the format for our kinds.
var shpTypes = [...]uint32{kindPoint: 1, kindMultiPoint: 8, kindLine: 3, kindPolygon: 5}

const (
	shpHeadBytes = 100
	shpCode      = 9994
	shpVersion   = 1000
	// maxShpBytes is what programs with 32-bit offsets read.
	maxShpBytes = math.MaxInt32
)

// shpWriter writes the shapes and their index.
type shpWriter struct {
	shp, shx *outFile
	kind     int
	n        int
	box      orb.Bound
}

func newShpWriter(shp, shx *outFile, kind int) *shpWriter {
	shp.put(make([]byte, shpHeadBytes))
	shx.put(make([]byte, shpHeadBytes))
	return &shpWriter{shp: shp, shx: shx, kind: kind}
}

func (w *shpWriter) add(g orb.Geometry) {
	if w.n++; w.n == 1 {
		w.box = g.Bound()
	}
	w.box = w.box.Union(g.Bound())
	content := shapeBytes(w.kind, g)
	be := binary.BigEndian
	w.shx.put(be.AppendUint32(be.AppendUint32(nil, uint32(w.shp.n/2)), uint32(len(content)/2)))
	w.shp.put(be.AppendUint32(be.AppendUint32(nil, uint32(w.n)), uint32(len(content)/2)))
	w.shp.put(content)
}

func (w *shpWriter) end() error {
	if w.shp.n > maxShpBytes {
		return fmt.Errorf("the .shp would have %d bytes, most programs read %d: export as GeoPackage", w.shp.n, maxShpBytes)
	}
	return errors.Join(w.shp.patch(w.head(w.shp.n)), w.shx.patch(w.head(w.shx.n)))
}

func (w *shpWriter) head(size int64) []byte {
	b := binary.BigEndian.AppendUint32(nil, shpCode)
	b = append(b, make([]byte, 20)...)
	b = binary.BigEndian.AppendUint32(b, uint32(size/2))
	b = binary.LittleEndian.AppendUint32(b, shpVersion)
	b = binary.LittleEndian.AppendUint32(b, shpTypes[w.kind])
	b = appendBox(b, w.box)
	return append(b, make([]byte, shpHeadBytes-len(b))...)
}

func appendBox(b []byte, box orb.Bound) []byte {
	return appendPoint(appendPoint(b, box.Min), box.Max)
}

func appendPoint(b []byte, p orb.Point) []byte {
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[0]))
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(p[1]))
}

// shapeBytes is the content of a record.
func shapeBytes(kind int, g orb.Geometry) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, shpTypes[kind])
	var parts [][]orb.Point
	switch g := g.(type) {
	case orb.Point:
		return appendPoint(b, g)
	case orb.MultiPoint:
		b = le.AppendUint32(appendBox(b, g.Bound()), uint32(len(g)))
		for _, p := range g {
			b = appendPoint(b, p)
		}
		return b
	case orb.LineString:
		parts = [][]orb.Point{g}
	case orb.MultiLineString:
		for _, l := range g {
			parts = append(parts, l)
		}
	case orb.Polygon:
		parts = rings(nil, g)
	case orb.MultiPolygon:
		for _, p := range g {
			parts = rings(parts, p)
		}
	}
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	b = le.AppendUint32(le.AppendUint32(appendBox(b, g.Bound()), uint32(len(parts))), uint32(n))
	at := 0
	for _, p := range parts {
		b = le.AppendUint32(b, uint32(at))
		at += len(p)
	}
	for _, p := range parts {
		for _, v := range p {
			b = appendPoint(b, v)
		}
	}
	return b
}

// rings turns a polygon's shell clockwise and its holes the other way, as the format
// wants them.
func rings(parts [][]orb.Point, p orb.Polygon) [][]orb.Point {
	for i, r := range p {
		want := orb.CW
		if i > 0 {
			want = orb.CCW
		}
		if r.Orientation() != want {
			r = slices.Clone(r)
			slices.Reverse(r)
		}
		parts = append(parts, r)
	}
	return parts
}

// dbfWriter writes a table of texts.
type dbfWriter struct {
	f        *outFile
	encoding batch.Encoding
	widths   []int
}

func newDbfWriter(f *outFile, encoding batch.Encoding, rows int, names []string, widths []int) *dbfWriter {
	const headBytes, fieldBytes, chinese = 32, 32, 0x4d
	d := &dbfWriter{f: f, encoding: encoding, widths: make([]int, len(widths))}
	row := 1
	for i, w := range widths {
		d.widths[i] = max(w, 1)
		row += d.widths[i]
	}
	var head [headBytes]byte
	head[0], head[1], head[2], head[3] = 3, 126, 1, 1 // dBASE III; a date that is the same every day
	binary.LittleEndian.PutUint32(head[4:], uint32(rows))
	binary.LittleEndian.PutUint16(head[8:], uint16(headBytes+fieldBytes*len(names)+1))
	binary.LittleEndian.PutUint16(head[10:], uint16(row))
	if encoding == batch.GB18030 {
		head[29] = chinese
	}
	f.put(head[:])
	for i, name := range names {
		field := make([]byte, fieldBytes)
		b, _ := encoding.Bytes(name) // cut to fit already
		copy(field, b)
		field[11], field[16] = 'C', byte(d.widths[i])
		f.put(field)
	}
	f.put([]byte{'\r'})
	return d
}

func (d *dbfWriter) add(values []any) {
	d.f.put([]byte{' '})
	for i, v := range values {
		b, _ := d.encoding.Bytes(plain(v)) // seen to fit already
		d.f.put(b)
		d.f.put(slices.Repeat([]byte{' '}, d.widths[i]-len(b)))
	}
}

func (d *dbfWriter) end() { d.f.put([]byte{0x1a}) }
