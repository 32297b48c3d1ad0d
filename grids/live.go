package grids

import "sync/atomic"

// Live holds the snapshot that is served. Readers take it once per request and
// answer wholly from it; one writer publishes the next.
type Live struct{ current atomic.Pointer[Snapshot] }

// NewLive starts with a snapshot.
func NewLive(s *Snapshot) *Live {
	l := &Live{}
	l.current.Store(s)
	return l
}

// Current returns the snapshot that is served now.
func (l *Live) Current() *Snapshot { return l.current.Load() }

// Publish swaps in the next snapshot. Requests under way keep theirs.
func (l *Live) Publish(s *Snapshot) { l.current.Store(s) }
