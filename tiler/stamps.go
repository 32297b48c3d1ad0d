package tiler

// stamps knows which of a prepared layer's values are in the tile, and by what
// number. Values of the tile before bear another epoch: nothing is cleared.
type stamps struct {
	epoch uint32
	at    []stamp
}

type stamp struct{ epoch, number uint32 }

// begin forgets all values and makes room for n.
func (s *stamps) begin(n int) {
	if s.epoch++; s.epoch == 0 { // went round: old stamps would come to life
		clear(s.at[:cap(s.at)])
		s.epoch = 1
	}
	if cap(s.at) < n {
		s.at = make([]stamp, n)
	}
	s.at = s.at[:n]
}

func (s *stamps) find(value uint32) (number uint32, known bool) {
	at := s.at[value]
	return at.number, at.epoch == s.epoch
}

func (s *stamps) set(value, number uint32) { s.at[value] = stamp{s.epoch, number} }
