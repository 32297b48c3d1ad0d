package importers

import (
	"errors"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
)

func TestAClassOfATableBecomesTheCitys(t *testing.T) {
	national, err := grids.National(grids.SchemeGB2013)
	if err != nil {
		t.Fatal(err)
	}
	catalogue := grids.NewCatalogue(grids.SchemeGB2013, append(national,
		grids.Category{Scheme: grids.SchemeGB2013, Kind: grids.EventKind, Code: "9901", Major: "99", Name: "同名"},
		grids.Category{Scheme: grids.SchemeGB2013, Kind: grids.EventKind, Code: "9902", Major: "99", Name: "同名"},
		grids.Category{Scheme: "ours", Kind: grids.EventKind, Code: "x1", Major: "x", Name: "违停", Equivalent: "gbt30428.2-2013:9901"}))
	for _, c := range []struct {
		scheme string
		byName bool
		kind   grids.Kind
		text   string
		want   string
		err    error
	}{
		{"", false, grids.ComponentKind, "0101", "0101", nil},
		{"", true, grids.ComponentKind, "上水井盖", "0101", nil},
		{"", true, grids.ComponentKind, "cjt214:0118", "0137", nil}, // the map may name a code of its own
		{grids.SchemeCJT214, false, grids.ComponentKind, "0118", "0137", nil},
		{grids.SchemeCJT214, false, grids.ComponentKind, "0114", "0123", nil},
		{grids.SchemeCJT214, true, grids.ComponentKind, "路灯", "0137", nil},
		{"", false, grids.ComponentKind, "9999", "", grids.ErrCategory},
		{"", true, grids.ComponentKind, "没有的", "", grids.ErrCategory},
		{"", true, grids.EventKind, "同名", "", grids.ErrCategory},
		{"", false, grids.ComponentKind, "01", "", grids.ErrCategory}, // a major is many minors
		{"nowhere", false, grids.ComponentKind, "0101", "", grids.ErrCategory},
	} {
		k := classifier{catalogue: catalogue, scheme: c.scheme, byName: c.byName, known: map[classText]classFound{}}
		for range 2 { // the second time it is remembered
			got, err := k.find(c.kind, c.text)
			if got != c.want || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
				t.Errorf("%s %s of %q: %s, %v, want %s, %v", c.kind, c.text, c.scheme, got, err, c.want, c.err)
			}
		}
	}
}

func TestOnlyAClassThatHoldsTheOtherIsTaken(t *testing.T) {
	found := func(list ...string) (out []grids.Counterpart) {
		for _, s := range list {
			code, certainty, _ := strings.Cut(s, " ")
			out = append(out, grids.Counterpart{Code: code, Certainty: grids.Certainty(certainty)})
		}
		return out
	}
	for _, c := range []struct {
		found []grids.Counterpart
		want  string
		err   error
	}{
		{found("1 exact-name", "2 wider", "3 overlaps"), "1", nil},
		{found("2 wider", "3 narrower"), "2", nil},
		{found("1 near-name", "2 near-name"), "", grids.ErrCategory},
		{found("1 narrower"), "", grids.ErrNoCounterpart},
		{found("1 overlaps", "2 narrower"), "", grids.ErrNoCounterpart},
	} {
		if got, err := surest(grids.EventKind, "x", c.found); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%v: %s, %v", c.found, got, err)
		}
	}
}
