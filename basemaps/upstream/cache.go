package upstream

import (
	"container/list"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/basemaps/stored"
)

// Cache keeps what other servers answered in a folder, one file each, within a
// number of bytes and an age. What was asked for longest ago goes first. It is not
// synced: what a crash leaves damaged is found by its checksum and fetched anew.
// All methods may be called by several goroutines, and on nil, which keeps nothing.
//
// A file ab/NAME, ab its first two digits, is
//
//	NAME      32 hexadecimal digits of the key, -, seconds since 1970 when fetched
//	          (16 digits); its time of change is when it was asked for
//	0  "WMU1"
//	4  type, 5 coding    of package basemaps/stored
//	6  SHA-256 of bytes 0 to 5, NAME and the body
//	38 body              empty: there is nothing
type Cache struct {
	root     *os.Root
	maxBytes int64
	keep     time.Duration

	mu    sync.Mutex
	files map[cacheKey]*list.Element // of *cached
	order *list.List                 // asked for last first
	used  int64
}

type cacheKey [16]byte

// cached is a file of the cache.
type cached struct {
	key     cacheKey
	fetched int64 // seconds since 1970
	touched time.Time
	size    int64 // on the disk
}

// record is what a file has.
type record struct {
	fetched time.Time
	kind    stored.Type
	coding  stored.Coding
	body    []byte
	tag     string // names the content
}

const (
	magic      = "WMU1"
	headBytes  = len(magic) + 2 + sha256.Size
	blockBytes = 4096 // what a file takes is a multiple of it
	newPrefix  = ".new-"
	// touchEvery is how exactly it is kept on the disk when a file was asked for.
	touchEvery = time.Minute
)

// OpenCache opens the folder, which is made where it is not there, and removes what
// is beyond maxBytes or was fetched longer than keep ago. Files that are not its
// own are left alone. The index takes some 200 bytes of memory a file.
func OpenCache(dir string, maxBytes int64, keep time.Duration, now time.Time) (*Cache, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("upstream cache: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("upstream cache: %w", err)
	}
	c := &Cache{root: root, maxBytes: maxBytes, keep: keep, files: map[cacheKey]*list.Element{}, order: list.New()}
	c.scan()
	c.Sweep(now)
	return c, nil
}

// Close lets go of the folder.
func (c *Cache) Close() error {
	if c == nil {
		return nil
	}
	return c.root.Close()
}

