package spatial

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/twpayne/go-geos"
)

// inGEOS makes a GEOS geometry of a shape, in quanta.
func inGEOS(ctx *geos.Context, s *Shape) *geos.Geom {
	pairs := func(part []Coord, closed bool) [][]float64 {
		var out [][]float64
		for _, c := range part {
			out = append(out, []float64{float64(c.X), float64(c.Y)})
		}
		if closed {
			out = append(out, out[0])
		}
		return out
	}
	var parts []*geos.Geom
	switch s.Kind {
	case Points:
		for _, c := range s.Coords {
			parts = append(parts, ctx.NewPointFromXY(float64(c.X), float64(c.Y)))
		}
		return ctx.NewCollection(geos.TypeIDMultiPoint, parts)
	case Lines:
		for i := range s.Ends {
			parts = append(parts, ctx.NewLineString(pairs(s.Part(i), false)))
		}
		return ctx.NewCollection(geos.TypeIDMultiLineString, parts)
	}
	for i := range s.Shells {
		var rings [][][]float64
		from, to := s.Rings(i)
		for r := from; r < to; r++ {
			rings = append(rings, pairs(s.Part(r), true))
		}
		parts = append(parts, ctx.NewPolygon(rings))
	}
	return ctx.NewCollection(geos.TypeIDMultiPolygon, parts)
}

// polygonsOf makes a shape of polygons without judging them.
func polygonsOf(polygons ...[][]Coord) *Shape {
	s := &Shape{Kind: Polygons, Box: EmptyBox()}
	for _, rings := range polygons {
		s.Shells = append(s.Shells, uint32(len(s.Ends)))
		for _, ring := range rings {
			s.Coords = append(s.Coords, ring...)
			s.Ends = append(s.Ends, uint32(len(s.Coords)))
			for _, c := range ring {
				s.Box = s.Box.Extend(c)
			}
		}
	}
	return s
}

// scribble is a ring of random positions in a square, neighbours apart.
func scribble(r *rand.Rand, vertices int, side int32) []Coord {
	var ring []Coord
	for len(ring) < vertices {
		c := Coord{r.Int32N(side), r.Int32N(side)}
		if len(ring) > 0 && (ring[len(ring)-1] == c || (len(ring) == vertices-1 && ring[0] == c)) {
			continue
		}
		ring = append(ring, c)
	}
	return ring
}

// TestRegion_IsRefusedExactlyWhereEvenAndOddDoNotGiveItsArea draws at random on
// few positions, so that vertices meet borders, borders lie on each other and
// holes fall out of their shells. What GEOS calls valid must be taken; what is
// taken must be the polygon that GEOS makes valid by even and odd; what is
// refused GEOS must find invalid.
func TestRegion_IsRefusedExactlyWhereEvenAndOddDoNotGiveItsArea(t *testing.T) {
	judgeScribbles(t, newRand(t, 71), 12_000)
}

func judgeScribbles(t *testing.T, r *rand.Rand, rounds int) {
	t.Helper()
	ctx := geos.NewContext()
	counts := map[string]int{}
	for round := range rounds {
		side := 3 + r.Int32N(8)
		var polygons [][][]Coord
		for range 1 + r.IntN(2) {
			rings := [][]Coord{scribble(r, 3+r.IntN(5), side)}
			for range r.IntN(5) / 3 {
				rings = append(rings, scribble(r, 3, side))
			}
			polygons = append(polygons, rings)
		}
		s := polygonsOf(polygons...)
		g := inGEOS(ctx, s)
		_, err := NewRegion(s)
		var wrong *PolygonError
		switch valid := g.IsValid(); {
		case valid && err != nil:
			t.Fatalf("round %d: %v: %v, GEOS takes it", round, polygons, err)
		case valid:
			counts["valid"]++
		case err == nil:
			if want, got := g.MakeValid().Area(), ringsArea(s); want != got {
				t.Fatalf("round %d: %v is taken with area %v, even and odd make %v", round, polygons, got, want)
			}
			counts["touches, taken"]++
		case errors.As(err, &wrong):
			counts[wrong.Reason]++
			if !s.Box.Grow(1).Holds(At(wrong.At[0], wrong.At[1])) {
				t.Fatalf("%v: %v is not near it", polygons, err)
			}
		default:
			t.Fatal(err)
		}
	}
	t.Log(counts)
	for _, reason := range []string{"valid", "touches, taken", crossesItself, alongItself, overlaps, strayHole} {
		if counts[reason] < 20 {
			t.Errorf("%s: %d times, the test has lost its point", reason, counts[reason])
		}
	}
}

// ringsArea is the area of the shells without the holes.
func ringsArea(s *Shape) float64 {
	sum := 0.0
	for i := range s.Shells {
		from, to := s.Rings(i)
		for r := from; r < to; r++ {
			a := math.Abs(float64(doubleArea(s.Part(r)))) / 2
			if r > from {
				a = -a
			}
			sum += a
		}
	}
	return sum
}

