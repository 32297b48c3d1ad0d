package api

import (
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

// CaseClock is the clock of the city that is served: its calendar and its table
// of conditions as they are now. What a dispatch started is in the case's log and
// goes on by the limit of then.
type CaseClock struct {
	live *grids.Live
	log  *slog.Logger
	now  atomic.Pointer[cityClock]
}

// cityClock is the clock of one state of the tables. It does not change.
type cityClock struct {
	cases.TableClock
	scheme     string
	zone       *time.Location
	days       []grids.CalendarDay
	conditions []grids.Condition
}

// NewCaseClock returns the clock of a city. What is wrong in its tables is left
// out and logged.
func NewCaseClock(live *grids.Live, log *slog.Logger) *CaseClock {
	if log == nil {
		log = slog.Default()
	}
	return &CaseClock{live: live, log: log}
}

var _ cases.Clock = (*CaseClock)(nil)

// Due implements [cases.Clock].
func (k *CaseClock) Due(before *cases.Case, e *cases.Event) (cases.Deadline, error) {
	return k.of(k.live.Current().City).Due(before, e)
}

// of returns the clock of a city, which is made anew where its tables are others.
func (k *CaseClock) of(city *grids.City) *cityClock {
	c := k.now.Load()
	if c != nil && sameRows(c.days, city.Calendar) && sameRows(c.conditions, city.Conditions) && c.zone == city.TimeZone {
		return c
	}
	if c != nil && c.scheme == city.Scheme && c.zone == city.TimeZone &&
		slices.Equal(c.days, city.Calendar) && slices.Equal(c.conditions, city.Conditions) {
		k.now.Store(&cityClock{c.TableClock, city.Scheme, city.TimeZone, city.Calendar, city.Conditions})
		return c
	}
	c = &cityClock{scheme: city.Scheme, zone: city.TimeZone, days: city.Calendar, conditions: city.Conditions}
	var err error
	if c.Calendar, err = clock.ForCity(&city.Profile, city.Calendar); err != nil {
		k.log.Error("deadlines are counted without the city's own calendar", "error", err)
		if c.Calendar, err = clock.NewCalendar(city.TimeZone, nil); err != nil {
			panic(err) // it names no day
		}
	}
	if c.Table, err = clock.NewTable(city.Scheme, city.Conditions); err != nil {
		k.log.Error("some conditions have no deadline", "error", err)
	}
	k.now.Store(c)
	return c
}

// sameRows tells whether two lists are one and the same.
func sameRows[T any](a, b []T) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}
