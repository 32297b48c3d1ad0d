package clock

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"sort"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// ErrRange is a time that lies, or a deadline that would fall, outside the
// years that calendars know.
var ErrRange = errors.New("outside 1990 to 2069")

// The years that a calendar can count in.
const firstYear, lastYear = 1990, 2069

// Where the summed-up time begins and ends, in Unix seconds (UTC).
var (
	epoch = time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	end   = time.Date(lastYear+1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
)

// sessions are the hours of a working day, in seconds of the city's clocks.
var sessions = [...]struct{ from, to int64 }{{8 * hour, 12 * hour}, {14 * hour, 18 * hour}}

// Calendar knows a city's working time. It never changes.
type Calendar struct {
	zone  *time.Location
	spans []span
	// blank are the years of which only weekends are known, as Unix seconds.
	blank []window
	named map[int64]grids.CalendarDay // by day number
	known map[int]bool                // years
}

// span is an unbroken piece of working time in Unix seconds. The spans stand in
// order and do not touch but where clocks are changed.
type span struct {
	open, close int64
	before      int64 // working seconds in all spans before it
}

type window struct{ from, to int64 }

// NewCalendar makes a calendar of the days that are named; all others are as
// their day of the week says. Years in which no day is named count as unknown.
// The error names the day that is at fault: no date, outside 1990 to 2069, or
// given twice.
func NewCalendar(zone *time.Location, days []grids.CalendarDay) (*Calendar, error) {
	if zone == nil {
		zone = time.UTC
	}
	c := &Calendar{zone: zone, named: map[int64]grids.CalendarDay{}, known: map[int]bool{}}
	for _, d := range days {
		at, err := time.Parse(time.DateOnly, d.Date)
		if err != nil {
			return nil, fmt.Errorf("calendar: %q is no date as in 2026-02-14", d.Date)
		}
		if at.Year() < firstYear || at.Year() > lastYear {
			return nil, fmt.Errorf("calendar: %s: %w", d.Date, ErrRange)
		}
		n := at.Unix() / day
		if _, twice := c.named[n]; twice {
			return nil, fmt.Errorf("calendar: %s is given twice", d.Date)
		}
		c.named[n], c.known[at.Year()] = d, true
	}
	c.sumUp()
	c.findBlank()
	return c, nil
}

// sumUp lays out all working time. The zone's offset is constant from one
// change of the clocks to the next; within such a piece local time is plain
// arithmetic, so that an hour that clocks skip or repeat needs no rule.
func (c *Calendar) sumUp() {
	const room = 400 // for make-up days beyond the holidays
	c.spans = make([]span, 0, (end-epoch)/day*10/7+room)
	before := int64(0)
	for p := range c.pieces(epoch, end) {
		for d := (p.from + p.offset) / day; d <= (p.to-1+p.offset)/day; d++ {
			if !c.workingDay(d) {
				continue
			}
			for _, s := range sessions {
				from, to := d*day+s.from-p.offset, d*day+s.to-p.offset
				if from, to = max(from, p.from), min(to, p.to); from < to {
					c.spans = append(c.spans, span{from, to, before})
					before += to - from
				}
			}
		}
	}
}

// piece is a time in which the clocks are not changed: local time is Unix time
// plus offset.
type piece struct {
	window
	offset int64
}

func (c *Calendar) pieces(from, to int64) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		for t := from; t < to; {
			local := time.Unix(t, 0).In(c.zone)
			_, offset := local.Zone()
			stop := to
			if _, change := local.ZoneBounds(); !change.IsZero() {
				stop = min(stop, change.Unix())
			}
			if stop <= t {
				// On the last day of a leap year beyond the table of the zone,
				// Go 1.26 names a bound that is past: there is no change then.
				stop = min(to, t+hour)
			}
			if !yield(piece{window{t, stop}, int64(offset)}) {
				return
			}
			t = stop
		}
	}
}

// workingDay tells of a day, counted from 1970-01-01, whether it is one.
func (c *Calendar) workingDay(d int64) bool {
	if named, ok := c.named[d]; ok {
		return named.Working
	}
	weekday := (d + 4) % 7 // 1970-01-01 was a Thursday
	return weekday != 0 && weekday != 6
}

// findBlank puts unknown years that follow each other into one window.
func (c *Calendar) findBlank() {
	for y := firstYear; y <= lastYear; y++ {
		if c.known[y] {
			continue
		}
		from := time.Date(y, 1, 1, 0, 0, 0, 0, c.zone).Unix()
		to := time.Date(y+1, 1, 1, 0, 0, 0, 0, c.zone).Unix()
		if n := len(c.blank); n > 0 && c.blank[n-1].to == from {
			c.blank[n-1].to = to
		} else {
			c.blank = append(c.blank, window{from, to})
		}
	}
}

// Day says of the date of an instant, by the city's clocks, whether it is a
// working day, and what it is called if it is a holiday or makes up for one.
// Known is false in years of which only weekends are known.
func (c *Calendar) Day(at time.Time) (named grids.CalendarDay, known bool) {
	y, m, d := at.In(c.zone).Date()
	n := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / day
	named = c.named[n]
	named.Date, named.Working = fmt.Sprintf("%04d-%02d-%02d", y, m, d), c.workingDay(n)
	return named, c.known[y]
}

// Years lists the years of which more than weekends is known.
func (c *Calendar) Years() []int {
	var out []int
	for y := range c.known {
		out = append(out, y)
	}
	slices.Sort(out)
	return out
}

// Zone is the city's time zone.
func (c *Calendar) Zone() *time.Location { return c.zone }

// worked is the working time from the epoch to t.
func (c *Calendar) worked(t int64) int64 {
	i := sort.Search(len(c.spans), func(i int) bool { return c.spans[i].close > t })
	if i == len(c.spans) {
		last := c.spans[i-1]
		return last.before + last.close - last.open
	}
	return c.spans[i].before + max(0, t-c.spans[i].open)
}

// whenWorked is the first instant at which so much working time, more than
// none, has passed since the epoch; false beyond the end.
func (c *Calendar) whenWorked(seconds int64) (int64, bool) {
	i := sort.Search(len(c.spans), func(i int) bool {
		s := &c.spans[i]
		return s.before+s.close-s.open >= seconds
	})
	if i == len(c.spans) {
		return 0, false
	}
	return c.spans[i].open + seconds - c.spans[i].before, true
}

// touchesBlank tells whether the time from one instant to another has something
// of a year of which only weekends are known.
func (c *Calendar) touchesBlank(from, to int64) bool {
	for _, b := range c.blank {
		if from < to && from < b.to && to > b.from {
			return true
		}
	}
	return false
}
