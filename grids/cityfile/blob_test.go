package cityfile

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geos"

	"github.com/wanmi-gis/wanmi/spatial"
)

// dialect is a way of writing WKB that some program has.
type dialect struct {
	name  string
	order binary.AppendByteOrder
	big   bool
	dims  int // numbers a vertex
	// word makes the type word of a kind; srid follows it when withSRID is set.
	word     func(kind uint32) uint32
	withSRID bool
}

func dialects() []dialect {
	same := func(k uint32) uint32 { return k }
	plus := func(n uint32) func(uint32) uint32 { return func(k uint32) uint32 { return k + n } }
	flag := func(f uint32) func(uint32) uint32 { return func(k uint32) uint32 { return k | f } }
	var all []dialect
	for _, d := range []dialect{
		{name: "ISO", dims: 2, word: same},
		{name: "ISO Z", dims: 3, word: plus(1000)},
		{name: "ISO M", dims: 3, word: plus(2000)},
		{name: "ISO ZM", dims: 4, word: plus(3000)},
		{name: "EWKB Z", dims: 3, word: flag(0x80000000)},
		{name: "EWKB M", dims: 3, word: flag(0x40000000)},
		{name: "EWKB ZM", dims: 4, word: flag(0xc0000000)},
		{name: "EWKB SRID", dims: 2, word: flag(0x20000000), withSRID: true},
		{name: "EWKB ZM SRID", dims: 4, word: flag(0xe0000000), withSRID: true},
	} {
		d.order = binary.LittleEndian
		all = append(all, d)
		d.name, d.order, d.big = d.name+" big endian", binary.BigEndian, true
		all = append(all, d)
	}
	return all
}

func (d dialect) head(b []byte, kind, n int) []byte {
	first := byte(1)
	if d.big {
		first = 0
	}
	b = d.order.AppendUint32(append(b, first), d.word(uint32(kind)))
	if d.withSRID {
		b = d.order.AppendUint32(b, SRID)
	}
	if n >= 0 {
		b = d.order.AppendUint32(b, uint32(n))
	}
	return b
}

func (d dialect) points(b []byte, ps ...orb.Point) []byte {
	for _, p := range ps {
		for _, v := range []float64{p[0], p[1], 77, math.NaN()}[:d.dims] {
			b = d.order.AppendUint64(b, math.Float64bits(v))
		}
	}
	return b
}

func (d dialect) append(b []byte, g orb.Geometry) []byte {
	switch g := g.(type) {
	case orb.Point:
		return d.points(d.head(b, wkbPoint, -1), g)
	case orb.LineString:
		return d.points(d.head(b, wkbLineString, len(g)), g...)
	case orb.Polygon:
		b = d.head(b, wkbPolygon, len(g))
		for _, r := range g {
			b = d.points(d.order.AppendUint32(b, uint32(len(r))), r...)
		}
	case orb.MultiPoint:
		b = d.head(b, wkbMultiPoint, len(g))
		for _, p := range g {
			b = d.append(b, p)
		}
	case orb.MultiLineString:
		b = d.head(b, wkbMultiLineString, len(g))
		for _, l := range g {
			b = d.append(b, l)
		}
	case orb.MultiPolygon:
		b = d.head(b, wkbMultiPolygon, len(g))
		for _, p := range g {
			b = d.append(b, p)
		}
	case orb.Collection:
		b = d.head(b, wkbCollection, len(g))
		for _, p := range g {
			b = d.append(b, p)
		}
	}
	return b
}

// gp puts a plain header before WKB.
func gp(wkb []byte) []byte {
	return append([]byte{'G', 'P', 0, 1, 0x8a, 0x11, 0, 0}, wkb...)
}

func shapes() []orb.Geometry {
	ring, inner := square(0, 0, 3), hole(1, 1, 1)
	return []orb.Geometry{
		orb.Point{1.5, -2},
		orb.LineString{{0, 0}, {1, 2}, {3, 4}},
		orb.Polygon{ring, inner},
		orb.MultiPoint{{1, 2}, {3, 4}},
		orb.MultiLineString{{{0, 0}, {1, 1}}, {{2, 2}, {3, 3}, {4, 5}}},
		orb.MultiPolygon{{ring, inner}, {square(9, 9, 1)}},
	}
}

func TestEveryDialectOfWKBIsRead(t *testing.T) {
	for _, d := range dialects() {
		for _, want := range shapes() {
			got, srid, err := Decode(gp(d.append(nil, want)))
			if err != nil || srid != SRID || !orb.Equal(got, want) {
				t.Errorf("%s: %v: got %v, srid %d, %v", d.name, want, got, srid, err)
			}
		}
	}
}

