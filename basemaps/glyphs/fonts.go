package glyphs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Limits of fonts.
const (
	maxFontBytes = 128 << 20 // the largest of Debian's, with all weights in one, has 27 MB
	maxFiles     = 2000      // all stay open; Debian's largest package of fonts has 600
	maxDepth     = 4
	maxFaces     = 64 // in one file
	maxStack     = 10 // names
	maxName      = 100
)

// ErrNoFont says that none of a stack's names is a font that is here.
var ErrNoFont = errors.New("there is no such font")

// ErrStack says that a stack of fonts cannot be read.
var ErrStack = errors.New("not a stack of fonts")

// ErrChanged says that a font file was written over or taken away while it is used.
var ErrChanged = errors.New("a font file was changed; the server reads fonts when it starts")

// Refusal is a file that is no font, and why.
type Refusal struct {
	Name string
	Err  error
}

// Fonts are the fonts that are here. They may be used by several at once.
type Fonts struct {
	faces   map[string]*face // by each of its names, as plainName has it
	names   []string
	files   []*fontFile
	refused []Refusal
}

// fontFile is a file that stays open: of a large font only the glyphs are read
// that are asked for.
type fontFile struct {
	*os.File
	size    int64
	changed time.Time
}

// Debian lists the files of Debian's packages fonts-noto-core and fonts-noto-cjk
// that maps are lettered with.
func Debian() []string {
	var out []string
	for _, weight := range [...]string{"Regular", "Italic", "Medium", "Bold"} {
		out = append(out, "/usr/share/fonts/truetype/noto/NotoSans-"+weight+".ttf")
	}
	for _, weight := range [...]string{"Regular", "Medium", "Bold"} {
		out = append(out, "/usr/share/fonts/opentype/noto/NotoSansCJK-"+weight+".ttc")
	}
	return out
}

// Open opens font files: TrueType and OpenType, single or in collections. A file
// that is not there is passed over; one that cannot be used is in Refused.
func Open(paths ...string) *Fonts {
	f := &Fonts{faces: map[string]*face{}}
	for _, p := range paths {
		file, err := os.Open(p)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		f.take(filepath.Base(p), file, err)
	}
	f.sort()
	return f
}

// OpenFolder opens the fonts of a folder and of those in it. An error is the
// folder's own; files that cannot be used are in Refused.
func OpenFolder(dir string) (*Fonts, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("fonts: %w", err)
	}
	defer func() { _ = root.Close() }() // nothing was written; the files stay open
	f := &Fonts{faces: map[string]*face{}}
	count := 0
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if strings.Count(name, "/") >= maxDepth {
				return fs.SkipDir
			}
			return nil
		case !isFontName(name):
			return nil
		}
		if count++; count > maxFiles {
			return fmt.Errorf("the folder has more than %d fonts", maxFiles)
		}
		file, err := root.Open(name)
		f.take(name, file, err)
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("fonts: %w", err), f.Close())
	}
	f.sort()
	return f, nil
}

func isFontName(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".ttf", ".otf", ".ttc", ".otc":
		return true
	}
	return false
}

// take takes the faces of a file, or says why not. Of two faces with one name the
// first stays.
func (f *Fonts) take(name string, file *os.File, err error) {
	if err == nil {
		err = f.read(name, file)
	}
	if err != nil {
		f.refused = append(f.refused, Refusal{name, fmt.Errorf("font %s: %w", name, err)})
	}
}

func (f *Fonts) read(name string, file *os.File) error {
	state, err := file.Stat()
	switch {
	case err != nil:
	case !state.Mode().IsRegular():
		err = errors.New("not a regular file")
	case state.Size() > maxFontBytes:
		err = fmt.Errorf("%d bytes; at most %d", state.Size(), maxFontBytes)
	}
	var faces []*face
	if err == nil {
		faces, err = openFaces(file)
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	opened := &fontFile{file, state.Size(), state.ModTime()}
	f.files = append(f.files, opened)
	for _, face := range faces {
		face.file, face.of = name, opened
		if _, taken := f.faces[plainName(face.name)]; !taken {
			f.names = append(f.names, face.name)
		}
		for _, called := range append([]string{face.name}, face.also...) {
			if _, taken := f.faces[plainName(called)]; !taken {
				f.faces[plainName(called)] = face
			}
		}
	}
	return nil
}

// sort puts what is told in the order of names: folders are read in any.
func (f *Fonts) sort() { slices.Sort(f.names) }

// Close closes the files.
func (f *Fonts) Close() error {
	var err error
	for _, file := range f.files {
		err = errors.Join(err, file.Close())
	}
	f.files = nil
	return err
}

// Names lists the fonts, as a stack may name them.
func (f *Fonts) Names() []string { return slices.Clone(f.names) }

// Refused lists the files that cannot be used.
func (f *Fonts) Refused() []Refusal { return slices.Clone(f.refused) }

// Has reports whether there is a font of the name.
func (f *Fonts) Has(name string) bool { return f.faces[plainName(name)] != nil }

// unchanged reports whether the files are still those that were opened.
func (f *Fonts) unchanged() bool {
	for _, file := range f.files {
		now, err := file.Stat()
		if err != nil || now.Size() != file.size || !now.ModTime().Equal(file.changed) {
			return false
		}
	}
	return true
}

// Stack is a row of fonts: the first that has a character draws it.
type Stack struct {
	// Name is the names of those fonts that are here, joined by commas.
	Name  string
	faces []*face
}

// Stack reads names joined by commas. Those that are not here are passed over, as
// styles name fonts for many machines; it is [ErrNoFont] where none is left.
func (f *Fonts) Stack(names string) (Stack, error) {
	if len(names) > maxStack*(maxName+1) {
		return Stack{}, fmt.Errorf("%w: %d bytes", ErrStack, len(names))
	}
	asked := strings.Split(names, ",")
	if len(asked) > maxStack {
		return Stack{}, fmt.Errorf("%w: %d names; at most %d", ErrStack, len(asked), maxStack)
	}
	var s Stack
	for _, name := range asked {
		if name = strings.TrimSpace(name); name == "" || len(name) > maxName {
			return Stack{}, fmt.Errorf("%w: a name has 1 to %d bytes", ErrStack, maxName)
		}
		if face := f.faces[plainName(name)]; face != nil && !slices.Contains(s.faces, face) {
			s.faces = append(s.faces, face)
		}
	}
	if len(s.faces) == 0 {
		return Stack{}, fmt.Errorf("%w: %s", ErrNoFont, names)
	}
	called := make([]string, len(s.faces))
	for i, face := range s.faces {
		called[i] = face.name
	}
	s.Name = strings.Join(called, ",")
	return s, nil
}

// plainName makes names equal that differ in case or in saying Regular: styles
// write "Noto Sans Regular" for what the font calls "Noto Sans".
func plainName(name string) string {
	words := strings.Fields(strings.ToLower(name))
	if n := len(words); n > 1 && words[n-1] == "regular" {
		words = words[:n-1]
	}
	return strings.Join(words, " ")
}
