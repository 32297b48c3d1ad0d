package dispatch

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// What is looked at around a report. Five σ hold all but 4e-6 of a position's
// error; of one class no more than nearestOfClass components matter, since the
// farthest of so many is far less probable than the nearest.
const (
	reachSigma      = 5
	nearestOfClass  = 24
	nearestSiblings = 24
	leastWeight     = 2e-4
)

// wrongCode is how often a component that a reporter names is not the one.
const wrongCode = 0.01

// mean weighs what the report can mean: w.meanings, the heaviest first, with
// weights that add up to 1.
func (e *Engine) mean(w *work) error {
	if w.cls.key.kind == grids.EventKind {
		e.meanEvents(w)
		return nil
	}
	named := spatial.None
	if w.q.Component != "" {
		if named = e.city.Find(grids.Components, w.q.Component); named == spatial.None {
			return fmt.Errorf("%w: %q", ErrComponent, w.q.Component)
		}
	}
	e.meanComponents(w, named)
	w.meanings = append(w.meanings, meaning{spatial.None, w.cls, 0, w.cls.perM2 * e.stated(w.cls, w.cls)})
	if named != spatial.None {
		e.believe(w, named)
	}
	w.normalise()
	w.try(Tried{Rule: StepMatch, Outcome: Nobody})
	w.traceMeanings(e, named)
	return nil
}

// stated is how probable it is that a thing of one class is reported as another.
func (e *Engine) stated(is, as *class) float64 {
	wrong := e.rules.Match.WrongCategory
	switch {
	case len(as.siblings) == 0:
		return 1
	case is == as:
		return 1 - wrong
	}
	return wrong / float64(len(is.siblings))
}

// meanComponents weighs the components around: how probable the report is if it
// is about each. They are of the class or, rarely, of another minor.
func (e *Engine) meanComponents(w *work, named int32) {
	widest := 0.0
	for _, m := range e.classM {
		widest = max(widest, m)
	}
	reachM := reachSigma * math.Hypot(w.sigmaM, widest/radiusPerSigma)
	stands := func(i int32) bool { return !e.ignored[e.city.Component(i).State] }
	w.weigh(e, e.city.Nearest(grids.Components, w.at, nearestOfClass, reachM, func(i int32) bool {
		return e.city.Component(i).Category == w.cls.key.code && stands(i)
	}))
	if e.rules.Match.WrongCategory > 0 && len(w.cls.siblings) > 0 {
		w.weigh(e, e.city.Nearest(grids.Components, w.at, nearestSiblings, reachM, func(i int32) bool {
			c := e.city.Component(i).Category
			if c == w.cls.key.code {
				return false
			}
			k := e.classes[classKey{grids.ComponentKind, c}]
			return k != nil && k.major == w.cls.major && stands(i)
		}))
	}
	if named != spatial.None && !slices.ContainsFunc(w.meanings, func(m meaning) bool { return m.component == named }) {
		w.weigh(e, []grids.Neighbour{{Index: named, DistanceM: e.distanceM(named, w.at)}})
	}
}

func (e *Engine) distanceM(i int32, at spatial.Coord) float64 {
	f := e.city.Feature(grids.Components, i)
	if f.Shape == nil {
		return spatial.DistanceM(f.At, at)
	}
	if side, _ := f.Shape.Contains(at); side != spatial.Outside {
		return 0
	}
	return f.Shape.DistanceM(at)
}

// weigh adds components by their distance: the errors of the report and of the
// record add up as squares.
func (w *work) weigh(e *Engine, found []grids.Neighbour) {
	for _, n := range found {
		c := e.city.Component(n.Index)
		k := e.classes[classKey{grids.ComponentKind, c.Category}]
		if k == nil {
			continue
		}
		own := e.sigmaOf(c)
		s2 := float64(w.sigmaM*w.sigmaM) + float64(own*own)
		density := math.Exp(-float64(n.DistanceM*n.DistanceM)/(2*s2)) / (2 * math.Pi * s2)
		w.meanings = append(w.meanings, meaning{n.Index, k, n.DistanceM, density * e.stated(k, w.cls)})
	}
}

// sigmaOf is the error of a component's recorded position.
func (e *Engine) sigmaOf(c *grids.Component) float64 {
	m, ok := e.classM[c.AccuracyClass]
	if !ok {
		m = e.rules.Match.AccuracyM
	}
	return m / radiusPerSigma
}

// believe takes a component that the reporter named for the one that is meant,
// unless the position speaks against it.
func (e *Engine) believe(w *work, named int32) {
	for i := range w.meanings {
		if w.meanings[i].component != named {
			w.meanings[i].weight *= wrongCode
		}
	}
}

// normalise sorts the meanings, drops what does not matter, and makes the
// weights add up to 1.
func (w *work) normalise() {
	sum := 0.0
	for i := range w.meanings {
		sum += w.meanings[i].weight
	}
	slices.SortFunc(w.meanings, func(a, b meaning) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.distanceM, b.distanceM), cmp.Compare(a.component, b.component))
	})
	kept, left := w.meanings[:0], 0.0
	for _, m := range w.meanings {
		if m.weight /= sum; m.weight >= leastWeight || len(kept) == 0 {
			kept, left = append(kept, m), left+m.weight
		}
	}
	for i := range kept {
		kept[i].weight /= left
	}
	w.meanings = kept
}

// traceMeanings notes what was matched.
func (w *work) traceMeanings(e *Engine, named int32) {
	const shown = 3
	w.trace = w.trace[:0]
	for i := range w.meanings[:min(len(w.meanings), shown)] {
		m := &w.meanings[i]
		t := Tried{Rule: StepMatch, Outcome: Nobody, Probability: m.weight}
		if m.component != spatial.None {
			t.Outcome, t.Subject, t.DistanceM = Matched, e.city.Component(m.component).Code, m.distanceM
		}
		w.trace = append(w.trace, t)
	}
	if named != spatial.None && w.meanings[0].component != named {
		w.trace = append(w.trace, Tried{Rule: StepMatch, Outcome: Doubtful, Subject: e.city.Component(named).Code, DistanceM: e.distanceM(named, w.at)})
	}
}

// meanEvents weighs the classes of happening that may be meant: other minors
// count where other rules hold for them.
func (e *Engine) meanEvents(w *work) {
	other := 0.0
	for _, k := range w.cls.siblings {
		if k.alike(w.cls) {
			continue
		}
		p := e.stated(k, w.cls)
		other += p
		w.addClass(k, p)
	}
	w.addClass(w.cls, 1-other)
	w.normalise()
	if len(w.meanings) > 1 {
		w.trace = append(w.trace, Tried{Rule: StepMatch, Outcome: Spread, Probability: w.meanings[0].weight})
	}
}

// addClass joins classes that are decided alike.
func (w *work) addClass(k *class, p float64) {
	for i := range w.meanings {
		if w.meanings[i].class.alike(k) {
			w.meanings[i].weight += p
			return
		}
	}
	w.meanings = append(w.meanings, meaning{spatial.None, k, 0, p})
}

// alike reports whether two classes are decided by the same rules and areas,
// claims aside.
func (k *class) alike(o *class) bool {
	return k.areas == o.areas && k.jointName == o.jointName && slices.Equal(k.order, o.order)
}
