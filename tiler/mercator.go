package tiler

import (
	"math"
	"sort"

	"github.com/wanmi-gis/wanmi/spatial"
)

const (
	// worldSize is the width and height of the projected world.
	worldSize = int64(1) << 32
	// maxLon and maxLat bound the projection, in quanta. maxLat is the
	// latitude whose parallel makes the world square, atan(sinh π) =
	// 85.05112878°, rounded to the lattice.
	maxLon = 1_800_000_000
	maxLat = 850_511_288
)

// World projects c to the square of 2³² by 2³² units that all tiles are cut
// from (spherical Mercator, EPSG:3857; x from 180° W, y from the north):
//
//	x = ⌊(lon + 180°) · 2³² / 360°⌋               in integers, exact
//	y = ⌊2³¹ − asinh(tan lat) · 2³² / 2π⌋         by the table of latitude.go
//
// clamped to the square. The result is the same on every processor. A unit is
// 9.3 mm at the equator; the lattice is coarser, so positions stay distinct.
func World(c spatial.Coord) (x, y uint32) {
	bands := latBands()
	return uint32(min(worldX(c.X), worldSize-1)), uint32(min(bands.worldY(c.Y), worldSize-1))
}

// worldX is in [0, worldSize]: the 180th meridian is the far edge of the last
// column, where [World] has to put points into it.
func worldX(x int32) int64 {
	east := min(max(int64(x)+maxLon, 0), 2*maxLon)
	return int64(uint64(east) << 32 / (2 * maxLon)) // 3.6e9 · 2³² < 2⁶⁴
}

// worldY is in [0, worldSize].
func (b *latTable) worldY(y int32) int64 {
	// The height is symmetric about the equator; rounding down is not.
	v := b.height(min(max(y, -y), maxLat))
	if y < 0 {
		v = -v
	}
	return min(max(int64(math.Floor(float64(worldSize/2)-v)), 0), worldSize)
}

// lonFloor returns the easternmost longitude at or west of world column w.
func lonFloor(w int64) int32 {
	return int32(int64(uint64(w)*(2*maxLon)>>32) - maxLon)
}

// lonCeil returns the westernmost longitude at or east of world column w.
func lonCeil(w int64) int32 {
	return int32(int64((uint64(w)*(2*maxLon)+1<<32-1)>>32) - maxLon)
}

// latCeil returns the southernmost latitude at or north of world row w. It
// searches the forward projection rather than invert it, so that a window
// never misses a position by a rounding error: 31 steps of some 10 ns.
func latCeil(w int64) int32 {
	bands := latBands()
	n := sort.Search(2*maxLat, func(i int) bool { return bands.worldY(int32(i-maxLat)) <= w })
	return int32(n - maxLat)
}

// latFloor returns the northernmost latitude at or south of world row w.
func latFloor(w int64) int32 {
	bands := latBands()
	n := sort.Search(2*maxLat, func(i int) bool { return bands.worldY(int32(maxLat-i)) >= w })
	return int32(maxLat - n)
}
