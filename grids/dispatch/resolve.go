package dispatch

import (
	"slices"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// resolve finds the unit of a meaning by the steps of its class and counts it.
func (e *Engine) resolve(w *work, m *meaning) {
	if m.component == spatial.None {
		e.resolveGround(w, m, w.at, w.sigmaM, m.class.order, false)
		return
	}
	c := e.city.Component(m.component)
	fellBack := false
	for i, step := range m.class.order {
		a, t := answer{mode: Single, from: source{mean: *m, basis: step, item: spatial.None}}, Tried{Rule: step, Outcome: Nobody, Subject: c.Code}
		switch step {
		case StepRuling:
			e.byClaim(w, m, c, &e.book.rulings, &a, &t)
		case StepRecord:
			e.byClaim(w, m, c, &e.book.records, &a, &t)
		case StepOwner:
			e.byField(w, c, c.Owner, &a, &t)
		case StepMaintainer:
			e.byField(w, c, c.Maintainer, &a, &t)
		case StepAuthority:
			e.byField(w, c, c.Authority, &a, &t)
		default:
			e.resolveGround(w, m, c.At, max(e.sigmaOf(c), leastSigmaM), m.class.order[i:], fellBack)
			return
		}
		w.try(t)
		if a.unit != "" {
			w.add(a, m.weight)
			return
		}
		fellBack = fellBack || t.Outcome == Contradicted
	}
	e.resolveGround(w, m, c.At, max(e.sigmaOf(c), leastSigmaM), nil, fellBack)
}

// leastSigmaM keeps the integration of an exactly known position well behaved.
const leastSigmaM = 0.1

// byClaim asks the claims about the component, then those about its place.
func (e *Engine) byClaim(w *work, m *meaning, c *grids.Component, from *claims, a *answer, t *Tried) {
	holds, over := newest(from.byComponent[c.Code], w.when)
	if holds == nil {
		holds, over = from.at(c.At, m.class.key, w.when, over)
	}
	if over != nil {
		t.Outcome, t.Claim, t.Unit = Expired, over.ID, over.Unit
	}
	if holds == nil {
		return
	}
	t.Claim, t.Unit = holds.ID, holds.Unit
	if t.Rule == StepRecord && e.book.returned(c.Code, holds.Unit, holds.Valid.From, w.q.Time) {
		t.Outcome = Contradicted
		return
	}
	t.Outcome, a.unit, a.from.claim = Decides, holds.Unit, holds
}

// at returns the newest claim about a place that holds the position for the
// class and is valid, and the newest that is no longer.
func (c *claims) at(at spatial.Coord, k classKey, when grids.Moment, over *grids.Claim) (holds, expired *grids.Claim) {
	if c.areas == nil {
		return nil, over
	}
	i, also := c.areas.Locate(at)
	for n := 0; i != spatial.None; n++ {
		if p := c.places[i]; p.Subject.Covers(k.kind, k.code) && (p.Valid.From == 0 || when >= p.Valid.From) {
			if p.Valid.To == 0 || when < p.Valid.To {
				return p, over
			}
			if over == nil {
				over = p
			}
		}
		if n >= len(also) {
			break
		}
		i = also[n]
	}
	return nil, over
}

// byField asks a column of the component.
func (e *Engine) byField(w *work, c *grids.Component, unit string, a *answer, t *Tried) {
	if unit == "" {
		return
	}
	t.Unit = unit
	if e.book.returned(c.Code, unit, 0, w.q.Time) {
		t.Outcome = Contradicted
		return
	}
	t.Outcome, a.unit = Decides, unit
}

// resolveGround counts the units of a place that is known with an error. What
// was taken back from its owner and falls to the territory is disputed.
func (e *Engine) resolveGround(w *work, m *meaning, at spatial.Coord, sigmaM float64, order []Step, fellBack bool) {
	g := e.survey(w, m, at, sigmaM, order)
	for _, s := range g.shares() {
		it := &g.items[s.item]
		a := answer{
			mode: it.mode(m), unit: it.unit, joint: it.joint, other: it.other,
			from: source{*m, it.step, it.index, it.claim},
		}
		if fellBack && (a.mode == Default || e.gaveBack(w, m, it.unit)) {
			a.mode = Disputed
		}
		w.add(a, float64(m.weight*s.p))
	}
}

// gaveBack reports whether a unit returned a case of the meaning's component: it
// is not sent there again for owning the ground.
func (e *Engine) gaveBack(w *work, m *meaning, unit string) bool {
	return m.component != spatial.None && e.book.returned(e.city.Component(m.component).Code, unit, 0, w.q.Time)
}

// survey builds the layers of a place.
func (e *Engine) survey(w *work, m *meaning, at spatial.Coord, sigmaM float64, order []Step) *ground {
	g := &w.ground
	g.begin(e.city, at, sigmaM)
	for _, step := range order {
		if e.layer(w, m, step) {
			return g
		}
	}
	g.items = append(g.items, item{step: StepDefault, unit: e.rules.Default.Unit, index: spatial.None, p: 1})
	g.layers = append(g.layers, layer{len(g.items) - 1, len(g.items), 0, nil})
	w.try(Tried{Rule: StepDefault, Outcome: Decides, Unit: e.rules.Default.Unit})
	return g
}

// mode is how a case is handled that an item decides.
func (it *item) mode(m *meaning) Mode {
	switch {
	case it.joint != nil:
		return Joint
	case it.other != "":
		return Disputed
	case it.step == StepDefault, it.step == StepTerritory && m.class.key.kind == grids.ComponentKind:
		return Default
	}
	return Single
}

// layer adds what a step knows of the ground, and reports whether nothing is
// left for the steps after it.
func (e *Engine) layer(w *work, m *meaning, step Step) (closed bool) {
	g := &w.ground
	from := len(g.items)
	var coverage *spatial.Areas
	switch step {
	case StepRuling:
		e.claimItems(w, m, &e.book.rulings, step)
	case StepRecord:
		e.claimItems(w, m, &e.book.records, step)
	case StepArea:
		coverage = e.areaItems(w, m)
	case StepJoint:
		g.items = append(g.items, item{step: step, unit: m.class.joint.Lead, joint: m.class.joint, index: spatial.None, p: 1})
	case StepTerritory:
		e.zoneItems(w)
	default:
		return false
	}
	sum := 0.0
	for i := from; i < len(g.items); i++ {
		sum += g.items[i].p
	}
	if len(g.items) == from {
		t := Tried{Rule: step, Outcome: Nobody}
		if step == StepTerritory {
			t.Outcome = OutsideAll
		}
		w.try(t)
		return false
	}
	if sum > 1 {
		for i := from; i < len(g.items); i++ {
			g.items[i].p /= sum
		}
		sum = 1
	}
	e.traceItems(w, m, g.items[from:])
	g.layers = append(g.layers, layer{from, len(g.items), 1 - sum, coverage})
	return 1-sum < certainly
}

// certainly is what is left to nobody that can be forgotten.
const certainly = 1e-6

func (e *Engine) traceItems(w *work, m *meaning, items []item) {
	if !w.tracing {
		return
	}
	for i := range items {
		it := &items[i]
		if it.p < e.rules.Thresholds.Named {
			continue
		}
		t := Tried{Rule: it.step, Outcome: Shares, Unit: it.unit, Probability: it.p, Subject: e.subject(it.step, it.index)}
		if it.claim != nil {
			t.Claim = it.claim.ID
		}
		if it.p > 1-e.rules.Thresholds.Named {
			t.Outcome = Decides
		}
		if it.other != "" {
			t.Outcome = Overlaps
		}
		if it.joint != nil {
			t.Subject = m.class.jointName
		}
		w.try(t)
		if it.step == StepTerritory && it.index != spatial.None && !e.city.City.Zones[it.index].OnDuty {
			w.try(Tried{Rule: it.step, Outcome: OffDuty, Unit: it.unit, Subject: t.Subject})
		}
	}
}

// subject is the code of what an item is.
func (e *Engine) subject(step Step, index int32) string {
	switch {
	case index == spatial.None:
		return ""
	case step == StepArea:
		return e.city.City.OwnershipAreas[index].Code
	case step == StepTerritory:
		return e.city.City.Zones[index].Code
	}
	return ""
}

// claimItems adds the places of claims that the ground may lie in.
func (e *Engine) claimItems(w *work, m *meaning, c *claims, step Step) {
	if c.areas == nil {
		return
	}
	g := &w.ground
	c.areas.Masses(&g.gauss, func(i int32, p float64) {
		x := c.places[i]
		if p < grids.MinProbability || !x.Subject.Covers(m.class.key.kind, m.class.key.code) || (x.Valid.From != 0 && w.when < x.Valid.From) {
			return
		}
		if x.Valid.To != 0 && w.when >= x.Valid.To {
			w.try(Tried{Rule: step, Outcome: Expired, Claim: x.ID, Unit: x.Unit, Probability: p})
			return
		}
		g.items = append(g.items, item{step: step, unit: x.Unit, index: spatial.None, claim: x, shape: c.areas.Shape(i), p: p})
	})
	g.sortItems()
}

// areaItems adds the ownership areas of the class. A record about an area tells
// its unit; without one the area's own row does.
func (e *Engine) areaItems(w *work, m *meaning) *spatial.Areas {
	set := m.class.areas
	if set == nil {
		return nil
	}
	g := &w.ground
	from := len(g.items)
	add := func(i int32, p float64) {
		a := set.of[i]
		row := &e.city.City.OwnershipAreas[a]
		it := item{step: StepArea, unit: row.Unit, index: a, local: i, shape: row.Shape, p: p}
		if holds := e.claimOf(row, w.when); holds != nil {
			it.unit, it.claim = holds.Unit, holds
		}
		if it.unit != "" {
			g.items = append(g.items, it)
		}
	}
	in, also := set.cover.Locate(g.at)
	if in != spatial.None && len(also) == 0 && !set.cover.BorderWithin(in, g.at, reachSigma*g.sigmaM) {
		add(in, 1)
		return set.cover
	}
	set.cover.Masses(&g.gauss, func(i int32, p float64) {
		if p >= grids.MinProbability {
			add(i, p)
		}
	})
	g.sortItems()
	if len(also) > 0 {
		overlapping(g, from, in, also)
	}
	return set.cover
}

// claimOf is what was recorded or ruled about an area and holds, a ruling first.
func (e *Engine) claimOf(area *grids.OwnershipArea, when grids.Moment) *grids.Claim {
	if holds, _ := newest(e.book.rulings.byArea[area.Code], when); holds != nil {
		return holds
	}
	holds, _ := newest(e.book.records.byArea[area.Code], when)
	return holds
}

// overlapping marks the areas of one class that lie on one another and name
// different units: the data contradict themselves there.
func overlapping(g *ground, from int, in int32, also []int32) {
	var first *item
	for k := from; k < len(g.items); k++ {
		it := &g.items[k]
		if it.local != in && !slices.Contains(also, it.local) {
			continue
		}
		if first == nil {
			first = it
		} else if it.unit != first.unit && first.other == "" {
			first.other = it.unit
			if strings.Compare(first.other, first.unit) < 0 {
				first.unit, first.other = first.other, first.unit
			}
			it.p = 0
		}
	}
}

// zoneItems adds the zones that the ground may lie in.
func (e *Engine) zoneItems(w *work) {
	g := &w.ground
	place := e.city.Locate(g.at)
	add := func(z int32, p float64) {
		if unit := e.territory(z); unit != "" {
			g.items = append(g.items, item{step: StepTerritory, unit: unit, index: z, p: p})
		}
	}
	if place.Status != grids.StatusInside {
		if place.Zone != spatial.None {
			add(place.Zone, 1) // near: the reference says this one answers
		}
		return
	}
	if exact := g.sigmaM <= leastSigmaM; place.Zone != spatial.None && (exact || g.aloneAround(place.Zone)) {
		add(place.Zone, 1)
		return
	}
	zones, outside, err := e.city.ZoneCandidates(place, min(float64(g.sigmaM*radiusPerSigma), grids.MaxAccuracyM))
	if err != nil {
		return // an accuracy that was checked before
	}
	for _, s := range zones {
		add(s.Index, s.Probability)
	}
	// Beyond the rim nobody answers: what the report says is inside.
	if n := len(g.items); n > 0 && outside > 0 && outside < 1 {
		for i := range g.items {
			if g.items[i].step == StepTerritory {
				g.items[i].p /= 1 - outside
			}
		}
	}
}

// territory is the unit that answers for a zone.
func (e *Engine) territory(z int32) string {
	zone := &e.city.City.Zones[z]
	office := e.offices[zone.Street]
	if zone.Unit == "" {
		return office
	}
	if zone.OnDuty {
		return zone.Unit
	}
	switch e.rules.Territory.OffDuty {
	case OffDutyOffice:
		if office != "" {
			return office
		}
	case OffDutyParent:
		if u := e.city.Unit(zone.Unit); u != nil && u.Parent != "" {
			return u.Parent
		}
	}
	return zone.Unit
}
