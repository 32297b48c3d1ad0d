package codes_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/codes"
)

func pattern(tb testing.TB, text string) codes.Pattern {
	tb.Helper()
	p, err := codes.ParsePattern(text)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestPatternsAreReadAndWritten(t *testing.T) {
	for _, text := range []string{"6+3+3+3", "6+3+3+4", "6+2+2+6", "6+2+3", "3", "9+9+9+9", "Z+2", "zone+6+3+2"} {
		if p := pattern(t, text); p.String() != text {
			t.Errorf("%s is written %s", text, p)
		}
	}
	if p := pattern(t, "Z+6+3"); p.Len() != 10 {
		t.Errorf("Z+6+3 has %d characters", p.Len())
	}
	for _, text := range []string{
		"", "+", "6+", "+6", "6++3", "0", "6+0", "10", "6+3+3+3+3", "6,3", "６+3", "6+x", "Z", "Z+", "Z1+2", "网+2", "toolongname+2", " 6", "6+3+3+-3",
	} {
		if p, err := codes.ParsePattern(text); err == nil {
			t.Errorf("%q is read as %s", text, p)
		}
	}
}

// What DB11/T 2157-2023 and the category standards write, taken apart by eye.
func TestCodesOfTheStandards(t *testing.T) {
	cell, err := codes.ParseCell(codes.Pattern{}, "410204003001017")
	if want := (codes.Cell{"410204", 3, 1, 17}); err != nil || cell != want {
		t.Errorf("%v, %v", cell, err)
	}
	if in := cell.In(); in != (codes.Community{"410204", 3, 1}) || in.In() != (codes.Street{"410204", 3}) {
		t.Errorf("the cell lies in %v", in)
	}
	long, err := codes.ParseCell(pattern(t, "6+3+3+4"), "4102040030010017")
	if want := (codes.Cell{"410204", 3, 1, 17}); err != nil || long != want {
		t.Errorf("%v, %v", long, err)
	}
	for scheme, want := range map[string]codes.Component{
		grids.SchemeCJT214 + " 4102040118000042":  {"410204", "01", "18", 42},
		grids.SchemeGB2013 + " 4102040137000042":  {"410204", "01", "37", 42},
		grids.SchemeGB2026 + " 41020401037000042": {"410204", "01", "037", 42},
	} {
		scheme, code, _ := strings.Cut(scheme, " ")
		p, err := codes.ComponentPattern(scheme)
		if err != nil {
			t.Fatal(err)
		}
		got, err := codes.ParseComponent(p, code)
		if err != nil || got != want {
			t.Errorf("%s %s: %v, %v", scheme, code, got, err)
		}
		list, err := grids.National(scheme)
		if err != nil {
			t.Fatal(err)
		}
		if cat := grids.NewCatalogue(scheme, list).Find(grids.ComponentKind, got.Category()); cat == nil || cat.Name != "路灯" {
			t.Errorf("%s %s is of category %v", scheme, got.Category(), cat)
		}
	}
	p, err := codes.EventPattern(grids.SchemeGB2026)
	if err != nil {
		t.Fatal(err)
	}
	event, err := codes.ParseEvent(p, "41020406010")
	if err != nil || event != (codes.Event{"410204", "06", "010"}) || event.Category() != "06010" {
		t.Errorf("%v, %v", event, err)
	}
	zone, err := codes.ParseZone(pattern(t, "Z+2"), "Z07")
	if err != nil || zone != (codes.Zone{Serial: 7}) {
		t.Errorf("%v, %v", zone, err)
	}
}

// The same digits are another component in another scheme, so nothing may be
// read without one.
func TestOnlyDeclaredSchemesHavePatterns(t *testing.T) {
	for _, scheme := range grids.NationalSchemes() {
		if _, err := codes.ComponentPattern(scheme); err != nil {
			t.Error(err)
		}
	}
	for _, scheme := range []string{"", "cjt214-demo", "gbt47678"} {
		if p, err := codes.ComponentPattern(scheme); err == nil {
			t.Errorf("scheme %q has the pattern %s", scheme, p)
		}
	}
	for _, scheme := range []string{"", grids.SchemeCJT214, grids.SchemeGB2013} {
		if p, err := codes.EventPattern(scheme); err == nil {
			t.Errorf("events of %q have the pattern %s", scheme, p)
		}
	}
	if c, err := codes.ParseComponent(codes.Pattern{}, "4102040118000042"); err == nil {
		t.Errorf("read without a pattern: %v", c)
	}
	if c, err := codes.ParseCell(pattern(t, "6+3+3"), "410204003001"); err == nil {
		t.Errorf("a cell of three groups: %v", c)
	}
	if c, err := codes.ParseCell(codes.Pattern{Widths: [4]int{6, 3, 3, 30}}, "410204003001"+strings.Repeat("9", 30)); err == nil {
		t.Errorf("a serial of thirty digits: %v", c)
	}
}

func TestErrorsNameThePositionAtFault(t *testing.T) {
	cell := func(code string) error { _, err := codes.ParseCell(codes.Pattern{}, code); return err }
	lamp := func(code string) error {
		p, err := codes.ComponentPattern(grids.SchemeGB2026)
		if err != nil {
			return err
		}
		_, err = codes.ParseComponent(p, code)
		return err
	}
	zone := func(code string) error { _, err := codes.ParseZone(pattern(t, "Q+6+3"), code); return err }
	street := func(code string) error { _, err := codes.ParseStreet(codes.Pattern{}, code); return err }
	community := func(code string) error { _, err := codes.ParseCommunity(codes.Pattern{}, code); return err }
	division := func(code string) error { _, err := codes.ParseDivision(codes.Pattern{}, code); return err }
	for _, c := range []struct {
		parse func(string) error
		code  string
		at    int
		says  string
	}{
		{cell, "", 1, "missing"},
		{cell, "41020400300101", 15, "missing"},
		{cell, "4102040030010017", 16, "one too many"},
		{cell, "410204003001o17", 13, "'o'"},
		{cell, "41020400３001017", 9, "'３'"},
		{cell, " 410204003001017", 1, "' '"},
		{cell, "4.10204003001e1", 2, "'.'"},
		{cell, "410204000001017", 7, "no street"},
		{cell, "410204003000017", 10, "no community"},
		{cell, "410204003001000", 13, "no cell"},
		{lamp, "4102040137000042", 17, "missing"},
		{lamp, "410204010370000421", 18, "one too many"},
		{zone, "Z410204001", 1, `"Q"`},
		{zone, "", 1, `"Q"`},
		{zone, "Q41020400x", 10, "'x'"},
		{zone, "Q4102040010", 11, "one too many"},
		{street, "410204000", 7, "no street"},
		{street, "410204003001", 10, "one too many"},
		{community, "410204003000", 10, "no community"},
		{community, "410204000001", 7, "no street"},
		{division, "41020", 6, "missing"},
		{division, "\xff", 1, "not a digit"},
		{cell, strings.Repeat("9", 100_000), 16, "…"},
	} {
		err := c.parse(c.code)
		var fault *codes.Error
		if !errors.As(err, &fault) {
			t.Errorf("%.40q: %v", c.code, err)
			continue
		}
		if fault.At != c.at || !strings.Contains(err.Error(), c.says) || len(err.Error()) > 200 {
			t.Errorf("%.40q: character %d, want %d; %v", c.code, fault.At, c.at, err)
		}
	}
}

func TestNothingIsWrittenThatCannotBeRead(t *testing.T) {
	p, err := codes.ComponentPattern(grids.SchemeGB2013)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		write func(codes.Pattern) (string, error)
		p     codes.Pattern
		at    int
	}{
		{codes.Cell{"410204", 3, 1, 1000}.Code, codes.Pattern{}, 13},
		{codes.Cell{"410204", 3, 1, 0}.Code, codes.Pattern{}, 13},
		{codes.Cell{"410204", 3, -1, 1}.Code, codes.Pattern{}, 10},
		{codes.Cell{"410204", 0, 1, 1}.Code, codes.Pattern{}, 7},
		{codes.Cell{"41020", 3, 1, 1}.Code, codes.Pattern{}, 1},
		{codes.Cell{"4102x4", 3, 1, 1}.Code, codes.Pattern{}, 5},
		{codes.Community{"410204", 3, 1000}.Code, codes.Pattern{}, 10},
		{codes.Community{"410204", 3, 0}.Code, codes.Pattern{}, 10},
		{codes.Street{"410204", 1000}.Code, codes.Pattern{}, 7},
		{codes.Street{"410204", 0}.Code, codes.Pattern{}, 7},
		{codes.Component{"410204", "01", "037", 1}.Code, p, 9},
		{codes.Component{"410204", "01", "37", 1_000_000}.Code, p, 11},
		{codes.Event{"410204", "1", "37"}.Code, pattern(t, "6+2+2"), 7},
		{codes.Zone{"", "", 100}.Code, pattern(t, "Z+2"), 2},
		{codes.Zone{"410204", "", 1}.Code, pattern(t, "6+3+2"), 7},
	} {
		code, err := c.write(c.p)
		var fault *codes.Error
		if !errors.As(err, &fault) || fault.At != c.at {
			t.Errorf("%q at %d, want %d: %v", code, fault.At, c.at, err)
		}
	}
}

