package demo

import (
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

// TestEveryMinorOfTheDemoHasConditionsWithTheListsLimits starts a clock for
// every minor category, and looks at classes whose numbers differ between the
// standards.
func TestEveryMinorOfTheDemoHasConditionsWithTheListsLimits(t *testing.T) {
	town, err := Town(1)
	if err != nil {
		t.Fatal(err)
	}
	city, err := furnished()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		city *grids.City
		want map[string]string // minor: its limits in order
	}{
		{town, map[string]string{
			"0123": "2 urgent_hour, 4 work_hour, 2 work_day, 5 work_day",
			"0137": "2 work_hour, 1 work_day, 1 work_day, 2 work_day, 2 work_day, 3 work_day",
		}},
		{city, map[string]string{
			"0114": "2 urgent_hour, 4 work_hour, 2 work_day, 5 work_day", // 无主井盖 is 0123 不明井盖
			"0118": "2 work_hour, 1 work_day, 1 work_day, 2 work_day, 2 work_day, 3 work_day",
			"0117": "1 work_day, 2 work_day, 5 work_day, 5 work_day", // 立杆: 电力立杆 comes before 通信立杆
			"2133": "1 work_day, 2 work_day, 5 work_day",             // 电梯 is in no list
			"2105": "1 work_day, 2 work_day, 5 work_day, 10 work_day",
		}},
	} {
		table, err := clock.NewTable(c.city.Scheme, c.city.Conditions)
		if err != nil {
			t.Fatal(err)
		}
		calendar, err := clock.ForCity(&c.city.Profile, c.city.Calendar)
		if err != nil {
			t.Fatal(err)
		}
		minors, conditions := 0, 0
		for _, k := range c.city.Categories {
			if k.Major == "" || k.Scheme != c.city.Scheme {
				continue
			}
			minors++
			var limits []string
			for _, of := range table.Of(k.Kind, k.Code) {
				conditions++
				if !strings.HasSuffix(of.Text, "（示例）") || !strings.HasPrefix(of.Text, k.Name) {
					t.Errorf("%s %s condition %s does not say that it is made up: %q", k.Kind, k.Code, of.Code, of.Text)
				}
				run, err := table.Start(k.Kind, k.Code, of.Code, stageHandle, time.Date(2026, 2, 13, 17, 0, 0, 0, calendar.Zone()))
				if err != nil {
					t.Fatal(err)
				}
				if due, err := calendar.Due(run); err != nil || due.CalendarMissing || !due.At.After(run.Start) {
					t.Errorf("%s %s: due %v, %v", k.Kind, k.Code, due, err)
				}
				limits = append(limits, run.Limit.String())
			}
			if len(limits) == 0 {
				t.Errorf("%s %s %s has no condition", k.Kind, k.Code, k.Name)
			}
			if want := c.want[k.Code]; want != "" && k.Kind == grids.ComponentKind && strings.Join(limits, ", ") != want {
				t.Errorf("%s %s: %s, want %s", k.Code, k.Name, strings.Join(limits, ", "), want)
			}
		}
		t.Logf("%s: %d minors, %d conditions", c.city.Name, minors, conditions)
	}
}

func TestTheUsualLimitsAreThoseThatMostClassesOfTheListHave(t *testing.T) {
	count := map[string]map[string]int{"component": {}, "event": {}}
	for i, line := range strings.Split(strings.TrimSpace(timeLimitsCSV), "\n") {
		if f := strings.Split(line, ","); i > 0 {
			for part := range strings.SplitSeq(f[4], ";") {
				limit, _, _ := strings.Cut(part, " x")
				count[f[0]][limit]++
			}
		}
	}
	for kind, usual := range map[string]string{"component": usualComponent, "event": usualEvent} {
		few := 1000
		for part := range strings.SplitSeq(usual, ";") {
			limit, _, _ := strings.Cut(part, " x")
			few = min(few, count[kind][limit])
			delete(count[kind], limit)
		}
		for limit, n := range count[kind] {
			if n > few {
				t.Errorf("%d classes of %s have %s, the usual ones at least %d", n, kind, limit, few)
			}
		}
	}
	if list, err := timeLimits(); len(list) != 190 || err != nil {
		t.Errorf("%d classes, %v", len(list), err)
	}
	for _, bad := range []string{"", "1 work_day", "1 work_day x0", "1 work_day x99", "1 week x1"} {
		if got, err := readLimits(bad); err == nil {
			t.Errorf("%q was read as %v", bad, got)
		}
	}
}