func TestCollectionsOfOneKindAreRead(t *testing.T) {
	d := dialects()[0]
	line := orb.LineString{{0, 0}, {1, 1}}
	square := orb.Polygon{square(0, 0, 1)}
	for _, c := range []struct {
		in   orb.Collection
		want orb.Geometry
	}{
		{orb.Collection{}, nil},
		{orb.Collection{orb.Point{1, 2}}, orb.MultiPoint{{1, 2}}},
		{orb.Collection{line, orb.MultiLineString{line}}, orb.MultiLineString{line, line}},
		{orb.Collection{square, orb.MultiPolygon{square}}, orb.MultiPolygon{square, square}},
		{orb.Collection{orb.Collection{square}, orb.MultiPoint{}}, orb.MultiPolygon{square}},
		{orb.Collection{orb.MultiPoint{}, orb.LineString{}, orb.Polygon{}}, nil},
	} {
		got, _, err := Decode(gp(d.append(nil, c.in)))
		if err != nil || (got == nil) != (c.want == nil) || got != nil && !orb.Equal(got, c.want) {
			t.Errorf("%v: got %v, %v", c.in, got, err)
		}
	}
	for _, bad := range []orb.Collection{
		{orb.Point{1, 2}, line},
		{line, square},
		{orb.Collection{orb.Collection{orb.Collection{square}}}},
	} {
		if got, _, err := Decode(gp(d.append(nil, bad))); !errors.Is(err, ErrBlob) || got != nil {
			t.Errorf("%v: got %v, %v", bad, got, err)
		}
	}
}

func TestWhatIsEmptyIsNil(t *testing.T) {
	d := dialects()[0]
	nan := orb.Point{math.NaN(), math.NaN()}
	for name, b := range map[string][]byte{
		"NULL":                      nil,
		"by its flag":               {'G', 'P', 0, 0x11, 0x8a, 0x11, 0, 0},
		"by its flag, before a WKB": append([]byte{'G', 'P', 0, 0x11, 0x8a, 0x11, 0, 0}, d.append(nil, orb.Polygon{})...),
		"POINT EMPTY":               gp(d.append(nil, nan)),
		"LINESTRING EMPTY":          gp(d.append(nil, orb.LineString{})),
		"POLYGON EMPTY":             gp(d.append(nil, orb.Polygon{})),
		"MULTIPOINT EMPTY":          gp(d.append(nil, orb.MultiPoint{})),
		"MULTIPOINT (EMPTY)":        gp(d.append(nil, orb.MultiPoint{nan, nan})),
		"MULTIPOLYGON EMPTY":        gp(d.append(nil, orb.MultiPolygon{})),
		"MULTIPOLYGON (EMPTY)":      gp(d.append(nil, orb.MultiPolygon{{}})),
	} {
		if got, _, err := Decode(b); got != nil || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if _, ok := envelope(b); ok {
			t.Errorf("%s has an envelope", name)
		}
	}
}

func TestABlobCutAtAnyByteIsRefused(t *testing.T) {
	for _, d := range dialects() {
		for _, g := range shapes() {
			b := gp(d.append(nil, g))
			for n := 1; n < len(b); n++ {
				if got, _, err := Decode(b[:n]); !errors.Is(err, ErrBlob) || got != nil {
					t.Fatalf("%s: %v cut at %d of %d: %v, %v", d.name, g, n, len(b), got, err)
				}
			}
			if got, _, err := Decode(append(b, 0)); !errors.Is(err, ErrBlob) || got != nil {
				t.Errorf("%s: %v and a byte more: %v, %v", d.name, g, got, err)
			}
		}
	}
}

func TestWhatIsNoGeometryIsRefusedWithItsReason(t *testing.T) {
	for name, c := range map[string]struct{ hex, want string }{
		"a curve":                {"0108000000" + "00000000", "geometry type 8"},
		"type 0":                 {"0100000000", "geometry type 0"},
		"type 5001":              {"0189130000" + strings.Repeat("00", 16), "geometry type 0"},
		"byte order 2":           {"0201000000" + strings.Repeat("00", 16), "byte order 2"},
		"a line of 4 billion":    {"0102000000ffffffff" + strings.Repeat("00", 64), "4294967295 items announced, 64 bytes left"},
		"rings of 4 billion":     {"0103000000ffffffff" + strings.Repeat("00", 64), "4294967295 items announced, 64 bytes left"},
		"a ring of 4 billion":    {"010300000001000000ffffffff" + strings.Repeat("00", 64), "4294967295 items announced, 64 bytes left"},
		"parts of 4 billion":     {"0106000000ffffffff" + strings.Repeat("00", 64), "4294967295 items announced, 64 bytes left"},
		"one point more than is": {"010200000002000000" + strings.Repeat("00", 31), "2 items announced, 31 bytes left"},
	} {
		wkb, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		if g, _, err := Decode(gp(wkb)); !errors.Is(err, ErrBlob) || !strings.Contains(err.Error(), c.want) || g != nil {
			t.Errorf("%s: %v, %v; want %s", name, g, err, c.want)
		}
	}
	for name, b := range map[string][]byte{
		"no magic":          []byte("XX\x00\x01\x00\x00\x00\x00"),
		"seven bytes":       []byte("GP\x00\x01\x00\x00\x00"),
		"extended":          []byte("GP\x00\x21\x00\x00\x00\x00"),
		"envelope 5":        append([]byte("GP\x00\x0b\x00\x00\x00\x00"), make([]byte, 80)...),
		"envelope cut":      append([]byte("GP\x00\x03\x00\x00\x00\x00"), make([]byte, 31)...),
		"nothing behind it": []byte("GP\x00\x01\x00\x00\x00\x00"),
	} {
		if g, _, err := Decode(b); !errors.Is(err, ErrBlob) || g != nil {
			t.Errorf("%s: %v, %v", name, g, err)
		}
		if _, ok := envelope(b); ok {
			t.Errorf("%s has an envelope", name)
		}
	}
}

