// Package check examines a city by the rules of the standards and says what is
// wrong, where, and what to do about it. Start with [Check]; [Rules] lists what
// is examined.
//
// The tiling is judged by its edges. Where neighbours agree, each edge of a cell
// is met by the same edge of another, run the other way: nothing more need be
// looked at. The edges that are left, the suspects, are cut where they cross and
// joined to faces; a face in no cell is a gap, one in two an overlap:
//
//	+-----+-----+
//	|  A  |  B  |   one suspect edge of A, two of B: the face between
//	|     |>    |   them is in both
//	+-----+-----+
//
// That is exact and complete: how many cells hold a position changes at suspect
// edges only. A city without fault has none, and costs a sort of its edges.
//
// Guarantees: the city is not changed; lengths and areas are in the city's local
// plane, in metres; one defect gives one finding of the rule that names its
// cause, not of all that follow from it; the same city gives the same findings
// in the same order, whatever the number of workers. Cost: n log n.
package check
