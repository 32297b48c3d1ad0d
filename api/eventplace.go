package api

import (
	"strconv"
	"strings"
)

// place is where an event stands in the order: an entry of the feed has two, for
// the event itself and for the alarm that it was.
type place int64

const placesPerEntry = 2

func placeOf(seq int64) place { return place(seq) * placesPerEntry }

// seq is the entry of the feed.
func (p place) seq() int64 { return int64(p / placesPerEntry) }

// alarm is the place of the alarm of an entry.
func (p place) alarm() place { return p + 1 }

// next is the place of the entry that comes next.
func (p place) next() place { return placeOf(p.seq() + 1) }

// id writes a place as an event has it: EPOCH-SEQ, or EPOCH-SEQ.1 for an alarm.
func (e *events) id(p place) string {
	b := append([]byte(e.epoch), '-')
	b = strconv.AppendInt(b, p.seq(), 10)
	if p%placesPerEntry != 0 {
		b = append(b, ".1"...)
	}
	return string(b)
}

// maxSeq bounds what is read, so that a place has room for it.
const maxSeq = 1 << 53

// parseEventID reads an event's id; ok is false for what is none.
func parseEventID(id string) (epoch string, at place, ok bool) {
	dash := strings.LastIndexByte(id, '-')
	if dash <= 0 {
		return "", 0, false
	}
	number, isAlarm := strings.CutSuffix(id[dash+1:], ".1")
	seq, err := strconv.ParseInt(number, 10, 64)
	if err != nil || seq < 0 || seq > maxSeq || number != strconv.FormatInt(seq, 10) {
		return "", 0, false
	}
	at = placeOf(seq)
	if isAlarm {
		at = at.alarm()
	}
	return id[:dash], at, true
}
