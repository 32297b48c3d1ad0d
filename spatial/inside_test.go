package spatial

import (
	"math"
	"testing"
)

func TestRepresentative_LiesInside(t *testing.T) {
	r := newRand(t, 31)
	for round := range 60 {
		til := newTiling(r, 4, 4, kaifeng, round%2 == 0)
		for _, s := range til.shapes {
			if side, holds := s.Contains(s.Representative()); side != Inside || !holds {
				t.Fatalf("%v of %v is %v", s.Representative(), s, side)
			}
		}
	}
	border := 0
	for range 3000 {
		s := shapeOf(star(r, 3+r.IntN(9), 2+r.IntN(30)))
		c := s.Representative()
		switch side, _ := s.Contains(c); side {
		case Outside:
			t.Fatalf("%v of %v is outside", c, s.Coords)
		case OnBorder:
			border++
			if w := meanWidth(s.Coords); w > 1.5 {
				t.Fatalf("%v of %v is on the border though it is %v quanta wide", c, s.Coords, w)
			}
		}
	}
	t.Logf("%d of 3000 small polygons are stood for by their border", border)
}

// meanWidth of something long is its area over half its girth.
func meanWidth(ring []Coord) float64 {
	girth := 0.0
	a := ring[len(ring)-1]
	for _, b := range ring {
		girth += math.Hypot(float64(b.X-a.X), float64(b.Y-a.Y))
		a = b
	}
	return math.Abs(float64(doubleArea(ring))) / girth
}

func TestRepresentative_OfSliversIsOnThem(t *testing.T) {
	r := newRand(t, 32)
	for range 3000 {
		// Long, and less than a quantum to a few quanta wide.
		l := 10 + r.Int32N(100_000)
		w := r.Int32N(3)
		tip := r.Int32N(l)
		s := shapeOf([]Coord{{0, 0}, {l, l / 3}, {l, l/3 + 1}, {tip, tip/3 + 1 + w}})
		if doubleArea(s.Coords) == 0 {
			continue
		}
		if side, _ := s.Contains(s.Representative()); side == Outside {
			t.Fatalf("%v of %v is outside", s.Representative(), s.Coords)
		}
	}
}

func TestRepresentative_OfPointsAndLines(t *testing.T) {
	points := &Shape{Kind: Points, Coords: []Coord{{3, 4}, {5, 6}}, Ends: []uint32{2}}
	if got := points.Representative(); got != (Coord{3, 4}) {
		t.Errorf("points: %v", got)
	}
	r := newRand(t, 33)
	for range 500 {
		s := &Shape{Kind: Lines}
		longest, length := 0, 0.0
		for l := range 1 + r.IntN(3) {
			n := 2 + r.IntN(5)
			sum, from := 0.0, len(s.Coords)
			for k := range n {
				s.Coords = append(s.Coords, Coord{kaifeng.X + r.Int32N(90_000), kaifeng.Y + r.Int32N(90_000)})
				if k > 0 {
					sum += DistanceM(s.Coords[from+k-1], s.Coords[from+k])
				}
			}
			s.Ends = append(s.Ends, uint32(len(s.Coords)))
			if sum > length {
				longest, length = l, sum
			}
		}
		// Half of the longest line must lie before the middle.
		mid, line := s.Representative(), s.Part(longest)
		found, walked := math.Inf(1), 0.0
		for k := 1; k < len(line); k++ {
			d := DistanceM(line[k-1], line[k])
			if segment2(mid, line[k-1], line[k], 1, 1) < 1 {
				found = min(found, math.Abs(walked+DistanceM(line[k-1], mid)-length/2))
			}
			walked += d
		}
		if found > 0.05 {
			t.Fatalf("%v is not the middle of %v: off by %v m", mid, line, found)
		}
	}
}
