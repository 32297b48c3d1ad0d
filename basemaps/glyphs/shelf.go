package glyphs

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
)

// shelf keeps ranges in a folder, so that a server that starts again need not draw
// them again: of a Chinese font one takes 27 ms of processor time, and 0.13 ms from
// here, and a map asks for dozens. What was written first goes first. It is not
// synced: what a crash leaves damaged is found by its checksum and drawn anew. nil
// keeps nothing.
//
// A file NAME, 32 hexadecimal digits of what it is drawn of and .glyphs, is
//
//	0  "WMG1"
//	4  SHA-256 of NAME and the range
//	36 the range
type shelf struct {
	root  *os.Root
	limit int64

	mu     sync.Mutex
	used   int64
	order  []book // the oldest first
	sizes  map[string]int64
	failed bool // and not told again
	told   func(error)
}

type book struct {
	name string
	size int64
}

const (
	shelfMagic  = "WMG1"
	shelfHead   = len(shelfMagic) + sha256.Size
	shelfEnding = ".glyphs"
	shelfNew    = ".new-"
	// drawing is raised when the same fonts are drawn otherwise.
	drawing = 1
	// maxRange bounds what is read of a file: 256 letters of the largest size.
	maxRange = 4 << 20
)

// openShelf opens the folder, which is made where it is not there. Files that are
// not its own are left alone.
func openShelf(dir string, limit int64, told func(error)) (*shelf, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cache of letters: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cache of letters: %w", err)
	}
	s := &shelf{root: root, limit: limit, sizes: map[string]int64{}, told: told}
	if err := s.scan(); err != nil {
		return nil, errors.Join(fmt.Errorf("cache of letters: %w", err), root.Close())
	}
	return s, nil
}

// scan finds what is there, the oldest first, and drops what is over the limit.
func (s *shelf) scan() error {
	list, err := fs.ReadDir(s.root.FS(), ".")
	if err != nil {
		return err
	}
	var files []fs.FileInfo
	for _, entry := range list {
		name := entry.Name()
		if strings.HasPrefix(name, shelfNew) {
			_ = s.root.Remove(name) // of a program that ended while it wrote
			continue
		}
		plain, ours := strings.CutSuffix(name, shelfEnding)
		info, err := entry.Info()
		if _, hexErr := hex.DecodeString(plain); ours && hexErr == nil && err == nil && info.Mode().IsRegular() {
			files = append(files, info)
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	for _, f := range files {
		s.add(f.Name(), f.Size())
	}
	return nil
}

// add counts a file and drops the oldest beyond the limit.
func (s *shelf) add(name string, size int64) {
	if before, known := s.sizes[name]; known {
		s.used -= before
		s.order = slices.DeleteFunc(s.order, func(b book) bool { return b.name == name })
	}
	s.sizes[name] = size
	s.order = append(s.order, book{name, size})
	for s.used += size; s.used > s.limit; {
		s.drop(s.order[0].name)
	}
}

func (s *shelf) drop(name string) {
	s.used -= s.sizes[name]
	delete(s.sizes, name)
	s.order = slices.DeleteFunc(s.order, func(b book) bool { return b.name == name })
	_ = s.root.Remove(name)
}

// nameOf is a range's: of the same fonts, files, order and characters.
func nameOf(s *Stack, first rune) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d %d %q", drawing, first, s.Name)
	for _, f := range s.faces {
		fmt.Fprintf(h, "\n%q %q %d %d", f.name, f.file, f.of.size, f.of.changed.UnixNano())
	}
	return hex.EncodeToString(h.Sum(nil)[:16]) + shelfEnding
}

// get returns a range, nil where it is not there or is damaged.
func (s *shelf) get(name string) []byte {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	size, known := s.sizes[name]
	s.mu.Unlock()
	if !known || size > maxRange {
		return nil
	}
	body, err := s.root.ReadFile(name)
	if err != nil || len(body) < shelfHead || string(body[:shelfHead]) != string(head(name, body[shelfHead:])) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if _, known := s.sizes[name]; known {
			s.drop(name)
		}
		return nil
	}
	return body[shelfHead:]
}

func head(name string, body []byte) []byte {
	h := sha256.New()
	h.Write([]byte(name))
	h.Write(body)
	return h.Sum([]byte(shelfMagic))
}

// put keeps a range. What fails is told once: the range is drawn again, that is all.
func (s *shelf) put(name string, body []byte) {
	size := int64(shelfHead + len(body))
	if s == nil || size > min(s.limit, maxRange) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.sizes[name]; known {
		return
	}
	// Another program may keep its letters here too, and write the same.
	fresh := fmt.Sprintf("%s%016x-%s", shelfNew, rand.Uint64(), name)
	err := s.root.WriteFile(fresh, append(head(name, body), body...), 0o600)
	if err == nil {
		err = s.root.Rename(fresh, name)
	}
	if err != nil {
		_ = s.root.Remove(fresh)
		if !s.failed {
			s.failed = true
			s.told(fmt.Errorf("cache of letters: %w", err))
		}
		return
	}
	s.failed = false
	s.add(name, size)
}

func (s *shelf) close() error {
	if s == nil {
		return nil
	}
	return s.root.Close()
}
