//go:build proof

package glyphs_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/goregular"

	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
)

// TestProof_GlyphsAgreeWithThoseOfOthers compares ranges drawn here with ranges
// that other programs drew from releases of the same fonts. The fonts changed
// between the releases: letters that differ by more than a whole pixel in a
// measure are counted, not compared.
func TestProof_GlyphsAgreeWithThoseOfOthers(t *testing.T) {
	for _, c := range []struct {
		archive, folder, stack, font string
		// lower is how much less the ascent is that the other counts tops from: one
		// rounds it up, as here, one down.
		lower int
	}{
		{"noto-sans-cjk-regular.tar.gz", "Noto Sans CJK Regular", "Noto Sans CJK SC Regular", "NotoSansCJK-Regular.ttc", 0},
		{"noto-sans-latin-regular-medium-italic.tar.gz", "Noto Sans Regular", "Noto Sans Regular", "NotoSans-Regular.ttf", 1},
		{"noto-sans-latin-regular-medium-italic.tar.gz", "Noto Sans Italic", "Noto Sans Italic", "NotoSans-Italic.ttf", 1},
	} {
		fonts := glyphs.Open(fontFile(t, c.font))
		s, err := fonts.Stack(c.stack)
		if errors.Is(err, glyphs.ErrNoFont) {
			t.Logf("%s is not on this machine: not compared", c.font)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var sum comparison
		each(t, filepath.Join(os.Getenv("WANMI_DATA"), "glyphs", c.archive), c.folder, func(name string, body []byte) {
			first, err := glyphs.ParseRange(strings.TrimSuffix(name, ".pbf"))
			if err != nil {
				t.Fatal(err)
			}
			if testing.Short() && first > 0x400 && first < 0x9e00 {
				return
			}
			_, _, want := decode(t, body)
			_, _, got := decode(t, glyphs.Range(s, first, 2))
			sum.add(want, got, c.lower)
		})
		slices.Sort(sum.differences)
		if len(sum.differences) == 0 {
			t.Fatalf("%s: nothing compared", c.stack)
		}
		at := func(share float64) float64 { return sum.differences[int(share*float64(len(sum.differences)-1))] }
		t.Logf("%s: %d letters in both, %d missing here, %d with equal measures, %d within a pixel, %d further; advance differs in %d; mean difference of bitmaps of equal measures (of 255): median %.2f, 99 of 100 below %.2f, most %.2f",
			c.stack, sum.both, sum.missing, sum.equal, sum.near, sum.both-sum.equal-sum.near, sum.advance, at(0.5), at(0.99), at(1))
		if at(0.5) > 4 || sum.equal*10 < sum.both*6 {
			t.Errorf("%s: other letters than those of the reference", c.stack)
		}
		if err := fonts.Close(); err != nil {
			t.Error(err)
		}
	}
}

type comparison struct {
	both, missing, equal, near, advance int
	differences                         []float64
}

func (c *comparison) add(want, got map[int]letter, lower int) {
	for id, w := range want {
		g, ok := got[id]
		if !ok {
			c.missing++
			continue
		}
		c.both++
		if g.advance != w.advance {
			c.advance++
		}
		off := max(abs(g.width-w.width), abs(g.height-w.height))
		if len(w.bitmap) > 0 {
			off = max(off, abs(g.left-w.left), abs(g.top+lower-w.top))
		}
		switch off {
		case 0:
			c.equal++
			if len(w.bitmap) == len(g.bitmap) && len(w.bitmap) > 0 {
				sum := 0
				for i := range w.bitmap {
					sum += abs(int(w.bitmap[i]) - int(g.bitmap[i]))
				}
				c.differences = append(c.differences, float64(sum)/float64(len(w.bitmap)))
			}
		case 1:
			c.near++
		}
	}
}

func abs(v int) int { return max(v, -v) }

// fontFile finds a font among Debian's, or in the folder that WANMI_FONTS names.
func fontFile(t *testing.T, name string) string {
	t.Helper()
	if dir := os.Getenv("WANMI_FONTS"); dir != "" {
		if path := filepath.Join(dir, name); exists(path) {
			return path
		}
	}
	for _, path := range glyphs.Debian() {
		if filepath.Base(path) == name {
			return path
		}
	}
	t.Fatalf("%s is none of Debian's", name)
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// each reads the files of a folder in a .tar.gz.
func each(t *testing.T, archive, folder string, take func(name string, body []byte)) {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		dir, name := filepath.Split(h.Name)
		if strings.Trim(dir, "/") != folder || !strings.HasSuffix(name, ".pbf") {
			continue
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		take(name, body)
	}
}

// TestProof_AChineseLetterInAStackStandsOnTheFirstFontsBaseline has a font of Latin
// letters before one of Chinese.
func TestProof_AChineseLetterInAStackStandsOnTheFirstFontsBaseline(t *testing.T) {
	cjk, err := os.ReadFile(fontFile(t, "NotoSansCJK-Regular.ttc"))
	if err != nil {
		t.Fatal(err)
	}
	_, fonts := folder(t, map[string][]byte{"go.ttf": goregular.TTF, "cjk.ttc": cjk})
	_, _, alone := decode(t, glyphs.Range(stackOf(t, fonts, "Noto Sans CJK SC"), 0x5f00, 2))
	_, _, both := decode(t, glyphs.Range(stackOf(t, fonts, "Go Regular,Noto Sans CJK SC"), 0x5f00, 2))
	_, _, latin := decode(t, glyphs.Range(stackOf(t, fonts, "Go Regular,Noto Sans CJK SC"), 0, 2))
	_, _, latinAlone := decode(t, glyphs.Range(stackOf(t, fonts, "Go Regular"), 0, 2))
	_, _, space := decode(t, glyphs.Range(stackOf(t, fonts, "Noto Sans CJK SC"), 0, 2))
	// A space has no height: its top is the ascent, downwards.
	lower := space[' '].top - latin[' '].top
	kai, same := both['开'], alone['开']
	if len(both) < 200 || !slices.Equal(kai.bitmap, same.bitmap) || lower >= 0 || kai.top != same.top-lower {
		t.Errorf("开 in %d letters: top %d, alone %d, ascents differ by %d", len(both), kai.top, same.top, lower)
	}
	if a, b := latin['A'], latinAlone['A']; a.top != b.top || !slices.Equal(a.bitmap, b.bitmap) {
		t.Errorf("A is %d and %d", a.top, b.top)
	}
}

func BenchmarkChineseRange(b *testing.B) {
	fonts := glyphs.Open(glyphs.Debian()...)
	s := stackOf(b, fonts, "Noto Sans CJK SC")
	b.ReportAllocs()
	for b.Loop() {
		glyphs.Range(s, 0x5f00, 1)
	}
	if err := fonts.Close(); err != nil {
		b.Error(err)
	}
}
