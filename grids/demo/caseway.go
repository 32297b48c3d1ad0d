package demo

import (
	"fmt"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

// A caseWalk is a case on its way: the log so far and the clock that runs.
type caseWalk struct {
	*History
	dice  dice
	s     *slot
	past  cases.Past
	run   clock.Run
	limit int64 // seconds of the limit's unit
	used  int64 // permille of the limit at the closing
}

// How much of its time a case takes, in permille: one in time, in the middle of
// two throws, times its unit's pace; one that is late.
const (
	leastUsed, mostUsed       = 120, 780
	leastInTime, mostInTime   = 40, 970
	leastLate, mostLate       = 1_040, 1_900
	leastExtended, mostExtend = 1_050, 1_850
)

// In processing within 10 minutes, dispatched within 10 more (domain.md): the
// seconds that each step takes.
const (
	leastStepS, mostStepS     = 60, 290
	leastVerifyS, mostVerifyS = 600, 3_600
)

// way makes the log of a case. What decides when it is closed is drawn first, so
// that it is the same for a whole log and for a short one.
func (h *History) way(dice dice, s *slot, whole bool) cases.Past {
	c := &h.classes.all[s.class]
	condition := pick(dice, c.conditions)
	w := &caseWalk{History: h, dice: dice, s: s}
	w.past.Report = cases.Draft{
		Kind: c.Kind, Category: c.Code, Condition: condition.Code, At: s.place.at,
		Cell: h.snap.City.Cells[s.place.cell].Code, Zone: h.snap.City.Cells[s.place.cell].Zone, Source: s.source, ReportedAt: s.at.UTC(),
	}
	if s.place.thing != none {
		w.past.Report.Component = h.snap.Component(s.place.thing).Code
	}
	step := func() time.Duration { return time.Duration(dice.between(leastStepS, mostStepS)) * time.Second }
	registered := s.at.Add(step())
	verified := registered
	if s.source == cases.Public {
		verified = verified.Add(time.Duration(dice.between(leastVerifyS, mostVerifyS)) * time.Second)
	}
	opened := verified.Add(step())
	dispatched := opened.Add(step())
	w.used = (dice.between(leastUsed, mostUsed) + dice.between(leastUsed, mostUsed)) / 2 * h.people.pace(s.unit) / 100
	w.used = min(max(w.used, leastInTime), mostInTime)
	if s.late {
		w.used = dice.between(leastLate, mostLate)
	}

	w.past.Reporter = h.people.reporter(dice, s)
	operator := h.people.operator(dice)
	w.add(cases.Register, registered, operator)
	if whole && s.source == cases.Public {
		w.add(cases.Verify, verified, h.people.supervisor(dice, s.place.cell))
	}
	w.add(cases.Open, opened, operator)
	limit := clock.Limit{Count: condition.Limit, Unit: clock.Unit(condition.Unit)}
	extras := extras{}
	if whole && s.chain == nil {
		extras = w.draw()
	}
	w.dispatch(dispatched, limit, &extras)
	w.handle(whole, &extras)
	return w.past
}

// add appends an event, not before the last: where little of a short limit is
// used, a district's passing on takes longer than what follows.
func (w *caseWalk) add(kind cases.EventKind, at time.Time, by cases.Actor) *cases.Event {
	if n := len(w.past.Events); n > 0 && at.Before(w.past.Events[n-1].At) {
		at = w.past.Events[n-1].At
	}
	w.past.Events = append(w.past.Events, cases.Event{At: at.UTC(), Kind: kind, Actor: by})
	return &w.past.Events[len(w.past.Events)-1]
}

// start starts the clock of a limit at an instant and says when it is up.
func (w *caseWalk) start(at time.Time, limit clock.Limit) time.Time {
	w.run = clock.Run{Start: at, Limit: limit}
	var err error
	if w.limit, err = limit.Seconds(); err != nil {
		panic(fmt.Sprintf("demo: limit %v of a table that was read: %v", limit, err))
	}
	return w.due()
}

// due is when the clock that runs is up.
func (w *caseWalk) due() time.Time {
	due, err := w.cal.Due(w.run)
	if err != nil {
		panic(fmt.Sprintf("demo: clock of a case of %s: %v", w.s.at, err))
	}
	return due.At.UTC()
}

// at is when so many percent of the case's own time are used.
func (w *caseWalk) at(percent int64) time.Time { return w.atPermille(w.used * percent / 100) }

func (w *caseWalk) atPermille(permille int64) time.Time {
	unit := clock.UrgentHour
	if w.run.Limit.Unit.Working() {
		unit = clock.WorkHour
	}
	const hour, whole = 3600, 1000
	part := clock.Run{Start: w.run.Start, Limit: clock.Limit{Count: float64(w.limit*permille/whole) / hour, Unit: unit}, Pauses: w.run.Pauses}
	due, err := w.cal.Due(part)
	if err != nil {
		panic(fmt.Sprintf("demo: clock of a case of %s: %v", w.s.at, err))
	}
	return due.At
}

// extras are what happens to some cases besides.
type extras struct {
	wrong                              string // the unit that gave it back
	dispute                            bool
	district                           string // that passed it on
	hold, extend, urge, rework, survey bool
}

// How often what happens, in ten thousandths, and within how far of a zone's
// border a case is given back how often.
const (
	heldOften, extendedOften, urgedOften, reworkedOften = 80, 70, 100, 160
	surveyedOften, publicSurveyedOften                  = 250, 7_000
	disputedOften, districtOften                        = 900, 1_200
	nearBorderM, besideBorderM                          = 15, 40
	nearReturns, besideReturns, otherReturns            = 1_000, 500, 150
)

// draw draws them.
func (w *caseWalk) draw() (x extras) {
	odds := func(often int64) bool { return w.dice.between(1, perMyriad) <= often }
	metres, across := w.border()
	returns := int64(otherReturns)
	switch {
	case across == none:
	case metres < nearBorderM:
		returns = nearReturns
	case metres < besideBorderM:
		returns = besideReturns
	}
	if odds(returns) {
		if wrong := w.wrongUnit(across); wrong != w.s.unit {
			x.wrong, x.dispute = wrong, odds(disputedOften)
		}
	}
	if parent := w.people.parent[w.s.unit]; x.wrong == "" && parent != "" && odds(districtOften) {
		x.district = parent
	}
	surveyed := int64(surveyedOften)
	if w.s.source == cases.Public {
		surveyed = publicSurveyedOften
	}
	x.urge, x.rework, x.survey = odds(urgedOften) || w.s.late && odds(perMyriad/2), odds(reworkedOften), odds(surveyed)
	if !w.s.late {
		x.hold = odds(heldOften)
		x.extend = !x.hold && odds(extendedOften)
	}
	return x
}

// border is how far the border of the zone is and the cell across it, or none
// where the nearest border is that of a cell of the same zone.
func (w *caseWalk) border() (metres float64, across int32) {
	at := w.snap.Locate(w.s.place.at)
	if at.Status != grids.StatusInside {
		return 0, none
	}
	metres, across = w.snap.Border(at)
	if across == none {
		return metres, none
	}
	if zone := w.places.zones[across]; zone == none || zone == at.Zone {
		return metres, none
	}
	return metres, across
}

// wrongUnit is to whom a case goes first that is then given back: the unit
// across the border, else the zone's, else the component's authority.
func (w *caseWalk) wrongUnit(across int32) string {
	wrong := w.s.unit
	if across != none {
		wrong = w.people.unitOfCell(across)
	}
	if wrong == w.s.unit {
		wrong = w.people.unitOfCell(w.s.place.cell)
	}
	if w.s.place.thing != none && wrong == w.s.unit {
		if a := w.snap.Component(w.s.place.thing).Authority; a != "" && w.snap.Unit(a) != nil {
			wrong = a
		}
	}
	return wrong
}

// What is said when a case is put aside, and by a unit that gives one back.
const holdNote = "条件不具备（示例）"

var returnNotes = [...]string{"不属本单位（示例）", "权属不清（示例）"}

// dispatch gives the case to its unit, by way of the wrong one or the district.
// The clock starts with each dispatch of the city's and with a ruling; when a
// district passes the case on, it runs on.
func (w *caseWalk) dispatch(at time.Time, limit clock.Limit, x *extras) {
	command := w.people.dispatcher(w.dice)
	to := func(at time.Time, by cases.Actor, level cases.Level, unit string) {
		e := w.add(cases.Dispatch, at, by)
		e.Level, e.Unit, e.DueAt = level, unit, w.start(at, limit)
	}
	switch {
	case x.wrong != "":
		const least, most, leastAgain, mostAgain = 600, 7_200, 120, 900
		to(at, command, cases.UnitLevel, x.wrong)
		at = at.Add(time.Duration(w.dice.between(least, most)) * time.Second)
		kind := cases.Return
		if x.dispute {
			kind = cases.Dispute
		}
		w.add(kind, at, w.people.handler(w.dice, x.wrong)).Note = pick(w.dice, returnNotes[:])
		at = at.Add(time.Duration(w.dice.between(leastAgain, mostAgain)) * time.Second)
		if x.dispute {
			e := w.add(cases.Rule, at, w.people.arbiter())
			e.Level, e.Unit, e.DueAt = cases.UnitLevel, w.s.unit, w.start(at, limit)
			return
		}
	case x.district != "":
		to(at, command, cases.DistrictLevel, x.district)
		at = at.Add(time.Duration(w.dice.between(leastStepS, mostStepS)) * time.Second)
		e := w.add(cases.Dispatch, at, w.people.districtDispatcher(w.dice, x.district))
		e.Level, e.Unit = cases.UnitLevel, w.s.unit
		return
	}
	to(at, command, cases.UnitLevel, w.s.unit)
}

// handle brings the case from its unit to its closing. The steps come at so many
// percent of the time that it takes.
func (w *caseWalk) handle(whole bool, x *extras) {
	const accepted, held, began, urged, done, again, anew, redone, checked, closed = 5, 30, 40, 60, 85, 88, 90, 94, 96, 100
	if x.extend {
		w.used = w.dice.between(leastExtended, mostExtend)
	}
	unit := w.people.handler(w.dice, w.s.unit)
	w.add(cases.Accept, w.at(accepted), unit)
	if x.hold {
		w.hold(w.at(held))
	}
	if whole {
		w.add(cases.Handle, w.at(began), unit)
	}
	if x.extend {
		// Before the limit is up, and before the work is done.
		const least, most = 700, 990
		e := w.add(cases.Extend, w.atPermille(w.dice.between(max(least, w.used*began/100), min(most, w.used*done/100))), w.people.dispatcher(w.dice))
		w.run.Extensions++
		e.DueAt = w.due()
	} else if x.urge {
		w.add(cases.Urge, w.at(urged), w.people.operator(w.dice))
	}
	w.add(cases.Feedback, w.at(done), unit)
	supervisor := w.people.supervisor(w.dice, w.s.place.cell)
	if x.rework {
		w.add(cases.Rework, w.at(again), supervisor)
		w.add(cases.Handle, w.at(anew), unit)
		w.add(cases.Feedback, w.at(redone), unit)
	}
	w.add(cases.Check, w.at(checked), supervisor)
	e := w.add(cases.Close, w.at(closed), w.people.operator(w.dice))
	if x.survey {
		const day, leastDays, mostDays = 24 * time.Hour, 1, 3
		s := w.add(cases.Survey, e.At.Add(time.Duration(w.dice.between(leastDays, mostDays))*day), w.people.operator(w.dice))
		s.Score = int(max(w.dice.between(1, 5), w.dice.between(2, 5)))
	}
}

// hold stops the clock for some days.
func (w *caseWalk) hold(at time.Time) {
	const day, least, most = 24 * 3600, 1, 10
	w.add(cases.Hold, at, w.people.dispatcher(w.dice)).Note = holdNote
	at = w.past.Events[len(w.past.Events)-1].At
	until := at.Add(time.Duration(w.dice.between(least*day, most*day)) * time.Second)
	w.run.Pauses = []clock.Pause{{From: at, Until: until}}
	e := w.add(cases.Resume, until, w.people.dispatcher(w.dice))
	e.DueAt = w.due()
}
