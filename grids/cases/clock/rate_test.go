package clock

import (
	"math"
	"testing"
	"time"
)

func TestTheOnTimeRateIsClosedInTimeOfDueLessHeld(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 3, d, 18, 0, 0, 0, time.UTC) }
	from, to := day(1), day(31)
	cases := []struct {
		name              string
		o                 Outcome
		due, held, inTime int
	}{
		{"closed early", Outcome{Due: day(10), Closed: day(9)}, 1, 0, 1},
		{"closed at the second", Outcome{Due: day(10), Closed: day(10)}, 1, 0, 1},
		{"closed within the second", Outcome{Due: day(10), Closed: day(10).Add(999 * time.Millisecond)}, 1, 0, 1},
		{"closed a second late", Outcome{Due: day(10), Closed: day(10).Add(time.Second)}, 1, 0, 0},
		{"open", Outcome{Due: day(10)}, 1, 0, 0},
		{"held", Outcome{Due: day(10), Held: true}, 1, 1, 0},
		{"was held, closed late", Outcome{Due: day(10), Closed: day(12), Held: true}, 1, 0, 0},
		{"held without a date", Outcome{Held: true}, 0, 0, 0},
		{"due at the period's start", Outcome{Due: day(1), Closed: day(1)}, 1, 0, 1},
		{"due at the period's end", Outcome{Due: day(31), Closed: day(30)}, 0, 0, 0},
		{"due before the period", Outcome{Due: from.Add(-time.Second), Closed: from}, 0, 0, 0},
	}
	var all OnTime
	for _, c := range cases {
		var one OnTime
		one.Count(c.o, from, to)
		if one != (OnTime{c.due, c.held, c.inTime}) {
			t.Errorf("%s: %+v", c.name, one)
		}
		all.Add(one)
	}
	rate, ok := all.Rate()
	if all != (OnTime{Due: 8, Held: 1, InTime: 4}) || !ok || math.Abs(rate-4.0/7) > 1e-15 {
		t.Errorf("%+v: %g, %t", all, rate, ok)
	}
	if rate, ok := (&OnTime{Due: 2, Held: 2}).Rate(); ok || rate != 0 {
		t.Errorf("nothing was due: %g, %t", rate, ok)
	}
}