// Codes are made here by fmt, not by the package.
func TestWhatIsReadIsWrittenAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	long := pattern(t, "6+3+3+4")
	for range 2_000 {
		division, n := 100_000+r.IntN(900_000), func(below int) int { return 1 + r.IntN(below-1) }
		street, community, serial := n(1000), n(1000), n(1000)
		text := fmt.Sprintf("%06d%03d%03d%03d", division, street, community, serial)
		cell, err := codes.ParseCell(codes.Pattern{}, text)
		want := codes.Cell{fmt.Sprint(division), street, community, serial}
		if again, err2 := cell.Code(codes.Pattern{}); err != nil || err2 != nil || cell != want || again != text {
			t.Fatalf("%s: %v, %s, %v, %v", text, cell, again, err, err2)
		}
		above, err := cell.In().Code(codes.Pattern{})
		street9, err2 := cell.In().In().Code(codes.Pattern{})
		if err != nil || err2 != nil || above != text[:12] || street9 != text[:9] {
			t.Fatalf("%s: community %s, street %s, %v, %v", text, above, street9, err, err2)
		}
		text = fmt.Sprintf("%06d%03d%03d%04d", division, street, community, serial)
		cell, err = codes.ParseCell(long, text)
		if again, err2 := cell.Code(long); err != nil || err2 != nil || cell != want || again != text {
			t.Fatalf("%s: %v, %s, %v, %v", text, cell, again, err, err2)
		}
	}
}

func TestKindsByNumber(t *testing.T) {
	for number, want := range map[int]codes.StreetKind{
		-1: "", 0: "", 1: codes.Subdistrict, 99: codes.Subdistrict, 100: codes.Town, 199: codes.Town,
		200: codes.Township, 399: codes.Township, 400: codes.Enterprise, 599: codes.Enterprise, 600: "",
	} {
		if got := (codes.Street{"410204", number}).Kind(); got != want {
			t.Errorf("street %d: %q, want %q", number, got, want)
		}
	}
	for number, want := range map[int]codes.CommunityKind{
		-1: "", 0: "", 1: codes.Residents, 199: codes.Residents, 200: codes.Villagers, 399: codes.Villagers, 400: "",
	} {
		if got := (codes.Community{"410204", 3, number}).Kind(); got != want {
			t.Errorf("community %d: %q, want %q", number, got, want)
		}
	}
}
