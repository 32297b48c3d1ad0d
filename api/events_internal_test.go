package api

import (
	"fmt"
	"testing"
)

// TestAListenerThatFallsBehindAllThatIsKeptIsToldTheFeedFromItsPlace, and goes on
// with what is kept where that begins.
func TestAListenerThatFallsBehindAllThatIsKeptIsToldTheFeedFromItsPlace(t *testing.T) {
	e := newEvents("test", 10, 1, 1)
	e.feed = true
	add := func(from, to int64) {
		for seq := from; seq <= to; seq++ {
			e.add(event{kind: caseEvents, place: placeOf(seq), text: fmt.Appendf(nil, "%d ", seq)})
		}
		e.wake()
	}
	l, _ := e.listen("test-10", allEvents, 0)
	add(11, 15)
	if text, more := l.hear(nil); string(text) != "11 12 13 14 15 " || more == nil {
		t.Fatalf("%q", text)
	}
	const last = 15 + maxEvents*2
	add(16, last)
	if text, more := l.hear(nil); len(text) > 0 || more != nil || l.away == nil || l.away.at != placeOf(15) {
		t.Fatalf("%q, away %+v", text, l.away)
	}
	if text, told := l.join(nil); len(text) > 0 || l.away == nil || told != placeOf(last) {
		t.Fatalf("it goes on at once: %q, %+v", text, l.away)
	}
	l.away.at = e.since.alarm() // as far as the feed told it
	if text, _ := l.join(nil); len(text) > 0 || l.away != nil {
		t.Fatalf("it does not go on: %q", text)
	}
	text, _ := l.hear(nil)
	first := fmt.Sprintf("%d ", e.since.seq()+1)
	if string(text[:len(first)]) != first || l.last != placeOf(last) {
		t.Errorf("it goes on with %.20q, not %q, to %d", text, first, l.last.seq())
	}
	if len(e.kept) > maxEvents*5/4 {
		t.Errorf("%d are kept", len(e.kept))
	}
}

// TestWhatHasNoIDIsToldAgainToWhoComesBackBeforeTheNext: a lamp that turned.
func TestWhatHasNoIDIsToldAgainToWhoComesBackBeforeTheNext(t *testing.T) {
	e := newEvents("test", 10, 1, 3)
	e.add(event{kind: caseEvents, place: placeOf(11), text: []byte("11 ")})
	e.add(event{kind: tilesEvents, place: e.at.next(), bare: true, text: []byte("lamp ")})
	for id, want := range map[string]string{"test-10": "11 lamp ", "test-11": "lamp "} {
		l, _ := e.listen(id, allEvents, 0)
		if text, _ := l.hear(nil); string(text) != want {
			t.Errorf("%s: %q", id, text)
		}
		l.leave()
	}
	e.add(event{kind: caseEvents, place: placeOf(12), text: []byte("12 ")})
	l, _ := e.listen("test-12", allEvents, 0)
	if text, _ := l.hear(nil); len(text) > 0 {
		t.Errorf("%q", text)
	}
}