// TestRegion_SideIsThatOfContains asks every lattice position in and around
// the areas of random tilings, which have parts, holes and borders they share.
func TestRegion_SideIsThatOfContains(t *testing.T) {
	r := newRand(t, 72)
	asked := map[Side]int{}
	for range 40 {
		til := newTiling(r, 1+r.IntN(6), 1+r.IntN(6), kaifeng, r.IntN(2) == 0)
		for _, s := range til.shapes {
			g, err := NewRegion(s)
			if err != nil {
				t.Fatalf("%v: %v", s, err)
			}
			box := s.Box.Grow(2)
			for x := box.Min.X; x <= box.Max.X; x++ {
				for y := box.Min.Y; y <= box.Max.Y; y++ {
					want, _ := s.Contains(Coord{x, y})
					if got := g.Side(Coord{x, y}); got != want {
						t.Fatalf("%v in %v: %v, Contains says %v", Coord{x, y}, s, got, want)
					}
					asked[want]++
				}
			}
		}
	}
	t.Log(asked)
}

// TestRegion_TakesPolygonsThatShareBordersAsOne puts areas of a tiling together:
// what lies in one or on its border lies in the region.
func TestRegion_TakesPolygonsThatShareBordersAsOne(t *testing.T) {
	r := newRand(t, 73)
	shared := 0
	for range 120 {
		til := newTiling(r, 1+r.IntN(5), 1+r.IntN(5), kaifeng, r.IntN(2) == 0)
		var together []*Shape
		all := &Shape{Kind: Polygons, Box: EmptyBox()}
		for _, s := range til.shapes {
			if r.IntN(2) == 0 {
				continue
			}
			together = append(together, s)
			for _, at := range s.Shells {
				all.Shells = append(all.Shells, at+uint32(len(all.Ends)))
			}
			for _, end := range s.Ends {
				all.Ends = append(all.Ends, end+uint32(len(all.Coords)))
			}
			all.Coords = append(all.Coords, s.Coords...)
			all.Box = all.Box.Union(s.Box)
		}
		if len(together) == 0 {
			continue
		}
		g, err := NewRegion(all)
		if err != nil {
			t.Fatal(err)
		}
		box := all.Box.Grow(1)
		for x := box.Min.X; x <= box.Max.X; x++ {
			for y := box.Min.Y; y <= box.Max.Y; y++ {
				in := 0
				for _, s := range together {
					if side, _ := s.Contains(Coord{x, y}); side != Outside {
						in++
					}
				}
				if in > 1 {
					shared++
				}
				if g.Holds(Coord{x, y}) != (in > 0) {
					t.Fatalf("%v: %v, %d areas have it", Coord{x, y}, !(in > 0), in)
				}
			}
		}
	}
	if shared < 500 {
		t.Errorf("%d positions on shared borders", shared)
	}
}

