package clock

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// TestTheCalendarOfChinaIsWhatWasAnnounced holds the built-in days against what
// the announcements imply: a make-up workday is a weekend, and each year's
// holidays and make-up days leave as many working days as are commonly counted.
func TestTheCalendarOfChinaIsWhatWasAnnounced(t *testing.T) {
	days, err := China()
	if err != nil {
		t.Fatal(err)
	}
	off, on := map[string]int{}, map[string]int{}
	for i, d := range days {
		at, err := time.Parse(time.DateOnly, d.Date)
		if err != nil || i > 0 && days[i-1].Date >= d.Date || d.Name == "" {
			t.Errorf("%+v: %v", d, err)
		}
		weekend := at.Weekday() == time.Saturday || at.Weekday() == time.Sunday
		if d.Working && !weekend {
			t.Errorf("%s is a working day anyway", d.Date)
		}
		if year := d.Date[:4]; d.Working {
			on[year]++
		} else if !weekend {
			off[year]++
		}
	}
	c := china(t)
	if !slices.Equal(c.Years(), []int{2021, 2022, 2023, 2024, 2025, 2026}) {
		t.Errorf("years %v", c.Years())
	}
	// Weekdays of the year less weekdays off plus weekends worked.
	for year, want := range map[int]int{2021: 250, 2022: 249, 2023: 249, 2024: 251, 2025: 248, 2026: 248} {
		got := 0
		for at := time.Date(year, 1, 1, 12, 0, 0, 0, c.Zone()); at.Year() == year; at = at.AddDate(0, 0, 1) {
			d, known := c.Day(at)
			if !known || d.Date != at.Format(time.DateOnly) {
				t.Errorf("%v: %+v, %t", at, d, known)
			}
			if d.Working {
				got++
			}
		}
		if got != want {
			t.Errorf("%d has %d working days, want %d", year, got, want)
		}
	}
	if d, known := c.Day(time.Date(2026, 2, 14, 23, 59, 59, 0, c.Zone())); !d.Working || d.Name != "春节" || !known {
		t.Errorf("%+v, %t", d, known)
	}
	if d, known := c.Day(time.Date(2027, 10, 1, 0, 0, 0, 0, c.Zone())); !d.Working || known {
		t.Errorf("the first of October 2027 is not known: %+v, %t", d, known)
	}
}

func TestADayThatIsNoneOrGivenTwiceIsRefusedByName(t *testing.T) {
	for _, c := range []struct{ dates, fault string }{
		{"2026-2-14", `"2026-2-14" is no date`},
		{"2026-02-30", `"2026-02-30" is no date`},
		{"", `"" is no date`},
		{"2026-02-14 2026-02-14", "2026-02-14 is given twice"},
		{"1753-01-01", "1753-01-01: outside 1990 to 2069"},
		{"2070-01-01", "2070-01-01: outside 1990 to 2069"},
	} {
		var days []grids.CalendarDay
		for d := range strings.SplitSeq(c.dates, " ") {
			days = append(days, grids.CalendarDay{Date: d})
		}
		p := grids.Profile{Code: "990100", Name: "试验市"}
		if _, err := ForCity(&p, days); err == nil || !strings.Contains(err.Error(), c.fault) || !strings.Contains(err.Error(), "990100") {
			t.Errorf("%v: %v", days, err)
		}
	}
	if _, err := NewCalendar(nil, []grids.CalendarDay{{Date: "1989-12-31"}}); !errors.Is(err, ErrRange) {
		t.Errorf("1989: %v", err)
	}
}

func TestACityOutsideChinaHasNoHolidaysButItsOwn(t *testing.T) {
	for zone, years := range map[string]int{"America/New_York": 1, "Asia/Shanghai": 7, "Asia/Urumqi": 7, "Asia/Taipei": 1} {
		c, err := ForCity(&grids.Profile{TimeZone: located(t, zone)}, []grids.CalendarDay{{Date: "2011-07-04", Name: "Independence Day"}})
		if err != nil || len(c.Years()) != years {
			t.Errorf("%s: years %v, %v", zone, c.Years(), err)
		}
	}
	c, err := ForCity(&grids.Profile{}, nil)
	if err != nil || c.Zone() != time.UTC || len(c.Years()) != 0 {
		t.Errorf("a city of no zone: %v, %v", c, err)
	}
}
