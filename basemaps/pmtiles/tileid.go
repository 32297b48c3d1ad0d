package pmtiles

import (
	"fmt"
	"math/bits"

	"github.com/wanmi-gis/wanmi/tiler"
)

// TileID numbers tiles: all of zoom 0, then all of zoom 1 and so on, in each
// zoom along a Hilbert curve that starts at 0/0 and keeps neighbours together.
func TileID(t tiler.ID) uint64 {
	before := (uint64(1)<<(2*t.Z) - 1) / 3 // Σ 4^k for k < z
	x, y := t.X, t.Y
	var d uint64
	for s := uint32(1) << t.Z >> 1; s > 0; s >>= 1 {
		var right, down uint32
		if x&s != 0 {
			right = 1
		}
		if y&s != 0 {
			down = 1
		}
		d += uint64(s) * uint64(s) * uint64(3*right^down)
		x, y = turn(s, x&(s-1), y&(s-1), right, down)
	}
	return before + d
}

// TileAt is the inverse of [TileID]. An id beyond zoom tiler.MaxZoom is an error.
func TileAt(id uint64) (tiler.ID, error) {
	z := uint8(bits.Len64(3*id+1)-1) / 2
	if id > (1<<62)/3 || z > tiler.MaxZoom {
		return tiler.ID{}, fmt.Errorf("tile id %d is beyond zoom %d", id, tiler.MaxZoom)
	}
	d := id - (uint64(1)<<(2*z)-1)/3
	var x, y uint32
	for s := uint32(1); s < uint32(1)<<z; s <<= 1 {
		right := uint32(d>>1) & 1
		down := (uint32(d) ^ right) & 1
		x, y = turn(s, x, y, right, down)
		x, y = x+s*right, y+s*down
		d >>= 2
	}
	return tiler.ID{Z: z, X: x, Y: y}, nil
}

// turn puts the curve of a quadrant of side s, where x and y are below s, the
// way it runs there.
func turn(s, x, y, right, down uint32) (uint32, uint32) {
	if down == 1 {
		return x, y
	}
	if right == 1 {
		x, y = s-1-x, s-1-y
	}
	return y, x
}
