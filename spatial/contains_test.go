package spatial

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/twpayne/go-geos"
)

// star makes a simple ring around the origin with small whole coordinates,
// many of them level, upright or on one line.
func star(r *rand.Rand, n, size int) []Coord {
	for {
		ring := make([]Coord, 0, n)
		for i := range n {
			a := (float64(i) + r.Float64()*0.9) / float64(n) * 2 * math.Pi
			d := float64(size) * (0.2 + 0.8*r.Float64())
			c := Coord{int32(math.Round(d * math.Cos(a))), int32(math.Round(d * math.Sin(a)))}
			if len(ring) == 0 || ring[len(ring)-1] != c {
				ring = append(ring, c)
			}
		}
		if ring[0] == ring[len(ring)-1] {
			ring = ring[:len(ring)-1]
		}
		if len(ring) >= 3 && doubleArea(ring) != 0 {
			return ring
		}
	}
}

// wild makes any ring at all: it may cross itself.
func wild(r *rand.Rand, n, size int) []Coord {
	for {
		ring := make([]Coord, 0, n)
		for range n {
			c := Coord{int32(r.IntN(2*size+1) - size), int32(r.IntN(2*size+1) - size)}
			if len(ring) == 0 || ring[len(ring)-1] != c {
				ring = append(ring, c)
			}
		}
		if len(ring) >= 3 && ring[0] != ring[len(ring)-1] {
			return ring
		}
	}
}

// TestContains_IsTheBorderRuleInExactArithmetic takes polygons so small that
// every position around them can be asked, and most are on or level with an
// edge or vertex.
func TestContains_IsTheBorderRuleInExactArithmetic(t *testing.T) {
	r := newRand(t, 5)
	on, held := 0, 0
	for round := range 400 {
		size := 3 + r.IntN(6)
		rings := [][]Coord{star(r, 3+r.IntN(10), size)}
		if round%3 == 0 {
			rings[0] = wild(r, 3+r.IntN(8), size)
		}
		if round%4 == 0 {
			rings = append(rings, star(r, 3+r.IntN(4), 2))
		}
		s := shapeOf(rings...)
		far := shifted(s, Coord{1799999000, -899999000})
		for x := -size - 1; x <= size+1; x++ {
			for y := -size - 1; y <= size+1; y++ {
				c := Coord{int32(x), int32(y)}
				want, wantHolds := oracleSide(rings, c)
				side, holds := s.Contains(c)
				if side != want || holds != wantHolds {
					t.Fatalf("rings %v, %v: %v %v, want %v %v", rings, c, side, holds, want, wantHolds)
				}
				if a, b := far.Contains(Coord{c.X + 1799999000, c.Y - 899999000}); a != side || b != holds {
					t.Fatalf("rings %v, %v: another answer at the edge of the globe: %v %v", rings, c, a, b)
				}
				if side == OnBorder {
					on++
					if holds {
						held++
					}
				}
			}
		}
	}
	t.Logf("%d positions on a border, %d of them held", on, held)
	if on < 4000 || held < 1500 {
		t.Errorf("only %d positions on a border, %d held: the test has lost its point", on, held)
	}
}

func shifted(s *Shape, by Coord) *Shape {
	moved := *s
	moved.Coords = make([]Coord, len(s.Coords))
	moved.Box = EmptyBox()
	for i, c := range s.Coords {
		moved.Coords[i] = Coord{c.X + by.X, c.Y + by.Y}
		moved.Box = moved.Box.Extend(moved.Coords[i])
	}
	return &moved
}

func TestContains_IsExactForEdgesAsLongAsAllowed(t *testing.T) {
	// A triangle over 180 degrees whose hypotenuse passes lattice points by
	// less than a float64 of the product can tell.
	a, b, top := Coord{-900000000, -449999999}, Coord{900000000, 450000000}, Coord{-900000000, 450000000}
	s := shapeOf([]Coord{a, b, top})
	r := newRand(t, 6)
	for range 20_000 {
		x := int32(r.Int64N(1800000001) - 900000000)
		y := int32(math.Round(float64(a.Y) + float64(b.Y-a.Y)*(float64(x)-float64(a.X))/1.8e9))
		for dy := int32(-1); dy <= 1; dy++ {
			c := Coord{x, y + dy}
			if c.Y < a.Y || c.Y > b.Y || c.X == a.X || c.Y == b.Y {
				continue
			}
			got, _ := s.Contains(c)
			if want := sideBig(a, b, c); got != want {
				t.Fatalf("%v: %v, want %v", c, got, want)
			}
		}
	}
}

// sideBig tells on which side of the rising line a-b the position is, inside
// being to the left.
func sideBig(a, b, c Coord) Side {
	turn := bigCross(a, b, c)
	switch {
	case turn > 0:
		return Inside
	case turn == 0:
		return OnBorder
	}
	return Outside
}

