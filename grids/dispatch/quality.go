package dispatch

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Label is a dispatched case of which it is known whose it was: a return, a
// dispute, a survey, or a case closed by the unit it went to first.
type Label struct {
	At       spatial.Coord
	Kind     grids.Kind
	Category string
	// Unit, Basis and Claim are the first dispatch.
	Unit  string
	Basis Step
	Claim int64
	// Right is who it was in the end.
	Right string
}

// Accuracy is how often first dispatch was wrong.
type Accuracy struct {
	Key      string
	N, Wrong int
	// AtLeast is the lower end of the 95 % interval (Wilson) of the share that
	// was wrong: few cases rank low.
	AtLeast float64
	// At is the middle of what was wrong, where the key is a place.
	At spatial.Coord
}

// Share is the part that was wrong.
func (a *Accuracy) Share() float64 { return float64(a.Wrong) / float64(max(a.N, 1)) }

// QualityReport says where first dispatch goes wrong.
type QualityReport struct {
	All Accuracy
	// By the step that decided, the unit it went to, the class ("kind code"), and
	// the border of two zones ("zone|zone") within borderM; worst first.
	Rules, Units, Classes, Borders []Accuracy
	// NeedBorders and NeedClasses are those that need a 确权: at least needed
	// wrong, and that many in the hundred for certain.
	NeedBorders, NeedClasses []Accuracy
	// Unused are the rulings in force that decided no case.
	Unused []int64
}

// What counts as a border's, and what as in need of a record.
const (
	borderM     = 30
	needed      = 5
	neededShare = 0.05
)

// Quality sums labels up.
func Quality(e *Engine, labels iter.Seq[Label]) *QualityReport {
	q := &qualityCount{
		rules: map[string]*spot{}, units: map[string]*spot{}, classes: map[string]*spot{}, borders: map[string]*spot{},
		used: map[int64]bool{},
	}
	for l := range labels {
		q.add(e, &l)
	}
	r := &QualityReport{
		All:   Accuracy{Key: "all", N: q.n, Wrong: q.wrong, AtLeast: wilson(q.wrong, q.n)},
		Rules: ranked(q.rules), Units: ranked(q.units), Classes: ranked(q.classes), Borders: ranked(q.borders),
	}
	r.NeedBorders, r.NeedClasses = inNeed(r.Borders), inNeed(r.Classes)
	for _, c := range e.book.rulings.all {
		if !q.used[c.ID] {
			r.Unused = append(r.Unused, c.ID)
		}
	}
	slices.Sort(r.Unused)
	return r
}

// qualityCount counts by key.
type qualityCount struct {
	n, wrong                       int
	rules, units, classes, borders map[string]*spot
	used                           map[int64]bool
}

// spot is a count with the sum of the wrong ones' positions.
type spot struct {
	n, wrong int
	x, y     int64
}

func (q *qualityCount) add(e *Engine, l *Label) {
	wrong := l.Unit != l.Right
	q.n++
	if wrong {
		q.wrong++
	}
	if l.Basis == StepRuling && l.Claim != 0 {
		q.used[l.Claim] = true
	}
	count := func(m map[string]*spot, key string) {
		s := m[key]
		if s == nil {
			s = &spot{}
			m[key] = s
		}
		s.n++
		if wrong {
			s.wrong++
			s.x, s.y = s.x+int64(l.At.X), s.y+int64(l.At.Y)
		}
	}
	count(q.rules, string(l.Basis))
	count(q.units, l.Unit)
	count(q.classes, string(l.Kind)+" "+l.Category)
	if key := borderOf(e.city, l.At); key != "" {
		count(q.borders, key)
	}
}

// borderOf names the border of zones near a position, "" for none.
func borderOf(s *grids.Snapshot, at spatial.Coord) string {
	p := s.Locate(at)
	if p.Status != grids.StatusInside || p.Zone == spatial.None {
		return ""
	}
	far, across := s.Border(p)
	if far > borderM || across == spatial.None {
		return ""
	}
	z := zoneOf(s, across)
	if z == spatial.None || z == p.Zone {
		return ""
	}
	a, b := s.City.Zones[p.Zone].Code, s.City.Zones[z].Code
	return min(a, b) + "|" + max(a, b)
}

// zoneOf is the zone of a cell, or None.
func zoneOf(s *grids.Snapshot, cell int32) int32 {
	zone, _, _, _ := s.Chain(cell) //nolint:dogsled // the chain is one answer
	return zone
}

func ranked(m map[string]*spot) []Accuracy {
	out := make([]Accuracy, 0, len(m))
	for key, s := range m {
		a := Accuracy{Key: key, N: s.n, Wrong: s.wrong, AtLeast: wilson(s.wrong, s.n)}
		if s.wrong > 0 {
			a.At = spatial.Coord{X: int32(s.x / int64(s.wrong)), Y: int32(s.y / int64(s.wrong))}
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b Accuracy) int {
		return cmp.Or(cmp.Compare(b.AtLeast, a.AtLeast), cmp.Compare(b.Wrong, a.Wrong), cmp.Compare(a.Key, b.Key))
	})
	return out
}

func inNeed(all []Accuracy) []Accuracy {
	var out []Accuracy
	for _, a := range all {
		if a.Wrong >= needed && a.AtLeast >= neededShare {
			out = append(out, a)
		}
	}
	return out
}

// wilson is the lower end of Wilson's interval at 95 %.
func wilson(k, n int) float64 {
	const z = 1.959964
	if n == 0 {
		return 0
	}
	p, m := float64(k)/float64(n), float64(n)
	centre := p + z*z/(2*m)
	half := float64(z * math.Sqrt(float64(p*(1-p))/m+z*z/(4*m*m)))
	return max(0, (centre-half)/(1+z*z/m))
}
