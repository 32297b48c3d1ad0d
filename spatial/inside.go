package spatial

import (
	"cmp"
	"math"
	"slices"
)

// Representative returns a position that stands for the shape: the first
// point, the middle of the longest line by length, or for polygons the middle
// of the widest span inside the largest polygon at half its height, which
// unlike the centroid always lies inside: on the border only where the polygon
// is so thin that the lattice has next to no position in it.
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

// maxLevels bounds the cuts tried through one polygon; the first is right for
// everything wider than a few quanta.
const maxLevels = 32

// insidePolygon cuts polygon i by level lines and returns the middle of the
// widest piece of the first cut where it is inside after rounding. A polygon so
// thin that there is none is stood for by a position on its border.
func (s *Shape) insidePolygon(i int) Coord {
	from, _ := s.Rings(i)
	onBorder := s.Part(from)[0]
	for _, level := range s.levels(i) {
		c, _ := s.widest(i, level)
		if side, _ := s.Contains(c); side == Inside {
			return c
		}
	}
	return onBorder
}

// usualVertices is what most polygons have fewer of.
const usualVertices = 64

// levels returns the latitudes halfway between neighbouring vertices of polygon
// i, which pass through no vertex: first the one nearest to half its height,
// then the others by the room they have.
func (s *Shape) levels(i int) []float64 {
	from, to := s.Rings(i)
	var room [usualVertices]int32 // off the heap: every polygon of a city comes by
	ys := room[:0]
	for r := from; r < to; r++ {
		for _, c := range s.Part(r) {
			ys = append(ys, c.Y)
		}
	}
	slices.Sort(ys)
	ys = slices.Compact(ys)
	mid := (float64(ys[0]) + float64(ys[len(ys)-1])) / 2
	type gap struct {
		level, room float64
		middle      bool
	}
	var gapRoom [usualVertices]gap
	gaps := gapRoom[:0]
	for k := 1; k < len(ys); k++ {
		below, above := float64(ys[k-1]), float64(ys[k])
		gaps = append(gaps, gap{(below + above) / 2, above - below, below <= mid && mid < above})
	}
	slices.SortStableFunc(gaps, func(a, b gap) int {
		if a.middle != b.middle {
			if a.middle {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.room, a.room)
	})
	out := make([]float64, 0, maxLevels)
	for _, g := range gaps[:min(len(gaps), maxLevels)] {
		out = append(out, g.level)
	}
	return out
}

// widest returns the middle of the widest piece that the level line cuts out
// of polygon i, and its width in quanta.
func (s *Shape) widest(i int, level float64) (middle Coord, widthQuanta float64) {
	from, to := s.Rings(i)
	var room [usualVertices]float64
	xs := room[:0]
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
	x := float64(s.Part(from)[0].X)
	for k := 0; k+1 < len(xs); k += 2 {
		if w := xs[k+1] - xs[k]; w > widthQuanta {
			x, widthQuanta = (xs[k]+xs[k+1])/2, w
		}
	}
	return Coord{int32(math.RoundToEven(x)), int32(math.RoundToEven(level))}, widthQuanta
}
