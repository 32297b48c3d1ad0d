package spatial

import (
	"encoding/binary"
	"reflect"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/geojson"
)

// FuzzContains reads a position and rings of small coordinates from the bytes
// and compares with the oracle: two bytes a vertex, 0x80 ends a ring.
func FuzzContains(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 4, 0, 4, 4, 0, 4})
	f.Add([]byte{4, 2, 0, 0, 4, 0, 4, 4, 0, 4})
	f.Add([]byte{2, 0, 0, 0, 4, 0, 4, 4, 0, 4, 0x80, 1, 1, 3, 1, 3, 3})
	f.Add([]byte{3, 3, 0, 0, 6, 6, 6, 0, 0, 6})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 2 || len(b) > 400 {
			t.Skip()
		}
		c := Coord{int32(int8(b[0])), int32(int8(b[1]))}
		var rings [][]Coord
		var ring []Coord
		flush := func() {
			if len(ring) >= 3 {
				rings = append(rings, ring)
			}
			ring = nil
		}
		for b = b[2:]; len(b) > 1; {
			if b[0] == 0x80 {
				flush()
				b = b[1:]
				continue
			}
			ring = append(ring, Coord{int32(int8(b[0])), int32(int8(b[1]))})
			b = b[2:]
		}
		flush()
		if len(rings) == 0 {
			t.Skip()
		}
		want, wantHolds := oracleSide(rings, c)
		if side, holds := shapeOf(rings...).Contains(c); side != want || holds != wantHolds {
			t.Fatalf("rings %v, %v: %v %v, want %v %v", rings, c, side, holds, want, wantHolds)
		}
	})
}

// FuzzCoverage reads polygons of small coordinates from the bytes and compares
// the coverage with its areas on the whole lattice around them: two bytes a
// vertex, 0x80 ends a ring, 0x81 a polygon; the first byte is the bucket's size.
func FuzzCoverage(f *testing.F) {
	f.Add([]byte{0, 0, 0, 4, 0, 4, 4, 0, 4, 0x81, 4, 0, 8, 0, 8, 4, 4, 4})             // two squares
	f.Add([]byte{2, 0, 0, 9, 0, 9, 9, 0, 9, 0x80, 3, 3, 6, 3, 6, 6, 3, 6})             // a gap
	f.Add([]byte{1, 0, 0, 6, 6, 6, 0, 0, 6, 0x81, 2, 2, 9, 3, 4, 9, 0x81, 2, 2, 9, 3}) // a bow tie, an overlap
	f.Add([]byte{3, 0, 0, 8, 0, 8, 3, 0, 3, 0x81, 0, 3, 5, 3, 5, 8, 0, 8, 0x81, 5, 3, 8, 3, 8, 8, 5, 8})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 7 || len(b) > 300 {
			t.Skip()
		}
		shift := b[0] % 7
		var shapes []*Shape
		var rings [][]Coord
		var ring []Coord
		endRing := func() {
			if len(ring) >= 3 {
				rings = append(rings, ring)
			}
			ring = nil
		}
		endShape := func() {
			if endRing(); len(rings) > 0 {
				shapes = append(shapes, shapeOf(rings...))
			}
			rings = nil
		}
		for b = b[1:]; len(b) > 1; {
			switch b[0] {
			case 0x80:
				endRing()
				b = b[1:]
			case 0x81:
				endShape()
				b = b[1:]
			default:
				ring = append(ring, Coord{int32(int8(b[0]) / 4), int32(int8(b[1]) / 4)})
				b = b[2:]
			}
		}
		endShape()
		v := gridOf(shapes, shift)
		for x := int32(-35); x <= 35; x++ {
			for y := int32(-35); y <= 35; y++ {
				c := Coord{x, y}
				if asAreas(t, v, c) == None && v.Gap(c) && (x <= -33 || y <= -33 || x >= 33 || y >= 33) {
					t.Fatalf("%v lies outside all and is a gap", c)
				}
			}
		}
	})
}

// FuzzFromOrb reads a geometry as WKB, else as GeoJSON. What FromOrb takes must
// be a sound shape that comes back the same.
func FuzzFromOrb(f *testing.F) {
	for _, g := range []orb.Geometry{
		orb.Point{114, 34},
		orb.MultiPoint{{1, 2}, {3, 4}},
		orb.LineString{{0, 0}, {1, 1}, {1, 1}},
		orb.Polygon{square(0, 0, 10), square(2, 2, 2)},
		orb.MultiPolygon{{square(0, 0, 10)}, {{}, square(2, 2, 2)}},
	} {
		b, err := wkb.Marshal(g, binary.LittleEndian)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, s := range []string{
		`{"type":"Point","coordinates":[181,0]}`,
		`{"type":"Polygon","coordinates":[[],[[0,0],[1,0],[1,1]]]}`,
		`{"type":"MultiLineString","coordinates":[[[0,0],[1e-9,0]],[[0,0],[1e-7,0]]]}`,
		`{"type":"Polygon","coordinates":[[[-180,-90],[180,-90],[180,90],[-180,-90]]]}`,
		`{"type":"GeometryCollection","geometries":[]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := wkb.Unmarshal(b)
		if err != nil {
			parsed, err := geojson.UnmarshalGeometry(b)
			if err != nil {
				t.Skip()
			}
			g = parsed.Geometry()
		}
		s, err := FromOrb(g)
		if err != nil {
			return
		}
		checkShape(t, s)
		c := s.Representative()
		if side, _ := s.Contains(c); !s.Box.Holds(c) || (s.Kind == Polygons && len(s.Ends) == 1 && side == Outside) {
			t.Fatalf("%v stands for %v", c, s)
		}
		if d := s.DistanceM(s.Coords[0]); d != 0 {
			t.Fatalf("the first vertex is %v m off", d)
		}
		back, err := FromOrb(s.Orb())
		if err != nil {
			t.Fatalf("comes not back: %v", err)
		}
		if !reflect.DeepEqual(back.Orb(), s.Orb()) || back.Box != s.Box {
			t.Fatalf("comes back as %v, was %v", back, s)
		}
		NewAreas([]*Shape{s}).Locate(c)
	})
}
