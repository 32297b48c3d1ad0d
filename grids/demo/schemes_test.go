package demo

import (
	"maps"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
)

// TestTheCityIsAskedInEveryScheme asks the city, whose scheme extends CJ/T 214,
// in the codes of 2013 and 2026. What the lists name alike must give the same
// components as the city's own code; the rest is what standards changed.
func TestTheCityIsAskedInEveryScheme(t *testing.T) {
	city, err := furnished()
	if err != nil {
		t.Fatal(err)
	}
	catalogue := grids.NewCatalogue(city.Scheme, city.Categories)
	of := map[string]map[string]bool{} // the components of each of the city's minors
	for i := range city.Components {
		c := &city.Components[i]
		if of[c.Category] == nil {
			of[c.Category] = map[string]bool{}
		}
		of[c.Category][c.Code] = true
	}
	found := func(asked string) map[string]bool {
		out := map[string]bool{}
		as, err := catalogue.Resolve(grids.ComponentKind, asked)
		if err != nil {
			t.Errorf("%s: %v", asked, err)
		}
		for _, k := range as {
			maps.Copy(out, of[k.Code])
		}
		return out
	}
	alike, components := map[string]int{}, map[string]int{}
	for _, scheme := range []string{grids.SchemeGB2013, grids.SchemeGB2026} {
		national, err := grids.National(scheme)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range national {
			for _, own := range city.Categories {
				if n.Kind != grids.ComponentKind || own.Kind != n.Kind || n.Major == "" || own.Major == "" || own.Name != n.Name {
					continue
				}
				if !maps.Equal(found(scheme+":"+n.Code), found(own.Code)) {
					t.Errorf("%s:%s %s gives %d components, the city's %s %d", scheme, n.Code, n.Name, len(found(scheme+":"+n.Code)), own.Code, len(of[own.Code]))
				}
				alike[scheme]++
				components[scheme] += len(of[own.Code])
			}
		}
	}
	t.Logf("by name: minors %v, components %v of %d", alike, components, len(city.Components))
	if alike[grids.SchemeGB2013] < 35 || alike[grids.SchemeGB2026] < 60 {
		t.Errorf("only %v minors have one name", alike)
	}
	for asked, own := range map[string][]string{
		"gbt30428.2-2013:0123": {"0114"}, "gbt47678.5-2026:01023": {"0114"},
		"gbt30428.2-2013:0137": {"0118"}, "gbt47678.5-2026:01037": {"0118"},
		"gbt30428.2-2013:0404": {"0403"}, "gbt30428.2-2013:0405": {"0404"}, "gbt47678.5-2026:01001": {"0101"},
		"gbt30428.2-2013:0225": {"2101"}, "gbt47678.5-2026:02025": {"2101"}, "gbt47678.5-2026:01054": {"2105"}, "gbt30428.2-2013:0503": {"2124"},
		"gbt30428.2-2013:0130": {"0117"}, "gbt30428.2-2013:0306": {"0306", "0307"},
		"gbt30428.2-2013:05": {"0603", "0604", "0606", "2124"},
	} {
		want := map[string]bool{}
		for _, code := range own {
			if len(of[code]) == 0 {
				t.Errorf("the city has nothing of %s", code)
			}
			maps.Copy(want, of[code])
		}
		if got := found(asked); !maps.Equal(got, want) {
			as, err := catalogue.Resolve(grids.ComponentKind, asked)
			t.Errorf("%s gives %d components of %v, want %d of %v, %v", asked, len(got), as, len(want), own, err)
		}
	}
	mapped := 0
	for code := range of {
		cat := catalogue.Find(grids.ComponentKind, code)
		for _, scheme := range []string{grids.SchemeGB2013, grids.SchemeGB2026} {
			there, err := catalogue.Counterparts(cat, scheme)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range there {
				mapped++
				back, err := catalogue.Resolve(grids.ComponentKind, scheme+":"+k.Code)
				if err != nil || !slices.ContainsFunc(back, func(b grids.Counterpart) bool { return b.Code == code }) {
					t.Errorf("%s %s is %s:%s, which is %v, %v", code, cat.Name, scheme, k.Code, back, err)
				}
			}
		}
	}
	if mapped < 100 {
		t.Errorf("only %d codes came back", mapped)
	}
}
