package api

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/spatial"
)

// caseTileWords are the parameters of a tile's query where cases are among its
// layers.
var caseTileWords = append(slices.Clip(tileWords), "status", "source", "lamp", "from", "to")

// caseFilter is a filter of cases as it is asked for, word by word.
type caseFilter struct {
	words map[string][]string
}

// readCaseFilter reads the words that cases know; their values are lists.
func readCaseFilter(p *web.Params) (*caseFilter, error) {
	f := &caseFilter{map[string][]string{}}
	for _, word := range caseTileWords {
		text, ok := p.Find(word)
		if !ok || word == "columns" {
			continue
		}
		values, err := web.List(word, text)
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			switch {
			case v == "":
				return nil, web.Refuse(word, text, "it has no value; leave it out to have all", web.ErrMalformed)
			case len(v) > maxWordBytes:
				return nil, web.Refuse(word, v, fmt.Sprintf("longer than %d bytes", maxWordBytes), web.ErrMalformed)
			}
		}
		slices.Sort(values)
		f.words[word] = values
	}
	return f, nil
}

// key is the same text for filters that keep the same, and another for all others.
func (f *caseFilter) key() string {
	if len(f.words) == 0 {
		return ""
	}
	words := url.Values{}
	for word, values := range f.words {
		words.Set(word, strings.Join(values, ","))
	}
	return "&cases&" + words.Encode()
}

// onlyOfCases are the words that no other layer of tiles knows.
var onlyOfCases = []string{"status", "source", "lamp", "from", "to"}

// in returns what the filter keeps, nil for all; alone says that there is no other
// layer in the tile.
func (f *caseFilter) in(snap *grids.Snapshot, alone bool) (func(*cases.Live) bool, error) {
	if !alone {
		for _, word := range onlyOfCases {
			if v := f.words[word]; v != nil {
				return nil, &grids.FilterError{Word: word, Value: v[0], Reason: "only the layer cases is known by this; ask for it alone"}
			}
		}
	}
	if v := f.words["state"]; v != nil {
		return nil, &grids.FilterError{Word: "state", Value: v[0], Reason: "cases are not known by this but by status"}
	}
	var all []func(*cases.Live) bool
	for _, read := range []func(*grids.Snapshot) (func(*cases.Live) bool, error){f.classes, f.ownWords, f.times, f.chain} {
		keep, err := read(snap)
		if err != nil {
			return nil, err
		}
		if keep != nil {
			all = append(all, keep)
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	return func(c *cases.Live) bool {
		for _, keep := range all {
			if !keep(c) {
				return false
			}
		}
		return true
	}, nil
}

// classes reads kind and category.
func (f *caseFilter) classes(snap *grids.Snapshot) (func(*cases.Live) bool, error) {
	kinds, categories := f.words["kind"], f.words["category"]
	if kinds == nil && categories == nil {
		return nil, nil
	}
	if kinds == nil {
		return nil, &grids.FilterError{Word: "category", Value: categories[0], Reason: "a code of cases counts only together with kind"}
	}
	kind := grids.Kind(kinds[0])
	if len(kinds) > 1 || (kind != grids.ComponentKind && kind != grids.EventKind) {
		return nil, &grids.FilterError{Word: "kind", Value: strings.Join(kinds, ","), Reason: "component or event"}
	}
	prefixes, err := snap.Catalogue.Translate(kind, categories)
	if err != nil {
		return nil, &grids.FilterError{Word: "category", Value: strings.Join(categories, ","), Category: true, Reason: err.Error()}
	}
	for _, p := range prefixes {
		if !slices.ContainsFunc(snap.Catalogue.All(), func(c grids.Category) bool { return c.Kind == kind && strings.HasPrefix(c.Code, p) }) {
			return nil, &grids.FilterError{
				Word: "category", Value: p, Category: true,
				Reason: "no " + string(kind) + " category of scheme " + snap.City.Scheme + " begins like this",
			}
		}
	}
	return func(c *cases.Live) bool {
		return c.Kind == kind && (len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(c.Category, p) }))
	}, nil
}

