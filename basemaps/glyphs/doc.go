// Package glyphs draws the letters of maps from font files: the ranges of 256
// characters that MapLibre asks a style's glyphs URL for.
//
// Start with [Open] or [OpenFolder] for the fonts and [NewCache] for the ranges.
// A stack names one or several fonts; of each character the first font that has
// it is taken, and all of a stack stand on the baseline of its first.
//
//	 pixels of the bitmap         value of a pixel, by the distance d from its
//	┌───────────────┐             centre to the outline in pixels of 24 to the em:
//	│  3 px around  │
//	│   ┌───────┐   │             255 − trunc(256·(d/8 + 0.25)), d < 0 inside
//	│   │ glyph │   │
//	│   └───────┘   │             so 191 is on the outline, 255 from 2 px inside,
//	└───────────────┘             0 from 6 px outside
//
// The same fonts give the same bytes on every machine. A range of 256 Chinese
// characters costs some 45 ms of one processor, once.
//
// Format: the glyphs message of node-fontnik (id, bitmap, width, height, left,
// top, advance), https://github.com/mapbox/node-fontnik/blob/master/proto/glyphs.proto.
package glyphs
