// Package terms is how the routes of the API ask and tell of the same things of a
// city in the same words: a position in any coordinate system ([System],
// [ToLattice], [PositionIn]), a part of the map ([Geometry]), where a position is
// ([Answer]), a case ([CaseSummary]) and which cases ([ReadCaseQuery]), a unit, a
// border of zones. It has no routes; its types are those of the OpenAPI document.
package terms
