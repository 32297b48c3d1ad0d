package api

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// events are what GET /v1/stream tells: the last ones, once for all listeners.
// A listener has no queue of its own but a place in this one; who falls behind
// all of it, or was away for longer, is told that everything may have changed.
//
// An event's id is the city it leaves behind, "EPOCH-VERSION": it means the
// same to a server that was started anew on the same file.
type events struct {
	mu      sync.Mutex
	epoch   string
	version int64 // after the last event
	since   int64 // version after which no event was dropped
	kept    []event
	first   uint64 // the number of kept[0], counted from the beginning
	bytes   int
	more    chan struct{} // closed with the next event
	room    int           // for so many listeners more
}

// event is one event as it is sent.
type event struct {
	version int64
	text    []byte
	// layers has the part of each layer, for who wants some only; nil for an
	// event that is everybody's.
	layers []layerEvent
}

type layerEvent struct {
	layer int
	text  string
}

const (
	// maxEvents and maxEventBytes bound what is kept for those who fell behind.
	maxEvents     = 1024
	maxEventBytes = 4 << 20
	// maxEventTiles is how many tiles an event may name; with more it says that
	// everything may have changed.
	maxEventTiles = 4096
	// maxListeners is how many may listen at a time.
	maxListeners = 1024
	// heartbeatEvery lets both ends find out that the other is gone.
	heartbeatEvery = 15 * time.Second
)

func newEvents(epoch string, version int64, listeners int) *events {
	return &events{epoch: epoch, version: version, since: version, more: make(chan struct{}), room: listeners}
}

// city tells that everything may have changed.
func (e *events) city(epoch string, version int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if epoch != e.epoch || version <= e.version {
		// A city that does not go on from the one before: no id from then counts.
		e.epoch, e.since = epoch, version
		e.drop(len(e.kept))
	}
	e.add(event{version: version, text: e.cityText(version)})
}

func (e *events) cityText(version int64) []byte {
	return fmt.Appendf(nil, "event: city\nid: %s\ndata: {\"city_version\":%d}\n\n", e.id(version), version)
}

func (e *events) id(version int64) string { return e.epoch + "-" + strconv.FormatInt(version, 10) }

// tiles tells which tiles are others.
func (e *events) tiles(version int64, dirty []tiler.Dirty) {
	n := 0
	ev := event{version: version, layers: make([]layerEvent, 0, len(dirty))}
	for _, d := range dirty {
		if n += len(d.Tiles); n > maxEventTiles {
			break
		}
		ev.layers = append(ev.layers, layerEvent{d.Layer, dirtyText(d)})
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if n > maxEventTiles {
		ev = event{version: version, text: e.cityText(version)}
	} else {
		ev.text = e.tilesText(&ev, ^tiler.LayerSet(0))
	}
	e.add(ev)
}

// dirtyText is a layer's member of an event: "components":["8/1/2",…].
func dirtyText(d tiler.Dirty) string {
	b := make([]byte, 0, 24+20*len(d.Tiles))
	b = append(strconv.AppendQuote(b, string(grids.MapLayers()[d.Layer])), ":["...)
	for i, id := range d.Tiles {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(strconv.AppendUint(b, uint64(id.Z), 10), '/')
		b = append(strconv.AppendUint(b, uint64(id.X), 10), '/')
		b = append(strconv.AppendUint(b, uint64(id.Y), 10), '"')
	}
	return string(append(b, ']'))
}

// tilesText writes an event for who wants some layers; nil where none of them
// is in it.
func (e *events) tilesText(ev *event, layers tiler.LayerSet) []byte {
	b := fmt.Appendf(nil, "event: tiles\nid: %s\ndata: {\"city_version\":%d,\"layers\":{", e.id(ev.version), ev.version)
	empty := len(b)
	for _, l := range ev.layers {
		if layers&(1<<l.layer) == 0 {
			continue
		}
		if len(b) > empty {
			b = append(b, ',')
		}
		b = append(b, l.text...)
	}
	if len(b) == empty {
		return nil
	}
	return append(b, "}}\n\n"...)
}

// add keeps an event and wakes the listeners.
func (e *events) add(ev event) {
	e.version = ev.version
	e.kept = append(e.kept, ev)
	e.bytes += len(ev.text)
	n := 0
	for len(e.kept)-n > maxEvents || (e.bytes > maxEventBytes && n < len(e.kept)-1) {
		e.bytes -= len(e.kept[n].text)
		n++
	}
	e.drop(n)
	close(e.more)
	e.more = make(chan struct{})
}

// drop forgets the first n events.
func (e *events) drop(n int) {
	if n == 0 {
		return
	}
	if n == len(e.kept) {
		e.bytes = 0
	}
	e.since = max(e.since, e.kept[n-1].version)
	e.kept, e.first = slices.Delete(e.kept, 0, n), e.first+uint64(n)
}

// listener is one who listens, and its place.
type listener struct {
	of     *events
	next   uint64 // number of the event to come
	layers tiler.LayerSet
}

// listen enters a listener who has heard all up to the event with the id; "" is
// one who comes anew. It reports false when there are too many already.
func (e *events) listen(id string, layers tiler.LayerSet) (l *listener, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.room == 0 {
		return nil, false
	}
	e.room--
	return &listener{of: e, layers: layers, next: e.after(id)}, true
}

// missed is the place of one who cannot be told what it missed.
const missed = ^uint64(0)

// after returns the number of the first event that leaves behind a later city
// than the id names.
func (e *events) after(id string) uint64 {
	end := e.first + uint64(len(e.kept))
	if id == "" {
		return end
	}
	at := strings.LastIndexByte(id, '-')
	if at < 0 || id[:at] != e.epoch {
		return missed
	}
	version, err := strconv.ParseInt(id[at+1:], 10, 64)
	if err != nil || version < e.since || version > e.version {
		return missed
	}
	n := slices.IndexFunc(e.kept, func(ev event) bool { return ev.version > version })
	if n < 0 {
		return end
	}
	return e.first + uint64(n)
}

// leave ends a listener.
func (l *listener) leave() {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	l.of.room++
}

// maxAtOnce bounds what a listener is sent at a time, so that a deadline is for
// little.
const maxAtOnce = 256 << 10

// hear appends what is new to dst; more is closed when there is more, and is
// nil when there is already.
func (l *listener) hear(dst []byte) (text []byte, more <-chan struct{}) {
	e := l.of
	e.mu.Lock()
	defer e.mu.Unlock()
	end := e.first + uint64(len(e.kept))
	if l.next < e.first || l.next == missed {
		l.next = end
		return append(dst, e.cityText(e.version)...), e.more
	}
	for ; l.next < end; l.next++ {
		if len(dst) > maxAtOnce {
			return dst, nil
		}
		ev := &e.kept[l.next-e.first]
		if ev.layers == nil || l.layers == 0 {
			dst = append(dst, ev.text...)
			continue
		}
		dst = append(dst, e.tilesText(ev, l.layers)...)
	}
	return dst, e.more
}

// beat appends what tells that the server is there, and where the listener is:
// events of layers that it does not want move it on too.
func (l *listener) beat(dst []byte) []byte {
	e := l.of
	e.mu.Lock()
	defer e.mu.Unlock()
	if l.next != e.first+uint64(len(e.kept)) {
		return append(dst, ":\n\n"...)
	}
	return fmt.Appendf(dst, ":\nid: %s\n\n", e.id(e.version))
}
