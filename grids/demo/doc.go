// Package demo makes up Chinese cities: a whole [grids.City] to try the server
// on, to test with and to measure. Start with [City]; [Town] is the small
// fixture of tests.
//
// The streets come first, as in a real city: outline, river, ring roads,
// arterials and railway; then streets, lanes and courtyard walls that halve the
// largest block again and again until there are as many as cells. All of it is
// one planar graph, and a cell is a face of it.
//
//	  ____________________
//	 /     |  ___|__      \      outline: 80 km² for each unit of scale
//	|______|_/___|__\_|_|__|     arterials and the inner ring
//	|      | | old| | |_|_ |     old town; new district on a grid, a lake
//	|~~~~~~~~river~~~~~~~~~|     its reaches between bridges are cells too
//	 \works|__\__|_/__fields
//
// Guarantees: counts are exact (8,118 cells, 37 zones, 140 communities, 17
// streets for each unit of scale); the cells tile the districts exactly
// (neighbours share every vertex of their common edge); districts, streets,
// communities and zones are the exact unions of their cells; no cell cuts a
// building; some components have a neighbour's cell recorded, so that a check
// has something to find. The same seed gives the same rows on every machine: the
// plan is drawn in whole centimetres with integer arithmetic, and there is no
// sine, no map order and no clock. Cost: 2 s and 250 MB for each unit of scale.
//
// Nothing in it exists: not the district 990101, not its units, not one lamp.
package demo
