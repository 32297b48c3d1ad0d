package grids

import (
	"slices"
	"strings"
	"testing"
)

func TestNational_EverySchemeIsWhole(t *testing.T) {
	total := 0
	for _, scheme := range NationalSchemes() {
		all, err := National(scheme)
		if err != nil {
			t.Fatal(err)
		}
		total += len(all)
		count := map[Kind]int{}
		seen := map[string]bool{}
		for _, c := range all {
			count[c.Kind]++
			key := string(c.Kind) + " " + c.Code
			if seen[key] {
				t.Errorf("%s: %s occurs twice", scheme, key)
			}
			seen[key] = true
			if c.Scheme != scheme || c.Code == "" || c.Name == "" || (c.Kind != ComponentKind && c.Kind != EventKind) {
				t.Errorf("%s: %+v", scheme, c)
			}
		}
		for _, c := range all {
			if c.Major == "" {
				continue
			}
			if !seen[string(c.Kind)+" "+c.Major] || !strings.HasPrefix(c.Code, c.Major) {
				t.Errorf("%s: %s %s belongs to the major %q", scheme, c.Kind, c.Code, c.Major)
			}
		}
		t.Logf("%s: %d components, %d events", scheme, count[ComponentKind], count[EventKind])
		if count[ComponentKind] == 0 || count[EventKind] == 0 {
			t.Errorf("%s has %v", scheme, count)
		}
	}
	every, err := readCategories(strings.NewReader(nationalCSV))
	if err != nil || len(every) != total {
		t.Errorf("%d built in, %d in the schemes, %v", len(every), total, err)
	}
	if none, err := National("none"); none != nil || err != nil {
		t.Errorf("a scheme that is none has %v, %v", none, err)
	}
}

func TestReadCategories_RefusesBrokenTables(t *testing.T) {
	const head = "scheme,kind,code,major,name,certainty\n"
	for name, text := range map[string]string{
		"empty": "", "a short line": head + "a,component,01\n", "a quote left open": head + "a,component,\"01,,x,\n",
	} {
		if got, err := readCategories(strings.NewReader(text)); err == nil {
			t.Errorf("%s: read %v", name, got)
		}
	}
	line := "a,component,01,,x,\n"
	if got, err := readCategories(strings.NewReader(head + strings.Repeat(line, maxCategories))); err != nil || len(got) != maxCategories {
		t.Errorf("the most categories: %d, %v", len(got), err)
	}
	if _, err := readCategories(strings.NewReader(head + strings.Repeat(line, maxCategories+1))); err == nil {
		t.Error("one more than the most categories was read")
	}
}

func TestCatalogue_FindsByKindAndCodeWithinTheScheme(t *testing.T) {
	r := newRand(t, 1)
	var all []Category
	for _, scheme := range NationalSchemes() {
		national, err := National(scheme)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, national...)
	}
	for _, scheme := range NationalSchemes() {
		c := NewCatalogue(scheme, mixed(all, r))
		n := 0
		for _, want := range all {
			if want.Scheme != scheme {
				continue
			}
			n++
			if got := c.Find(want.Kind, want.Code); got == nil || *got != want {
				t.Errorf("%s %s %s: %v", scheme, want.Kind, want.Code, got)
			}
		}
		if len(c.All()) != n {
			t.Errorf("%s: %d, want %d", scheme, len(c.All()), n)
		}
		if !slices.IsSortedFunc(c.All(), func(a, b Category) int {
			return strings.Compare(string(a.Kind)+" "+a.Code, string(b.Kind)+" "+b.Code)
		}) {
			t.Errorf("%s is not in order", scheme)
		}
		if c.Find(ComponentKind, "none") != nil || c.Find("", "0101") != nil {
			t.Errorf("%s finds what it has not", scheme)
		}
	}
}
