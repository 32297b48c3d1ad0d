package grids

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// ownCity is a city with a scheme of its own, which extends CJ/T 214, and with
// rows of GB/T 30428.2-2013 that the built-in list lacks.
func ownCity(tb testing.TB) *Catalogue {
	tb.Helper()
	list, err := National(SchemeCJT214)
	if err != nil {
		tb.Fatal(err)
	}
	var all []Category
	for _, c := range list {
		c.Scheme, c.Equivalent = "own", SchemeCJT214+":"+c.Code
		all = append(all, c)
	}
	return NewCatalogue("own", append(all,
		Category{Scheme: "own", Kind: ComponentKind, Code: "21", Name: "扩展部件"},
		Category{Scheme: "own", Kind: ComponentKind, Code: "2101", Major: "21", Name: "非机动车停放点", Equivalent: SchemeGB2013 + ":0225"},
		Category{Scheme: "own", Kind: ComponentKind, Code: "2102", Major: "21", Name: "提款机"},
		Category{Scheme: "own", Kind: ComponentKind, Code: "2103", Major: "21", Name: "电力井盖（小）", Equivalent: SchemeGB2013 + ":0105"},
		Category{Scheme: SchemeGB2013, Kind: ComponentKind, Code: "0199", Major: "01", Name: "灯杆", Equivalent: SchemeCJT214 + ":0118"},
		Category{Scheme: "old", Kind: ComponentKind, Code: "L1", Major: "L", Name: "老路灯", Equivalent: SchemeGB2026 + ":01037"},
	))
}

func codesOf(found []Counterpart) string {
	out := make([]string, len(found))
	for i, c := range found {
		out[i] = c.Code + " " + string(c.Certainty)
	}
	return strings.Join(out, ", ")
}

func TestResolve_ACityWithItsOwnScheme(t *testing.T) {
	c := ownCity(t)
	for asked, want := range map[string]string{
		"0118":                  "0118 same",
		"own:0118":              "0118 same",
		"cjt214:0118":           "0118 same",
		"gbt30428.2-2013:0137":  "0118 exact-name",
		"gbt47678.5-2026:01037": "0118 exact-name",
		"gbt30428.2-2013:0225":  "2101 same",
		"gbt47678.5-2026:02025": "2101 exact-name",
		"gbt30428.2-2013:0105":  "0105 by-rule, 2103 same",
		"gbt47678.5-2026:01005": "0105 exact-name, 2103 by-rule",
		"cjt214:0105":           "0105 same, 2103 by-rule",
		"gbt30428.2-2013:0199":  "0118 same",
		"old:L1":                "0118 exact-name",
		"old:L":                 "0118 exact-name",
		"21":                    "2101 same, 2102 same, 2103 same, 21 same",
		"own:2102":              "2102 same",
	} {
		if got, err := c.Resolve(ComponentKind, asked); err != nil || codesOf(got) != want {
			t.Errorf("%s: %s, want %s; %v", asked, codesOf(got), want, err)
		}
	}
	for asked, want := range map[string]error{
		"9999": ErrCategory, "": ErrCategory, ":": ErrCategory, ":0118": nil, "own:": ErrCategory, "none:0118": ErrCategory,
		"gbt30428.2-2013:9999": ErrCategory, "gbt30428.2-2013:01377": ErrCategory, "cjt214:": ErrCategory, "old:L2": ErrCategory,
		"gbt30428.2-2013:0126": ErrNoCounterpart, "gbt47678.5-2026:01037x": ErrCategory, "gbt47678.5-2026:01:037": ErrCategory,
	} {
		if got, err := c.Resolve(ComponentKind, asked); !errors.Is(err, want) {
			t.Errorf("%q: %v, %v", asked, got, err)
		}
	}
	if got, err := c.Resolve(EventKind, "gbt30428.2-2013:0137"); err != nil || codesOf(got) != "0117 near-name" {
		t.Errorf("the event of the number: %v, %v", got, err)
	}
}

