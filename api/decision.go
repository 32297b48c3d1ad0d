package api

import (
	"time"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
)

// Decision says whose a case is and why.
type Decision struct {
	At       time.Time  `json:"at" doc:"What holds then, counts"`
	Kind     grids.Kind `json:"kind" enum:"component,event"`
	Category string     `json:"category"`

	Mode dispatch.Mode `json:"mode" enum:"single,joint,disputed,default" doc:"disputed: what is on record contradicts itself; default: nobody is on record, the territory answers"`
	terms.UnitOf
	Members     []terms.UnitOf  `json:"members,omitempty" doc:"Of joint handling, unit leads; the two of a dispute"`
	Confidence  web.Probability `json:"confidence" doc:"Calibrated by labels where the rules have a calibration"`
	Probability web.Probability `json:"probability" doc:"The model's own"`
	Automatic   bool            `json:"automatic" doc:"The case may go out without a person"`
	Basis       dispatch.Step   `json:"basis" doc:"The rule that decided"`
	Claim       int64           `json:"claim,omitempty" doc:"The number of the ownership record or ruling that decided"`

	Trace        []Tried       `json:"trace" doc:"Every rule tried, in order, with what became of it"`
	Alternatives []Alternative `json:"alternatives" doc:"Other answers and what would make each the right one, the most probable first"`
	Question     *Question     `json:"question" doc:"The one question that separates the two most probable answers; null where none is open"`
	Component    *Matched      `json:"component" doc:"The component that the report is taken to mean; null for none"`
	Nearest      []NearBy      `json:"nearest,omitempty" doc:"As asked for"`

	Deadlines   []CaseDeadline `json:"deadlines,omitzero" doc:"From then, of the condition, or of all the class has where none is named; where the server keeps cases"`
	Duplicates  []CaseMatch    `json:"duplicates,omitzero" doc:"Open cases that this one would repeat; where the server keeps cases"`
	Recurrences []CaseMatch    `json:"recurrences,omitzero" doc:"Closed cases that would have come back; where the server keeps cases"`

	Chain        terms.Answer `json:"chain" doc:"Where the position is, as in /v1/geocode"`
	CityVersion  int64        `json:"city_version"`
	BookVersion  int64        `json:"book_version" doc:"The city's version that brought the newest ownership record or ruling. The same question with the same three versions gets the same answer"`
	RulesVersion string       `json:"rules_version"`
}

// Tried is one rule with what became of it.
type Tried struct {
	Rule    dispatch.Step    `json:"rule"`
	Outcome dispatch.Outcome `json:"outcome"`
	terms.UnitOf
	Subject     string          `json:"subject,omitempty" doc:"The code of the component, area or zone it is about"`
	Claim       int64           `json:"claim,omitempty"`
	Probability web.Probability `json:"probability"`
	DistanceM   web.Metres      `json:"distance_m"`
	Words       terms.Words     `json:"words"`
}

// Alternative is another answer. One of component, category and direction says
// what would make it the right one.
type Alternative struct {
	Mode dispatch.Mode `json:"mode"`
	terms.UnitOf
	Members     []terms.UnitOf     `json:"members,omitempty"`
	Probability web.Probability    `json:"probability"`
	Basis       dispatch.Step      `json:"basis"`
	Component   string             `json:"component,omitempty"`
	Category    string             `json:"category,omitempty"`
	DistanceM   web.Metres         `json:"distance_m"`
	Direction   dispatch.Direction `json:"direction,omitempty" doc:"n, ne, e, se, s, sw, w, nw"`
	Subject     string             `json:"subject,omitempty"`
	Words       terms.Words        `json:"words"`
}

// Question separates the two most probable answers.
type Question struct {
	_ struct{} `nullable:"true"`

	Kind    dispatch.QuestionKind `json:"kind" enum:"marking,category,recorded,side"`
	Street  string                `json:"street,omitempty"`
	Options []Option              `json:"options" doc:"Two"`
	Words   terms.Words           `json:"words"`
}

