// Package truth makes up cases whose responsible unit is known, to judge what
// dispatches them. It may not import the judged package and shares none of its
// geometry: containment is a ray through the rings, distances are brute force in
// a plane.
//
// [Make] changes a city into a [World] by fixed shares: components lose their
// owner, get a twin within 2 m, or have ownership records that went stale. Cases
// are drawn from it by the mix of [TheMix], and reported with an error of
// position and, rarely, of category. [World.Posterior] is what an observer who
// knows the mix itself could at best conclude from a report: the bound that no
// dispatcher beats.
package truth
