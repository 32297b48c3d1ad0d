package dispatch

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
)

// Language of the words: Chinese or English.
type Language string

// The languages.
const (
	Chinese Language = "zh"
	English Language = "en"
)

// stepWords name the steps.
func stepWords(s Step, l Language) string {
	words := map[Step][2]string{
		StepRuling: {"裁决", "ruling"}, StepRecord: {"确权", "ownership record"}, StepOwner: {"权属单位", "owner"},
		StepMaintainer: {"养护单位", "maintainer"}, StepAuthority: {"主管部门", "authority"}, StepArea: {"权属区域", "ownership area"},
		StepJoint: {"联动", "joint handling"}, StepTerritory: {"属地", "territory"}, StepMatch: {"部件匹配", "match"}, StepDefault: {"兜底", "default"},
	}
	return pick(words[s], l)
}

func pick(w [2]string, l Language) string {
	if l == Chinese {
		return w[0]
	}
	return w[1]
}

// outcomeWords say what became of a step. {unit}, {subject}, {p}, {m} and {no}
// stand for what the step found.
func outcomeWords(o Outcome) [2]string {
	return map[Outcome][2]string{
		Decides:      {"{subject}由{unit}负责{no}", "{subject} is answered for by {unit}{no}"},
		Shares:       {"{p} 的可能在{subject}，由{unit}负责{no}", "{p} lies in {subject}, {unit}{no}"},
		Nobody:       {"没有记录", "nothing on record"},
		Expired:      {"{unit}的记录已过期{no}", "the record of {unit} has expired{no}"},
		Contradicted: {"记录为{unit}，但已被退回", "{unit} on record, but it gave a case back"},
		Overlaps:     {"{subject}与另一权属区域重叠，{unit}等单位有争议", "{subject} overlaps another area, {unit} is disputed"},
		OffDuty:      {"{subject}无人在岗", "{subject} has nobody on duty"},
		OutsideAll:   {"不在任何责任网格内", "in no zone"},
		Matched:      {"{p} 的可能是 {m} 外的 {subject}", "{p} means {subject}, {m} away"},
		Doubtful:     {"所报部件 {subject} 在 {m} 之外，请核对", "the named component {subject} is {m} away: look again"},
		Spread:       {"{p} 的可能是所报小类", "{p} is of the class as reported"},
	}[o]
}

// Words says a tried step in a language, for people.
func (e *Engine) Words(t Tried, l Language) string {
	text := pick(outcomeWords(t.Outcome), l)
	if t.Rule == StepMatch && t.Outcome == Nobody {
		text = pick([2]string{"{p} 的可能不在册", "{p} is not on record"}, l)
	}
	no := ""
	if t.Claim != 0 {
		no = pick([2]string{fmt.Sprintf("（第%d号）", t.Claim), fmt.Sprintf(" (number %d)", t.Claim)}, l)
	}
	subject := e.named(t.Rule, t.Subject)
	if subject == "" {
		subject = pick([2]string{"此处", "this place"}, l)
	}
	text = strings.NewReplacer("{unit}", e.unitName(t.Unit), "{subject}", subject, "{no}", no,
		"{p}", percent(t.Probability), "{m}", metres(t.DistanceM, l)).Replace(text)
	return stepWords(t.Rule, l) + pick([2]string{"：", ": "}, l) + text
}

