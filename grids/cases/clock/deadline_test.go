package clock

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

func report(r Run, what string, got any, err error, want ...any) string {
	return fmt.Sprintf("%s of %+v: %+v, %v; the oracle says %v", what, r, got, err, want)
}

// limits are those of one city's table, zero, odd seconds and the unit that the
// table does not use.
func limits() []Limit {
	return []Limit{
		{1, UrgentHour},
		{4, UrgentHour},
		{1, UrgentDay},
		{2, UrgentDay},
		{2, WorkHour},
		{4, WorkHour},
		{1, WorkDay},
		{2, WorkDay},
		{5, WorkDay},
		{15, WorkDay},
		{3, NaturalDay},
		{0.5, WorkHour},
		{0, WorkHour},
		{0, UrgentHour},
		{1.0 / 3_600, WorkHour},
	}
}

func TestDeadlinesAreThoseOfAnOracleThatStepsMinutes(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice, c, o := rand.New(rand.NewPCG(seed, 7)), china(t), chinaOracle()
	for _, l := range limits() {
		for i := range 100 {
			run := drawn(dice, c, l, i%2 == 0)
			if diff := run.differs(c, o); diff != "" {
				t.Fatal(diff)
			}
		}
	}
}

// TestClocksThatAreChangedInWorkingHoursCountRealTime takes zones that do what
// no rule should rely on: change by half an hour, skip a day, change at noon,
// and days in which it falls into working hours.
func TestClocksThatAreChangedInWorkingHoursCountRealTime(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 8))
	for _, z := range []struct {
		zone string
		from string // 20 days
	}{
		{"America/New_York", "2011-03-05"},
		{"America/New_York", "2011-10-30"},
		{"Australia/Lord_Howe", "2023-09-25"},
		{"Pacific/Apia", "2011-12-23"},       // no 30 December
		{"America/Juneau", "1983-10-20"},     // before the summed-up time
		{"Antarctica/Casey", "2010-02-25"},   // by three hours
		{"Asia/Pyongyang", "2018-04-28"},     // by half an hour
		{"America/Metlakatla", "2015-10-25"}, //
		{"Pacific/Kwajalein", "1993-08-13"},  // no 21 August
		{"Antarctica/Vostok", "2023-12-10"},  // by two hours, at 2 in the morning
		{"Asia/Shanghai", "1990-09-08"},      // there was summer time
		{"America/Argentina/San_Luis", "2008-01-10"},
	} {
		zone := located(t, z.zone)
		from, err := time.ParseInLocation(time.DateOnly, z.from, zone)
		if err != nil {
			t.Fatal(err)
		}
		date := func(later int) string {
			return from.Add(time.Duration(later*day+12*hour) * time.Second).Format(time.DateOnly)
		}
		days := []grids.CalendarDay{{Date: date(5), Working: false}, {Date: date(12), Working: true}}
		if from.Year() < firstYear {
			if _, err := NewCalendar(zone, days); !errors.Is(err, ErrRange) {
				t.Errorf("%s: %v", z.zone, err)
			}
			continue
		}
		c, err := NewCalendar(zone, days)
		if err != nil {
			t.Fatal(err)
		}
		o := newOracle(zone, days, from, from.AddDate(0, 0, 60))
		for range 200 {
			run := trial{run: Run{Start: from.Add(time.Duration(dice.IntN(20*day)) * time.Second), Limit: limits()[dice.IntN(9)]}, look: dice.Int64N(1_200)}
			if diff := run.differs(c, o); diff != "" {
				t.Fatalf("%s: %s", z.zone, diff)
			}
		}
	}
}

func TestWhatIsNoLimitOrOutsideTheYearsIsRefused(t *testing.T) {
	c := china(t)
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, c.zone)
	for _, l := range []Limit{{1, "week"}, {-1, WorkDay}, {1e9, WorkDay}, {1.0 / 7_000, WorkHour}, {}} {
		if due, err := c.Deadline(now, l); err == nil || !strings.Contains(err.Error(), l.String()) {
			t.Errorf("%v: %v, %v", l, due, err)
		}
	}
	for _, at := range []time.Time{{}, time.Date(1753, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2070, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if _, err := c.Deadline(at, Limit{1, WorkDay}); !errors.Is(err, ErrRange) {
			t.Errorf("from %v: %v", at, err)
		}
		if _, err := c.Elapsed(now, at, WorkDay); !errors.Is(err, ErrRange) {
			t.Errorf("until %v: %v", at, err)
		}
		if _, err := c.Elapsed(at, now, WorkDay); !errors.Is(err, ErrRange) {
			t.Errorf("since %v: %v", at, err)
		}
	}
	late := time.Date(2069, 12, 31, 12, 0, 0, 0, c.zone)
	for _, u := range Units() {
		if _, err := c.Deadline(late, Limit{9, u}); (err != nil) != (u != UrgentHour) {
			t.Errorf("9 %s from the last day: %v", u, err)
		}
	}
	if _, err := c.Elapsed(now, now, "week"); err == nil {
		t.Error("a week was counted")
	}
}

// TestTheClocksOfEveryHourAreThoseOfTheZone looks through years in which bounds
// of the standard library are wrong (2040, 2068).
func TestTheClocksOfEveryHourAreThoseOfTheZone(t *testing.T) {
	c := &Calendar{zone: located(t, "America/New_York")}
	for _, year := range []int{2026, 2040, 2068} {
		from, next := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), int64(0)
		for p := range c.pieces(from, from+400*day) {
			if next != 0 && p.from != next || p.to <= p.from {
				t.Fatalf("%d: a piece from %d to %d after %d", year, p.from, p.to, next)
			}
			for at := p.from; at < p.to; at += hour {
				if _, offset := c.time(at).Zone(); int64(offset) != p.offset {
					t.Fatalf("%v: offset %d", c.time(at), p.offset)
				}
			}
			next = p.to
		}
		if next != from+400*day {
			t.Errorf("%d: the pieces end at %d", year, next)
		}
	}
}

func TestTheStartOfADateIsItsFirstInstant(t *testing.T) {
	for _, s := range []struct{ zone, date, want string }{
		{"Asia/Shanghai", "2026-10-08", "2026-10-08T00:00:00+08:00"},
		{"Asia/Beirut", "2024-03-31", "2024-03-31T01:00:00+03:00"},    // clocks went forward at midnight
		{"America/Havana", "2023-11-05", "2023-11-05T00:00:00-04:00"}, // and back to it at one
		{"Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00"},   // no such date
	} {
		c, err := NewCalendar(located(t, s.zone), nil)
		if err != nil {
			t.Fatal(err)
		}
		d, err := time.Parse(time.DateOnly, s.date)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.StartOf(d.Date()).Format(time.RFC3339); got != s.want {
			t.Errorf("%s %s starts %s, want %s", s.zone, s.date, got, s.want)
		}
	}
}
