package grids

import (
	"slices"
	"time"
)

// Rebuild is the building of a snapshot beside the one that is served: the
// edits applied since it began are remembered, and made in what was built when
// it is published. Readers and edits go on meanwhile. It must be ended.
type Rebuild struct {
	live  *Live
	began *Snapshot
	made  int
}

// Begin begins a rebuild. What is built must have all that Current has now.
func (l *Live) Begin() *Rebuild {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rebuilds++
	return &Rebuild{live: l, began: l.Current(), made: l.made}
}

// End forgets the rebuild.
func (r *Rebuild) End() {
	l := r.live
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rebuilds--; l.rebuilds == 0 {
		l.since = nil
	}
}

// Prepare does to what was built what is to be done before it is served; see
// [Live.Prepare].
func (r *Rebuild) Prepare(s *Snapshot) { r.live.prepared(s) }

// Publish swaps in a city that was read anew, with the edits that are newer
// than it, under a version that is newer than them all.
func (r *Rebuild) Publish(s *Snapshot, version int64) {
	l := r.live
	l.mu.Lock()
	defer l.mu.Unlock()
	l.publish(l.caughtUp(s, later(s.at, l.Current().at)).raised(version))
}

// Fold swaps in the served snapshot with its edits folded in. It does nothing
// if a city was published whole since Begin, or rows started or ended to hold.
func (r *Rebuild) Fold() {
	l := r.live
	folded := l.prepared(r.began.Folded())
	l.mu.Lock()
	defer l.mu.Unlock()
	now, serial := l.Served()
	if l.made != r.made || !folded.Span.Holds(now.at) {
		return
	}
	l.current.Store(&served{l.caughtUp(folded, now.at), serial})
	// Those of other times still share what was served before.
	l.past = nil
}

// keep remembers s, built of the version now for another time, unless a city
// was published whole since Begin or now was not the latest then.
func (r *Rebuild) keep(now, s *Snapshot) {
	l := r.live
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made != r.made || now != r.began {
		return
	}
	if len(l.past) == maxPast {
		l.past = slices.Delete(l.past, 0, 1)
	}
	l.past = append(l.past, l.caughtUp(s, s.at))
}

// caughtUp returns the snapshot with the edits that are newer than it, as it
// holds at t.
func (l *Live) caughtUp(s *Snapshot, t time.Time) *Snapshot {
	newer := slices.DeleteFunc(slices.Clone(l.since), func(e Edit) bool { return e.Version <= s.City.Version })
	if len(newer) == 0 {
		return s
	}
	s, t, _ = s.holdingAt(t)
	return s.With(t, newer...)
}

// holdingAt returns the snapshot as it holds at t, built anew if t lies outside
// its span. Where the city has no cell then, it stays at its own time and the
// error says so.
func (s *Snapshot) holdingAt(t time.Time) (*Snapshot, time.Time, error) {
	if s.Span.Holds(t) {
		return s, t, nil
	}
	anew, err := NewSnapshot(s.wholeNow(), t)
	if err != nil {
		return s, s.at, err
	}
	return anew, t, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
