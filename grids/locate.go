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

// Where the data are no tiling: a position that several cells hold, and one
// that no cell holds though cells lie all around it.
const (
	FaultOverlap = "overlap"
	FaultGap     = "gap"
)

// Place is the answer to "where is this": indices into the snapshot's layers,
// spatial.None where there is nothing.
type Place struct {
	At     spatial.Coord
	Status Status
	// Fault is FaultOverlap, FaultGap or "". Also has the other cells of an
	// overlap. A position in a gap is near a cell or outside all.
	Fault string
	Also  []int32

	Cell, Zone, Community, Street, District int32

	// DistanceM is the way to the cell when Status is near.
	DistanceM float64
}

// Locate finds the cell that holds the position and the chain above it. On a
// border the rule of package spatial decides.
func (s *Snapshot) Locate(c spatial.Coord) (p Place) {
	cell, also := s.cells.Locate(c)
	if cell == spatial.None || also != nil || s.zones != nil {
		return s.locate(c, cell, also)
	}
	// The usual case fills in the answer where the caller has it: a Place is
	// large, and copying it would cost as much as looking it up.
	ch := &s.chains[cell]
	p.At, p.Status, p.Cell = c, StatusInside, cell
	p.Zone, p.Community, p.Street, p.District = ch.zone, ch.community, ch.street, ch.district
	return p
}

// CellsAt puts the cell that holds each position into cells, which is as long,
// or None: [Snapshot.Locate] says more of these. It takes half the time.
func (s *Snapshot) CellsAt(cells []int32, at []spatial.Coord) { s.cells.LocateAll(cells, at) }

// locate is Locate where there is more to say than the cell's chain.
func (s *Snapshot) locate(c spatial.Coord, cell int32, also []int32) Place {
	none := spatial.None
	p := Place{At: c, Status: StatusInside, Cell: cell, Also: also, Zone: none, Community: none, Street: none, District: none}
	if len(p.Also) > 0 {
		p.Fault = FaultOverlap
	}
	if p.Cell == none {
		if s.cells.Gap(c) {
			p.Fault = FaultGap
		}
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
