// Package heatmap answers where the cases of a city are: /heat (densities, rates,
// differences and sources as tiles, values, areas, clusters, facets, piles and
// files) and /wmts, the same pictures for desktop GIS. What is computed is
// tiler/heat's; here are the questions, the surfaces that are kept, and the words.
//
//	query ─▶ question ─┬─▶ surface, kept by question and serial ─▶ tile, value, file
//	                   └─▶ view of the columns ─▶ areas, clusters, facets, piles
//
// [New] reads all cases into columns and follows them; [Routes] adds the routes to a
// server, which says in [Host] what they need of it. [PatrolHours] is the table by
// which cases can be divided.
package heatmap
