package api

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// tileWords are the parameters of a tile's query.
var tileWords = []string{"columns", "kind", "category", "state", "unit", "zone", "community", "street", "district"}

// tileFilter reads the filter of a tile's query; its zero value keeps all. The
// words mean what they mean to POST /v1/select, categories are separated by
// commas.
func tileFilter(p *web.Params, ofCases bool) (f grids.Filter, err error) {
	for _, w := range []struct {
		word string
		into *string
	}{
		{"state", &f.State},
		{"unit", &f.Unit},
		{"zone", &f.Zone},
		{"community", &f.Community},
		{"street", &f.Street},
		{"district", &f.District},
		{"category", new(string)},
		{"kind", new(string)},
	} {
		value, ok := p.Find(w.word)
		switch {
		case !ok:
			continue
		case value == "":
			return f, web.Refuse(w.word, "", "it has no value; leave it out to have all", web.ErrMalformed)
		case len(value) > maxWordBytes && w.word != "category":
			return f, web.Refuse(w.word, value, fmt.Sprintf("longer than %d bytes", maxWordBytes), web.ErrMalformed)
		}
		*w.into = value
	}
	if kind, ok := p.Find("kind"); ok && kind != string(grids.ComponentKind) && !ofCases {
		return f, web.Refuse("kind", kind, "tiles of these layers have the category of components only: component", web.ErrMalformed)
	}
	if category, ok := p.Find("category"); ok {
		if f.Category, err = web.List("category", category); err != nil {
			return f, err
		}
		slices.Sort(f.Category)
	}
	return f, nil
}

// filterKey is the same text for filters that keep the same, and another for
// all others: two tiles never share a place in the cache by it.
func filterKey(f *grids.Filter) string {
	words := url.Values{}
	for word, value := range map[string]string{
		"category": strings.Join(f.Category, ","), "state": f.State, "unit": f.Unit,
		"zone": f.Zone, "community": f.Community, "street": f.Street, "district": f.District,
	} {
		if value != "" {
			words.Set(word, value)
		}
	}
	if len(words) == 0 {
		return ""
	}
	return "&" + words.Encode()
}

// maxWordBytes bounds a word of a filter: names of states and codes.
const maxWordBytes = 256

// filteredSource draws a snapshot with what a filter keeps of each layer.
type filteredSource struct {
	tileSource

	sieves map[string]*grids.Sieve // nil for all of a layer
	cases  func(*cases.Live) bool  // nil for all
}

// filtered returns the source of the layers asked for with a filter, which all
// of them must know. Names that are no layers are left to the tiler.
func (t tileSource) filtered(f *grids.Filter, ofCases *caseFilter, layers []string) (_ tiler.Source, err error) {
	out := filteredSource{t, map[string]*grids.Sieve{}, nil}
	if ofCases != nil && t.board != nil {
		if out.cases, err = ofCases.in(t.snap, len(layers) == 1); err != nil {
			return nil, tileFilterFault(err)
		}
	}
	for _, name := range layers {
		if _, ok := tileLayers[grids.Layer(name)]; !ok {
			continue
		}
		sieve, err := t.snap.Sieve(grids.Layer(name), f)
		if err != nil {
			return nil, tileFilterFault(err)
		}
		if sieve != nil {
			out.sieves[name] = sieve
		}
	}
	if len(out.sieves) == 0 && out.cases == nil {
		return t, nil
	}
	return out, nil
}

// tileFilterFault is filterFault for a filter whose words stand in the query.
func tileFilterFault(err error) error {
	fault := filterFault(err)
	if f, ok := fault.(*web.InputError); ok { //nolint:errorlint // made here, not wrapped
		f.Param = f.Param[len("filter."):]
	}
	return fault
}

// Visit implements tiler.Source.
func (t filteredSource) Visit(layer string, window spatial.Box, visit func(f *tiler.Feature) bool) {
	t.visit(grids.Layer(layer), window, t.sieves[layer], visit)
}

// Prepared implements tiler.Preparer.
func (t filteredSource) Prepared(layer string) tiler.Prepared {
	if layer == casesName {
		return caseView(t.snap, t.board, t.cases)
	}
	return t.prepared(grids.Layer(layer), t.sieves[layer])
}
