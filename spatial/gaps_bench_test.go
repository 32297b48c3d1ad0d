package spatial

import "testing"

// BenchmarkBuildOverlaps builds the coverage of the reference city twice over,
// the second moved by a tenth of a cell: every border overlaps and crosses.
func BenchmarkBuildOverlaps(b *testing.B) {
	t := town()
	shapes := append([]*Shape{}, t.shapes...)
	for _, s := range t.shapes {
		ring := make([]Coord, len(s.Coords))
		for i, c := range s.Coords {
			ring[i] = Coord{c.X + faceX/10, c.Y + faceY/10}
		}
		shapes = append(shapes, shapeOf(ring))
	}
	areas := NewAreas(shapes)
	b.ReportAllocs()
	for b.Loop() {
		NewCoverage(areas)
	}
}
