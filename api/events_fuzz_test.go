package api

import (
	"strings"
	"testing"
)

// FuzzEventID: an id that is read is written the same, and none is read as another.
func FuzzEventID(f *testing.F) {
	for _, id := range []string{"test-1", "test-4.1", "a-b-17", "-3", "test-", "test-01", "test-9007199254740993", "x-1.2", "x--1", "", "é-5.1"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		epoch, at, ok := parseEventID(id)
		if !ok {
			return
		}
		e := events{epoch: epoch}
		if back := e.id(at); back != id || at < 0 {
			t.Errorf("%q reads as %d of %q, which is %q", id, at, epoch, back)
		}
	})
}

// FuzzListen: whatever id one comes with, it gets a place, is told something that
// ends an event, and leaves.
func FuzzListen(f *testing.F) {
	for _, id := range []string{"", "test-0", "test-3", "test-5000", "test-4.1", "other-2", "test-99999999999"} {
		f.Add(id, uint8(15), true)
	}
	f.Fuzz(func(t *testing.T, id string, kinds uint8, feed bool) {
		e := newEvents("test", 2, 1, 1)
		e.feed = feed
		for seq := int64(3); seq < 9; seq++ {
			e.add(event{kind: caseEvents, place: placeOf(seq), text: []byte("event: case\n\n")})
		}
		l, ok := e.listen(id, eventKinds(kinds), 0)
		if !ok {
			t.Fatal("no room")
		}
		if l.away == nil {
			text, _ := l.hear(nil)
			if len(text) > 0 && !strings.HasSuffix(string(text), "\n\n") {
				t.Errorf("%q", text)
			}
			if l.next != e.end() {
				t.Errorf("it stands at %d of %d", l.next, e.end())
			}
		} else if l.away.at >= e.since {
			t.Errorf("%q is told from the feed though all is kept", id)
		}
		l.leave()
		if e.room != 1 || e.present != 0 {
			t.Errorf("room %d, present %d", e.room, e.present)
		}
	})
}

// FuzzEventKinds: what is read is a set of kinds, and its names are.
func FuzzEventKinds(f *testing.F) {
	for _, names := range []string{"case", "case,alarm,city,tiles", "case,case", "", ",", "planets", strings.Repeat("case,", 300)} {
		f.Add(names)
	}
	f.Fuzz(func(t *testing.T, names string) {
		kinds, err := readEventKinds(names)
		if err != nil {
			return
		}
		if kinds == 0 || kinds&^allEvents != 0 {
			t.Errorf("%q: %d", names, kinds)
		}
		for name := range strings.SplitSeq(names, ",") {
			if kinds&eventKindNames[name] == 0 {
				t.Errorf("%q: %s is not in it", names, name)
			}
		}
	})
}