// Ask says a question.
func (e *Engine) Ask(q *Question, l Language) string {
	a, b := &q.Options[0], &q.Options[1]
	ua, ub := e.unitName(a.Unit), e.unitName(b.Unit)
	switch q.Kind {
	case AskMarking:
		return fmt.Sprintf(pick([2]string{
			"设施上的标识是“%s”（%s %s）还是“%s”（%s %s）？", "Is it marked %q (%s %s) or %q (%s %s)?",
		}, l), ua, windWords(a.Direction, l), metres(a.DistanceM, l), ub, windWords(b.Direction, l), metres(b.DistanceM, l))
	case AskCategory:
		return fmt.Sprintf(pick([2]string{"是%s（%s）还是%s（%s）？", "Is it %s (%s) or %s (%s)?"}, l),
			e.className(a), ua, e.className(b), ub)
	case AskRecorded:
		on, onUnit, offUnit := a, ua, ub
		if on.Component == "" {
			on, onUnit, offUnit = b, ub, ua
		}
		return fmt.Sprintf(pick([2]string{
			"是在册的 %s（%s %s，%s）吗？若不是则由%s负责", "Is it %s on record (%s %s, %s)? If not, %s answers",
		}, l), on.Component, windWords(on.Direction, l), metres(on.DistanceM, l), onUnit, offUnit)
	}
	border := q.Street
	if border == "" {
		border = pick([2]string{"边界", "the border"}, l)
	}
	return fmt.Sprintf(pick([2]string{
		"在%s的哪一侧：%s%s（%s）还是%s%s（%s）？", "Which side of %s: %s%s (%s) or %s%s (%s)?",
	}, l), border, side(a.Direction, l), e.named(a.Basis, a.Subject), ua, side(b.Direction, l), e.named(b.Basis, b.Subject), ub)
}

// side says on which side, or nothing where that is not known.
func side(d Direction, l Language) string {
	if d == "" {
		return ""
	}
	return fmt.Sprintf(pick([2]string{"%s侧的", "%s, "}, l), windWords(d, l))
}

func (e *Engine) className(o *Option) string {
	for _, kind := range [...]grids.Kind{grids.ComponentKind, grids.EventKind} {
		if k := e.classes[classKey{kind, o.Category}]; k != nil && (kind == grids.ComponentKind) == (o.Component != "") {
			return k.name
		}
	}
	return o.Category
}

// Change says what would make an alternative the right one.
func (e *Engine) Change(a *Alternative, l Language) string {
	unit := e.unitName(a.Unit)
	switch {
	case a.Component != "":
		return fmt.Sprintf(pick([2]string{"若是%s %s 外的 %s，则由%s负责", "were it %[3]s, %[2]s to the %[1]s, %[4]s would answer"}, l),
			windWords(a.Direction, l), metres(a.DistanceM, l), a.Component, unit)
	case a.Category != "":
		return fmt.Sprintf(pick([2]string{"若小类是 %s，则由%s负责", "were its class %s, %s would answer"}, l), a.Category, unit)
	case a.Direction != "":
		return fmt.Sprintf(pick([2]string{"向%s %s 即由%s负责", "%[2]s %[1]s %[3]s answers"}, l), windWords(a.Direction, l), metres(a.DistanceM, l), unit)
	}
	return fmt.Sprintf(pick([2]string{"也可能由%s负责", "%s may answer too"}, l), unit)
}

func windWords(d Direction, l Language) string {
	return pick(map[Direction][2]string{
		"n": {"北", "north"}, "ne": {"东北", "north-east"}, "e": {"东", "east"}, "se": {"东南", "south-east"},
		"s": {"南", "south"}, "sw": {"西南", "south-west"}, "w": {"西", "west"}, "nw": {"西北", "north-west"},
	}[d], l)
}

// named is the name of an area or zone with its code, or the code alone.
func (e *Engine) named(s Step, code string) string {
	layer := grids.Zones
	switch s {
	case StepArea:
		layer = grids.OwnershipAreas
	case StepTerritory:
	default:
		return code
	}
	i := e.city.Find(layer, code)
	if i < 0 {
		return code
	}
	return strings.TrimSpace(e.city.Feature(layer, i).Name)
}

func (e *Engine) unitName(code string) string {
	if u := e.city.Unit(code); u != nil && u.Name != "" {
		return u.Name
	}
	return code
}

func percent(p float64) string { return strconv.FormatFloat(100*p, 'f', 1, 64) + " %" }

func metres(m float64, l Language) string {
	return strconv.FormatFloat(m, 'f', 1, 64) + pick([2]string{" 米", " m"}, l)
}
