package spatial

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
)

func piecesM2(t *testing.T, pieces []orb.Polygon) (sum float64) {
	t.Helper()
	for _, p := range pieces {
		s, err := FromOrb(p)
		if err != nil {
			t.Fatalf("%v: %v", p, err)
		}
		sum += s.AreaM2()
	}
	return sum
}

func TestOverlap_OfSquaresIsTheirCommonRectangle(t *testing.T) {
	at := At(114.3, 34.8)
	a := shapeOf(rectangle(at, 0, 0, 100, 100))
	for name, c := range map[string]struct {
		b    *Shape
		want float64
	}{
		"a corner":           {shapeOf(rectangle(at, 60, 70, 200, 200)), 40 * 30},
		"inside":             {shapeOf(rectangle(at, 20, 20, 30, 30)), 100},
		"itself":             {a, 10_000},
		"beside, touching":   {shapeOf(rectangle(at, 100, 0, 200, 100)), 0},
		"far away":           {shapeOf(rectangle(at, 500, 500, 600, 600)), 0},
		"a ring with a hole": {shapeOf(rectangle(at, -10, -10, 110, 110), rectangle(at, 10, 10, 90, 90)), 10_000 - 6400},
		"in two pieces": {shapeOf([]Coord{
			beside(at, 10, -10), beside(at, 40, -10), beside(at, 40, 110), beside(at, 60, 110),
			beside(at, 60, -10), beside(at, 90, -10), beside(at, 90, 120), beside(at, 10, 120),
		}), 2 * 30 * 100},
	} {
		for _, x := range [][2]*Shape{{a, c.b}, {c.b, a}} {
			pieces, got := Overlap(x[0], x[1])
			if math.Abs(got-c.want) > 1e-3*c.want+0.2 || math.Abs(piecesM2(t, pieces)-c.want) > 1e-3*c.want+0.2 {
				t.Errorf("%s: %v m² in %d pieces of %v m², want %v", name, got, len(pieces), piecesM2(t, pieces), c.want)
			}
		}
	}
	if pieces, got := Overlap(a, &Shape{Kind: Points, Coords: []Coord{at}, Ends: []uint32{1}, Box: Box{at, at}}); got != 0 || pieces != nil {
		t.Errorf("with a point: %v", got)
	}
}

// The areas of a tiling share a polygon out: what it has in common with each adds
// up to what is not in a gap, and no position is in two pieces or in a wrong one.
func TestOverlap_OfATilingSharesAPolygonOut(t *testing.T) {
	r := newRand(t, 181)
	inside, outside := 0, 0
	for range 25 {
		til := newTiling(r, 5, 5, kaifeng, false)
		tiles := til.scaled(r, 700)
		box := NewAreas(tiles).Box()
		s := shapeOf(starAround(r, box.Center(), 8+r.IntN(60), 60, 200), starAround(r, box.Center(), 9, 5, 25))
		sum := 0.0
		for _, tile := range tiles {
			pieces, areaM2 := Overlap(s, tile)
			sum += areaM2
			var parts []*Shape
			for _, p := range pieces {
				x, err := FromOrb(p)
				if err != nil {
					t.Fatal(err)
				}
				parts = append(parts, x)
			}
			for range 150 {
				c := somewhere(r, box)
				if s.DistanceM(c) < 0.1 || tile.DistanceM(c) < 0.1 { // corners are rounded
					continue
				}
				_, inS := s.Contains(c)
				_, inTile := tile.Contains(c)
				held := 0
				for _, x := range parts {
					if _, in := x.Contains(c); in {
						held++
					}
				}
				if in := inS && inTile; (held > 0) != in || held > 1 {
					t.Fatalf("%v lies in both: %v; in %d pieces", c, in, held)
				} else if in {
					inside++
				} else {
					outside++
				}
			}
			if math.Abs(piecesM2(t, pieces)-areaM2) > 0.2+1e-3*areaM2 {
				t.Fatalf("pieces of %v m², said %v", piecesM2(t, pieces), areaM2)
			}
		}
		gaps := 0.0
		for f, face := range til.faces {
			if til.label[f] == None {
				var ring []Coord
				for _, c := range face {
					ring = append(ring, til.grown(c, 700))
				}
				_, m2 := Overlap(shapeOf(ring), s)
				gaps += m2
			}
		}
		if want := s.AreaM2(); sum+gaps > want*1.00001 {
			t.Errorf("shares add up to %v m² and gaps to %v, the polygon has %v", sum, gaps, want)
		}
	}
	t.Logf("%d positions in both, %d not", inside, outside)
	if inside < 800 || outside < 5000 {
		t.Error("too few of a kind: the test has lost its point")
	}
}

func BenchmarkOverlap(b *testing.B) {
	r := newRand(b, 182)
	at := At(114.3, 34.8)
	x, y := shapeOf(starAround(r, at, 40, 80, 100)), shapeOf(starAround(r, beside(at, 90, 0), 40, 80, 100))
	for b.Loop() {
		Overlap(x, y)
	}
}
