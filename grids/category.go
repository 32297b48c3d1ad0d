package grids

import (
	"cmp"
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Kind tells managed objects from managed happenings.
type Kind string

// The two kinds of category. A code is unique only together with its kind.
const (
	ComponentKind Kind = "component" // 部件
	EventKind     Kind = "event"     // 事件
)

// Category is a class of component or event in one scheme: a major (大类) when
// Major is empty, else a minor (小类) of that major.
type Category struct {
	Scheme        string
	Kind          Kind
	Code          string
	Major         string
	Name          string
	AccuracyClass string
	// Equivalent names the same class in another scheme as "scheme:code", or "".
	Equivalent string
}

//go:embed categories.csv
var nationalCSV string

// The national schemes that are built in as data.
const (
	SchemeCJT214  = "cjt214"
	SchemeGB2013  = "gbt30428.2-2013"
	SchemeGB2026  = "gbt47678.5-2026"
	maxCategories = 100_000
)

// National returns the categories of a built-in national scheme, or nil when
// there is none of that name.
func National(scheme string) ([]Category, error) {
	all, err := readCategories(strings.NewReader(nationalCSV))
	if err != nil {
		return nil, fmt.Errorf("built-in categories: %w", err)
	}
	var out []Category
	for _, c := range all {
		if c.Scheme == scheme {
			out = append(out, c)
		}
	}
	return out, nil
}

// NationalSchemes lists the names of the built-in schemes.
func NationalSchemes() []string { return []string{SchemeCJT214, SchemeGB2013, SchemeGB2026} }

func readCategories(r io.Reader) ([]Category, error) {
	cr := csv.NewReader(r)
	cr.FieldsPerRecord = 6
	if _, err := cr.Read(); err != nil {
		return nil, err
	}
	var out []Category
	for {
		rec, err := cr.Read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if len(out) >= maxCategories {
			return nil, fmt.Errorf("more than %d categories", maxCategories)
		}
		out = append(out, Category{Scheme: rec[0], Kind: Kind(rec[1]), Code: rec[2], Major: rec[3], Name: rec[4]})
	}
}

// Catalogue finds categories by kind and code within one scheme, and those of
// other schemes that stand for them.
type Catalogue struct {
	scheme string
	byKey  map[string]*Category
	list   []Category
	// others are the categories that the city's file has of other schemes.
	others       map[string][]Category
	otherSchemes []string
	derived      derived
}

// NewCatalogue indexes the categories of one scheme.
func NewCatalogue(scheme string, all []Category) *Catalogue {
	c := &Catalogue{scheme: scheme, byKey: map[string]*Category{}, others: map[string][]Category{}}
	for _, cat := range all {
		if cat.Scheme == scheme {
			c.list = append(c.list, cat)
			continue
		}
		c.others[cat.Scheme] = append(c.others[cat.Scheme], cat)
	}
	c.otherSchemes = slices.Sorted(maps.Keys(c.others))
	slices.SortFunc(c.list, byKindAndCode)
	for i := range c.list {
		c.byKey[string(c.list[i].Kind)+" "+c.list[i].Code] = &c.list[i]
	}
	return c
}

func byKindAndCode(a, b Category) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Code, b.Code))
}

// Find returns the category of the kind with the code, or nil.
func (c *Catalogue) Find(kind Kind, code string) *Category {
	return c.byKey[string(kind)+" "+code]
}

// All returns the categories in order of kind and code. Not to be changed.
func (c *Catalogue) All() []Category { return c.list }