// TestContains_GEOSAgreesOffTheBorder also checks that GEOS sees a border where
// this package does.
func TestContains_GEOSAgreesOffTheBorder(t *testing.T) {
	r := newRand(t, 7)
	ctx := geos.NewContext()
	compared := 0
	for compared < 30_000 {
		ring := star(r, 3+r.IntN(20), 4+r.IntN(2000))
		s := shapeOf(ring)
		g := geosPolygon(ctx, s)
		if !g.IsValid() {
			continue
		}
		edge := g.Boundary()
		ask := append([]Coord{}, ring...)
		for i, c := range ring {
			d := ring[(i+1)%len(ring)]
			ask = append(ask, Coord{(c.X + d.X) / 2, (c.Y + d.Y) / 2})
		}
		for range 40 {
			ask = append(ask, Coord{s.Box.Min.X + r.Int32N(s.Box.Max.X-s.Box.Min.X+3) - 1, s.Box.Min.Y + r.Int32N(s.Box.Max.Y-s.Box.Min.Y+3) - 1})
		}
		for _, c := range ask {
			p := ctx.NewPointFromXY(float64(c.X), float64(c.Y))
			want := Outside
			switch {
			case edge.Intersects(p):
				want = OnBorder
			case g.Contains(p):
				want = Inside
			}
			if got, holds := s.Contains(c); got != want || (got == Inside && !holds) || (got == Outside && holds) {
				t.Fatalf("ring %v, %v: %v %v, GEOS %v", ring, c, got, holds, want)
			}
			compared++
		}
	}
}

func geosPolygon(ctx *geos.Context, s *Shape) *geos.Geom {
	rings := make([][][]float64, len(s.Ends))
	for i := range rings {
		part := s.Part(i)
		for _, c := range append(append([]Coord{}, part...), part[0]) {
			rings[i] = append(rings[i], []float64{float64(c.X), float64(c.Y)})
		}
	}
	return ctx.NewPolygon(rings)
}

func TestContains_PointsAndLinesHoldNothing(t *testing.T) {
	for _, k := range []Kind{Points, Lines} {
		s := &Shape{Kind: k, Coords: []Coord{{0, 0}, {5, 5}}, Ends: []uint32{2}, Box: Box{Coord{}, Coord{5, 5}}}
		if side, holds := s.Contains(Coord{}); side != Outside || holds {
			t.Errorf("%v: %v %v", k, side, holds)
		}
	}
}

// TestShapeDistanceM_IsTheGeodesicToTheStatedError asks a dense walk along the
// edges for the nearest geodesic.
func TestShapeDistanceM_IsTheGeodesicToTheStatedError(t *testing.T) {
	r := newRand(t, 8)
	worst := 0.0
	for range 400 {
		c := At(r.Float64()*340-170, r.Float64()*120-60)
		perLon := 111320 * math.Cos(c.Lat()*math.Pi/180)
		at := func(maxM float64) Coord {
			return At(c.Lon()+(r.Float64()*2-1)*maxM/perLon, c.Lat()+(r.Float64()*2-1)*maxM/110574)
		}
		ring := []Coord{at(1000), at(1000), at(1000)}
		s := shapeOf(ring)
		want := math.Inf(1)
		a := ring[2]
		for _, b := range ring {
			const steps = 1000
			for k := range steps + 1 {
				f := float64(k) / steps
				want = min(want, vincentyM(c.Lon(), c.Lat(), a.Lon()+(b.Lon()-a.Lon())*f, a.Lat()+(b.Lat()-a.Lat())*f))
			}
			a = b
		}
		got := s.DistanceM(c)
		bound := 0.2 * math.Tan(math.Abs(c.Lat())*math.Pi/180) * want / earthR
		// The walk's nearest step is up to half a step off the foot, which
		// costs up to (half a step)² / (2·distance).
		walk := 1.5 * 1.5 / 2 / max(want, 1)
		if math.Abs(got-want) > (bound+1e-6)*want+walk+1e-3 {
			t.Fatalf("%v to %v: %v m, geodesic %v m", c, ring, got, want)
		}
		if want > 300 {
			worst = max(worst, math.Abs(got-want)/want)
		}
	}
	t.Logf("largest relative error beyond 300 m: %.2g", worst)
}

func TestShapeDistanceM_OfPointsLinesAndPolygons(t *testing.T) {
	const m = 111319.490793 / 1e7 // a quantum of longitude at the equator
	coords := []Coord{{100, 0}, {100, 100}, {0, 100}}
	for _, c := range []struct {
		name string
		kind Kind
		at   Coord
		want float64
	}{
		{"points: the nearest of them", Points, Coord{60, 0}, 40 * m},
		{"lines: not the way back to the start", Lines, Coord{60, 40}, 40 * m},
		{"polygons: also from inside, also the closing edge", Polygons, Coord{90, 10}, 0},
		{"polygons: from outside", Polygons, Coord{110, 0}, 10 * m},
	} {
		s := &Shape{Kind: c.kind, Coords: coords, Ends: []uint32{3}, Box: Box{Coord{0, 0}, Coord{100, 100}}}
		if got := s.DistanceM(c.at); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s: %v m, want %v m", c.name, got, c.want)
		}
	}
}

// TestSegment2_IsTheSameToTheBitBothWays is what makes a border as far from one
// side as from the other.
func TestSegment2_IsTheSameToTheBitBothWays(t *testing.T) {
	r := newRand(t, 9)
	at := func() Coord { return Coord{r.Int32N(100_000), r.Int32N(100_000)} }
	for range 100_000 {
		c, a, b := at(), at(), at()
		if x, y := segment2(c, a, b, 0.0091, 0.0111), segment2(c, b, a, 0.0091, 0.0111); x != y {
			t.Fatalf("%v to %v-%v: %v, other way %v", c, a, b, x, y)
		}
	}
}
