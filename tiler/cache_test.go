package tiler

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

var errBroken = errors.New("broken")

// never is an encoder that must not be called.
func never(tb testing.TB) func([]byte) ([]byte, Stats, error) {
	return func(dst []byte) ([]byte, Stats, error) {
		tb.Error("encoded anew")
		return dst, Stats{}, nil
	}
}

func says(text string) func([]byte) ([]byte, Stats, error) {
	return func(dst []byte) ([]byte, Stats, error) { return append(dst, text...), Stats{Features: len(text)}, nil }
}

func (c *Cache) text(tb testing.TB, k Key, serial uint64, encode func([]byte) ([]byte, Stats, error)) string {
	tb.Helper()
	t, err := c.Tile(k, serial, int64(serial)*10, encode)
	if err != nil {
		tb.Fatal(err)
	}
	return string(t.Ready(Identity).Body)
}

func TestATileIsEncodedOnceHoweverManyAskAtATime(t *testing.T) {
	for _, maxBytes := range []int64{0, 1 << 20} {
		c, calls := NewCache(maxBytes), atomic.Int32{}
		begun, release := make(chan struct{}), make(chan struct{})
		k := Key{ID: ID{14, 1, 2}, Layers: 1}
		slow := func(dst []byte) ([]byte, Stats, error) {
			if calls.Add(1) == 1 {
				close(begun)
				<-release
			}
			return append(dst, "tile"...), Stats{}, nil
		}
		var all sync.WaitGroup
		ask := func() {
			if got := c.text(t, k, 1, slow); got != "tile" {
				t.Errorf("%q", got)
			}
		}
		all.Go(ask)
		<-begun
		var near atomic.Int32
		for range 99 {
			all.Go(func() { near.Add(1); ask() })
		}
		for near.Load() < 99 { // they are at the door, or behind it
			runtime.Gosched()
		}
		close(release)
		all.Wait()
		// Without a store who comes after the flight begins another.
		if n := calls.Load(); n != 1 && maxBytes > 0 {
			t.Errorf("encoded %d times", n)
		}
		if len(c.flights) > 0 {
			t.Error("a flight is left")
		}
	}
}

func TestWhatFailsOrPanicsIsNotKeptAndHoldsNobodyUp(t *testing.T) {
	c, k := NewCache(1<<20), Key{ID: ID{14, 1, 2}, Layers: 1}
	if _, err := c.Tile(k, 1, 1, func(dst []byte) ([]byte, Stats, error) { return append(dst, "half"...), Stats{}, errBroken }); !errors.Is(err, errBroken) {
		t.Errorf("%v", err)
	}
	begun, release, done := make(chan struct{}), make(chan struct{}), make(chan string)
	go func() {
		defer func() { done <- fmt.Sprint(recover()) }()
		_, err := c.Tile(k, 1, 1, func([]byte) ([]byte, Stats, error) {
			close(begun)
			<-release
			panic("lost")
		})
		t.Errorf("no panic, %v", err)
	}()
	<-begun
	go func() { done <- c.text(t, k, 1, says("whole")) }()
	close(release)
	if a, b := <-done, <-done; a+b != "lostwhole" && a+b != "wholelost" {
		t.Errorf("%q, %q", a, b)
	}
	if got := c.text(t, k, 1, never(t)); got != "whole" {
		t.Errorf("%q is kept", got)
	}
}