func TestRegion_SaysWhatIsWrongAndWhere(t *testing.T) {
	box := func(x, y, w, h int32) []Coord { return []Coord{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}} }
	for _, c := range []struct {
		name  string
		shape *Shape
		want  string // "" when it is taken
	}{
		{"a square", polygonsOf([][]Coord{box(0, 0, 10, 10)}), ""},
		{"a clockwise square with a hole of the same direction", polygonsOf([][]Coord{{{0, 0}, {0, 10}, {10, 10}, {10, 0}}, {{2, 2}, {2, 4}, {4, 4}, {4, 2}}}), ""},
		{"a bow tie", polygonsOf([][]Coord{{{0, 0}, {10, 10}, {10, 0}, {0, 10}}}), crossesItself + " near 0.0000005,0.0000005"},
		{"a bow tie with a vertex at its knot", polygonsOf([][]Coord{{{0, 0}, {5, 5}, {10, 10}, {10, 0}, {5, 5}, {0, 10}}}), crossesItself},
		{"a ring that touches itself", polygonsOf([][]Coord{{{0, 0}, {5, 5}, {10, 0}, {10, 10}, {5, 5}, {0, 10}}}), ""},
		{"a plus of two bars", polygonsOf([][]Coord{box(0, 4, 12, 4)}, [][]Coord{box(4, 0, 4, 12)}), crossesItself},
		{"a hole outside", polygonsOf([][]Coord{box(0, 0, 10, 10), box(20, 0, 4, 4)}), strayHole},
		{"a hole that reaches out", polygonsOf([][]Coord{box(0, 0, 10, 10), {{5, 5}, {15, 5}, {5, 7}}}), strayHole},
		{"a hole in a hole", polygonsOf([][]Coord{box(0, 0, 10, 10), box(1, 1, 8, 8), box(3, 3, 2, 2)}), strayHole},
		{"a hole along its shell", polygonsOf([][]Coord{box(0, 0, 10, 10), box(0, 2, 4, 4)}), alongItself},
		{"a hole that touches its shell", polygonsOf([][]Coord{box(0, 0, 10, 10), {{0, 5}, {4, 4}, {4, 6}}}), ""},
		{"an island in a hole", polygonsOf([][]Coord{box(0, 0, 10, 10), box(1, 1, 8, 8)}, [][]Coord{box(3, 3, 2, 2)}), ""},
		{"a polygon within another", polygonsOf([][]Coord{box(0, 0, 10, 10)}, [][]Coord{box(3, 3, 2, 2)}), overlaps},
		{"a polygon twice", polygonsOf([][]Coord{box(0, 0, 10, 10)}, [][]Coord{box(0, 0, 10, 10)}), overlaps},
		{"neighbours", polygonsOf([][]Coord{box(0, 0, 10, 10)}, [][]Coord{box(10, 3, 10, 4)}, [][]Coord{box(3, 10, 4, 4)}), ""},
		{"a spike", polygonsOf([][]Coord{{{0, 0}, {10, 0}, {10, 5}, {20, 5}, {10, 5}, {10, 10}, {0, 10}}}), alongItself},
		{"a ring run twice", polygonsOf([][]Coord{append(box(0, 0, 10, 10), box(0, 0, 10, 10)...)}), alongItself},
	} {
		_, err := NewRegion(c.shape)
		if (c.want == "") != (err == nil) || (err != nil && !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := NewRegion(&Shape{Kind: Lines}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a line: %v", err)
	}
}

// TestRegion_IsExactAtTheEndsOfTheGlobe moves crossings that are one quantum
// deep to where products are largest.
func TestRegion_IsExactAtTheEndsOfTheGlobe(t *testing.T) {
	const x, y = 1_800_000_000, 900_000_000
	for _, c := range []struct {
		name  string
		shape *Shape
		ok    bool
	}{
		{"half the globe", polygonsOf([][]Coord{{{0, -y}, {x, -y}, {x, y}, {0, y}}}), true},
		{"half the globe cut by a needle", polygonsOf([][]Coord{{{0, -y}, {x, y - 1}, {0, y}}}), true},
		{"a needle's point on the border", polygonsOf([][]Coord{{{0, -y}, {x, y}, {0, y}}, {{x / 2, 0}, {1, 7}, {1, 9}}}), true},
		{"a needle's point one quantum beyond", polygonsOf([][]Coord{{{0, -y}, {x, y}, {0, y}}, {{x/2 + 1, 0}, {1, 7}, {1, 9}}}), false},
	} {
		g, err := NewRegion(c.shape)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil && (g.Side(Coord{0, -y}) != OnBorder || g.Side(Coord{0, y}) != OnBorder || g.Side(Coord{-1, 0}) != Outside) {
			t.Errorf("%s: sides", c.name)
		}
	}
}

// TestRegion_MeetsWhatGEOSIntersects compares random lines, polygons and points
// with random regions, on so few positions that touching is as common as
// crossing.
func TestRegion_MeetsWhatGEOSIntersects(t *testing.T) {
	r := newRand(t, 74)
	ctx := geos.NewContext()
	var counts [4][2]int
	for range 100 {
		til := newTiling(r, 1+r.IntN(4), 1+r.IntN(4), Coord{}, r.IntN(2) == 0)
		s := til.shapes[r.IntN(len(til.shapes))]
		g, err := NewRegion(s)
		if err != nil {
			t.Fatal(err)
		}
		theirs := inGEOS(ctx, s)
		other := newTiling(r, 1+r.IntN(4), 1+r.IntN(4), Coord{r.Int32N(60) - 30, r.Int32N(60) - 30}, false)
		for _, o := range other.shapes {
			met := g.Meets(o)
			if want := theirs.Intersects(inGEOS(ctx, o)); met != want {
				t.Fatalf("%v and %v: %v, GEOS %v", s, o, met, want)
			}
			counts[Polygons][btoi(met)]++
		}
		for range 60 {
			line := &Shape{Kind: Lines, Coords: scribble(r, 2+r.IntN(3), 1+til.w), Box: EmptyBox()}
			if r.IntN(4) == 0 { // level ones, long ones
				line.Coords[1] = Coord{line.Coords[0].X + 1 + r.Int32N(90), line.Coords[0].Y}
			}
			kind := Lines
			line.Ends = []uint32{uint32(len(line.Coords))}
			if r.IntN(5) == 0 {
				kind, line.Kind = Points, Points
			}
			for _, c := range line.Coords {
				line.Box = line.Box.Extend(c)
			}
			met := g.Meets(line)
			if want := theirs.Intersects(inGEOS(ctx, line)); met != want {
				t.Fatalf("%v and %v: %v, GEOS %v", s, line, met, want)
			}
			counts[kind][btoi(met)]++
		}
	}
	t.Log(counts)
	for kind := Points; kind <= Polygons; kind++ {
		if counts[kind][0] < 30 || counts[kind][1] < 30 {
			t.Errorf("%v: %v, the test has lost its point", kind, counts[kind])
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
