package spatial

import "testing"

// FuzzRegion reads rings of small coordinates from the bytes: two bytes a
// vertex, 0x80 ends a ring, 0x81 a polygon; the first four are a segment. What
// is taken has the sides of Contains everywhere, and meets the segment where
// one of its edges does or it lies inside.
func FuzzRegion(f *testing.F) {
	f.Add([]byte{0, 0, 9, 9, 0, 0, 6, 0, 6, 6, 0, 6})
	f.Add([]byte{1, 1, 2, 2, 0, 0, 9, 0, 9, 9, 0, 9, 0x80, 3, 3, 3, 6, 6, 6})
	f.Add([]byte{5, 0, 5, 9, 0, 0, 5, 5, 9, 0, 9, 9, 5, 5, 0, 9})
	f.Add([]byte{0, 4, 9, 4, 0, 0, 4, 0, 4, 4, 0, 4, 0x81, 4, 1, 8, 1, 8, 7, 4, 7})
	f.Add([]byte{7, 7, 7, 8, 0, 0, 9, 9, 9, 0, 0, 9})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 10 || len(b) > 300 {
			return
		}
		at := func(b []byte) Coord { return Coord{int32(int8(b[0])), int32(int8(b[1]))} }
		from, to := at(b), at(b[2:])
		polygons := [][][]Coord{nil}
		var ring []Coord
		flush := func() {
			if last := &polygons[len(polygons)-1]; len(ring) >= 3 {
				*last = append(*last, ring)
			}
			ring = nil
		}
		for b = b[4:]; len(b) > 1; {
			if b[0] == 0x80 || b[0] == 0x81 {
				flush()
				if b[0] == 0x81 && len(polygons[len(polygons)-1]) > 0 {
					polygons = append(polygons, nil)
				}
				b = b[1:]
				continue
			}
			if c := at(b); len(ring) == 0 || (ring[len(ring)-1] != c && ring[0] != c) {
				ring = append(ring, c)
			}
			b = b[2:]
		}
		flush()
		if last := len(polygons) - 1; len(polygons[last]) == 0 {
			polygons = polygons[:last]
		}
		if len(polygons) == 0 {
			return
		}
		s := polygonsOf(polygons...)
		g, err := NewRegion(s)
		if err != nil {
			return
		}
		want, _ := s.Contains(from)
		line := &Shape{Kind: Lines, Coords: []Coord{from, to}, Ends: []uint32{2}, Box: Box{from, from}.Extend(to)}
		met := want != Outside
		for p, q := range s.edges {
			met = met || segmentsMeet(from, to, p, q)
		}
		if from != to && g.Meets(line) != met {
			t.Fatalf("%v meets %v-%v: %v", polygons, from, to, !met)
		}
		box := s.Box.Grow(1)
		for x := box.Min.X; x <= box.Max.X; x += 1 + (box.Max.X-box.Min.X)/32 {
			for y := box.Min.Y; y <= box.Max.Y; y++ {
				if want, _ := s.Contains(Coord{x, y}); g.Side(Coord{x, y}) != want {
					t.Fatalf("%v: %v is %v, want %v", polygons, Coord{x, y}, g.Side(Coord{x, y}), want)
				}
			}
		}
	})
}
