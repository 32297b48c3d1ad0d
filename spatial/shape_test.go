package spatial

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/paulmach/orb"
)

func randCoord(r *rand.Rand) Coord {
	return Coord{int32(r.Int64N(3600000001) - 1800000000), int32(r.Int64N(1800000001) - 900000000)}
}

// deg writes lattice units as degrees.
func deg(ps ...[2]float64) []orb.Point {
	out := make([]orb.Point, len(ps))
	for i, p := range ps {
		out[i] = orb.Point{p[0] / 1e7, p[1] / 1e7}
	}
	return out
}

func square(x, y, side float64) orb.Ring {
	return deg([2]float64{x, y}, [2]float64{x + side, y}, [2]float64{x + side, y + side}, [2]float64{x, y + side}, [2]float64{x, y})
}

func TestFromOrb_EveryType(t *testing.T) {
	sq := []Coord{{0, 0}, {10, 0}, {10, 10}, {0, 10}}
	hole := []Coord{{2, 2}, {4, 2}, {4, 4}, {2, 4}}
	far := []Coord{{20, 20}, {25, 20}, {25, 25}, {20, 25}}
	for _, c := range []struct {
		name   string
		g      orb.Geometry
		kind   Kind
		coords []Coord
		ends   []uint32
		shells []uint32
	}{
		{"a point", deg([2]float64{3, 4})[0], Points, []Coord{{3, 4}}, []uint32{1}, nil},
		{"points, also equal ones, stay as many", orb.MultiPoint(deg([2]float64{3, 4}, [2]float64{3, 4})), Points, []Coord{{3, 4}, {3, 4}}, []uint32{2}, nil},
		{"a line", orb.LineString(deg([2]float64{0, 0}, [2]float64{5, 0})), Lines, []Coord{{0, 0}, {5, 0}}, []uint32{2}, nil},
		{
			"equal neighbours of a line become one, a closed line stays closed",
			orb.LineString(deg([2]float64{0, 0}, [2]float64{0.2, 0.3}, [2]float64{5, 0}, [2]float64{5, 0}, [2]float64{5, 5}, [2]float64{0, 0})),
			Lines,
			[]Coord{{0, 0}, {5, 0}, {5, 5}, {0, 0}},
			[]uint32{4},
			nil,
		},
		{
			"lines that vanish are dropped", orb.MultiLineString{
				deg([2]float64{0, 0}, [2]float64{0.1, 0}), deg([2]float64{0, 0}, [2]float64{1, 0}),
				{},
				deg([2]float64{9, 9}),
				deg([2]float64{2, 2}, [2]float64{3, 3}, [2]float64{4, 2}),
			}, Lines, []Coord{{0, 0}, {1, 0}, {2, 2}, {3, 3}, {4, 2}}, []uint32{2, 5}, nil,
		},
		{"a polygon loses its last vertex", orb.Polygon{square(0, 0, 10)}, Polygons, sq, []uint32{4}, []uint32{0}},
		{"an unclosed ring is a ring", orb.Polygon{square(0, 0, 10)[:4]}, Polygons, sq, []uint32{4}, []uint32{0}},
		{
			"doubled vertices become one, also around the closing",
			orb.Polygon{deg([2]float64{0, 0}, [2]float64{0.4, 0.4}, [2]float64{10, 0}, [2]float64{10, 10}, [2]float64{10, 10}, [2]float64{0, 10}, [2]float64{0, 0}, [2]float64{0, 0})},
			Polygons, sq,
			[]uint32{4},
			[]uint32{0},
		},
		{"a hole", orb.Polygon{square(0, 0, 10), square(2, 2, 2)}, Polygons, append(append([]Coord{}, sq...), hole...), []uint32{4, 8}, []uint32{0}},
		{
			"holes without area are dropped",
			orb.Polygon{square(0, 0, 10), square(5, 5, 0.2), {}, deg([2]float64{1, 1}, [2]float64{3, 3}, [2]float64{2, 2}, [2]float64{1, 1}), square(2, 2, 2)},
			Polygons, append(append([]Coord{}, sq...), hole...),
			[]uint32{4, 8},
			[]uint32{0},
		},
		{
			"parts that vanish are dropped with their holes",
			orb.MultiPolygon{{square(0, 0, 0.3), square(0, 0, 0.1)}, {square(0, 0, 10), square(2, 2, 2)}, {}, {square(50, 50, 0.3)}, {square(20, 20, 5)}},
			Polygons, append(append(append([]Coord{}, sq...), hole...), far...),
			[]uint32{4, 8, 12},
			[]uint32{0, 2},
		},
		{
			"a bow tie whose halves cancel out is not nothing",
			orb.Polygon{deg([2]float64{0, 0}, [2]float64{4, 4}, [2]float64{4, 0}, [2]float64{0, 4}, [2]float64{0, 0})},
			Polygons,
			[]Coord{{0, 0}, {4, 4}, {4, 0}, {0, 4}},
			[]uint32{4},
			[]uint32{0},
		},
		{
			"holes without a shell belong to no neighbour",
			orb.MultiPolygon{{square(0, 0, 10)}, {{}, square(2, 2, 2)}},
			Polygons, sq,
			[]uint32{4},
			[]uint32{0},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := FromOrb(c.g)
			if err != nil {
				t.Fatal(err)
			}
			if s.Kind != c.kind || !reflect.DeepEqual(s.Coords, c.coords) || !reflect.DeepEqual(s.Ends, c.ends) || !reflect.DeepEqual(s.Shells, c.shells) {
				t.Errorf("got %v %v ends %v shells %v", s.Kind, s.Coords, s.Ends, s.Shells)
			}
			checkShape(t, s)
		})
	}
}

