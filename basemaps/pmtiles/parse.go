package pmtiles

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/wanmi-gis/wanmi/tiler"
)

// lastID is the last tile's of the deepest zoom: there are Σ 4^k of them.
const lastID = (uint64(1)<<(2*(tiler.MaxZoom+1))-1)/3 - 1

// columns reads a directory's numbers, which stand by columns.
type columns struct {
	b   []byte
	err error
}

func (c *columns) next(what string, i int, most uint64) uint64 {
	if c.err != nil {
		return 0
	}
	v, n := binary.Uvarint(c.b)
	switch {
	case n <= 0:
		c.err = fmt.Errorf("%w: it ends in the %s of entry %d", ErrDirectory, what, i)
		return 0
	case v > most:
		c.err = fmt.Errorf("%w: entry %d has a %s of %d; at most %d", ErrDirectory, i, what, v, most)
		return 0
	}
	c.b = c.b[n:]
	return v
}

// parseDirectory reads a directory: ids that grow, runs that end before the next
// id, lengths above 0. Where entries point to is not judged.
func parseDirectory(plain []byte) ([]entry, error) {
	c := &columns{b: plain}
	// Every entry has four numbers of a byte at the least: more are not there, and
	// no room is made for them.
	count := c.next("number", 0, uint64(len(plain))/4)
	if c.err != nil {
		return nil, c.err
	}
	entries := make([]entry, count)
	last := uint64(0)
	for i := range entries {
		step := c.next("id", i, lastID-last)
		if i > 0 && step == 0 && c.err == nil {
			return nil, fmt.Errorf("%w: entries %d and %d have the same id", ErrDirectory, i-1, i)
		}
		last += step
		entries[i].id = last
	}
	for i := range entries {
		after := lastID + 1
		if i+1 < len(entries) {
			after = entries[i+1].id
		}
		entries[i].run = uint32(c.next("run", i, min(after-entries[i].id, math.MaxUint32)))
	}
	for i := range entries {
		if entries[i].length = uint32(c.next("length", i, math.MaxUint32)); entries[i].length == 0 && c.err == nil {
			return nil, fmt.Errorf("%w: entry %d is 0 bytes long", ErrDirectory, i)
		}
	}
	for i := range entries {
		switch v := c.next("offset", i, math.MaxInt64); {
		case v > 0:
			entries[i].offset = v - 1
		case i > 0:
			entries[i].offset = entries[i-1].offset + uint64(entries[i-1].length)
		case c.err == nil:
			return nil, fmt.Errorf("%w: the first entry has no offset", ErrDirectory)
		}
	}
	if c.err == nil && len(c.b) > 0 {
		return nil, fmt.Errorf("%w: %d bytes are left over", ErrDirectory, len(c.b))
	}
	return entries, c.err
}
