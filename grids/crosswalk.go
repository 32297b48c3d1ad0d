package grids

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// Certainty says how it is known that a category of one scheme stands for a
// category of another, and whether they take in the same things.
type Certainty string

// From the surest to the least. The names say what the counterpart is to the
// category that was asked for.
const (
	// Same is the category itself, or one that the city's file names as equal.
	Same Certainty = "same"
	// ExactName have one name in both lists.
	ExactName Certainty = "exact-name"
	// ByRule have numbers that the newer standard made from the older's by
	// rule, and different names.
	ByRule Certainty = "by-rule"
	// NearName were judged by their names to be one class.
	NearName Certainty = "near-name"
	// Narrower is a part of what was asked for.
	Narrower Certainty = "narrower"
	// Wider takes in more than was asked for.
	Wider Certainty = "wider"
	// Overlaps has a part in common with what was asked for.
	Overlaps Certainty = "overlaps"
)

// certainties has all of them, the surest first.
var certainties = []Certainty{Same, ExactName, ByRule, NearName, Narrower, Wider, Overlaps}

// noCounterpart is the table's word for a category that the other list lacks.
const noCounterpart = "none"

// back is the same relation seen from the other side.
func (c Certainty) back() Certainty {
	switch c {
	case Wider:
		return Narrower
	case Narrower:
		return Wider
	}
	return c
}

// weaker is the less sure of two.
func weaker(a, b Certainty) Certainty {
	if slices.Index(certainties, a) > slices.Index(certainties, b) {
		return a
	}
	return b
}

// class names a category anywhere.
type class struct {
	kind         Kind
	scheme, code string
}

// related is a national category with what it is to another.
type related struct {
	class
	certainty Certainty
}

// crosswalk is the table of the national schemes.
type crosswalk struct {
	list   map[class]Category
	minors map[class][]string // of a major
	links  map[class][]related
	// prefixes are the rule from GB/T 30428.2-2013 to GB/T 47678.5-2026: how a
	// code begins in the one and in the other. The longest that fits counts.
	prefixes map[class]string
}

// crosswalkCSV has a line for each class: its code and name in the three
// schemes, as far as it is in their lists, and for each pair of schemes how
// sure that is. A class that one scheme divides has several lines. An empty
// certainty means that another line says it.
//
//go:embed crosswalk.csv
var crosswalkCSV string

//go:embed crosswalk_rules.csv
var crosswalkRulesCSV string

// nationalCrosswalk reads the built-in table once.
var nationalCrosswalk = sync.OnceValues(func() (*crosswalk, error) {
	x, err := readCrosswalk(strings.NewReader(nationalCSV), strings.NewReader(crosswalkCSV), strings.NewReader(crosswalkRulesCSV))
	if err != nil {
		return nil, fmt.Errorf("built-in crosswalk of categories: %w", err)
	}
	return x, nil
})

func readCrosswalk(categories, table, rules io.Reader) (*crosswalk, error) {
	all, err := readCategories(categories)
	if err != nil {
		return nil, err
	}
	x := &crosswalk{list: map[class]Category{}, minors: map[class][]string{}, links: map[class][]related{}, prefixes: map[class]string{}}
	for _, c := range all {
		x.list[class{c.Kind, c.Scheme, c.Code}] = c
		if c.Major != "" {
			major := class{c.Kind, c.Scheme, c.Major}
			x.minors[major] = append(x.minors[major], c.Code)
		}
	}
	// kind, then code and name in each scheme, then the three certainties
	if err := eachRow(table, 10, x.addLine); err != nil {
		return nil, err
	}
	return x, eachRow(rules, 3, func(rec []string) error {
		x.prefixes[class{Kind(rec[0]), SchemeGB2013, rec[1]}] = rec[2]
		return nil
	})
}

// eachRow calls do with the rows of a table with a header.
func eachRow(r io.Reader, fields int, do func([]string) error) error {
	cr := csv.NewReader(r)
	cr.FieldsPerRecord = fields
	rows, err := cr.ReadAll()
	if err != nil {
		return err
	}
	for i, rec := range rows {
		if i == 0 {
			continue
		}
		if err := do(rec); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return nil
}

// addLine adds the links of one line, there and back.
func (x *crosswalk) addLine(rec []string) error {
	schemes := NationalSchemes()
	side := func(i int) class { return class{Kind(rec[0]), schemes[i], rec[1+2*i]} }
	for i := range schemes {
		if c := side(i); c.code != "" && x.list[c].Name != rec[2+2*i] {
			return fmt.Errorf("%s %s %s is %q, not %q", c.kind, c.scheme, c.code, x.list[c].Name, rec[2+2*i])
		}
	}
	for n, pair := range [...][2]int{{0, 1}, {1, 2}, {0, 2}} {
		a, b, certainty := side(pair[0]), side(pair[1]), Certainty(rec[7+n])
		switch {
		case certainty == "":
			continue
		case certainty == noCounterpart && (a.code == "") != (b.code == ""):
			continue
		case a.code == "" || b.code == "" || !slices.Contains(certainties[1:], certainty):
			return fmt.Errorf("%s %q and %q cannot be %q", a.kind, a.code, b.code, certainty)
		}
		x.links[a] = append(x.links[a], related{b, certainty})
		x.links[b] = append(x.links[b], related{a, certainty.back()})
	}
	return nil
}

// known says what a class is among the national ones: itself if its scheme is
// national, and what the rule makes of a code that the list of GB/T 30428.2-2013
// lacks, since that list is not whole.
func (x *crosswalk) known(c class) (out []related) {
	switch c.scheme {
	case SchemeCJT214, SchemeGB2026:
		return []related{{c, Same}}
	case SchemeGB2013:
		out = append(out, related{c, Same})
	default:
		return nil
	}
	if _, listed := x.list[c]; !listed {
		if newer, ok := x.byRule(c); ok {
			out = append(out, related{newer, ByRule})
		}
	}
	return out
}

// byRule is the class of GB/T 47678.5-2026 with the number made by rule from
// one of GB/T 30428.2-2013, if it is in the list.
func (x *crosswalk) byRule(c class) (class, bool) {
	for n := len(c.code); n > 0; n-- {
		if prefix, ok := x.prefixes[class{c.kind, c.scheme, c.code[:n]}]; ok {
			newer := class{c.kind, SchemeGB2026, prefix + c.code[n:]}
			_, listed := x.list[newer]
			return newer, listed
		}
	}
	return class{}, false
}

// reach is every national class that the given ones are or have as a
// counterpart, each as sure as it can be known.
func (x *crosswalk) reach(from []related) map[class]Certainty {
	out := map[class]Certainty{}
	add := func(c class, certainty Certainty) {
		if old, ok := out[c]; !ok || weaker(old, certainty) == old {
			out[c] = certainty
		}
	}
	for _, f := range from {
		add(f.class, f.certainty)
		for _, to := range x.links[f.class] {
			add(to.class, weaker(f.certainty, to.certainty))
		}
	}
	return out
}
