package api

import (
	"sync"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/tiler"
)

// A scene is what tiles are drawn from: a snapshot of the city and a view of the
// cases. Each is published by itself. Their serials are added up: while one is
// published, from before a reader can have it, s.drawing keeps the other still, so
// that of any two scenes the later has the higher sum.

// scene is the one that holds now, with its serial.
func (s *server) scene() (tileSource, uint64) {
	if s.board == nil {
		snap, serial := s.live.Served()
		return tileSource{snap: snap}, serial
	}
	for {
		view := s.board.View()
		snap, serial := s.live.Served()
		if s.board.View() == view { // so both held when the snapshot was taken
			return tileSource{snap, view}, serial + view.Serial
		}
	}
}

func (s *server) source() tileSource {
	source, _ := s.scene()
	return source
}

// serialOf is the serial of the scene with a snapshot to come.
func (s *server) serialOf(snapshot uint64) uint64 {
	if s.board == nil {
		return snapshot
	}
	return snapshot + s.board.View().Serial
}

// teller brings what happens to the events, in the order of the feed.
type teller struct {
	events *events
	failed func(error)

	mu      sync.Mutex
	waiting []cityChange
}

// followBoard keeps the tiles of cases true to the board, and tells listeners.
func (s *server) followBoard(version int64, listeners int) {
	end := s.board.View().Cursor
	s.events = newEvents(end.Epoch, end.Seq, version, listeners)
	s.events.feed = true
	s.teller = &teller{events: s.events, failed: func(err error) { s.log.Error("an event is not told", "error", err) }}
	var dirty []tiler.Dirty
	var whole bool
	s.board.Follow(cases.BoardFollower{
		Coming: func(c *cases.BoardChange) {
			dirty, whole = nil, c.Whole
			if !whole {
				dirty, whole = caseDirt(c.Rows)
			}
			s.drawing.Lock() // until it is published
			_, serial := s.live.Served()
			s.touch(serial+c.Serial, whole, dirty)
		},
		Published: func(c *cases.BoardChange) {
			s.drawing.Unlock()
			s.teller.tell(s.live.Current(), c, whole, dirty)
		},
	})
}
