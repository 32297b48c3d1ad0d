package spatial

import (
	"slices"
	"testing"
)

// FuzzPointSet reads points from the bytes and compares windows and neighbours
// with all points looked at. The first byte is how far they are spread, then
// come the position asked from, k, the radius, and three bytes a point: the last
// of them says how often it repeats and whether it lies off the others' raster.
func FuzzPointSet(f *testing.F) {
	f.Add([]byte{0, 5, 5, 1, 200, 5, 5, 0, 5, 6, 0, 9, 9, 0})
	f.Add([]byte{12, 0, 0, 3, 255, 1, 1, 3, 1, 255, 0, 255, 1, 0, 128, 128, 0})       // ties all around
	f.Add([]byte{23, 127, 40, 10, 90, 127, 40, 4, 128, 216, 4, 0, 0, 7, 1, 0, 4})     // across the globe
	f.Add([]byte{7, 10, 10, 2, 0, 10, 10, 7, 10, 10, 7, 11, 10, 0, 10, 11, 3, 90, 1}) // a crowd
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 8 || len(b) > 600 {
			t.Skip()
		}
		// 127<<23 quanta are 106°: the positions of the lattice that are on the globe.
		spread := b[0] % 24
		at := func(x, y byte) Coord {
			const high = 90 * perDegree
			return Coord{int32(int8(x)) << spread, max(min(int32(int8(y))<<spread, high), -high)}
		}
		c, k, radius := at(b[1], b[2]), int(b[3]%40), float64(b[4])*float64(b[4])*float64(int64(1)<<spread)/5_000
		var points []Coord
		for b = b[5:]; len(b) >= 3; b = b[3:] {
			p := at(b[0], b[1])
			if b[2]&8 != 0 {
				p.X += int32(b[2]) // off the raster of the others
			}
			for range 1 + b[2]&7 {
				points = append(points, p)
			}
		}
		s := NewPointSet(points)
		for _, keep := range []func(int32) bool{nil, func(i int32) bool { return i%3 != 1 }} {
			got, want := s.Nearest(nil, c, k, radius, keep), bruteNearest(points, c, k, radius, keep)
			if !slices.Equal(got, want) {
				t.Fatalf("%d within %v m of %v among %v: %v, want %v", k, radius, c, points, got, want)
			}
		}
		var got, want []int32
		w := EmptyBox().Extend(c).Extend(points[0])
		s.Search(w, func(i int32) bool {
			got = append(got, i)
			return true
		})
		for i, p := range points {
			if w.Holds(p) {
				want = append(want, int32(i))
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Fatalf("in %v among %v: %v, want %v", w, points, got, want)
		}
	})
}
