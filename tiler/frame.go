package tiler

import "github.com/wanmi-gis/wanmi/spatial"

const (
	// Extent is the number of units along a tile's side.
	Extent = 4096
	// Buffer is how many units beyond its edge a tile holds of lines and
	// polygons, so that strokes and labels do not end at the edge. Points are
	// not buffered: each belongs to one tile.
	Buffer = 64

	extentBits = 12
	// worldZoom is the zoom at which a tile unit is a world unit.
	worldZoom = 32 - extentBits
)

// vertex is a position as it is clipped: x and y from the tile's corner in
// world units, or in tile units where those are finer (z 21 and 22). An array,
// so that clipping can name its axis by number.
type vertex [2]int64

// unit is a position on the tile's grid.
type unit struct{ x, y int32 }

// frame places one tile in the world.
type frame struct {
	id ID
	// frac is how many bits of a vertex are below the tile unit (z ≤ 20), up
	// how many bits world coordinates gain (z > 20); one of them is 0.
	frac, up uint8
	// west and north are the tile's corner, lo and hi the limits of clipping
	// on either axis, all in vertex units.
	west, north int64
	lo, hi      int64
	bands       *latTable
}

func newFrame(id ID) frame {
	f := frame{id: id, bands: latBands()}
	if id.Z <= worldZoom {
		f.frac = worldZoom - id.Z
	} else {
		f.up = id.Z - worldZoom
	}
	f.west = int64(id.X) << (extentBits + f.frac)
	f.north = int64(id.Y) << (extentBits + f.frac)
	f.lo = -Buffer << f.frac
	f.hi = (Extent + Buffer) << f.frac
	return f
}

// vertex projects c.
func (f *frame) vertex(c spatial.Coord) vertex {
	return vertex{worldX(c.X)<<f.up - f.west, f.bands.worldY(c.Y)<<f.up - f.north}
}

// unit rounds down to the tile's grid, as every rounding on the way does.
func (f *frame) unit(v vertex) unit {
	return unit{int32(v[0] >> f.frac), int32(v[1] >> f.frac)}
}

// point projects c and reports whether this is the tile it belongs to.
func (f *frame) point(c spatial.Coord) (unit, bool) {
	if c.Y > maxLat || c.Y < -maxLat {
		return unit{}, false
	}
	v := vertex{
		min(worldX(c.X), worldSize-1)<<f.up - f.west,
		min(f.bands.worldY(c.Y), worldSize-1)<<f.up - f.north,
	}
	side := uint64(Extent) << f.frac
	return f.unit(v), uint64(v[0]) < side && uint64(v[1]) < side
}
