package tiler

import (
	"fmt"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// GzipLevel is the level for tiles made on request. On a tile of 10,000 points
// and one of 500 cells level 2 is both faster (1.03 ms) and smaller (138 KB)
// than level 1 (1.31 ms, 145 KB); level 6 takes twice the time for a tenth.
const GzipLevel = 2

// Gzip appends body in gzip format to dst, without time or name, so that equal
// bodies at one level give equal bytes. A level outside 1 to 9 means
// GzipLevel. Safe for concurrent use.
func Gzip(dst, body []byte, level int) []byte {
	if level < gzip.BestSpeed || level > gzip.BestCompression {
		level = GzipLevel
	}
	pool := &compressors[level]
	c, _ := pool.Get().(*compressor)
	if c == nil {
		c = newCompressor(level)
	}
	c.out = dst
	c.w.Reset(c)
	// Left at its zero value, this package writes the year 1 cut to 32 bits.
	c.w.ModTime = time.Unix(0, 0)
	// A write to memory cannot fail; an error would be the compressor's own.
	if _, err := c.w.Write(body); err != nil {
		panic(fmt.Sprintf("tiler: gzip: %v", err))
	}
	if err := c.w.Close(); err != nil {
		panic(fmt.Sprintf("tiler: gzip: %v", err))
	}
	dst, c.out = c.out, nil
	pool.Put(c)
	return dst
}

// compressors keeps writers by level; a new one costs 0.8 MB.
var compressors [gzip.BestCompression + 1]sync.Pool

// compressor is a gzip writer and the slice it appends to.
type compressor struct {
	w   *gzip.Writer
	out []byte
}

func newCompressor(level int) *compressor {
	w, err := gzip.NewWriterLevel(nil, level)
	if err != nil {
		panic(fmt.Sprintf("tiler: gzip level %d: %v", level, err))
	}
	return &compressor{w: w}
}

// Write appends p.
func (c *compressor) Write(p []byte) (int, error) {
	c.out = append(c.out, p...)
	return len(p), nil
}
