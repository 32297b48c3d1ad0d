package glyphs

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

// few is the first character of a range of which Go's fonts have only some.
const few = 8704

// letters opens Go's fonts with ranges kept in a folder.
func letters(t testing.TB, fonts, dir string, limit int64, failed func(error)) *Cache {
	t.Helper()
	f, err := OpenFolder(fonts)
	if err != nil {
		t.Fatal(err)
	}
	c := NewCache(f, Options{})
	if err := c.KeepIn(dir, limit, failed); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func goFolder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range map[string][]byte{"regular.ttf": goregular.TTF, "bold.ttf": gobold.TTF} {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func ask(t testing.TB, c *Cache, stack string, first rune) []byte {
	t.Helper()
	a, err := c.Range(context.Background(), stack, first)
	if err != nil || len(a.Plain) == 0 {
		t.Fatalf("%s %d: %d bytes, %v", stack, first, len(a.Plain), err)
	}
	return a.Plain
}

// files of the folder, all but those of others.
func files(t testing.TB, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*"+shelfEnding))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheNextStartReadsWhatThisOneDrew(t *testing.T) {
	fonts, dir := goFolder(t), filepath.Join(t.TempDir(), "made", "here")
	drawn := ask(t, letters(t, fonts, dir, 1<<20, nil), "Go Regular", 0)
	all := files(t, dir)
	if len(all) != 1 {
		t.Fatalf("files %v", all)
	}
	if got := ask(t, letters(t, fonts, dir, 1<<20, nil), "Go Regular", 0); !bytes.Equal(got, drawn) {
		t.Error("the next start has other letters")
	}
	// What is read is the file, not a drawing: another body, with its own sum, comes.
	name := filepath.Base(all[0])
	mark := []byte("no letters at all")
	if err := os.WriteFile(all[0], append(head(name, mark), mark...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, letters(t, fonts, dir, 1<<20, nil), "Go Regular", 0); !bytes.Equal(got, mark) {
		t.Errorf("%d bytes were drawn again", len(got))
	}
	// Of a font that was changed nothing old is taken.
	body := bytes.Clone(goregular.TTF)
	if err := os.WriteFile(filepath.Join(fonts, "regular.ttf"), append(body, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, letters(t, fonts, dir, 1<<20, nil), "Go Regular", 0); !bytes.Equal(got, drawn) || len(files(t, dir)) != 2 {
		t.Errorf("%d bytes of another font; files %v", len(got), files(t, dir))
	}
}

func TestADamagedRangeIsDrawnAnew(t *testing.T) {
	fonts, dir := goFolder(t), t.TempDir()
	drawn := ask(t, letters(t, fonts, dir, 1<<20, nil), "Go Regular", few)
	path := files(t, dir)[0]
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := [][]byte{nil, whole[:3], whole[:shelfHead], whole[:len(whole)-1], append(bytes.Clone(whole), 0)}
	for at := 0; at < len(whole); at += len(whole)/10 + 1 {
		flipped := bytes.Clone(whole)
		flipped[at] ^= 1
		damaged = append(damaged, flipped)
	}
	for i, body := range damaged {
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := ask(t, letters(t, fonts, dir, 1<<20, nil), "Go Regular", few); !bytes.Equal(got, drawn) {
			t.Errorf("damage %d: %d bytes", i, len(got))
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, whole) {
			t.Errorf("damage %d: not mended, %v", i, err)
		}
	}
}

func TestTheFolderStaysWithinItsBound(t *testing.T) {
	fonts, dir := goFolder(t), t.TempDir()
	for name, body := range map[string]string{"mine.txt": "a note", shelfNew + "half.glyphs": "half"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const limit = 250_000
	held := func() (sum int64) {
		for _, path := range files(t, dir) {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			sum += info.Size()
		}
		return sum
	}
	c := letters(t, fonts, dir, limit, nil)
	for _, stack := range []string{"Go Regular", "Go Bold", "Go Regular,Go Bold", "Go Bold,Go Regular"} {
		for _, first := range []rune{few, 0} {
			ask(t, c, stack, first)
			if sum := held(); sum > limit || sum != c.shelf.used {
				t.Fatalf("%d bytes lie there, %d are counted", sum, c.shelf.used)
			}
		}
	}
	if held() < limit/3 || c.shelf.sizes[nameOf(must(t, c, "Go Bold,Go Regular"), 0)] == 0 || c.shelf.sizes[nameOf(must(t, c, "Go Regular"), few)] != 0 {
		t.Errorf("the latest are not what is kept: %v", c.shelf.order)
	}
	letters(t, fonts, dir, limit/5, nil)
	if sum := held(); sum > limit/5 {
		t.Errorf("%d bytes lie there after a start with a smaller bound", sum)
	}
	if _, err := os.Stat(filepath.Join(dir, "mine.txt")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, shelfNew+"half.glyphs")); err == nil {
		t.Error("half a file of an earlier run is left")
	}
}

func must(t *testing.T, c *Cache, names string) *Stack {
	t.Helper()
	s, err := c.fonts.Stack(names)
	if err != nil {
		t.Fatal(err)
	}
	return &s
}

func TestAFolderThatCannotBeWrittenToIsToldOnceAndLettersCome(t *testing.T) {
	fonts, dir := goFolder(t), filepath.Join(t.TempDir(), "cache")
	told := 0
	c := letters(t, fonts, dir, 1<<20, func(error) { told++ })
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	for _, first := range []rune{few, few + 256, few + 512} {
		ask(t, c, "Go Regular", first)
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := NewCache(c.fonts, Options{}).KeepIn(dir, 1, nil); err == nil {
		t.Error("a file is taken for a folder")
	}
}

func FuzzShelf(f *testing.F) {
	const name = "00112233445566778899aabbccddeeff" + shelfEnding
	f.Add([]byte{})
	f.Add([]byte(shelfMagic))
	f.Add(append(head(name, []byte("letters")), "letters"...))
	f.Add(append(head("other", []byte("letters")), "letters"...))
	f.Fuzz(func(t *testing.T, file []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := openShelf(dir, 1<<20, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.root.Close()
		body := s.get(name)
		if body != nil && !bytes.Equal(file, append(head(name, body), body...)) {
			t.Errorf("%q was taken for a range", file)
		}
		if _, err := os.Stat(path); (body == nil) != (err != nil) {
			t.Errorf("read %v, and the file: %v", body != nil, err)
		}
	})
}

// BenchmarkShelf reads a kept range, which drawing is to be set beside.
func BenchmarkShelf(b *testing.B) {
	c := letters(b, goFolder(b), b.TempDir(), 1<<20, nil)
	ask(b, c, "Go Regular", 0)
	s, err := c.fonts.Stack("Go Regular")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if c.shelf.get(nameOf(&s, 0)) == nil {
			b.Fatal("it is not there")
		}
	}
}
