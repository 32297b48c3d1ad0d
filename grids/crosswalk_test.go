package grids

import (
	"encoding/csv"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// catalogues are the national schemes, each as a city's own.
func catalogues(tb testing.TB) map[string]*Catalogue {
	tb.Helper()
	out := map[string]*Catalogue{}
	for _, scheme := range NationalSchemes() {
		list, err := National(scheme)
		if err != nil {
			tb.Fatal(err)
		}
		out[scheme] = NewCatalogue(scheme, list)
	}
	return out
}

// namedAlone reads the table for the codes that it says have no counterpart:
// by kind, scheme and code, then the other scheme.
func namedAlone(t *testing.T) map[class]map[string]bool {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(crosswalkCSV)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out, schemes := map[class]map[string]bool{}, NationalSchemes()
	for _, rec := range rows[1:] {
		for n, pair := range [][2]int{{0, 1}, {1, 2}, {0, 2}} {
			if rec[7+n] != noCounterpart {
				continue
			}
			a, b := pair[0], pair[1]
			if rec[1+2*a] == "" {
				a, b = b, a
			}
			k := class{Kind(rec[0]), schemes[a], rec[1+2*a]}
			if out[k] == nil {
				out[k] = map[string]bool{}
			}
			out[k][schemes[b]] = true
		}
	}
	return out
}

func counterparts(t *testing.T, c *Catalogue, cat *Category, to string) []Counterpart {
	t.Helper()
	out, err := c.Counterparts(cat, to)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEveryCategoryMapsAndComesBackOrIsNamedAsWithoutCounterpart(t *testing.T) {
	of, alone := catalogues(t), namedAlone(t)
	mapped, without := 0, 0
	for from, c := range of {
		for _, cat := range c.All() {
			for to, other := range of {
				if to == from {
					continue
				}
				got := counterparts(t, c, &cat, to)
				if named := alone[class{cat.Kind, from, cat.Code}][to]; named != (len(got) == 0) {
					t.Errorf("%s %s %s has %v in %s; named as without counterpart: %v", cat.Kind, from, cat.Name, got, to, named)
				}
				if len(got) == 0 {
					without++
					continue
				}
				mapped++
				for _, there := range got {
					k := other.Find(cat.Kind, there.Code)
					if k == nil || k.Name != there.Name || there.Scheme != to || (k.Major == "") != (cat.Major == "") {
						t.Fatalf("%s %s %s: %v is %v", cat.Kind, from, cat.Name, there, k)
					}
					if !slices.Contains(counterparts(t, other, k, from), Counterpart{from, cat.Code, cat.Name, there.Certainty.back()}) {
						t.Errorf("%s %s %s → %s %s does not come back", cat.Kind, from, cat.Name, to, there.Name)
					}
				}
			}
		}
	}
	t.Logf("%d rows with a counterpart in another scheme, %d named as without", mapped, without)
	if mapped+without != 2*714 {
		t.Errorf("%d and %d are not twice the 714 rows", mapped, without)
	}
}

// What has one name in two lists is one class; the domain's rule is written
// here anew.
func TestTheTableAgreesWithTheNamesAndWithTheRule(t *testing.T) {
	of := catalogues(t)
	names := map[string]bool{}
	for _, from := range NationalSchemes() {
		for _, cat := range of[from].All() {
			for _, to := range NationalSchemes() {
				if from == to || cat.Name == "其他" {
					continue
				}
				byName, found := "", counterparts(t, of[from], &cat, to)
				for _, k := range of[to].All() {
					if k.Kind == cat.Kind && k.Name == cat.Name {
						byName = k.Code
					}
				}
				for _, c := range found {
					if (c.Certainty == ExactName) != (c.Name == cat.Name) {
						t.Errorf("%s %s and %s %s are %s", from, cat.Name, to, c.Name, c.Certainty)
					}
					if from == SchemeGB2013 && to == SchemeGB2026 && c.Certainty == ByRule && cat.Major != "" && ruled(cat.Kind, cat.Code) != c.Code {
						t.Errorf("%s %s and %s %s are not by rule", cat.Code, cat.Name, c.Code, c.Name)
					}
					if c.Certainty == ByRule {
						names[cat.Name+"="+c.Name] = true
					}
				}
				if byName != "" && !slices.Contains(found, Counterpart{to, byName, cat.Name, ExactName}) {
					t.Errorf("%s %s %s is %s in %s by name, %v by the table", cat.Kind, from, cat.Name, byName, to, found)
				}
			}
		}
	}
	for _, pair := range []string{"渠化岛=安全岛", "上水井盖=供水井盖", "垃圾中转站=垃圾间（楼）"} {
		if !names[pair] {
			t.Errorf("%s is not by rule", pair)
		}
	}
	for _, cat := range of[SchemeGB2013].All() {
		newer := of[SchemeGB2026].Find(cat.Kind, ruled(cat.Kind, cat.Code))
		if cat.Major == "" || newer == nil {
			continue
		}
		want := Counterpart{SchemeGB2026, newer.Code, newer.Name, ByRule}
		if newer.Name == cat.Name {
			want.Certainty = ExactName
		}
		if got := counterparts(t, of[SchemeGB2013], &cat, SchemeGB2026); !slices.Equal(got, []Counterpart{want}) {
			t.Errorf("%s %s %s becomes %v, by the rule %v", cat.Kind, cat.Code, cat.Name, got, want)
		}
	}
}

// ruled is the rule: BBSS becomes BB0SS; of events the majors move too.
func ruled(kind Kind, code string) string {
	minor := regexp.MustCompile(`^(\d\d)(\d\d)$`).FindStringSubmatch(code)
	if minor == nil {
		return ""
	}
	if kind == ComponentKind {
		return minor[1] + "0" + minor[2]
	}
	if to, ok := map[string]string{"0507": "10001", "0508": "10002", "0602": "09013"}[code]; ok {
		return to
	}
	major, ok := map[string]string{"01": "06", "02": "07", "03": "08", "04": "09"}[minor[1]]
	if !ok {
		return ""
	}
	return major + "0" + minor[2]
}

// The way over the middle scheme leads nowhere else than the direct one.
func TestTheTableAgreesWithItselfOverTheMiddleScheme(t *testing.T) {
	of, n := catalogues(t), 0
	for _, cat := range of[SchemeCJT214].All() {
		direct := counterparts(t, of[SchemeCJT214], &cat, SchemeGB2026)
		middles := counterparts(t, of[SchemeCJT214], &cat, SchemeGB2013)
		for _, c := range append(slices.Clone(middles), direct...) {
			// Only the middle scheme's numbers were changed by rule.
			if c.Certainty == ByRule && (c.Scheme == SchemeGB2013 || len(middles) == 0) {
				t.Errorf("%s and %v are by rule", cat.Name, c)
			}
		}
		for _, middle := range middles {
			for _, end := range counterparts(t, of[SchemeGB2013], of[SchemeGB2013].Find(cat.Kind, middle.Code), SchemeGB2026) {
				n++
				i := slices.IndexFunc(direct, func(c Counterpart) bool { return c.Code == end.Code })
				if i < 0 || (direct[i].Certainty != ExactName && direct[i].Certainty != weaker(middle.Certainty, end.Certainty)) {
					t.Errorf("%s → %v → %v, directly %v", cat.Name, middle, end, direct)
				}
			}
		}
	}
	if n < 90 {
		t.Errorf("only %d ways were compared", n)
	}
}

func TestNumbersThatChanged(t *testing.T) {
	of := catalogues(t)
	for _, c := range []struct {
		city  string
		kind  Kind
		asked string
		want  []Counterpart
	}{
		{SchemeGB2013, ComponentKind, "cjt214:0114", []Counterpart{{SchemeGB2013, "0123", "不明井盖", NearName}}},
		{SchemeGB2013, ComponentKind, "cjt214:0118", []Counterpart{{SchemeGB2013, "0137", "路灯", ExactName}}},
		{SchemeCJT214, ComponentKind, "gbt30428.2-2013:0137", []Counterpart{{SchemeCJT214, "0118", "路灯", ExactName}}},
		{SchemeCJT214, ComponentKind, "gbt47678.5-2026:01037", []Counterpart{{SchemeCJT214, "0118", "路灯", ExactName}}},
		// The same number is another thing.
		{SchemeCJT214, ComponentKind, "gbt30428.2-2013:0404", []Counterpart{{SchemeCJT214, "0403", "护树设施", ExactName}}},
		{SchemeCJT214, ComponentKind, "0404", []Counterpart{{SchemeCJT214, "0404", "花架花钵", Same}}},
		{SchemeCJT214, ComponentKind, "cjt214:0404", []Counterpart{{SchemeCJT214, "0404", "花架花钵", Same}}},
		// One class that became several, there and back.
		{SchemeGB2013, ComponentKind, "cjt214:0117", []Counterpart{{SchemeGB2013, "0130", "电力立杆", Narrower}, {SchemeGB2013, "0131", "通信立杆", Narrower}}},
		{SchemeCJT214, ComponentKind, "gbt30428.2-2013:0130", []Counterpart{{SchemeCJT214, "0117", "立杆", Wider}}},
		{SchemeCJT214, ComponentKind, "gbt30428.2-2013:0306", []Counterpart{{SchemeCJT214, "0306", "灯箱霓虹灯", Narrower}, {SchemeCJT214, "0307", "广告牌匾", Overlaps}}},
		// 0105 of 2013 is not in the list; the rule knows it.
		{SchemeCJT214, ComponentKind, "gbt30428.2-2013:0105", []Counterpart{{SchemeCJT214, "0105", "电力井盖", ByRule}}},
		{SchemeGB2026, EventKind, "gbt30428.2-2013:0507", []Counterpart{{SchemeGB2026, "10001", "道路积雪、结冰", ByRule}}},
		{SchemeGB2026, EventKind, "cjt214:0511", []Counterpart{{SchemeGB2026, "06007", "沿街晾挂", ExactName}}},
	} {
		if got, err := of[c.city].Resolve(c.kind, c.asked); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s in %s: %v, %v", c.asked, c.city, got, err)
		}
	}
}

func TestReadCrosswalk_RefusesWhatContradicts(t *testing.T) {
	const head = "kind,a,b,c,d,e,f,g,h,i\n"
	for name, line := range map[string]string{
		"a name that is another's":           "component,0118,路灯,0137,地灯,,,exact-name,,\n",
		"a code that is in no list":          "component,0918,路灯,,,,,none,,none\n",
		"a certainty that is none":           "component,0118,路灯,0137,路灯,,,perhaps,,\n",
		"two classes that cannot be one":     "component,0118,路灯,0137,路灯,,,same,,\n",
		"no counterpart where there is one":  "component,0118,路灯,0137,路灯,,,none,,\n",
		"a certainty where there is nothing": "component,0118,路灯,,,,,exact-name,,\n",
		"a short line":                       "component,0118\n",
	} {
		if _, err := readCrosswalk(strings.NewReader(nationalCSV), strings.NewReader(head+line), strings.NewReader("")); err == nil {
			t.Errorf("%s is read", name)
		}
	}
	if _, err := readCrosswalk(strings.NewReader(""), strings.NewReader(""), strings.NewReader("")); err == nil {
		t.Error("a crosswalk without lists is read")
	}
	if _, err := readCrosswalk(strings.NewReader(nationalCSV), strings.NewReader(head), strings.NewReader("one,two\n")); err == nil {
		t.Error("rules of two columns are read")
	}
}
