// Package pmtiles writes and reads tile archives in the PMTiles format, version 3.
//
// [Open] reads archives with any tiles and any of the format's compressions;
// [Archive.Tile] costs a search in a directory and one read of the file,
// [Archive.Verify] reads it all. Every length is held against the file before
// room is made for it, and whatever is wrong is a [Fault] with its place.
//
// [Write] makes one of vector tiles, [WritePictures] one of pictures. They go through the tiles twice: once to number,
// deduplicate and place them, once to copy them. Equal input gives equal bytes.
//
// # Bytes
//
// From the format's public specification, all integers little-endian:
//
//	0      header, 127 bytes: "PMTiles", 3, then the sections' offsets and lengths,
//	       counts, flags, zooms, bounds and centre (header.go has each field)
//	127    root directory, gzip; with the header at most 16,384 bytes
//	       metadata, JSON, gzip
//	       leaf directories, each gzip; none when the root holds every entry
//	       tiles, in ascending id, equal contents once
//
// A tile's id counts along Hilbert curves, one square a zoom, from zoom 0 on; see
// [TileID]. A directory is a list of entries (id, run, length, offset), written by
// columns as varints: the number of entries; ids as differences; runs; lengths;
// offsets, 0 for "right after the entry before", else the offset plus 1. A run of n says that the tiles id to id+n−1 are equal; a run of
// 0 points into the leaf directories.
//
// Memory: 24 bytes an entry and some 60 for each distinct tile, whatever their
// size; a city's zooms 8 to 16 are a few thousand of both.
package pmtiles
