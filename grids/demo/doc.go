// Package demo makes up a small Chinese town: a whole [grids.City] to try the
// server on, to test with and to measure. Start with [Town].
//
// The streets come first, as in a real town: an outline, a river, a ring road,
// arterials, then streets and lanes that halve the largest block again and
// again until there are 200. All of it is one planar graph, and a cell is a
// face of it.
//
//	  ____________________
//	 /     |  ___|__      \      outline: 2 km²
//	|______|_/___|__\______|     arterials and the ring road
//	|      | | old| |      |     old town: small blocks, crooked lanes
//	|~~~~~~~~river~~~~~~~~~|     its reaches between bridges are cells too
//	 \_____|__\__|_/_____ /
//
// Guarantees: the cells tile the district exactly (neighbours share every
// vertex of their common edge), districts, streets, communities and zones are
// the exact unions of their cells, and exactly 6 of the 3,000 components have a
// wrong cell recorded, so that a check has something to find. The same seed
// gives the same rows on every machine: the plan is drawn in whole centimetres
// with integer arithmetic, and there is no sine, no map order and no clock.
//
// Nothing in it exists: not the district 990101, not its units, not one lamp.
package demo
