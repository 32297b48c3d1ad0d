package dispatch

import (
	"errors"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Report is what is known of a case when it is to be dispatched.
type Report struct {
	At spatial.Coord
	// AccuracyM is the radius that holds 68 % of the positions, as for
	// grids.Snapshot.Candidates; 0 is the rules' own.
	AccuracyM float64
	Kind      grids.Kind
	// Category is a minor code of the city's scheme.
	Category  string
	Condition string
	// Component is the code of the component, where the reporter has read or
	// picked it.
	Component string
	// Time is when it was reported: what holds then, counts.
	Time time.Time
	// Nearest asks for resources near by.
	Nearest []Wanted
}

// Wanted asks for the nearest resources of a kind; "" is any.
type Wanted struct {
	Kind string
	K    int
}

// Why a report cannot be decided.
var (
	ErrCategory  = errors.New("no such category")
	ErrComponent = errors.New("no such component")
	ErrReport    = errors.New("not a report")
)

// Mode is how a case is handled.
type Mode string

// The modes. Default is the territory, or the city's default unit, where nobody
// else is on record (属地兜底). Disputed is where what is on record contradicts
// itself: only a person, or a ruling, can decide.
const (
	Single   Mode = "single"
	Joint    Mode = "joint"
	Disputed Mode = "disputed"
	Default  Mode = "default"
)

// Decision says whose a case is.
type Decision struct {
	Verdict
	// Members are the units of a joint list, or the two of a dispute.
	Members []string
	// Probability is the model's own, before calibration.
	Probability float64

	Trace        []Tried
	Alternatives []Alternative
	// Question is the one that separates the two most probable answers, or nil.
	Question *Question
	// Component is what was matched, or nil.
	Component *Match
	Place     grids.Place
	Nearest   []grids.Neighbour

	CityVersion  int64
	RulesVersion string
}

// Match is the component that a report is taken to mean.
type Match struct {
	Index       int32
	Code        string
	DistanceM   float64
	Probability float64
	// Ambiguous is whether another component, of another unit, is so near that
	// the position does not tell them apart; Other is its code.
	Ambiguous bool
	Other     string
}

// Outcome is what became of a step.
type Outcome string

// The outcomes.
const (
	Decides      Outcome = "decides"      // knows the unit
	Shares       Outcome = "shares"       // knows it for a part of the probability
	Nobody       Outcome = "nobody"       // has nothing here
	Expired      Outcome = "expired"      // had something that no longer holds
	Contradicted Outcome = "contradicted" // a later return says no
	Overlaps     Outcome = "overlaps"     // two areas of the class with different units
	OffDuty      Outcome = "off-duty"     // the zone has nobody on duty
	OutsideAll   Outcome = "outside"      // no zone holds the position
	Matched      Outcome = "matched"      // a component that the report may mean
	Doubtful     Outcome = "doubtful"     // what was named lies too far away
	Spread       Outcome = "spread"       // the classes that may be meant
)

// StepMatch and StepDefault stand in traces beside the steps of orders.
const (
	StepMatch   Step = "match"
	StepDefault Step = "default"
)

// Tried is one rule with what became of it. [Engine.Words] says it in words.
type Tried struct {
	Rule    Step
	Outcome Outcome
	Unit    string
	// Subject is the code of the component, area or zone it is about; Claim the
	// number of the record or ruling.
	Subject     string
	Claim       int64
	Probability float64
	DistanceM   float64
}

// Alternative is another answer, and what would make it the right one.
type Alternative struct {
	Mode        Mode
	Unit        string
	Members     []string
	Probability float64
	Basis       Step
	// One of these is what would change the answer: another component, another
	// class, or a step of DistanceM metres to the Direction (n, ne, e …).
	Component string
	Category  string
	DistanceM float64
	Direction Direction
	// Subject is the area, zone or claim on that side.
	Subject string
}

// Direction is one of the eight winds, or "".
type Direction string

// QuestionKind is what a question asks about.
type QuestionKind string

// The kinds of question.
const (
	AskMarking  QuestionKind = "marking"  // what is written on it, of two of a class
	AskCategory QuestionKind = "category" // which class it is
	AskRecorded QuestionKind = "recorded" // whether it is the component on record
	AskSide     QuestionKind = "side"     // on which side of a border it is
)

// Question separates the two most probable answers.
type Question struct {
	Kind QuestionKind
	// Street is the name of the road near by, for AskSide.
	Street  string
	Options [2]Option
}

// Option is one answer to a question, and the unit that follows from it.
type Option struct {
	Unit      string
	Mode      Mode
	Component string
	Category  string
	Subject   string // area, zone or claim
	Basis     Step
	DistanceM float64
	Direction Direction
}