func TestATouchedTileIsMadeAnewAndTheOthersAreNot(t *testing.T) {
	c := NewCache(1 << 20)
	const lamps, trees = 0, 1
	keys := map[string]Key{
		"lamps": {ID: ID{14, 1, 2}, Layers: 1 << lamps}, "trees": {ID: ID{14, 1, 2}, Layers: 1 << trees},
		"both": {ID: ID{14, 1, 2}, Layers: 1<<lamps | 1<<trees}, "beside": {ID: ID{14, 2, 2}, Layers: 1 << lamps},
		"above": {ID: ID{13, 0, 1}, Layers: 1 << lamps}, "columns": {ID: ID{14, 1, 2}, Layers: 1 << lamps, Query: "columns=a"},
	}
	for name, k := range keys {
		c.text(t, k, 1, says(name+" 1"))
	}
	c.Touch(2, []Dirty{{lamps, []ID{{14, 1, 2}}}, {trees, []ID{{14, 9, 9}}}})
	for name, k := range keys {
		want, encode := name+" 1", never(t)
		if name == "lamps" || name == "both" || name == "columns" {
			want, encode = name+" 2", says(name+" 2")
		}
		if got := c.text(t, k, 2, encode); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	c.TouchAll(3)
	for name, k := range keys {
		if got := c.text(t, k, 3, says(name+" 3")); got != name+" 3" {
			t.Errorf("%s after everything changed: %q", name, got)
		}
	}
}

// TestWhatAnOldReaderMakesIsForNoLaterOne lets an edit come between a reader's
// taking its snapshot and its keeping the tile, at each point.
func TestWhatAnOldReaderMakesIsForNoLaterOne(t *testing.T) {
	k := Key{ID: ID{14, 1, 2}, Layers: 1}
	edit := func(c *Cache) { c.Touch(2, []Dirty{{0, []ID{k.ID}}}) }
	t.Run("the edit comes while it encodes", func(t *testing.T) {
		c := NewCache(1 << 20)
		got := c.text(t, k, 1, func(dst []byte) ([]byte, Stats, error) { edit(c); return append(dst, "old"...), Stats{}, nil })
		if got != "old" {
			t.Errorf("it got %q", got)
		}
		if got := c.text(t, k, 2, says("new")); got != "new" {
			t.Errorf("the next got %q", got)
		}
	})
	t.Run("the edit comes before it encodes", func(t *testing.T) {
		c := NewCache(1 << 20)
		edit(c)
		c.text(t, k, 1, says("old"))
		if got := c.text(t, k, 2, says("new")); got != "new" {
			t.Errorf("the next got %q", got)
		}
	})
	t.Run("it keeps its tile after the new one was kept", func(t *testing.T) {
		c := NewCache(1 << 20)
		edit(c)
		begun, release, done := make(chan struct{}), make(chan struct{}), make(chan string)
		go func() {
			done <- c.text(t, k, 1, func(dst []byte) ([]byte, Stats, error) {
				close(begun)
				<-release
				return append(dst, "old"...), Stats{}, nil
			})
		}()
		<-begun
		go func() { done <- c.text(t, k, 2, says("new")) }() // waits for the flight, then makes its own
		close(release)
		if a, b := <-done, <-done; a+b != "oldnew" && a+b != "newold" {
			t.Errorf("%q, %q", a, b)
		}
		if got := c.text(t, k, 2, never(t)); got != "new" {
			t.Errorf("kept is %q", got)
		}
	})
	t.Run("it finds a newer tile", func(t *testing.T) {
		c := NewCache(1 << 20)
		edit(c)
		c.text(t, k, 2, says("new"))
		if tile, err := c.Tile(k, 1, 10, never(t)); err != nil || tile.Serial != 2 || tile.Version != 20 {
			t.Errorf("%+v, %v", tile, err)
		}
	})
}

func TestForgettingMarksLosesNoTileAndKeepsNoOldOne(t *testing.T) {
	c := NewCache(8 << 20)
	const tiles = 500
	key := func(n int) Key { return Key{ID: ID{18, uint32(n), 0}, Layers: 1} }
	for n := range tiles {
		c.text(t, key(n), 1, says(fmt.Sprint(n)))
	}
	c.Touch(2, []Dirty{{0, []ID{key(3).ID}}})
	// Others fill the marks several times over.
	for serial := uint64(3); serial < 3*maxMarks/1000; serial++ {
		many := make([]ID, 1000)
		for i := range many {
			many[i] = ID{20, uint32(serial), uint32(i)}
		}
		c.Touch(serial, []Dirty{{0, many}})
		if len(c.marks.at) > maxMarks {
			t.Fatalf("%d marks", len(c.marks.at))
		}
	}
	if c.marks.floor == 0 {
		t.Fatal("nothing was forgotten")
	}
	now := c.last.Load()
	for n := range tiles {
		want, encode := fmt.Sprint(n), never(t)
		if n == 3 {
			want, encode = "new", says("new")
		}
		if got := c.text(t, key(n), now, encode); got != want {
			t.Errorf("tile %d: %q", n, got)
		}
	}
	far := make([]ID, maxMarks+1)
	c.Touch(now+1, []Dirty{{0, far}})
	if got := c.text(t, key(1), now+1, says("anew")); got != "anew" {
		t.Errorf("after a change of more tiles than can be noted: %q", got)
	}
}

func TestTheCacheIsBoundedByBytesAlsoOfItsCodings(t *testing.T) {
	const maxBytes = 1 << 20
	c, rnd := NewCache(maxBytes), rand.New(rand.NewPCG(5, 5))
	noise := make([]byte, 4000)
	for n := range 2000 {
		for i := range noise {
			noise[i] = byte(rnd.Uint32())
		}
		k := Key{ID: ID{18, uint32(n), 0}, Layers: 1}
		tile, err := c.Tile(k, 1, 1, says(string(noise)))
		if err != nil {
			t.Fatal(err)
		}
		for coding := range codings {
			c.In(k, tile, coding)
		}
	}
	c.tiles.CleanUp()
	var held uint64
	for _, tile := range c.tiles.All() {
		for coding := range codings {
			held += uint64(len(tile.Ready(coding).Body))
		}
	}
	if held > maxBytes || held < maxBytes/2 || c.tiles.WeightedSize() > maxBytes {
		t.Errorf("%d bytes are held, %d by the cache's own count; at most %d", held, c.tiles.WeightedSize(), maxBytes)
	}
}

func TestEveryCodingUnpacksToTheTile(t *testing.T) {
	for _, body := range []string{"x", string(bytes.Repeat([]byte("street lamp "), 5000))} {
		c, again, k := NewCache(1<<20), NewCache(-1), Key{ID: ID{14, 1, 2}, Layers: 1}
		tile, _ := c.Tile(k, 1, 1, says(body))
		other, _ := again.Tile(k, 1, 1, says(body))
		tags := map[string]bool{}
		for coding := range codings {
			p := c.In(k, tile, coding)
			if unpacked := unpack(t, coding, p.Body); unpacked != body {
				t.Errorf("%v: %d bytes of %d", coding, len(unpacked), len(body))
			}
			if same := again.In(k, other, coding); !bytes.Equal(same.Body, p.Body) || same.ETag[0] != p.ETag[0] {
				t.Errorf("%v: other bytes for the same tile", coding)
			}
			if p != c.In(k, tile, coding) || tags[p.ETag[0]] || p.Length[0] != fmt.Sprint(len(p.Body)) {
				t.Errorf("%v: %+v", coding, p)
			}
			tags[p.ETag[0]] = true
			if want := []string{coding.String()}; coding != Identity && !slices.Equal(p.Encoding, want) || coding == Identity && p.Encoding != nil {
				t.Errorf("%v: %v", coding, p.Encoding)
			}
		}
	}
}

func unpack(tb testing.TB, coding Coding, body []byte) string {
	tb.Helper()
	var r io.Reader = bytes.NewReader(body)
	var err error
	switch coding {
	case GZIP:
		r, err = gzip.NewReader(r)
	case Zstd:
		r, err = zstd.NewReader(r)
	case Brotli:
		r = brotli.NewReader(r)
	}
	if err != nil {
		tb.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		tb.Fatalf("%v: %v", coding, err)
	}
	return string(out)
}

func TestBrotliIsForTilesThatAreAskedForAgain(t *testing.T) {
	c, k := NewCache(1<<20), Key{ID: ID{14, 1, 2}, Layers: 1}
	tile, _ := c.Tile(k, 1, 1, says("tile"))
	if c.WorthBrotli(k, tile) || tile.Ready(Brotli) != nil {
		t.Error("made for the first who asked")
	}
	if !c.WorthBrotli(k, tile) || tile.Ready(Brotli) == nil {
		t.Error("not made for the second")
	}
	none := NewCache(0)
	tile, _ = none.Tile(k, 1, 1, says("tile"))
	for range 3 {
		if none.WorthBrotli(k, tile) {
			t.Error("made where nothing is kept")
		}
	}
}

// TestReadersNeverGetWhatIsOlderThanTheirSnapshot lets readers and one writer
// run into each other. A tile's bytes are the serial of its last change.
func TestReadersNeverGetWhatIsOlderThanTheirSnapshot(t *testing.T) {
	const tiles, edits = 12, 400
	type snapshot struct {
		serial uint64
		of     [tiles]uint64
	}
	c, current := NewCache(16<<10), atomic.Pointer[snapshot]{} // room for some of them only
	first := &snapshot{serial: 1}
	for n := range first.of {
		first.of[n] = 1
	}
	current.Store(first)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	var reads, made atomic.Int64
	for r := range 4 {
		readers.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(r), 9))
			for {
				select {
				case <-stop:
					return
				default:
				}
				s, n := current.Load(), rnd.IntN(tiles)
				k := Key{ID: ID{14, uint32(n), 0}, Layers: 1 << (n % 3)}
				tile, err := c.Tile(k, s.serial, int64(s.serial), func(dst []byte) ([]byte, Stats, error) {
					made.Add(1)
					return fmt.Appendf(dst, "%d %0500d", s.of[n], n), Stats{}, nil
				})
				if err != nil {
					t.Error(err)
					return
				}
				var of, number uint64
				if _, err := fmt.Sscanf(string(tile.Ready(Identity).Body), "%d %d", &of, &number); err != nil || int(number) != n {
					t.Errorf("%v, tile %d for %d", err, number, n)
				}
				if of < s.of[n] || (tile.Serial <= s.serial && of != s.of[n]) {
					t.Errorf("tile %d of %d for a reader whose snapshot %d has it of %d", n, of, s.serial, s.of[n])
				}
				reads.Add(1)
				runtime.Gosched()
			}
		})
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for e := range edits {
		next := *current.Load()
		next.serial++
		if e%100 == 99 {
			for n := range next.of {
				next.of[n] = next.serial
			}
			c.TouchAll(next.serial)
		} else {
			a, b := rnd.IntN(tiles), rnd.IntN(tiles)
			next.of[a], next.of[b] = next.serial, next.serial
			c.Touch(next.serial, []Dirty{{a % 3, []ID{{14, uint32(a), 0}}}, {b % 3, []ID{{14, uint32(b), 0}}}})
		}
		current.Store(&next)
		for seen := reads.Load(); reads.Load() < seen+2; { // let them in between
			runtime.Gosched()
		}
	}
	close(stop)
	readers.Wait()
	t.Logf("%d reads, %d tiles made", reads.Load(), made.Load())
	if made.Load() >= reads.Load() {
		t.Error("nothing was kept")
	}
}

func BenchmarkCachedTile(b *testing.B) {
	c, k := NewCache(1<<20), Key{ID: ID{14, 13396, 6501}, Layers: 1 << 10}
	tile, _ := c.Tile(k, 1, 1, says("tile"))
	b.Run("kept", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if c.find(&k) != tile {
				b.Fatal("not kept")
			}
		}
	})
	serial := uint64(1)
	b.Run("kept-after-an-edit-elsewhere", func(b *testing.B) {
		far := []Dirty{{10, []ID{{14, 1, 1}}}}
		for b.Loop() {
			serial++
			c.Touch(serial, far)
			if c.find(&k) != tile {
				b.Fatal("not kept")
			}
		}
	})
}
