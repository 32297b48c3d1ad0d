package terms

import (
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
)

// Candidate is a cell in which a position known with an error may lie, and what
// is above it.
type Candidate struct {
	Cell        string          `json:"cell" doc:"A cell's code; others for all that are less probable than 0.0005 each, outside for what lies in no cell"`
	Zone        string          `json:"zone,omitempty"`
	Community   string          `json:"community,omitempty"`
	Street      string          `json:"street,omitempty"`
	Probability web.Probability `json:"probability"`
}

// Likely has the candidates' probabilities summed by zone, community and street,
// the most probable first; without those below 0.0005, and what lies outside.
type Likely struct {
	Zones       []Share `json:"zones"`
	Communities []Share `json:"communities"`
	Streets     []Share `json:"streets"`
}

// Share is how probable a zone, community or street is.
type Share struct {
	Code        string          `json:"code"`
	Name        string          `json:"name"`
	Probability web.Probability `json:"probability"`
}

// What stands for a cell's code where there is none.
const (
	cellOthers  = "others"
	cellOutside = "outside"
)

// printed is the least probability that is not written 0.0000.
const printed = 0.00005

// AddCandidates says where the place may be if its position has an error; 0
// metres add nothing.
func (a *Answer) AddCandidates(s *grids.Snapshot, p grids.Place, accuracyM float64) error {
	if accuracyM == 0 {
		return nil
	}
	c, err := s.Candidates(p, accuracyM)
	if err != nil {
		return err
	}
	a.Candidates = make([]Candidate, 0, len(c.Cells)+2)
	for _, k := range c.Cells {
		zone, community, street, _ := s.Chain(k.Index)
		a.Candidates = append(a.Candidates, Candidate{
			Cell: s.City.Cells[k.Index].Code, Zone: CodeAt(s, grids.Zones, zone),
			Community: CodeAt(s, grids.Communities, community), Street: CodeAt(s, grids.Streets, street),
			Probability: web.Probability(k.Probability),
		})
	}
	if c.Others >= printed {
		a.Candidates = append(a.Candidates, Candidate{Cell: cellOthers, Probability: web.Probability(c.Others)})
	}
	if c.Outside >= printed {
		a.Candidates = append(a.Candidates, Candidate{Cell: cellOutside, Probability: web.Probability(c.Outside)})
	}
	a.Likely = &Likely{
		Zones: shares(s, grids.Zones, c.Zones), Communities: shares(s, grids.Communities, c.Communities),
		Streets: shares(s, grids.Streets, c.Streets),
	}
	return nil
}

func shares(s *grids.Snapshot, l grids.Layer, of []grids.Share) []Share {
	out := make([]Share, len(of))
	for i, k := range of {
		f := s.Feature(l, k.Index)
		out[i] = Share{Code: f.Code, Name: f.Name, Probability: web.Probability(k.Probability)}
	}
	return out
}
