package dispatch

import (
	"github.com/goccy/go-yaml/ast"

	"github.com/wanmi-gis/wanmi/grids"
)

// Step is one rule of an order: a source that may know the unit.
type Step string

// The steps. The first of an order that knows a unit decides.
const (
	StepRuling     Step = "ruling"     // 裁决: a precedent for the component or the place and class
	StepRecord     Step = "record"     // 确权: an ownership record that holds at the time
	StepOwner      Step = "owner"      // 权属单位 of the component
	StepMaintainer Step = "maintainer" // 养护单位 of the component
	StepAuthority  Step = "authority"  // 主管部门 of the component
	StepArea       Step = "area"       // the ownership area of the class
	StepJoint      Step = "joint"      // 联动: a list of units with a lead
	StepTerritory  Step = "territory"  // 属地: the zone's unit
)

// Rules is a city's rule file.
type Rules struct {
	// Version names the rules in every decision made by them.
	Version string `yaml:"version"`
	// Scheme is the category system of the codes in the file.
	Scheme string `yaml:"scheme"`

	Components KindRule    `yaml:"components"`
	Events     KindRule    `yaml:"events"`
	Classes    []ClassRule `yaml:"classes"`
	// Joint has the lists for joint handling by name.
	Joint map[string]JointList `yaml:"joint"`

	Territory TerritoryRule `yaml:"territory"`
	Default   DefaultRule   `yaml:"default"`

	Thresholds Thresholds  `yaml:"thresholds"`
	Match      MatchRule   `yaml:"match"`
	Calibrated Calibration `yaml:"calibration"`

	file *ast.File // says where in the text a fault is; nil where there is none
}

// KindRule is the order of a kind: 先属主后属地 for components, 先属地后属主 for
// events, in most cities.
type KindRule struct {
	Order []Step `yaml:"order"`
}

// ClassRule overrides the order for some classes.
type ClassRule struct {
	Kind grids.Kind `yaml:"kind"`
	// Category has codes or how they begin; of two rules the longer beginning
	// counts.
	Category []string `yaml:"category"`
	Order    []Step   `yaml:"order"`
	// Joint names the list of the step joint.
	Joint string `yaml:"joint"`
	// AreasOf is the component class whose ownership areas tell for an event
	// class: areas list components.
	AreasOf string `yaml:"areas_of"`
}

// JointList is who handles together, and who leads.
type JointList struct {
	Lead    string   `yaml:"lead"`
	Members []string `yaml:"members"`
}

// TerritoryRule says who answers for a zone.
type TerritoryRule struct {
	// OffDuty is what to do where the zone has nobody on duty: keep (the zone's
	// unit all the same), office (the street's office) or parent (the unit above).
	OffDuty string `yaml:"off_duty"`
}

// What TerritoryRule.OffDuty may be.
const (
	OffDutyKeep   = "keep"
	OffDutyOffice = "office"
	OffDutyParent = "parent"
)

// DefaultRule names who answers where nobody else does: outside all zones.
type DefaultRule struct {
	Unit string `yaml:"unit"`
}

// Thresholds say what a probability is good for.
type Thresholds struct {
	// Automatic is the calibrated confidence from which a case goes out without
	// a person.
	Automatic float64 `yaml:"automatic"`
	// Named is the probability from which an alternative is named.
	Named float64 `yaml:"named"`
}

// MatchRule says how a report finds its component.
type MatchRule struct {
	// ClassM is by accuracy class how far the recorded position may be off: the
	// radius that holds 68 %, as for reports.
	ClassM map[string]float64 `yaml:"class_m"`
	// AccuracyM is that of a report that states none.
	AccuracyM float64 `yaml:"accuracy_m"`
	// WrongCategory is how often a report names another minor of the major.
	WrongCategory float64 `yaml:"wrong_category"`
	// Unrecorded is how many things of a class are not on record, as a part of
	// those that are.
	Unrecorded float64 `yaml:"unrecorded"`
	// IgnoreStates are states of components that no longer stand.
	IgnoreStates []string `yaml:"ignore_states"`
}

// Defaults of a rule file that leaves them out.
const (
	defaultAutomatic     = 0.99
	defaultNamed         = 0.01
	defaultAccuracyM     = 15
	defaultWrongCategory = 0.03
	defaultUnrecorded    = 0.02
)

// defaultClassM are the accuracy classes of the field.
func defaultClassM() map[string]float64 { return map[string]float64{"A": 0.5, "B": 1, "C": 10} }

// fill puts the defaults where the file says nothing.
func (r *Rules) fill() {
	set := func(v *float64, to float64) {
		if *v == 0 {
			*v = to
		}
	}
	set(&r.Thresholds.Automatic, defaultAutomatic)
	set(&r.Thresholds.Named, defaultNamed)
	set(&r.Match.AccuracyM, defaultAccuracyM)
	set(&r.Match.WrongCategory, defaultWrongCategory)
	set(&r.Match.Unrecorded, defaultUnrecorded)
	if r.Match.ClassM == nil {
		r.Match.ClassM = defaultClassM()
	}
	if r.Territory.OffDuty == "" {
		r.Territory.OffDuty = OffDutyKeep
	}
}
