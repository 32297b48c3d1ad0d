package clock

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// oracle counts time minute by minute, with the clock of the standard library
// asked for every minute: no sums, no searches.
type oracle struct {
	base  int64
	flags []byte // of each minute since base
}

// What a minute is.
const (
	inHours   = 1 << iota // it counts for working units
	blankYear             // nothing but weekends is known of its year
)

func newOracle(zone *time.Location, days []grids.CalendarDay, from, to time.Time) *oracle {
	off, on, years := map[int]bool{}, map[int]bool{}, map[int]bool{}
	for _, d := range days {
		at, err := time.Parse("2006-01-02", d.Date)
		if err != nil {
			panic(err)
		}
		years[at.Year()] = true
		(map[bool]map[int]bool{true: on, false: off})[d.Working][at.Year()*1000+at.YearDay()] = true
	}
	o := &oracle{base: from.Unix()}
	for s := from.Unix(); s < to.Unix(); s += 60 {
		t := time.Unix(s, 0).In(zone)
		date := t.Year()*1000 + t.YearDay()
		weekend := t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
		h := t.Hour()
		var flag byte
		if (on[date] || !weekend && !off[date]) && (8 <= h && h < 12 || 14 <= h && h < 18) {
			flag |= inHours
		}
		if !years[t.Year()] {
			flag |= blankYear
		}
		o.flags = append(o.flags, flag)
	}
	return o
}

// walk goes through the time from start until need seconds of a unit's time are
// used or the instant until is reached, whichever comes first. It returns where
// it stopped, what was used, and whether a blank year was met.
func (o *oracle) walk(start, until, need int64, working bool, pauses []window) (t, used int64, blank bool) {
	for t = start; used < need && t < until; {
		held, edge := false, until
		for _, p := range pauses {
			if p.from <= t && t < p.to {
				held, edge = true, min(edge, p.to)
			} else if t < p.from {
				edge = min(edge, p.from)
			}
		}
		if held {
			t = edge
		}
		for !held && used < need && t < edge {
			next := min(t-(t-o.base)%60+60, edge)
			flag := o.flags[(t-o.base)/60]
			blank = blank || working && flag&blankYear != 0
			if !working || flag&inHours != 0 {
				next = min(next, t+need-used)
				used += next - t
			}
			t = next
		}
	}
	return t, used, blank
}

const forever = 1 << 60

func shanghai(t testing.TB) *time.Location {
	t.Helper()
	return located(t, "Asia/Shanghai")
}

func located(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// china is the calendar of a city in China that names no days of its own.
func china(t testing.TB) *Calendar {
	t.Helper()
	c, err := ForCity(&grids.Profile{TimeZone: shanghai(t)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// chinaOracle is made once: it has four million minutes.
var chinaOracle = sync.OnceValue(func() *oracle {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	days, err := China()
	if err != nil {
		panic(err)
	}
	return newOracle(zone, days, time.Date(2020, 12, 31, 0, 0, 0, 0, zone), time.Date(2028, 1, 1, 0, 0, 0, 0, zone))
})

// trial is a random run.
type trial struct {
	run    Run
	pauses []window
	// look says when to look at it, in thousandths of the time until it is due.
	look int64
}

// drawn starts a run of the limit at a random second of 2021 to 2026, a third of
// them near an opening or closing; with the holds and extensions of a busy case
// if asked for. Every other hold ends at the start of a day.
func drawn(dice *rand.Rand, c *Calendar, l Limit, busy bool) trial {
	from, to := time.Date(2021, 1, 1, 0, 0, 0, 0, c.zone).Unix(), time.Date(2027, 1, 1, 0, 0, 0, 0, c.zone).Unix()
	s := from + dice.Int64N(to-from)
	if dice.IntN(3) == 0 {
		s = s - (s-from)%3_600 + dice.Int64N(5) - 2
		s = min(max(s, from), to-1)
	}
	t := trial{run: Run{Start: c.time(s), Limit: l}}
	span := int64(3 * day)
	if busy {
		t.run.Extensions = dice.IntN(MaxExtensions + 1)
		at := s
		for range dice.IntN(4) {
			at += dice.Int64N(span)
			until := at + dice.Int64N(15*day)
			if dice.IntN(2) == 0 {
				y, m, d := c.time(until).Date()
				until = max(at, c.StartOf(y, m, d).Unix())
			}
			t.run.Pauses = append(t.run.Pauses, Pause{c.time(at), c.time(until)})
			t.pauses = append(t.pauses, window{at, until})
			at = until
		}
	}
	t.look = dice.Int64N(1_200)
	return t
}

// differs compares engine and oracle for one run, and says how they differ.
func (t *trial) differs(c *Calendar, o *oracle) string {
	total, err := t.run.total()
	if err != nil {
		return err.Error()
	}
	working := t.run.Limit.Unit.Working()
	at, _, blank := o.walk(t.run.Start.Unix(), forever, total, working, t.pauses)
	due, err := c.Due(t.run)
	if err != nil || due.At.Unix() != at || due.CalendarMissing != blank {
		return report(t.run, "due", due, err, c.time(at), blank)
	}
	now := t.run.Start.Unix() + (at-t.run.Start.Unix()+30)*t.look/1_000
	_, used, _ := o.walk(t.run.Start.Unix(), now, forever, working, t.pauses)
	lamp := Green
	if now > at {
		lamp = Red
	} else if used*100 > total*80 {
		lamp = Yellow
	}
	s, err := c.Standing(t.run, c.time(now))
	if err != nil || s.Used != time.Duration(used)*time.Second || s.Left != time.Duration(total-used)*time.Second || s.Lamp != lamp || s.Due != due {
		return report(t.run, "standing at "+c.time(now).String(), s, err, used, lamp)
	}
	if len(t.pauses) > 0 {
		return ""
	}
	// Without holds there are the plain forms, and their inverse.
	l := Limit{t.run.Limit.Count * float64(1+t.run.Extensions), t.run.Limit.Unit}
	if plain, err := c.Deadline(t.run.Start, l); err != nil || plain != due {
		return report(t.run, "deadline", plain, err, due)
	}
	if e, err := c.Elapsed(t.run.Start, due.At, l.Unit); err != nil || e != time.Duration(total)*time.Second {
		return report(t.run, "elapsed", e, err, total)
	}
	return ""
}
