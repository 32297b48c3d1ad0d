package terms

import (
	"encoding/json"
	"time"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Position is where a question was asked, as it was used.
type Position struct {
	Lon web.Degrees `json:"lon"`
	Lat web.Degrees `json:"lat"`
	CRS string      `json:"crs" doc:"Always cgcs2000 in answers about the city"`
}

// Named is a code with its name.
type Named struct {
	_ struct{} `nullable:"true"`

	Code string `json:"code"`
	Name string `json:"name"`
}

// AnswerCell is the cell of an answer.
type AnswerCell struct {
	_ struct{} `nullable:"true"`

	Code string `json:"code"`
	Name string `json:"name,omitempty"`
	// BorderM and Across are given when the position is inside; Across points
	// to nil where the grid ends.
	BorderM *web.Metres `json:"border_m,omitempty" doc:"Distance to the cell's border"`
	Across  **string    `json:"across,omitempty" nullable:"true" doc:"The cell on the other side of the nearest border; null where the grid ends"`
	// DistanceM is given when the position is near.
	DistanceM *web.Metres `json:"distance_m,omitempty" doc:"Distance to the cell when status is near"`
}

// AnswerZone is the responsibility zone of an answer.
type AnswerZone struct {
	_ struct{} `nullable:"true"`

	Code string `json:"code"`
	Name string `json:"name"`
	Unit string `json:"unit"`
	// UnitName is the unit's name where the city has it.
	UnitName string `json:"unit_name,omitempty"`
}

// Validity is the span in which the cell holds; null is an open end.
type Validity struct {
	_ struct{} `nullable:"true"`

	From *time.Time `json:"from"`
	To   *time.Time `json:"to"`
}

// Answer says where a position is. Of a position outside the city all of the
// chain is null.
type Answer struct {
	Position    Position        `json:"position"`
	Status      grids.Status    `json:"status" enum:"inside,near,outside"`
	Fault       *string         `json:"fault" doc:"overlap where several cells hold the position, gap where none does in the midst of the grid: the cells are no tiling there"`
	Also        []string        `json:"also,omitempty" doc:"The other cells that hold the position, with fault overlap"`
	Cell        *AnswerCell     `json:"cell"`
	Zone        *AnswerZone     `json:"zone"`
	Community   *Named          `json:"community"`
	Street      *Named          `json:"street"`
	District    *Named          `json:"district"`
	Place       string          `json:"place,omitempty" doc:"The spot in words, from the nearest door plate or place; in single answers"`
	Boundary    json.RawMessage `json:"boundary,omitempty" doc:"The cell as a GeoJSON geometry, when asked for"`
	Candidates  []Candidate     `json:"candidates,omitempty" doc:"With accuracy_m: the cells the position may lie in, the most probable first; they add up to 1 with others and outside, which come last"`
	Likely      *Likely         `json:"likely,omitempty" doc:"With accuracy_m: the candidates summed by zone, community and street"`
	CityVersion int64           `json:"city_version"`
	Valid       *Validity       `json:"valid"`
}

// answerRoom is what an answer points to, in one piece: each part of its own
// would cost more than finding it.
type answerRoom struct {
	fault                       string
	cell                        AnswerCell
	metres                      web.Metres
	across                      *string
	zone                        AnswerZone
	community, street, district Named
	valid                       Validity
	from, to                    time.Time
}

// AnswerOf puts a place into words. border adds the distance to the border and
// the cell across it.
func AnswerOf(s *grids.Snapshot, p grids.Place, border bool) Answer {
	a := Answer{
		Position: Position{web.Degrees(p.At.Lon()), web.Degrees(p.At.Lat()), "cgcs2000"},
		Status:   p.Status, CityVersion: s.City.Version,
	}
	room := &answerRoom{}
	if p.Fault != "" {
		room.fault = p.Fault
		a.Fault = &room.fault
		for _, i := range p.Also {
			a.Also = append(a.Also, s.City.Cells[i].Code)
		}
	}
	if p.Cell == spatial.None {
		return a
	}
	cell := &s.City.Cells[p.Cell]
	room.cell.Code, room.cell.Name = cell.Code, cell.Name
	a.Cell = &room.cell
	a.Valid = room.validity(s, cell.Valid)
	switch {
	case p.Status == grids.StatusNear:
		room.metres = web.Metres(p.DistanceM)
		a.Cell.DistanceM = &room.metres
	case border:
		m, across := s.Border(p)
		room.metres = web.Metres(m)
		a.Cell.BorderM = &room.metres
		if across != spatial.None {
			room.across = &s.City.Cells[across].Code
		}
		a.Cell.Across = &room.across
	}
	if p.Zone != spatial.None {
		z := &s.City.Zones[p.Zone]
		room.zone = AnswerZone{Code: z.Code, Name: z.Name, Unit: z.Unit, UnitName: UnitName(s, z.Unit)}
		a.Zone = &room.zone
	}
	if p.Community != spatial.None {
		a.Community = room.community.of(&s.City.Communities[p.Community].Feature)
	}
	if p.Street != spatial.None {
		a.Street = room.street.of(&s.City.Streets[p.Street].Feature)
	}
	if p.District != spatial.None {
		a.District = room.district.of(&s.City.Districts[p.District].Feature)
	}
	return a
}

// of names a feature.
func (n *Named) of(f *grids.Feature) *Named {
	n.Code, n.Name = f.Code, f.Name
	return n
}

// ValidityOf writes times in the city's own zone.
func ValidityOf(s *grids.Snapshot, v grids.Validity) *Validity {
	return new(answerRoom).validity(s, v)
}

func (r *answerRoom) validity(s *grids.Snapshot, v grids.Validity) *Validity {
	if !v.From.IsZero() {
		r.from = v.From.In(s.City.TimeZone)
		r.valid.From = &r.from
	}
	if !v.To.IsZero() {
		r.to = v.To.In(s.City.TimeZone)
		r.valid.To = &r.to
	}
	return &r.valid
}

// SingleAnswer is the answer about one position, with all that batches leave
// out.
func SingleAnswer(s *grids.Snapshot, p grids.Place) Answer {
	a := AnswerOf(s, p, true)
	a.Place = s.Words(p.At)
	return a
}
