package cases

import (
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

// Class names a minor category: its code counts only together with its kind.
type Class struct {
	Kind grids.Kind
	Code string
}

// Clock says by when a case must be done. It is asked for events that start,
// stop or lengthen the time: dispatch, rule, resume and extend. Before is the
// case before the event. Its answer is kept in the event, so a changed table
// touches only what is dispatched afterwards.
type Clock interface {
	Due(before *Case, e *Event) (Deadline, error)
}

// Deadline is what a clock says. The zero value means that the class has no
// limit, or that the time runs on as it did.
type Deadline struct {
	// YellowAt is when 80 % of the time are used up; zero where that is not
	// known.
	YellowAt, DueAt time.Time
	// Limit is what begins to run with the event; zero where nothing begins.
	Limit clock.Limit
}

// Machine says who may do what when. The zero value has the usual rights, no
// clock and no class that asks for an expert.
type Machine struct {
	// Rights lists the roles for each kind of event; nil is DefaultRights.
	Rights map[EventKind][]Role
	// Expert lists the classes that only an expert may check (专业核查).
	Expert map[Class]bool
	// Centre is the unit of the city's command centre. Where it is set, only
	// dispatchers of that unit act for the city's level.
	Centre string
	Clock  Clock
}

// maxExtensions is how often the time of a case may be lengthened (domain.md,
// Clocks).
const maxExtensions = 2

// DefaultRights returns who may do what where the city says nothing else.
func DefaultRights() map[EventKind][]Role {
	return map[EventKind][]Role{
		Report:   {Supervisor, Operator, PublicRole, SensorRole, SystemActor},
		Register: {Operator, SystemActor},
		Verify:   {Supervisor, Expert},
		Open:     {Operator, SystemActor},
		Dispatch: {Dispatcher, SystemActor},
		Accept:   {Handler},
		Handle:   {Handler},
		Feedback: {Handler},
		Check:    {Supervisor, Expert},
		Rework:   {Supervisor, Operator, Expert},
		Return:   {Handler, Dispatcher},
		Dispute:  {Handler, Dispatcher},
		Rule:     {Arbiter},
		Hold:     {Dispatcher, Arbiter},
		Resume:   {Dispatcher, Arbiter, SystemActor},
		Extend:   {Dispatcher, Arbiter},
		Urge:     {Operator, Dispatcher, Arbiter, SystemActor},
		Close:    {Operator},
		Reopen:   {Operator, Arbiter},
		Void:     {Operator, Arbiter},
		Survey:   {Operator, PublicRole, SystemActor},
		Note:     Roles(),
	}
}

var defaultRights = DefaultRights()

// live are the states of a case that is not over.
var live = []State{
	Reported, Registered, Verified, Opened, Dispatched, Accepted, Handling, Done, Checked, Reworking, Returned, Disputed, Held,
}

// from lists the states in which an event may happen.
var from = map[EventKind][]State{
	Report:   {New},
	Register: {Reported},
	Verify:   {Registered},
	Open:     {Registered, Verified},
	Dispatch: {Opened, Returned, Dispatched}, // from dispatched: on to a lower level
	Accept:   {Dispatched},
	Handle:   {Accepted, Reworking},
	Feedback: {Accepted, Handling},
	Check:    {Done},
	Rework:   {Done, Checked},
	Return:   {Dispatched, Accepted, Handling, Returned}, // from returned: from the district on to the city
	Dispute:  {Opened, Dispatched, Accepted, Handling, Returned},
	Rule:     {Disputed},
	Hold:     {Opened, Dispatched, Accepted, Handling, Reworking, Returned, Disputed},
	Resume:   {Held},
	Extend:   {Dispatched, Accepted, Handling, Reworking},
	Urge:     live,
	Note:     live,
	Close:    {Checked},
	Reopen:   {Closed},
	Void:     {Reported, Registered, Verified, Opened, Returned, Disputed},
	Survey:   {Closed},
}

// to is the state that an event leads to; resume is not here, and events that
// change no state are not.
var to = map[EventKind]State{
	Report: Reported, Register: Registered, Verify: Verified, Open: Opened, Dispatch: Dispatched, Accept: Accepted,
	Handle: Handling, Feedback: Done, Check: Checked, Rework: Reworking, Return: Returned, Dispute: Disputed,
	Rule: Dispatched, Hold: Held, Close: Closed, Reopen: Opened, Void: Voided,
}

// Next returns the case as it stands after the event, which gets its Seq and,
// where a clock says so, its DueAt. The case given is not changed. What may not
// be is a *[Refusal], what is wrong in itself an *[Invalid].
func (m *Machine) Next(c *Case, e *Event) (*Case, error) {
	if err := e.validate(); err != nil {
		return nil, err
	}
	if why := m.may(c, e.Kind, e.Actor); why != "" {
		return nil, m.refuse(c, e, why)
	}
	if why := suits(c, e); why != "" {
		return nil, m.refuse(c, e, why)
	}
	e.Seq = c.Version + 1
	if e.At.Before(c.LastAt) { // of a clock that was set back
		e.At = c.LastAt
	}
	switch e.Kind {
	case Dispatch, Rule, Resume, Extend:
		if m.Clock == nil {
			break
		}
		d, err := m.Clock.Due(c, e)
		if err != nil {
			return nil, err
		}
		e.DueAt, e.YellowAt, e.Limit = whole(d.DueAt), whole(d.YellowAt), d.Limit
	}
	next := c.clone()
	next.apply(e)
	return next, nil
}

// Allowed lists the events that the actor may do with the case now, in the order
// of [EventKinds].
func (m *Machine) Allowed(c *Case, a Actor) []EventKind {
	var out []EventKind
	for _, k := range eventKinds {
		if m.may(c, k, a) == "" {
			out = append(out, k)
		}
	}
	return out
}

// May reports whether the actor may do such an event with the case now.
func (m *Machine) May(c *Case, k EventKind, a Actor) bool { return m.may(c, k, a) == "" }

// HasRight reports whether a role may do such an event at all.
func (m *Machine) HasRight(k EventKind, r Role) bool { return slices.Contains(m.rights()[k], r) }

func (m *Machine) rights() map[EventKind][]Role {
	if m.Rights == nil {
		return defaultRights
	}
	return m.Rights
}

// may says why the actor may not do such an event now, or "".
func (m *Machine) may(c *Case, k EventKind, a Actor) Reason {
	switch {
	case !slices.Contains(from[k], c.State):
		return WrongState
	case !m.HasRight(k, a.Role):
		return WrongRole
	}
	switch k {
	case Accept, Handle, Feedback:
		return holds(c, a, UnitLevel)
	case Return, Dispute:
		return m.mayGiveBack(c, k, a)
	case Dispatch:
		if c.Level == UnitLevel {
			return LowestLevel
		}
		return m.mayDispatch(c, a)
	case Check:
		if m.Expert[Class{c.Kind, c.Category}] && a.Role != Expert {
			return ExpertNeeded
		}
		return apart(c, a)
	case Close, Rework:
		return apart(c, a)
	case Hold, Resume:
		return m.commands(a)
	case Extend:
		if c.Extensions >= maxExtensions {
			return NoMoreExtensions
		}
		return m.commands(a)
	}
	return ""
}

// mayGiveBack is for return and dispute: by the unit that has the case, by the
// district that has it, and a dispute also by the city when it cannot decide.
func (m *Machine) mayGiveBack(c *Case, k EventKind, a Actor) Reason {
	switch {
	case a.Role == Handler && (c.State == Opened || c.State == Returned):
		return NotYours
	case a.Role == Handler:
		return holds(c, a, UnitLevel)
	case c.Level == DistrictLevel:
		return holds(c, a, DistrictLevel)
	case c.Level == UnitLevel:
		return NotYours
	case k == Return:
		return HighestLevel
	}
	return m.commands(a)
}

// mayDispatch is by the level where the case lies.
func (m *Machine) mayDispatch(c *Case, a Actor) Reason {
	if c.Level == DistrictLevel && a.Role == Dispatcher {
		return holds(c, a, DistrictLevel)
	}
	return m.commands(a)
}

// commands refuses a dispatcher who is not the city's.
func (m *Machine) commands(a Actor) Reason {
	if a.Role == Dispatcher && m.Centre != "" && a.Unit != m.Centre {
		return NotYours
	}
	return ""
}

// holds asks that the case lies with the actor's unit.
func holds(c *Case, a Actor, l Level) Reason {
	switch {
	case c.Level != l && l == UnitLevel:
		return NotWithUnit
	case c.Level != l || c.Unit == "" || a.Unit != c.Unit:
		return NotYours
	}
	return ""
}

// apart keeps the axes apart: who handled the case, or is of a unit that did, may
// neither check nor close it.
func apart(c *Case, a Actor) Reason {
	for _, h := range c.Handled {
		if h.ID == a.ID {
			return HandledIt
		}
		if h.Unit != "" && h.Unit == a.Unit {
			return UnitHandledIt
		}
	}
	return ""
}

// suits says why what the event names does not suit the case, or "".
func suits(c *Case, e *Event) Reason {
	switch e.Kind {
	case Dispatch:
		if e.Level.depth() <= c.Level.depth() {
			return LevelNotLower
		}
	case Hold:
		if !e.Until.IsZero() && !e.Until.After(e.At) {
			return HoldOver
		}
	}
	return ""
}