func TestHugeCountsAllocateNothingHuge(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for kind := 1; kind <= 7; kind++ {
		for _, n := range []uint32{0xffffffff, 0x7fffffff, 1 << 24} {
			b := binary.LittleEndian.AppendUint32([]byte{1}, uint32(kind))
			b = binary.LittleEndian.AppendUint32(b, n)
			if _, _, err := Decode(gp(append(b, make([]byte, 1000)...))); err == nil {
				t.Errorf("kind %d with %d items was read", kind, n)
			}
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("%d bytes allocated", grown)
	}
}

func TestAnEnvelopeIsReadOrComputed(t *testing.T) {
	row := feature(t, "", "", orb.LineString{{1, 5}, {2, 3}})
	line := row.Geometry()
	want := [4]float64{114.301, 114.302, 34.703, 34.705}
	stated := appendBlob(nil, line)
	bare := gp(appendWKB(nil, line.Orb()))
	unknown := bytes.Clone(stated)
	binary.LittleEndian.PutUint64(unknown[8:], math.Float64bits(math.NaN()))
	xyz := append([]byte{'G', 'P', 0, 5, 0x8a, 0x11, 0, 0}, stated[8:40]...)
	xyz = append(append(xyz, make([]byte, 16)...), stated[40:]...)
	for name, b := range map[string][]byte{"stated": stated, "none": bare, "of NaN": unknown, "with heights": xyz} {
		if got, ok := envelope(b); !ok || got != want {
			t.Errorf("envelope %s: %v, %t", name, got, ok)
		}
	}
}

// The writer's WKB against GEOS, which knows nothing of us.
func TestGEOSReadsWhatIsWritten(t *testing.T) {
	ctx := geos.NewContext()
	for _, g := range shapes() {
		s, err := spatial.FromOrb(placed(g))
		if err != nil {
			t.Fatal(err)
		}
		b := appendBlob(nil, s)
		size := 40
		if s.Kind == spatial.Points && len(s.Coords) == 1 {
			if size = 8; len(b) != 29 {
				t.Errorf("a point has %d bytes", len(b))
			}
		}
		read, err := ctx.NewGeomFromWKB(b[size:])
		if err != nil {
			t.Fatalf("%v: %v", g, err)
		}
		if !read.IsValid() || read.NumCoordinates() != vertices(s.Orb()) {
			t.Errorf("%v: GEOS reads %s", g, read.ToWKT())
		}
		back, _, err := Decode(b)
		if err != nil || !orb.Equal(back, s.Orb()) {
			t.Errorf("%v comes back as %v, %v", g, back, err)
		}
	}
}

func vertices(g orb.Geometry) (n int) {
	switch g := g.(type) {
	case orb.Point:
		return 1
	case orb.MultiPoint:
		return len(g)
	case orb.LineString:
		return len(g)
	case orb.MultiLineString:
		for _, l := range g {
			n += len(l)
		}
	case orb.Polygon:
		for _, r := range g {
			n += len(r)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			n += vertices(p)
		}
	}
	return n
}

func FuzzDecode(f *testing.F) {
	for _, d := range dialects() {
		for _, g := range shapes() {
			f.Add(gp(d.append(nil, g)))
		}
		f.Add(gp(d.append(nil, orb.Collection{orb.Point{1, 2}, orb.Collection{orb.Point{3, 4}}})))
	}
	for _, b := range []string{"", "GP", "GP\x00\x11\x00\x00\x00\x00", "GP\x00\x0f\x00\x00\x00\x00"} {
		f.Add([]byte(b))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		g, _, err := Decode(b)
		if err != nil {
			if g != nil || !errors.Is(err, ErrBlob) {
				t.Fatalf("%v with %v", err, g)
			}
			return
		}
		if g == nil {
			return
		}
		if n := vertices(g); n*16 > len(b) {
			t.Fatalf("%d vertices of %d bytes", n, len(b))
		}
		envelope(b)
		again, _, err := Decode(gp(appendWKB(nil, g)))
		if err != nil || fmt.Sprint(again) != fmt.Sprint(g) { // NaN is not equal to itself
			t.Fatalf("%v comes back as %v, %v", g, again, err)
		}
	})
}
