package api

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/tiler"
)

// CaseNews is what the stream and webhooks tell of a step of a case.
type CaseNews struct {
	ID    string          `json:"id" doc:"Of the case"`
	Event cases.EventKind `json:"event"`
	Seq   int             `json:"seq" doc:"Counts the events of the case"`
	// Case is as it stood after the event, and the lamp as of it.
	Case        terms.CaseSummary `json:"case"`
	CityVersion int64             `json:"city_version"`
}

// AlarmNews is what they tell of a sensor's alarm.
type AlarmNews struct {
	Alarm json.RawMessage   `json:"alarm"`
	Case  terms.CaseSummary `json:"case"`
	New   bool              `json:"new" doc:"The alarm opened the case"`
}

// caseNewsOf tells a step of a case.
func caseNewsOf(snap *grids.Snapshot, s *cases.Step) CaseNews {
	return CaseNews{s.Case.ID.String(), s.Told.Event, s.Told.Seq, terms.SummaryOf(snap, s.Case, s.At), s.CityVersion}
}

// alarmNewsOf tells the alarm that a step was.
func alarmNewsOf(snap *grids.Snapshot, s *cases.Step) AlarmNews {
	return AlarmNews{s.Told.Alarm, terms.SummaryOf(snap, s.Case, s.At), s.Told.Event == cases.Report}
}

// stepEvents are the events of a step of a case: one, and one more for an alarm.
func (e *events) stepEvents(snap *grids.Snapshot, s *cases.Step) ([]event, error) {
	at := placeOf(s.Seq)
	text, err := e.eventText("case", at, caseNewsOf(snap, s))
	if err != nil {
		return nil, err
	}
	out := []event{{kind: caseEvents, place: at, text: text}}
	if len(s.Told.Alarm) == 0 {
		return out, nil
	}
	if text, err = e.eventText("alarm", at.alarm(), alarmNewsOf(snap, s)); err != nil {
		return nil, err
	}
	return append(out, event{kind: alarmEvents, place: at.alarm(), text: text}), nil
}

func (e *events) eventText(kind string, at place, v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, len(data)+64)
	b = fmt.Appendf(b, "event: %s\nid: %s\ndata: ", kind, e.id(at))
	return append(append(b, data...), "\n\n"...), nil
}

// cityChange is a change of the city that was published and whose entry in the
// feed is still to come.
type cityChange struct {
	version int64
	whole   bool
	layers  []layerEvent
	ok      bool
}

// coming keeps a change of the city until the feed comes to it, so that all that
// is told stands in one order.
func (t *teller) coming(version int64, whole bool, dirty []tiler.Dirty) {
	next := cityChange{version: version, whole: whole}
	next.layers, next.ok = dirtyTexts(dirty)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = append(t.waiting, next)
}

// taken returns the changes up to the version of an entry.
func (t *teller) taken(version int64) (out []cityChange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for n < len(t.waiting) && t.waiting[n].version <= version {
		n++
	}
	out, t.waiting = t.waiting[:n:n], t.waiting[n:]
	if len(t.waiting) == 0 {
		t.waiting = nil
	}
	return out
}

// tell brings a change of the board, and what the feed says of the city, to the
// listeners. Dirty are the tiles of cases.
func (t *teller) tell(snap *grids.Snapshot, c *cases.BoardChange, whole bool, dirty []tiler.Dirty) {
	e := t.events
	batch := make([]event, 0, len(c.Steps))
	for i := range c.Steps {
		s := &c.Steps[i]
		switch s.Kind {
		case cases.FeedKind:
			told, err := e.stepEvents(snap, s)
			if err != nil {
				t.failed(fmt.Errorf("event %d of case %s: %w", s.Told.Seq, s.Case.ID, err))
				continue
			}
			batch = append(batch, told...)
		case cases.FeedImport:
		default:
			for _, of := range t.taken(s.CityVersion) {
				kind := tilesEvents
				if of.whole || !of.ok {
					kind = cityEvents
				}
				batch = append(batch, event{kind: kind, place: placeOf(s.Seq), version: of.version, layers: of.layers})
			}
		}
	}
	layers, ok := dirtyTexts(dirty)
	e.mu.Lock()
	defer e.mu.Unlock()
	if whole || len(dirty) > 0 {
		at := e.at.next()
		if len(c.Steps) > 0 {
			at = placeOf(c.Steps[0].Seq)
		}
		e.addTiles(at, e.version, layers, ok && !whole, true)
	}
	for _, ev := range batch {
		switch {
		case ev.text != nil:
			e.add(ev)
		case ev.kind == cityEvents:
			e.add(e.cityEvent(ev.place, ev.version))
		default:
			e.addTiles(ev.place, ev.version, ev.layers, true, false)
		}
	}
	if at := placeOf(c.Cursor.Seq); at > e.at {
		e.at = at // entries that nobody is told of
	}
	e.wake()
}

// catchUp appends a part of what a listener missed who was away for longer than
// events are kept: the cases, event by event, from the feed.
func (s *server) catchUp(ctx context.Context, l *listener, dst []byte) ([]byte, error) {
	snap := s.live.Current()
	if !l.away.begun {
		l.away.begun = true
		dst = l.redraw(dst, snap.City.Version)
	}
	dst, told := l.join(dst)
	if l.away == nil {
		return dst, nil
	}
	after := l.away.at.seq()
	if l.away.at == placeOf(after) {
		after-- // it may have been an alarm, which has its own event
	}
	steps, _, err := s.board.Steps(ctx, cityfile.Cursor{Epoch: s.events.epoch, Seq: max(after, 0)}, replayAtOnce)
	if err != nil {
		return dst, err
	}
	end := placeOf(told.seq()).alarm()
	for i := range steps {
		step := &steps[i]
		if step.Seq > told.seq() {
			break
		}
		end = placeOf(step.Seq).alarm()
		if step.Case == nil {
			continue
		}
		events, err := s.events.stepEvents(snap, step)
		if err != nil {
			return dst, err
		}
		for _, ev := range events {
			if ev.place > l.away.at && ev.kind&l.kinds != 0 {
				dst = append(dst, ev.text...)
			}
		}
	}
	l.away.at = end
	return dst, nil
}
