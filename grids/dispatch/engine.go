package dispatch

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Engine decides by one version of the rules, the book and the city. Any number
// of goroutines may ask it; it changes nothing and remembers nothing.
type Engine struct {
	rules *Rules
	city  *grids.Snapshot
	book  *compiledBook

	classes map[classKey]*class
	grounds map[string]*areaSet // by the areas in it
	ignored map[string]bool
	classM  map[string]float64
	offices map[string]string // by street
	joints  map[string]*JointList
	scratch *sync.Pool
	// overlaps are those of the city's areas: one for all engines of them.
	overlaps *areaOverlaps
}

// classKey names a category within the city's scheme.
type classKey struct {
	kind grids.Kind
	code string
}

// class is a category with all that is decided about it beforehand.
type class struct {
	key   classKey
	name  string
	major string
	order []Step
	joint *JointList
	// jointName is the list's, for the trace.
	jointName string
	areas     *areaSet
	// siblings are the other minors of the major: what a wrong report may mean.
	siblings []*class
	// perM2 is how many things of the class not on record there are.
	perM2 float64
}

// New compiles an engine. The rules are checked against the city: units and
// classes they name must exist.
func New(city *grids.Snapshot, rules *Rules, book *Book) (*Engine, error) {
	if err := rules.Check(city); err != nil {
		return nil, err
	}
	e := &Engine{scratch: &sync.Pool{New: func() any { return new(work) }}}
	var err error
	if e.book, err = book.compile(); err != nil {
		return nil, err
	}
	e.follow(rules)
	e.see(city)
	return e, nil
}

// follow takes what the rules say without a city.
func (e *Engine) follow(rules *Rules) {
	e.rules, e.ignored, e.joints = rules, map[string]bool{}, map[string]*JointList{}
	for _, s := range rules.Match.IgnoreStates {
		e.ignored[s] = true
	}
	e.classM = maps.Clone(rules.Match.ClassM)
	for name, l := range rules.Joint {
		e.joints[name] = &l
	}
}

// WithRules returns the engine of other rules for the same city and book, as New
// would; it takes no memory for the ownership areas again.
func (e *Engine) WithRules(rules *Rules) (*Engine, error) {
	if err := rules.Check(e.city); err != nil {
		return nil, err
	}
	next := *e
	next.follow(rules)
	next.see(e.city)
	return &next, nil
}

// On returns the engine for another snapshot of the city. It costs next to
// nothing after edits of components, zones and resources, and as much as New
// where units, categories or areas are others. The rules are not checked again.
func (e *Engine) On(city *grids.Snapshot) *Engine {
	if city == e.city {
		return e
	}
	next := *e
	if e.Fits(city) {
		next.city = city
		return &next
	}
	next.see(city)
	return &next
}

// Fits reports whether the snapshot differs from the engine's by edits only, so
// that On costs next to nothing.
func (e *Engine) Fits(city *grids.Snapshot) bool {
	return same(city.City.OwnershipAreas, e.city.City.OwnershipAreas) && city.Catalogue == e.city.Catalogue &&
		same(city.City.Units, e.city.City.Units) && same(city.City.Cells, e.city.City.Cells)
}

// With returns the engine with another book: what was recorded and ruled since.
func (e *Engine) With(book *Book) (*Engine, error) {
	next := *e
	var err error
	next.book, err = book.compile()
	return &next, err
}

// same reports whether two slices are one.
func same[T any](a, b []T) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// see indexes what the decisions need of a city.
func (e *Engine) see(city *grids.Snapshot) {
	if e.city != nil && same(city.City.OwnershipAreas, e.city.City.OwnershipAreas) && city.Catalogue == e.city.Catalogue {
		e.grounds = maps.Clone(e.grounds) // the copied engine's stay as they are
	} else {
		e.grounds, e.overlaps = map[string]*areaSet{}, &areaOverlaps{}
	}
	e.city, e.classes, e.offices = city, map[classKey]*class{}, map[string]string{}
	majors := map[classKey][]*class{}
	for _, c := range city.Catalogue.All() {
		if c.Major == "" {
			continue
		}
		k := &class{key: classKey{c.Kind, c.Code}, name: c.Name, major: c.Major}
		e.classes[k.key] = k
		major := classKey{c.Kind, c.Major}
		majors[major] = append(majors[major], k)
		e.setRule(k)
	}
	for _, all := range majors {
		for _, k := range all {
			for _, o := range all {
				if o != k {
					k.siblings = append(k.siblings, o)
				}
			}
		}
	}
	e.countUnrecorded()
	for i := range city.City.Units {
		u := &city.City.Units[i]
		if u.Kind != "territorial" {
			continue
		}
		for _, t := range u.Territory {
			if _, taken := e.offices[t]; !taken {
				e.offices[t] = u.Code
			}
		}
	}
}

