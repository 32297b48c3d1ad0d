package osm

// slabSize is how many values are allocated at once.
const slabSize = 4096

// slab hands out small slices of large ones. Most shapes are buildings of four
// vertices: with slices of their own, and with the collector's headroom for them,
// a city of 600,000 took 630 MB.
type slab[T any] struct{ free []T }

// copyOf returns a copy of values.
func (s *slab[T]) copyOf(values []T) []T {
	n := len(values)
	if n > slabSize/8 {
		return append(make([]T, 0, n), values...)
	}
	if len(s.free) < n {
		s.free = make([]T, slabSize)
	}
	out := s.free[:n:n]
	s.free = s.free[n:]
	copy(out, values)
	return out
}

// one returns a place for one value.
func (s *slab[T]) one() *T {
	if len(s.free) == 0 {
		s.free = make([]T, slabSize/8)
	}
	p := &s.free[0]
	s.free = s.free[1:]
	return p
}
