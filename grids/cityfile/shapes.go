package cityfile

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// shapeReader makes features' shapes of geometry columns. What it reads a
// geometry with is used again for the next.
type shapeReader struct {
	wkb  wkbReader
	pack spatial.Packer
}

// plainPointBytes is the length of a point without envelope: 8 bytes of header,
// 5 of type, two coordinates.
const plainPointBytes = 29

// plainPoint reads the one form in which appendBlob writes a point: most rows
// have it.
func plainPoint(b []byte) (spatial.Coord, bool) {
	le := binary.LittleEndian
	if len(b) != plainPointBytes || b[0] != 'G' || b[1] != 'P' || b[3] != flagLittle || le.Uint32(b[4:]) != SRID ||
		b[8] != 1 || le.Uint32(b[9:]) != wkbPoint {
		return spatial.Coord{}, false
	}
	lon, lat := math.Float64frombits(le.Uint64(b[13:])), math.Float64frombits(le.Uint64(b[21:]))
	c, err := spatial.Checked(lon, lat)
	return c, err == nil
}

// read sets the feature's shape and the point that stands for it.
func (r *shapeReader) read(b []byte, f *grids.Feature) error {
	if at, ok := plainPoint(b); ok {
		f.At = at
		return nil
	}
	g, srid, err := r.wkb.decode(b)
	if err != nil {
		return err
	}
	if srid != SRID && g != nil {
		return fmt.Errorf("geometry has srs_id %d, a city file has %d", srid, SRID)
	}
	s, err := r.pack.FromOrb(g)
	if err != nil {
		return fmt.Errorf("geometry: %w", err)
	}
	f.At = s.Representative()
	if s.Kind != spatial.Points || len(s.Coords) != 1 {
		f.Shape = s
	}
	return nil
}
