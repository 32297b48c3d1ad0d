package tiler

import (
	"bytes"
	"fmt"
	"strconv"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/maypok86/otter/v2"
)

// Coding is a content coding of HTTP.
type Coding uint8

// The codings that tiles are sent in.
const (
	Identity Coding = iota
	GZIP
	Zstd
	Brotli
	codings
)

// Codings is how many there are.
const Codings = int(codings)

var codingNames = [codings]string{"identity", "gzip", "zstd", "br"}

// String is the coding's name in HTTP.
func (c Coding) String() string { return codingNames[c] }

// Coded is a body as it is sent, with the values of its headers, which are
// shared: not to be changed.
type Coded struct {
	Coding Coding
	Body   []byte
	// ETag, Length and Encoding are ready for a header's map; Encoding is nil
	// for identity.
	ETag, Length, Encoding []string
}

func newCoded(coding Coding, body []byte) *Coded {
	p := &Coded{Coding: coding, Body: body, Length: []string{strconv.Itoa(len(body))}}
	name := ""
	if coding != Identity {
		name = coding.String()
		p.Encoding = []string{name}
	}
	p.ETag = []string{ETag(body, name)}
	return p
}

// Ready returns the tile's bytes in the coding if they are there, else nil.
func (t *Cached) Ready(coding Coding) *Coded { return t.coded[coding].Load() }

func (t *Cached) keep(coding Coding, body []byte) *Coded {
	p := newCoded(coding, body)
	t.size.Add(uint32(len(body)))
	t.coded[coding].Store(p)
	return p
}

// In returns the tile's bytes in the coding, made when first asked for and
// kept with it.
func (c *Cache) In(k Key, t *Cached, coding Coding) *Coded {
	if p := t.Ready(coding); p != nil {
		return p
	}
	t.mu.Lock()
	p := t.Ready(coding)
	made := p == nil
	if made {
		p = t.keep(coding, compressed(t.Ready(Identity).Body, coding))
	}
	t.mu.Unlock()
	if made && c.tiles != nil {
		// It weighs more now.
		c.tiles.ComputeIfPresent(k, func(old *Cached) (*Cached, otter.ComputeOp) {
			if old != t {
				return old, otter.CancelOp
			}
			return t, otter.WriteOp
		})
	}
	return p
}

// brotliFrom is how often a tile must have been asked for before it is worth
// Brotli, which takes 11 ms for 200 KB, and is a fifth smaller than gzip.
const brotliFrom = 2

// WorthBrotli reports whether the tile, asked for by someone who would have
// it, is there in Brotli or has been made so now. One tile is at a time; who
// comes meanwhile takes another coding.
func (c *Cache) WorthBrotli(k Key, t *Cached) bool {
	if t.Ready(Brotli) != nil {
		return true
	}
	if c.tiles == nil || t.asked.Add(1) < brotliFrom || !c.brotli.TryLock() {
		return false
	}
	defer c.brotli.Unlock()
	c.In(k, t, Brotli)
	return true
}

// brotliLevel is the last before the time multiplies.
const brotliLevel = 5

// compressed returns body in the coding, the same bytes for the same body.
func compressed(body []byte, coding Coding) []byte {
	scratch := buffers.Get().(*[]byte)
	defer buffers.Put(scratch)
	switch coding {
	case GZIP:
		*scratch = Gzip((*scratch)[:0], body, GzipLevel)
	case Zstd:
		*scratch = zstdEncoder().EncodeAll(body, (*scratch)[:0])
	case Brotli:
		out := bytes.NewBuffer((*scratch)[:0])
		w := brotli.NewWriterLevel(out, brotliLevel)
		// A write to memory cannot fail; an error would be the compressor's own.
		if _, err := w.Write(body); err != nil {
			panic(fmt.Sprintf("tiler: brotli: %v", err))
		}
		if err := w.Close(); err != nil {
			panic(fmt.Sprintf("tiler: brotli: %v", err))
		}
		*scratch = out.Bytes()
	default:
		return body
	}
	return bytes.Clone(*scratch)
}

// zstdEncoder is one for all: EncodeAll may be called from many goroutines,
// and takes one of as many states as are made beforehand.
var zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
	// Geometry repeats nothing, but its bytes are far from evenly spread: without
	// the entropy of what does not repeat, tiles of borders stay as they are.
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithAllLitEntropyCompression(true),
		zstd.WithEncoderConcurrency(zstdAtOnce), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(zstdWindow))
	if err != nil {
		panic(fmt.Sprintf("tiler: zstd: %v", err)) // the options are constants
	}
	return w
})

const (
	// zstdAtOnce states of some 1 MB; who finds none waits a millisecond.
	zstdAtOnce = 2
	zstdWindow = 512 << 10
)