// Bytes is what the files take on the disk.
func (c *Cache) Bytes() int64 {
	if c == nil {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.used
}

// Sweep removes what was fetched too long ago.
func (c *Cache) Sweep(now time.Time) {
	if c == nil {
		return
	}
	var gone []*cached
	c.mu.Lock()
	for e := c.order.Front(); e != nil; {
		next := e.Next()
		if f := e.Value.(*cached); c.old(f, now) {
			c.forget(e)
			gone = append(gone, f)
		}
		e = next
	}
	gone = append(gone, c.evict(0)...)
	c.mu.Unlock()
	c.remove(gone)
}

func (c *Cache) old(f *cached, now time.Time) bool {
	return now.Sub(time.Unix(f.fetched, 0)) > c.keep
}

// forget takes a file out of the index; the caller holds the lock.
func (c *Cache) forget(e *list.Element) {
	f := e.Value.(*cached)
	c.order.Remove(e)
	if c.files[f.key] == e {
		delete(c.files, f.key)
	}
	c.used -= f.size
}

// evict makes room for a file; the caller holds the lock and removes what is
// returned.
func (c *Cache) evict(size int64) (gone []*cached) {
	for c.used+size > c.maxBytes {
		last := c.order.Back()
		if last == nil {
			break
		}
		c.forget(last)
		gone = append(gone, last.Value.(*cached))
	}
	return gone
}

func (c *Cache) remove(files []*cached) {
	for _, f := range files {
		_ = c.root.Remove(f.path()) // one that stays is found by the next start
	}
}

func (f *cached) name() string { return fmt.Sprintf("%x-%016x", f.key, f.fetched) }
func (f *cached) path() string { return path.Join(hex.EncodeToString(f.key[:1]), f.name()) }

// get returns what is kept of the key, whatever its age within the bound.
func (c *Cache) get(key cacheKey, now time.Time) (*record, bool) {
	if c == nil {
		return nil, false
	}
	c.mu.Lock()
	e := c.files[key]
	if e == nil {
		c.mu.Unlock()
		return nil, false
	}
	f := e.Value.(*cached)
	if c.old(f, now) {
		c.forget(e)
		c.mu.Unlock()
		c.remove([]*cached{f})
		return nil, false
	}
	c.order.MoveToFront(e)
	touch := now.Sub(f.touched) >= touchEvery
	if touch {
		f.touched = now
	}
	c.mu.Unlock()
	r, err := c.read(f)
	if err != nil {
		c.drop(e)
		return nil, false
	}
	if touch {
		_ = c.root.Chtimes(f.path(), now, now) // it is only the order of what goes first
	}
	return r, true
}

// drop forgets a file that could not be read, unless another came in its place.
func (c *Cache) drop(e *list.Element) {
	f := e.Value.(*cached)
	c.mu.Lock()
	here := c.files[f.key] == e
	if here {
		c.forget(e)
	}
	c.mu.Unlock()
	if here {
		c.remove([]*cached{f})
	}
}

var errDamaged = errors.New("damaged")

// read reads and checks a file.
func (c *Cache) read(f *cached) (*record, error) {
	file, err := c.root.Open(f.path())
	if err != nil {
		return nil, err
	}
	defer file.Close()
	state, err := file.Stat()
	if err != nil || state.Size() > f.size || state.Size() < int64(headBytes) {
		return nil, errDamaged
	}
	all := make([]byte, state.Size())
	if _, err := io.ReadFull(file, all); err != nil {
		return nil, err
	}
	sum := checksum(all[:len(magic)+2], f.name(), all[headBytes:])
	if string(all[:len(magic)]) != magic || string(sum[:]) != string(all[len(magic)+2:headBytes]) {
		return nil, errDamaged
	}
	return &record{
		fetched: time.Unix(f.fetched, 0), kind: stored.Type(all[len(magic)]), coding: stored.Coding(all[len(magic)+1]), body: all[headBytes:], tag: tagOf(all[headBytes:]),
	}, nil
}

func checksum(begins []byte, name string, body []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write(begins)
	h.Write([]byte(name))
	h.Write(body)
	return [sha256.Size]byte(h.Sum(nil))
}

func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:8])
}

// onDisk is what a file of n bytes takes.
func onDisk(n int) int64 { return (int64(n) + blockBytes - 1) / blockBytes * blockBytes }

// put keeps a record. Room is made before the file is there, so that the bound
// always holds.
func (c *Cache) put(key cacheKey, r *record) error {
	if c == nil {
		return nil
	}
	f := &cached{key: key, fetched: r.fetched.Unix(), touched: r.fetched, size: onDisk(headBytes + len(r.body))}
	if f.size > c.maxBytes {
		return nil
	}
	c.mu.Lock()
	gone := c.evict(f.size)
	room := c.used+f.size <= c.maxBytes // not where others that are being written take it
	if room {
		c.used += f.size
	}
	c.mu.Unlock()
	c.remove(gone)
	if !room {
		return nil
	}
	err := c.write(f, r)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.used -= f.size
		return fmt.Errorf("upstream cache: %w", err)
	}
	if before := c.files[key]; before != nil {
		c.forget(before)
		if was := before.Value.(*cached); was.fetched != f.fetched {
			_ = c.root.Remove(was.path()) // one that stays is found by the next start
		}
	}
	c.files[key] = c.order.PushFront(f)
	return nil
}

// write makes the file whole before it has its name.
func (c *Cache) write(f *cached, r *record) error {
	folder := hex.EncodeToString(f.key[:1])
	if err := c.root.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	begins := append([]byte(magic), byte(r.kind), byte(r.coding))
	sum := checksum(begins, f.name(), r.body)
	all := append(append(begins, sum[:]...), r.body...)
	fresh := path.Join(folder, newPrefix+f.name())
	err := c.root.WriteFile(fresh, all, 0o600)
	if err == nil {
		err = c.root.Chtimes(fresh, r.fetched, r.fetched)
	}
	if err == nil {
		err = c.root.Rename(fresh, f.path())
	}
	if err != nil {
		_ = c.root.Remove(fresh) // the next start does, where it is still there
	}
	return err
}

// keyOf names a tile, or a document, of a map.
func keyOf(parts ...string) cacheKey {
	h := sha256.New()
	for _, p := range parts {
		_ = binary.Write(h, binary.LittleEndian, uint64(len(p)))
		h.Write([]byte(p))
	}
	return cacheKey(h.Sum(nil)[:16])
}
