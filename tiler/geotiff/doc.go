// Package geotiff writes a raster of numbers as a GeoTIFF that desktop GIS open at
// the right place: float32, in a transverse Mercator plane of CGCS2000, NaN where
// there is none.
//
// Start with [Raster] and its Encode. The file is a classic TIFF 6.0, little-endian,
// in blocks of 256 × 256 that are compressed each for itself:
//
//	header ─▶ blocks (row by row from the north-west) ─▶ tags ─▶ what tags point to
//
// Compression is Deflate (8) with the predictor for floating point (3; Adobe's
// Photoshop TIFF Technical Note 3 of 2005), which on smooth surfaces halves what
// Deflate alone leaves. The plane is told by OGC GeoTIFF 1.1 (19-008r4): the code
// of EPSG's register where it has one, else a user-defined projection on EPSG:4490.
// A pixel is an area around its number. Metadata are where GDAL has them, in tag
// 42112 (GDAL_METADATA), the missing number in 42113 (GDAL_NODATA).
//
// Encode holds the compressed file and a row of blocks, no more.
package geotiff
