// Package imagery makes a pyramid of pictures, one PMTiles archive, of sheets of
// orthophotos: GeoTIFF and COG of any size and coordinate system.
//
// [Make] is the one call. GDAL reads and warps the sheets, in a build with the tag
// gdal only; without it Make answers [ErrNoGDAL]. All else is here and needs no GDAL.
//
// # How
//
//	    ┌───────────┐      minzoom … root zoom: put together of the blocks' roots
//	  ┌─┴─┐       ┌─┴─┐
//	 block  …   block      one of them: a tile of the root zoom and all below it, at most
//	┌┴┬─┬┐     ┌┴┬─┬┐      8 × 8 tiles of the last zoom, warped in one go, halved and
//	└─┴─┴┘     └─┴─┴┘      halved again, cut into tiles
//
// Each worker has its own handles of the sheets and makes one block after the other;
// a sheet is warped straight onto the pixels of the last zoom, once, by the average
// of the pixels under each (bilinear where the sheet is coarser than the zoom). The
// zooms above are means of 2 × 2 pixels, weighted by alpha. A later sheet lies over
// an earlier one; where two of them meet within a pixel, neither lets the ground
// through. Pixels of a sheet that are no data, masked or beyond its edge are
// transparent, and a tile of nothing else is left out.
//
// # The formats
//
// WebP is the one that takes alpha and is small: the default. An archive holds tiles
// of one type: JPEG has no alpha, there the edges are white. PNG and WebP of quality
// 100 lose nothing.
//
// # Kill it
//
// TARGET.partial holds each block that is done (journal.go has the bytes), and the
// same call goes on from there, to the same bytes. Another set of sheets or options
// refuses the file.
//
// Memory: a worker takes some 60 MB, and GDAL's cache of blocks 128 MB for all
// (GDAL_CACHEMAX in the environment changes it); a tile of the pyramid 32 bytes.
package imagery
