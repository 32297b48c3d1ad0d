package grids

import "github.com/wanmi-gis/wanmi/spatial"

// Status says how a position stands to the grid.
type Status string

// A position is in exactly one cell, or outside but within NearM of one, or
// outside.
const (
	StatusInside  Status = "inside"
	StatusNear    Status = "near"
	StatusOutside Status = "outside"
)

// FaultOverlap marks a position that several cells hold: the data are no
// tiling there.
const FaultOverlap = "overlap"

// Place is the answer to "where is this": indices into the snapshot's layers,
// spatial.None where there is nothing.
type Place struct {
	At     spatial.Coord
	Status Status
	// Fault is FaultOverlap or "". Also has the other cells then.
	Fault string
	Also  []int32

	Cell, Zone, Community, Street, District int32

	// DistanceM is the way to the cell when Status is near.
	DistanceM float64
}

// Locate finds the cell that holds the position and the chain above it. On a
// border the rule of package spatial decides.
func (s *Snapshot) Locate(c spatial.Coord) Place {
	none := spatial.None
	p := Place{At: c, Status: StatusInside, Cell: none, Zone: none, Community: none, Street: none, District: none}
	p.Cell, p.Also = s.cells.Locate(c)
	if len(p.Also) > 0 {
		p.Fault = FaultOverlap
	}
	if p.Cell == none {
		if p.Cell, p.DistanceM = s.cells.Nearest(c, s.City.NearM); p.Cell == none {
			p.Status = StatusOutside
			return p
		}
		p.Status = StatusNear
	}
	ch := s.chains[p.Cell]
	p.Zone, p.Community, p.Street, p.District = ch.zone, ch.community, ch.street, ch.district
	if s.zones != nil {
		if p.Zone, _ = s.zones.Locate(c); p.Zone == none && p.Status == StatusNear {
			p.Zone, _ = s.zones.Nearest(c, s.City.NearM)
		}
	}
	return p
}

// Border returns how far the border of the place's cell is and the cell across
// it, or None where the grid ends there. The place must be inside.
func (s *Snapshot) Border(p Place) (metres float64, across int32) {
	return s.cells.Border(p.Cell, p.At)
}
