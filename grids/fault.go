package grids

import (
	"fmt"
	"strings"
)

// Severity says whether data with the fault can be used.
type Severity uint8

// Errors stop an import, warnings do not, notes only tell.
const (
	Note Severity = iota + 1
	Warning
	Error
)

// String returns the severity as printed.
func (s Severity) String() string {
	switch s {
	case Note:
		return "note"
	case Warning:
		return "warning"
	}
	return "error"
}

// Fault is something wrong with the data, told so that a person can mend it.
type Fault struct {
	Severity Severity
	// Rule is a stable kebab-case name of what was broken.
	Rule string
	// File, Layer and Feature say where: Feature counts from 1 within the
	// file (line numbers for CSV), 0 when the whole file is meant.
	File    string
	Layer   Layer
	Feature int
	// Code is the feature's code where it is known.
	Code   string
	Reason string
	Hint   string
}

// String is one line: severity, place, reason, hint.
func (f Fault) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s:", f.Severity, f.Rule)
	place := b.Len()
	if f.File != "" {
		fmt.Fprintf(&b, " %s", f.File)
	}
	if f.Layer != "" {
		fmt.Fprintf(&b, " [%s]", f.Layer)
	}
	if f.Feature > 0 {
		fmt.Fprintf(&b, " feature %d", f.Feature)
	}
	if f.Code != "" {
		fmt.Fprintf(&b, " (%s)", f.Code)
	}
	if b.Len() > place {
		b.WriteByte(':')
	}
	fmt.Fprintf(&b, " %s", f.Reason)
	if f.Hint != "" {
		fmt.Fprintf(&b, " — %s", f.Hint)
	}
	return b.String()
}

// maxFaultsPerRule bounds what is kept of one kind of fault; all are counted.
const maxFaultsPerRule = 100

// Report collects faults: the first of each rule whole, all of them counted.
type Report struct {
	Faults []Fault
	counts map[ruleKey]int
	order  []ruleKey
}

type ruleKey struct {
	severity Severity
	rule     string
}

// Add takes one fault.
func (r *Report) Add(f Fault) {
	if r.counts == nil {
		r.counts = map[ruleKey]int{}
	}
	k := ruleKey{f.Severity, f.Rule}
	if r.counts[k] == 0 {
		r.order = append(r.order, k)
	}
	r.counts[k]++
	if r.counts[k] <= maxFaultsPerRule {
		r.Faults = append(r.Faults, f)
	}
}

// Count returns how many faults of the severity were added.
func (r *Report) Count(s Severity) int {
	n := 0
	for k, c := range r.counts {
		if k.severity == s {
			n += c
		}
	}
	return n
}

// Tally is how many faults of one rule and severity were added.
type Tally struct {
	Severity Severity
	Rule     string
	N        int
}

// Tallies returns the count of each rule, in order of appearance.
func (r *Report) Tallies() []Tally {
	out := make([]Tally, len(r.order))
	for i, k := range r.order {
		out[i] = Tally{k.severity, k.rule, r.counts[k]}
	}
	return out
}

// Summary returns one line per rule with its count, in order of appearance.
func (r *Report) Summary() []string {
	out := make([]string, 0, len(r.order))
	for _, k := range r.order {
		out = append(out, fmt.Sprintf("%s %s: %d", k.severity, k.rule, r.counts[k]))
	}
	return out
}
