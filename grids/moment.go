package grids

import (
	"cmp"
	"time"
)

// Moment is a point of time to the microsecond in 8 bytes without a pointer:
// rows come by the hundred thousand, and a time.Time takes 24. It counts from
// the beginning of the year 1 in UTC, as time.Time does, and so reaches beyond
// the year 9999. The zero Moment is none. It knows no zone: times are written in
// the city's own.
type Moment int64

// yearOne is the Unix time of the zero Moment in microseconds.
const yearOne = -62135596800 * 1_000_000

// MomentOf is t without what is finer than a microsecond; the zero time gives
// the zero Moment.
func MomentOf(t time.Time) Moment { return Moment(t.UnixMicro() - yearOne) }

// IsZero reports whether m is no time at all.
func (m Moment) IsZero() bool { return m == 0 }

// Time returns the moment in UTC, the zero time for none.
func (m Moment) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(m) + yearOne).UTC()
}

// In returns the moment in a zone, the zero time for none.
func (m Moment) In(zone *time.Location) time.Time {
	if m == 0 {
		return time.Time{}
	}
	return m.Time().In(zone)
}

// Before reports whether m is earlier than o.
func (m Moment) Before(o Moment) bool { return m < o }

// After reports whether m is later than o.
func (m Moment) After(o Moment) bool { return m > o }

// Compare is negative when m is earlier than o, 0 when they are the same.
func (m Moment) Compare(o Moment) int { return cmp.Compare(m, o) }

// String is the moment in RFC 3339 in UTC, "" for none.
func (m Moment) String() string {
	if m == 0 {
		return ""
	}
	return m.Time().Format(time.RFC3339Nano)
}

// Validity is the half-open span of time in which a row holds. A zero moment is
// an open end.
type Validity struct{ From, To Moment }

// Between is the validity from one time to another; a zero time is an open end.
func Between(from, to time.Time) Validity { return Validity{MomentOf(from), MomentOf(to)} }

// Since is the validity from a time on, without an end.
func Since(from time.Time) Validity { return Validity{From: MomentOf(from)} }

// Holds reports whether t lies in the span.
func (v Validity) Holds(t time.Time) bool { return v.holds(MomentOf(t)) }

// holds is exact for times that were cut to the microsecond too: both ends are
// whole microseconds.
func (v Validity) holds(m Moment) bool {
	return (v.From == 0 || m >= v.From) && (v.To == 0 || m < v.To)
}
