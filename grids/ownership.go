package grids

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/wanmi-gis/wanmi/spatial"
)

// OwnershipRecord (确权) says who answers for something, on the evidence of the
// industry's authority.
type OwnershipRecord struct{ Claim }

// Ruling (裁决) is what was decided in a dispute. It binds, and it is the
// precedent for the next case at that place and class.
type Ruling struct{ Claim }

// Claim is what ownership records and rulings have in common.
type Claim struct {
	// ID is the row's number in the city file, 0 until it is stored.
	ID        int64
	Subject   Subject
	Unit      string
	Evidence  string
	DecidedBy string
	Valid     Validity
	// Version is the city's version that brought it.
	Version int64
}

// Subject is what a claim is about: exactly one of a component, an ownership
// area and a place.
//
// A place is all within WithinM metres of a point, or along a line, of a few
// positions: a stretch of a border. Kind and Category narrow it to classes,
// codes or how they begin in the city's scheme, separated by commas.
//
//nolint:recvcheck // JSON is written from values too, and read into a pointer
type Subject struct {
	Component string
	Area      string

	Line    []spatial.Coord
	WithinM float64

	Kind     Kind
	Category string
}

// What a subject may be at most. A ruling is about a stretch of a border, not
// about a district: that is what areas are for.
const (
	MaxSubjectM      = 500
	MaxSubjectPoints = 200
)

// ErrSubject marks a subject that cannot be meant.
var ErrSubject = errors.New("not a subject of an ownership record or ruling")

// Check says what is wrong with the subject.
func (s *Subject) Check() error {
	about := 0
	for _, there := range []bool{s.Component != "", s.Area != "", len(s.Line) > 0} {
		if there {
			about++
		}
	}
	switch {
	case about != 1:
		return fmt.Errorf("%w: name a component, an area or a place, and only one", ErrSubject)
	case len(s.Line) > MaxSubjectPoints:
		return fmt.Errorf("%w: a line of %d positions, at most %d", ErrSubject, len(s.Line), MaxSubjectPoints)
	case len(s.Line) > 0 && !(s.WithinM > 0 && s.WithinM <= MaxSubjectM):
		return fmt.Errorf("%w: within_m is %v, it must lie above 0 and not above %d", ErrSubject, s.WithinM, MaxSubjectM)
	case len(s.Line) == 0 && s.WithinM != 0:
		return fmt.Errorf("%w: within_m without a place", ErrSubject)
	case s.Kind != "" && s.Kind != ComponentKind && s.Kind != EventKind:
		return fmt.Errorf("%w: kind %q; component or event", ErrSubject, s.Kind)
	case s.Category != "" && s.Kind == "":
		return fmt.Errorf("%w: category %s without a kind", ErrSubject, s.Category)
	}
	return nil
}

// Covers reports whether the subject is about cases of the class.
func (s *Subject) Covers(kind Kind, category string) bool {
	if s.Kind != "" && s.Kind != kind {
		return false
	}
	if s.Category == "" {
		return true
	}
	for prefix := range strings.SplitSeq(s.Category, ",") {
		if prefix = strings.TrimSpace(prefix); prefix != "" && strings.HasPrefix(category, prefix) {
			return true
		}
	}
	return false
}

// subjectText is a subject as the city file and the API have it.
type subjectText struct {
	Component string       `json:"component,omitempty"`
	Area      string       `json:"area,omitempty"`
	Line      [][2]float64 `json:"line,omitempty"`
	WithinM   float64      `json:"within_m,omitempty"`
	Kind      Kind         `json:"kind,omitempty"`
	Category  string       `json:"category,omitempty"`
}

// MarshalJSON writes the subject with positions as [lon, lat].
func (s Subject) MarshalJSON() ([]byte, error) {
	t := subjectText{s.Component, s.Area, nil, s.WithinM, s.Kind, s.Category}
	for _, c := range s.Line {
		t.Line = append(t.Line, [2]float64{c.Lon(), c.Lat()})
	}
	return json.Marshal(t)
}

// UnmarshalJSON reads what MarshalJSON writes, and checks it.
func (s *Subject) UnmarshalJSON(b []byte) error {
	var t subjectText
	if err := json.Unmarshal(b, &t); err != nil {
		return fmt.Errorf("%w: %w", ErrSubject, err)
	}
	if len(t.Line) > MaxSubjectPoints {
		return fmt.Errorf("%w: a line of %d positions, at most %d", ErrSubject, len(t.Line), MaxSubjectPoints)
	}
	out := Subject{Component: t.Component, Area: t.Area, WithinM: t.WithinM, Kind: t.Kind, Category: t.Category}
	if math.IsNaN(t.WithinM) {
		return fmt.Errorf("%w: within_m is no number", ErrSubject)
	}
	for i, p := range t.Line {
		c, err := spatial.Checked(p[0], p[1])
		if err != nil {
			return fmt.Errorf("%w: position %d: %w", ErrSubject, i+1, err)
		}
		out.Line = append(out.Line, c)
	}
	if err := out.Check(); err != nil {
		return err
	}
	*s = out
	return nil
}
