package grids

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Live holds the snapshot that is served. Readers take it once per request and
// answer wholly from it, without waiting for anyone; one writer publishes the
// next, whole or as edits of it.
type Live struct {
	current atomic.Pointer[served]

	// building lets one snapshot of another time be built at a time.
	building sync.Mutex

	// mu orders what is published; it is held for as long as edits take.
	mu sync.Mutex
	// past has snapshots of the current version at other times, for questions
	// about a past or planned date.
	past []*Snapshot
	// made counts the cities published whole. rebuilds counts those being built
	// beside the served one; since has the edits applied meanwhile.
	made     int
	rebuilds int
	since    []Edit
	// followers are told of what is published.
	followers []Follower
	// prepare is done to what is built before it is served; may be nil.
	prepare func(*Snapshot)
}

// maxPast bounds how many snapshots at other times are kept; each is as large
// as the current one where nothing is shared.
const maxPast = 3

// maxPastEdited bounds the edited components of a snapshot of another time: it
// is not folded but built anew when it is asked for next.
const maxPastEdited = 20_000

// NewLive starts with a snapshot.
func NewLive(s *Snapshot) *Live {
	l := &Live{}
	l.current.Store(&served{s, 1})
	return l
}

// Prepare has work done to every snapshot that a [Rebuild] makes from now on,
// before it is served: what its first reader would wait for. Neither readers nor
// edits wait meanwhile.
func (l *Live) Prepare(work func(*Snapshot)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.prepare = work
}

func (l *Live) prepared(s *Snapshot) *Snapshot {
	l.mu.Lock()
	work := l.prepare
	l.mu.Unlock()
	if work != nil {
		work(s)
	}
	return s
}

// Current returns the snapshot that is served now.
func (l *Live) Current() *Snapshot { return l.current.Load().Snapshot }

// Publish swaps in the next snapshot. Requests under way keep theirs.
func (l *Live) Publish(s *Snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.publish(s)
}

func (l *Live) publish(s *Snapshot) {
	l.swap(s, Change{Whole: true})
	l.past = nil
	l.made++
}

// Apply publishes the current city with the edits, in the order of their
// versions, as one new version. A snapshot whose time is over is first built
// anew for now, which takes as long as a reload; it fails, and the edits are
// published at the old time, where the city has no cell now.
func (l *Live) Apply(now time.Time, edits ...Edit) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.Current()
	s, t, err := before.holdingAt(later(before.at, now)) // later: the clock may have been set back
	if l.rebuilds > 0 {
		l.since = append(l.since, edits...)
	}
	for i, p := range l.past {
		l.past[i] = p.With(p.at, edits...)
	}
	l.past = slices.DeleteFunc(l.past, func(p *Snapshot) bool { return p.Edited() > maxPastEdited })
	next := s.With(t, edits...)
	c := Change{Whole: s != before}
	if !c.Whole && len(l.followers) > 0 {
		c.Rows = changes(before, next, edits)
	}
	l.swap(next, c)
	return err
}

// AsOf returns the current version as it holds at t. Building it takes as long
// as a reload; the last few are kept, and one is built at a time.
func (l *Live) AsOf(t time.Time) (*Snapshot, error) {
	return l.asOf(l.Current(), t)
}

// asOf is AsOf for the version now, which need no longer be the current one.
func (l *Live) asOf(now *Snapshot, t time.Time) (*Snapshot, error) {
	if now.Span.Holds(t) {
		return now, nil
	}
	l.building.Lock()
	defer l.building.Unlock()
	if s := l.kept(now, t); s != nil {
		return s, nil
	}
	r := l.Begin()
	defer r.End()
	// What Begin has seen last is kept up with; an older version is not kept.
	s, err := NewSnapshot(now.wholeNow(), t)
	if err != nil {
		return nil, err
	}
	r.keep(now, s)
	return s, nil
}

// kept returns a snapshot of the version for the time, or nil.
func (l *Live) kept(now *Snapshot, t time.Time) *Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.past {
		if s.City.Version == now.City.Version && s.whole.Epoch == now.whole.Epoch && s.Span.Holds(t) {
			return s
		}
	}
	return nil
}