// Option is an answer to a question, and the unit that follows from it.
type Option struct {
	terms.UnitOf
	Mode      dispatch.Mode      `json:"mode"`
	Component string             `json:"component,omitempty"`
	Category  string             `json:"category,omitempty"`
	Subject   string             `json:"subject,omitempty"`
	Basis     dispatch.Step      `json:"basis"`
	DistanceM web.Metres         `json:"distance_m"`
	Direction dispatch.Direction `json:"direction,omitempty"`
}

// Matched is the component that a report is taken to mean.
type Matched struct {
	_ struct{} `nullable:"true"`

	Code        string          `json:"code"`
	Name        string          `json:"name"`
	DistanceM   web.Metres      `json:"distance_m"`
	Probability web.Probability `json:"probability"`
	Ambiguous   bool            `json:"ambiguous" doc:"Another component, of another unit, is as near as the position can tell"`
	Other       string          `json:"other,omitempty" doc:"Its code"`
}

// NearBy is a resource near by.
type NearBy struct {
	Code string `json:"code"`
	Name string `json:"name"`
	Kind string `json:"kind"`
	terms.UnitOf
	DistanceM web.Metres `json:"distance_m"`
}

// decisionOf puts a decision into words.
func decisionOf(now *deciding, q *dispatch.Report, d *dispatch.Decision) *Decision {
	e := now.engine
	s := e.City()
	out := &Decision{
		At: q.Time.In(s.City.TimeZone), Kind: q.Kind, Category: q.Category,
		Mode: d.Mode, UnitOf: terms.UnitWithName(s, d.Unit), Members: terms.UnitsWithNames(s, d.Members),
		Confidence: web.Probability(d.Confidence), Probability: web.Probability(d.Probability), Automatic: d.Automatic,
		Basis: d.Basis, Claim: d.Claim,
		Trace: make([]Tried, len(d.Trace)), Alternatives: make([]Alternative, len(d.Alternatives)),
		Question: questionOf(e, d.Question), Chain: terms.AnswerOf(s, d.Place, true),
		CityVersion: d.CityVersion, BookVersion: now.book.version, RulesVersion: d.RulesVersion,
	}
	for i, t := range d.Trace {
		out.Trace[i] = Tried{
			t.Rule, t.Outcome, terms.UnitWithName(s, t.Unit), t.Subject, t.Claim, web.Probability(t.Probability), web.Metres(t.DistanceM),
			terms.Words{Chinese: e.Words(t, dispatch.Chinese), English: e.Words(t, dispatch.English)},
		}
	}
	for i := range d.Alternatives {
		a := &d.Alternatives[i]
		out.Alternatives[i] = Alternative{
			a.Mode, terms.UnitWithName(s, a.Unit), terms.UnitsWithNames(s, a.Members), web.Probability(a.Probability), a.Basis, a.Component, a.Category,
			web.Metres(a.DistanceM), a.Direction, a.Subject,
			terms.Words{Chinese: e.Change(a, dispatch.Chinese), English: e.Change(a, dispatch.English)},
		}
	}
	if m := d.Component; m != nil {
		out.Component = &Matched{
			Code: m.Code, Name: s.Component(m.Index).Name, DistanceM: web.Metres(m.DistanceM),
			Probability: web.Probability(m.Probability), Ambiguous: m.Ambiguous, Other: m.Other,
		}
	}
	for _, n := range d.Nearest {
		r := &s.City.Resources[n.Index]
		out.Nearest = append(out.Nearest, NearBy{r.Code, r.Name, r.Kind, terms.UnitWithName(s, r.Unit), web.Metres(n.DistanceM)})
	}
	return out
}

func questionOf(e *dispatch.Engine, q *dispatch.Question) *Question {
	if q == nil {
		return nil
	}
	out := &Question{Kind: q.Kind, Street: q.Street, Words: terms.Words{Chinese: e.Ask(q, dispatch.Chinese), English: e.Ask(q, dispatch.English)}}
	for i := range q.Options {
		o := &q.Options[i]
		out.Options = append(out.Options, Option{
			terms.UnitWithName(e.City(), o.Unit), o.Mode, o.Component, o.Category, o.Subject, o.Basis, web.Metres(o.DistanceM), o.Direction,
		})
	}
	return out
}
