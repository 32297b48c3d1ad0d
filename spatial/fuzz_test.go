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
