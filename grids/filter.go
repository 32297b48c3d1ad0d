package grids

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Filter narrows a selection. Empty words do not filter; all others must hold.
type Filter struct {
	// Category has codes of components' categories or how they begin: "01" is
	// a major, "0118" a minor; "gbt30428.2-2013:0137" is one of another scheme.
	Category []string
	// State is the state of components and resources as it is written.
	State string
	// Unit is the owner, maintainer or authority of components, or the unit of
	// zones, resources and ownership areas.
	Unit string
	// The chain of the cell that holds the feature's position by geometry.
	Zone, Community, Street, District string
}

// FilterError says which word of a filter cannot be answered, and why.
type FilterError struct {
	Word, Value, Reason string
	// Category is true for one that does not exist, Unknown for another code
	// that does not; else the layer does not know the word.
	Category, Unknown bool
}

// Error implements error.
func (e *FilterError) Error() string { return "filter " + e.Word + ": " + e.Reason }

// knownWords says which words the features of a layer can be filtered by. A
// word that a layer does not know is refused: it would find nothing, or all.
func knownWords(l Layer) []string {
	chain := []string{"zone", "community", "street", "district"}
	switch l {
	case Components:
		return append(chain, "category", "state", "unit")
	case Resources:
		return append(chain, "state", "unit")
	case Cells, Addresses:
		return chain
	case Zones, OwnershipAreas:
		return []string{"unit"}
	}
	return nil
}

// words lists the words that are set, with their values.
func (f *Filter) words() [][2]string {
	all := [][2]string{
		{"category", strings.Join(f.Category, ",")},
		{"state", f.State},
		{"unit", f.Unit},
		{"zone", f.Zone},
		{"community", f.Community},
		{"street", f.Street},
		{"district", f.District},
	}
	return slices.DeleteFunc(all, func(w [2]string) bool {
		return w[1] == "" && (w[0] != "category" || len(f.Category) == 0)
	})
}

// of returns what the filter keeps of a layer, nil for all.
func (f *Filter) of(s *Snapshot, l Layer) (func(i int32) bool, error) {
	v, err := s.Sieve(l, f)
	if v == nil || err != nil {
		return nil, err
	}
	return v.Keeps, nil
}

// in looks up what the words mean in the snapshot: the filter with the
// categories of its scheme, and the chain asked for.
func (f *Filter) in(s *Snapshot, l Layer) (*Filter, []link, error) {
	for _, w := range f.words() {
		if !slices.Contains(knownWords(l), w[0]) {
			return nil, nil, &FilterError{Word: w[0], Value: w[1], Reason: fmt.Sprintf("%s are not known by this", l)}
		}
	}
	codes, err := s.Catalogue.Translate(ComponentKind, f.Category)
	if err != nil {
		return nil, nil, &FilterError{Word: "category", Value: strings.Join(f.Category, ","), Category: true, Reason: err.Error()}
	}
	translated := *f
	translated.Category = codes
	if err := translated.check(s); err != nil {
		return nil, nil, err
	}
	links, err := translated.chain(s)
	return &translated, links, err
}

// check looks for categories that do not exist.
func (f *Filter) check(s *Snapshot) error {
	for _, prefix := range f.Category {
		known := slices.ContainsFunc(s.Catalogue.All(), func(c Category) bool {
			return c.Kind == ComponentKind && strings.HasPrefix(c.Code, prefix)
		})
		if !known || prefix == "" {
			return &FilterError{
				Word: "category", Value: prefix, Category: true,
				Reason: "no component category of scheme " + s.City.Scheme + " begins like this",
			}
		}
	}
	return nil
}

// ofRow judges what stands in the row itself.
func (f *Filter) ofRow(s *Snapshot, l Layer, i int32) bool {
	unit := func(codes ...string) bool { return f.Unit == "" || slices.Contains(codes, f.Unit) }
	switch l {
	case Components:
		row := s.Component(i)
		if len(f.Category) > 0 && !slices.ContainsFunc(f.Category, func(p string) bool { return strings.HasPrefix(row.Category, p) }) {
			return false
		}
		return (f.State == "" || row.State == f.State) && unit(row.Owner, row.Maintainer, row.Authority)
	case Resources:
		return (f.State == "" || s.City.Resources[i].State == f.State) && unit(s.City.Resources[i].Unit)
	case Zones:
		return unit(s.City.Zones[i].Unit)
	case OwnershipAreas:
		return unit(s.City.OwnershipAreas[i].Unit)
	}
	return true
}

// link is a zone, community, street or district that is asked for.
type link struct {
	index int32
	of    func(p *Place) int32
}

// chain looks up the zone, community, street and district asked for.
func (f *Filter) chain(s *Snapshot) (links []link, err error) {
	for _, w := range []struct {
		word, code string
		layer      Layer
		of         func(p *Place) int32
	}{
		{"zone", f.Zone, Zones, func(p *Place) int32 { return p.Zone }},
		{"community", f.Community, Communities, func(p *Place) int32 { return p.Community }},
		{"street", f.Street, Streets, func(p *Place) int32 { return p.Street }},
		{"district", f.District, Districts, func(p *Place) int32 { return p.District }},
	} {
		if w.code == "" {
			continue
		}
		i := s.Find(w.layer, w.code)
		if i == spatial.None {
			return nil, &FilterError{Word: w.word, Value: w.code, Unknown: true, Reason: "no such code in " + string(w.layer)}
		}
		links = append(links, link{i, w.of})
	}
	return links, nil
}

// holdsAll reports whether all links are those of the place.
func holdsAll(links []link, p *Place) bool {
	return !slices.ContainsFunc(links, func(w link) bool { return w.of(p) != w.index })
}

// inChain reports whether a position lies in a cell, and in all that is asked for.
func (s *Snapshot) inChain(links []link, c spatial.Coord) bool {
	p := s.Locate(c)
	return p.Status == StatusInside && holdsAll(links, &p)
}
