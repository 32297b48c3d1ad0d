package demo

import (
	"cmp"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

// The years of the history: historyDays from the first of January 2021, to the
// end of 2025.
const (
	historyFrom = 2021
	historyDays = 1826
)

// How many cases a day has, in percent of a usual one: by month, by weekday from
// Sunday on, by year.
var (
	ofMonth   = [...]int64{84, 72, 96, 104, 110, 120, 114, 108, 102, 100, 102, 88}
	ofWeekday = [...]int64{70, 104, 106, 104, 102, 102, 80}
	ofYear    = [...]int64{93, 97, 100, 103, 107}
)

// On a public holiday so many percent are reported; no day is surer than noise.
const (
	ofHoliday           = 62
	leastDay, mostOfDay = 90, 110
)

// days says how many cases each day has and at which hours they come.
type days struct {
	zone  *time.Location
	first [historyDays + 1]int64 // cases before each day
	off   [historyDays]bool      // weekends and holidays
}

func newDays(cal *clock.Calendar, dice dice, n int64) days {
	d := days{zone: cal.Zone()}
	var sums [historyDays + 1]int64
	for i := range historyDays {
		date := d.date(i)
		w := ofMonth[date.Month()-1] * ofWeekday[date.Weekday()] * ofYear[date.Year()-historyFrom] / 100 *
			dice.between(leastDay, mostOfDay)
		named, _ := cal.Day(date)
		weekend := date.Weekday() == time.Saturday || date.Weekday() == time.Sunday
		if d.off[i] = !named.Working; d.off[i] && !weekend {
			w = w * ofHoliday / 100
		}
		sums[i+1] = sums[i] + w
	}
	for i := range d.first {
		// In two steps, since n times the sum may not fit.
		q, r := n/sums[historyDays], n%sums[historyDays]
		d.first[i] = q*sums[i] + r*sums[i]/sums[historyDays]
	}
	return d
}

// date is noon of a day, which no change of clocks moves to another.
func (d *days) date(day int) time.Time {
	return time.Date(historyFrom, time.January, 1+day, 12, 0, 0, 0, d.zone)
}

// of is the day of an instant, which may lie after the last.
func (d *days) of(at time.Time) int {
	y, m, date := at.In(d.zone).Date()
	const day = 24 * time.Hour
	return int(time.Date(y, m, date, 0, 0, 0, 0, time.UTC).Sub(time.Date(historyFrom, time.January, 1, 0, 0, 0, 0, time.UTC)) / day)
}

// The hours of the day at which cases are reported, in parts of any sum: by
// patrols in two shifts, on days off later and fewer; by patrols about what
// happens in the evening; by the public by day, and at night about noise.
var (
	patrolHours  = [24]int64{0, 0, 0, 0, 0, 0, 2, 9, 15, 17, 15, 10, 4, 6, 13, 15, 14, 9, 6, 7, 5, 2, 0, 0}
	dayOffHours  = [24]int64{0, 0, 0, 0, 0, 0, 0, 3, 10, 15, 15, 10, 4, 5, 11, 14, 12, 9, 7, 8, 6, 3, 0, 0}
	eveningHours = [24]int64{0, 0, 0, 0, 0, 0, 4, 9, 5, 3, 2, 4, 3, 1, 2, 2, 4, 9, 14, 18, 16, 8, 0, 0}
	publicHours  = [24]int64{1, 0, 0, 0, 0, 1, 3, 6, 8, 9, 9, 7, 6, 5, 6, 7, 7, 8, 9, 10, 9, 6, 3, 2}
	nightHours   = [24]int64{10, 5, 2, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 9, 14, 19, 21, 16}
	anyHour      = [24]int64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
)

// hour draws when on a day a case is reported.
func (d *days) hour(dice dice, day int, source cases.Source, night bool) time.Time {
	hours := &patrolHours
	switch {
	case source == cases.Sensor:
		hours = &anyHour
	case source == cases.Public && night:
		hours = &nightHours
	case source == cases.Public:
		hours = &publicHours
	case night:
		hours = &eveningHours
	case d.off[day]:
		hours = &dayOffHours
	}
	h := weighted(dice, hours[:])
	return time.Date(historyFrom, time.January, 1+day, h, 0, int(dice.between(0, 3599)), 0, d.zone)
}

// weighted draws a place in a list by the weights there, of which one is not 0.
func weighted(dice dice, weights []int64) int {
	sum := int64(0)
	for _, w := range weights {
		sum += w
	}
	r := dice.between(0, sum-1)
	for i, w := range weights {
		if r -= w; r < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// sortSlots brings a day's cases into the order of their reports.
func sortSlots(day []slot) {
	slices.SortStableFunc(day, func(a, b slot) int { return cmp.Compare(a.at.Unix(), b.at.Unix()) })
}

// chooseLate has so many of the day's cases closed late, those of slow units
// sooner than others.
func (h *History) chooseLate(dice dice, n int64) {
	free := int64(0)
	for i := range h.day {
		if h.day[i].chain == nil {
			free++
		}
	}
	for n = min(n, free); n > 0; {
		s := &h.day[dice.between(0, int64(len(h.day)-1))]
		if s.late || s.chain != nil || dice.between(1, slowest) > h.people.pace(s.unit) {
			continue
		}
		s.late = true
		n--
	}
}
