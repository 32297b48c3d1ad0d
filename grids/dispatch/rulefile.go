package dispatch

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/wanmi-gis/wanmi/grids"
)

// ErrRules marks a rule file that cannot be followed.
var ErrRules = errors.New("rule file")

// RuleFaults is all that is wrong with a rule file; errors.Is says ErrRules of it.
type RuleFaults []RuleFault

// RuleFault is one thing that is wrong with a rule file, and where in its text, from
// 1; 0 where that is not known.
type RuleFault struct {
	Line, Column int
	Text         string
}

func (f RuleFaults) Error() string {
	lines := make([]string, len(f))
	for i, x := range f {
		lines[i] = fmt.Sprintf("%v: %v", ErrRules, x)
	}
	return strings.Join(lines, "\n")
}

// Is makes errors.Is(err, ErrRules) true.
func (f RuleFaults) Is(target error) bool { return target == ErrRules }

func (f RuleFault) String() string {
	if f.Line == 0 {
		return f.Text
	}
	return fmt.Sprintf("line %d, column %d: %s", f.Line, f.Column, f.Text)
}

func faultAt(t *token.Token, text string) RuleFaults {
	f := RuleFault{Text: text}
	if t != nil && t.Position != nil {
		f.Line, f.Column = t.Position.Line, t.Position.Column
	}
	return RuleFaults{f}
}

// MaxRulesBytes is how long a rule file may be.
const MaxRulesBytes = 1 << 20

// What a rule file may have at most: the largest city's table of classes has
// 190 rows.
const (
	maxClassRules = 5_000
	maxMembers    = 100
)

// ReadRules reads a rule file and checks what can be checked without a city.
// Every fault is named with its line and column, all at once.
func ReadRules(text []byte) (*Rules, error) {
	if len(text) > MaxRulesBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", ErrRules, len(text), MaxRulesBytes)
	}
	if strings.TrimSpace(string(text)) == "" {
		return nil, fmt.Errorf("%w: it is empty", ErrRules)
	}
	for _, t := range lexer.Tokenize(string(text)) {
		switch t.Type {
		case token.AliasType: // a dozen of them make a billion items
			return nil, faultAt(t, "aliases (*name) are not read; write the part out")
		case token.TagType: // go-yaml 1.19.2 panics on a list's tag with no list
			return nil, faultAt(t, "tags (!name) are not read")
		}
	}
	r, err := decode(text)
	if err != nil {
		return nil, err
	}
	c := checker{r: r}
	c.all()
	if len(c.faults) > 0 {
		return nil, c.err()
	}
	r.fill()
	return r, nil
}

// decode reads the YAML. The library panics on some texts that are none: that is
// the text's fault, and a running server's rules must outlive it.
func decode(text []byte) (r *Rules, err error) {
	defer func() {
		if p := recover(); p != nil {
			r, err = nil, fmt.Errorf("%w: it cannot be read as YAML: %v", ErrRules, p)
		}
	}()
	r = &Rules{}
	if err := yaml.UnmarshalWithOptions(text, r, yaml.Strict()); err != nil {
		return nil, yamlFault(err)
	}
	if r.file, err = parser.ParseBytes(text, 0); err != nil {
		return nil, yamlFault(err)
	}
	return r, nil
}

// yamlFault puts what the library says into a fault with its place, and into words
// that name no Go type.
func yamlFault(err error) error {
	if typed, ok := errors.AsType[*yaml.TypeError](err); ok {
		text := "not " + wanted(typed.DstType.Kind())
		if typed.StructFieldName != nil {
			_, field, _ := strings.Cut(*typed.StructFieldName, ".")
			text = strings.ToLower(field) + ": " + text
		}
		return faultAt(typed.GetToken(), text)
	}
	if at, ok := errors.AsType[yaml.Error](err); ok {
		text := strings.TrimSpace(at.GetMessage())
		if strings.Contains(text, "unmarshal") {
			text = "not of the kind that is wanted here"
		}
		return faultAt(at.GetToken(), text)
	}
	return fmt.Errorf("%w: %s", ErrRules, strings.TrimSpace(err.Error()))
}

func wanted(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "text"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "a number"
}

// checker collects what is wrong with rules.
type checker struct {
	r      *Rules
	faults RuleFaults
}

// addf notes a fault at a path of the file.
func (c *checker) addf(path, format string, args ...any) {
	f := faultAt(c.tokenOf(path), fmt.Sprintf(format, args...))
	c.faults = append(c.faults, f...)
}

