// Package grids is the domain: a city cut into unit cells (单元网格) that are
// grouped into responsibility zones (责任网格), with the administrative chain
// above them and the managed components (部件) in them.
//
// A [City] is the data as they stand in the city file. [NewSnapshot] makes of
// it an immutable, indexed [Snapshot] that answers questions; [Live] holds the
// one that is served and swaps it in one step, so that every answer is wholly
// of one version.
//
//	files → City → Snapshot → Live
//	                  └─ Edit ──▶ next Snapshot
//
// An [Edit] of a component, zone or resource makes the next snapshot of the one
// before ([Snapshot.With]) in microseconds: what did not change is shared.
//
// Words: domain.md of the design, one English word for one Chinese term.
// Codes are text, never numbers. Positions are CGCS2000 on the lattice of
// package spatial.
package grids
