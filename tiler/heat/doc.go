// Package heat holds a city's cases in columns and turns them, under any filter,
// into densities with a unit: cases per km², the same number at every zoom, on a
// click, in the legend and in an export.
//
// Start with [NewTable], which takes rows; its [View] is what everything reads.
// [Filter.Compile] makes a [Predicate]; [View.Each], [View.Count], [View.Facets]
// and [Clusters] answer for lists, charts and points, [View.Piles] finds default
// addresses. [NewGround] makes the jurisdiction, [Ground.Density] a [Surface]; this
// has tiles ([Surface.Tile], [Surface.Picture]), numbers ([Surface.Value]) and what
// they are made of ([Surface.Explain]). [Difference], [LogRatio] and [Rate] compare.
//
//	rows ─▶ Table ─▶ View ──Predicate──▶ bins ──kernel──▶ Surface ─▶ PNG
//	                        (columns)    lattice in metres, σ = 8 spacings
//
// # Guarantees
//
// Every answer passes the same scan: what one counts, each counts. Squares of
// clusters add up to the cases. A density agrees with the sum over the cases, in
// float64 and without a lattice, within 1 % of the domain (measured: 0.7 %). In
// mode [Mass] its integral is the number of cases; in mode [Uniform] an even city
// is even to its border. Cases in no cell are left out and counted as excluded.
// The bits are the same on every machine and for every order of the cases. Work
// ends soon after its context does.
//
// # Cost
//
// A case takes 21 bytes. Ten million, in processor time on a rented server: to take
// in 1.1 s, four predicates and laying on the lattice 27 ms, the finished lattice of
// 300,000 nodes 36 ms, all numbers beside a filter 65 ms, a value tile 1.4 ms
// (BenchmarkHeat).
package heat
