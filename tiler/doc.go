// Package tiler turns features on the 1e-7 degree lattice into Mapbox vector
// tiles (MVT 2.1) in the web map's square Mercator projection.
//
// Start with [Encode]: it takes features from a [Source], projects, clips and
// writes protobuf bytes without an object in between. [ParseID] reads z/x/y
// from a URL, [NewTileJSON] and [NewCatalogue] describe what there is, [Gzip]
// and [ETag] prepare a body for HTTP, [Cache] keeps bodies for as long as they
// are true, [Cover] says which tiles a feature is in. [Check] judges tiles,
// [Decode] reads them. Many points are prepared by [NewPoints] and may become
// [Sums] at low zooms.
//
// # Three grids
//
//	lattice   1e-7 degree, as stored
//	world     2³² units around the globe, y south   (World; x exact, y within 0.001 unit)
//	tile      4096 units a tile, y south, 64 more on each side for lines and polygons
//
// A position goes to the world grid first and from there, by a shift, to the
// tile; every step rounds down. So a vertex is the same spot in each tile that
// shows it, whatever the zoom, and a point is in exactly one tile of a zoom.
//
// # Guarantees
//
// Equal requests to an unchanged source give equal bytes, from any number of
// goroutines and on every processor. Every tile is valid: winding as the
// specification says, no ring without area, no line without length. Edges that
// two polygons share have the same vertices in both, also where they are cut.
// What becomes nothing on the tile's grid is left out; a tile with nothing in
// it has no bytes. Geometry does not wrap at 180°, and is simplified only where
// polygons share borders ([Borders]): within half a pixel, the same on both sides.
//
// Cost: measured by the benchmarks beside paulmach/orb; 0.1 µs for a point with
// four attributes, half of that if prepared, 15 ns for a vertex, no allocation.
package tiler
