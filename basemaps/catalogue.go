package basemaps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Refusal is a file of the folder that is not served, and why.
type Refusal struct {
	Name string
	Err  error
}

// Catalogue is the folder of archives as it is now.
type Catalogue struct {
	dir  string
	root *os.Root
	told func(Refusal)
	// elsewhere has names that maps of other servers have.
	elsewhere []string

	kept *keptTiles

	mu      sync.RWMutex
	serving map[string]*Basemap // by id
	refused map[string]refused  // by name of the file
}

type refused struct {
	state os.FileInfo
	err   error
}

const (
	// maxArchives bounds the files that are held open.
	maxArchives = 500
	maxID       = 100 // bytes
)

// NewCatalogue opens the folder and looks at it once. told hears of each file that
// cannot be served, once for each of its states but those in which it has only
// grown; nil hears nothing. A file by one
// of the names that are taken is refused.
func NewCatalogue(ctx context.Context, dir string, told func(Refusal), taken ...string) (*Catalogue, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("basemaps: %w", err)
	}
	if told == nil {
		told = func(Refusal) {}
	}
	c := &Catalogue{dir: dir, root: root, told: told, elsewhere: taken, kept: newKeptTiles(maxKeptBytes), serving: map[string]*Basemap{}, refused: map[string]refused{}}
	if err := c.Look(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("basemaps: %w", err), c.root.Close())
	}
	return c, nil
}

// Follow looks at the folder with every tick until the context ends. What fails
// again and again the same way is told once.
func (c *Catalogue) Follow(ctx context.Context, ticks <-chan time.Time, failed func(error)) {
	last := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			err := c.Look(ctx)
			if ctx.Err() != nil {
				return
			}
			if err == nil {
				last = ""
			} else if said := err.Error(); said != last {
				last = said
				failed(fmt.Errorf("basemaps: %w", err))
			}
		}
	}
}

// Close lets go of all archives.
func (c *Catalogue) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.serving {
		b.retire()
	}
	clear(c.serving)
	return c.root.Close()
}

// Find returns the basemap, which stays open until it is released; nil where there
// is none.
func (c *Catalogue) Find(id string) *Basemap {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if b := c.serving[id]; b != nil && b.use() {
		return b
	}
	return nil
}

