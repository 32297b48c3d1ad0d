// Package detect says in which coordinate system a set of points is, from what
// is known of their places: the cell, the community or the zone that each is
// said to lie in, or the category of component that each is said to be.
//
// Start with [Detect]. Every reading that the figures may have (a system of
// package crs or the city's own grid, the axes in either order, degrees or
// degrees and minutes written as one number) puts each point somewhere. A
// reading is scored by the share of the points that come to lie where they
// should, within 3, 10, 25 and 50 m in turn.
//
//	x, y ──notation, axes, system──▶ place ──▶ metres to the place that was told
//
// The best reading is the verdict when four things hold; else Detect names the
// likeliest and says why it cannot tell:
//
//   - it beats places drawn at random from the city (chance below 1e-9),
//   - it explains at least 60 % of what chance leaves over,
//   - every other reading explains fewer points (sign test over the points that
//     one of the two explains and the other does not, chance below 1e-6),
//   - no other reading explains a tenth of the points that it does not, and the
//     points are not all shifted by more than 30 m, as those of an older datum.
//
// Points close together tell little more than one: the tests count 100 m squares
// that points lie in, not points. Systems that agree within 1 m all over the
// city are one reading with several names (cgcs2000 and wgs84, epsg:4509 and
// epsg:4548).
//
// GCJ-02 and BD-09 are named whether or not the city converts from them: to name
// them is no conversion.
//
// The same points give the same answer on every machine. In a city of 200,000
// components 1,000 points take 15 ms (cells) to 110 ms (categories), 100,000
// rows, of which 5,000 points are looked at, 0.7 s, all on one core of a busy
// machine.
package detect
