// Package osm makes a vector basemap of an OpenStreetMap extract in PBF.
//
// [Read] is the one call: it returns a [Map], which is a tiler.ZoomSource that
// package archive writes, and whose [Report] says what is on it and what could not
// be drawn. Memory is 16 bytes a node of the file, bounded by Options.MaxNodes,
// and what is drawn; blocks are read, unpacked and drawn on all processors.
//
// # Schema
//
// The layers a city file has, too, have its names and fields, so that one style
// draws both. Every feature has class; name is Chinese where there is a Chinese
// name, name_en is there where it is another. All values are texts.
//
//	layer           kind     class, and further fields
//	base_green      areas    park garden nature_reserve golf_course pitch playground forest
//	                         grass meadow cemetery orchard farmland allotments scrub wetland;
//	                         lines: tree_row
//	base_water      areas    sea water river lake pond canal reservoir basin dock pool
//	                         fountain; lines: river canal stream ditch coastline
//	base_rail       lines    rail subway light_rail monorail tram narrow_gauge funicular;
//	                         structure (bridge, tunnel), service
//	base_roads      lines    motorway trunk primary secondary tertiary residential pedestrian
//	                         service track path steps, and areas of them; ref, link (yes),
//	                         structure, oneway (yes, reverse)
//	base_buildings  areas    residential commercial industrial public religious building;
//	                         height, min_height (metres), levels
//	base_pois       points   hospital school station … (rules.go)
//	base_places     points   city town district suburb quarter village hamlet island
//	                         locality square; population
//
// There are no boundaries: a city's own are in its city file, and OpenStreetMap's
// are not those that may be shown everywhere. A feature's id is 10 times the
// object's, plus 1 for a node, 2 a way, 3 a relation.
//
// Every class comes in at its zoom; areas when they are four pixels large, all at
// the last zoom. What is drawn is within half a pixel of what is stored. Equal
// files give equal maps, whatever the number of processors.
package osm
