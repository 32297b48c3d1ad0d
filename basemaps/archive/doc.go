// Package archive makes one file of a source's tiles, PMTiles or MBTiles: in
// parallel, in bounded memory, the same bytes every time, and so that a run that
// was killed goes on where it was.
//
// [Export] is the one call. It goes down the pyramid zoom by zoom, in the order
// of the archive, and asks only for tiles below those where something is. Each
// tile is made by tiler.Encode, as the server makes it, and compressed; the
// results are put in order again and appended to the partial file beside the
// target. When the last one is there, the archive is written from the partial
// file in one go, takes the target's name, and the partial file goes.
//
// # The partial file
//
// TARGET.partial is both the tiles and the journal of what is done:
//
//	"wanmi tiles 1\n"         14 bytes
//	Options.Key and what     one line of JSON
//	was asked for
//	then a record a tile, in the order of the walk:
//	 0  zoom                 1 byte
//	 1  1 = go on below it   1 byte
//	 2  x, y                 4 bytes each, little-endian, as all that follows
//	10  n, body's length     4 bytes
//	14  CRC-32C of the bytes before and the body
//	18  body, gzip           n bytes; none for an empty tile
//
// It is only appended to. Whatever a kill or a power cut left of the last record
// fails its checksum and is made again; the walk decides anew from the records
// what comes next, so that a resumed export has the bytes of one that ran through.
// A partial file of another city version, other layers, zooms or another version
// of this program is refused, not overwritten.
//
// Cost: 8 bytes of memory for each tile of the deepest zoom, the queue of tiles
// under way, and what the format's writer takes. On disk the target and the
// partial file stand beside each other at the end.
package archive
