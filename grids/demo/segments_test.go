package demo

import (
	"math"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Metres of a lattice step at the city's latitude, true within 0.2 % for tens
// of kilometres.
const metresX, metresY = 0.00915208, 0.01109367

func metresBetween(a, b spatial.Coord) float64 {
	return math.Hypot(float64(b.X-a.X)*metresX, float64(b.Y-a.Y)*metresY)
}

// segments finds the pieces of lines near a position, by squares.
type segments struct{ in map[[2]int32][]side }

const segmentSquare = 4_000

func newSegments() *segments { return &segments{map[[2]int32][]side{}} }

func (s *segments) add(shape *spatial.Shape) {
	for _, part := range ringsOf(shape) {
		sides := sidesOf(part)
		if shape.Kind == spatial.Lines {
			sides = sides[:len(sides)-1] // not closed
		}
		for _, e := range sides {
			for x := min(e.a.X, e.b.X)/segmentSquare - 1; x <= max(e.a.X, e.b.X)/segmentSquare+1; x++ {
				for y := min(e.a.Y, e.b.Y)/segmentSquare - 1; y <= max(e.a.Y, e.b.Y)/segmentSquare+1; y++ {
					s.in[[2]int32{x, y}] = append(s.in[[2]int32{x, y}], e)
				}
			}
		}
	}
}

func (s *segments) within(p spatial.Coord, metres float64) bool {
	for _, e := range s.in[[2]int32{p.X / segmentSquare, p.Y / segmentSquare}] {
		if metresTo(p, e) <= metres {
			return true
		}
	}
	return false
}

// metresTo is the distance from a position to a segment.
func metresTo(p spatial.Coord, e side) float64 {
	ax, ay := float64(e.a.X-p.X)*metresX, float64(e.a.Y-p.Y)*metresY
	bx, by := float64(e.b.X-p.X)*metresX, float64(e.b.Y-p.Y)*metresY
	dx, dy := bx-ax, by-ay
	f := 0.0
	if l2 := dx*dx + dy*dy; l2 > 0 {
		f = min(max(-(ax*dx+ay*dy)/l2, 0), 1)
	}
	return math.Hypot(ax+f*dx, ay+f*dy)
}