// setRule finds the rule of a class: the longest beginning of its code.
func (e *Engine) setRule(k *class) {
	k.order = e.rules.Components.Order
	if k.key.kind == grids.EventKind {
		k.order = e.rules.Events.Order
	}
	areasOf, longest := k.key.code, -1
	if k.key.kind == grids.EventKind {
		areasOf = ""
	}
	for i := range e.rules.Classes {
		r := &e.rules.Classes[i]
		if r.Kind != k.key.kind {
			continue
		}
		for _, prefix := range r.Category {
			if !strings.HasPrefix(k.key.code, prefix) || len(prefix) <= longest {
				continue
			}
			longest, k.order = len(prefix), r.Order
			k.joint, k.jointName = e.joints[r.Joint], r.Joint
			if r.AreasOf != "" {
				areasOf = r.AreasOf
			}
		}
	}
	k.areas = e.areasOf(areasOf)
}

// countUnrecorded spreads what is not on record evenly over the city.
func (e *Engine) countUnrecorded() {
	const fewest = 0.1 // of a class that has none on record
	counts := map[string]float64{}
	for i := range e.city.All(grids.Components) {
		counts[e.city.Component(i).Category]++
	}
	areaM2 := 0.0
	for i := range e.city.City.Cells {
		if a := e.city.City.Cells[i].AreaM2; a > 0 {
			areaM2 += a
			continue
		}
		areaM2 += e.city.City.Cells[i].Shape.AreaM2()
	}
	for _, k := range e.classes {
		k.perM2 = max(counts[k.key.code], fewest) * e.rules.Match.Unrecorded / max(areaM2, 1)
	}
}

// Check holds the rules against a city: every unit and class that it has not is
// named. New does the same; this takes no time.
func (r *Rules) Check(city *grids.Snapshot) error {
	c := checker{r: r}
	if r.Scheme != city.City.Scheme {
		c.addf("scheme", "scheme %s, the city's is %s", r.Scheme, city.City.Scheme)
		return c.err()
	}
	unit := func(path, where, code string) {
		if code != "" && city.Unit(code) == nil {
			c.addf(path, "%s: unit %s is not in the city", where, code)
		}
	}
	unit("default.unit", "default.unit", r.Default.Unit)
	for _, name := range slices.Sorted(maps.Keys(r.Joint)) {
		for i, m := range r.Joint[name].Members {
			unit(fmt.Sprintf("joint.%s.members[%d]", name, i), "joint."+name, m)
		}
	}
	for i := range r.Classes {
		k := &r.Classes[i]
		for _, prefix := range k.Category {
			if !slices.ContainsFunc(city.Catalogue.All(), func(c grids.Category) bool {
				return c.Kind == k.Kind && strings.HasPrefix(c.Code, prefix)
			}) {
				c.addf(fmt.Sprintf("classes[%d].category", i), "classes[%d]: no %s category of scheme %s begins with %q", i, k.Kind, r.Scheme, prefix)
			}
		}
		if k.AreasOf != "" && city.Catalogue.Find(grids.ComponentKind, k.AreasOf) == nil {
			c.addf(fmt.Sprintf("classes[%d].areas_of", i), "classes[%d]: areas_of %q is no component category of scheme %s", i, k.AreasOf, r.Scheme)
		}
	}
	if len(c.faults) > 0 {
		return c.err()
	}
	return nil
}

// areaSet is the ownership areas of a class. Classes of the same areas share one.
// They are searched by a tree: rasters over them would take 68 MB for the demo
// city. What made the tree slow was asking it 169 times around one position, which
// a spatial.Patch answers, and asking for the nearest border where it is enough to
// know that none is near: a component's decision went from 172 µs to 37.
type areaSet struct {
	of    []int32 // indices into OwnershipAreas
	cover *spatial.Areas
}

// areasOf returns the areas that list a component class, nil for none.
func (e *Engine) areasOf(code string) *areaSet {
	if code == "" {
		return nil
	}
	var of []int32
	var key strings.Builder
	areas := e.city.City.OwnershipAreas
	for i := range areas {
		if lists(areas[i].Category, code) {
			of = append(of, int32(i))
			fmt.Fprintf(&key, "%d,", i)
		}
	}
	if len(of) == 0 {
		return nil
	}
	if s := e.grounds[key.String()]; s != nil {
		return s
	}
	shapes := make([]*spatial.Shape, len(of))
	for i, a := range of {
		shapes[i] = areas[a].Shape
	}
	s := &areaSet{of, spatial.NewAreas(shapes)}
	e.grounds[key.String()] = s
	return s
}

// lists reports whether a list of minors and majors has the class.
func lists(list, code string) bool {
	for entry := range strings.SplitSeq(list, ",") {
		if entry != "" && strings.HasPrefix(code, entry) {
			return true
		}
	}
	return false
}

// Rules returns what the engine decides by. Not to be changed.
func (e *Engine) Rules() *Rules { return e.rules }

// City returns the snapshot that the engine decides on.
func (e *Engine) City() *grids.Snapshot { return e.city }

// byWeight is the order of answers: the more probable first, ties by code.
func byWeight(pa, pb float64, a, b string) int {
	return cmp.Or(cmp.Compare(pb, pa), cmp.Compare(a, b))
}
