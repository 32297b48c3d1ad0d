package upstream

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/basemaps/stored"
)

var morning = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)

func openCache(t testing.TB, dir string, maxBytes int64, now time.Time) *Cache {
	t.Helper()
	c, err := OpenCache(dir, maxBytes, 30*24*time.Hour, now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func put(t testing.TB, c *Cache, name, body string, at time.Time) {
	t.Helper()
	if err := c.put(keyOf(name), &record{fetched: at, kind: stored.PNG, coding: stored.Plain, body: []byte(body)}); err != nil {
		t.Fatal(err)
	}
}

func kept(c *Cache, name string, at time.Time) string {
	r, ok := c.get(keyOf(name), at)
	if !ok {
		return "none"
	}
	return string(r.body)
}

// onDisks is what the files of the folder take, as the disk sees it.
func onDisks(t testing.TB, dir string) (n int64) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, ierr := d.Info(); ierr == nil { // another may be removing it
				n += (info.Size() + 4095) / 4096 * 4096
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheCacheSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := openCache(t, dir, 1<<20, morning)
	put(t, c, "a", "old", morning.Add(-time.Hour))
	put(t, c, "a", "first", morning)
	put(t, c, "b", "", morning)
	put(t, c, "c", "third", morning)
	for name, want := range map[string]string{"a": "first", "b": "", "c": "third", "d": "none"} {
		if got := kept(c, name, morning); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	// What is in the folder beside stays there; what a crash left goes.
	half := filepath.Join(dir, "00", newPrefix+"00112233445566778899aabbccddeeff-0000000069230f00")
	for path, body := range map[string]string{half: "half", filepath.Join(dir, "00", "notes.txt"): "mine", filepath.Join(dir, "README"): "mine"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	used := c.Bytes()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = openCache(t, dir, 1<<20, morning)
	defer c.Close()
	for name, want := range map[string]string{"a": "first", "b": "", "c": "third"} {
		r, ok := c.get(keyOf(name), morning)
		if !ok || string(r.body) != want || !r.fetched.Equal(morning) || r.kind != stored.PNG || r.coding != stored.Plain {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if c.Bytes() != used || used != 3*4096 {
		t.Errorf("%d bytes, before %d", c.Bytes(), used)
	}
	if _, err := os.Stat(half); err == nil {
		t.Error("half a file is still there")
	}
	for _, name := range []string{"00/notes.txt", "README"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	// By age.
	if got := kept(c, "a", morning.Add(31*24*time.Hour)); got != "none" {
		t.Errorf("too old: %q", got)
	}
	c.Sweep(morning.Add(31 * 24 * time.Hour))
	if c.Bytes() != 0 {
		t.Errorf("%d bytes are too old", c.Bytes())
	}
}

func TestWhatWasAskedForLongestAgoGoesFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := openCache(t, dir, 3*4096, morning)
	at := morning
	for _, name := range []string{"a", "b", "c"} {
		at = at.Add(time.Hour)
		put(t, c, name, name, at)
	}
	at = at.Add(time.Hour)
	kept(c, "a", at)
	if err := c.Close(); err != nil { // the order is kept
		t.Fatal(err)
	}
	c = openCache(t, dir, 3*4096, at)
	put(t, c, "d", "d", at)
	for name, want := range map[string]string{"a": "a", "b": "none", "c": "c", "d": "d"} {
		if got := kept(c, name, at); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	put(t, c, "huge", strings.Repeat("x", 4*4096), at) // larger than all: not kept
	if kept(c, "huge", at) != "none" || kept(c, "a", at) != "a" {
		t.Error("a tile larger than the cache pushed out others")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if c = openCache(t, dir, 4096, at); c.Bytes() != 4096 || onDisks(t, dir) != 4096 { // a smaller bound
		t.Errorf("%d bytes, %d on the disk", c.Bytes(), onDisks(t, dir))
	}
	_ = c.Close()
}

// TestTheCacheStaysWithinItsBound looks at the disk while four write.
func TestTheCacheStaysWithinItsBound(t *testing.T) {
	t.Parallel()
	const bound = 1 << 20
	dir := t.TempDir()
	c := openCache(t, dir, bound, morning)
	defer c.Close()
	var work sync.WaitGroup
	for i := range uint64(4) {
		work.Go(func() {
			r := rand.New(rand.NewPCG(7, i))
			for j := range 100 {
				name := fmt.Sprint(r.IntN(100))
				at := morning.Add(time.Duration(j) * time.Second)
				if got := kept(c, name, at); got != "none" && !strings.HasPrefix(got, name+" ") {
					t.Errorf("%s has %.10q", name, got)
				}
				put(t, c, name, name+" "+strings.Repeat("x", r.IntN(40_000)), at)
			}
		})
	}
	done := make(chan struct{})
	go func() { work.Wait(); close(done) }()
	most, looks := int64(0), 0
	for running := true; running; looks++ {
		select {
		case <-done:
			running = false
		default:
		}
		most = max(most, c.Bytes())
	}
	if disk := onDisks(t, dir); disk != c.Bytes() || disk > bound || disk < bound/2 || most > bound {
		t.Errorf("%d bytes on the disk, %d counted, at most %d of %d", disk, c.Bytes(), most, bound)
	}
	// One after another, the disk is looked at after each.
	r := rand.New(rand.NewPCG(7, 9))
	for j := range 30 {
		put(t, c, fmt.Sprint(j), strings.Repeat("y", r.IntN(200_000)), morning)
		if disk := onDisks(t, dir); disk > bound {
			t.Fatalf("%d bytes on the disk", disk)
		}
	}
}

func TestADamagedFileIsAMiss(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := openCache(t, dir, 1<<20, morning)
	defer c.Close()
	r := rand.New(rand.NewPCG(7, 1))
	body := strings.Repeat("tile ", 40)
	put(t, c, "other", "other", morning)
	for i := range 60 {
		put(t, c, "a", body, morning)
		name := keyOf("a")
		path := filepath.Join(dir, (&cached{key: name, fetched: morning.Unix()}).path())
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		broken := bytes.Clone(whole)
		switch i % 4 {
		case 0:
			broken = broken[:r.IntN(len(broken))]
		case 1:
			broken = append(broken, make([]byte, 1+r.IntN(10_000))...)
		default:
			broken[r.IntN(len(broken))] ^= 1 << r.IntN(8)
		}
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := kept(c, "a", morning); got != "none" {
			t.Fatalf("a damaged file gave %q", got)
		}
		if _, err := os.Stat(path); err == nil {
			t.Fatal("it is still there")
		}
	}
	// A file under another's name is not taken for it.
	put(t, c, "a", body, morning)
	path := func(n string) string {
		return filepath.Join(dir, (&cached{key: keyOf(n), fetched: morning.Unix()}).path())
	}
	if err := os.Rename(path("a"), path("other")); err != nil {
		t.Fatal(err)
	}
	if kept(c, "other", morning) != "none" || kept(c, "a", morning) != "none" || c.Bytes() != 0 {
		t.Errorf("%d bytes", c.Bytes())
	}
	if (*Cache)(nil).Bytes() != 0 || kept(nil, "a", morning) != "none" || (*Cache)(nil).put(keyOf("a"), &record{}) != nil || (*Cache)(nil).Close() != nil {
		t.Error("no cache keeps something")
	}
	if _, err := OpenCache(path("a")+"/x\x00", 1, 1, morning); err == nil {
		t.Error("a folder that cannot be")
	}
}
