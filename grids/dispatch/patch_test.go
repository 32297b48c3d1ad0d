package dispatch_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/dispatch"
)

func TestAPatchOfRulesChangesWhatItNamesAndNothingElse(t *testing.T) {
	text, err := os.ReadFile("testdata/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	read := func(text string) *dispatch.Rules {
		t.Helper()
		r, err := dispatch.ReadRules([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	same := func(a, b *dispatch.Rules) bool {
		text := func(r *dispatch.Rules) string {
			return fmt.Sprintf("%+v", []any{r.Version, r.Scheme, r.Components, r.Events, r.Classes, r.Joint, r.Territory, r.Default, r.Thresholds, r.Match, r.Calibrated})
		}
		return text(a) == text(b)
	}
	base := read(string(text))
	if got, err := base.Patched([]byte(`{}`)); err != nil || !same(got, base) {
		t.Errorf("an empty patch: %v", err)
	}
	got, err := base.Patched([]byte(`{"version":"2","thresholds":{"automatic":0.9},"events":{"order":["territory"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got.Version != "2" || got.Thresholds.Automatic != 0.9 || got.Thresholds.Named != base.Thresholds.Named ||
		!slices.Equal(got.Events.Order, []dispatch.Step{dispatch.StepTerritory}) || base.Version == "2" {
		t.Errorf("%+v", got)
	}
	got.Version, got.Thresholds, got.Events = base.Version, base.Thresholds, base.Events
	if !same(got, base) {
		t.Error("more was changed than the patch names")
	}
	for patch, want := range map[string]string{
		``: "no JSON object", `null`: "no JSON object", `[]`: "no JSON object", `"x"`: "no JSON object",
		`{"version":null}`:                           "version is missing",
		`{"teritory":{}}`:                            "teritory",
		`{"thresholds":{"automatic":"often"}}`:       "thresholds: not a number",
		`{"events":{"order":["arena"]}}`:             `step "arena"`,
		`{"x":"` + strings.Repeat("a", 1<<20) + `"}`: "at most",
	} {
		if _, err := base.Patched([]byte(patch)); !errors.Is(err, dispatch.ErrRules) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "line ") {
			t.Errorf("%.60s: %v; wanted %s", patch, err, want)
		}
	}
}