func TestFromOrb_Refuses(t *testing.T) {
	wide := func(w float64) orb.Geometry {
		return orb.Polygon{{{-100, 0}, {-100 + w, 0}, {-100 + w, 1}, {-100, 0}}}
	}
	many := make(orb.LineString, MaxVertices+1)
	for i := range many {
		many[i] = orb.Point{float64(i) / 1e5, float64(i%2) / 1e5}
	}
	rings := make(orb.MultiPolygon, MaxRings+1)
	for i := range rings {
		rings[i] = orb.Polygon{square(float64(10*i), 0, 5)}
	}
	for _, c := range []struct {
		name string
		g    orb.Geometry
		want error
	}{
		{"nothing", nil, ErrEmpty},
		{"no points", orb.MultiPoint{}, ErrEmpty},
		{"an empty line", orb.LineString{}, ErrEmpty},
		{"empty lines", orb.MultiLineString{{}, {}}, ErrEmpty},
		{"a polygon without rings", orb.Polygon{}, ErrEmpty},
		{"a polygon with an empty shell", orb.Polygon{{}}, ErrEmpty},
		{"a hole without a shell", orb.Polygon{{}, square(0, 0, 10)}, ErrEmpty},
		{"polygons without rings", orb.MultiPolygon{{}, {{}}}, ErrEmpty},
		{"a line of one point", orb.LineString(deg([2]float64{1, 1})), ErrDegenerate},
		{"a line shorter than half a quantum", orb.LineString(deg([2]float64{1, 1}, [2]float64{1.4, 1})), ErrDegenerate},
		{"a ring smaller than half a quantum", orb.Polygon{square(0, 0, 0.4)}, ErrDegenerate},
		{"a ring there and back", orb.Polygon{deg([2]float64{0, 0}, [2]float64{5, 5}, [2]float64{9, 9}, [2]float64{0, 0})}, ErrDegenerate},
		{"a ring there and back around a corner", orb.Polygon{deg([2]float64{0, 0}, [2]float64{5, 5}, [2]float64{9, 0}, [2]float64{5, 5}, [2]float64{0, 0})}, ErrDegenerate},
		{"only parts that vanish", orb.MultiPolygon{{square(0, 0, 0.4)}, {}}, ErrDegenerate},
		{"a collection", orb.Collection{orb.Point{}}, ErrUnsupported},
		{"a ring", square(0, 0, 10), ErrUnsupported},
		{"a bound", orb.Bound{Max: orb.Point{1, 1}}, ErrUnsupported},
		{"NaN", orb.Point{math.NaN(), 0}, ErrNotFinite},
		{"infinity in a hole", orb.Polygon{square(0, 0, 10), {{0, 0}, {0, math.Inf(1)}, {1, 1}}}, ErrNotFinite},
		{"off the globe in a part", orb.MultiPolygon{{square(0, 0, 10)}, {{{0, 0}, {0, 91}, {1, 1}}}}, ErrNotFinite},
		{"off the globe in a line", orb.MultiLineString{{{0, 0}, {181, 0}}}, ErrNotFinite},
		{"more than 180 degrees", wide(180.0000001), ErrTooWide},
		{"the whole globe", orb.Polygon{{{-180, -90}, {180, -90}, {180, 90}, {-180, 90}, {-180, -90}}}, ErrTooWide},
		{"too many vertices", many, ErrTooLarge},
		{"too many rings", rings, ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			if s, err := FromOrb(c.g); !errors.Is(err, c.want) || s != nil {
				t.Errorf("got %v, %v, want %v", s, err, c.want)
			}
		})
	}
	for name, g := range map[string]orb.Geometry{"180 degrees": wide(180), "the most vertices": many[:MaxVertices], "the most rings": rings[:MaxRings]} {
		if _, err := FromOrb(g); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// checkShape tests what a Shape promises.
func checkShape(t *testing.T, s *Shape) {
	t.Helper()
	box, from := EmptyBox(), uint32(0)
	for i, end := range s.Ends {
		if end <= from || int(end) > len(s.Coords) {
			t.Fatalf("part %d is %d to %d of %d", i, from, end, len(s.Coords))
		}
		part := s.Coords[from:end]
		from = end
		if s.Kind == Points {
			continue
		}
		for k := 1; k < len(part); k++ {
			if part[k] == part[k-1] {
				t.Fatalf("part %d repeats %v", i, part[k])
			}
		}
		if s.Kind == Lines && len(part) < 2 {
			t.Fatalf("line %d has %d vertices", i, len(part))
		}
		if s.Kind == Polygons && (len(part) < 3 || part[0] == part[len(part)-1] || collapsed(part)) {
			t.Fatalf("ring %d is %v", i, part)
		}
	}
	if int(from) != len(s.Coords) {
		t.Fatalf("parts end at %d of %d", from, len(s.Coords))
	}
	for _, c := range s.Coords {
		box = box.Extend(c)
	}
	if box != s.Box {
		t.Fatalf("box %v, want %v", s.Box, box)
	}
	if (s.Kind == Polygons) != (len(s.Shells) > 0) {
		t.Fatalf("%v with shells %v", s.Kind, s.Shells)
	}
	next := 0
	for i := range s.Shells {
		a, b := s.Rings(i)
		if a != next || b <= a {
			t.Fatalf("polygon %d has the rings %d to %d", i, a, b)
		}
		next = b
	}
	if s.Kind == Polygons && next != len(s.Ends) {
		t.Fatalf("polygons end at ring %d of %d", next, len(s.Ends))
	}
}

func TestOrb_RoundTripAndWinding(t *testing.T) {
	r := newRand(t, 4)
	for range 500 {
		til := newTiling(r, 4, 3, Coord{int32(r.IntN(2e9) - 1e9), int32(r.IntN(1e9) - 5e8)}, false)
		for _, s := range til.shapes {
			g := s.Orb()
			back, err := FromOrb(g)
			if err != nil {
				t.Fatal(err)
			}
			m, ok := g.(orb.MultiPolygon)
			if !ok {
				m = orb.MultiPolygon{g.(orb.Polygon)}
			}
			if len(m) != len(s.Shells) {
				t.Fatalf("%d polygons of %d", len(m), len(s.Shells))
			}
			for _, p := range m {
				for i, ring := range p {
					if want := map[bool]orb.Orientation{true: orb.CCW, false: orb.CW}[i == 0]; ring.Orientation() != want || !ring.Closed() {
						t.Fatalf("ring %d: orientation %v, closed %v", i, ring.Orientation(), ring.Closed())
					}
				}
			}
			if again := back.Orb(); !reflect.DeepEqual(again, g) {
				t.Fatalf("second round differs:\n%v\n%v", g, again)
			}
			if back.Box != s.Box || len(back.Coords) != len(s.Coords) {
				t.Fatalf("round trip: %v, want %v", back, s)
			}
			for range 30 {
				c := Coord{s.Box.Min.X + int32(r.IntN(40)), s.Box.Min.Y + int32(r.IntN(40))}
				a, ah := s.Contains(c)
				if b, bh := back.Contains(c); a != b || ah != bh {
					t.Fatalf("%v: %v %v, after the round trip %v %v", c, a, ah, b, bh)
				}
			}
		}
	}
	for _, g := range []orb.Geometry{
		orb.Point{1, 2},
		orb.MultiPoint{{1, 2}, {1, 2}, {3, 4}},
		orb.LineString{{1, 2}, {3, 4}},
		orb.MultiLineString{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}, {5, 6}}},
		orb.MultiPolygon{{square(0, 0, 10)}, {square(20, 20, 10)}},
	} {
		s, err := FromOrb(g)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Orb(); !reflect.DeepEqual(got, g) {
			t.Errorf("%v came back as %v", g, got)
		}
	}
}

func TestKind_String(t *testing.T) {
	for k, want := range map[Kind]string{Points: "point", Lines: "line", Polygons: "polygon", 0: "unknown"} {
		if k.String() != want {
			t.Errorf("%d is %q, want %q", k, k, want)
		}
	}
}
