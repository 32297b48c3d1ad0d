package upstream

import (
	"sync"
	"time"
)

// breaker leaves a server alone after failures in a row, longer each time, and lets
// one request through then to see.
type breaker struct {
	mu       sync.Mutex
	failures int
	until    time.Time
	probing  bool
}

const (
	openAfter  = 5
	firstPause = 2 * time.Second
	mostPause  = 2 * time.Minute
	// probeWait is what those are told who come while one request looks.
	probeWait = time.Second
	// mostTold bounds how long a server may ask to be left alone.
	mostTold = 15 * time.Minute
)

// allow reports whether to ask, and how long not to. Who is allowed calls done.
func (b *breaker) allow(now time.Time) (wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case now.Before(b.until):
		return b.until.Sub(now), false
	case b.failures < openAfter:
		return 0, true
	case b.probing:
		return probeWait, false
	}
	b.probing = true
	return 0, true
}

// done says how it went; told is how long the server asked to be left alone. It
// returns when it makes sense to come again, and whether the server fails for good.
func (b *breaker) done(now time.Time, ok bool, told time.Duration) (wait time.Duration, fails bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	if ok {
		b.failures, b.until = 0, time.Time{}
		return 0, false
	}
	b.failures++
	if b.failures >= openAfter {
		wait = min(firstPause<<min(b.failures-openAfter, 10), mostPause)
	}
	if wait = max(wait, min(told, mostTold)); wait > 0 {
		b.until = now.Add(wait)
	}
	return max(wait, probeWait), b.failures >= openAfter
}

// letGo ends what allow began without a word on how it went.
func (b *breaker) letGo() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
}
