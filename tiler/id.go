package tiler

import (
	"fmt"
	"strconv"

	"github.com/wanmi-gis/wanmi/spatial"
)

// MaxZoom is the deepest zoom served. A tile unit there is 2.3 mm at the
// equator, a quarter of the world grid's.
const MaxZoom = 22

// ID names a tile: zoom, column from 180° W, row from the north.
type ID struct {
	Z    uint8
	X, Y uint32
}

// ParseID reads a tile's number as it stands in a URL: decimal digits without
// sign, space or leading zero, z at most MaxZoom, x and y below 2^z. An error
// is a [*ParamError] around [ErrTileRange].
func ParseID(z, x, y string) (ID, error) {
	zoom, err := parseIndex("z", z, MaxZoom+1)
	if err != nil {
		return ID{}, err
	}
	side := uint32(1) << zoom
	col, err := parseIndex("x", x, side)
	if err != nil {
		return ID{}, err
	}
	row, err := parseIndex("y", y, side)
	if err != nil {
		return ID{}, err
	}
	return ID{uint8(zoom), col, row}, nil
}

// parseIndex reads a number below limit, which has at most seven digits.
func parseIndex(param, s string, limit uint32) (uint32, error) {
	const maxDigits = 7 // 2^22 = 4194304
	digits := len(s) > 0
	for i := 0; i < len(s) && digits; i++ {
		digits = s[i] >= '0' && s[i] <= '9'
	}
	switch {
	case !digits:
		return 0, paramError(param, s, "must be decimal digits", ErrTileRange)
	case len(s) > 1 && s[0] == '0':
		return 0, paramError(param, s, "must not begin with 0", ErrTileRange)
	case len(s) <= maxDigits:
		if n, err := strconv.ParseUint(s, 10, 32); err == nil && n < uint64(limit) {
			return uint32(n), nil
		}
	}
	return 0, paramError(param, s, fmt.Sprintf("must be 0 to %d", limit-1), ErrTileRange)
}

// check reports the part of a hand-made ID that is out of range.
func (id ID) check() error {
	_, err := ParseID(strconv.Itoa(int(id.Z)), strconv.FormatUint(uint64(id.X), 10), strconv.FormatUint(uint64(id.Y), 10))
	return err
}

// valid is check without words.
func (id ID) valid() bool {
	return id.Z <= MaxZoom && id.X>>id.Z == 0 && id.Y>>id.Z == 0
}

// At returns the one tile of zoom z that shows a point at c, and false when c
// is beyond the projection's latitude. z must be at most MaxZoom.
func At(c spatial.Coord, z uint8) (ID, bool) {
	if c.Y > maxLat || c.Y < -maxLat {
		return ID{}, false
	}
	x, y := World(c)
	return ID{z, uint32(uint64(x) >> (32 - z)), uint32(uint64(y) >> (32 - z))}, true
}

// String returns z/x/y.
func (id ID) String() string { return fmt.Sprintf("%d/%d/%d", id.Z, id.X, id.Y) }

// Box returns the window of the lattice that the tile and buffer tile units
// around it cover: every position that [World] puts there, rounded outward,
// clamped to the globe and to the projection's latitudes. buffer must not be
// negative.
func (id ID) Box(buffer int) spatial.Box {
	f := newFrame(id)
	// At z 21 and 22 a world unit is more than a tile unit: round up.
	margin := int64(buffer) << f.frac
	margin = (margin + 1<<f.up - 1) >> f.up
	side := int64(1) << (32 - id.Z)
	west, north := int64(id.X)*side, int64(id.Y)*side
	clamp := func(w int64) int64 { return min(max(w, 0), worldSize) }
	return spatial.Box{
		Min: spatial.Coord{X: lonFloor(clamp(west - margin)), Y: latFloor(clamp(north + side + margin))},
		Max: spatial.Coord{X: lonCeil(clamp(west + side + margin)), Y: latCeil(clamp(north - margin))},
	}
}
