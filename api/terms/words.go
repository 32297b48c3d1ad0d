package terms

import (
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// UnitName returns the name of a unit, "" where the code is none.
func UnitName(s *grids.Snapshot, code string) string {
	if u := s.Unit(code); u != nil {
		return u.Name
	}
	return ""
}

// CodeAt is the code of a feature, "" for none.
func CodeAt(snap *grids.Snapshot, l grids.Layer, i int32) string {
	if i == spatial.None {
		return ""
	}
	return snap.Feature(l, i).Code
}

// TimeOrNil is a time in the city's zone, nil for none.
func TimeOrNil(t time.Time, zone *time.Location) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(zone)
	return &t
}

// Words say something in both languages, for people.
type Words struct {
	Chinese string `json:"zh"`
	English string `json:"en"`
}

// UnitOf is a unit with its name, "" where the city has none of the code.
type UnitOf struct {
	Unit     string `json:"unit"`
	UnitName string `json:"unit_name,omitempty"`
}

// UnitWithName names a unit.
func UnitWithName(s *grids.Snapshot, code string) UnitOf { return UnitOf{code, UnitName(s, code)} }

// UnitsWithNames names units.
func UnitsWithNames(s *grids.Snapshot, codes []string) []UnitOf {
	out := make([]UnitOf, len(codes))
	for i, c := range codes {
		out[i] = UnitWithName(s, c)
	}
	return out
}

// CategoryName is the name of a class, "" where the city has none of the code.
func CategoryName(s *grids.Snapshot, kind grids.Kind, code string) string {
	if c := s.Catalogue.Find(kind, code); c != nil {
		return c.Name
	}
	return ""
}

// And says more after it.
func (w Words) And(more Words) Words {
	return Words{w.Chinese + more.Chinese, w.English + " " + more.English}
}
