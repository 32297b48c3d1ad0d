package glyphs

import (
	"container/list"
	"context"
	"errors"
	"runtime"
	"sync"
)

// Options of NewCache.
type Options struct {
	// MaxBytes bounds the ranges that are kept; 0 for 32 MB, which is all that a
	// Chinese city's map needs, twice.
	MaxBytes int64
	// Pack compresses a range once for all who ask for it; nil for not.
	Pack func([]byte) []byte
}

const (
	defaultMaxBytes = 32 << 20
	// maxFlights are ranges that are being made or wait for it.
	maxFlights = 128
)

// ErrBusy says that too many ranges are asked for at once.
var ErrBusy = errors.New("too many ranges of letters are being drawn")

// Answer is a range, packed too where the cache was told how.
type Answer struct{ Plain, Packed []byte }

type key struct {
	stack string
	first rune
}

// Cache makes ranges when they are first asked for, each once, and keeps those
// asked for last, in memory and, where it has one, in a folder.
type Cache struct {
	fonts *Fonts
	pack  func([]byte) []byte
	limit int64
	slots chan struct{}
	shelf *shelf // nil for none

	mu      sync.Mutex
	held    int64
	kept    map[key]*list.Element // of *entry
	order   *list.List            // the latest first
	flights map[key]*flight
}

type entry struct {
	key
	Answer
}

// flight is a range that is being made, for whoever asks meanwhile.
type flight struct {
	done chan struct{}
	Answer
	err error
}

// NewCache makes ranges from the fonts.
func NewCache(f *Fonts, o Options) *Cache {
	if o.MaxBytes == 0 {
		o.MaxBytes = defaultMaxBytes
	}
	return &Cache{
		fonts: f, pack: o.Pack, limit: o.MaxBytes,
		// Two at once: one finishes its last letters while the other begins.
		slots: make(chan struct{}, min(2, runtime.GOMAXPROCS(0))),
		kept:  map[key]*list.Element{}, order: list.New(), flights: map[key]*flight{},
	}
}

// KeepIn keeps ranges in a folder too, for the next start, at most maxBytes of them.
// The folder is made where it is not there. failed is told when it cannot be written
// to, once until it can. To be called before the first range is asked for.
func (c *Cache) KeepIn(dir string, maxBytes int64, failed func(error)) (err error) {
	c.shelf, err = openShelf(dir, maxBytes, failed)
	return err
}

// Close lets go of the folder. The fonts are their owner's.
func (c *Cache) Close() error { return c.shelf.close() }

// Fonts are those the ranges are made from.
func (c *Cache) Fonts() *Fonts { return c.fonts }

// Range returns the 256 characters from first by the fonts of the stack, see
// [Fonts.Stack] and [ParseRange]. The bytes are shared: they may not be changed.
func (c *Cache) Range(ctx context.Context, stack string, first rune) (Answer, error) {
	s, err := c.fonts.Stack(stack)
	if err != nil {
		return Answer{}, err
	}
	k := key{s.Name, first}
	for {
		a, f, err := c.find(k)
		switch {
		case err != nil || a.Plain != nil:
			return a, err
		case !f.joined:
			return c.fly(ctx, k, f, s)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return Answer{}, ctx.Err()
		}
		if !errors.Is(f.err, context.Canceled) && !errors.Is(f.err, context.DeadlineExceeded) {
			return f.Answer, f.err
		} // else who made it went away, and the next one does it
	}
}

// boarding is a flight, joined if another makes the range already.
type boarding struct {
	*flight
	joined bool
}

// find returns the range if it is kept, else its flight.
func (c *Cache) find(k key) (Answer, boarding, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.kept[k]; e != nil {
		c.order.MoveToFront(e)
		return e.Value.(*entry).Answer, boarding{}, nil
	}
	if f := c.flights[k]; f != nil {
		return Answer{}, boarding{f, true}, nil
	}
	if len(c.flights) >= maxFlights {
		return Answer{}, boarding{}, ErrBusy
	}
	f := &flight{done: make(chan struct{}), err: errAborted} // unless it comes back
	c.flights[k] = f
	return Answer{}, boarding{f, false}, nil
}

// fly makes the range for all who joined.
func (c *Cache) fly(ctx context.Context, k key, f boarding, s Stack) (Answer, error) {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.flights, k)
		if f.err == nil {
			c.keep(&entry{k, f.Answer})
		}
		close(f.done)
	}()
	f.Answer, f.err = c.makeRange(ctx, s, k.first)
	return f.Answer, f.err
}

var errAborted = errors.New("drawing letters was cut off")

// keep puts a range in front and drops the last ones beyond the limit.
func (c *Cache) keep(e *entry) {
	size := func(e *entry) int64 { return int64(len(e.Plain) + len(e.Packed) + len(e.stack)) }
	if size(e) > c.limit {
		return
	}
	c.kept[e.key] = c.order.PushFront(e)
	c.held += size(e)
	for c.held > c.limit {
		last := c.order.Back()
		old := c.order.Remove(last).(*entry)
		delete(c.kept, old.key)
		c.held -= size(old)
	}
}
