package dispatch

import (
	"math"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// maxAlternatives is how many other answers are named.
const maxAlternatives = 4

// alternatives names the other answers that are probable enough, with what would
// make each the right one.
func (e *Engine) alternatives(w *work) []Alternative {
	w.tracing = false
	var out []Alternative
	for i := 1; i < len(w.answers) && len(out) < maxAlternatives; i++ {
		a := &w.answers[i]
		if a.p < e.rules.Thresholds.Named {
			break
		}
		if out == nil {
			out = make([]Alternative, 0, min(len(w.answers)-1, maxAlternatives))
		}
		c := e.change(w, &w.answers[0], a)
		out = append(out, Alternative{
			Mode: a.mode, Unit: a.unit, Members: a.members(), Probability: a.p, Basis: a.from.basis,
			Component: c.component, Category: c.category, DistanceM: c.distanceM, Direction: c.direction,
			Subject: e.subject(a.from.basis, a.from.item),
		})
	}
	return out
}

// change is what would make another answer the right one.
type change struct {
	component string
	category  string
	distanceM float64
	direction Direction
}

func (e *Engine) change(w *work, top, other *answer) change {
	m := &other.from.mean
	if m.component != spatial.None && m.component != top.from.mean.component {
		c := e.city.Component(m.component)
		out := change{component: c.Code, distanceM: m.distanceM, direction: directionOf(w.at, c.At)}
		if m.class != w.cls {
			out.category = m.class.key.code
		}
		return out
	}
	if m.component == spatial.None && m.class != top.from.mean.class && !m.class.alike(top.from.mean.class) {
		return change{category: m.class.key.code}
	}
	at := w.at
	if m.component != spatial.None {
		at = e.city.Component(m.component).At
	}
	return e.nearestChange(w, m, at, top, other)
}

// beyondM is how far beyond a border it is looked at what holds there.
const beyondM = 0.3

// nearestChange finds the nearest spot where the other answer holds: across the
// border of what decides now, or of what would. The spot is tried, so that what
// is said is true of the layers as they are.
func (e *Engine) nearestChange(w *work, m *meaning, at spatial.Coord, top, other *answer) change {
	mx, my := quantumM(at)
	best := change{distanceM: math.Inf(1)}
	for _, s := range [...]*spatial.Shape{e.shapeOf(&other.from), e.shapeOf(&top.from)} {
		if s == nil {
			continue
		}
		x, y, far := nearestOn(s, at, mx, my)
		if far >= best.distanceM || far > 2*reachSigma*max(w.sigmaM, 1) {
			continue
		}
		length := max(far, 1e-9)
		for _, beyond := range [...]float64{beyondM, 5 * beyondM} {
			k := 1 + beyond/length
			spot := shifted(at, float64(x*k)/mx, float64(y*k)/my)
			if e.answerAt(w, m, spot) == other.unit {
				best = change{distanceM: far, direction: directionOf(at, spot)}
				break
			}
		}
	}
	if math.IsInf(best.distanceM, 1) {
		return change{}
	}
	return best
}

// answerAt is the unit that answers at an exact spot.
func (e *Engine) answerAt(w *work, m *meaning, at spatial.Coord) string {
	order := m.class.order
	if m.component != spatial.None {
		for len(order) > 0 && order[0] != StepArea && order[0] != StepTerritory && order[0] != StepJoint {
			order = order[1:]
		}
	}
	g := e.survey(w, m, at, leastSigmaM, order)
	unit, most := "", 0.0
	for _, s := range g.shares() {
		if s.p > most {
			unit, most = g.items[s.item].unit, s.p
		}
	}
	return unit
}

// shapeOf is the ground of what an answer rests on, or nil.
func (e *Engine) shapeOf(from *source) *spatial.Shape {
	switch {
	case from.claim != nil && len(from.claim.Subject.Line) > 0:
		s, err := placeOf(&from.claim.Subject)
		if err != nil {
			return nil // the book was compiled with it
		}
		return s
	case from.item == spatial.None:
		return nil
	case from.basis == StepArea:
		return e.city.City.OwnershipAreas[from.item].Shape
	case from.basis == StepTerritory:
		return e.city.City.Zones[from.item].Shape
	}
	return nil
}

// nearestOn returns the way in metres from a position to the nearest spot of a
// shape's border, and how long it is.
func nearestOn(s *spatial.Shape, c spatial.Coord, mx, my float64) (x, y, far float64) {
	best := math.Inf(1)
	from := 0
	for _, end := range s.Ends {
		part := s.Coords[from:end]
		from = int(end)
		a := part[len(part)-1]
		ax, ay := float64(int64(a.X)-int64(c.X))*mx, float64(int64(a.Y)-int64(c.Y))*my
		for _, b := range part {
			bx, by := float64(int64(b.X)-int64(c.X))*mx, float64(int64(b.Y)-int64(c.Y))*my
			px, py := nearestOfEdge(ax, ay, bx, by)
			if d := float64(px*px) + float64(py*py); d < best {
				best, x, y = d, px, py
			}
			ax, ay = bx, by
		}
	}
	return x, y, math.Sqrt(best)
}

// nearestOfEdge is the spot of the edge from a to b that is nearest to 0.
func nearestOfEdge(ax, ay, bx, by float64) (x, y float64) {
	dx, dy := bx-ax, by-ay
	l2 := float64(dx*dx) + float64(dy*dy)
	if l2 == 0 {
		return ax, ay
	}
	t := min(max(-(float64(ax*dx)+float64(ay*dy))/l2, 0), 1)
	return ax + float64(t*dx), ay + float64(t*dy)
}

// directions are the eight winds counter-clockwise from east.
var directions = [...]Direction{"e", "ne", "n", "nw", "w", "sw", "s", "se"}

// directionOf is the wind from one position towards another, "" where they are
// the same.
func directionOf(from, to spatial.Coord) Direction {
	if from == to {
		return ""
	}
	mx, my := quantumM(from)
	a := math.Atan2(float64(int64(to.Y)-int64(from.Y))*my, float64(int64(to.X)-int64(from.X))*mx)
	n := int(math.Round(a/(math.Pi/4))) + len(directions)
	return directions[n%len(directions)]
}

// opposite is the other way.
func (d Direction) opposite() Direction {
	for i, x := range directions {
		if x == d {
			return directions[(i+len(directions)/2)%len(directions)]
		}
	}
	return ""
}

// question finds what separates two answers; named are the alternatives, b the
// first of them if it is named.
func (e *Engine) question(w *work, a, b *answer, named []Alternative) *Question {
	w.tracing = false
	q := &Question{Kind: AskSide, Options: [2]Option{e.option(w, a), e.option(w, b)}}
	ma, mb := &a.from.mean, &b.from.mean
	none := spatial.None
	switch {
	case ma.class != mb.class && (ma.component != none || mb.component != none || !ma.class.alike(mb.class)):
		q.Kind = AskCategory
	case ma.component != none && mb.component != none && ma.component != mb.component:
		q.Kind = AskMarking
	case (ma.component == none) != (mb.component == none):
		q.Kind = AskRecorded
	}
	if q.Kind != AskSide {
		return q
	}
	var far float64
	var way Direction
	if len(named) > 0 {
		far, way = named[0].DistanceM, named[0].Direction // b, looked at already
	} else {
		c := e.change(w, a, b)
		far, way = c.distanceM, c.direction
	}
	q.Options[1].DistanceM, q.Options[1].Direction = far, way
	q.Options[0].Direction = way.opposite()
	q.Street = e.streetNear(w.at)
	return q
}

func (e *Engine) option(w *work, a *answer) Option {
	o := Option{
		Unit: a.unit, Mode: a.mode, Basis: a.from.basis, Category: a.from.mean.class.key.code,
		Subject: e.subject(a.from.basis, a.from.item),
	}
	if i := a.from.mean.component; i != spatial.None {
		c := e.city.Component(i)
		o.Component, o.DistanceM, o.Direction = c.Code, a.from.mean.distanceM, directionOf(w.at, c.At)
	}
	return o
}

// streetNearM is how far a road may be to name a border after it.
const streetNearM = 40

// streetNear names the road near by, or "".
func (e *Engine) streetNear(at spatial.Coord) string {
	near := e.city.Nearest(grids.BaseRoads, at, 1, streetNearM, func(i int32) bool {
		return e.city.Feature(grids.BaseRoads, i).Name != ""
	})
	if len(near) == 0 {
		return ""
	}
	return e.city.Feature(grids.BaseRoads, near[0].Index).Name
}
