// Package exporters writes a city's layers for other programs: GeoPackage, GeoJSON,
// Shapefile and CSV, in any coordinate system the server knows.
//
// [Export] is the whole of it. Each row comes out with its code, name, times, the
// columns of its layer and what the source had besides, one column each; read back
// by package importers it is the same row. What a format cannot hold is a fault that
// names row and column, or a note where nothing is lost but a name's end: a
// Shapefile has names of 10 bytes and texts of 254.
//
// A file is built beside its place and renamed when all of it is written.
package exporters
