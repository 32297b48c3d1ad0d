package check

import (
	"cmp"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Rule is one thing a city must obey.
type Rule struct {
	ID             string // stable kebab-case, e.g. "cell-gap"
	Severity       grids.Severity
	Clause         string // standard and clause where known, else ""
	Title, TitleZH string // a few words
	Hint, HintZH   string // what to do
	Fixable        bool   // it can be mended without knowing the place
}

// Ref names a feature.
type Ref struct {
	Layer grids.Layer
	Code  string
	FID   int64
}

// Finding is one fault found, at its place.
type Finding struct {
	Rule     string // Rule.ID
	Severity grids.Severity
	At       spatial.Coord // the place to look at; meaningful when Placed
	Placed   bool
	Shape    *spatial.Shape // the gap, the overlap, the edge …; nil for a point or none
	Features []Ref
	Measured float64 // in Unit; meaningful when Unit != ""
	Unit     string  // m, m2, count, percent
	Reason   string  // one sentence, English
	ReasonZH string  // the same in Chinese
}

// Result of one check.
type Result struct {
	City     grids.Profile
	Layers   map[grids.Layer]int // rows checked
	Findings []Finding           // ordered by rule, then place and code
	Counts   map[string]int      // all of them, by rule
	Took     time.Duration
}

// MaxFindings is how many findings of one rule are kept; all are counted.
const MaxFindings = 10_000

// Count returns how many findings of the severity there are, kept or not.
func (r *Result) Count(s grids.Severity) int {
	n := 0
	for _, rule := range Rules() {
		if rule.Severity == s {
			n += r.Counts[rule.ID]
		}
	}
	return n
}

// sink takes the findings of one family of rules. A rule belongs to one family
// and a family runs in one goroutine, so that what is kept does not depend on
// chance.
type sink struct {
	kept   []Finding
	counts map[string]int
}

func newSink() *sink { return &sink{counts: map[string]int{}} }

// add counts f and keeps it while there is room.
func (s *sink) add(f Finding) {
	f.Severity = ruleOf(f.Rule).Severity
	s.counts[f.Rule]++
	if s.counts[f.Rule] <= MaxFindings {
		s.kept = append(s.kept, f)
	}
}

// order sorts findings by rule in the order of the report, then place and code.
func order(all []Finding) {
	rank := map[string]int{}
	for i, r := range Rules() {
		rank[r.ID] = i
	}
	code := func(f *Finding) string {
		if len(f.Features) == 0 {
			return ""
		}
		return f.Features[0].Code
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(rank[a.Rule], rank[b.Rule]),
			cmp.Compare(b.At.Y, a.At.Y), cmp.Compare(a.At.X, b.At.X), // as one reads: from the north, then from the west
			cmp.Compare(code(&a), code(&b)), cmp.Compare(a.Reason, b.Reason),
		)
	})
}