// The majors of two schemes hold other minors, so that a major is asked as the
// minors that it has in its own scheme.
func TestResolve_AMajorIsItsMinors(t *testing.T) {
	of := catalogues(t)
	for city, c := range of {
		for scheme, other := range of {
			for _, major := range other.All() {
				if major.Major != "" || scheme == city {
					continue
				}
				want := map[string]bool{}
				for _, minor := range other.All() {
					if minor.Kind != major.Kind || minor.Major != major.Code {
						continue
					}
					found, err := c.Resolve(minor.Kind, scheme+":"+minor.Code)
					if err != nil && !errors.Is(err, ErrNoCounterpart) {
						t.Fatal(err)
					}
					for _, f := range found {
						want[f.Code] = true
					}
				}
				got, err := c.Resolve(major.Kind, scheme+":"+major.Code)
				if len(got) != len(want) || (err != nil) != (len(want) == 0) || slices.ContainsFunc(got, func(g Counterpart) bool { return !want[g.Code] }) {
					t.Errorf("%s %s %s in %s: %s, want %v, %v", scheme, major.Kind, major.Name, city, codesOf(got), want, err)
				}
			}
		}
	}
}

func TestCatalogue_SchemesAndTheirLists(t *testing.T) {
	c := ownCity(t)
	if got := c.Schemes(); !slices.Equal(got, []string{"own", SchemeCJT214, SchemeGB2013, SchemeGB2026, "old"}) {
		t.Errorf("schemes %v", got)
	}
	for scheme, want := range map[string]int{"own": 154, SchemeCJT214: 150, SchemeGB2013: 147, SchemeGB2026: 418, "old": 1, "none": 0} {
		list, err := c.Scheme(scheme)
		if err != nil || len(list) != want || !slices.IsSortedFunc(list, byKindAndCode) {
			t.Errorf("%s has %d, want %d, %v", scheme, len(list), want, err)
		}
	}
	for _, k := range []struct{ scheme, code, to, want string }{
		{"own", "0118", SchemeGB2013, "0137 exact-name"},
		{"own", "01", SchemeGB2013, "01 exact-name"},
		{"own", "2101", SchemeGB2026, "02025 exact-name"},
		{"own", "2102", SchemeGB2026, ""},
		{SchemeGB2026, "01037", "own", "0118 exact-name"},
		{SchemeGB2026, "01037", SchemeGB2013, "0137 exact-name"},
		{"old", "L1", SchemeGB2026, "01037 same"},
	} {
		got := counterparts(t, c, &Category{Scheme: k.scheme, Kind: ComponentKind, Code: k.code, Major: strings.Repeat("x", len(k.code)-2)}, k.to)
		if codesOf(got) != k.want {
			t.Errorf("%s %s in %s: %s, want %s", k.scheme, k.code, k.to, codesOf(got), k.want)
		}
	}
}

// FuzzResolve: whatever is asked for, an answer names minors and majors of the
// city, each once, and an error is one of the two.
func FuzzResolve(f *testing.F) {
	for _, text := range []string{"0118", "cjt214:0118", "gbt30428.2-2013:01", "gbt47678.5-2026:01037", "old:L1", ":", "a:b:c", "gbt30428.2-2013:0506", "路灯"} {
		f.Add(text, false)
		f.Add(text, true)
	}
	c := ownCity(f)
	f.Fuzz(func(t *testing.T, text string, event bool) {
		kind := ComponentKind
		if event {
			kind = EventKind
		}
		found, err := c.Resolve(kind, text)
		if (err == nil) != (len(found) > 0) || (err != nil && !errors.Is(err, ErrCategory) && !errors.Is(err, ErrNoCounterpart)) {
			t.Fatalf("%q: %v, %v", text, found, err)
		}
		seen := map[string]bool{}
		for _, k := range found {
			if seen[k.Code] || c.Find(kind, k.Code) == nil || !slices.Contains(certainties, k.Certainty) {
				t.Errorf("%q: %v", text, found)
			}
			seen[k.Code] = true
		}
	})
}

func BenchmarkResolve(b *testing.B) {
	c := ownCity(b)
	for name, asked := range map[string]string{"own": "0118", "minor": "gbt30428.2-2013:0137", "major": "gbt47678.5-2026:01"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Resolve(ComponentKind, asked); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestTranslate_OnlyWhatNamesAScheme(t *testing.T) {
	c := ownCity(t)
	got, err := c.Translate(ComponentKind, []string{"01", "gbt30428.2-2013:0105", "gbt47678.5-2026:01005", "x", "own:2102"})
	if want := []string{"01", "0105", "2103", "x", "2102"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, want %v, %v", got, want, err)
	}
	if got, err := c.Translate(ComponentKind, []string{"01", "none:01"}); !errors.Is(err, ErrCategory) {
		t.Errorf("%v, %v", got, err)
	}
}
