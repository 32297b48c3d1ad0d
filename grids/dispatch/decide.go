package dispatch

import (
	"fmt"
	"slices"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// radiusPerSigma is the radius that holds 68 % of a normal distribution in the
// plane, in σ: √(-2 ln 0.32).
const radiusPerSigma = 1.5095921854516636

// meaning is what a report may mean: a component, or something at the position.
type meaning struct {
	component int32 // spatial.None: not on record, or an event
	class     *class
	distanceM float64
	weight    float64
}

// source is where an answer came from.
type source struct {
	mean  meaning
	basis Step
	// item is the area or zone, or None; claim the record or ruling, or nil.
	item  int32
	claim *grids.Claim
}

// answer is a unit, or a joint list, with all that leads to it.
type answer struct {
	mode  Mode
	unit  string
	joint *JointList
	other string // of a dispute
	p     float64
	best  float64
	from  source
}

// work is what one decision needs, kept for the next.
type work struct {
	at       spatial.Coord
	when     grids.Moment
	q        *Report
	cls      *class
	sigmaM   float64
	meanings []meaning
	answers  []answer
	trace    []Tried
	tracing  bool
	ground   ground
}

// Decide answers for a report. The error says what is wrong with the report:
// its category or component does not exist, or its accuracy is none.
func (e *Engine) Decide(q Report) (Decision, error) {
	w := e.scratch.Get().(*work)
	defer e.scratch.Put(w)
	if err := e.weighAnswers(w, &q, true); err != nil {
		return Decision{}, err
	}
	d := Decision{Place: e.city.Locate(q.At), CityVersion: e.city.City.Version, RulesVersion: e.rules.Version}
	e.conclude(w, &d)
	return d, nil
}

// Verdict is what a decision comes to.
type Verdict struct {
	Mode Mode
	// Unit is who answers: the lead where Mode is joint, the first by code where
	// it is disputed.
	Unit string
	// Basis is the step that decided, Claim the record or ruling.
	Basis Step
	Claim int64
	// Confidence is calibrated.
	Confidence float64
	// Automatic is whether the case may go out without a person.
	Automatic bool
}

// Whose is Decide without reasons, alternatives and question, for many reports.
func (e *Engine) Whose(q Report) (Verdict, error) {
	w := e.scratch.Get().(*work)
	defer e.scratch.Put(w)
	if err := e.weighAnswers(w, &q, false); err != nil {
		return Verdict{}, err
	}
	return e.verdict(w), nil
}

// weighAnswers fills w.answers, the most probable first.
func (e *Engine) weighAnswers(w *work, q *Report, trace bool) error {
	cls, err := e.check(q)
	if err != nil {
		return err
	}
	w.reset(q, cls)
	if err := e.mean(w); err != nil {
		return err
	}
	for i := range w.meanings {
		w.tracing = trace && i == 0
		e.resolve(w, &w.meanings[i])
	}
	slices.SortStableFunc(w.answers, func(a, b answer) int { return byWeight(a.p, b.p, a.unit, b.unit) })
	return nil
}

func (e *Engine) verdict(w *work) Verdict {
	top := &w.answers[0]
	v := Verdict{Mode: top.mode, Unit: top.unit, Basis: top.from.basis, Confidence: e.rules.Calibrated.Of(w.q.Kind, min(top.p, 1))}
	if top.from.claim != nil {
		v.Claim = top.from.claim.ID
	}
	v.Automatic = v.Mode != Disputed && v.Confidence >= e.rules.Thresholds.Automatic && !w.doubtful()
	return v
}

func (w *work) reset(q *Report, cls *class) {
	w.at, w.when, w.q, w.cls = q.At, grids.MomentOf(q.Time), q, cls
	w.sigmaM = q.AccuracyM / radiusPerSigma
	w.meanings, w.answers, w.trace = w.meanings[:0], w.answers[:0], w.trace[:0]
}

// check completes the report and finds its class.
func (e *Engine) check(q *Report) (*class, error) {
	if q.Kind != grids.ComponentKind && q.Kind != grids.EventKind {
		return nil, fmt.Errorf("%w: kind %q; component or event", ErrReport, q.Kind)
	}
	if q.Time.IsZero() {
		return nil, fmt.Errorf("%w: it has no time", ErrReport)
	}
	if q.AccuracyM == 0 {
		q.AccuracyM = e.rules.Match.AccuracyM
	}
	if err := grids.CheckAccuracy(q.AccuracyM); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReport, err)
	}
	cls := e.classes[classKey{q.Kind, q.Category}]
	if cls == nil {
		return nil, fmt.Errorf("%w: %s %q of scheme %s", ErrCategory, q.Kind, q.Category, e.rules.Scheme)
	}
	return cls, nil
}

// add counts an answer.
func (w *work) add(a answer, p float64) {
	for i := range w.answers {
		b := &w.answers[i]
		if b.unit == a.unit && b.joint == a.joint && b.other == a.other {
			b.p += p
			if p > b.best {
				b.best, b.mode, b.from = p, a.mode, a.from
			}
			return
		}
	}
	a.p, a.best = p, p
	w.answers = append(w.answers, a)
}

// try notes a step of the first meaning.
func (w *work) try(t Tried) {
	if w.tracing {
		w.trace = append(w.trace, t)
	}
}

// conclude writes the decision from the answers.
func (e *Engine) conclude(w *work, d *Decision) {
	top := &w.answers[0]
	d.Verdict, d.Probability, d.Members = e.verdict(w), min(top.p, 1), top.members()
	d.Component = e.match(w)
	d.Trace = slices.Clone(w.trace)
	d.Alternatives = e.alternatives(w)
	if len(w.answers) > 1 && !d.Automatic {
		d.Question = e.question(w, &w.answers[0], &w.answers[1], d.Alternatives)
	}
	for _, n := range w.q.Nearest {
		d.Nearest = append(d.Nearest, e.city.Nearest(grids.Resources, w.at, min(n.K, maxNearest), maxNearestM, func(i int32) bool {
			return n.Kind == "" || e.city.City.Resources[i].Kind == n.Kind
		})...)
	}
}

// What is given of resources near by.
const (
	maxNearest  = 20
	maxNearestM = 5_000
)

// doubtful reports whether something a person should look at was found.
func (w *work) doubtful() bool {
	return slices.ContainsFunc(w.trace, func(t Tried) bool { return t.Outcome == Doubtful })
}

func (a *answer) members() []string {
	switch {
	case a.joint != nil:
		return a.joint.Members
	case a.mode == Disputed && a.other != "":
		return []string{a.unit, a.other}
	}
	return nil
}

// match describes the component that the most probable answer rests on.
func (e *Engine) match(w *work) *Match {
	from := &w.answers[0].from
	if from.mean.component == spatial.None {
		return nil
	}
	m := &Match{
		Index: from.mean.component, Code: e.city.Component(from.mean.component).Code,
		DistanceM: from.mean.distanceM, Probability: from.mean.weight,
	}
	for i := range w.answers[1:] {
		o := &w.answers[1+i].from
		if o.mean.component != spatial.None && o.mean.component != from.mean.component && o.mean.weight >= ambiguousFrom*m.Probability {
			m.Ambiguous, m.Other = true, e.city.Component(o.mean.component).Code
			break
		}
	}
	return m
}

// ambiguousFrom is how probable the component of another unit must be, as a part
// of the matched one, to make a match ambiguous.
const ambiguousFrom = 0.2
