package tiler

import (
	"bytes"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/maypok86/otter/v2"
)

// Cache keeps encoded tiles, and the bytes of their content codings, up to a
// number of bytes, and knows which of them later changes made untrue.
//
// Every snapshot of the source has a serial, which rises. What a change
// touches is noted under the serial of the snapshot that will have it, before
// that is published:
//
//	writer   Touch(8, tile)  ────────────▶ publish 8
//	reader A    has 7 ── encodes ────────────────────▶ keeps, as of 7
//	reader B                                 has 8 ── 7 < 8: encodes anew
//
// A kept tile answers a reader only if nothing that touches it was noted after
// the serial it is true as of. So a reader never gets bytes older than its own
// snapshot, however the two run into each other; it may get newer ones.
//
// Safe for concurrent use.
type Cache struct {
	tiles *otter.Cache[Key, *Cached] // nil where nothing is kept
	marks marks
	last  atomic.Uint64 // marks.last, for readers in a hurry

	mu      sync.Mutex
	flights map[Key]*flight

	// brotli lets one tile at a time be compressed the slow way.
	brotli sync.Mutex
}

// Key names what is asked for, in canonical form: requests for the same have
// the same key.
type Key struct {
	ID     ID
	Layers LayerSet
	// Query has what else there is in the request: columns and filter, ordered.
	Query string
}

// Cached is one tile. Its bytes are not to be changed.
type Cached struct {
	// Serial and Version are those of the snapshot it was made from.
	Serial  uint64
	Version int64
	Stats   Stats

	asOf  atomic.Uint64 // it is true of all snapshots from Serial to here
	size  atomic.Uint32
	asked atomic.Uint32
	mu    sync.Mutex // makes codings
	coded [codings]atomic.Pointer[Coded]
}

// NewCache returns a cache of at most maxBytes; of 0 or less it keeps nothing
// and only lets equal requests share their work.
func NewCache(maxBytes int64) *Cache {
	c := &Cache{flights: map[Key]*flight{}}
	c.marks.at = map[mark]uint64{}
	if maxBytes > 0 {
		c.tiles = otter.Must(&otter.Options[Key, *Cached]{
			MaximumWeight: uint64(maxBytes),
			Weigher:       func(k Key, t *Cached) uint32 { return keptBytes + uint32(len(k.Query)) + t.size.Load() },
			// On the goroutine that writes: no other to wait for.
			Executor: func(work func()) { work() },
		})
	}
	return c
}

// keptBytes is what a tile takes besides its bytes: Cached, Coded with its
// header values, and what the cache needs for a key.
const keptBytes = 640

// Tile returns the tile for a reader whose snapshot has the serial, encoding
// it if need be: once, however many ask at the same time. Encode appends the
// tile of that snapshot. Errors are not kept.
func (c *Cache) Tile(k Key, serial uint64, version int64, encode func(dst []byte) ([]byte, Stats, error)) (*Cached, error) {
	// Another round when what was waited for is older than this reader. The
	// second flight was begun by one as late or later, or by this one itself.
	for range 2 {
		if t := c.find(&k); t != nil {
			return t, nil
		}
		f, first := c.join(k)
		if first {
			return c.lead(k, f, serial, version, encode)
		}
		<-f.done
		if errors.Is(f.err, errAbandoned) {
			continue
		}
		if f.err != nil {
			return nil, f.err
		}
		if f.tile.Serial >= serial || c.stillTrue(&k, f.tile) {
			return f.tile, nil
		}
	}
	return encodeTile(serial, version, encode)
}

// find returns the kept tile if it is still true.
func (c *Cache) find(k *Key) *Cached {
	if c.tiles == nil {
		return nil
	}
	t, ok := c.tiles.GetIfPresent(*k)
	if !ok || !c.stillTrue(k, t) {
		return nil
	}
	return t
}

func (c *Cache) stillTrue(k *Key, t *Cached) bool {
	asOf := t.asOf.Load()
	if asOf >= c.last.Load() {
		return true
	}
	m := &c.marks
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.changed(k) > asOf {
		return false
	}
	raise(&t.asOf, m.last)
	return true
}

func raise(v *atomic.Uint64, to uint64) {
	for was := v.Load(); was < to && !v.CompareAndSwap(was, to); was = v.Load() {
	}
}

// flight is a tile being made.
type flight struct {
	done chan struct{}
	tile *Cached
	err  error
}

// errAbandoned is left to those who wait where encoding panicked.
var errAbandoned = errors.New("tile not made")

func (c *Cache) join(k Key) (f *flight, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.flights[k]; f != nil {
		return f, false
	}
	f = &flight{done: make(chan struct{}), err: errAbandoned}
	c.flights[k] = f
	return f, true
}

func (c *Cache) lead(k Key, f *flight, serial uint64, version int64, encode func([]byte) ([]byte, Stats, error)) (*Cached, error) {
	defer func() {
		c.mu.Lock()
		delete(c.flights, k)
		c.mu.Unlock()
		close(f.done)
	}()
	// Another flight may have landed between the look and the join.
	if t := c.find(&k); t != nil {
		f.tile, f.err = t, nil
		return t, nil
	}
	t, err := encodeTile(serial, version, encode)
	f.tile, f.err = t, err
	if err == nil && c.tiles != nil {
		c.tiles.Compute(k, func(old *Cached, found bool) (*Cached, otter.ComputeOp) {
			if found && old.Serial > t.Serial {
				return old, otter.CancelOp
			}
			return t, otter.WriteOp
		})
	}
	return t, err
}

func encodeTile(serial uint64, version int64, encode func([]byte) ([]byte, Stats, error)) (*Cached, error) {
	scratch := buffers.Get().(*[]byte)
	defer buffers.Put(scratch)
	body, stats, err := encode((*scratch)[:0])
	*scratch = body
	if err != nil {
		return nil, err
	}
	t := &Cached{Serial: serial, Version: version, Stats: stats}
	t.asOf.Store(serial)
	t.keep(Identity, bytes.Clone(body))
	return t, nil
}

// buffers are what tiles are written to before their size is known.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// Empty reports whether the tile has no content.
func (t *Cached) Empty() bool { return len(t.coded[Identity].Load().Body) == 0 }
