package spatial

import (
	"testing"
)

// A patch answers as the areas do, at and next to borders and vertices too, and
// where areas overlap or leave gaps.
func TestPatch_AnswersAsTheAreasItWasCutFrom(t *testing.T) {
	r := newRand(t, 171)
	var p Patch
	found, none, snapped := 0, 0, 0
	for range 40 {
		til := newTiling(r, 1+r.IntN(6), 1+r.IntN(6), kaifeng, false)
		shapes := til.shapes
		if r.IntN(2) == 0 { // another tiling on top: overlaps
			shapes = append(shapes, newTiling(r, 3, 3, kaifeng, true).shapes...)
		}
		areas := NewAreas(shapes)
		for range 12 {
			at := somewhere(r, areas.Box().Grow(6))
			box := Box{at, at}.Grow(r.Int32N(9))
			p.Cut(areas, box)
			for x := box.Min.X; x <= box.Max.X; x++ {
				for y := box.Min.Y; y <= box.Max.Y; y++ {
					c := Coord{x, y}
					want, _ := areas.Locate(c)
					if got := p.Locate(c); got != want {
						t.Fatalf("%v in %v: area %d, want %d", c, box, got, want)
					}
					if want == None {
						none++
						continue
					}
					found++
					if side, _ := shapes[want].Contains(c); side == Outside {
						snapped++
					}
				}
			}
		}
	}
	t.Logf("%d in an area, %d in none, %d snapped", found, none, snapped)
	if found < 1000 || none < 1000 || snapped < 100 {
		t.Error("too few of a kind: the test has lost its point")
	}
}

// Large shapes are looked at by runs; every answer is that of all their edges.
func TestAreas_OfLargeShapesAnswerAsAllTheirEdgesSay(t *testing.T) {
	r := newRand(t, 172)
	at := At(114.3488, 34.7886)
	var p Patch
	sides, within := map[Side]int{}, 0
	for range 12 {
		shapes := make([]*Shape, 3)
		for i := range shapes {
			middle := beside(at, r.NormFloat64()*400, r.NormFloat64()*400)
			shapes[i] = shapeOf(starAround(r, middle, runsFrom+r.IntN(2000), 300, 330), starAround(r, middle, 40, 30, 100))
		}
		areas := NewAreas(shapes)
		if len(areas.runs) != len(shapes) {
			t.Fatal("the shapes have no runs")
		}
		for range 300 {
			c := somewhere(r, areas.Box())
			s := shapes[r.IntN(len(shapes))]
			if r.IntN(2) == 0 { // on and next to vertices
				c = s.Coords[r.IntN(len(s.Coords))]
				c.X, c.Y = c.X+int32(r.IntN(5)-2), c.Y+int32(r.IntN(5)-2)
			}
			holds := None
			for i, s := range shapes {
				side, in := s.Contains(c)
				if gotSide, got := areas.contains(int32(i), c); got != in || gotSide != side {
					t.Fatalf("%v in %d: %v %v, want %v %v", c, i, gotSide, got, side, in)
				}
				sides[side]++
				if in && holds == None {
					holds = int32(i)
				}
				far, radius := s.DistanceM(c), r.Float64()*80
				if got := areas.BorderWithin(int32(i), c, radius); got != (far <= radius) {
					t.Fatalf("%v, border of %d at %v m: within %v m is %v", c, i, far, radius, got)
				}
				if !areas.BorderWithin(int32(i), c, far) {
					t.Fatalf("%v, border of %d at %v m is not within that", c, i, far)
				}
				if far <= radius {
					within++
				}
			}
			want, _ := areas.Locate(c)
			if holds != None && want != holds {
				t.Fatalf("%v: area %d, want %d", c, want, holds)
			}
			if p.Cut(areas, Box{c, c}.Grow(30)); p.Locate(c) != want {
				t.Fatalf("%v: the patch says %d, want %d", c, p.Locate(c), want)
			}
		}
	}
	t.Logf("sides %v, %d borders near", sides, within)
	if sides[OnBorder] < 50 || sides[Inside] < 1000 || sides[Outside] < 1000 || within < 500 {
		t.Error("too few of a kind: the test has lost its point")
	}
}
