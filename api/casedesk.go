package api

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// CaseStore is what a desk keeps its cases in.
type CaseStore interface {
	cases.Store
	cases.Neighbours
}

// DeskOptions of NewDesk.
type DeskOptions struct {
	// Store keeps the cases, by the same Machine.
	Store   CaseStore
	Machine cases.Machine
	// Clock is also the Machine's, unless that has another.
	Clock *CaseClock
	// Intake says what is the same thing reported again.
	Intake cases.IntakeRules
	// Auto sends a case out without a person where the rules are sure enough.
	Auto bool
	// Now is time.Now unless set.
	Now func() time.Time
}

// Desk takes cases in and brings them on their way:
//
//	report ──▶ place ──▶ decision ──▶ duplicates ──▶ one durable write of
//	           report, register*, open*, dispatch*   (* where nobody need be asked)
type Desk struct {
	store   CaseStore
	machine *cases.Machine
	clock   *CaseClock
	intake  cases.IntakeRules
	auto    bool
	now     func() time.Time
	// alarms has those of one device or component wait for each other, so that
	// two at once make one case.
	alarms [64]sync.Mutex
	seed   maphash.Seed
}

// NewDesk returns a desk; nothing of it runs by itself.
func NewDesk(o DeskOptions) *Desk {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Machine.Clock == nil && o.Clock != nil {
		o.Machine.Clock = o.Clock
	}
	return &Desk{
		store: o.Store, machine: &o.Machine, clock: o.Clock, intake: o.Intake, auto: o.Auto, now: o.Now, seed: maphash.MakeSeed(),
	}
}

// waiting takes the lock of a device or component; who calls lets it go.
func (d *Desk) waiting(key string) *sync.Mutex {
	m := &d.alarms[maphash.String(d.seed, key)%uint64(len(d.alarms))]
	m.Lock()
	return m
}

// automaton is who does what nobody need be asked for.
var automaton = cases.Actor{ID: "wanmi", Role: cases.SystemActor}

// takesCases returns the desk.
func (s *server) takesCases() (*Desk, error) {
	if s.desk == nil {
		return nil, web.Refuse("cases", "", "this server takes no cases", web.ErrReadOnly)
	}
	return s.desk, nil
}

// adminRole is the role of a token that may do what every role may.
const adminRole = "admin"

// actsAs lists as whom a token may act with a case: as itself, or, of an admin,
// in every role, for its own unit, the one that has the case and the centre. An
// admin's acts carry the role in the actor's id, so that the log tells them apart
// and the axes stay apart: who handles and who checks are two.
func (d *Desk) actsAs(a cityfile.Actor, c *cases.Case) []cases.Actor {
	if a.Role != adminRole {
		return []cases.Actor{{ID: a.ID, Role: cases.Role(a.Role), Unit: a.Unit}}
	}
	units := []string{a.Unit}
	for _, u := range []string{c.Unit, d.machine.Centre} {
		if u != "" && u != a.Unit {
			units = append(units, u)
		}
	}
	var out []cases.Actor
	for _, r := range cases.Roles() {
		for _, u := range units {
			if u != a.Unit && r != cases.Handler && r != cases.Dispatcher {
				continue // they act for nobody
			}
			out = append(out, cases.Actor{ID: a.ID + "/" + string(r), Role: r, Unit: u})
		}
	}
	return out
}

// actorFor is as whom a token does an event of a kind: the first that may, and
// where none may the first whose role has the right.
func (d *Desk) actorFor(a cityfile.Actor, c *cases.Case, k cases.EventKind) cases.Actor {
	all := d.actsAs(a, c)
	for _, as := range all {
		if d.machine.May(c, k, as) {
			return as
		}
	}
	for _, as := range all {
		if d.machine.HasRight(k, as.Role) {
			return as
		}
	}
	return all[0]
}

// allowed lists the events that a token may do with a case now.
func (d *Desk) allowed(a cityfile.Actor, c *cases.Case) []cases.EventKind {
	out := []cases.EventKind{}
	all := d.actsAs(a, c)
	for _, k := range cases.EventKinds() {
		for _, as := range all {
			if d.machine.May(c, k, as) {
				out = append(out, k)
				break
			}
		}
	}
	return out
}

// reader is who reads, where a token was sent; nil where none was.
func (s *server) reader(c echo.Context) (*cityfile.Actor, error) {
	if c.Request().Header.Get("Authorization") == "" {
		return nil, nil
	}
	a, err := s.actor(c)
	return &a, err
}