// tokenOf is where the path, or what is left of it, stands; nil where the text is
// not known.
func (c *checker) tokenOf(path string) *token.Token {
	for c.r.file != nil && path != "" {
		if p, err := yaml.PathString("$." + path); err == nil {
			if n, err := p.FilterFile(c.r.file); err == nil && n != nil {
				return n.GetToken()
			}
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return nil
}

func (c *checker) err() error {
	slices.SortStableFunc(c.faults, func(a, b RuleFault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return c.faults
}

func (c *checker) all() {
	r := c.r
	if r.Version == "" {
		c.addf("version", "version is missing: every decision names it")
	}
	if r.Scheme == "" {
		c.addf("scheme", "scheme is missing: the category system of the codes")
	}
	c.order("components.order", grids.ComponentKind, r.Components.Order, "")
	c.order("events.order", grids.EventKind, r.Events.Order, "")
	c.classes()
	for _, name := range slices.Sorted(maps.Keys(r.Joint)) {
		c.joint(name)
	}
	if !slices.Contains([]string{"", OffDutyKeep, OffDutyOffice, OffDutyParent}, r.Territory.OffDuty) {
		c.addf("territory.off_duty", "territory.off_duty is %q; keep, office or parent", r.Territory.OffDuty)
	}
	c.numbers()
	for name, knots := range map[string]Knots{"components": r.Calibrated.Components, "events": r.Calibrated.Events} {
		if err := knots.check(); err != nil {
			c.addf("calibration."+name, "%v", err)
		}
	}
}

func (c *checker) numbers() {
	r := c.r
	for _, n := range []struct {
		name          string
		value, lo, hi float64
	}{
		{"thresholds.automatic", r.Thresholds.Automatic, 0, 1},
		{"thresholds.named", r.Thresholds.Named, 0, 0.5},
		{"match.accuracy_m", r.Match.AccuracyM, 0, grids.MaxAccuracyM},
		{"match.wrong_category", r.Match.WrongCategory, 0, 0.5},
		{"match.unrecorded", r.Match.Unrecorded, 0, 10},
	} {
		if !(n.value >= n.lo && n.value <= n.hi) {
			c.addf(n.name, "%s is %v; it lies from %v to %v", n.name, n.value, n.lo, n.hi)
		}
	}
	for _, class := range slices.Sorted(maps.Keys(r.Match.ClassM)) {
		if m := r.Match.ClassM[class]; !(m > 0 && m <= grids.MaxAccuracyM) {
			c.addf("match.class_m."+class, "match.class_m.%s is %v; it lies above 0 and not above %d", class, m, grids.MaxAccuracyM)
		}
	}
}

func (c *checker) classes() {
	if len(c.r.Classes) > maxClassRules {
		c.addf("classes", "%d rules of classes, at most %d", len(c.r.Classes), maxClassRules)
		return
	}
	seen := map[string]int{}
	for i := range c.r.Classes {
		k := &c.r.Classes[i]
		path := fmt.Sprintf("classes[%d]", i)
		if k.Kind != grids.ComponentKind && k.Kind != grids.EventKind {
			c.addf(path+".kind", "kind is %q; component or event", k.Kind)
			continue
		}
		if len(k.Category) == 0 {
			c.addf(path, "category is missing: codes or how they begin")
		}
		for _, code := range k.Category {
			key := string(k.Kind) + " " + code
			if first, twice := seen[key]; twice {
				c.addf(path+".category", "%s %q has a rule already, number %d", k.Kind, code, first+1)
			}
			seen[key] = i
		}
		c.order(path+".order", k.Kind, k.Order, k.Joint)
		if _, known := c.r.Joint[k.Joint]; k.Joint != "" && !known {
			c.addf(path+".joint", "joint list %q is not in joint", k.Joint)
		}
		if k.Joint != "" && !slices.Contains(k.Order, StepJoint) {
			c.addf(path+".joint", "joint list %q is named and the order has no step joint", k.Joint)
		}
	}
}

// order checks the steps of an order.
func (c *checker) order(path string, kind grids.Kind, order []Step, joint string) {
	if len(order) == 0 {
		c.addf(path, "%s is missing", path)
	}
	ofComponents := []Step{StepOwner, StepMaintainer, StepAuthority}
	known := append([]Step{StepRuling, StepRecord, StepArea, StepJoint, StepTerritory}, ofComponents...)
	for i, s := range order {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case !slices.Contains(known, s):
			c.addf(at, "step %q is not known; there are %v", s, known)
		case slices.Contains(order[:i], s):
			c.addf(at, "step %s stands twice", s)
		case kind == grids.EventKind && slices.Contains(ofComponents, s):
			c.addf(at, "step %s: an event has none; it is for components", s)
		case s == StepJoint && joint == "":
			c.addf(at, "step joint: the rule names no joint list")
		case i+1 < len(order) && s == StepJoint:
			c.addf(at, "step joint always decides: nothing may stand after it")
		}
	}
}

func (c *checker) joint(name string) {
	l, path := c.r.Joint[name], "joint."+name
	switch {
	case l.Lead == "":
		c.addf(path, "joint list %s has no lead", name)
	case len(l.Members) == 0:
		c.addf(path, "joint list %s has no members", name)
	case len(l.Members) > maxMembers:
		c.addf(path, "joint list %s has %d members, at most %d", name, len(l.Members), maxMembers)
	case !slices.Contains(l.Members, l.Lead):
		c.addf(path+".lead", "joint list %s: the lead %s is no member", name, l.Lead)
	}
	for i, m := range l.Members {
		if slices.Contains(l.Members[:i], m) {
			c.addf(fmt.Sprintf("%s.members[%d]", path, i), "joint list %s: %s stands twice", name, m)
		}
	}
}
