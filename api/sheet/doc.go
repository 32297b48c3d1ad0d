// Package sheet draws a map for a report as a picture: title, map with borders, names,
// scale bar and north, legend, and a footer that says what it shows.
//
//	┌──────────────────────────────┐
//	│ title                        │
//	│ what was picked              │
//	│ ┌──────────────────┐ legend  │   landscape; in portrait the
//	│ │ map            N │ ▇ 0–100 │   legend is below the map
//	│ │ ▔▔▔ scale        │ ▇ …     │
//	│ └──────────────────┘         │
//	│ footer                       │
//	└──────────────────────────────┘
//
// Start with [Sheet]. The map is in metres of a plane, north up, so that its scale bar
// is right everywhere. Letters are drawn from the outlines of fonts; a sheet with a
// character that they lack is not drawn at all ([MissingError]): a report with empty
// boxes in it is worse than none. The surface is read at four places of a pixel.
//
// A sheet of 1600 × 1200 takes some 0.2 s and 20 MB.
package sheet
