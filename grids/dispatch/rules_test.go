package dispatch_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/grids/dispatch/stories"
	"github.com/wanmi-gis/wanmi/spatial"
)

func rulesText(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAFaultInARuleFileIsNamedWithItsLine(t *testing.T) {
	good := rulesText(t)
	for _, c := range []struct{ name, old, now, want string }{
		{"an unknown key", "territory:", "teritory:", "teritory"},
		{"no version", "version: stories-1", "version: ''", "version is missing"},
		{"an unknown step", "[ruling, territory, area]", "[ruling, territory, arena]", `line 7, column 30: step "arena"`},
		{"a step twice", "[ruling, territory, area]", "[ruling, territory, ruling]", "line 7, column 30: step ruling stands twice"},
		{"an owner of an event", "[ruling, territory, area]", "[owner]", "line 7, column 11: step owner: an event has none"},
		{"a joint list that is not there", "joint: covers\n", "joint: lids\n", `line 12, column 12: joint list "lids"`},
		{"something after joint", "owner, joint]", "joint, owner]", "nothing may stand after it"},
		{"a lead that is no member", "lead: 市政", "lead: 城管局", "line 19, column 11: joint list covers: the lead 城管局 is no member"},
		{"a member twice", "[市政, 供水,", "[市政, 市政,", "stands twice"},
		{"a class twice", `["0114"]`, `["0114", "0114"]`, `"0114" has a rule already`},
		{"a probability above 1", "automatic: 0.99", "automatic: 99", "thresholds.automatic is 99"},
		{"no number", "automatic: 0.99", "automatic: .nan", "thresholds.automatic is NaN"},
		{"no such off_duty", "off_duty: office", "off_duty: nobody", "off_duty is"},
		{"a negative accuracy", "B: 1", "B: -1", "class_m.B"},
		{"an alias", "default:\n  unit: 城管局", "default: &a\n  unit: 城管局\nterritory: *a", "aliases"},
		{"a tag that go-yaml panics on", "[ruling, territory, area]", "!territory", "line 7, column 10: tags"},
		{"a calibration that falls", "default:", "calibration:\n  events: [[0.5, 0.6], [0.6, 0.5]]\ndefault:", "knots ascend"},
		{"text for a number", "automatic: 0.99", "automatic: often", "line 26, column 14: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(good, c.old, c.now, 1)
			if text == good {
				t.Fatal("nothing was changed")
			}
			if _, err := dispatch.ReadRules([]byte(text)); !errors.Is(err, dispatch.ErrRules) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; wanted %s", err, c.want)
			}
		})
	}
	if _, err := dispatch.ReadRules(nil); !errors.Is(err, dispatch.ErrRules) {
		t.Errorf("an empty file: %v", err)
	}
	if _, err := dispatch.ReadRules([]byte(strings.Repeat("#", 2<<20))); !errors.Is(err, dispatch.ErrRules) {
		t.Errorf("a file of 2 MB: %v", err)
	}
}

func TestRulesThatDoNotFitTheCityAreRefused(t *testing.T) {
	good := rulesText(t)
	s := readStory(t, "testdata/stories/01-unknown-cover.txt")
	snapshot, err := grids.NewSnapshot(s.City, stories.Day())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, now, want string }{
		{"another scheme", "scheme: cjt214", "scheme: gbt30428.2-2013", "the city's is cjt214"},
		{"a unit that is not there", "unit: 城管局", "unit: 外星人", "unit 外星人 is not in the city"},
		{"a member that is not there", "广电]", "外星人]", "joint.covers: unit 外星人"},
		{"a class that is not there", `["0114"]`, `["99"]`, `begins with "99"`},
		{"areas of no class", `areas_of: "0604"`, `areas_of: "9999"`, "areas_of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rules, err := dispatch.ReadRules([]byte(strings.Replace(good, c.old, c.now, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := dispatch.New(snapshot, rules, nil); !errors.Is(err, dispatch.ErrRules) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; wanted %s", err, c.want)
			}
		})
	}
}

func TestAReportThatCannotBeMeantIsRefused(t *testing.T) {
	s := readStory(t, "testdata/stories/01-unknown-cover.txt")
	e := engineOf(t, s, townRules(t))
	good := s.Asks[0].Report
	for name, c := range map[string]struct {
		change func(*dispatch.Report)
		want   error
	}{
		"no kind":           {func(r *dispatch.Report) { r.Kind = "animal" }, dispatch.ErrReport},
		"no time":           {func(r *dispatch.Report) { r.Time = (dispatch.Report{}).Time }, dispatch.ErrReport},
		"accuracy below 0":  {func(r *dispatch.Report) { r.AccuracyM = -1 }, dispatch.ErrReport},
		"accuracy of a km":  {func(r *dispatch.Report) { r.AccuracyM = 1000 }, dispatch.ErrReport},
		"a major":           {func(r *dispatch.Report) { r.Category = "01" }, dispatch.ErrCategory},
		"an injected class": {func(r *dispatch.Report) { r.Category = "'; DROP TABLE cases; --" }, dispatch.ErrCategory},
		"no such component": {func(r *dispatch.Report) { r.Component = "😀" }, dispatch.ErrComponent},
	} {
		q := good
		c.change(&q)
		if _, err := e.Decide(q); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := e.Whose(q); !errors.Is(err, c.want) {
			t.Errorf("%s: whose: %v", name, err)
		}
	}
}

func TestABookThatCannotBeAppliedIsRefusedWithTheNumberOfWhatIsAtFault(t *testing.T) {
	s := readStory(t, "testdata/stories/01-unknown-cover.txt")
	snapshot, err := grids.NewSnapshot(s.City, stories.Day())
	if err != nil {
		t.Fatal(err)
	}
	back := []spatial.Coord{stories.At(0, 0), stories.At(100, 0), stories.At(0, 5)}
	for name, c := range map[string]struct {
		book dispatch.Book
		want string
	}{
		"a record about nothing":    {dispatch.Book{Records: []grids.OwnershipRecord{{Claim: grids.Claim{ID: 4, Unit: "供水"}}}}, "record 4"},
		"a line that turns back":    {dispatch.Book{Rulings: []grids.Ruling{{Claim: grids.Claim{ID: 9, Unit: "供水", Subject: grids.Subject{Line: back, WithinM: 10}}}}}, "ruling 9"},
		"a place wider than a mile": {dispatch.Book{Rulings: []grids.Ruling{{Claim: grids.Claim{ID: 7, Unit: "供水", Subject: grids.Subject{Line: back[:1], WithinM: 1e4}}}}}, "ruling 7"},
	} {
		if _, err := dispatch.New(snapshot, townRules(t), &c.book); !errors.Is(err, dispatch.ErrBook) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; wanted %s", name, err, c.want)
		}
	}
}

func FuzzReadRules(f *testing.F) {
	f.Add([]byte(rulesText(f)))
	f.Add([]byte("version: 1\nscheme: x\ncomponents: {order: [owner]}\nevents: {order: [territory]}\n"))
	f.Add([]byte("classes: [{kind: event, category: [''], order: [joint], joint: a}]"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := dispatch.ReadRules(text)
		if (r == nil) == (err == nil) {
			t.Fatalf("rules %v, error %v", r, err)
		}
		if r != nil && (r.Version == "" || len(r.Events.Order) == 0 || !(r.Thresholds.Automatic > 0)) {
			t.Fatalf("accepted: %+v", r)
		}
	})
}
