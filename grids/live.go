package grids

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Live holds the snapshot that is served. Readers take it once per request and
// answer wholly from it; one writer publishes the next.
type Live struct {
	current atomic.Pointer[Snapshot]

	// past has snapshots of the current version at other times, for questions
	// about a past or planned date.
	mu   sync.Mutex
	past []*Snapshot
}

// maxPast bounds how many snapshots at other times are kept; each is as large
// as the current one where nothing is shared.
const maxPast = 3

// NewLive starts with a snapshot.
func NewLive(s *Snapshot) *Live {
	l := &Live{}
	l.current.Store(s)
	return l
}

// Current returns the snapshot that is served now.
func (l *Live) Current() *Snapshot { return l.current.Load() }

// Publish swaps in the next snapshot. Requests under way keep theirs.
func (l *Live) Publish(s *Snapshot) {
	l.current.Store(s)
	l.mu.Lock()
	l.past = nil
	l.mu.Unlock()
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
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.past {
		if s.whole == now.whole && s.Span.Holds(t) {
			return s, nil
		}
	}
	s, err := NewSnapshot(now.whole, t)
	if err != nil {
		return nil, err
	}
	if l.Current() != now {
		return s, nil // Publish has been here: do not hold on to the old city
	}
	if len(l.past) == maxPast {
		l.past = slices.Delete(l.past, 0, 1)
	}
	l.past = append(l.past, s)
	return s, nil
}
