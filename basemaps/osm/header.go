package osm

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/spatial"
)

// known are the features a file may require. One of the whole history of a city
// is not among them: it has objects that are no more.
var known = map[string]bool{"OsmSchema-V0.6": true, "DenseNodes": true}

// header is what a file says of itself.
type header struct {
	// written is when its data were taken from the database, in unix seconds; 0 is
	// not said.
	written int64
	// box is what the extract is of, empty where that is not said or makes no sense.
	box spatial.Box
}

func readHeader(b []byte) (header, error) {
	h := header{box: spatial.EmptyBox()}
	m := message{rest: b}
	for m.next() {
		switch {
		case m.is(1, wireBytes):
			h.box = readBox(m.data)
		case m.is(4, wireBytes) && !known[string(m.data)]:
			return h, fmt.Errorf("%w: %.40q", ErrFeature, m.data)
		case m.is(32, wireVarint):
			h.written = int64(m.value)
		}
	}
	if m.err != nil {
		return h, fmt.Errorf("%w: its header: %w", ErrNotPBF, m.err)
	}
	return h, nil
}

// readBox reads left, right, top and bottom in nanodegrees.
func readBox(b []byte) spatial.Box {
	var sides [4]int64
	m := message{rest: b}
	for m.next() {
		if m.kind == wireVarint && m.field >= 1 && m.field <= 4 {
			sides[m.field-1] = zigzag(m.value)
		}
	}
	left, right, top, bottom := sides[0], sides[1], sides[2], sides[3]
	if m.err != nil || left < -180e9 || right > 180e9 || left >= right || bottom < -90e9 || top > 90e9 || bottom >= top {
		return spatial.EmptyBox()
	}
	return spatial.Box{
		Min: spatial.Coord{X: onLattice(left), Y: onLattice(bottom)},
		Max: spatial.Coord{X: onLattice(right), Y: onLattice(top)},
	}
}
