package api

import (
	"fmt"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/tiler"
)

// listener is one who listens, and its place.
type listener struct {
	of     *events
	next   uint64 // number of the event to come
	layers tiler.LayerSet
	kinds  eventKinds
	last   place // of the events that it has passed
	// away is set for one who is told the feed first; next does not count until it
	// is nil.
	away *away
}

// away is how far one has come who was away for longer than events are kept.
type away struct {
	at    place
	begun bool
}

// missed is the place of one who cannot be told what it missed.
const missed = ^uint64(0)

// maxReplay is how many entries of the feed are told again: three days of a city
// of 100,000 cases in five years, or 7 minutes of 50 events a second. Beyond it
// reading the lists anew is less work for both ends.
const maxReplay = 20_000

// replayAtOnce is how many entries are read at a time: some 200 KB of text.
const replayAtOnce = 256

// listen enters a listener who has heard all up to the event with the id; "" is
// one who comes anew. It reports false when there are too many already.
func (e *events) listen(id string, kinds eventKinds, layers tiler.LayerSet) (l *listener, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.room == 0 {
		return nil, false
	}
	e.room--
	e.present++
	l = &listener{of: e, layers: layers, kinds: kinds, next: e.end(), last: e.at}
	if id == "" {
		return l, true
	}
	epoch, at, isID := parseEventID(id)
	l.last = at
	switch {
	case !isID || epoch != e.epoch || at > e.at:
		l.next = missed
	case at >= e.since:
		l.next = e.after(at)
	case e.feed && e.at.seq()-at.seq() <= maxReplay:
		l.away = &away{at: at}
	default:
		l.next = missed
	}
	return l, true
}

// end is the number of the event to come.
func (e *events) end() uint64 { return e.first + uint64(len(e.kept)) }

// after returns the number of the first event that is kept and stands after the
// place.
func (e *events) after(at place) uint64 {
	n := slices.IndexFunc(e.kept, func(ev event) bool { return ev.place > at })
	if n < 0 {
		return e.end()
	}
	return e.first + uint64(n)
}

// leave ends a listener.
func (l *listener) leave() {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	l.of.room++
	l.of.present--
}

// pausePerListener bounds what is written to all listeners together to 10,000 times
// a second: with 1,000 of them each is told ten times a second, and a write more
// costs more than a text more. A few are told at once.
const pausePerListener = 100 * time.Microsecond

// pause is how long a listener waits after it was told something.
func (e *events) pause() time.Duration {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return time.Duration(e.present) * pausePerListener
}

// maxAtOnce bounds what a listener is sent at a time, so that a deadline is for
// little.
const maxAtOnce = 256 << 10

// hear appends what is new to dst; more is closed when there is more, and is
// nil when there is already.
func (l *listener) hear(dst []byte) (text []byte, more <-chan struct{}) {
	e := l.of
	e.mu.RLock()
	defer e.mu.RUnlock()
	end := e.end()
	if l.next == missed {
		l.next, l.last = end, e.at
		return append(dst, cityText(e.id(e.at), e.version, true)...), e.more
	}
	if l.next < e.first { // it fell behind all that is kept
		if !e.feed {
			l.next = missed
			return dst, nil
		}
		l.away = &away{at: l.last}
		return dst, nil
	}
	for ; l.next < end; l.next++ {
		if len(dst) > maxAtOnce {
			return dst, nil
		}
		ev := &e.kept[l.next-e.first]
		if !ev.bare {
			l.last = ev.place
		}
		switch {
		case ev.kind&l.kinds == 0:
		case ev.layers == nil || l.layers == 0:
			dst = append(dst, ev.text...)
		default:
			dst = append(dst, e.tilesText(ev, l.layers)...)
		}
	}
	return dst, e.more
}

// beat appends what tells that the server is there, and where the listener is:
// events that it does not want move it on too.
func (l *listener) beat(dst []byte) []byte {
	e := l.of
	e.mu.RLock()
	defer e.mu.RUnlock()
	if l.away != nil || l.next != e.end() {
		return append(dst, ":\n\n"...)
	}
	return fmt.Appendf(dst, ":\nid: %s\n\n", e.id(e.at))
}

// join ends being away where what is kept goes on from there. It returns how far
// everybody is told.
func (l *listener) join(dst []byte) (text []byte, told place) {
	e := l.of
	e.mu.RLock()
	defer e.mu.RUnlock()
	at := l.away.at
	if at < e.since && at.seq() < e.at.seq() {
		return dst, e.at
	}
	if at < e.since { // only of what is drawn was anything dropped
		dst = l.redraw(dst, e.version)
	}
	l.next, l.last, l.away = e.after(at), at, nil
	return dst, e.at
}

// redraw tells who wants to know of it that everything drawn may have changed.
func (l *listener) redraw(dst []byte, version int64) []byte {
	if l.kinds&(cityEvents|tilesEvents) == 0 {
		return dst
	}
	return append(dst, cityText("", version, false)...)
}
