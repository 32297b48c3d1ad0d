package heat

import "time"

// slotSeconds is a quarter of an hour: the offset of every civil time since 1970
// is a multiple of it, so that all of a slot lies in one hour of one day.
const slotSeconds = 900

// hoursOfWeek counts the hours from Monday 0:00.
const hoursOfWeek = 7 * 24

// calendar tells the local hour of the week and the local day of a time by table,
// so that daylight saving costs a read. Immutable.
type calendar struct {
	// shift makes slots of hours where the zone's offsets are whole hours: the
	// tables of 3 years then fit the first level of the cache.
	shift    uint8
	first    uint32 // the slot of the tables' beginning
	hour     []uint8
	day      []uint16 // since firstDay
	firstDay int32    // since 1970-01-01, local
	days     int
}

// newCalendar covers the times from and to, both included.
func newCalendar(zone *time.Location, from, to uint32) calendar {
	c := calendar{}
	if wholeHours(zone, int64(from), int64(to)) {
		c.shift = 2
	}
	c.first = from / slotSeconds >> c.shift
	n := int(c.slot(to)) + 1
	c.hour, c.day = make([]uint8, n), make([]uint16, n)
	var offset, until int64
	for i := range n {
		at := (int64(c.first) + int64(i)) << c.shift * slotSeconds
		if i == 0 || at >= until {
			offset, until = zoneAt(zone, at)
		}
		local := at + offset
		day := floorDiv(local, 86400)
		if i == 0 {
			c.firstDay = int32(day)
		}
		// 1970-01-01 was a Thursday.
		weekday := (day + 3) - 7*floorDiv(day+3, 7)
		c.hour[i] = uint8(weekday*24 + (local-day*86400)/3600)
		c.day[i] = uint16(max(day-int64(c.firstDay), 0))
		c.days = max(c.days, int(c.day[i])+1)
	}
	return c
}

// slot returns the place of a time in the tables.
func (c *calendar) slot(t uint32) uint32 { return t/slotSeconds>>c.shift - c.first }

// wholeHours reports whether the zone's offsets between two times, and the times
// at which they change, are whole hours.
func wholeHours(zone *time.Location, from, to int64) bool {
	const hour = 3600
	for at := from - hour; at <= to; {
		offset, until := zoneAt(zone, at)
		if offset%hour != 0 || until%hour != 0 && until <= to {
			return false
		}
		at = until
	}
	return true
}

// zoneAt returns the zone's offset at a time and when it ends.
func zoneAt(zone *time.Location, at int64) (offset, until int64) {
	t := time.Unix(at, 0).In(zone)
	_, seconds := t.Zone()
	if _, end := t.ZoneBounds(); !end.IsZero() {
		return int64(seconds), end.Unix()
	}
	return int64(seconds), 1 << 40
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// DayOf returns the local day that a time lies in, counted from 1970-01-01.
func DayOf(t time.Time, zone *time.Location) int32 {
	offset, _ := zoneAt(zone, t.Unix())
	return int32(floorDiv(t.Unix()+offset, 86400))
}
