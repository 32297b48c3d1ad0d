package glyphs

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// rangeSize is how many characters a range has, and maxRune the last of all: maps
// ask for no others.
const (
	rangeSize = 256
	maxRune   = 0xffff
)

// ErrRange says that a range is none of those that maps ask for.
var ErrRange = errors.New("not a range of 256 characters")

// ParseRange reads "19968-20223" and returns its first character, a multiple of
// 256.
func ParseRange(s string) (rune, error) {
	a, b, ok := strings.Cut(s, "-")
	first, err := strconv.ParseUint(a, 10, 16)
	if !ok || err != nil || first%rangeSize != 0 || b != strconv.FormatUint(first+rangeSize-1, 10) || a != strconv.FormatUint(first, 10) {
		return 0, fmt.Errorf("%w: %.20q; such as 0-255 and up to 65280-65535", ErrRange, s)
	}
	return rune(first), nil
}

// Range draws the 256 characters from first with up to workers goroutines and
// returns them in MapLibre's format. Characters that no font of the stack has are
// left out.
func Range(s Stack, first rune, workers int) []byte {
	var made [rangeSize]struct {
		Glyph
		ok bool
	}
	var next atomic.Int32
	var work sync.WaitGroup
	for range min(max(workers, 1), rangeSize) {
		work.Go(func() {
			var p pen
			for i := next.Add(1) - 1; i < rangeSize; i = next.Add(1) - 1 {
				made[i].Glyph, made[i].ok = p.glyph(&s, first+i)
			}
		})
	}
	work.Wait()
	w := newWriter(s.Name, fmt.Sprintf("%d-%d", first, first+rangeSize-1))
	for i := range made {
		if made[i].ok {
			w.glyph(&made[i].Glyph)
		}
	}
	return w.bytes()
}

// makeRange is Range with the fonts' files known not to have changed meanwhile, or
// what an earlier run of it left in the folder.
func (c *Cache) makeRange(ctx context.Context, s Stack, first rune) (Answer, error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
	name := nameOf(&s, first)
	body := c.shelf.get(name)
	if body == nil {
		body = Range(s, first, runtime.GOMAXPROCS(0))
		if !c.fonts.unchanged() {
			return Answer{}, ErrChanged
		}
		c.shelf.put(name, body)
	}
	a := Answer{Plain: body}
	if c.pack != nil {
		a.Packed = c.pack(body)
	}
	return a, nil
}
