//go:build proof

package glyphs

import (
	"bytes"
	"fmt"
	"syscall"
	"testing"
	"time"
)

// TestProof_AllLettersOfAChineseMapAreDrawnOnce draws each range of the two stacks
// that the styles use, of Debian's fonts, starts again and has the same bytes from
// the folder. It prints what both take of the processor, and the bytes.
func TestProof_AllLettersOfAChineseMapAreDrawnOnce(t *testing.T) {
	fonts := Open(Debian()...)
	t.Cleanup(func() {
		if err := fonts.Close(); err != nil {
			t.Error(err)
		}
	})
	last := rune(maxRune)
	if testing.Short() {
		last = 0x4fff
	}
	dir := t.TempDir()
	drawn := map[string][]byte{}
	for _, run := range []string{"drawn", "read back"} {
		c := NewCache(fonts, Options{MaxBytes: 1})
		if err := c.KeepIn(dir, 200_000_000, func(err error) { t.Error(err) }); err != nil {
			t.Fatal(err)
		}
		before, ranges, size, slowest := processor(t), 0, 0, time.Duration(0)
		for _, stack := range []string{"Noto Sans Regular,Noto Sans CJK SC Regular", "Noto Sans Bold,Noto Sans CJK SC Bold"} {
			for first := rune(0); first <= last; first += rangeSize {
				began := processor(t)
				body := ask(t, c, stack, first)
				slowest = max(slowest, processor(t)-began)
				key := fmt.Sprint(stack, first)
				if was := drawn[key]; was != nil && !bytes.Equal(was, body) {
					t.Errorf("%s: %d bytes, drawn %d", key, len(body), len(was))
				}
				drawn[key] = body
				ranges, size = ranges+1, size+len(body)
			}
		}
		fmt.Printf("%d ranges %s: %.1f s of CPU, %.2f ms a range, at most %.0f ms; %.1f MB, in the folder %.1f MB\n", ranges, run,
			(processor(t) - before).Seconds(), (processor(t)-before).Seconds()*1e3/float64(ranges), slowest.Seconds()*1e3, float64(size)/1e6, float64(c.shelf.used)/1e6)
		if int64(size) > c.shelf.used {
			t.Errorf("%d bytes drawn, %d kept", size, c.shelf.used)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func processor(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
