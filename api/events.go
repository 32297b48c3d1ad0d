package api

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// events are what GET /v1/stream tells: the last ones, written once for all
// listeners. A listener has no queue of its own but a place in this one; who falls
// behind all of it, or was away for longer, is told what it missed of cases from
// the feed, and that everything that is drawn may have changed.
//
//	feed    … 17 edit   18 report   19 dispatch   20 alarm
//	ring    … [tiles 17] [tiles] [case 18] [case 19] [tiles] [case 20] [alarm 20.1]
//
// The order is that of the commits, and an event's id the feed's cursor: it means
// the same to a server that was started anew on the same file. What has no entry
// in the feed, such as tiles that changed because a lamp turned, has no id: it
// stands before the next that has one, and who comes back may hear it twice.
//
// Without a board there are no cases, and the order is that of city versions,
// which stand in the ids.
type events struct {
	mu      sync.RWMutex
	epoch   string
	version int64 // of the city, as told last
	at      place // everything up to it is told
	since   place // no event after it was dropped
	kept    []event
	first   uint64 // the number of kept[0], counted from the beginning
	bytes   int
	more    chan struct{} // closed with the next event
	room    int           // for so many listeners more
	present int           // that listen
	// feed is there where what is no longer kept can be told again.
	feed bool
}

// event is one event as it is sent.
type event struct {
	kind  eventKinds
	place place
	text  []byte
	// layers has the part of each layer, for who wants some only; nil for an
	// event that is everybody's. bare ones are without id.
	layers  []layerEvent
	version int64
	bare    bool
}

type layerEvent struct {
	layer int
	text  string
}

// eventKinds is a set of kinds of events.
type eventKinds uint8

// The kinds.
const (
	caseEvents eventKinds = 1 << iota
	alarmEvents
	cityEvents
	tilesEvents

	allEvents = caseEvents | alarmEvents | cityEvents | tilesEvents
)

var eventKindNames = map[string]eventKinds{"case": caseEvents, "alarm": alarmEvents, "city": cityEvents, "tiles": tilesEvents}

const (
	// maxEvents and maxEventBytes bound what is kept for those who fell behind. A
	// quarter more is kept before what is too much goes at once.
	maxEvents     = 4096
	maxEventBytes = 4 << 20
	// maxEventTiles is how many tiles an event may name; with more it says that
	// everything may have changed.
	maxEventTiles = 4096
	// maxListeners is how many may listen at a time: twice a thousand, as one who
	// was cut off may come back before the server knows that it left.
	maxListeners = 2048
	// heartbeatEvery lets both ends find out that the other is gone.
	heartbeatEvery = 15 * time.Second
)

func newEvents(epoch string, seq, version int64, listeners int) *events {
	at := placeOf(seq)
	return &events{epoch: epoch, version: version, at: at, since: at, more: make(chan struct{}), room: listeners}
}

// city tells that everything may have changed, in a server without a board.
func (e *events) city(epoch string, version int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if epoch != e.epoch || version <= e.version {
		// A city that does not go on from the one before: no id from then counts.
		e.epoch, e.at, e.since = epoch, placeOf(version), placeOf(version)
		e.drop(len(e.kept))
	}
	e.add(e.cityEvent(placeOf(version), version))
	e.wake()
}

// cityEvent says that everything that is drawn may have changed.
func (e *events) cityEvent(at place, version int64) event {
	return event{kind: cityEvents, place: at, version: version, text: cityText(e.id(at), version, false)}
}

// cityText writes the event; missed says that cases changed that cannot be told
// any more. No id is for who stays where it is.
func cityText(id string, version int64, missed bool) []byte {
	b := append([]byte{}, "event: city\n"...)
	if id != "" {
		b = fmt.Appendf(b, "id: %s\n", id)
	}
	b = strconv.AppendInt(append(b, `data: {"city_version":`...), version, 10)
	if missed {
		b = append(b, `,"missed":true`...)
	}
	return append(b, "}\n\n"...)
}

// tiles tells which tiles are others, in a server without a board.
func (e *events) tiles(version int64, dirty []tiler.Dirty) {
	layers, ok := dirtyTexts(dirty)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.addTiles(placeOf(version), version, layers, ok, false)
	e.wake()
}

// addTiles adds an event of tiles, or of everything where they are too many.
func (e *events) addTiles(at place, version int64, layers []layerEvent, ok, bare bool) {
	ev := event{kind: tilesEvents, place: at, version: version, layers: layers, bare: bare}
	switch {
	case ok:
		ev.text = e.tilesText(&ev, ^tiler.LayerSet(0))
	case bare:
		ev = event{kind: cityEvents, place: at, version: version, bare: true, text: cityText("", version, false)}
	default:
		ev = e.cityEvent(at, version)
	}
	e.add(ev)
}

// dirtyTexts writes the layers' members of an event; ok is false where there are
// too many tiles to name.
func dirtyTexts(dirty []tiler.Dirty) (layers []layerEvent, ok bool) {
	n := 0
	layers = make([]layerEvent, 0, len(dirty))
	for _, d := range dirty {
		if n += len(d.Tiles); n > maxEventTiles {
			return nil, false
		}
		layers = append(layers, layerEvent{d.Layer, dirtyText(d)})
	}
	return layers, true
}

// dirtyText is a layer's member of an event: "components":["8/1/2",…].
func dirtyText(d tiler.Dirty) string {
	b := make([]byte, 0, 24+20*len(d.Tiles))
	b = append(strconv.AppendQuote(b, layerName(d.Layer)), ":["...)
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
	b := []byte("event: tiles\n")
	if !ev.bare {
		b = fmt.Appendf(b, "id: %s\n", e.id(ev.place))
	}
	b = fmt.Appendf(b, "data: {\"city_version\":%d,\"layers\":{", ev.version)
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

// add keeps an event.
func (e *events) add(ev event) {
	if ev.version > 0 {
		e.version = ev.version
	}
	if !ev.bare {
		e.at = ev.place
	}
	e.kept = append(e.kept, ev)
	e.bytes += len(ev.text)
	if len(e.kept) <= maxEvents*5/4 && e.bytes <= maxEventBytes*5/4 {
		return
	}
	n, bytes := 0, e.bytes
	for len(e.kept)-n > maxEvents || (bytes > maxEventBytes && n < len(e.kept)-1) {
		bytes -= len(e.kept[n].text)
		n++
	}
	e.drop(n)
}

// wake has the listeners look.
func (e *events) wake() {
	close(e.more)
	e.more = make(chan struct{})
}

// drop forgets the first n events.
func (e *events) drop(n int) {
	for _, ev := range e.kept[:n] {
		e.bytes -= len(ev.text)
		e.since = max(e.since, ev.place)
	}
	e.kept, e.first = slices.Delete(e.kept, 0, n), e.first+uint64(n)
}

// layerName is the name of a layer by its number among those of tiles.
func layerName(n int) string {
	if n == casesLayer {
		return casesName
	}
	return string(grids.MapLayers()[n])
}
