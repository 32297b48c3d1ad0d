// Package spatial answers geometric questions without knowing the domain:
// which polygon is a point in, what lies in a window, what is nearest.
//
// Start with [Areas] (point to polygon) and [Tree] (windows and neighbours), the
// references, built over [Shape], a geometry whose coordinates are whole numbers.
// [Coverage] and [PointSet] give the same answers, to the last bit, 30 and 15
// times as fast or more, for what does not change.
//
// # The lattice
//
// Every coordinate is held as an integer multiple of 1e-7 degree ([Quantum],
// 1.1 cm on the meridian), as in the city file and in answers: a position printed
// is the position used. Orientation is exact in int64: no tolerance, no
// difference between processors, one answer for one point.
//
// # A point on a border
//
// A position on a border belongs to exactly one polygon of a tiling:
//
//  1. the one that holds the point moved by an infinitely small step east and
//     then by an infinitely smaller step north;
//  2. where that step leaves the tiling (its eastern and northern rim), the
//     first, in the caller's order, of the polygons whose border it lies on;
//  3. where rounding to the lattice pushed it off the border ([SnapQuanta]),
//     the nearest polygon, ties to the first.
//
// Input order, ring starts and directions never change the answer while the
// caller's order of polygons is by something stable (their code).
//
// Cost: a lookup is one or two array reads in a Coverage, where a border is near
// also the few edges there; in Areas an R-tree descent and one pass over the
// edges of the polygons whose box holds the point.
package spatial
