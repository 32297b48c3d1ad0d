package spatial

import (
	"math"
	"slices"
)

// Representative returns a position that stands for the shape: the first
// point, the middle of the longest line by length, or for polygons the middle
// of the widest span inside the largest polygon at half its height, which
// unlike the centroid always lies inside.
func (s *Shape) Representative() Coord {
	switch s.Kind {
	case Points:
		return s.Coords[0]
	case Lines:
		return s.midLine()
	}
	best, area := 0, int64(-1)
	for i := range s.Shells {
		from, _ := s.Rings(i)
		a := doubleArea(s.Part(from))
		if a < 0 {
			a = -a
		}
		if a > area {
			best, area = i, a
		}
	}
	return s.insidePolygon(best)
}

// midLine returns the middle of the longest line.
func (s *Shape) midLine() Coord {
	var line []Coord
	longest := -1.0
	for i := range s.Ends {
		if l := lengthM(s.Part(i)); l > longest {
			line, longest = s.Part(i), l
		}
	}
	left := longest / 2
	for i := 1; i < len(line); i++ {
		d := DistanceM(line[i-1], line[i])
		if d >= left && d > 0 {
			t := left / d
			a, b := line[i-1], line[i]
			return Coord{
				int32(math.RoundToEven(float64(a.X) + float64(t*float64(int64(b.X)-int64(a.X))))),
				int32(math.RoundToEven(float64(a.Y) + float64(t*float64(int64(b.Y)-int64(a.Y))))),
			}
		}
		left -= d
	}
	return line[len(line)-1]
}

func lengthM(line []Coord) float64 {
	var sum float64
	for i := 1; i < len(line); i++ {
		sum += DistanceM(line[i-1], line[i])
	}
	return sum
}

// insidePolygon cuts polygon i by a level line between two vertex levels next
// to the middle and returns the middle of the widest piece.
func (s *Shape) insidePolygon(i int) Coord {
	from, to := s.Rings(i)
	shell := s.Part(from)
	lo, hi := shell[0].Y, shell[0].Y
	for _, c := range shell {
		lo, hi = min(lo, c.Y), max(hi, c.Y)
	}
	// A level halfway between the vertex levels around the middle passes
	// through no vertex.
	mid := (float64(lo) + float64(hi)) / 2
	below, above := float64(lo), float64(hi)
	for r := from; r < to; r++ {
		for _, c := range s.Part(r) {
			y := float64(c.Y)
			if y <= mid {
				below = max(below, y)
			} else {
				above = min(above, y)
			}
		}
	}
	level := (below + above) / 2
	var xs []float64
	for r := from; r < to; r++ {
		ring := s.Part(r)
		a := ring[len(ring)-1]
		for _, b := range ring {
			if (float64(a.Y) > level) != (float64(b.Y) > level) {
				t := (level - float64(a.Y)) / float64(int64(b.Y)-int64(a.Y))
				xs = append(xs, float64(a.X)+float64(t*float64(int64(b.X)-int64(a.X))))
			}
			a = b
		}
	}
	slices.Sort(xs)
	x, widest := float64(shell[0].X), -1.0
	for k := 0; k+1 < len(xs); k += 2 {
		if w := xs[k+1] - xs[k]; w > widest {
			x, widest = (xs[k]+xs[k+1])/2, w
		}
	}
	return Coord{int32(math.RoundToEven(x)), int32(math.RoundToEven(level))}
}