// List returns what is served, by id.
func (c *Catalogue) List() []Info {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := make([]Info, 0, len(c.serving))
	for _, b := range c.serving {
		out = append(out, b.Info)
	}
	slices.SortFunc(out, func(a, b Info) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Refused returns what is not, by name.
func (c *Catalogue) Refused() []Refusal {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := make([]Refusal, 0, len(c.refused))
	for name, r := range c.refused {
		out = append(out, Refusal{name, r.err})
	}
	slices.SortFunc(out, func(a, b Refusal) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Look compares the folder with what is served and changes over. Archives are
// opened and checked outside the lock: nobody waits.
func (c *Catalogue) Look(ctx context.Context) error {
	if err := c.reopen(); err != nil {
		return err
	}
	files, err := c.files()
	if err != nil {
		return err
	}
	present := map[string]bool{} // ids
	taken := map[string]string{} // id → the file that is served
	for _, id := range c.elsewhere {
		taken[id] = "a map of another server"
	}
	for _, found := range files {
		f, err := found.state, found.err
		id := idOf(f.Name())
		if err == nil {
			err = CheckID(id)
		}
		if other, twice := taken[id]; err == nil && twice {
			err = fmt.Errorf("%s has the same name", other)
		}
		if err != nil {
			c.refuse(f, fmt.Errorf("%s: %w", f.Name(), err))
			continue
		}
		present[id] = true
		served, known := c.known(id, f)
		if !known {
			if served, err = c.open(ctx, id, f); err != nil {
				return err
			}
		}
		if served {
			taken[id] = f.Name()
		}
	}
	c.forget(files, present)
	return nil
}

// open opens a file that is new or was changed, and serves it or refuses it: then
// what was served under the name before goes on. An error is the context's.
func (c *Catalogue) open(ctx context.Context, id string, f os.FileInfo) (served bool, err error) {
	b, err := Open(ctx, c.root, c.dir, f.Name())
	switch {
	case ctx.Err() != nil:
		if err == nil {
			b.retire()
		}
		return false, ctx.Err()
	case err != nil:
		c.refuse(f, err)
		return false, nil
	case !sameState(b.state, f):
		b.retire() // it changed meanwhile: the next look has it
		return false, nil
	}
	b.kept = c.kept
	c.serve(id, f.Name(), b)
	return true, nil
}

// reopen follows the folder's name: another folder may have taken its place, as
// where a whole set of maps is changed at once. While there is none by the name, the
// one that had it is looked at: moved away, its archives are served; removed, it is
// empty.
func (c *Catalogue) reopen() error {
	now, err := os.Stat(c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	had, err := c.root.Stat(".")
	if err == nil && os.SameFile(now, had) {
		return nil
	}
	root, err := os.OpenRoot(c.dir)
	if err != nil {
		return err
	}
	c.mu.Lock()
	before := c.root
	c.root = root
	c.mu.Unlock()
	return before.Close()
}

// found is a file that is called like an archive, and why it cannot be one.
type found struct {
	state os.FileInfo
	err   error
}

// files lists what is called like an archive, by name.
func (c *Catalogue) files() ([]found, error) {
	list, err := fs.ReadDir(c.root.FS(), ".")
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // a removed folder is an empty one
		return nil, err
	}
	var out []found
	for _, entry := range list {
		ext := strings.ToLower(path.Ext(entry.Name()))
		if strings.HasPrefix(entry.Name(), ".") || (ext != ".pmtiles" && ext != ".mbtiles") {
			continue
		}
		f, there := c.stat(entry.Name())
		if !there {
			continue // removed meanwhile
		}
		if len(out) == maxArchives {
			return nil, fmt.Errorf("the folder has more than %d archives", maxArchives)
		}
		out = append(out, f)
	}
	return out, nil
}

// stat looks at a file through the root, which follows no link out of the folder.
func (c *Catalogue) stat(name string) (f found, there bool) {
	state, err := c.root.Stat(name)
	if err == nil {
		if !state.Mode().IsRegular() {
			err = errNotRegular
		}
		return found{state, err}, true
	}
	if f.state, _ = c.root.Lstat(name); f.state == nil {
		return f, false
	}
	if f.err = err; f.state.Mode()&fs.ModeSymlink != 0 {
		f.err = fmt.Errorf("a link that leads to no file of the folder: %w", err)
	}
	return f, true
}

var errNotRegular = errors.New("not a regular file")

func idOf(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }

func sameState(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// known reports whether the file, as it is, was judged before, and is served.
func (c *Catalogue) known(id string, f os.FileInfo) (served, known bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if b := c.serving[id]; b != nil && sameState(b.state, f) {
		return true, true
	}
	r, ok := c.refused[f.Name()]
	return false, ok && sameState(r.state, f)
}

func (c *Catalogue) refuse(f os.FileInfo, err error) {
	c.mu.Lock()
	before, ok := c.refused[f.Name()]
	c.refused[f.Name()] = refused{f, err}
	c.mu.Unlock()
	// A file that has only grown is being written: to tell with every look would fill
	// the log.
	grown := ok && os.SameFile(before.state, f) && f.Size() > before.state.Size()
	if !grown && (!ok || !sameState(before.state, f)) {
		c.told(Refusal{f.Name(), err})
	}
}

func (c *Catalogue) serve(id, name string, b *Basemap) {
	c.mu.Lock()
	before := c.serving[id]
	c.serving[id] = b
	delete(c.refused, name)
	c.mu.Unlock()
	if before != nil {
		before.retire()
	}
}

// forget lets go of what the folder has no more.
func (c *Catalogue) forget(files []found, present map[string]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, b := range c.serving {
		if !present[id] {
			delete(c.serving, id)
			b.retire()
		}
	}
	for name := range c.refused {
		if !slices.ContainsFunc(files, func(f found) bool { return f.state.Name() == name }) {
			delete(c.refused, name)
		}
	}
}

// CheckID says what is wrong with a name that is to be part of URLs.
func CheckID(id string) error {
	switch {
	case id == "" || len(id) > maxID:
		return fmt.Errorf("a name of 1 to %d bytes", maxID)
	case strings.ContainsFunc(id, func(r rune) bool {
		return r == '/' || r == '\\' || unicode.IsControl(r) || r == unicode.ReplacementChar
	}):
		return errors.New("a name without /, \\ and what cannot be seen")
	}
	return nil
}
