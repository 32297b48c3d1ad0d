package cases

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// What a store's caller branches on. ErrKeyReused, ErrClosed, and those of the
// disk are cityfile's.
var (
	ErrNotAllowed = errors.New("the event is not allowed")
	ErrInvalid    = errors.New("the input is not valid")
	ErrNotFound   = errors.New("there is no such case")
	ErrVersion    = errors.New("the case has another version")
	ErrExternal   = errors.New("the external id is taken")
	ErrNumber     = errors.New("the case number is taken")
	ErrTooMany    = errors.New("the case has too many events")
	ErrKeyReused  = cityfile.ErrKeyReused
)

// Reason says why an event is refused.
type Reason string

// The reasons.
const (
	WrongState       Reason = "state"
	WrongRole        Reason = "role"
	NotYours         Reason = "not-yours"
	NotWithUnit      Reason = "not-with-a-unit"
	HandledIt        Reason = "handled-it"
	UnitHandledIt    Reason = "unit-handled-it"
	ExpertNeeded     Reason = "expert-needed"
	LowestLevel      Reason = "lowest-level"
	HighestLevel     Reason = "highest-level"
	LevelNotLower    Reason = "level-not-lower"
	NoMoreExtensions Reason = "no-more-extensions"
	HoldOver         Reason = "hold-over"
)

var reasonTexts = map[Reason]string{
	WrongState:       "not in this state",
	WrongRole:        "not by this role",
	NotYours:         "the case does not lie with this actor's unit",
	NotWithUnit:      "the case does not lie with a unit",
	HandledIt:        "who handles may not check or close",
	UnitHandledIt:    "the unit that handles may not check or close",
	ExpertNeeded:     "the class asks for an expert's check",
	LowestLevel:      "the case lies with a unit already",
	HighestLevel:     "the case lies with the city already",
	LevelNotLower:    "dispatch goes from a level to a lower one",
	NoMoreExtensions: "the time was lengthened twice",
	HoldOver:         "the hold would be over before it begins",
}

// Refusal is an event that may not be, and what may instead.
type Refusal struct {
	Event   EventKind
	State   State
	Role    Role
	Reason  Reason
	Allowed []EventKind // that the actor may do now
}

func (m *Machine) refuse(c *Case, e *Event, why Reason) *Refusal {
	return &Refusal{e.Kind, c.State, e.Actor.Role, why, m.Allowed(c, e.Actor)}
}

func (r *Refusal) Error() string {
	allowed := "nothing"
	if len(r.Allowed) > 0 {
		words := make([]string, len(r.Allowed))
		for i, k := range r.Allowed {
			words[i] = string(k)
		}
		allowed = strings.Join(words, ", ")
	}
	state := string(r.State)
	if r.State == New {
		state = "not reported"
	}
	return fmt.Sprintf("%s of a case that is %s, by a %s: %s; allowed now: %s", r.Event, state, r.Role, reasonTexts[r.Reason], allowed)
}

// Is makes errors.Is(err, ErrNotAllowed) true.
func (r *Refusal) Is(target error) bool { return target == ErrNotAllowed }

// Invalid is input that is wrong in itself, whatever the case's state.
type Invalid struct {
	Field  string // as the API names it
	Value  string // shortened
	Reason string
	// Unknown marks a code that the city does not have.
	Unknown bool
}

func invalid(field, value, reason string) *Invalid {
	return &Invalid{Field: field, Value: shortened(value), Reason: reason}
}

func unknown(field, value, reason string) *Invalid {
	return &Invalid{Field: field, Value: shortened(value), Reason: reason, Unknown: true}
}

func (i *Invalid) Error() string { return fmt.Sprintf("%s %q: %s", i.Field, i.Value, i.Reason) }

// Is makes errors.Is(err, ErrInvalid) true.
func (i *Invalid) Is(target error) bool { return target == ErrInvalid }

// shortened keeps a value small enough for a message.
func shortened(s string) string {
	const most = 80
	if len(s) <= most {
		return strings.ToValidUTF8(s, "�")
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// VersionMismatch is an event that was meant for another version.
type VersionMismatch struct{ Wanted, Have int }

func (v *VersionMismatch) Error() string {
	return fmt.Sprintf("the event is for version %d, the case has %d", v.Wanted, v.Have)
}

// Is makes errors.Is(err, ErrVersion) true.
func (v *VersionMismatch) Is(target error) bool { return target == ErrVersion }

// ExternalTaken is a report whose external id is that of a case.
type ExternalTaken struct{ ID ID }

func (x *ExternalTaken) Error() string {
	return "the external id is that of case " + x.ID.String()
}

// Is makes errors.Is(err, ErrExternal) true.
func (x *ExternalTaken) Is(target error) bool { return target == ErrExternal }
