// Package upstream serves maps of other servers: it asks them for tiles (XYZ,
// TileJSON, WMTS 1.0.0), keeps what they answer on the disk, and goes on with that
// when they do not answer.
//
// Start with [New] and a [Source] for each map. A [Map] is asked for tiles as an
// archive is; a tile comes from the [Cache], or from the other server:
//
//	Load ─ cache, not older than MaxAge ──────────────────────────→ tile
//	     └ one request to the other server, for all who wait
//	         ├ picture or vector tile ─→ cache ───────────────────→ tile
//	         ├ there is none ──────────→ cache, for ten minutes ──→ empty
//	         └ failed, slow, or paused ─┬ cache, older ───────────→ stale tile
//	                                    └ Failure, when to come again
//
// Other servers are not trusted. They are reached only at the hosts of the
// configuration, over https unless told otherwise, at public or listed addresses
// (package egress), and no redirect is followed. What comes is at most 4 MB and is
// taken for what its bytes say, whatever its headers do. A server that fails five
// times in a row is left alone for a while, longer each time, and asked by one
// request then.
//
// Keys are added to requests by this package. No error, list or document repeats
// one, nor the address it goes to.
//
// WMTS grids are read by the number of tiles across and the extents that are known:
// a matrix 2^z tiles across is zoom z. The scales that the document states are only
// compared, for two kinds of pixel, as some servers (Tianditu) reckon with 96 dots
// an inch, and the corner by its distance, as theirs has the wrong sign. A set in
// latitude and longitude (Tianditu's c, EPSG:4490) is passed on as its own tiles,
// with the CRS named: maps in Web Mercator cannot draw it.
// Pictures that are shifted, as those of Chinese map companies are, say so nowhere:
// the configuration names them [GCJ02].
package upstream
