// Package spatial answers geometric questions without knowing the domain:
// which polygon is a point in, what lies in a window, what is nearest.
//
// Start with [Areas] (point to polygon) and [Tree] (windows and neighbours), the
// references over [Shape], whose coordinates are whole numbers. [Coverage] and
// [PointSet] give their answers to the last bit, 30 and 15 times as fast or more,
// for what does not change; [Region], [Disc] and [Corridor] say what meets them.
//
// # The lattice
//
// Every coordinate is a whole multiple of 1e-7 degree ([Quantum], 1.1 cm on the
// meridian), as in the city file and in answers. Orientation is exact in int64:
// no tolerance, no difference between processors, one answer for one point.
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
// The order of rings and vertices never changes the answer, nor does that of the
// input while the caller sorts polygons by something stable (their code).
// A lookup in a Coverage is one or two array reads and, near a border, the few
// edges there; in Areas a search of boxes and of the edges of a few polygons.
package spatial
