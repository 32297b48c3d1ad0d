package api

import (
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wanmi-gis/wanmi/grids"
)

// Probability is written with at most 4 decimals.
type Probability float64

// MarshalJSON implements json.Marshaler.
func (p Probability) MarshalJSON() ([]byte, error) { return appendProbability(nil, p), nil }

// Candidate is a cell in which a position known with an error may lie, and what
// is above it.
type Candidate struct {
	Cell        string      `json:"cell" doc:"A cell's code; others for all that are less probable than 0.0005 each, outside for what lies in no cell"`
	Zone        string      `json:"zone,omitempty"`
	Community   string      `json:"community,omitempty"`
	Street      string      `json:"street,omitempty"`
	Probability Probability `json:"probability"`
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
	Code        string      `json:"code"`
	Name        string      `json:"name"`
	Probability Probability `json:"probability"`
}

// What stands for a cell's code where there is none.
const (
	cellOthers  = "others"
	cellOutside = "outside"
)

// printed is the least probability that is not written 0.0000.
const printed = 0.00005

// addCandidates says where the place may be if its position has an error; 0
// metres add nothing.
func (a *Answer) addCandidates(s *grids.Snapshot, p grids.Place, accuracyM float64) error {
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
			Cell: s.City.Cells[k.Index].Code, Zone: codeAt(s, grids.Zones, zone),
			Community: codeAt(s, grids.Communities, community), Street: codeAt(s, grids.Streets, street),
			Probability: Probability(k.Probability),
		})
	}
	if c.Others >= printed {
		a.Candidates = append(a.Candidates, Candidate{Cell: cellOthers, Probability: Probability(c.Others)})
	}
	if c.Outside >= printed {
		a.Candidates = append(a.Candidates, Candidate{Cell: cellOutside, Probability: Probability(c.Outside)})
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
		out[i] = Share{Code: f.Code, Name: f.Name, Probability: Probability(k.Probability)}
	}
	return out
}

// accuracyParam reads the parameter accuracy_m. Without it, and with 0, which
// devices send that know none, there are no candidates.
func accuracyParam(text string) (accuracyM float64, err error) {
	if text == "" {
		return 0, nil
	}
	v, ok := number(text)
	if !ok {
		return 0, &inputError{accuracyName, text, "not a number", errMalformed}
	}
	return v, checkAccuracy(v)
}

const accuracyName = "accuracy_m"

func checkAccuracy(accuracyM float64) error {
	if accuracyM == 0 {
		return nil
	}
	if err := grids.CheckAccuracy(accuracyM); err != nil {
		return &inputError{accuracyName, fmt.Sprint(accuracyM), fmt.Sprintf("write metres above 0, at most %d", grids.MaxAccuracyM), errMalformed}
	}
	return nil
}

// maxUncertainM2 is what the square of the accuracy may be, times the number of
// points in one batch: their cost grows with it, 4 ms at 500 m. Up to 50 m it
// allows maxBatchPoints, at 500 m 1,000 of them, some 4 s either way.
const maxUncertainM2 = maxBatchPoints * 50 * 50

// checkUncertain is what accuracy_m asks of a batch.
func (in *batchRequest) checkUncertain() error {
	if err := checkAccuracy(in.AccuracyM); err != nil {
		return err
	}
	if n := len(in.Points); float64(n)*in.AccuracyM*in.AccuracyM > maxUncertainM2 {
		most := int(maxUncertainM2 / (in.AccuracyM * in.AccuracyM))
		return &inputError{"points", "", fmt.Sprintf("at most %d points in one request with %s %v", most, accuracyName, in.AccuracyM), errTooMany}
	}
	return nil
}

// streamAccuracy reads the parameter accuracy of a streamed body: metres, or the
// name of the column or member that has them.
func streamAccuracy(text string) (string, error) {
	metres, ok := number(text)
	if !ok {
		return text, nil
	}
	if err := grids.CheckAccuracy(metres); err != nil {
		return "", &inputError{"accuracy", text, fmt.Sprintf("write metres above 0, at most %d, or a column's name", grids.MaxAccuracyM), errMalformed}
	}
	return text, nil
}

func accuracyQuery() *huma.Param {
	p := queryParam(accuracyName, "68 % circular error of the position (1.51 σ), 0 to 500: adds candidates and likely. 0 adds nothing", "number", false)
	least, most := 0.0, float64(grids.MaxAccuracyM)
	p.Schema.Minimum, p.Schema.Maximum = &least, &most
	return p
}
