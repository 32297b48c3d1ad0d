// Package sprites has the pictures of kinds of components and cases for maps: a
// sheet of small icons and the list of what is where on it, as MapLibre takes them.
//
// Start with [Draw]. The icons are the .svg files of the folder icons: squares for
// components, discs for cases (as the events of the field are counted), and, softer
// and without an edge, points of interest of street maps (poi-…), 16 pixels wide.
// [Icon] says which belongs to a major of a city's categories.
//
// Of SVG as much is read as the icons use: rect, circle and path (absolute M, L, H,
// V, C, A, Z) with a fill.
package sprites
