package cases

import (
	"encoding/json"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

// EventKind is one step of the case's way.
type EventKind string

// The kinds of event (domain.md, "The case's way").
const (
	Report   EventKind = "report"   // 上报
	Register EventKind = "register" // 受理
	Verify   EventKind = "verify"   // 核实: is it real, before opening
	Open     EventKind = "open"     // 立案
	Dispatch EventKind = "dispatch" // 派遣
	Accept   EventKind = "accept"   // 签收
	Handle   EventKind = "handle"   // 处理
	Feedback EventKind = "feedback" // 反馈
	Check    EventKind = "check"    // 核查: is it done, before closing
	Rework   EventKind = "rework"   // 返工
	Return   EventKind = "return"   // 回退
	Dispute  EventKind = "dispute"  // 推诿/申诉
	Rule     EventKind = "rule"     // 裁决
	Hold     EventKind = "hold"     // 挂账
	Resume   EventKind = "resume"   // 恢复
	Extend   EventKind = "extend"   // 延期
	Urge     EventKind = "urge"     // 督办
	Close    EventKind = "close"    // 结案
	Reopen   EventKind = "reopen"   // 重开
	Void     EventKind = "void"     // 作废
	Survey   EventKind = "survey"   // 回访
	// Note adds what is said or measured and changes nothing else: a sensor's
	// further alarms are notes.
	Note EventKind = "note" // 附注
)

// EventKinds lists all kinds in the order of their numbers in files: new ones
// are appended.
func EventKinds() []EventKind { return eventKinds[:] }

var eventKinds = [...]EventKind{
	Report, Register, Verify, Open, Dispatch, Accept, Handle, Feedback, Check, Rework, Return,
	Dispute, Rule, Hold, Resume, Extend, Urge, Close, Reopen, Void, Survey, Note,
}

// State is where a case stands.
type State string

// The states, each reached by its event. New is that of a case before its first
// event.
const (
	New        State = ""
	Reported   State = "reported"
	Registered State = "registered"
	Verified   State = "verified"
	Opened     State = "open"
	Dispatched State = "dispatched"
	Accepted   State = "accepted"
	Handling   State = "handling"
	Done       State = "done"
	Checked    State = "checked"
	Reworking  State = "rework"
	Returned   State = "returned"
	Disputed   State = "disputed"
	Held       State = "held"
	Closed     State = "closed"
	Voided     State = "void"
)

// States lists all states but New in the order of their numbers in files, which
// begin with 1.
func States() []State { return states[:] }

var states = [...]State{
	Reported, Registered, Verified, Opened, Dispatched, Accepted, Handling, Done, Checked, Reworking,
	Returned, Disputed, Held, Closed, Voided,
}

// Over reports whether a case of the state is done with: no clock runs.
func (s State) Over() bool { return s == Closed || s == Voided }

// Role is what somebody does in the city's management.
type Role string

// The roles. On the axis of supervision: supervisor, operator, expert; on that of
// command: dispatcher, arbiter; and who handles.
const (
	Supervisor  Role = "supervisor" // 监督员
	Operator    Role = "operator"   // 受理员, 值班长
	Expert      Role = "expert"     // 专业核查
	Dispatcher  Role = "dispatcher" // 派遣员
	Arbiter     Role = "arbiter"    // 裁决人
	Handler     Role = "handler"    // 处置人员
	PublicRole  Role = "public"     // 市民
	SensorRole  Role = "sensor"     // 物联感知
	SystemActor Role = "system"
)

// Roles lists all roles.
func Roles() []Role {
	return []Role{Supervisor, Operator, Expert, Dispatcher, Arbiter, Handler, PublicRole, SensorRole, SystemActor}
}

// Actor is who does something.
type Actor struct {
	ID   string `json:"id"`
	Role Role   `json:"role"`
	Unit string `json:"unit,omitempty"`
}

// Level is how far down a case was dispatched.
type Level string

// The levels of dispatch. A case that nobody was given lies with the city.
const (
	CityLevel     Level = "city"
	DistrictLevel Level = "district"
	UnitLevel     Level = "unit"
)

// depth orders the levels from the city down; "" is the city.
func (l Level) depth() int {
	switch l {
	case UnitLevel:
		return 2
	case DistrictLevel:
		return 1
	case CityLevel, "":
		return 0
	}
	return -1
}

// Media refers to a picture or film that is kept elsewhere; the hash says which
// one it is.
type Media struct {
	Stage   string    `json:"stage"` // at which step it was taken: a kind of event
	URL     string    `json:"url"`
	SHA256  string    `json:"sha256"` // 64 hex digits
	TakenAt time.Time `json:"taken_at,omitzero"`
}

// Event is one entry of a case's log.
type Event struct {
	// Seq counts the case's events from 1. It is the version of the case that
	// the event made.
	Seq   int       `json:"seq"`
	At    time.Time `json:"at"`
	Kind  EventKind `json:"kind"`
	Actor Actor     `json:"actor"`
	Details
}

// Details is what an event says besides; which of it counts depends on the kind.
type Details struct {
	Note  string  `json:"note,omitempty"`
	Media []Media `json:"media,omitempty"`

	// Unit and Level are whom a dispatch or a ruling names; a ruling always names
	// a unit. Members handle jointly with the unit, which leads.
	Unit    string   `json:"unit,omitempty"`
	Level   Level    `json:"level,omitempty"`
	Members []string `json:"members,omitempty"`
	// Decision is what the dispatch engine said, kept as it was.
	Decision json.RawMessage `json:"decision,omitempty"`
	// DueAt is when the case is due from this event on, by the clock.
	DueAt time.Time `json:"due_at,omitzero"`
	// YellowAt is when 80 % of that time are used up, and Limit what began to
	// run; both are the clock's too.
	YellowAt time.Time   `json:"yellow_at,omitzero"`
	Limit    clock.Limit `json:"limit,omitzero"`
	// Until is when a hold is to end.
	Until time.Time `json:"until,omitzero"`
	// Score is the answer to a survey, 1 to 5.
	Score int `json:"score,omitempty"`
	// Number is the city's own number of the case, given by register.
	Number string `json:"number,omitempty"`
	// Alarm is a sensor's, as it came.
	Alarm json.RawMessage `json:"alarm,omitempty"`
	// Report is what a case begins with.
	Report *Draft `json:"report,omitempty"`
}