// ownWords reads the words whose values stand in the case itself.
func (f *caseFilter) ownWords(snap *grids.Snapshot) (func(*cases.Live) bool, error) {
	type word struct {
		name  string
		known func(v string) bool
		of    func(c *cases.Live) string
	}
	var set []word
	for _, w := range [...]word{
		{"status", func(v string) bool { return slices.Contains(cases.States(), cases.State(v)) }, func(c *cases.Live) string { return string(c.State) }},
		{"source", func(v string) bool { return slices.Contains(cases.Sources(), cases.Source(v)) }, func(c *cases.Live) string { return string(c.Source) }},
		{"lamp", func(v string) bool { return slices.Contains(cases.Lamps(), cases.Lamp(v)) }, func(c *cases.Live) string { return string(c.Lit) }},
		{"unit", func(v string) bool { return snap.Unit(v) != nil }, func(c *cases.Live) string { return c.Unit }},
		{"zone", func(v string) bool { return snap.Find(grids.Zones, v) != spatial.None }, func(c *cases.Live) string { return c.Zone }},
	} {
		values := f.words[w.name]
		if values == nil {
			continue
		}
		for _, v := range values {
			if !w.known(v) {
				coded := w.name == "unit" || w.name == "zone"
				return nil, &grids.FilterError{Word: w.name, Value: v, Unknown: coded, Reason: "there is no such " + w.name}
			}
		}
		set = append(set, w)
	}
	if len(set) == 0 {
		return nil, nil
	}
	return func(c *cases.Live) bool {
		for _, w := range set {
			if !slices.Contains(f.words[w.name], w.of(c)) {
				return false
			}
		}
		return true
	}, nil
}

// times reads from and to, half open.
func (f *caseFilter) times(snap *grids.Snapshot) (func(*cases.Live) bool, error) {
	var at [2]time.Time
	for i, word := range [...]string{"from", "to"} {
		values := f.words[word]
		if values == nil {
			continue
		}
		t, err := time.Parse(time.RFC3339, values[0])
		if err != nil {
			t, err = time.ParseInLocation(time.DateOnly, values[0], snap.City.TimeZone)
		}
		if err != nil || len(values) > 1 {
			return nil, &grids.FilterError{Word: word, Value: strings.Join(values, ","), Reason: "write 2026-01-31 or RFC 3339"}
		}
		at[i] = t
	}
	from, to := at[0], at[1]
	if from.IsZero() && to.IsZero() {
		return nil, nil
	}
	return func(c *cases.Live) bool {
		return !c.ReportedAt.Before(from) && (to.IsZero() || c.ReportedAt.Before(to))
	}, nil
}

// chain reads what lies above the case's cell.
func (f *caseFilter) chain(snap *grids.Snapshot) (func(*cases.Live) bool, error) {
	layers := [...]grids.Layer{grids.Communities, grids.Streets, grids.Districts}
	var asked [len(layers)][]int32
	asks := false
	for i, word := range [...]string{"community", "street", "district"} {
		for _, code := range f.words[word] {
			row := snap.Find(layers[i], code)
			if row == spatial.None {
				return nil, &grids.FilterError{Word: word, Value: code, Unknown: true, Reason: "no such code in " + string(layers[i])}
			}
			asked[i], asks = append(asked[i], row), true
		}
	}
	if !asks {
		return nil, nil
	}
	return func(c *cases.Live) bool {
		cell := snap.Find(grids.Cells, c.Cell)
		if cell == spatial.None {
			return false
		}
		_, community, street, district := snap.Chain(cell)
		for i, row := range [...]int32{community, street, district} {
			if asked[i] != nil && !slices.Contains(asked[i], row) {
				return false
			}
		}
		return true
	}, nil
}
