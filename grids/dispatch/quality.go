package dispatch

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Label is a dispatched case of which it is known whose it was: a return, a
// dispute, a survey, or a case closed by the unit it went to first.
type Label struct {
	At       spatial.Coord
	Kind     grids.Kind
	Category string
	// Component is what it was about, "" where that is not known; Time is when it
	// was reported.
	Component string
	Time      time.Time
	// Unit, Basis and Claim are the first dispatch.
	Unit  string
	Basis Step
	Claim int64
	// Right is who it was in the end.
	Right string
	Marks
}

// Bases of first dispatches that were by no step: a person's against what the
// engine said, and of cases that were dispatched without it.
const (
	ByHand     Step = "by-hand"
	Unrecorded Step = "unrecorded"
)

// Marks count what else a case's log says of how it went.
type Marks struct {
	Returns, Disputes, Rulings, Reworks int
	// Surveys were answered with ScoreSum in all, 1 to 5 each.
	Surveys, ScoreSum int
}

func (m *Marks) add(o *Marks) {
	m.Returns, m.Disputes, m.Rulings, m.Reworks = m.Returns+o.Returns, m.Disputes+o.Disputes, m.Rulings+o.Rulings, m.Reworks+o.Reworks
	m.Surveys, m.ScoreSum = m.Surveys+o.Surveys, m.ScoreSum+o.ScoreSum
}

// RulingUse is how a ruling was followed.
type RulingUse struct {
	ID int64
	// Met counts the cases that it was about, Followed those of them that went to
	// its unit first, Decided those of which the engine said that it decided.
	Met, Followed, Decided int
}

// Accuracy is how often first dispatch was wrong.
type Accuracy struct {
	Key      string
	N, Wrong int
	// AtLeast is the lower end of the 95 % interval (Wilson) of the share that
	// was wrong: few cases rank low.
	AtLeast float64
	// At is the middle of what was wrong.
	At spatial.Coord
	Marks
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
	// Unused are the rulings that no case was dispatched by: none that they are
	// about went to their unit first.
	Unused []RulingUse
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
		used: map[int64]*RulingUse{},
	}
	for l := range labels {
		q.add(e, &l)
	}
	r := &QualityReport{
		All:   q.all.accuracy("all"),
		Rules: ranked(q.rules), Units: ranked(q.units), Classes: ranked(q.classes), Borders: ranked(q.borders),
	}
	r.NeedBorders, r.NeedClasses = inNeed(r.Borders), inNeed(r.Classes)
	for _, c := range e.book.rulings.all {
		use := q.used[c.ID]
		switch {
		case use == nil:
			r.Unused = append(r.Unused, RulingUse{ID: c.ID})
		case use.Followed == 0 && use.Decided == 0:
			r.Unused = append(r.Unused, *use)
		}
	}
	slices.SortFunc(r.Unused, func(a, b RulingUse) int { return cmp.Or(cmp.Compare(b.Met, a.Met), cmp.Compare(a.ID, b.ID)) })
	return r
}

// qualityCount counts by key.
type qualityCount struct {
	all                            spot
	rules, units, classes, borders map[string]*spot
	used                           map[int64]*RulingUse
}

// spot is a count with the sum of the wrong ones' positions.
type spot struct {
	n, wrong int
	x, y     int64
	Marks
}

func (s *spot) count(l *Label) {
	s.n++
	s.add(&l.Marks)
	if l.Unit != l.Right {
		s.wrong++
		s.x, s.y = s.x+int64(l.At.X), s.y+int64(l.At.Y)
	}
}

func (s *spot) accuracy(key string) Accuracy {
	a := Accuracy{Key: key, N: s.n, Wrong: s.wrong, AtLeast: wilson(s.wrong, s.n), Marks: s.Marks}
	if s.wrong > 0 {
		a.At = spatial.Coord{X: int32(s.x / int64(s.wrong)), Y: int32(s.y / int64(s.wrong))}
	}
	return a
}

func (q *qualityCount) add(e *Engine, l *Label) {
	q.all.count(l)
	q.follow(e, l)
	count := func(m map[string]*spot, key string) {
		s := m[key]
		if s == nil {
			s = &spot{}
			m[key] = s
		}
		s.count(l)
	}
	count(q.rules, string(l.Basis))
	count(q.units, l.Unit)
	count(q.classes, string(l.Kind)+" "+l.Category)
	if key := borderOf(e.city, l.At); key != "" {
		count(q.borders, key)
	}
}

// follow looks which ruling the case is about, and whether it was followed.
func (q *qualityCount) follow(e *Engine, l *Label) {
	use := func(id int64) *RulingUse {
		if q.used[id] == nil {
			q.used[id] = &RulingUse{ID: id}
		}
		return q.used[id]
	}
	if l.Basis == StepRuling && l.Claim != 0 {
		use(l.Claim).Decided++
	}
	when := grids.MomentOf(l.Time)
	var holds *grids.Claim
	if l.Component != "" {
		holds, _ = newest(e.book.rulings.byComponent[l.Component], when)
	}
	if holds == nil {
		holds, _ = e.book.rulings.at(l.At, classKey{l.Kind, l.Category}, when, nil)
	}
	if holds == nil {
		return
	}
	use(holds.ID).Met++
	if l.Unit == holds.Unit {
		use(holds.ID).Followed++
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
		out = append(out, s.accuracy(key))
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
